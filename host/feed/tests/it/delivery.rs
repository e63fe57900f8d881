use connote_feed::deliver::*;
use connote_feed::event::Kind;
use connote_feed::signature::{Secret, headers, verify};
use connote_feed::store::{FeedError, Filter, expire};
use rusqlite::Connection;

use super::{database, order, see, tracked, within};

fn subscription_to(kinds: Vec<Kind>) -> Subscription {
    let filter = Filter { kinds, ..Filter::default() };
    Subscription { name: "wms".into(), url: "https://wms.example/feed".into(), secrets: vec!["new".into()], filter }
}

/// A database with a subscription and two orders.
fn started() -> Connection {
    let mut db = database();
    within(&mut db, |tx| subscribe(tx, &subscription_to(vec![]), 0, 1)).unwrap();
    see(&mut db, order(1, &[("A", 1, 0)]), 10);
    see(&mut db, order(2, &[("A", 1, 0)]), 11);
    db
}

fn only(db: &Connection, now_ms: u64) -> Delivery {
    let mut due = due(db, now_ms).unwrap();
    assert_eq!(due.len(), 1);
    due.remove(0)
}

fn answer(db: &mut Connection, delivery: &Delivery, status: Result<u16, &str>, now_ms: u64) -> Came {
    within(db, |tx| came(tx, delivery, status, now_ms, 0)).unwrap()
}

#[test]
fn events_are_sent_in_their_order_the_next_after_a_2xx() {
    let mut db = started();
    let first = only(&db, 20);
    assert_eq!((first.seq, first.attempt, first.secrets.as_slice()), (1, 1, &["new".to_owned()][..]));
    assert_eq!(answer(&mut db, &first, Ok(500), 20), Came::Again { at_ms: 5020 });
    assert!(due(&db, 5019).unwrap().is_empty());
    let again = only(&db, 5020);
    assert_eq!((again.seq, again.attempt, &again.body), (1, 2, &first.body));
    assert_eq!(answer(&mut db, &again, Ok(202), 5021), Came::Delivered);
    assert_eq!((only(&db, 5022).seq, only(&db, 5022).attempt), (2, 1));
    let second = only(&db, 5022);
    assert_eq!(answer(&mut db, &second, Ok(200), 5023), Came::Delivered);
    assert!(due(&db, u64::MAX).unwrap().is_empty());
}

#[test]
fn ten_tries_within_75_hours_and_a_half_then_a_person_is_needed() {
    let mut db = started();
    let mut now = 20;
    for attempt in 1..=10 {
        let delivery = only(&db, now);
        assert_eq!(delivery.attempt, attempt);
        match answer(&mut db, &delivery, Err("connection refused"), now) {
            Came::Again { at_ms } => now = at_ms,
            end => assert_eq!((attempt, end), (10, Came::Stopped)),
        }
    }
    assert_eq!(now - 20, 272_105_000, "75.6 h");
    assert!(due(&db, i64::MAX as u64).unwrap().is_empty());
    let standing = subscription(&db, "wms").unwrap();
    assert_eq!((standing.state, standing.reason.as_str()), (SubscriptionState::Stopped, "connection refused"));
    within(&mut db, |tx| resume(tx, "wms", now + 1)).unwrap();
    assert_eq!((only(&db, now + 1).seq, only(&db, now + 1).attempt), (1, 1));
}

#[test]
fn jitter_lengthens_a_pause_by_up_to_a_tenth() {
    assert_eq!((pause_ms(1, 0), pause_ms(1, 1000), pause_ms(1, u16::MAX)), (Some(5000), Some(5500), Some(5500)));
    assert_eq!((pause_ms(9, 500), pause_ms(10, 0), pause_ms(0, 0)), (Some(90_720_000), None, None));
}

#[test]
fn a_redirect_is_a_failure_and_410_switches_off() {
    let mut db = started();
    let delivery = only(&db, 20);
    assert_eq!(answer(&mut db, &delivery, Ok(302), 20), Came::Again { at_ms: 5020 });
    let delivery = only(&db, 5020);
    assert_eq!(answer(&mut db, &delivery, Ok(410), 5020), Came::Gone);
    assert!(due(&db, i64::MAX as u64).unwrap().is_empty());
    let standing = subscription(&db, "wms").unwrap();
    assert_eq!((standing.state, standing.status, standing.cursor), (SubscriptionState::Gone, 410, 0));
}

#[test]
fn one_that_was_switched_off_before_it_had_any_event_is_told_that_its_events_are_gone() {
    let mut db = started();
    let delivery = only(&db, 20);
    assert_eq!(answer(&mut db, &delivery, Ok(410), 20), Came::Gone);
    assert!(within(&mut db, |tx| expire(tx, 1_000_000)).unwrap() > 0);
    let resumed = within(&mut db, |tx| resume(tx, "wms", 30));
    assert!(matches!(resumed, Err(FeedError::Expired { .. })), "{resumed:?}");
}

