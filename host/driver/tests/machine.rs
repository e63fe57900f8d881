//! What the driver stores, sends and repeats, and in which order.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use connote_driver::{Action, Change, Driver, Event, Grant, Limits, Outcome, Stored};
use connote_types::steps::{Answer, Repeat, Request, Response, Step, Wait, fingerprint};

type Machine = Driver<()>;

fn driver(stored: Stored) -> Machine {
    let grant = Grant { account: "ship".into(), ..Grant::default() };
    Driver::new("job", vec![grant], Limits::default(), stored)
}

fn request(name: &str, repeat: Repeat) -> Request {
    Request {
        name: name.into(),
        account: "ship".into(),
        method: "POST".into(),
        path: "/api/orders".into(),
        repeat,
        not_acted: vec![429],
        timeout_ms: 30_000,
        ..Request::default()
    }
}

fn sent(driver: &mut Machine, requests: Vec<Request>) -> Vec<Action<()>> {
    driver.next(0, Event::Start);
    driver.next(0, Event::Stepped(Step::Send(requests)))
}

fn ok() -> Answer {
    Answer::Response(Response { status: 200, ..Response::default() })
}

fn names(actions: &[Action<()>]) -> Vec<String> {
    let name = |action: &Action<()>| match action {
        Action::Call => "call".to_owned(),
        Action::Store(Change::Intent(_)) => "intent".into(),
        Action::Store(Change::Void(_)) => "void".into(),
        Action::Store(Change::Turn(turn)) => format!("turn of {}", turn.exchanges.len()),
        Action::Store(Change::Wait(until)) => format!("wait until {until}"),
        Action::Store(Change::Checkpoint(_)) => "checkpoint".into(),
        Action::Prepare { slot, .. } => format!("prepare {slot}"),
        Action::Send { slot, .. } => format!("send {slot}"),
        Action::Sleep { slot, until_ms } => format!("sleep {slot:?} until {until_ms}"),
        Action::Audit(line) => format!("audit {} {}", line.name, line.outcome.split(':').next().unwrap()),
        Action::Finish(Outcome::Broken(reason)) => format!("broken: {reason}"),
        Action::Finish(_) => "finish".into(),
    };
    actions.iter().map(name).collect()
}

#[test]
fn the_intent_is_stored_after_the_connection_is_had_and_before_anything_is_sent() {
    let mut driver = driver(Stored::default());
    assert_eq!(names(&sent(&mut driver, vec![request("print", Repeat::Once)])), ["prepare 0"]);
    assert_eq!(names(&driver.next(1, Event::Prepared(0))), ["intent"]);
    assert_eq!(names(&driver.next(2, Event::Stored)), ["send 0"]);
    assert_eq!(names(&driver.next(3, Event::Answered(0, ok()))), ["audit print response", "turn of 1"]);
    assert_eq!(names(&driver.next(4, Event::Stored)), ["call"]);
}

#[test]
fn a_read_leaves_no_intent() {
    let mut driver = driver(Stored::default());
    sent(&mut driver, vec![request("read", Repeat::Idempotent)]);
    assert_eq!(names(&driver.next(1, Event::Prepared(0))), ["send 0"]);
}

#[test]
fn a_once_request_that_may_have_left_before_a_crash_is_answered_unknown_and_not_sent() {
    let print = request("print", Repeat::Once);
    let intent = connote_driver::Intended {
        name: "print".into(),
        fingerprint: fingerprint(&print),
        ..connote_driver::Intended::default()
    };
    let mut driver = driver(Stored { intents: vec![intent], ..Stored::default() });
    let actions = sent(&mut driver, vec![print]);
    assert_eq!(names(&actions), ["audit print unknown", "turn of 1"]);
    let Action::Store(Change::Turn(turn)) = &actions[1] else { panic!() };
    assert!(matches!(turn.exchanges[0].answer, Answer::Unknown(_)));
}

#[test]
fn another_request_of_the_same_name_is_not_taken_for_the_one_that_may_have_left() {
    let intent = connote_driver::Intended { name: "print".into(), ..connote_driver::Intended::default() };
    let mut driver = driver(Stored { intents: vec![intent], ..Stored::default() });
    assert_eq!(names(&sent(&mut driver, vec![request("print", Repeat::Once)])), ["prepare 0"]);
}

#[test]
fn what_certainly_did_nothing_is_repeated_at_most_three_times_and_its_intent_is_void() {
    let mut driver = driver(Stored::default());
    sent(&mut driver, vec![request("print", Repeat::Once)]);
    let refused = || Event::Answered(0, Answer::Response(Response { status: 429, ..Response::default() }));
    driver.next(0, Event::Prepared(0));
    driver.next(0, Event::Stored);
    assert_eq!(names(&driver.next(0, refused())), ["audit print response", "void"]);
    assert_eq!(names(&driver.next(0, Event::Stored)), ["sleep Some(0) until 500"]);
    for now in [500, 1_500] {
        assert_eq!(names(&driver.next(now, Event::Woken(Some(0)))), ["prepare 0"]);
        assert_eq!(names(&driver.next(now, Event::Prepared(0))), ["intent"]);
        assert_eq!(names(&driver.next(now, Event::Stored)), ["send 0"]);
        assert_eq!(names(&driver.next(now, refused()))[1], "void");
        let then = names(&driver.next(now, Event::Stored));
        let expected = if now == 500 { "sleep Some(0) until 1500" } else { "turn of 1" };
        assert_eq!(then, [expected]);
    }
}

