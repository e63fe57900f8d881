//! Shopify's traps, each by its name in the reference.

use connote_shop_mapper::map::map_order;
use connote_types::orders::{MapInput, MapOutcome};
use serde_json::{Value, json};

use crate::support::{body, changed, input_of, left, mapped, paths, refused, sample};

fn input(changes: &[(&str, Value)]) -> MapInput {
    with(changes, &json!({}))
}

fn with(changes: &[(&str, Value)], settings: &Value) -> MapInput {
    input_of("shopify", changed("shopify-orders-create", changes).to_string().into_bytes(), settings)
}

fn nz(address2: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("/shipping_address/country_code", json!("NZ")),
        ("/shipping_address/city", json!("Auckland")),
        ("/shipping_address/address2", json!(address2)),
    ]
}

#[test]
fn the_sample_becomes_this_body_to_the_byte() {
    let mapped = mapped(&input_of("shopify", sample("shopify-orders-create"), &json!({})));
    assert_eq!(
        String::from_utf8(mapped.body).unwrap(),
        concat!(
            r##"{"order":{"order_number":"#2041","order_date":"2026-11-20T03:02:11Z","shipping_method":"7D55","currency":"AUD","##,
            r#""shipping_description":"Parcel Post","destination":{"name":"Mia Tran","street":"16 Grey Street, Unit 302","suburb":"South Brisbane","state":"QLD","#,
            r#""post_code":"4101","country":"Australia","phone":"+61400111222","email":"mia@example.com","delivery_instructions":"Please leave at reception"},"#,
            r#""items":[{"description":"Stoneware bowl - Sand","sku":"BOWL-SAND","quantity":2,"weight":0.68,"value":34.5},"#,
            r#"{"description":"Linen tea towel","sku":"TOWEL-1","quantity":1,"weight":0.14,"value":19}]}}"#
        )
    );
    assert_eq!(mapped.order.source_id, "5800000000011");
    assert!(mapped.warnings.is_empty(), "{:?}", mapped.warnings);
}

