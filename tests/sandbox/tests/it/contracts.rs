//! The contracts find the mistakes that the real services would not mention.

use connote_sandbox::{FarEnd, Request, World, contract};
use serde_json::json;

use crate::support::{domestic, starshipit, trackstar, unlimited};

fn problems(far_end: FarEnd, request: &Request) -> String {
    contract(far_end).check_request(request).join("; ")
}

#[test]
fn a_right_request_has_no_problems() {
    let request = starshipit("POST", "/api/orders").with_json(&json!({ "order": domestic("A-1") }));
    assert_eq!(problems(FarEnd::Starshipit, &request), "");
}

#[test]
fn each_mistake_is_found_and_named() {
    let mut typed = domestic("A-1");
    typed["packages"][0]["weight"] = json!("0.62");
    let mut unit = domestic("A-1");
    unit["packages"][0]["length"] = json!(25);
    let order = |order| starshipit("POST", "/api/orders").with_json(&json!({ "order": order }));
    let mut untyped = order(domestic("A-1"));
    untyped.headers.retain(|(name, _)| name != "Content-Type");
    for (request, words) in [
        (order(typed), "/order/packages/0/weight"),
        (order(unit), "/order/packages/0/length"),
        (untyped, "content type"),
        (starshipit("POST", "/api/orders"), "body is missing"),
        (starshipit("GET", "/api/orders?id=7"), "query parameter `id` is unknown"),
        (starshipit("GET", "/api/orders?order_id=0"), "`order_id` cannot be `0`"),
        (starshipit("GET", "/api/orders?order_id=1&order_id=2"), "given 2 times"),
        (starshipit("GET", "/api/orders/shipments"), "`status` is missing"),
        (starshipit("GET", "/api/tracking?number=7"), "no such call"),
        (Request::new("GET", "/api/manifests"), "credentials are missing"),
    ] {
        let found = problems(FarEnd::Starshipit, &request);
        assert!(found.contains(words), "{words}: {found}");
    }
    let time = trackstar("GET", "/wms/orders?updated_date[gte]=2026-05-05T00:00:00%2B10:00");
    assert!(problems(FarEnd::Trackstar, &time).contains("updated_date[gte]"));
    let body = json!({ "trackingNumber": "N1" });
    let ship = trackstar("POST", "/wms/orders/1/shipments").with_json(&body);
    assert!(problems(FarEnd::Trackstar, &ship).contains("trackingNumber"));
}

#[test]
fn a_repeated_list_parameter_is_allowed() {
    let request = starshipit("GET", "/api/orders?include=Items&include=Packages");
    assert_eq!(problems(FarEnd::Starshipit, &request), "");
}

#[test]
fn an_answer_outside_of_the_contract_is_found() {
    let request = trackstar("GET", "/wms/orders/1");
    let answer = connote_sandbox::Response::json(200, &json!({ "data": { "id": 7 } }));
    assert!(!contract(FarEnd::Trackstar).check_response(&request, &answer).is_empty());
    let answer = connote_sandbox::Response::json(418, &json!({}));
    assert!(!contract(FarEnd::Trackstar).check_response(&request, &answer).is_empty());
}

#[test]
fn every_demonstration_order_can_be_read_and_obeys_its_contract() {
    let mut world = unlimited();
    let ids: Vec<String> = world.trackstar.order_ids().map(str::to_owned).collect();
    assert_eq!(ids.len(), 13);
    for id in ids {
        crate::support::fetch(&mut world, 0, FarEnd::Trackstar, &trackstar("GET", &format!("/wms/orders/{id}")));
    }
    for path in ["/wms/orders", "/wms/products", "/wms/inventory", "/wms/shipping-methods"] {
        crate::support::fetch(&mut world, 0, FarEnd::Trackstar, &trackstar("GET", path));
    }
    let ids: Vec<String> = world.cartoncloud.order_ids().map(str::to_owned).collect();
    assert_eq!(ids.len(), 13);
    for id in ids {
        let request = crate::support::cartoncloud(&mut world, 0, "GET", &format!("/outbound-orders/{id}"));
        crate::support::fetch(&mut world, 0, FarEnd::CartonCloud, &request);
    }
}

#[test]
fn the_state_never_holds_credentials() {
    let mut world = World::demo();
    world.handle(0, FarEnd::Starshipit, &starshipit("GET", "/api/orders"));
    let state = world.state().to_string();
    assert!(state.contains("/api/orders"));
    assert!(!state.contains("sandbox-starshipit-key") && !state.contains("sandbox-subscription-key"));
}
