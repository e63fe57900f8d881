//! CartonCloud.

use connote_sandbox::{FarEnd, Request, Response, World};
use serde_json::{Value, json};

use crate::support::{NOON, ask, cartoncloud, token_request, unlimited};

const PACKED: &str = "44444444-0000-4000-8000-000000000001";
const CONSIGNMENT: &str = "99999999-0000-4000-8000-000000000001";

fn call(world: &mut World, method: &str, path: &str, body: Option<&Value>) -> Response {
    let mut request = cartoncloud(world, NOON, method, path);
    if let Some(body) = body {
        request = request.with_json(body);
    }
    ask(world, NOON, FarEnd::CartonCloud, &request)
}

fn equal(pointer: &str, value: &str) -> Value {
    json!({ "condition": { "type": "AndCondition", "conditions": [{ "type": "TextComparisonCondition",
        "field": { "type": "JsonField", "pointer": pointer }, "value": { "type": "ValueField", "value": value },
        "method": "EQUAL_TO" }] } })
}

fn put(world: &mut World, body: &Value, version: &str) -> Response {
    let path = format!("/consignments/{CONSIGNMENT}");
    let request = cartoncloud(world, NOON, "PUT", &path).with_json(body).with_header("If-Match", version);
    ask(world, NOON, FarEnd::CartonCloud, &request)
}

#[test]
fn every_call_needs_the_version_header() {
    let mut world = unlimited();
    let mut request = token_request();
    request.headers.retain(|(name, _)| name != "Accept-Version");
    let connote_sandbox::Outcome::Answer(answer) = world.handle(NOON, FarEnd::CartonCloud, &request) else { panic!() };
    assert_eq!(answer.status, 400);
    assert_eq!(world.violations().len(), 1);
}

#[test]
fn a_token_lives_an_hour_and_errors_are_lists() {
    let mut world = unlimited();
    let request = cartoncloud(&mut world, NOON, "GET", &format!("/outbound-orders/{PACKED}"));
    assert_eq!(ask(&mut world, NOON + 3_599_999, FarEnd::CartonCloud, &request).status, 200);
    let late = ask(&mut world, NOON + 3_600_000, FarEnd::CartonCloud, &request);
    assert_eq!(late.status, 401);
    assert!(late.body_json().unwrap()[0]["message"].is_string());
}

#[test]
fn a_wrong_secret_gets_the_error_of_oauth() {
    let mut world = unlimited();
    let mut request = token_request();
    request.headers.retain(|(name, _)| name != "Authorization");
    let request = request.with_header("Authorization", "Basic d3Jvbmc6d3Jvbmc=");
    let answer = ask(&mut world, NOON, FarEnd::CartonCloud, &request);
    assert_eq!((answer.status, answer.body_json().unwrap()["error"].clone()), (401, json!("unauthorized")));
}

#[test]
fn another_tenant_is_forbidden() {
    let mut world = unlimited();
    let mut request = cartoncloud(&mut world, NOON, "GET", "/");
    request.path = format!("/tenants/00000000-0000-4000-8000-000000000000/outbound-orders/{PACKED}");
    assert_eq!(ask(&mut world, NOON, FarEnd::CartonCloud, &request).status, 403);
}

#[test]
fn a_search_gives_a_bare_list_with_its_paging_in_headers() {
    let mut world = unlimited();
    let answer = call(&mut world, "POST", "/outbound-orders/search?page=2&size=4", Some(&equal("/status", "PACKED")));
    assert_eq!(answer.body_json().unwrap().as_array().unwrap().len(), 4);
    assert_eq!(answer.header("total-elements"), Some("10"));
    assert_eq!(answer.header("total-pages"), Some("3"));
    assert!(answer.header("link").unwrap().contains("page=3"));
}

