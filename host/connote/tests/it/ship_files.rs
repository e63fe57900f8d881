//! Orders as JSON files in a folder, against the far ends of `connote sandbox`.

use std::process::Output;

use serde_json::Value;

use crate::ship_for_real::{charged, elsewhere, outcomes};
use crate::support::{Place, Served, check, code, err, json, out, told};

const DOMESTIC: &str = include_str!("../../../../docs/examples/domestic.json");
const INTERNATIONAL: &str = include_str!("../../../../docs/examples/international.json");
const PARCELS: &str = include_str!("../../../../docs/examples/multi-parcel.json");
const MISSPELT: &str = r#"{ "number": "G", "destination": { "postcode": "3000" } }"#;
const EXAMPLE: &str = include_str!("../../../../docs/result.example.json");

fn config(starshipit: &str, account: &str) -> String {
    format!(
        r#"
        [accounts.ship]
        kind = "starshipit"
        base_url = "{starshipit}"
        allow_private = true
        api_key = "sandbox-starshipit-key"
        subscription_key = "sandbox-subscription-key"
        {account}
        [connections.own]
        source = "connote"
        orders = "orders"
        results = "results"
        starshipit_account = "ship"
        "#
    )
}

/// A folder with a config and order files.
fn place(orders: &[(&str, &str)]) -> (Place, Served) {
    let place = Place::new();
    let served = Served::new(&place);
    place.write("connote.toml", &config(served.url("starshipit"), ""));
    std::fs::create_dir(place.path().join("orders")).unwrap();
    for (name, text) in orders {
        place.write(&format!("orders/{name}"), text);
    }
    (place, served)
}

fn ship(place: &Place, more: &[&str]) -> Output {
    place.run(&[&["ship", "--json"], more].concat())
}

fn result(place: &Place, name: &str) -> Value {
    serde_json::from_str(&place.read(&format!("results/{name}.result.json"))).unwrap()
}

fn said(output: &Output) -> Vec<(String, String)> {
    outcomes(output)
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(number, outcome)| ((*number).to_owned(), (*outcome).to_owned())).collect()
}

/// What a document is made of, without its texts and numbers.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        other => other.clone(),
    }
}

fn remove(place: &Place, name: &str) {
    std::fs::remove_file(place.path().join(name)).unwrap();
}

