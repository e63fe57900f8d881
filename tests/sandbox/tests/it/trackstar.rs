//! Trackstar.

use connote_sandbox::{FarEnd, Fault, FaultKind, Request, Response, World};
use serde_json::{Value, json};

use crate::support::{NOON, ask, behind, fetch, trackstar, unlimited};

pub(crate) fn shipment() -> Value {
    json!({
        "shipped_date": "2026-11-03T02:40:00Z", "tracking_number": "33SBX0000000004", "shipping_cost": 7.85,
        "tracking_url": "https://track.example.org/33SBX0000000004",
        "measurements": { "length": 25, "width": 18, "height": 10, "unit": "cm", "weight": 0.62, "weight_unit": "kg" },
        "warehouse_id": "wh_melbourne",
    })
}

fn ship(id: &str, body: &Value) -> Request {
    trackstar("POST", &format!("/wms/orders/{id}/shipments")).with_json(body)
}

fn post(world: &mut World, request: &Request) -> Response {
    ask(world, NOON, FarEnd::Trackstar, request)
}

fn get(world: &mut World, now_ms: u64, path: &str) -> Value {
    fetch(world, now_ms, FarEnd::Trackstar, &trackstar("GET", path))
}

#[test]
fn filters_have_to_be_repeated_on_every_page() {
    let mut world = unlimited();
    let first = get(&mut world, NOON, "/wms/orders?status[in]=picked,packed&limit=4");
    assert_eq!(first["total_count"], 4);
    let token = first["next_token"].as_str().unwrap();
    let right = get(&mut world, NOON, &format!("/wms/orders?status[in]=picked,packed&limit=40&page_token={token}"));
    assert_eq!(right["total_count"], 5);
    assert_eq!(right["next_token"], Value::Null);
    let forgotten = get(&mut world, NOON, &format!("/wms/orders?limit=40&page_token={token}"));
    assert_eq!(forgotten["total_count"], 9);
}

#[test]
fn unknown_filters_and_statuses_are_refused() {
    let mut world = unlimited();
    for path in ["/wms/orders?color=red", "/wms/orders?status[in]=shipped"] {
        let request = trackstar("GET", path);
        let connote_sandbox::Outcome::Answer(answer) = world.handle(NOON, FarEnd::Trackstar, &request) else {
            panic!()
        };
        assert_eq!(answer.status, 422, "{path}");
    }
}

#[test]
fn an_unknown_order_is_a_404_with_its_id_and_missing_packs_a_501_without_origin() {
    let mut world = unlimited();
    let missing = ask(&mut world, NOON, FarEnd::Trackstar, &trackstar("GET", "/wms/orders/nope"));
    assert_eq!((missing.status, missing.body_json().unwrap()["id"].clone()), (404, json!("nope")));
    let packless = ask(&mut world, NOON, FarEnd::Trackstar, &trackstar("GET", "/wms/orders/ord_1005/packs"));
    assert_eq!(packless.status, 501);
    assert!(packless.body_json().unwrap().get("origin").is_none());
    assert_eq!(get(&mut world, NOON, "/wms/orders/ord_1004/packs")["data"]["packs"].as_array().unwrap().len(), 3);
}

#[test]
fn shipping_fulfils_the_order_and_keeps_the_tracking_number() {
    let mut world = unlimited();
    let body = post(&mut world, &ship("ord_1001", &shipment())).body_json().unwrap();
    assert_eq!(body["data"]["status"], "fulfilled");
    assert_eq!(body["unused_fields"], json!([]));
    assert_eq!(world.trackstar.tracking_received("ord_1001"), ["33SBX0000000004"]);
    assert_eq!(get(&mut world, NOON, "/wms/orders/ord_1001")["data"]["status"], "fulfilled");
}

#[test]
fn a_kit_ships_as_its_parts() {
    let mut world = unlimited();
    let body = post(&mut world, &ship("ord_1005", &shipment())).body_json().unwrap();
    let lines = &body["data"]["shipments"][0]["line_items"];
    assert_eq!(
        lines[0],
        json!({ "inventory_item_id": "inv_jam", "sku": "JAM-250", "quantity": 4,
        "parent_product_id": "kit_hamper" })
    );
    assert_eq!(lines[1]["quantity"], 2);
}

#[test]
fn part_of_the_lines_leaves_the_order_open() {
    let mut world = unlimited();
    let mut part = shipment();
    part["line_items"] = json!([{ "sku": "TEA-GIFT", "quantity": 1 }]);
    let body = post(&mut world, &ship("ord_1001", &part)).body_json().unwrap();
    assert_eq!(body["data"]["status"], "partially_fulfilled");
}

