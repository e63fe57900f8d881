//! Starshipit.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connote_sandbox::{FarEnd, Outcome};
use serde_json::{Value, json};

use crate::support::{NOON, ask, create, domestic, fetch, print, read, starshipit, to_germany, unlimited};

#[test]
fn a_new_order_has_no_carrier_no_tracking_and_dates_without_a_zone() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    let order = read(&mut world, NOON, id);
    assert_eq!(order["carrier"], -1);
    assert_eq!(order["status"], "Unshipped");
    assert_eq!(order["order_date"], "2026-11-03T01:00:00.0000000");
    assert_eq!(order["address_validation"], "Valid");
    assert!(order["packages"][0].get("tracking_number").is_none());
    assert_eq!(order["sender_details"]["suburb"], "Tullamarine");
}

#[test]
fn the_items_key_is_missing_without_items_and_a_default_package_is_made() {
    let mut world = unlimited();
    let mut order = domestic("A-1");
    order.as_object_mut().unwrap().retain(|key, _| !["items", "packages"].contains(&key.as_str()));
    let id = create(&mut world, NOON, &order);
    let order = read(&mut world, NOON, id);
    assert!(order.get("items").is_none());
    assert_eq!(order["packages"].as_array().unwrap().len(), 1);
}

#[test]
fn unknown_keys_vanish_from_the_answer_and_are_a_violation() {
    let mut world = unlimited();
    let mut order = domestic("A-1");
    order["sender"] = json!({ "name": "Me" });
    let request = starshipit("POST", "/api/orders").with_json(&json!({ "order": order }));
    let Outcome::Answer(response) = world.handle(NOON, FarEnd::Starshipit, &request) else { panic!() };
    let body = response.body_json().unwrap();
    assert_eq!(body["success"], true);
    assert_eq!(body["order"]["sender_details"]["name"], "Dispatch Desk");
    assert_eq!(world.violations().len(), 1, "{:?}", world.violations());
    assert!(world.violations()[0].contains("sender"), "{:?}", world.violations());
}

#[test]
fn the_same_number_makes_a_second_order_unless_the_account_refuses_it() {
    let mut world = unlimited();
    create(&mut world, NOON, &domestic("A-1"));
    create(&mut world, NOON, &domestic("A-1"));
    assert_eq!(world.starshipit.order_ids("A-1").len(), 2);

    world.settings.starshipit_refuses_duplicates = true;
    let request = starshipit("POST", "/api/orders").with_json(&json!({ "order": domestic("A-1") }));
    assert_eq!(fetch(&mut world, NOON, FarEnd::Starshipit, &request)["success"], false);
    assert_eq!(world.starshipit.order_ids("A-1").len(), 2);
}

#[test]
fn what_is_not_there_is_a_refusal_with_status_200() {
    let mut world = unlimited();
    let body = fetch(&mut world, NOON, FarEnd::Starshipit, &starshipit("GET", "/api/orders?order_number=%23none"));
    assert_eq!(body["success"], false);
    assert!(body.get("order").is_none());
}

#[test]
fn overlong_values_are_refused_with_the_path_of_the_field() {
    let mut world = unlimited();
    let mut order = domestic("A-1");
    order["destination"]["post_code"] = json!("7000 (North Hobart)");
    let request = starshipit("POST", "/api/orders").with_json(&json!({ "order": order }));
    let Outcome::Answer(response) = world.handle(NOON, FarEnd::Starshipit, &request) else { panic!() };
    let body = response.body_json().unwrap();
    assert!(body["errors"][0]["details"].as_str().unwrap().contains("destination.post_code"), "{body}");
    assert!(world.starshipit.order_ids("A-1").is_empty());
}

