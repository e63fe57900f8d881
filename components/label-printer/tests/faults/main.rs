//! Every way in which Starshipit can fail, at each of the two requests that buy, with and without a crash at every turn: never
//! a second label, never silence about what stays unknown.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that goes on without what it needs would only fail later"
)]

mod host;
mod manifests;
mod refused_reads;
mod shop;

use connote_label_printer::print::reprint;
use connote_sandbox::{FarEnd, Fault, FaultKind};
use connote_types::labels::Purchase;
use connote_types::orders::Placement;
use connote_types::steps::Disposition;
use connote_types::types::OrderRecord;
use host::End;
use serde_json::{Value, json};
use shop::{NEVER, Shop, body, failed};

pub(crate) const CREATE: &str = "/api/orders";
pub(crate) const PRINT: &str = "/api/orders/shipment";
/// More turns than any attempt here has.
pub(crate) const TURNS: usize = 30;

/// Faults that leave the far end done, or never to act, within the settling time.
pub(crate) fn settling_faults() -> Vec<FaultKind> {
    vec![
        FaultKind::RefuseConnection,
        FaultKind::ResetBeforeActing,
        FaultKind::ActThenReset,
        FaultKind::HangBeforeActing,
        FaultKind::ActThenHang,
        FaultKind::HangThenActAfterMs(60_000),
        FaultKind::HangThenActAfterMs(100_000),
        FaultKind::ActLateMs(10_000),
        FaultKind::ActLateMs(60_000),
        FaultKind::ActLateMs(170_000),
        FaultKind::GatewayTimeoutThenActAfterMs(60_000),
        FaultKind::DelayMs(25_000),
        FaultKind::DelayMs(120_000),
        FaultKind::Status429Gateway,
        FaultKind::Status429Foreign,
        FaultKind::ActThen429Foreign,
        FaultKind::Status500Html,
        FaultKind::ActThen500Html,
        FaultKind::Status(500),
        FaultKind::Status(503),
        FaultKind::ActThenStatus(502),
        FaultKind::MalformedJson,
        FaultKind::ActThenMalformedJson,
        FaultKind::EmptyBody,
        FaultKind::ActThenEmptyBody,
        FaultKind::ActThenSuccessFalse("The courier did not answer.".into()),
    ]
}

#[test]
fn the_happy_path_buys_one_label_with_few_requests() {
    let mut shop = Shop::new();
    let placed = shop.placed();
    assert_eq!(placed.placement, Placement::Created);
    assert!(placed.warnings.is_empty(), "{:?}", placed.warnings);
    let result = shop.printed();
    assert_eq!(result.purchase, Purchase::Booked);
    assert_eq!(result.tracking[0].source_id, "box-1");
    assert!(result.tracking[0].tracking_url.starts_with("https://"));
    assert!(result.documents[0].body.starts_with(b"%PDF-"));
    assert!(result.warnings.is_empty(), "{:?}", result.warnings);
    assert_eq!(shop.host.asked, ["lookup", "create", "read", "print", "read-back"]);
    assert_eq!((shop.orders(), shop.labels()), (1, 1));
    shop.assert_contract();
}

#[test]
fn without_an_idempotency_key_every_fault_at_the_create_ends_with_one_order_and_one_label() {
    for kind in settling_faults() {
        let mut shop = Shop::new().fault("POST", CREATE, kind.clone());
        shop.placed();
        shop.printed();
        shop.host.much_later();
        assert_eq!((shop.orders(), shop.labels()), (1, 1), "{kind:?} {:?}", shop.host.asked);
        shop.assert_contract();
    }
}

#[test]
fn without_an_idempotency_key_every_fault_at_the_print_ends_with_one_label() {
    for kind in settling_faults() {
        let mut shop = Shop::new().fault("POST", PRINT, kind.clone());
        shop.placed();
        let result = shop.printed();
        shop.host.much_later();
        assert_eq!((shop.orders(), shop.labels()), (1, 1), "{kind:?} {:?}", shop.host.asked);
        assert_eq!(result.tracking.len(), 1, "{kind:?}");
        assert_eq!(result.documents.len(), 1, "{kind:?}");
        shop.assert_contract();
    }
}