#[test]
fn a_person_leaves_out_the_event_that_is_next_and_no_other() {
    let mut db = started();
    let wrong = within(&mut db, |tx| skip(tx, "wms", 2, 30)).unwrap_err();
    assert_eq!(wrong.to_string(), "subscription \"wms\": not 2 but 1 is next");
    within(&mut db, |tx| skip(tx, "wms", 1, 30)).unwrap();
    assert!(within(&mut db, |tx| skip(tx, "wms", 1, 30)).is_err(), "a second click");
    assert_eq!(only(&db, 31).seq, 2);
}

#[test]
fn a_delivery_is_claimed_by_one_process_and_free_again_after_its_crash() {
    let mut db = started();
    let delivery = only(&db, 20);
    assert!(within(&mut db, |tx| claim(tx, &delivery, 20)).unwrap());
    assert!(!within(&mut db, |tx| claim(tx, &delivery, 20)).unwrap());
    assert!(due(&db, 20 + CLAIM_MS - 1).unwrap().is_empty());
    let again = only(&db, 20 + CLAIM_MS);
    assert_eq!(again, delivery);
    assert_eq!(answer(&mut db, &again, Ok(200), 100_000), Came::Delivered);
    assert_eq!(answer(&mut db, &delivery, Ok(500), 100_001), Came::Late);
    assert!(!within(&mut db, |tx| claim(tx, &delivery, 100_001)).unwrap());
    assert_eq!(subscription(&db, "wms").unwrap().cursor, 1);
}

#[test]
fn an_answer_to_an_earlier_try_counts_nothing() {
    let mut db = started();
    let first = only(&db, 20);
    answer(&mut db, &first, Ok(500), 20);
    assert_eq!(answer(&mut db, &first, Ok(500), 21), Came::Late);
    assert_eq!(subscription(&db, "wms").unwrap().tries, 1);
}

#[test]
fn a_subscription_gets_only_the_kinds_it_asked_for() {
    let mut db = database();
    see(&mut db, order(1, &[("A", 2, 1)]), 5);
    within(&mut db, |tx| subscribe(tx, &subscription_to(vec![Kind::OrderShipped]), 0, 6)).unwrap();
    see(&mut db, order(2, &[("A", 1, 0)]), 10);
    see(&mut db, order(1, &[("A", 2, 2)]), 11);
    let first = only(&db, 20);
    assert_eq!(first.seq, 2);
    answer(&mut db, &first, Ok(200), 20);
    let second = only(&db, 21);
    assert_eq!(second.seq, 4);
    answer(&mut db, &second, Ok(200), 21);
    assert_eq!(subscription(&db, "wms").unwrap().cursor, 4);
}

#[test]
fn a_subscription_that_cannot_work_is_refused() {
    let mut db = started();
    for (name, url, secrets, after) in [
        ("", "https://a", vec!["s"], 0),
        ("x", "ftp://a", vec!["s"], 0),
        ("x", "https://a", vec![], 0),
        ("x", "https://a", vec!["s"], 3),
    ] {
        let secrets = secrets.into_iter().map(str::to_owned).collect();
        let new = Subscription { name: name.into(), url: url.into(), secrets, filter: Filter::default() };
        let refused = within(&mut db, |tx| subscribe(tx, &new, after, 1));
        assert!(matches!(refused, Err(FeedError::Subscription { .. })), "{url} {after}");
    }
    assert!(matches!(within(&mut db, |tx| unsubscribe(tx, "x")), Err(FeedError::NoSubscription(_))));
    within(&mut db, |tx| unsubscribe(tx, "wms")).unwrap();
    assert!(subscriptions(&db).unwrap().is_empty());
}

#[test]
fn the_same_subscription_again_changes_its_address_and_keeps_its_place() {
    let mut db = started();
    let delivery = only(&db, 20);
    answer(&mut db, &delivery, Ok(200), 20);
    let moved = Subscription { url: "https://other.example".into(), ..subscription_to(vec![]) };
    within(&mut db, |tx| subscribe(tx, &moved, 0, 21)).unwrap();
    let next = only(&db, 22);
    assert_eq!((next.seq, next.url.as_str()), (2, "https://other.example"));
}

#[test]
fn a_body_stays_below_20_kb_and_what_is_signed_is_what_is_sent() {
    let mut db = database();
    within(&mut db, |tx| subscribe(tx, &subscription_to(vec![]), 0, 1)).unwrap();
    let lines: Vec<_> = (0..500).map(|_| ("A-LONG-ARTICLE-NUMBER", 2, 1)).collect();
    see(&mut db, tracked(order(1, &lines), "T"), 10);
    let delivery = only(&db, 20);
    let body: serde_json::Value = serde_json::from_str(&delivery.body).unwrap();
    assert!(delivery.body.len() < MOST_BYTES);
    assert_eq!(
        (&body["complete"], body["seq"].as_u64(), &body["data"]["order"]["lines"]),
        (&false.into(), Some(1), &serde_json::json!([]))
    );
    let secret = Secret::parse(&Secret::generate().unwrap()).unwrap();
    let [id, at, signature] =
        headers(&delivery.id, 20_000, delivery.body.as_bytes(), std::slice::from_ref(&secret)).unwrap();
    assert_eq!(verify([&id.1, &at.1, &signature.1], delivery.body.as_bytes(), &secret, 20_000), Ok(()));
}
