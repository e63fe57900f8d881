use connote_scripted::START_MS;
use connote_types::steps::Disposition;
use connote_types::tracking::{TrackingStatus as S, WriteOutcome};

use crate::{fact, job, run, silent, tracked};

fn outcome(on: &str, facts: &[(S, u64)]) -> WriteOutcome {
    let mut job = job("connote", "o", &format!(r#"{{"write_back_on":"{on}"}}"#));
    job.facts = facts.iter().map(|(status, at)| fact("A1", *status, *at)).collect();
    run(&job, silent).done().outcome
}

#[test]
fn a_later_status_satisfies_an_earlier_moment_and_never_the_reverse() {
    for (on, status, due) in [
        ("printed", S::Printed, true),
        ("printed", S::InTransit, true),
        ("manifested", S::Printed, false),
        ("manifested", S::Manifested, true),
        ("manifested", S::Delivered, true),
        ("dispatched", S::Manifested, false),
        ("dispatched", S::Dispatched, true),
        ("dispatched", S::AwaitingCollection, true),
        ("dispatched", S::PickupInStore, true),
    ] {
        let expected = if due { WriteOutcome::AlreadyThere } else { WriteOutcome::NotDue };
        assert_eq!(outcome(on, &[(status, 1)]), expected, "{on} {status:?}");
    }
}

#[test]
fn cancelled_exception_and_unknown_never_trigger() {
    for status in [S::Cancelled, S::Exception, S::Unknown] {
        assert_eq!(outcome("printed", &[(status, 1)]), WriteOutcome::NotDue, "{status:?}");
    }
    assert_eq!(outcome("printed", &[]), WriteOutcome::NotDue);
}

#[test]
fn a_cancelled_label_is_not_told_unless_it_was_printed_again() {
    assert_eq!(outcome("printed", &[(S::Cancelled, 2), (S::Printed, 1)]), WriteOutcome::NotDue);
    assert_eq!(outcome("printed", &[(S::Printed, 3), (S::Cancelled, 2), (S::Printed, 1)]), WriteOutcome::AlreadyThere);
}

#[test]
fn delivered_is_final_and_an_older_event_arriving_later_does_not_undo_it() {
    assert_eq!(outcome("dispatched", &[(S::Delivered, 9), (S::Printed, 1)]), WriteOutcome::AlreadyThere);
    assert_eq!(outcome("dispatched", &[(S::Delivered, 5), (S::Cancelled, 9)]), WriteOutcome::AlreadyThere);
}

#[test]
fn a_fact_that_was_written_before_asks_nothing_and_neither_does_its_echo() {
    for source in ["trackstar", "cartoncloud"] {
        let mut job = job(source, "o", r#"{"cartoncloud":{"tenant":"t"}}"#);
        job.record.written = vec![job.facts[0].key.clone()];
        assert_eq!(run(&job, silent).done().outcome, WriteOutcome::AlreadyThere);
        job.facts.push(fact("A1", S::Delivered, START_MS));
        let echo = run(&job, silent);
        assert_eq!(echo.done().outcome, WriteOutcome::AlreadyThere);
        assert_eq!(echo.done().keys, [format!("A1|delivered|{START_MS}")]);
    }
}

#[test]
fn a_number_that_was_not_bought_for_this_order_is_a_conflict() {
    let mut job = job("trackstar", "o", "");
    job.facts = vec![fact("FOREIGN", S::Dispatched, 1)];
    assert_eq!(run(&job, silent).failed().disposition, Disposition::Conflict);
    job.source = "connote".into();
    job.facts.push(fact("A1", S::Dispatched, 2));
    assert!(run(&job, silent).done().warnings[0].contains("FOREIGN"));
}

#[test]
fn an_order_and_a_record_of_another_order_are_a_conflict() {
    let mut job = job("trackstar", "o", "");
    job.record.source_id = "other".into();
    assert_eq!(run(&job, silent).failed().disposition, Disposition::Conflict);
}

#[test]
fn our_own_orders_have_no_place_but_the_order_record() {
    let mut job = job("connote", "o", "");
    job.record.tracking.push(tracked("B2", ""));
    let run = run(&job, silent);
    assert_eq!((run.done().outcome, run.done().place.as_str()), (WriteOutcome::AlreadyThere, "the order record"));
    assert_eq!(run.done().keys, [job.facts[0].key.clone()]);
}