#[test]
fn every_fault_and_a_lost_history_at_every_turn_of_the_place_end_with_one_order_and_one_label() {
    for kind in settling_faults() {
        for crash_after in 1..TURNS {
            let mut shop = Shop::new().fault("POST", CREATE, kind.clone());
            let crashed = matches!(shop.place_until(crash_after), End::Crashed);
            shop.placed();
            shop.printed();
            shop.host.much_later();
            assert_eq!((shop.orders(), shop.labels()), (1, 1), "{kind:?} {crash_after} {:?}", shop.host.asked);
            shop.assert_contract();
            if !crashed {
                break;
            }
        }
    }
}

#[test]
fn every_fault_and_a_lost_history_at_every_turn_of_the_print_end_with_one_label() {
    for kind in settling_faults() {
        for crash_after in 1..TURNS {
            let mut shop = Shop::new().fault("POST", PRINT, kind.clone());
            shop.placed();
            let crashed = matches!(shop.print_until(crash_after), End::Crashed);
            shop.printed();
            shop.host.much_later();
            assert_eq!((shop.orders(), shop.labels()), (1, 1), "{kind:?} {crash_after} {:?}", shop.host.asked);
            shop.assert_contract();
            if !crashed {
                break;
            }
        }
    }
}

#[test]
fn faults_at_both_purchases_end_with_one_label() {
    for create in settling_faults() {
        for print in settling_faults() {
            let mut shop = Shop::new().fault("POST", CREATE, create.clone());
            shop.placed();
            let mut shop = shop.fault("POST", PRINT, print.clone());
            shop.printed();
            shop.host.much_later();
            assert_eq!((shop.orders(), shop.labels()), (1, 1), "{create:?} {print:?}");
        }
    }
}

#[test]
fn faulty_reads_never_buy_twice() {
    for kind in settling_faults() {
        for lost in [FaultKind::ActThenReset, FaultKind::ActLateMs(60_000)] {
            let mut shop = Shop::new().fault("GET", CREATE, kind.clone());
            shop.placed();
            let mut shop = shop.fault("POST", PRINT, lost.clone()).fault("GET", CREATE, kind.clone());
            match shop.print_until(NEVER) {
                End::Done(_) => {}
                // A refused read of an order that is there: nothing is bought on such a word.
                End::Failed(problem) => assert_eq!(problem.disposition, Disposition::Conflict, "{kind:?}"),
                End::Crashed => unreachable!(),
            }
            shop.host.much_later();
            assert!(shop.labels() <= 1, "{kind:?} {lost:?}");
        }
    }
}

#[test]
fn a_create_that_acts_ten_minutes_late_is_reported_and_only_one_order_is_printed() {
    let mut shop = Shop::new().fault("POST", CREATE, FaultKind::ActLateMs(600_000));
    let placed = shop.placed();
    assert!(placed.warnings.iter().any(|warning| warning.message.contains("never answered")), "{:?}", placed.warnings);
    shop.printed();
    shop.host.much_later();
    assert_eq!((shop.orders(), shop.labels()), (2, 1));
}

#[test]
fn a_print_that_acts_ten_minutes_late_is_reported() {
    let mut shop = Shop::new().fault("POST", PRINT, FaultKind::ActLateMs(600_000));
    shop.placed();
    let result = shop.printed();
    assert!(result.warnings.iter().any(|warning| warning.contains("never answered")), "{:?}", result.warnings);
    shop.host.much_later();
    // The late booking replaced the numbers at Starshipit: the next look says so.
    let problem = failed(shop.print_until(NEVER));
    assert_eq!(problem.disposition, Disposition::Conflict);
    assert!(problem.message.contains("two labels"), "{}", problem.message);
}