#[test]
fn printing_charges_a_label_for_each_parcel_and_shows_on_read_back() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &to_germany("A-1"));
    let printed = print(&mut world, NOON + 5_000, &json!({ "order_id": id }));
    assert_eq!(printed["success"], true, "{printed}");
    assert_eq!(world.labels_charged("A-1"), 2);
    assert_eq!(printed["tracking_numbers"].as_array().unwrap().len(), 2);
    let order = read(&mut world, NOON + 6_000, id);
    assert_eq!(order["status"], "Printed");
    assert_eq!(order["packages"][1]["tracking_number"], printed["tracking_numbers"][1]);
    assert_eq!(order["packages"][1]["label_created_date"], "2026-11-03T01:00:05.0000000");
}

#[test]
fn labels_pair_with_label_types_and_not_with_tracking_numbers() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &to_germany("A-1"));
    let abroad = print(&mut world, NOON, &json!({ "order_id": id }));
    assert_eq!(abroad["label_types"], json!(["CommercialInvoice", "BlankLabels", "BlankLabels"]));
    for label in abroad["labels"].as_array().unwrap() {
        assert!(STANDARD.decode(label.as_str().unwrap()).unwrap().starts_with(b"%PDF-"));
    }

    let mut merged = domestic("A-2");
    merged["packages"] = json!([{ "weight": 1 }, { "weight": 2 }]);
    let id = create(&mut world, NOON, &merged);
    let merged = print(&mut world, NOON, &json!({ "order_id": id, "carrier": "CourierPost" }));
    assert_eq!(merged["labels"].as_array().unwrap().len(), 1);
    assert_eq!(merged["tracking_numbers"].as_array().unwrap().len(), 2);
}

#[test]
fn a_reprint_gives_the_same_files_and_charges_nothing() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    let first = print(&mut world, NOON, &json!({ "order_id": id }));
    let again = print(&mut world, NOON, &json!({ "order_id": id, "reprint": true }));
    assert_eq!(first["labels"], again["labels"]);
    assert_eq!(world.labels_charged("A-1"), 1);
}

#[test]
fn printing_a_printed_order_without_reprint_charges_again() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    print(&mut world, NOON, &json!({ "order_id": id }));
    print(&mut world, NOON, &json!({ "order_id": id }));
    assert_eq!(world.labels_charged("A-1"), 2);
}

#[test]
fn a_plain_label_has_one_empty_tracking_number() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    let printed = print(&mut world, NOON, &json!({ "order_id": id, "carrier": "PlainLabel" }));
    assert_eq!(printed["tracking_numbers"], json!([""]));
    assert_eq!(read(&mut world, NOON, id)["carrier"], 9);
}

#[test]
fn the_courier_refuses_bad_addresses_and_missing_customs_naming_the_field_and_charging_nothing() {
    let mut misplaced = domestic("A-1");
    misplaced["destination"]["suburb"] = json!("Fitzroy");
    let mut nowhere = domestic("A-1");
    nowhere["destination"]["post_code"] = json!("0000");
    let mut code = domestic("A-1");
    code["destination"]["country"] = json!("AU");
    let mut customs = to_germany("A-1");
    customs["items"][0].as_object_mut().unwrap().shift_remove("tariff_code");
    let mut weightless = domestic("A-1");
    weightless["packages"] = json!([{ "weight": 0 }]);
    for (order, field) in [
        (misplaced, "destination.suburb"),
        (nowhere, "destination.post_code"),
        (code, "destination.country"),
        (customs, "items.tariff_code"),
        (weightless, "packages.weight"),
    ] {
        let mut world = unlimited();
        let id = create(&mut world, NOON, &order);
        let refusal = print(&mut world, NOON, &json!({ "order_id": id }));
        assert_eq!(refusal["success"], false, "{field}");
        assert!(refusal["errors"][0]["details"].as_str().unwrap().contains(field), "{refusal}");
        assert_eq!(world.labels_charged("A-1"), 0);
        assert_eq!(read(&mut world, NOON, id)["status"], "Unshipped");
    }
}