#[test]
fn order_files_ship_and_every_mistake_names_its_file_and_the_fix() {
    let (place, served) = place(&[
        ("a.json", DOMESTIC),
        ("b-cut-off.json", &DOMESTIC[..200]),
        ("c.json", PARCELS),
        ("d-copy.json", PARCELS),
        ("e-no-key.json", r#"{ "destination": { "name": "A" } }"#),
        ("f.json", INTERNATIONAL),
        ("g-misspelt.json", MISSPELT),
    ]);
    check!(place.run(&["ship"]), @r#"
    exit code 1
    ----- stdout
    own → ship
         ORDER       OUTCOME  CARRIER         TRACKING         LABEL
      ✓  WEB-48210   shipped  Australia Post  [TRACKING]  WEB-48210-[ID]-1-BlankLabels.pdf
      ✓  EXP-900417  shipped  DHL Express     [TRACKING]   EXP-900417-[ID]-1-CommercialInvoice.pdf
                                                               EXP-900417-[ID]-2-BlankLabels.pdf
      ✗ b-cut-off
          orders/b-cut-off.json is not JSON: the end of the text expected in line 8
          → correct it; while a program writes a file, its name must not end with .json: rename it when
            it is whole
      ✗ 10077
          orders/c.json and orders/d-copy.json have the same source-id 7b1f6a52
          → source-id: give each order its own, or take the file away that is not wanted
      ✗ 10077
          orders/c.json and orders/d-copy.json have the same source-id 7b1f6a52
          → source-id: give each order its own, or take the file away that is not wanted
      ✗ e-no-key
          orders/e-no-key.json has no source-id and no number
          → source-id: give the order a key that no other order of yours has, now or later
      ✗ G
          the order cannot be shipped as it is: order.destination.postcode a Connote order has no such
          field (docs/order.schema.json); there are name, company, building, street, suburb, city,
          state, post-code, country, phone, email, delivery-instructions, tax-number, attributes
          → change order.destination.postcode
      what became of NAME.json is in results/NAME.result.json

    2 shipped, 5 failed; 3 label files in labels ([TIME])
    "#);
    // A domestic and an international one.
    assert_eq!(charged(&served, &place), 2);
    check!(place.run(&["ship", "--dry-run", "--order", "b-cut-off", "--order", "SO-48210", "--order", "G"]), @r#"
    exit code 1
    ----- stdout
    WEB-48210 own
    its label is bought: nothing would be bought again

    b-cut-off own
    refused: orders/b-cut-off.json is not JSON: the end of the text expected in line 8
      → correct it; while a program writes a file, its name must not end with .json: rename it when it is whole

    G own
    refused: the order cannot be shipped as it is: order.destination.postcode a Connote order has no such field (docs/order.schema.json); there are name, company, building, street, suburb, city, state, post-code, country, phone, email, delivery-instructions, tax-number, attributes
      → order.destination.postcode: a Connote order has no such field (docs/order.schema.json); there are name, company, building, street, suburb, city, state, post-code, country, phone, email, delivery-instructions, tax-number, attributes

    0 of 3 orders would be sent; nothing was bought or stored
    "#);
}

#[test]
fn a_result_is_the_shipment_as_json_has_it() {
    let (place, _served) = place(&[("a.json", PARCELS), ("b.json", "{")]);
    let output = ship(&place, &[]);
    assert_eq!((code(&output), said(&output)), (1, pairs(&[("10077", "shipped"), ("b", "failed")])));
    let mut shipments = json(&output)["shipments"].clone();
    for file in shipments[0]["files"].as_array_mut().unwrap() {
        // A program that reads it does not know where this one was started.
        *file = place.path().canonicalize().unwrap().join(file.as_str().unwrap()).display().to_string().into();
    }
    assert_eq!(result(&place, "a"), shipments[0]);
    assert_eq!(result(&place, "b"), shipments[1]);
    let shipment = result(&place, "a");
    assert_eq!((&shipment["source-id"], &shipment["carrier"]), (&"7b1f6a52".into(), &"Australia Post".into()));
    assert_eq!(shape(&shipment), shape(&serde_json::from_str(EXAMPLE).unwrap()), "docs/result.example.json");
    for (parcel, box_id) in [(0, "box-1"), (1, "box-2")] {
        let told = &shipment["parcels"][parcel];
        assert_eq!((&told["source-id"], &told["tracking-number"]), (&box_id.into(), &shipment["tracking"][parcel]));
        assert!(told["tracking-url"].as_str().unwrap().starts_with("https://"), "{told}");
    }
    for file in shipment["files"].as_array().unwrap() {
        assert!(std::fs::read(file.as_str().unwrap()).unwrap().starts_with(b"%PDF-"));
    }
    assert_eq!(result(&place, "b")["problem"]["disposition"], "rejected");
    let names: Vec<_> =
        std::fs::read_dir(place.path().join("results")).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_file_that_stays_is_shipped_once_and_its_result_stays() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    assert_eq!(code(&ship(&place, &[])), 0);
    let told_first = place.read("results/a.result.json");
    for order in [&[][..], &["--order", "WEB-48210"], &["--order", "SO-48210"], &["--retry"]] {
        let again = ship(&place, order);
        assert_eq!((code(&again), said(&again)), (0, pairs(&[("WEB-48210", "already-shipped")])), "{}", told(&again));
    }
    assert_eq!((charged(&served, &place), place.read("results/a.result.json")), (1, told_first));
    // Under another name, and with a result that got lost.
    std::fs::rename(place.path().join("orders/a.json"), place.path().join("orders/b.json")).unwrap();
    remove(&place, "results/a.result.json");
    ship(&place, &[]);
    assert_eq!((charged(&served, &place), result(&place, "b")["tracking"].as_array().unwrap().len()), (1, 1));
    // Nothing is left to be asked or bought.
    check!(place.run(&["ship", "--dry-run"]), @r#"
    exit code 0
    ----- stdout
    WEB-48210 own
    its label is bought: nothing would be bought again

    0 of 1 order would be sent; nothing was bought or stored
    "#);
}

#[test]
fn a_changed_file_of_a_printed_order_never_prints_again_by_itself() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    ship(&place, &[]);
    let first = result(&place, "a");
    // Other blanks are no change.
    place.write("orders/a.json", &DOMESTIC.replace("  ", " "));
    let same = ship(&place, &[]);
    assert_eq!(json(&same)["shipments"][0]["warnings"].as_array().unwrap().len(), 0, "{}", told(&same));
    for changed in [DOMESTIC.replace("14 Kauri", "15 Kauri"), DOMESTIC.replace("post-code", "postcode")] {
        place.write("orders/a.json", &changed);
        for args in [&[][..], &["--retry"]] {
            let output = ship(&place, args);
            assert_eq!(said(&output), pairs(&[("WEB-48210", "already-shipped")]));
            assert!(out(&output).contains("its file has changed since the label was bought"), "{}", told(&output));
        }
    }
    let second = result(&place, "a");
    assert_eq!((charged(&served, &place), &second["tracking"]), (1, &first["tracking"]));
    assert!(second["warnings"][0].as_str().unwrap().contains("has changed"), "{second}");
}

#[test]
fn a_file_that_takes_the_key_of_a_shipped_order_gets_neither_a_label_nor_its_tracking() {
    let (place, served) = place(&[("b.json", DOMESTIC)]);
    ship(&place, &[]);
    let shipped = place.read("results/b.result.json");
    place.write("orders/a.json", &DOMESTIC.replace("Mia Brennan", "Someone Else"));
    let output = ship(&place, &[]);
    assert_eq!(said(&output), pairs(&[("WEB-48210", "failed"), ("WEB-48210", "failed")]));
    assert_eq!((charged(&served, &place), place.read("results/b.result.json")), (1, shipped));
    assert_eq!(result(&place, "a")["tracking"], Value::Array(Vec::new()));
    remove(&place, "orders/a.json");
    assert_eq!(said(&ship(&place, &[])), pairs(&[("WEB-48210", "already-shipped")]));
}

#[test]
fn a_corrected_file_ships_and_so_does_one_that_was_refused() {
    let foreign = DOMESTIC.replace("\"3054\"", "\"3000\"").replace("Carlton North", "Fitzroy");
    let (place, served) = place(&[("a.json", &foreign), ("b.json", "{\"number\":")]);
    assert_eq!(said(&ship(&place, &[])), pairs(&[("WEB-48210", "failed"), ("b", "failed")]));
    let again = ship(&place, &[]);
    assert!(out(&again).contains("not tried again, since nothing has changed"), "{}", told(&again));
    assert_eq!(result(&place, "a")["problem"]["fields"][0]["path"], "destination.suburb", "{}", told(&again));
    assert_eq!(charged(&served, &place), 0);
    place.write("orders/a.json", DOMESTIC).write("orders/b.json", PARCELS);
    let output = ship(&place, &[]);
    assert_eq!((code(&output), said(&output)), (0, pairs(&[("WEB-48210", "shipped"), ("10077", "shipped")])));
    assert_eq!([result(&place, "a"), result(&place, "b")].map(|told| told["outcome"].clone()), ["shipped", "shipped"]);
}

#[test]
fn limit_counts_orders_that_are_still_to_ship() {
    let (place, _served) = place(&[
        ("0.json", MISSPELT),
        ("a.json", DOMESTIC),
        ("b.json", "{"),
        ("c.json", PARCELS),
        ("d.json", INTERNATIONAL),
    ]);
    for (run, shipped, more) in [(0, "WEB-48210", 2), (1, "10077", 1), (2, "EXP-900417", 0)] {
        let output = ship(&place, &["--limit", "1"]);
        let new: Vec<_> = said(&output).into_iter().filter(|(_, outcome)| outcome == "shipped").collect();
        assert_eq!(new, pairs(&[(shipped, "shipped")]), "run {run}: {}", told(&output));
        assert_eq!(json(&output)["connections"][0]["beyond-limit"], more);
    }
}

#[test]
fn a_real_account_is_asked_for_and_stops_after_its_first_label() {
    let (place, served) = place(&[("a.json", DOMESTIC), ("b.json", PARCELS), ("c.json", "{")]);
    place.write("connote.toml", &config(&elsewhere(served.url("starshipit")), ""));
    let refused = ship(&place, &[]);
    assert_eq!((code(&refused), err(&refused).contains("--yes")), (2, true), "{}", told(&refused));
    let first = ship(&place, &["--yes"]);
    assert!(err(&first).contains("labels for 2 orders on the account"), "{}", told(&first));
    assert_eq!(said(&first), pairs(&[("WEB-48210", "shipped"), ("c", "failed")]), "{}", told(&first));
    let second = ship(&place, &["--yes"]);
    assert!(err(&second).contains("labels for 1 order on the account"), "{}", told(&second));
    assert_eq!(said(&second)[..2], pairs(&[("WEB-48210", "already-shipped"), ("10077", "shipped")]));
    let third = ship(&place, &["--yes"]);
    assert!(!err(&third).contains("This buys"), "{}", told(&third));
}

#[test]
fn a_paused_connection_hands_nothing_to_its_courier() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    place.write("connote.toml", &config(served.url("starshipit"), ""));
    ship(&place, &[]);
    place.run(&["pause", "own"]);
    let refused = json(&place.run(&["manifest", "--yes", "--json"]));
    assert!(refused["manifests"][0]["manifest"]["reason"].as_str().unwrap().contains("paused"), "{refused}");
    place.run(&["pause", "own", "--resume"]);
    let made = json(&place.run(&["manifest", "--yes", "--json"]));
    assert_eq!(made["manifests"][0]["manifest"]["manifested"].as_array().unwrap().len(), 1, "{made}");
}

#[test]
fn limits_and_pauses_hold_and_a_begun_order_whose_file_goes_is_left_alone() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    place.write("connote.toml", &config(served.url("starshipit"), "max_labels_per_hour = 1"));
    place.run(&["pause", "own"]);
    assert_eq!(said(&ship(&place, &[])), pairs(&[]));
    place.run(&["pause", "own", "--resume"]);
    ship(&place, &[]);
    place.write("orders/b.json", PARCELS);
    assert_eq!(said(&ship(&place, &[])), pairs(&[("WEB-48210", "already-shipped"), ("10077", "left")]));
    assert!(result(&place, "b")["reason"].as_str().unwrap().contains("max_labels_per_hour"));
    // Its file cannot be told from one that cannot be read: nothing is decided.
    remove(&place, "orders/b.json");
    place.write("connote.toml", &config(served.url("starshipit"), "")).write("orders/c.json", "{");
    let doubtful = ship(&place, &[]);
    assert_eq!(said(&doubtful), pairs(&[("WEB-48210", "already-shipped"), ("c", "failed")]));
    assert_eq!(json(&doubtful)["connections"][0]["left"][0]["source-id"], "7b1f6a52", "{}", told(&doubtful));
    remove(&place, "orders/c.json");
    check!(place.run(&["ship"]), @r#"
    exit code 0
    ----- stdout
    own → ship
         ORDER      OUTCOME         CARRIER         TRACKING         LABEL
      ✓  WEB-48210  shipped before  Australia Post  [TRACKING]  WEB-48210-[ID]-1-BlankLabels.pdf
      ·  10077    its document is no longer there
      what became of NAME.json is in results/NAME.result.json

    1 shipped before, 1 left alone; 1 label file in labels ([TIME])
    "#);
    assert_eq!(charged(&served, &place), 1);
    place.write("orders/b.json", PARCELS);
    assert_eq!(said(&ship(&place, &[]))[1..], pairs(&[("10077", "shipped")]));
}

#[test]
fn a_label_that_could_not_be_saved_comes_again_without_its_file_and_is_told() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    place.write("labels", "no folder");
    let unsaved = ship(&place, &[]);
    assert_eq!((code(&unsaved), said(&unsaved)), (1, pairs(&[("WEB-48210", "printed")])));
    assert!(result(&place, "a")["reason"].as_str().unwrap().contains("could not be saved"));
    remove(&place, "labels");
    remove(&place, "orders/a.json");
    let output = ship(&place, &[]);
    assert_eq!((code(&output), said(&output)), (0, pairs(&[("WEB-48210", "shipped")])));
    assert_eq!(charged(&served, &place), 1);
    assert_eq!(result(&place, "SO-48210")["outcome"], "shipped");
}

#[test]
fn a_result_that_cannot_be_written_is_told_and_comes_at_the_next_run() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    place.write("results", "no folder");
    let output = ship(&place, &[]);
    assert_eq!(code(&output), 3, "{}", told(&output));
    assert!(json(&output)["errors"][0].as_str().unwrap().contains("a.result.json"), "{}", told(&output));
    remove(&place, "results");
    assert_eq!(code(&ship(&place, &[])), 0);
    let told = result(&place, "a");
    assert_eq!((charged(&served, &place), told["tracking"].as_array().unwrap().len()), (1, 1));
}

