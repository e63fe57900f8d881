//! Who goes with whom, and what each is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use connote_driver::Grant;
use connote_types::steps::{Answer, Repeat, Request, Response};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::{Boxed, Joining, Ready, Transport};
use super::{CANARY, Server, ok, transport};

/// Slots a second apart; every request is answered with its own orders.
#[derive(Clone, Default)]
struct Slots {
    sent: Arc<Mutex<Vec<Request>>>,
    taken: Arc<tokio::sync::Mutex<()>>,
}

struct Slot(Slots, Request);

impl Transport for Slots {
    fn prepare<'a>(&'a self, request: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        Box::pin(async move {
            let slot = async {
                let _first = self.taken.lock().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            };
            tokio::time::timeout(Duration::from_millis(within_ms), slot).await.map_err(|_| "no slot".to_owned())?;
            Ok(Box::new(Slot(self.clone(), request.clone())) as Box<dyn Ready>)
        })
    }
}

impl Ready for Slot {
    fn send(self: Box<Self>, _: u64) -> Boxed<'static, Answer> {
        let Self(slots, request) = *self;
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        slots.sent.lock().unwrap().push(request);
        body["success"] = true.into();
        body["messages"] = json!(["2: no suburb", "nearly out of credit"]);
        let response = Response { status: 200, body: body.to_string().into_bytes(), ..Response::default() };
        Box::pin(std::future::ready(Answer::Response(response)))
    }

    fn instead(self: Box<Self>, request: Request) -> Result<Box<dyn Ready>, String> {
        Ok(Box::new(Slot(self.0, request)))
    }
}

fn order(number: &str) -> Request {
    let join = r#"{"path":"/many","member":"order","list":"orders","key":"number","most":3}"#;
    Request {
        name: "create".into(),
        account: "a".into(),
        method: "POST".into(),
        path: "/one".into(),
        body: json!({ "order": { "number": number, "weight": 1 } }).to_string().into_bytes(),
        repeat: Repeat::Once,
        attributes: vec![("join".into(), join.into())],
        ..Request::default()
    }
}

fn joining(slots: &Slots) -> Arc<Joining<Slots>> {
    Arc::new(Joining::new(slots.clone(), vec![Grant::all("a")]))
}

async fn ask(transport: Arc<Joining<Slots>>, request: Request, within_ms: u64) -> Answer {
    match transport.prepare(&request, within_ms).await {
        Ok(ready) => ready.send(within_ms).await,
        Err(why) => Answer::NotSent(why),
    }
}