#[test]
fn before_printing_an_update_keeps_what_it_leaves_out_and_removes_what_it_deletes() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    let package = read(&mut world, NOON, id)["packages"][0]["package_id"].clone();
    let change = json!({ "order": { "order_id": id, "destination": { "suburb": "Haymarket" },
        "packages": [{ "package_id": package, "delete": true }, { "weight": 1.5 }] } });
    let request = starshipit("PUT", "/api/orders").with_json(&change);
    let order = fetch(&mut world, NOON, FarEnd::Starshipit, &request)["order"].clone();
    assert_eq!(order["destination"]["suburb"], "Haymarket");
    assert_eq!(order["destination"]["street"], "214 Kent Street");
    assert_eq!(order["packages"].as_array().unwrap().len(), 1);
    assert_eq!(order["packages"][0]["weight"], 1.5);
    assert_eq!(order["items"].as_array().unwrap().len(), 1);
}

#[test]
fn after_printing_only_the_status_changes_and_never_back() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    print(&mut world, NOON, &json!({ "order_id": id }));
    for (change, allowed) in [
        (json!({ "order_id": id, "reference": "late" }), false),
        (json!({ "order_id": id, "status": "Unshipped" }), false),
        (json!({ "order_id": id, "status": "Delivered" }), true),
    ] {
        let request = starshipit("PUT", "/api/orders").with_json(&json!({ "order": change }));
        assert_eq!(fetch(&mut world, NOON, FarEnd::Starshipit, &request)["success"], allowed, "{change}");
    }
}

#[test]
fn lists_speak_the_envelope_of_their_kind() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    let mut get = |path: &str| fetch(&mut world, NOON, FarEnd::Starshipit, &starshipit("GET", path));
    let page = get("/api/orders?page_size=1");
    assert!(page.get("success").is_none());
    assert_eq!(page["data"]["orders"][0]["carrier_id"], -1);
    assert_eq!(get("/api/orders/search?phrase=A-1&fields=Order_Number")["orders"][0]["order_id"], id);
    assert_eq!(get("/api/orders/unshipped?ids_only=true")["order_ids"], json!([id]));
    assert_eq!(get("/api/orders/shipped")["orders"], json!([]));
}

#[test]
fn lists_without_a_date_reach_back_one_day() {
    let mut world = unlimited();
    create(&mut world, NOON, &domestic("A-1"));
    let two_days_later = NOON + 2 * 86_400_000;
    let mut count = |path: &str| {
        let body = fetch(&mut world, two_days_later, FarEnd::Starshipit, &starshipit("GET", path));
        body["orders"].as_array().unwrap().len()
    };
    assert_eq!(count("/api/orders/unshipped"), 0);
    assert_eq!(count("/api/orders/unshipped?since_last_updated=2026-11-01T00:00:00Z"), 1);
}

#[test]
fn print_many_merges_the_files_and_names_neither_order_nor_tracking() {
    let mut world = unlimited();
    let ids: Vec<u64> = ["A-1", "A-2"].map(|number| create(&mut world, NOON, &domestic(number))).to_vec();
    let request = starshipit("POST", "/api/orders/shipments").with_json(&json!({ "order_ids": ids }));
    let body = fetch(&mut world, NOON, FarEnd::Starshipit, &request);
    assert_eq!(body["labels"].as_array().unwrap().len(), 1);
    assert!(body.get("tracking_numbers").is_none());
    assert_eq!(world.labels_charged("A-1") + world.labels_charged("A-2"), 2);
}

