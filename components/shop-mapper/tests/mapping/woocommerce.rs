//! WooCommerce's traps, each by its name in the reference.

use connote_types::orders::MapInput;
use serde_json::{Value, json};

use crate::support::{changed, input_of, left, mapped, paths, refused, sample};

/// New Zealand is home here, and 85 g are known of each piece.
fn settings() -> Value {
    json!({ "origin_country": "NZ", "default_piece_weight_g": 85 })
}

fn input(changes: &[(&str, Value)]) -> MapInput {
    with(changes, settings())
}

fn with(changes: &[(&str, Value)], more: Value) -> MapInput {
    input_of("woocommerce", changed("woocommerce-order-created", changes).to_string().into_bytes(), &more)
}

fn merged(more: &Value) -> Value {
    let mut all = settings();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn blank() -> Value {
    let keys = [
        "first_name",
        "last_name",
        "company",
        "address_1",
        "address_2",
        "city",
        "state",
        "postcode",
        "country",
        "phone",
    ];
    Value::Object(keys.iter().map(|key| ((*key).to_owned(), json!(""))).collect())
}

#[test]
fn the_sample_becomes_this_body_to_the_byte() {
    let mapped = mapped(&input_of("woocommerce", sample("woocommerce-order-created"), &settings()));
    assert_eq!(
        String::from_utf8(mapped.body).unwrap(),
        concat!(
            r#"{"order":{"order_number":"7412","order_date":"2026-11-20T03:20:00Z","shipping_method":"CPOLTPA5","currency":"NZD","#,
            r#""shipping_description":"Overnight","destination":{"name":"Hemi Walker","company":"Walker Surf","street":"5 Ocean View Parade","suburb":"Moturoa","#,
            r#""city":"New Plymouth","state":"TKI","post_code":"4310","country":"New Zealand","phone":"0215550199","email":"hemi@example.com"},"#,
            r#""items":[{"description":"Surf wax – Tropical","sku":"WAX-TRO","quantity":3,"weight":0.085,"value":13.05}]}}"#
        )
    );
    assert_eq!(mapped.order.source_id, "7412");
    let told: Vec<&str> = mapped.warnings.iter().map(|warning| warning.path.as_str()).collect();
    assert_eq!(told, ["order.line_items[0]"], "the weight is the setting's");
}

#[test]
fn the_number_may_be_a_plug_ins_own_text_and_the_id_stays_the_id() {
    let order = mapped(&input(&[("/number", json!("NZ-2026/0042"))])).order;
    assert_eq!([order.number.as_str(), &order.source_id], ["NZ-2026/0042", "7412"]);
    assert_eq!(mapped(&input(&[("/number", Value::Null)])).order.number, "7412");
}

#[test]
fn only_processing_ships_and_a_connection_can_name_other_statuses_but_never_a_draft_or_an_ended_order() {
    for status in
        ["pending", "on-hold", "completed", "checkout-draft", "cancelled", "refunded", "failed", "trash", "wc-packed"]
    {
        assert_eq!(left(&input(&[("/status", json!(status))])).0, status);
    }
    let listed = merged(&json!({ "ship_statuses": ["packed", "checkout-draft", "cancelled"] }));
    mapped(&with(&[("/status", json!("wc-packed"))], listed.clone()));
    left(&with(&[("/status", json!("checkout-draft"))], listed.clone()));
    left(&with(&[("/status", json!("cancelled"))], listed.clone()));
    left(&with(&[], listed));
}

#[test]
fn a_blank_shipping_address_says_that_the_bills_counts_all_of_it() {
    let address = mapped(&input(&[("/shipping", blank())])).order.destination;
    assert_eq!(
        [address.street.as_str(), &address.suburb, &address.city, &address.company],
        ["22 Devon Street West", "New Plymouth", "", ""]
    );
    assert_eq!(
        [address.name.as_str(), &address.state, &address.post_code, &address.country],
        ["Hemi Walker", "TKI", "4310", "NZ"]
    );
    // A default country alone is no address.
    let mut default = blank();
    default["country"] = json!("AU");
    assert_eq!(mapped(&input(&[("/shipping", default)])).order.destination.country, "NZ");
    mapped(&input(&[("/shipping", Value::Null)]));
}

#[test]
fn half_an_address_is_never_filled_up_from_the_bill() {
    let problem = refused(&input(&[
        ("/shipping/address_1", json!("")),
        ("/shipping/address_2", json!("")),
        ("/shipping/postcode", json!("")),
    ]));
    assert_eq!(paths(&problem), ["order.shipping.address_1", "order.shipping.postcode"]);
}

#[test]
fn the_shipping_address_may_lack_a_phone_and_the_bills_counts() {
    assert_eq!(mapped(&input(&[])).order.destination.phone, "0215550199");
    assert_eq!(mapped(&input(&[("/shipping/phone", json!("09 1"))])).order.destination.phone, "09 1");
    mapped(&input(&[("/shipping/phone", Value::Null), ("/billing/phone", Value::Null)]));
}

#[test]
fn a_state_is_a_code_or_a_name_and_passes_as_it_is() {
    for state in ["TKI", "Taranaki"] {
        assert_eq!(mapped(&input(&[("/shipping/state", json!(state))])).order.destination.state, state);
    }
}

#[test]
fn in_new_zealand_the_second_line_is_the_suburb_unless_it_names_a_unit_and_in_australia_the_city_is() {
    let place = |changes: &[(&str, Value)], home: &str| {
        let address = mapped(&with(changes, merged(&json!({ "origin_country": home })))).order.destination;
        [address.street, address.suburb, address.city]
    };
    assert_eq!(place(&[], "NZ"), ["5 Ocean View Parade", "Moturoa", "New Plymouth"]);
    assert_eq!(
        place(&[("/shipping/address_2", json!("Level 3"))], "NZ"),
        ["5 Ocean View Parade, Level 3", "New Plymouth", ""]
    );
    let au = [("/shipping/country", json!("AU")), ("/shipping/city", json!("Bondi"))];
    assert_eq!(place(&au, "AU"), ["5 Ocean View Parade, Moturoa", "Bondi", ""]);
}

#[test]
fn html_entities_in_names_are_decoded() {
    let changes = [
        ("/line_items/0/name", json!("Salt &amp; Co &#8211; 2&quot;")),
        ("/shipping_lines/0/method_title", json!("Overnight &ndash; signed")),
    ];
    let mapped = mapped(&input(&changes));
    assert_eq!(mapped.order.lines[0].description, "Salt & Co – 2\"");
    let body = String::from_utf8(mapped.body).unwrap();
    assert!(body.contains("\"shipping_description\":\"Overnight – signed\""), "{body}");
}

#[test]
fn lines_have_no_weight_so_a_setting_or_a_rule_by_sku_gives_it_or_the_order_is_refused_by_path() {
    let home = json!({ "origin_country": "NZ" });
    let problem = refused(&with(&[], home.clone()));
    assert_eq!(paths(&problem), ["order.line_items[0]"]);
    assert!(
        problem.message.contains("WAX-TRO has no weight") && problem.message.contains("default_piece_weight_g"),
        "{}",
        problem.message
    );
    let mut catalogue = home;
    catalogue["rules"] =
        json!([{ "to": "lines[].weight_g", "from": "line[].sku", "via": [{ "map": { "WAX-TRO": "90" } }] }]);
    let mapped = mapped(&with(&[], catalogue));
    assert_eq!(mapped.order.lines[0].weight_g, [90]);
    assert!(mapped.warnings.is_empty(), "{:?}", mapped.warnings);
}

#[test]
fn a_price_is_the_lines_total_shared_out_exactly_and_not_the_float_beside_it() {
    let price = |total: Value, quantity: u32, currency: &str| {
        let changes = [
            ("/line_items/0/total", total),
            ("/line_items/0/quantity", json!(quantity)),
            ("/currency", json!(currency)),
        ];
        mapped(&input(&changes)).order.lines[0].value[0].minor
    };
    assert_eq!(price(json!("39.13"), 3, "NZD"), 1305);
    assert_eq!(price(json!("19.99"), 1, "NZD"), 1999);
    assert_eq!(price(json!("8.2"), 2, "NZD"), 410);
    assert_eq!(price(json!("1000"), 3, "JPY"), 334);
    assert_eq!(price(json!("0.00"), 3, "NZD"), 0);
    for wrong in ["-1.00", "free"] {
        assert_eq!(paths(&refused(&input(&[("/line_items/0/total", json!(wrong))]))), ["order.line_items[0].total"]);
    }
}

#[test]
fn dates_come_from_their_gmt_twins() {
    assert_eq!(mapped(&input(&[])).order.date, "2026-11-20T03:20:00Z");
    assert_eq!(mapped(&input(&[("/date_created_gmt", Value::Null)])).order.date, "");
}

#[test]
fn the_method_is_the_service_code_that_the_rate_kept_else_its_title() {
    let method = |changes: &[(&str, Value)]| mapped(&input(changes)).order.shipping_method;
    assert_eq!(method(&[]), "CPOLTPA5");
    assert_eq!(method(&[("/shipping_lines/0/meta_data", json!([]))]), "Overnight");
    assert_eq!(method(&[("/shipping_lines", json!([]))]), "");
}

#[test]
fn what_is_collected_and_what_needs_no_shipping_is_left_alone() {
    for method in ["local_pickup", "pickup_location"] {
        let (_, reason) = left(&input(&[("/shipping_lines/0/method_id", json!(method))]));
        assert!(reason.contains("collects"), "{reason}");
    }
    // Virtual items have no flag: neither an address nor a method is all that tells them.
    let (_, reason) = left(&input(&[("/shipping", blank()), ("/shipping_lines", json!([]))]));
    assert!(reason.contains("nothing of it needs shipping"), "{reason}");
    left(&input(&[("/line_items", json!([]))]));
}

#[test]
fn a_deleted_order_is_left_alone_and_an_error_instead_of_an_order_is_refused() {
    let (_, reason) = left(&input_of("woocommerce", b"{\"id\":7412}".to_vec(), &settings()));
    assert!(reason.contains("deleted"), "{reason}");
    let error = br#"{"code":"woocommerce_rest_cannot_view","message":"Sorry","data":{"status":401}}"#;
    let problem = refused(&input_of("woocommerce", error.to_vec(), &settings()));
    assert_eq!(paths(&problem), ["order.code"]);
}

#[test]
fn a_refund_of_a_part_is_told_since_it_names_no_pieces() {
    let mapped = mapped(&input(&[("/refunds", json!([{ "id": 7, "reason": "", "total": "-5.00" }]))]));
    assert!(mapped.warnings.iter().any(|warning| warning.path == "order.refunds"), "{:?}", mapped.warnings);
}

#[test]
fn rules_reach_meta_data_by_its_keys() {
    let changes = [("/meta_data", json!([{ "id": 1, "key": "_delivery_date", "value": "2026-11-25" }]))];
    let rules = json!({ "rules": [
        { "to": "reference", "from": "order.meta_data._delivery_date" },
        { "to": "lines[].tariff_code", "from": "line[].meta_data.pa_temp", "via": [{ "map": { "tropical": "340490" } }] },
    ] });
    let order = mapped(&with(&changes, merged(&rules))).order;
    assert_eq!([order.reference.as_str(), &order.lines[0].tariff_code], ["2026-11-25", "340490"]);
}