#[test]
fn a_minimal_search_gives_ids_only() {
    let mut world = unlimited();
    let request = cartoncloud(&mut world, NOON, "POST", "/outbound-orders/search")
        .with_json(&equal("/references/customer", "PO-5512"))
        .with_header("Prefer", "return=minimal");
    let answer = ask(&mut world, NOON, FarEnd::CartonCloud, &request);
    assert_eq!(answer.body_json().unwrap(), json!([{ "id": PACKED }]));
    assert_eq!(answer.header("preference-applied"), Some("return=minimal"));
}

#[test]
fn a_comparison_without_its_group_is_refused() {
    let mut world = unlimited();
    let bare = json!({ "condition": { "type": "TextComparisonCondition",
        "field": { "type": "JsonField", "pointer": "/status" }, "value": { "type": "ValueField", "value": "PACKED" } } });
    let request = cartoncloud(&mut world, NOON, "POST", "/outbound-orders/search").with_json(&bare);
    let connote_sandbox::Outcome::Answer(answer) = world.handle(NOON, FarEnd::CartonCloud, &request) else { panic!() };
    assert_eq!(answer.status, 400);
    assert!(answer.body_json().unwrap()[0]["message"].as_str().unwrap().contains("conditions"));
}

#[test]
fn days_can_be_searched_by_prefix_and_by_order() {
    let mut world = unlimited();
    for (kind, method, value, found) in [
        ("TextComparisonCondition", "STARTS_WITH", "2026-11-03", "13"),
        ("DateComparisonCondition", "GREATER_THAN_OR_EQUAL_TO", "2026-11-03", "13"),
        ("DateTimeComparisonCondition", "GREATER_THAN", "2026-11-03T03:00:00Z", "1"),
    ] {
        let mut body = equal("/timestamps/modified/time", value);
        body["condition"]["conditions"][0]["type"] = json!(kind);
        body["condition"]["conditions"][0]["method"] = json!(method);
        let answer = call(&mut world, "POST", "/outbound-orders/search", Some(&body));
        assert_eq!(answer.header("total-elements"), Some(found), "{kind}");
    }
}

#[test]
fn the_numeric_id_repeats_between_customers() {
    let mut world = unlimited();
    let answer = call(&mut world, "POST", "/outbound-orders/search", Some(&equal("/references/numericId", "13673")));
    assert_eq!(answer.header("total-elements"), Some("2"));
}

#[test]
fn a_sale_order_cannot_be_updated() {
    let mut world = unlimited();
    let request = cartoncloud(&mut world, NOON, "PUT", &format!("/outbound-orders/{PACKED}"))
        .with_json(&json!({}))
        .with_header("If-Match", "7");
    let answer = ask(&mut world, NOON, FarEnd::CartonCloud, &request);
    assert_eq!(answer.status, 405);
    assert!(answer.body_json().unwrap().is_array());
}

#[test]
fn a_deleted_order_is_not_found() {
    let mut world = unlimited();
    assert!(world.cartoncloud.delete_order(PACKED));
    assert_eq!(call(&mut world, "GET", &format!("/outbound-orders/{PACKED}"), None).status, 404);
}

#[test]
fn tracking_goes_to_the_consignment_that_was_made_from_the_order() {
    let mut world = unlimited();
    let found = call(&mut world, "POST", "/consignments/search", Some(&equal("/generatedFromTask/id", PACKED)));
    let mut consignment = found.body_json().unwrap()[0].clone();
    assert_eq!(consignment["id"], CONSIGNMENT);
    consignment["references"]["tracking"] = json!("33SBX0000000004");
    consignment["details"]["tracking"] = json!({ "companyName": "Australia Post", "url": "https://t.example/1" });
    let answer = put(&mut world, &consignment, "3");
    assert_eq!((answer.status, answer.body_json().unwrap()["version"].clone()), (200, json!(4)));
    assert_eq!(world.cartoncloud.tracking_received(PACKED), Some("33SBX0000000004"));
    assert_eq!(world.cartoncloud.blanked(), [] as [String; 0]);
}