#[test]
fn an_id_above_2_to_the_53_is_not_rounded() {
    let text = String::from_utf8(sample("shopify-orders-create")).unwrap();
    let text = text.replace(r#"{"id":5800000000011,"#, r#"{"id":820982911946154508,"#);
    assert_eq!(mapped(&input_of("shopify", text.into_bytes(), &json!({}))).order.source_id, "820982911946154508");
}

#[test]
fn the_number_is_the_name_that_staff_see_with_its_prefix_and_suffix() {
    assert_eq!(mapped(&input(&[("/name", json!("EN-1001/A"))])).order.number, "EN-1001/A");
    assert_eq!(mapped(&input(&[("/name", Value::Null)])).order.number, "2041");
}

#[test]
fn a_test_order_is_not_shipped() {
    let (status, reason) = left(&input(&[("/test", json!(true))]));
    assert_eq!(status, "paid");
    assert!(reason.contains("test"), "{reason}");
}

#[test]
fn a_cancelled_an_archived_and_a_fulfilled_order_are_left_alone() {
    for (changes, word) in [
        ([("/cancelled_at", json!("2026-11-20T14:05:00+11:00"))], "cancelled"),
        ([("/closed_at", json!("2026-11-20T14:05:00+11:00"))], "archived"),
        ([("/fulfillment_status", json!("fulfilled"))], "shipped already"),
        ([("/fulfillment_status", json!("restocked"))], "put back"),
    ] {
        let (_, reason) = left(&input(&changes));
        assert!(reason.contains(word), "{reason}");
    }
    assert_eq!(left(&input(&[("/fulfillment_status", json!("fulfilled"))])).0, "fulfilled");
}

#[test]
fn an_order_that_is_not_paid_waits_and_a_connection_decides_which_financial_statuses_ship() {
    let pending = [("/financial_status", json!("pending"))];
    let (status, reason) = left(&input(&pending));
    assert_eq!(status, "pending");
    assert!(reason.contains("ship_statuses"), "{reason}");
    mapped(&with(&pending, &json!({ "ship_statuses": ["paid", "pending"] })));
    left(&with(&[], &json!({ "ship_statuses": ["authorized"] })));
    left(&input(&[("/financial_status", Value::Null)]));
    left(&input(&[("/financial_status", json!("refunded"))]));
}

#[test]
fn after_a_refund_of_a_part_the_rest_ships() {
    let changes = [
        ("/financial_status", json!("partially_refunded")),
        ("/line_items/0/fulfillable_quantity", json!(1)),
        ("/line_items/1/fulfillable_quantity", json!(0)),
    ];
    let mapped = mapped(&input(&changes));
    assert_eq!(
        mapped.order.lines.iter().map(|line| (line.sku.as_str(), line.quantity)).collect::<Vec<_>>(),
        [("BOWL-SAND", 1)]
    );
    assert_eq!(mapped.warnings.len(), 1);
    assert_eq!(mapped.warnings[0].path, "order.fulfillment_status");
}

#[test]
fn an_order_without_a_shipping_address_is_left_alone() {
    for none in [Value::Null, json!({})] {
        let (_, reason) = left(&input(&[("/shipping_address", none)]));
        assert!(reason.contains("no shipping address"), "{reason}");
    }
}

#[test]
fn parts_of_an_address_that_are_missing_without_protected_data_access_are_refused_by_path() {
    let hidden = ["first_name", "last_name", "name", "company", "address1", "address2", "phone"];
    let mut order = changed("shopify-orders-create", &[]);
    for key in hidden {
        order["shipping_address"][key] = Value::Null;
    }
    let problem = refused(&input_of("shopify", order.to_string().into_bytes(), &json!({})));
    assert_eq!(paths(&problem), ["order.shipping_address.first_name", "order.shipping_address.address1"]);
    assert!(problem.fields.iter().all(|field| field.message.contains("protected customer data")), "{problem:#?}");
    let zip = refused(&input(&[("/shipping_address/zip", Value::Null)]));
    assert_eq!(paths(&zip), ["order.shipping_address.zip"]);
}

#[test]
fn postcode_state_and_country_are_called_zip_province_code_and_country_code() {
    let address = mapped(&input(&[
        ("/shipping_address/zip", json!("0800")),
        ("/shipping_address/province_code", Value::Null),
        ("/shipping_address/country_code", Value::Null),
        ("/shipping_address/postal_code", json!("9999")),
    ]));
    let address = &address.order.destination;
    assert_eq!([&address.post_code, &address.state, &address.country], ["0800", "Queensland", "AU"]);
}

#[test]
fn in_australia_the_city_is_the_suburb_and_in_new_zealand_the_second_line_unless_it_names_a_unit() {
    let place = |changes: &[(&str, Value)]| {
        let address = mapped(&with(changes, &json!({ "origin_country": "NZ" }))).order.destination;
        [address.street, address.suburb, address.city]
    };
    let au = mapped(&input(&[])).order.destination;
    assert_eq!([au.street.as_str(), &au.suburb, &au.city], ["16 Grey Street, Unit 302", "South Brisbane", ""]);
    assert_eq!(place(&nz("Mount Eden")), ["16 Grey Street", "Mount Eden", "Auckland"]);
    assert_eq!(place(&nz("Flat 2")), ["16 Grey Street, Flat 2", "Auckland", ""]);
    assert_eq!(place(&nz("")), ["16 Grey Street", "Auckland", ""]);
}

#[test]
fn a_connection_can_read_suburbs_otherwise() {
    let settings = json!({ "origin_country": "NZ", "rules": [
        { "to": "destination.suburb", "from": "order.shipping_address.city" },
        { "to": "destination.city", "text": "" },
        { "to": "destination.street", "from": ["order.shipping_address.address1", "order.shipping_address.address2"], "via": [{ "join": ", " }] },
    ] });
    let address = mapped(&with(&nz("Mount Eden"), &settings)).order.destination;
    assert_eq!(
        [address.street.as_str(), &address.suburb, &address.city],
        ["16 Grey Street, Mount Eden", "Auckland", ""]
    );
}

#[test]
fn a_phone_is_looked_for_where_buyers_leave_one() {
    let mut order = changed(
        "shopify-orders-create",
        &[
            ("/shipping_lines/0/phone", json!("2")),
            ("/phone", json!("3")),
            ("/customer/phone", json!("4")),
            ("/billing_address/phone", json!("5")),
            ("/shipping_address/phone", json!("1")),
        ],
    );
    for (pointer, phone) in [
        ("/shipping_address/phone", "1"),
        ("/shipping_lines/0/phone", "2"),
        ("/phone", "3"),
        ("/customer/phone", "4"),
        ("/billing_address/phone", "5"),
    ] {
        let found = mapped(&input_of("shopify", order.to_string().into_bytes(), &json!({}))).order.destination.phone;
        assert_eq!(found, phone);
        *order.pointer_mut(pointer).unwrap() = Value::Null;
    }
}

#[test]
fn what_needs_no_shipping_and_gift_cards_are_left_out() {
    for change in [("/line_items/1/requires_shipping", json!(false)), ("/line_items/1/gift_card", json!(true))] {
        let mapped = mapped(&input(&[change]));
        assert_eq!(mapped.order.lines.len(), 1);
        assert!(mapped.warnings.is_empty(), "{:?}", mapped.warnings);
    }
    let (_, reason) =
        left(&input(&[("/line_items/0/gift_card", json!(true)), ("/line_items/1/requires_shipping", json!(false))]));
    assert!(reason.contains("nothing of it"), "{reason}");
}

#[test]
fn what_is_still_to_send_is_fulfillable_quantity_and_not_quantity() {
    let quantities = |changes: &[(&str, Value)]| {
        mapped(&input(changes)).order.lines.iter().map(|line| line.quantity).collect::<Vec<_>>()
    };
    assert_eq!(quantities(&[("/line_items/0/quantity", json!(5))]), [2, 1]);
    assert_eq!(
        quantities(&[
            ("/line_items/0/fulfillable_quantity", Value::Null),
            ("/line_items/0/current_quantity", json!(3))
        ]),
        [3, 1]
    );
    assert_eq!(
        quantities(&[("/fulfillment_status", json!("partial")), ("/line_items/0/fulfillable_quantity", json!(0))]),
        [1]
    );
    left(&input(&[("/line_items/0/fulfillable_quantity", json!(0)), ("/line_items/1/fulfillable_quantity", json!(0))]));
    for wrong in [json!(-1), json!(1.5), json!("many")] {
        assert_eq!(
            paths(&refused(&input(&[("/line_items/0/fulfillable_quantity", wrong)]))),
            ["order.line_items[0].fulfillable_quantity"]
        );
    }
}

#[test]
fn zero_grams_say_that_nobody_weighed_it() {
    let zero = [("/line_items/1/grams", json!(0))];
    let problem = refused(&input(&zero));
    assert_eq!(paths(&problem), ["order.line_items[1]"]);
    assert!(
        problem.message.contains("TOWEL-1 has no weight") && problem.message.contains("default_piece_weight_g"),
        "{}",
        problem.message
    );
    let mapped = mapped(&with(&zero, &json!({ "default_piece_weight_g": 250 })));
    assert_eq!(mapped.order.lines[1].weight_g, [250]);
    assert_eq!(mapped.warnings.len(), 1);
}

#[test]
fn a_product_without_sku_is_called_by_its_name() {
    let change = [("/line_items/1/sku", Value::Null), ("/line_items/1/grams", json!(0))];
    assert!(refused(&input(&change)).message.contains("Linen tea towel has no weight"));
    assert_eq!(body(&mapped(&input(&change[..1])))["items"][1].get("sku"), None);
}

#[test]
fn amount_and_currency_come_from_one_pair_whatever_the_buyer_saw() {
    let presented = json!({ "shop_money": { "amount": "34.50", "currency_code": "AUD" }, "presentment_money": { "amount": "3300", "currency_code": "JPY" } });
    let changes = [
        ("/presentment_currency", json!("JPY")),
        ("/line_items/0/price_set", presented),
        ("/line_items/1/price_set", Value::Null),
    ];
    let mapped = mapped(&input(&changes));
    let prices: Vec<_> =
        mapped.order.lines.iter().map(|line| (line.value[0].minor, line.value[0].currency.as_str())).collect();
    assert_eq!(prices, [(3450, "AUD"), (1900, "AUD")]);
}

#[test]
fn after_a_merge_the_code_is_shipping_and_the_title_counts() {
    let method = |changes: &[(&str, Value)]| {
        let body = body(&mapped(&input(changes)));
        (body["shipping_method"].clone(), body["shipping_description"].clone())
    };
    assert_eq!(method(&[]), (json!("7D55"), json!("Parcel Post")));
    assert_eq!(method(&[("/shipping_lines/0/code", json!("Shipping"))]), (json!("Parcel Post"), json!("Parcel Post")));
    assert_eq!(method(&[("/shipping_lines/0/code", Value::Null)]).0, json!("Parcel Post"));
    assert_eq!(method(&[("/shipping_lines", json!([]))]), (Value::Null, Value::Null));
}

#[test]
fn local_delivery_and_pick_up_need_no_courier() {
    for (code, title) in [("Local Delivery", "By van"), ("custom", "Local pickup"), ("pick_up", "Shop")] {
        let (_, reason) =
            left(&input(&[("/shipping_lines/0/code", json!(code)), ("/shipping_lines/0/title", json!(title))]));
        assert!(reason.contains("collects"), "{reason}");
    }
}

#[test]
fn a_long_note_is_cut_and_told_and_a_connection_can_drop_it() {
    let note = "Please leave it behind the green door. ".repeat(4);
    let mapped_note = mapped(&input(&[("/note", json!(note))]));
    assert_eq!(mapped_note.order.destination.delivery_instructions.len(), 100);
    assert_eq!(mapped_note.warnings[0].path, "order.note");
    let settings = json!({ "rules": [{ "to": "destination.delivery_instructions", "text": "" }] });
    let dropped = mapped(&with(&[("/note", json!(note))], &settings));
    assert_eq!(dropped.order.destination.delivery_instructions, "");
    assert!(dropped.warnings.is_empty(), "{:?}", dropped.warnings);
}

#[test]
fn rules_reach_properties_and_note_attributes_by_their_names() {
    let changes = [("/note_attributes", json!([{ "name": "Delivery date", "value": "2026-11-25" }]))];
    let settings = json!({ "rules": [
        { "to": "lines[].description", "from": ["line[].name", "line[].properties.\"Gift wrap\""], "via": [{ "join": ", wrapped: " }] },
        { "to": "reference", "from": "order.note_attributes.\"Delivery date\"" },
    ] });
    let mapped = mapped(&with(&changes, &settings));
    assert_eq!(mapped.order.lines[1].description, "Linen tea towel, wrapped: yes");
    assert_eq!(mapped.order.reference, "2026-11-25");
}

#[test]
fn what_customs_want_and_no_webhook_tells_is_asked_for_with_a_rule() {
    let abroad = [("/shipping_address/country_code", json!("US")), ("/shipping_address/zip", json!("94105"))];
    let problem = refused(&input(&abroad));
    assert_eq!(problem.fields.len(), 4);
    assert!(
        problem.fields[0].message.contains("lines[].tariff-code") && !problem.fields[0].message.contains("CartonCloud"),
        "{problem:#?}"
    );
    let settings = json!({ "rules": [
        { "to": "lines[].tariff_code", "from": "line[].sku", "via": [{ "map": { "BOWL-SAND": "691200", "TOWEL-1": "630260" } }] },
        { "to": "lines[].country_of_origin", "text": "AU" },
    ] });
    assert_eq!(mapped(&with(&abroad, &settings)).order.lines[1].tariff_code, "630260");
}

#[test]
fn an_order_without_its_lines_is_refused_and_not_taken_for_empty() {
    let mut order = changed("shopify-orders-create", &[]);
    order.as_object_mut().unwrap().remove("line_items");
    assert_eq!(paths(&refused(&input_of("shopify", order.to_string().into_bytes(), &json!({})))), ["order.line_items"]);
    assert_eq!(paths(&refused(&input_of("shopify", b"{\"order\":{}}".to_vec(), &json!({})))), ["order.id"]);
}

#[test]
fn everything_of_the_sample_that_matters_is_read() {
    let input = MapInput { explain: true, ..input(&[]) };
    let MapOutcome::Mapped(mapped) = map_order(&input) else { panic!() };
    for path in [
        "order.shipping_address.zip",
        "order.line_items[].grams",
        "order.line_items[].price_set.shop_money.amount",
        "order.note",
    ] {
        assert!(!mapped.unused.iter().any(|one| one == path), "{path}");
    }
    let street = mapped.explanation.iter().find(|one| one.target == "destination.street").unwrap();
    assert_eq!(street.sources, ["order.shipping_address.address1", "order.shipping_address.address2"]);
}
