//! Webhooks over sockets, to a receiver in the test.

use connote_sandbox::{FarEnd, Ports, Request, Sandbox, Subscription, World, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::signatures::starshipit_signature;
use crate::servers::send;
use crate::support::{domestic, starshipit, unlimited};

/// A receiver that answers each delivery with the next of `statuses`, the last of them again and again.
async fn receiver(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<Request>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for place in 0.. {
            let status = statuses.get(place).or(statuses.last()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let request = receive(stream, *status).await;
            if tell.send(request).is_err() {
                break;
            }
        }
    });
    (url, told)
}

async fn receive(mut stream: TcpStream, status: u16) -> Request {
    let mut bytes = Vec::new();
    let head_end = loop {
        stream.read_buf(&mut bytes).await.unwrap();
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap().split(' ');
    let mut request = Request::new(first.next().unwrap(), first.next().unwrap());
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        request = request.with_header(name, value);
    }
    let length: usize = request.header("content-length").unwrap().parse().unwrap();
    if request.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
    }
    while bytes.len() < head_end + 4 + length {
        stream.read_buf(&mut bytes).await.unwrap();
    }
    request.body = bytes[head_end + 4..].to_vec();
    let answer = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    request
}

async fn start(far_end: FarEnd, url: &str) -> Sandbox {
    let mut world = unlimited();
    world.subscribe(Subscription::new(far_end, url));
    serve(Ports::default(), world).await.unwrap()
}

async fn post(url: &str, path: &str, body: &Value) -> (u16, String) {
    send(url, &Request::new("POST", path).with_json(body)).await.unwrap()
}

async fn print(sandbox: &Sandbox, number: &str) {
    let order = starshipit("POST", "/api/orders").with_json(&json!({ "order": domestic(number) }));
    send(&sandbox.starshipit_url, &order).await.unwrap();
    let print = starshipit("POST", "/api/orders/shipment").with_json(&json!({ "order_number": number }));
    assert_eq!(send(&sandbox.starshipit_url, &print).await.unwrap().0, 200);
}

/// Waits until the state says so; the caller's time-out is that of the test.
async fn until(sandbox: &Sandbox, says: impl Fn(&Value) -> bool) -> Value {
    loop {
        let state = sandbox.world().lock().unwrap().state()["webhooks"].clone();
        if says(&state) {
            return state;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_printed_order_reaches_the_receiver_signed() {
    let (url, mut told) = receiver(&[200]).await;
    let sandbox = start(FarEnd::Starshipit, &format!("{url}/starshipit?tenant=7")).await;
    print(&sandbox, "A-1").await;
    let request = told.recv().await.unwrap();
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/starshipit?tenant=7"));
    assert_eq!(request.header("x-starshipit-signature"), Some(starshipit_signature(&request.body).as_str()));
    assert_eq!(request.header("host"), url.strip_prefix("http://"));
    assert_eq!(request.json().unwrap()["tracking_status"], "Printed");
    let state = until(&sandbox, |state| state["deliveries"][0]["stage"] == "delivered").await;
    assert_eq!(state["deliveries"][0]["attempts"][0]["status"], 200);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_person_moves_tracking_and_breaks_webhooks_over_http() {
    let (url, mut told) = receiver(&[200]).await;
    let sandbox = start(FarEnd::Starshipit, &url).await;
    print(&sandbox, "A-1").await;
    told.recv().await.unwrap();
    let fault = json!([{ "far-end": "starshipit", "kind": "drop" }]);
    assert_eq!(post(&sandbox.trackstar_url, "/_sandbox/webhook-faults", &fault).await.0, 204);
    for status in ["Dispatched", "Delivered"] {
        let step = json!({ "order-number": "A-1", "status": status });
        assert_eq!(post(&sandbox.starshipit_url, "/_sandbox/tracking", &step).await.0, 204);
    }
    assert_eq!(told.recv().await.unwrap().json().unwrap()["tracking_status"], "Delivered");
    for (path, body) in [
        ("/_sandbox/tracking", json!({ "order-number": "A-2", "status": "Delivered" })),
        ("/_sandbox/tracking", json!({ "status": "Delivered", "number": "A-1" })),
        ("/_sandbox/webhook-faults", json!({ "far-end": "starshipit", "kind": "explode" })),
    ] {
        assert_eq!(post(&sandbox.starshipit_url, path, &body).await.0, 422, "{body}");
    }
}

#[tokio::test]
async fn a_receiver_that_fails_gets_the_message_again() {
    let (url, mut told) = receiver(&[503, 204]).await;
    let sandbox = start(FarEnd::Trackstar, &url).await;
    let mut order = sandbox.world().lock().unwrap().trackstar.order("ord_1001").unwrap().clone();
    order["status"] = json!("cancelled");
    sandbox.world().lock().unwrap().trackstar.put_order(order);
    let first = told.recv().await.unwrap();
    let again = told.recv().await.unwrap();
    assert_eq!((first.header("svix-id"), &first.body), (again.header("svix-id"), &again.body));
    assert_ne!(first.header("svix-signature"), again.header("svix-signature"), "five seconds later, signed anew");
    until(&sandbox, |state| state["deliveries"][0]["stage"] == "delivered").await;
}

#[tokio::test]
async fn a_receiver_that_hangs_or_is_not_there_holds_up_nobody() {
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = start(FarEnd::Starshipit, &format!("http://{}", deaf.local_addr().unwrap())).await;
    print(&sandbox, "A-1").await;
    until(&sandbox, |state| state["deliveries"][0]["stage"] == "under-way").await;
    print(&sandbox, "A-2").await;
    drop(deaf);
    sandbox.shutdown().await;

    let sandbox = start(FarEnd::Starshipit, "http://127.0.0.1:1/").await;
    print(&sandbox, "A-1").await;
    let state = until(&sandbox, |state| state["deliveries"][0]["stage"] == "failed").await;
    assert_eq!(state["deliveries"][0]["attempts"][0]["status"], Value::Null);
}

#[tokio::test]
async fn a_reset_keeps_the_receiver_and_forgets_the_deliveries() {
    let (url, mut told) = receiver(&[200]).await;
    let sandbox = start(FarEnd::Starshipit, &url).await;
    print(&sandbox, "A-1").await;
    told.recv().await.unwrap();
    let before = sandbox.world().lock().unwrap().state()["webhooks"]["deliveries"][0]["id"].as_u64();
    post(&sandbox.starshipit_url, "/_sandbox/reset", &json!({})).await;
    assert_eq!(sandbox.world().lock().unwrap().state()["webhooks"]["deliveries"], json!([]));
    print(&sandbox, "A-1").await;
    told.recv().await.unwrap();
    let after = sandbox.world().lock().unwrap().state()["webhooks"]["deliveries"][0]["id"].as_u64();
    assert!(before < after, "an answer to {before:?} is not one to {after:?}");
}

#[tokio::test]
async fn a_receiver_that_is_no_http_address_is_refused_at_the_start() {
    for url in ["https://receiver.test/", "receiver.test", "http://", "http://receiver test/"] {
        let mut world = World::empty();
        world.subscribe(Subscription::new(FarEnd::CartonCloud, url));
        let error = serve(Ports::default(), world).await.unwrap_err().to_string();
        assert!(error.contains("webhooks of cartoncloud") && error.contains(url), "{error}");
    }
}
