//! A document is told whole what is wrong with it.

use connote_edge::settings::{Document, Mode};
use serde_json::{Value, json};

use crate::bench::{document, with_table};

fn mistakes(document: &Value) -> Vec<String> {
    let text = document.to_string();
    Document::parse(&text).unwrap().mistakes().iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_document_has_no_mistakes_and_names_its_variables_once() {
    let document = document(&with_table());
    assert_eq!(mistakes(&document), Vec::<String>::new());
    let text = document.to_string();
    let names = Document::parse(&text).unwrap().variables();
    let wanted = ["api_key", "forward_token", "main_token", "shopify_secret", "subscription_key", "woo_secret"];
    assert_eq!(names, wanted);
}

#[test]
fn each_mistake_is_told_with_its_place() {
    let main = "connections.main";
    for (pointer, value, place) in [
        ("/accounts/ship/api_key", json!("sk_live_ABC"), "accounts.ship.api_key".to_owned()),
        ("/accounts/ship/api_key", json!(""), "accounts.ship.api_key".to_owned()),
        ("/accounts/ship/base_url", json!("api.starshipit.com"), "accounts.ship.base_url".to_owned()),
        ("/connections/main/account", json!("shop"), format!("{main}.account")),
        ("/connections/main/deadline_ms", json!(10), format!("{main}.deadline_ms")),
        ("/connections/main/events/url", json!("connote.example"), format!("{main}.events.url")),
        ("/connections/main/events/token", json!(""), format!("{main}.events.token")),
        ("/connections/main/events/mode", json!("sometimes"), main.to_owned()),
        (
            "/connections/main/trackstar",
            json!({ "secrets": ["s"], "account": "tsk" }),
            format!("{main}.trackstar.account"),
        ),
        ("/connections/main/tokn", json!("x"), main.to_owned()),
    ] {
        let mut document = document(&with_table());
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[key] = value;
        let told = mistakes(&document);
        assert!(told.len() == 1 && told[0].starts_with(&format!("{place}: ")), "{pointer}: {told:?}");
    }
}

#[test]
fn rates_that_nobody_could_prove_to_be_allowed_are_a_mistake() {
    let mut document = document(&with_table());
    document["connections"]["main"]["token"] = "".into();
    document["connections"]["main"]["shopify"] = json!({});
    assert!(mistakes(&document)[0].starts_with("connections.main.token: "));
}

#[test]
fn events_run_here_when_they_are_told_to() {
    let mut document = document(&with_table());
    document["connections"]["main"]["events"] =
        json!({ "mode": "run-here", "settings": { "default_piece_weight_g": 200 } });
    assert_eq!(mistakes(&document), Vec::<String>::new());
    let text = document.to_string();
    let connection = Document::parse(&text).unwrap().connection("main").unwrap().unwrap();
    let events = connection.events.unwrap();
    assert_eq!(
        (events.mode, events.settings.map(|raw| raw.get())),
        (Mode::RunHere, Some(r#"{"default_piece_weight_g":200}"#))
    );
}

#[test]
fn two_connections_may_run_here_on_one_account() {
    let mut document = document(&with_table());
    document["connections"]["main"]["events"] = json!({ "mode": "run-here" });
    document["connections"]["other"] = document["connections"]["main"].clone();
    assert_eq!(mistakes(&document), Vec::<String>::new());
}