#[test]
fn with_ask_nothing_is_sent_twice_and_a_person_is_asked() {
    for (path, kind) in [(CREATE, FaultKind::ActLateMs(600_000)), (PRINT, FaultKind::ActLateMs(600_000))] {
        let mut shop = Shop::new().fault("POST", path, kind);
        shop.settings = br#"{"after_unknown":"ask"}"#;
        let problem = match shop.place_until(NEVER) {
            End::Done(_) => failed(shop.print_until(NEVER)),
            End::Failed(problem) => problem,
            End::Crashed => unreachable!(),
        };
        assert_eq!(problem.disposition, Disposition::Conflict);
        assert!(problem.attributes.iter().any(|(key, _)| key == "unsettled"));
        shop.host.much_later();
        // It has acted by now; running again finds it.
        shop.placed();
        shop.printed();
        assert_eq!((shop.orders(), shop.labels()), (1, 1), "{path}");
    }
}

#[test]
fn a_second_booking_without_an_answer_is_the_last() {
    let mut shop = Shop::new();
    shop.placed();
    let mut fault = Fault::once(FarEnd::Starshipit, "POST", PRINT, FaultKind::HangBeforeActing);
    fault.times = 10;
    shop.host.world.fault(fault);
    let problem = failed(shop.print_until(NEVER));
    assert_eq!(problem.disposition, Disposition::Conflict);
    assert_eq!(shop.host.asked.iter().filter(|name| name.starts_with("print")).count(), 2);
    assert_eq!(shop.labels(), 0);
}

#[test]
fn a_refusal_is_rejected_with_the_courier_s_words_and_nothing_is_bought() {
    for path in [CREATE, PRINT] {
        let words = "The suburb and post code do not match.";
        let mut shop = Shop::new().fault("POST", path, FaultKind::SuccessFalse(words.into()));
        let problem = match shop.place_until(NEVER) {
            End::Done(_) => failed(shop.print_until(NEVER)),
            End::Failed(problem) => problem,
            End::Crashed => unreachable!(),
        };
        assert_eq!(problem.disposition, Disposition::Rejected);
        assert!(problem.words.contains(words));
        assert_eq!(problem.status, 200);
        let paths: Vec<&str> = problem.fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["destination.post_code", "destination.suburb"]);
        assert!(problem.attributes.is_empty(), "a clean refusal leaves nothing open");
        assert_eq!(shop.labels(), 0);
    }
}

#[test]
fn refused_credentials_are_unauthorised_and_nothing_is_repeated() {
    for path in [CREATE, PRINT] {
        for status in [401, 403] {
            let mut shop = Shop::new().fault("POST", path, FaultKind::Status(status));
            let problem = match shop.place_until(NEVER) {
                End::Done(_) => failed(shop.print_until(NEVER)),
                End::Failed(problem) => problem,
                End::Crashed => unreachable!(),
            };
            assert_eq!(problem.disposition, Disposition::Unauthorised, "{path} {status}");
            assert_eq!(shop.labels(), 0);
        }
    }
}

#[test]
fn a_far_end_that_is_busy_for_long_is_unavailable_and_nothing_is_bought() {
    for path in [CREATE, PRINT] {
        let mut shop = Shop::new();
        let mut fault = Fault::once(FarEnd::Starshipit, "POST", path, FaultKind::Status429Gateway);
        fault.times = 1_000;
        shop.host.world.fault(fault);
        let problem = match shop.place_until(NEVER) {
            End::Done(_) => failed(shop.print_until(NEVER)),
            End::Failed(problem) => problem,
            End::Crashed => unreachable!(),
        };
        assert_eq!(problem.disposition, Disposition::Unavailable, "{path}");
        assert_eq!(shop.labels(), 0);
    }
}

