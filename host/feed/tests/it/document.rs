//! `docs/feed.md` shows what the code says. `BLESS=1 cargo test -p connote-feed` writes its examples anew.

use std::path::PathBuf;

use connote_feed::deliver::pause_ms;
use connote_feed::diff::Seen;
use connote_feed::event::Event;
use connote_feed::mode::Modes;
use connote_feed::order::Snapshot;
use connote_feed::store::observe;
use serde_json::{Value, json};

use super::{database, within};

/// An order as Starshipit answers it.
fn answer(quantity: u64, shipped: u64) -> Value {
    let packages = match shipped {
        0 => json!([{ "weight": 0.31 }]),
        _ => {
            json!([{ "tracking_number": "00794210391000000017", "label_created_date": "2026-11-03T02:20:31.7712045" }])
        }
    };
    json!({ "success": true, "order": {
        "order_id": 541800123, "order_number": "WEB-48210", "reference": "PO 7781", "status": "Unshipped",
        "carrier_name": "NZ Post", "carrier_service_code": "CPOLTPA5", "integration_source_name": "Shopify",
        "sender_details": { "name": "Dispatch Desk", "company": "Sydney" },
        "destination": { "name": "Moana Tipene", "country": "New Zealand", "state": "Auckland", "post_code": "1021" },
        "items": [{ "item_id": 1065580746, "sku": "BEANIE-CHARCOAL", "description": "Merino beanie",
            "quantity": quantity, "quantity_shipped": shipped }],
        "packages": packages } })
}

/// One order's life: two ordered, then three, one of them shipped, the rest deleted.
fn life() -> Vec<Event> {
    let mut db = database();
    let rules = json!([{ "warehouse": "Sydney", "mode": "hybrid", "ships": "wms" }]);
    let modes: Modes = serde_json::from_value(rules).unwrap();
    let read = |quantity, shipped| Snapshot::from_starshipit("banksia", &answer(quantity, shipped)).unwrap();
    let at = 1_793_672_432_512;
    let seen = [
        Seen::order(read(2, 0), at),
        Seen::order(read(3, 0), at + 60_000),
        Seen::order(read(3, 1), at + 120_000),
        Seen::gone("banksia", 541_800_123, at + 180_000),
    ];
    let tell = |seen| within(&mut db, |tx| observe(tx, seen, &modes, seen.as_of_ms)).unwrap();
    seen.iter().flat_map(tell).collect()
}

/// The example of an event. After the first the order is left out.
fn example(at: usize, event: &Event) -> (String, String) {
    let mut value = serde_json::to_value(event).unwrap();
    if at > 0 {
        let order = &mut value["data"]["order"];
        *order = json!({ "state": order["state"], "lines": order["lines"], "…": "as above" });
    }
    (event.kind.word().to_owned(), serde_json::to_string_pretty(&value).unwrap())
}

/// The text with the JSON block after `<!-- NAME -->` replaced.
fn with_example(text: &str, name: &str, json: &str) -> String {
    let (before, rest) = text.split_once(&format!("<!-- {name} -->\n\n```json\n")).unwrap();
    let (_, after) = rest.split_once("\n```\n").unwrap();
    format!("{before}<!-- {name} -->\n\n```json\n{json}\n```\n{after}")
}

#[test]
fn the_document_shows_events_as_they_are() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/feed.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut right = text.clone();
    for (at, event) in life().iter().enumerate() {
        let (name, json) = example(at, event);
        right = with_example(&right, &name, &json);
    }
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &right).unwrap();
    }
    assert!(text == right || std::env::var_os("BLESS").is_some(), "docs/feed.md is behind: run with BLESS=1");
    assert!(!text.contains("Moana"), "a receiver's name");
}

#[test]
fn the_document_tells_the_pauses_between_tries() {
    let text = include_str!("../../../../docs/feed.md");
    let pauses: u64 = (1..10).filter_map(|attempt| pause_ms(attempt, 0)).sum();
    assert_eq!(pauses / 360_000, 755, "75.6 hours, rounded up");
    for told in ["5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h", "75.6 hours"] {
        assert!(text.contains(told), "{told}");
    }
}

#[test]
fn the_rules_of_the_document_are_rules() {
    let text = include_str!("../../../../docs/feed.md");
    let (_, rest) = text.split_once("<!-- modes -->\n\n```json\n").unwrap();
    let (rules, _) = rest.split_once("\n```\n").unwrap();
    assert_eq!(serde_json::from_str::<Modes>(rules).unwrap().rules().len(), 3);
}

#[test]
fn a_frame_of_the_stream_carries_seq_kind_and_the_event_in_one_line() {
    let event = life().remove(0);
    let frame = event.frame().unwrap();
    let lines: Vec<_> = frame.split('\n').collect();
    assert_eq!((lines[0], lines[1], lines.len()), ("id: 1", "event: order_created", 5));
    let data = lines[2].strip_prefix("data: ").unwrap();
    assert_eq!(serde_json::from_str::<Event>(data).unwrap(), event);
}