#[test]
fn a_manifest_takes_printed_orders_and_nothing_stops_a_second_one() {
    let mut world = unlimited();
    let id = create(&mut world, NOON, &domestic("A-1"));
    let manifest = starshipit("POST", "/api/orders/manifest").with_json(&json!({ "order_ids": [id] }));
    let done = |world: &mut _| fetch(world, NOON, FarEnd::Starshipit, &manifest)["success"] == Value::Bool(true);
    assert!(!done(&mut world));
    print(&mut world, NOON, &json!({ "order_id": id }));
    let list = starshipit("GET", "/api/orders/shipments?status=unmanifested");
    let waiting = |world: &mut _| fetch(world, NOON, FarEnd::Starshipit, &list)["orders"].as_array().unwrap().len();
    assert_eq!(waiting(&mut world), 1);
    assert!(done(&mut world));
    assert_eq!((waiting(&mut world), world.starshipit.manifests_of(id)), (0, vec![311]));
    assert!(done(&mut world));
    assert_eq!(world.starshipit.manifests_of(id), [311, 312]);
    let manifests =
        fetch(&mut world, NOON, FarEnd::Starshipit, &starshipit("GET", "/api/manifests"))["manifests"].clone();
    assert_eq!(manifests[0]["number"], 312);
    let files = starshipit("GET", &format!("/api/manifests/files?manifest_id={}", manifests[0]["id"]));
    let files = fetch(&mut world, NOON, FarEnd::Starshipit, &files);
    assert_eq!(files["files"][0]["file_name"], "manifest-312.pdf");
    let track = fetch(&mut world, NOON, FarEnd::Starshipit, &starshipit("GET", "/api/track?order_number=A-1"));
    assert_eq!(track["results"]["tracking_status"], "Manifested");
}

#[test]
fn an_invalid_address_is_a_success_with_suggestions() {
    let mut world = unlimited();
    let mut check = |query: &str| {
        let request = starshipit("GET", &format!("/api/address/validate?{query}"));
        fetch(&mut world, NOON, FarEnd::Starshipit, &request)
    };
    let wrong = check("street=1+Main&suburb=Fitzroy&post_code=3000&country=Australia");
    assert_eq!((wrong["success"].clone(), wrong["valid"].clone()), (json!(true), json!(false)));
    assert_eq!(wrong["suggestions"][0]["suburb"], "Melbourne");
    assert!(check("street=1+Main&country=Australia").get("suggestions").is_none());
}

#[test]
fn rates_repeat_a_service_code_and_unserved_countries_have_none() {
    let mut world = unlimited();
    let mut rates = |country: &str| {
        let body = json!({ "destination": { "street": "1 Main", "post_code": "1021", "country_code": country },
            "packages": [{ "weight": 1 }] });
        let request = starshipit("POST", "/api/rates").with_json(&body);
        fetch(&mut world, NOON, FarEnd::Starshipit, &request)["rates"].clone()
    };
    let rates_nz = rates("NZ");
    assert_eq!(rates_nz[0]["service_code"], rates_nz[1]["service_code"]);
    assert_eq!(rates("FJ"), json!([]));
}

#[test]
fn the_third_request_of_a_second_meets_the_gateway_and_does_nothing() {
    let mut world = connote_sandbox::World::empty();
    let request = starshipit("POST", "/api/orders").with_json(&json!({ "order": domestic("A-1") }));
    let statuses = [0, 10, 20, 1_010].map(|at| ask(&mut world, NOON + at, FarEnd::Starshipit, &request).status);
    assert_eq!(statuses, [200, 200, 429, 200]);
    assert_eq!(world.starshipit.order_ids("A-1").len(), 3);
    assert_eq!(world.starshipit.rate_limited(), 1);
}

#[test]
fn wrong_keys_get_the_answers_of_gateway_and_application() {
    let mut world = unlimited();
    let wrong = |api: &str, subscription: &str| {
        connote_sandbox::Request::new("GET", "/api/orders")
            .with_header("StarShipIT-Api-Key", api)
            .with_header("Ocp-Apim-Subscription-Key", subscription)
    };
    let gateway = ask(&mut world, NOON, FarEnd::Starshipit, &wrong("sandbox-starshipit-key", "other"));
    assert_eq!((gateway.status, gateway.body_json().unwrap()["statusCode"].clone()), (401, json!(401)));
    let application = ask(&mut world, NOON, FarEnd::Starshipit, &wrong("other", "sandbox-subscription-key"));
    assert_eq!((application.status, application.body_json().unwrap()["success"].clone()), (401, json!(false)));
}