#[test]
fn a_put_that_leaves_parts_out_blanks_them() {
    let mut world = unlimited();
    let mut consignment = world.cartoncloud.consignment(CONSIGNMENT).unwrap().clone();
    consignment["details"]["tracking"] = json!({ "companyName": "Australia Post" });
    consignment.as_object_mut().unwrap().shift_remove("properties");
    assert_eq!(put(&mut world, &consignment, "3").status, 200);
    assert_eq!(world.cartoncloud.blanked(), [format!("{CONSIGNMENT}/properties/serviceType")]);
}

#[test]
fn another_version_than_the_current_one_is_refused() {
    let mut world = unlimited();
    let mut consignment = world.cartoncloud.consignment(CONSIGNMENT).unwrap().clone();
    consignment["details"]["tracking"] = json!({ "companyName": "Australia Post" });
    assert_eq!(put(&mut world, &consignment, "2").status, 412);
    assert_eq!(put(&mut world, &consignment, "\"3\"").status, 200);
}

#[test]
fn an_order_without_a_consignment_finds_none() {
    let mut world = unlimited();
    let id = "44444444-0000-4000-8000-000000000006";
    let found = call(&mut world, "POST", "/consignments/search", Some(&equal("/generatedFromTask/id", id)));
    assert_eq!(found.body_json().unwrap(), json!([]));
}

#[test]
fn a_document_is_filed_and_its_bytes_are_not_sent_back() {
    let mut world = unlimited();
    let path = format!("/outbound-orders/{PACKED}/documents");
    let document =
        json!({ "type": "OUTBOUND_ORDER_INVOICE", "content": { "name": "label.pdf", "data": "JVBERi0xLjQK" } });
    let answer = call(&mut world, "POST", &path, Some(&document));
    assert_eq!((answer.status, answer.body_json().unwrap()["content"].clone()), (201, json!({ "name": "label.pdf" })));
    assert_eq!(world.cartoncloud.documents_of(PACKED), ["label.pdf"]);
    assert_eq!(call(&mut world, "GET", &path, None).body_json().unwrap().as_array().unwrap().len(), 1);
}

#[test]
fn products_are_found_by_code_with_weights_by_unit_of_measure() {
    let mut world = unlimited();
    let found = call(&mut world, "POST", "/warehouse-products/search", Some(&equal("/code", "TEA-G")));
    let product = found.body_json().unwrap()[0].clone();
    assert_eq!(product["unitOfMeasures"]["CTN"]["weight"], 3.2);
    let id = product["id"].as_str().unwrap();
    assert_eq!(call(&mut world, "GET", &format!("/warehouse-products/{id}"), None).body_json().unwrap(), product);
}

#[test]
fn creating_says_228_for_a_rejected_order_and_allows_thirty_a_minute() {
    let mut world = World::demo();
    let order = |reference: &str, code: &str| {
        json!({ "references": { "customer": reference }, "customer": { "references": { "code": "TEA" } },
            "details": { "deliver": { "address": { "companyName": "Shop" } } },
            "items": [{ "details": { "product": { "references": { "code": code } } }, "measures": { "quantity": 1 } }] })
    };
    let mut create = |reference: &str, code: &str| {
        call(&mut world, "POST", "/outbound-orders", Some(&order(reference, code))).status
    };
    assert_eq!(create("N-1", "TEA-G"), 201);
    assert_eq!(create("N-2", "TEA-X"), 228);
    assert_eq!(create("N-1", "TEA-G"), 422, "the reference is in use");
    for number in 3..30 {
        assert_eq!(create(&format!("N-{number}"), "TEA-G"), 201);
    }
    assert_eq!(create("N-30", "TEA-G"), 429);
}

#[test]
fn the_client_can_ask_who_it_is() {
    let mut world = unlimited();
    let mut request: Request = cartoncloud(&mut world, NOON, "GET", "/");
    "/uaa/userinfo".clone_into(&mut request.path);
    let answer = ask(&mut world, NOON, FarEnd::CartonCloud, &request);
    assert_eq!(answer.body_json().unwrap()["tenants"][0]["id"], connote_sandbox::credentials::CARTONCLOUD_TENANT);
}