#[test]
fn nothing_is_repeated_past_the_deadline() {
    let mut driver = driver(Stored::default());
    sent(&mut driver, vec![request("read", Repeat::Idempotent)]);
    driver.next(0, Event::Prepared(0));
    let late = driver.next(29_800, Event::Answered(0, Answer::Unknown("time-out".into())));
    assert_eq!(names(&late), ["audit read unknown", "turn of 1"]);
}

#[test]
fn one_turn_holds_all_answers_in_the_order_asked() {
    let mut driver = driver(Stored::default());
    sent(&mut driver, vec![request("a", Repeat::Idempotent), request("b", Repeat::Idempotent)]);
    driver.next(1, Event::Prepared(1));
    driver.next(1, Event::Prepared(0));
    assert_eq!(names(&driver.next(2, Event::Answered(1, ok()))), ["audit b response"]);
    let actions = driver.next(3, Event::Answered(0, ok()));
    let Action::Store(Change::Turn(turn)) = &actions[1] else { panic!("{actions:?}") };
    assert_eq!(turn.exchanges.iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn side_by_side_intents_are_stored_one_after_the_other() {
    let mut driver = driver(Stored::default());
    sent(&mut driver, vec![request("a", Repeat::Once), request("b", Repeat::Once)]);
    assert_eq!(names(&driver.next(1, Event::Prepared(0))), ["intent"]);
    assert_eq!(names(&driver.next(1, Event::Prepared(1))), [] as [&str; 0]);
    assert_eq!(names(&driver.next(2, Event::Stored)), ["send 0", "intent"]);
    assert_eq!(names(&driver.next(3, Event::Stored)), ["send 1"]);
}

#[test]
fn a_denied_request_is_answered_at_once_and_never_prepared() {
    let mut driver = driver(Stored::default());
    let foreign = Request { account: "other".into(), ..request("steal", Repeat::Once) };
    assert_eq!(names(&sent(&mut driver, vec![foreign])), ["audit steal denied", "turn of 1"]);
}

#[test]
fn a_wait_is_stored_never_shorter_than_asked_and_survives_a_restart() {
    let mut first = driver(Stored::default());
    first.next(0, Event::Start);
    let wait = || Event::Stepped(Step::Wait(Wait { for_ms: 30_000, reason: String::new() }));
    let actions = first.next(1_000, wait());
    let Action::Store(Change::Wait(until)) = actions[0] else { panic!("{actions:?}") };
    assert!((31_000..=34_000).contains(&until), "{until}");
    let mut second = driver(Stored { due_ms: until, ..Stored::default() });
    second.next(5_000, Event::Start);
    assert_eq!(second.next(5_000, wait()), [Action::Sleep { slot: None, until_ms: until }]);
    assert_eq!(names(&second.next(until, Event::Woken(None))), ["turn of 0"]);
}

#[test]
fn a_component_that_asks_for_ever_is_broken_at_the_limit() {
    let mut driver = driver(Stored::default());
    driver.next(0, Event::Start);
    for turn in 0..=Limits::default().turns {
        driver.next(0, Event::Stepped(Step::Send(vec![request("again", Repeat::Idempotent)])));
        driver.next(0, Event::Prepared(0));
        let actions = names(&driver.next(0, Event::Answered(0, ok())));
        if turn == Limits::default().turns {
            assert_eq!(actions[1], "broken: its history has more than 64 turns");
        } else {
            driver.next(0, Event::Stored);
        }
    }
}

#[test]
fn no_requests_too_many_requests_too_large_bodies_and_endless_waits_are_broken() {
    let large = Request { body: vec![0; Limits::default().request_bytes + 1], ..request("large", Repeat::Once) };
    let many = vec![request("many", Repeat::Idempotent); Limits::default().requests + 1];
    for requests in [Vec::new(), vec![large], many] {
        assert!(names(&sent(&mut driver(Stored::default()), requests))[0].starts_with("broken"));
    }
    let mut waiting = driver(Stored::default());
    waiting.next(0, Event::Start);
    let wait = Wait { for_ms: u32::MAX, reason: String::new() };
    assert!(names(&waiting.next(0, Event::Stepped(Step::Wait(wait))))[0].starts_with("broken"));
}

#[test]
fn answers_that_fill_the_history_are_broken_at_the_limit() {
    let mut driver = driver(Stored::default());
    sent(&mut driver, vec![request("big", Repeat::Idempotent)]);
    driver.next(0, Event::Prepared(0));
    let body = vec![0; Limits::default().history_bytes + 1];
    let answer = Answer::Response(Response { status: 200, body, ..Response::default() });
    assert!(names(&driver.next(0, Event::Answered(0, answer)))[1].starts_with("broken"));
}

#[test]
fn nothing_follows_the_end() {
    let mut driver = driver(Stored::default());
    driver.next(0, Event::Start);
    assert_eq!(names(&driver.next(0, Event::Stepped(Step::Done(())))), ["finish"]);
    assert_eq!(driver.next(0, Event::Woken(None)), []);
}