/// Asks for all at once, in this order.
async fn all(transport: &Arc<Joining<Slots>>, requests: Vec<Request>) -> Vec<Answer> {
    let mut tasks = JoinSet::new();
    for (at, request) in requests.into_iter().enumerate() {
        let transport = transport.clone();
        tasks.spawn(async move { (at, ask(transport, request, 30_000).await) });
    }
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn body(answer: &Answer) -> Value {
    let Answer::Response(response) = answer else { panic!("{answer:?}") };
    serde_json::from_slice(&response.body).unwrap()
}

fn paths(slots: &Slots) -> Vec<(String, usize)> {
    let many = |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        (request.path.clone(), body["orders"].as_array().map_or(1, Vec::len))
    };
    slots.sent.lock().unwrap().iter().map(many).collect()
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_leave_with_the_first_as_many_as_the_far_end_takes_and_each_has_its_own_answer() {
    let slots = Slots::default();
    let numbers = ["1", "2", "3", "4"];
    let answers = all(&joining(&slots), numbers.map(order).to_vec()).await;
    for (answer, number) in answers.iter().zip(numbers) {
        assert_eq!(body(answer)["order"]["number"], number);
        assert_eq!(body(answer)["success"], true);
        assert_eq!(body(answer).get("orders"), None);
        let told = body(answer)["messages"].as_array().unwrap().len();
        assert_eq!(told, if ["2", "4"].contains(&number) { 2 } else { 1 }, "what is said of one is told to no other");
    }
    assert_eq!(paths(&slots), [("/many".into(), 3), ("/one".into(), 1)]);
    let joined = |answer: &Answer| matches!(answer, Answer::Response(r) if r.header("connote-joined") == Some("3"));
    assert_eq!(answers.iter().map(joined).collect::<Vec<_>>(), [true, true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn two_that_could_not_be_told_apart_and_those_that_say_nothing_go_by_themselves() {
    let slots = Slots::default();
    let silent = Request { attributes: Vec::new(), ..order("3") };
    let repeatable = Request { repeat: Repeat::Idempotent, ..order("4") };
    let nameless = order("");
    all(&joining(&slots), vec![order("1"), order("1"), silent, nameless, repeatable]).await;
    assert_eq!(paths(&slots), vec![("/one".to_owned(), 1); 5]);
}

#[tokio::test(start_paused = true)]
async fn a_path_that_the_account_does_not_allow_is_not_reached_by_joining() {
    let slots = Slots::default();
    let grant = Grant { paths: vec!["/one".into()], ..Grant::all("a") };
    let transport = Arc::new(Joining::new(slots.clone(), vec![grant]));
    all(&transport, vec![order("1"), order("2")]).await;
    assert_eq!(paths(&slots), vec![("/one".to_owned(), 1); 2]);
}

#[tokio::test(start_paused = true)]
async fn when_the_first_gives_up_another_one_leads_the_others() {
    let slots = Slots::default();
    let transport = joining(&slots);
    let first = tokio::spawn(ask(transport.clone(), order("1"), 500));
    tokio::task::yield_now().await;
    let answers = all(&transport, vec![order("2"), order("3")]).await;
    assert!(matches!(first.await.unwrap(), Answer::NotSent(_)));
    assert_eq!(answers.iter().map(|answer| body(answer)["order"]["number"].clone()).collect::<Vec<_>>(), ["2", "3"]);
    assert_eq!(paths(&slots), [("/many".into(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_given_up_after_it_had_a_seat_is_left_out_and_one_that_takes_too_long_has_not_left() {
    let slots = Slots::default();
    let transport = joining(&slots);
    let [one, two, three] = [order("1"), order("2"), order("3")];
    let (one, two, three) = tokio::join!(
        transport.prepare(&one, 30_000),
        transport.prepare(&two, 30_000),
        transport.prepare(&three, 30_000)
    );
    drop(two);
    let slow = three.unwrap();
    let answer = one.unwrap().send(30_000).await;
    assert_eq!(body(&answer)["order"]["number"], "1");
    assert_eq!(paths(&slots), [("/one".into(), 1)]);
    assert!(matches!(slow.send(30_000).await, Answer::NotSent(_)));
}

#[tokio::test]
async fn several_requests_leave_over_one_connection_with_the_accounts_own_headers() {
    const ANSWER: &str = r#"{"success":true,"orders":[{"number":"2"},{"number":"1","price":1.50}]}"#;
    let server = Server::saying(ok(ANSWER)).await;
    let account = server.account();
    let grants = vec![account.grant()];
    let transport = Joining::new(transport(account), grants);
    let [one, two, busy] = [order("1"), order("2"), Request { attributes: Vec::new(), ..order("0") }];
    // It has the first slot, so that the others wait.
    let (busy, one, two) =
        tokio::join!(transport.prepare(&busy, 5_000), transport.prepare(&one, 5_000), transport.prepare(&two, 5_000));
    let (one, two) = tokio::join!(one.unwrap().send(5_000), two.unwrap().send(5_000));
    drop(busy);
    assert!(
        matches!(&one, Answer::Response(r) if r.body == br#"{"success":true,"order":{"number":"1","price":1.50}}"#)
    );
    assert_eq!(body(&two)["order"]["number"], "2");
    let heads = server.heads.lock().unwrap();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(heads[0].starts_with("POST /many ") && heads[0].contains(CANARY));
}
