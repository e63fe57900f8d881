//! The HTTP servers: the same world behind sockets.

use std::io;
use std::time::Duration;

use connote_sandbox::{FarEnd, FaultKind, Ports, Request, Sandbox, World, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{domestic, starshipit, unlimited};

/// Sends a request on a connection of its own and reads until the server closes.
pub(crate) async fn send(url: &str, request: &Request) -> io::Result<(u16, String)> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await?;
    let mut head = format!("{} {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&request.body).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
    Ok((status, body))
}

async fn start() -> Sandbox {
    serve(Ports::default(), unlimited()).await.unwrap()
}

fn create(number: &str) -> Request {
    starshipit("POST", "/api/orders").with_json(&json!({ "order": domestic(number) }))
}

async fn inject(sandbox: &Sandbox, kind: FaultKind) {
    let fault = json!({ "far-end": "starshipit", "path-contains": "/api/orders", "kind": kind });
    let request = Request::new("POST", "/_sandbox/faults").with_json(&fault);
    assert_eq!(send(&sandbox.starshipit_url, &request).await.unwrap().0, 204);
}

fn orders(sandbox: &Sandbox, number: &str) -> usize {
    sandbox.world().lock().unwrap().starshipit.order_ids(number).len()
}

#[tokio::test]
async fn each_far_end_answers_on_its_own_port() {
    let sandbox = start().await;
    for far_end in FarEnd::ALL {
        let (status, _) = send(sandbox.url(far_end), &Request::new("GET", "/nothing")).await.unwrap();
        assert!([400, 401, 404].contains(&status), "{far_end:?} {status}");
    }
    assert_eq!(send(&sandbox.starshipit_url, &create("A-1")).await.unwrap().0, 200);
    assert_eq!(orders(&sandbox, "A-1"), 1);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_reset_is_a_real_reset() {
    let sandbox = start().await;
    inject(&sandbox, FaultKind::ActThenReset).await;
    let error = send(&sandbox.starshipit_url, &create("A-1")).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(orders(&sandbox, "A-1"), 1);
}

#[tokio::test]
async fn a_hang_never_answers_and_the_late_effect_comes_without_another_request() {
    let sandbox = start().await;
    inject(&sandbox, FaultKind::HangThenActAfterMs(400)).await;
    let (url, request) = (sandbox.starshipit_url.clone(), create("A-1"));
    let asked = tokio::time::timeout(Duration::from_millis(200), send(&url, &request)).await;
    assert!(asked.is_err(), "{asked:?}");
    assert_eq!(orders(&sandbox, "A-1"), 0);
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(orders(&sandbox, "A-1"), 1);
}

#[tokio::test]
async fn state_can_be_read_and_reset() {
    let sandbox = start().await;
    send(&sandbox.starshipit_url, &create("A-1")).await.unwrap();
    let (_, state) = send(&sandbox.trackstar_url, &Request::new("GET", "/_sandbox/state")).await.unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["starshipit"]["orders"][0]["order_number"], "A-1");
    assert_eq!(state["violations"], json!([]));
    send(&sandbox.starshipit_url, &Request::new("POST", "/_sandbox/reset")).await.unwrap();
    assert_eq!(orders(&sandbox, "A-1"), 0);
}

#[tokio::test]
async fn a_fault_that_cannot_be_read_is_refused() {
    let sandbox = start().await;
    let request = Request::new("POST", "/_sandbox/faults").with_json(&json!({ "kind": "explode" }));
    assert_eq!(send(&sandbox.starshipit_url, &request).await.unwrap().0, 422);
}

#[tokio::test]
async fn latency_delays_every_answer() {
    let mut world = World::empty();
    world.settings.latency.starshipit_ms = 150;
    let sandbox = serve(Ports::default(), world).await.unwrap();
    let begun = std::time::Instant::now();
    send(&sandbox.starshipit_url, &create("A-1")).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn ports_are_free_again_after_shutdown() {
    let sandbox = start().await;
    let port = sandbox.starshipit_url.rsplit(':').next().unwrap().parse().unwrap();
    let ports = Ports { starshipit: port, ..Ports::default() };
    assert!(serve(ports, World::empty()).await.is_err(), "the port is in use");
    sandbox.shutdown().await;
    assert!(serve(ports, World::empty()).await.is_ok());
}
