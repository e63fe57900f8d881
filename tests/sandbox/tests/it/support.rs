//! A caller that is well behaved: its requests and all answers are held against the contracts.

use connote_sandbox::{FarEnd, Outcome, Request, Response, World, contract, credentials};
use serde_json::{Value, json};

/// Noon in Melbourne on 3 November 2026.
pub(crate) const NOON: u64 = 1_793_667_600_000;

pub(crate) fn starshipit(method: &str, path: &str) -> Request {
    Request::new(method, path)
        .with_header("starshipit-api-key", credentials::STARSHIPIT_API_KEY)
        .with_header("ocp-apim-subscription-key", credentials::STARSHIPIT_SUBSCRIPTION_KEY)
}

pub(crate) fn trackstar(method: &str, path: &str) -> Request {
    behind("", method, path)
}

/// A request to the warehouse system of this name.
pub(crate) fn behind(integration: &str, method: &str, path: &str) -> Request {
    let token = match integration {
        "" => credentials::TRACKSTAR_ACCESS_TOKEN.to_owned(),
        name => format!("{}-{name}", credentials::TRACKSTAR_ACCESS_TOKEN),
    };
    Request::new(method, path)
        .with_header("x-trackstar-api-key", credentials::TRACKSTAR_API_KEY)
        .with_header("x-trackstar-access-token", &token)
}

/// Fetches a token, so that it costs a request.
pub(crate) fn cartoncloud(world: &mut World, now_ms: u64, method: &str, path: &str) -> Request {
    let token = ask(world, now_ms, FarEnd::CartonCloud, &token_request());
    let token = token.body_json().unwrap()["access_token"].as_str().unwrap().to_owned();
    Request::new(method, &format!("/tenants/{}{path}", credentials::CARTONCLOUD_TENANT))
        .with_header("Accept-Version", "1")
        .with_header("Authorization", &format!("Bearer {token}"))
}

pub(crate) fn token_request() -> Request {
    let mut request = Request::new("POST", "/uaa/oauth/token")
        .with_header("Accept-Version", "1")
        .with_header("Content-Type", "application/x-www-form-urlencoded")
        .with_header("Authorization", "Basic c2FuZGJveC1jYXJ0b25jbG91ZC1jbGllbnQ6c2FuZGJveC1jYXJ0b25jbG91ZC1zZWNyZXQ=");
    request.body = b"grant_type=client_credentials".to_vec();
    request
}

/// A world whose limits do not get in the way.
pub(crate) fn unlimited() -> World {
    let mut world = World::demo();
    world.settings.limits_scale = f64::INFINITY;
    world
}

/// Asks, and fails when request or answer go against the contract.
pub(crate) fn ask(world: &mut World, now_ms: u64, far_end: FarEnd, request: &Request) -> Response {
    let known = world.violations().len();
    let Outcome::Answer(response) = world.handle(now_ms, far_end, request) else {
        panic!("{} {} got no answer", request.method, request.path);
    };
    assert_eq!(world.violations()[known..], [] as [String; 0]);
    assert_eq!(contract(far_end).check_response(request, &response), [] as [String; 0]);
    response
}

/// Asks for a JSON answer with status 200.
pub(crate) fn fetch(world: &mut World, now_ms: u64, far_end: FarEnd, request: &Request) -> Value {
    let response = ask(world, now_ms, far_end, request);
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
    response.body_json().unwrap()
}

pub(crate) fn domestic(number: &str) -> Value {
    json!({
        "order_number": number,
        "destination": { "name": "Ava Nguyen", "street": "214 Kent Street", "suburb": "Sydney", "state": "NSW",
            "post_code": "2000", "country": "Australia" },
        "items": [{ "description": "Green tea gift tin", "sku": "TEA-GIFT", "quantity": 2, "weight": 0.25 }],
        "packages": [{ "weight": 0.62, "height": 0.1, "width": 0.18, "length": 0.25 }],
    })
}

pub(crate) fn to_germany(number: &str) -> Value {
    json!({
        "order_number": number, "currency": "EUR",
        "destination": { "name": "Greta Vogel", "company": "Vogel Handels GmbH", "street": "Speicherweg 22",
            "city": "Hamburg", "post_code": "20457", "country": "Germany" },
        "items": [{ "description": "Tent pegs", "sku": "PEG-AL-12", "quantity": 4, "weight": 0.22, "value": 18,
            "tariff_code": "76169990", "country_of_origin": "China" }],
        "packages": [{ "weight": 0.5 }, { "weight": 0.6 }],
    })
}

pub(crate) fn create(world: &mut World, now_ms: u64, order: &Value) -> u64 {
    let request = starshipit("POST", "/api/orders").with_json(&json!({ "order": order }));
    let body = fetch(world, now_ms, FarEnd::Starshipit, &request);
    assert_eq!(body["success"], true, "{body}");
    body["order"]["order_id"].as_u64().unwrap()
}

pub(crate) fn print(world: &mut World, now_ms: u64, body: &Value) -> Value {
    fetch(world, now_ms, FarEnd::Starshipit, &starshipit("POST", "/api/orders/shipment").with_json(body))
}

pub(crate) fn read(world: &mut World, now_ms: u64, order_id: u64) -> Value {
    let request = starshipit("GET", &format!("/api/orders?order_id={order_id}"));
    fetch(world, now_ms, FarEnd::Starshipit, &request)["order"].clone()
}
