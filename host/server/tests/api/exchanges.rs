use connote_driver::{Audit, Change};
use connote_host::journal::{Attempt, Ending, Journal as _, Update};
use connote_server::store::tokens::Scope;
use connote_types::steps::{Answer, Disposition, Exchange, Problem, Response, Turn};
use serde_json::json;

use crate::bench::{Bench, key};

fn line(at_ms: u64, name: &str, status: u16, sending: u32) -> Audit {
    Audit {
        at_ms,
        name: name.into(),
        account: "ship".into(),
        method: "POST".into(),
        path: "/api/orders/shipment".into(),
        status,
        outcome: if status == 0 { "unknown: no answer".into() } else { "response".into() },
        sending,
        took_ms: 12,
    }
}

/// One attempt to print that was refused at its second sending.
fn journal(bench: &Bench) {
    let (journal, key) = (bench.engine.journal(), key("main", "1"));
    let lease = Update::Lease { holder: "test".into(), now_ms: 1, until_ms: 100, dead: None };
    let fence = journal.commit(&key, 0, lease).unwrap();
    let job = "label-printer.print";
    let begun = Attempt { number: 1, job: job.into(), input: b"{}".to_vec(), started_ms: 10, ..Attempt::default() };
    let fence = journal.commit(&key, fence, Update::Begin(begun)).unwrap();
    journal.audit(&key, job, &line(20, "print", 0, 1));
    journal.audit(&key, job, &line(30, "print", 200, 2));
    let body = json!({ "success": false, "labels": ["J".repeat(5_000)] }).to_string().into_bytes();
    let response = Response { status: 200, body, ..Response::default() };
    let exchange = Exchange { name: "print".into(), answer: Answer::Response(response), ..Exchange::default() };
    let turn = Turn { at_ms: 30, exchanges: vec![exchange] };
    let fence = journal.commit(&key, fence, Update::Step(Change::Turn(turn))).unwrap();
    let problem = Problem::new(Disposition::Rejected, "no such suburb").field("destination.suburb", "is unknown");
    let record = journal.load(&key).unwrap().record;
    let end = Update::End { at_ms: 40, ending: Ending::Failed(problem), record };
    let fence = journal.commit(&key, fence, end).unwrap();
    journal.commit(&key, fence, Update::Release).unwrap();
}

#[tokio::test]
async fn an_order_tells_what_was_asked_for_it_and_what_was_said() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read, Scope::Write], &[]).await;
    let address = bench.order(&token, "main", "1").await;
    journal(&bench);
    let order = bench.get(&address, &token).await.json();
    let attempt = json!([{
        "number": 1, "job": "label-printer.print", "started-ms": 10, "ended-ms": 40, "ending": "failed",
        "reason": "no such suburb", "fields": [{ "path": "destination.suburb", "message": "is unknown" }],
    }]);
    assert_eq!(order["attempts"], attempt);
    let told = bench.get(&format!("{address}/exchanges"), &token).await.json();
    let first = json!({
        "at-ms": 20, "attempt": 1, "job": "label-printer.print", "name": "print", "account": "ship", "method": "POST",
        "path": "/api/orders/shipment", "outcome": "unknown: no answer", "sending": 1, "took-ms": 12,
    });
    assert_eq!(told["exchanges"][0], first);
    let second = &told["exchanges"][1];
    assert_eq!((&second["status"], &second["sending"]), (&json!(200), &json!(2)));
    assert_eq!(second["body"], json!({ "success": false, "labels": ["… 5000 bytes"] }));
    let nothing = bench.get("/v1/orders/main/2/exchanges", &token).await;
    assert_eq!(nothing.problem(), "not-found");
}