#[test]
fn an_account_that_refuses_duplicates_gives_one_order_too() {
    for kind in settling_faults() {
        let mut shop = Shop::new().fault("POST", CREATE, kind.clone());
        shop.host.world.settings.starshipit_refuses_duplicates = true;
        shop.placed();
        shop.printed();
        shop.host.much_later();
        assert_eq!((shop.orders(), shop.labels()), (1, 1), "{kind:?}");
    }
    let mut late = Shop::new().fault("POST", CREATE, FaultKind::ActLateMs(200_000));
    late.host.world.settings.starshipit_refuses_duplicates = true;
    late.placed();
    assert_eq!(late.orders(), 1);
}

#[test]
fn placing_again_without_a_change_sends_no_update() {
    let mut shop = Shop::new();
    shop.placed();
    let placed = shop.placed();
    assert_eq!(placed.placement, Placement::Unchanged);
    assert!(!shop.host.asked.iter().any(|name| name == "update"), "{:?}", shop.host.asked);
}

#[test]
fn a_changed_order_is_updated_with_what_changed_and_nothing_else() {
    let mut shop = Shop::new();
    shop.placed();
    shop.body["order"]["destination"]["street"] = json!("2 George St");
    shop.body["order"]["packages"] = json!([{ "weight": 1.5, "length": 0.3, "width": 0.2, "height": 0.1 }]);
    assert_eq!(shop.placed().placement, Placement::Updated);
    let sent = shop.host.world.requests().last().unwrap().body.clone();
    let sent: Value = serde_json::from_str(&sent).unwrap();
    let order = sent["order"].as_object().unwrap();
    assert_eq!(order.keys().collect::<Vec<_>>(), ["order_id", "destination", "packages"]);
    assert_eq!(order["destination"], json!({ "street": "2 George St" }));
    assert!(order["packages"][0]["package_id"].is_number());
    assert_eq!(order["packages"][0]["weight"], json!(1.5));
    shop.assert_contract();
    assert_eq!(shop.placed().placement, Placement::Unchanged);
}

#[test]
fn after_printing_only_the_status_may_change_so_a_change_is_told_and_nothing_is_changed_or_printed() {
    let mut shop = Shop::new();
    shop.placed();
    shop.printed();
    shop.body["order"]["destination"]["street"] = json!("2 George St");
    let placed = shop.placed();
    assert_eq!(placed.placement, Placement::Printed);
    assert_eq!(placed.warnings[0].path, "destination.street");
    assert!(!shop.host.asked.iter().any(|name| name == "update"));
    let result = shop.printed();
    assert_eq!(result.purchase, Purchase::FoundPrinted);
    assert_eq!(shop.labels(), 1);
}

#[test]
fn a_printed_order_is_reprinted_and_an_unprinted_one_is_not() {
    let mut shop = Shop::new();
    shop.placed();
    assert_eq!(failed(shop.print_with(NEVER, reprint)).disposition, Disposition::Rejected);
    let booked = shop.printed();
    let End::Done(again) = shop.print_with(NEVER, reprint) else { panic!("a reprint was expected") };
    assert_eq!(again.purchase, Purchase::Reprinted);
    assert_eq!((again.tracking, again.documents), (booked.tracking, booked.documents));
    assert_eq!(shop.labels(), 1);
}

#[test]
fn an_order_of_someone_else_with_our_number_is_never_adopted() {
    let mut other = Shop::new();
    other.body["order"]["destination"]["name"] = json!("Bob Smith");
    other.placed();
    let mut shop = Shop { host: other.host, settings: b"{}", body: body() };
    shop.host.record = OrderRecord::default();
    let problem = failed(shop.place_until(NEVER));
    assert_eq!(problem.disposition, Disposition::Conflict);
    assert_eq!(shop.orders(), 1);
}

#[test]
fn a_lost_record_is_adopted_by_receiver_and_buys_nothing_again() {
    let mut shop = Shop::new();
    shop.placed();
    shop.printed();
    shop.host.record = OrderRecord::default();
    assert_eq!(shop.placed().placement, Placement::Printed);
    let result = shop.printed();
    assert_eq!(result.purchase, Purchase::FoundPrinted);
    assert_eq!(shop.labels(), 1);
}