#[test]
fn without_a_folder_for_them_results_stand_beside_the_orders_and_are_no_orders() {
    let (place, served) = place(&[("a.json", DOMESTIC)]);
    let beside = config(served.url("starshipit"), "").replace("results = \"results\"", "");
    place.write("connote.toml", &beside);
    ship(&place, &[]);
    let told: Value = serde_json::from_str(&place.read("orders/a.result.json")).unwrap();
    assert_eq!(told["outcome"], "shipped");
    assert_eq!(said(&ship(&place, &[])), pairs(&[("WEB-48210", "already-shipped")]));
}

#[test]
fn a_folder_that_is_not_there_is_exit_code_3_and_the_fix_is_told() {
    let (place, _served) = place(&[]);
    std::fs::remove_dir(place.path().join("orders")).unwrap();
    check!(place.run(&["ship"]), @r#"
    exit code 3
    ----- stdout
    own → ship
      the folder orders cannot be read: No such file or directory (os error 2)
      → orders: make the folder, or correct its path

    no orders; 0 label files in labels ([TIME])
    "#);
    std::fs::create_dir(place.path().join("orders")).unwrap();
    check!(place.run(&["ship", "--order", "SO-1"]), @r#"
    exit code 1
    ----- stderr
    error: no order "SO-1" is ready or open in own
    "#);
}
