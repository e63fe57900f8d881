//! What a far end was not able to do is tried again, and given up after days.

use connote_edge::jobs::{LEFT_MS, TRIED_MS};
use connote_sandbox::{FarEnd, Fault, FaultKind};
use serde_json::{Value, json};

use crate::stage::{START_MS, Stage, answer, shopify, trackstar};

const MINUTE_MS: u64 = 60_000;

fn away(far_end: FarEnd, times: u32) -> Fault {
    Fault { times, ..Fault::once(far_end, "", "", FaultKind::Status(503)) }
}

fn asked(stage: &Stage) -> usize {
    stage.far().world.requests().count()
}

#[test]
fn a_far_end_that_is_not_able_is_asked_again_in_growing_pauses_until_it_is() {
    for (event, far_end, number) in
        [(shopify("a"), FarEnd::Starshipit, "#2041"), (trackstar("a"), FarEnd::Trackstar, "SO-1001")]
    {
        let stage = Stage::new();
        stage.far().world.fault(away(far_end, 400));
        stage.keep(&event);
        let mut tried = Vec::new();
        for minute in 0..10_000 {
            let before = asked(&stage);
            let said = stage.sweep();
            assert_eq!(said["failed"], json!([]), "{number}: {said}");
            if asked(&stage) > before {
                tried.push(minute);
            }
            if said["done"] == 1 {
                break;
            }
            assert_eq!((&said["waiting"], &said["left"]), (&json!(1), &json!(0)), "{number}: {said}");
            stage.pass(MINUTE_MS);
        }
        assert_eq!((stage.placed(number), stage.creates()), (1, 1), "{number}: {tried:?}");
        // Within one attempt it is asked some times, too.
        let pauses: Vec<i32> = tried.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!([8, 16, 32, 60].iter().all(|pause| pauses.contains(pause)), "{number}: {tried:?}");
        let log = stage.far().log.clone();
        let told = log.iter().filter_map(|line| line.split_once(": tried again in ")).map(|(_, pause)| pause);
        let told: Vec<&str> = told.take(8).collect();
        assert_eq!(
            told,
            ["60 s", "120 s", "240 s", "480 s", "960 s", "1920 s", "3600 s", "3600 s"],
            "{number}: {log:?}"
        );
        stage.check(number);
    }
}

#[test]
fn what_is_not_to_be_had_for_days_is_shown_to_a_person_and_can_be_taken_up_again() {
    let stage = Stage::new();
    stage.far().world.fault(away(FarEnd::Starshipit, 100_000));
    stage.keep(&shopify("a"));
    let mut said = stage.sweep();
    while said["failed"] == json!([]) {
        assert!(stage.far().now_ms < START_MS + TRIED_MS + 3 * 60 * MINUTE_MS, "{said}");
        stage.pass(5 * MINUTE_MS);
        said = stage.sweep();
    }
    assert!(stage.far().now_ms >= START_MS + TRIED_MS, "{said}");
    let failed = &said["failed"][0];
    assert_eq!(
        (&failed["disposition"], &failed["reason"]),
        (&json!("unavailable"), &json!("Starshipit answered HTTP 503")),
        "{said}"
    );
    assert!(stage.keys("event/").is_empty());
    stage.far().world = Stage::new().far().world.clone();
    let again = format!("again={}", failed["id"].as_str().unwrap());
    let reply = answer(&stage.hand(), "/sweep", &again, Some("Bearer sesame"));
    let said: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&said["done"], &said["failed"], stage.placed("#2041")), (&json!(1), &json!([]), 1), "{said}");
}

#[test]
fn an_event_that_cannot_be_begun_for_a_month_is_shown_to_a_person() {
    let stage = Stage::new();
    stage.far().variables.insert("connections".into(), "{}".into());
    stage.keep(&shopify("a"));
    stage.pass(LEFT_MS - MINUTE_MS);
    assert_eq!(stage.sweep()["left"], 1);
    stage.pass(2 * MINUTE_MS);
    let said = stage.sweep();
    assert_eq!((&said["left"], &said["failed"][0]["disposition"]), (&json!(0), &json!("other")), "{said}");
    assert!(stage.keys("event/").is_empty());
}