#[test]
fn a_shipped_order_refuses_another_shipment_in_the_words_of_the_system() {
    let mut world = unlimited();
    let refusal = post(&mut world, &ship("ord_1008", &shipment()));
    assert_eq!((refusal.status, refusal.body_json().unwrap()["origin"].clone()), (422, json!("integration")));
}

#[test]
fn null_like_values_are_refused_everywhere() {
    for word in ["", "null", "None"] {
        let mut world = unlimited();
        let mut body = shipment();
        body["tracking_url"] = json!(word);
        let connote_sandbox::Outcome::Answer(answer) = world.handle(NOON, FarEnd::Trackstar, &ship("ord_1001", &body))
        else {
            panic!()
        };
        assert_eq!(answer.status, 422, "{word}");
        assert!(world.trackstar.written().is_empty());
    }
}

#[test]
fn each_system_takes_what_it_knows_and_names_the_rest() {
    let number = json!({ "tracking_number": "N1" });
    let cases = [
        (
            "extensiv",
            json!({ "shipped_date": "2026-11-03T02:40:00Z", "shipping_cost": 7, "tracking_number": "N1",
            "tracking_url": "https://x.example/N1" }),
            vec!["N1"],
            json!(["tracking_url"]),
        ),
        ("logiwa", json!({ "tracking_numbers": ["N1", "N2"] }), vec!["N1", "N2"], json!([])),
        ("shipstation", json!({ "carrier": "australia_post", "tracking_number": "N1" }), vec!["N1"], Value::Null),
        (
            "finale",
            json!({ "tracking_number": "N1", "line_items": [{ "sku": "TEA-GIFT", "quantity": 2,
            "location_id": "A-01" }] }),
            vec!["N1"],
            json!([]),
        ),
        (
            "packiyo",
            json!({ "tracking_number": "N1", "tracking_url": "https://x.example/N1", "shipping_cost": 1,
            "boxes": [{ "package_name": "S" }] }),
            vec!["N1"],
            json!([]),
        ),
        (
            "oia",
            json!({ "tracking_number": "N9", "packages": [{ "package_id": "70001", "tracking_number": "N1" }] }),
            vec!["N1"],
            json!(["tracking_number"]),
        ),
    ];
    for (system, body, kept, unused) in cases {
        let mut world = unlimited();
        let request = behind(system, "POST", "/wms/orders/ord_1001/shipments").with_json(&body);
        let answer = post(&mut world, &request);
        assert_eq!(answer.status, 200, "{system} {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(world.trackstar.tracking_received("ord_1001"), kept, "{system}");
        assert_eq!(answer.body_json().unwrap()["unused_fields"], unused, "{system}");
    }
    let mut world = unlimited();
    let request = behind("camelot", "POST", "/wms/orders/ord_1001/shipments").with_json(&number);
    assert_eq!(post(&mut world, &request).status, 501);
    let request = behind("extensiv", "POST", "/wms/orders/ord_1001/shipments").with_json(&number);
    assert_eq!(post(&mut world, &request).status, 422, "a required field is missing");
}

#[test]
fn write_info_says_what_each_system_needs() {
    let mut world = unlimited();
    let info = get(&mut world, NOON, "/integrations/wms/shiphero/write-info");
    assert_eq!(
        info["data"]["write_operations"][0]["required_base_schema_fields"],
        json!(["warehouse_id", "shipping_cost", "measurements"])
    );
    assert_eq!(get(&mut world, NOON, "/integrations/wms/camelot/write-info")["data"]["write_operations"], json!([]));
}

#[test]
fn packages_have_to_exist_in_the_system() {
    let mut world = unlimited();
    let mut body = shipment();
    body["packages"] = json!([{ "package_id": "99999", "tracking_number": "N1" }]);
    assert_eq!(post(&mut world, &ship("ord_1001", &body)).status, 422);
}

#[test]
fn a_key_replays_the_first_success_for_a_day_and_refuses_another_body() {
    let mut world = unlimited();
    let keyed = |body: &Value| ship("ord_1001", body).with_header("Idempotency-Key", "job-1/ship");
    let first = post(&mut world, &keyed(&shipment()));
    let again = post(&mut world, &keyed(&shipment()));
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(again.body, first.body);
    assert_eq!(world.trackstar.written().len(), 1);
    let mut other = shipment();
    other["shipping_cost"] = json!(9);
    assert_eq!(post(&mut world, &keyed(&other)).status, 400);
    let next_day = NOON + 86_400_001;
    assert_eq!(ask(&mut world, next_day, FarEnd::Trackstar, &keyed(&shipment())).status, 422);
}

#[test]
fn a_failed_write_frees_its_key() {
    let mut world = unlimited();
    let keyed = |body: &Value| ship("ord_1001", body).with_header("Idempotency-Key", "job-1/ship");
    let mut bad = shipment();
    bad["packages"] = json!([{ "package_id": "99999", "tracking_number": "N1" }]);
    assert_eq!(post(&mut world, &keyed(&bad)).status, 422);
    assert_eq!(post(&mut world, &keyed(&shipment())).status, 200);
}

#[test]
fn a_key_answers_409_while_its_first_call_runs() {
    let mut world = unlimited();
    world.fault(Fault::once(FarEnd::Trackstar, "POST", "/shipments", FaultKind::HangThenActAfterMs(60_000)));
    let keyed = ship("ord_1001", &shipment()).with_header("Idempotency-Key", "job-1/ship");
    assert_eq!(world.handle(NOON, FarEnd::Trackstar, &keyed), connote_sandbox::Outcome::Hang);
    assert_eq!(ask(&mut world, NOON + 30_000, FarEnd::Trackstar, &keyed).status, 409);
    let replay = ask(&mut world, NOON + 60_000, FarEnd::Trackstar, &keyed);
    assert_eq!((replay.status, replay.header("Idempotent-Replayed")), (200, Some("true")));
    assert_eq!(world.trackstar.written().len(), 1);
}

#[test]
fn reads_lag_behind_writes_until_the_copy_or_a_sync_catches_up() {
    let mut world = unlimited();
    world.settings.trackstar_copy_delay_ms = 3_600_000;
    post(&mut world, &ship("ord_1001", &shipment()));
    assert_eq!(get(&mut world, NOON + 3_599_999, "/wms/orders/ord_1001")["data"]["status"], "packed");
    assert_eq!(get(&mut world, NOON + 3_600_000, "/wms/orders/ord_1001")["data"]["status"], "fulfilled");

    post(&mut world, &ship("ord_1013", &shipment()));
    let sync = trackstar("POST", "/connections/sync").with_json(&json!({ "functions_to_sync": ["get_orders"] }));
    assert_eq!(post(&mut world, &sync).status, 200);
    assert_eq!(get(&mut world, NOON + 119_999, "/wms/orders/ord_1013")["data"]["status"], "packed");
    assert_eq!(get(&mut world, NOON + 120_000, "/wms/orders/ord_1013")["data"]["status"], "fulfilled");
}

#[test]
fn dropped_fields_are_named_and_their_tracking_is_lost() {
    let mut world = unlimited();
    let dropped = FaultKind::UnusedFields(vec!["tracking_number".to_owned()]);
    world.fault(Fault::once(FarEnd::Trackstar, "POST", "/shipments", dropped));
    let body = post(&mut world, &ship("ord_1001", &shipment())).body_json().unwrap();
    assert_eq!(body["unused_fields"], json!(["tracking_number"]));
    assert_eq!(world.trackstar.tracking_received("ord_1001"), [] as [String; 0]);
    assert_eq!(body["data"]["status"], "fulfilled");
}

#[test]
fn the_eleventh_read_of_a_second_is_refused_with_limit_headers() {
    let mut world = World::demo();
    let request = trackstar("GET", "/wms/orders/ord_1001");
    for left in (0..10).rev() {
        let answer = ask(&mut world, NOON, FarEnd::Trackstar, &request);
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
    }
    let refusal = ask(&mut world, NOON, FarEnd::Trackstar, &request);
    assert_eq!((refusal.status, refusal.header("retry-after")), (429, Some("1")));
}

#[test]
fn goods_carry_customs_on_products_and_weights_on_inventory() {
    let mut world = unlimited();
    let kit = get(&mut world, NOON, "/wms/products/kit_hamper")["data"].clone();
    assert_eq!((kit["is_kit"].clone(), kit["inventory_items"][0]["unit_quantity"].clone()), (json!(true), json!(2)));
    assert_eq!(kit["harmonized_code"], "21069098");
    let tent = get(&mut world, NOON, "/wms/inventory?sku=TENT-2P")["data"][0]["measurements"].clone();
    assert_eq!((tent["unit"].clone(), tent["weight_unit"].clone()), (json!("in"), json!("lb")));
    assert_eq!(get(&mut world, NOON, "/wms/products?ids[in]=prod_tea,prod_jam")["total_count"], 2);
}

#[test]
fn wrong_keys_are_refused() {
    let mut world = unlimited();
    let request = Request::new("GET", "/wms/orders")
        .with_header("x-trackstar-api-key", "other")
        .with_header("x-trackstar-access-token", "sandbox-trackstar-token");
    assert_eq!(ask(&mut world, NOON, FarEnd::Trackstar, &request).status, 401);
}
