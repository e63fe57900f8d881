//! What an answer costs beside an empty handler of the same SDK that is handed the same cart, in one run on one host: `cargo bench -p connote-edge-tests --bench figures`.
//!
//! Ratios count, not figures: client, host and far end share this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a measurement")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use connote_components::edge::{ALL, RATES, WEBHOOKS};
use connote_edge_host::{EdgeComponent, EdgeHost, EdgeSettings, Store};
use connote_edge_tests::EMPTY;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::Sha256;
use tokio::net::{TcpListener, TcpStream};

/// How long each row is measured, in turns so that a slow moment of the machine hits all of them.
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;

/// Connections at once.
const CONNECTIONS: usize = 16;

/// Requests of one round at most.
const MOST: usize = 250_000;

const RATES_PATH: &str = "/rates/main/connote";

/// Live rates, one after another.
const LIVE: usize = 2_000;

const PRICES: &[u8] = br#"{"rates":[{"service_name":"Parcel Post","service_code":"7D55","total_price":12.6},{"service_name":"Express Post","service_code":"7J55","total_price":17.95}],"success":true}"#;

type Client = SendRequest<Full<Bytes>>;

#[tokio::main]
async fn main() {
    let far = far_end().await;
    let address = host(&format!("http://{far}")).await;
    for file in ALL {
        println!("{:<16} {:>7} bytes", file.name, file.bytes.len());
    }
    println!();
    let rows = [Row::Empty, Row::Cached, Row::Webhook];
    let mut counts = [0_usize; 3];
    for _ in 0..ROUNDS {
        for (row, count) in rows.iter().zip(&mut counts) {
            *count += load(address, *row).await;
        }
    }
    for (row, count) in rows.iter().zip(counts) {
        let each_second = count as f64 / (ROUND.as_secs_f64() * ROUNDS as f64);
        let ratio = count as f64 / counts[0] as f64;
        println!("{:<38} {each_second:>7.0} a second, {ratio:.2} of an empty handler", row.name());
    }
    let (direct, through) = live(far, address).await;
    let row = |name: &str, times: &[Duration]| {
        println!("{name:<38} p50 {:?}, p99 {:?}", times[times.len() / 2], times[times.len() * 99 / 100]);
    };
    row("the far end, asked directly", &direct);
    row("a live rate", &through);
    let at = |part: usize| through[LIVE * part / 100].saturating_sub(direct[LIVE * part / 100]);
    println!("{:<38} p50 {:?}, p99 {:?}", "added", at(50), at(99));
}

#[derive(Clone, Copy)]
enum Row {
    Empty,
    Cached,
    Webhook,
}

impl Row {
    fn name(self) -> &'static str {
        match self {
            Self::Empty => "an empty handler",
            Self::Cached => "a cached rate of a cart of three lines",
            Self::Webhook => "an order webhook, verified and kept",
        }
    }

    /// What is sent in one round, made before it begins: it is no work of the edge.
    fn requests(self) -> Vec<Request<Full<Bytes>>> {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let numbers = NUMBER.fetch_add(MOST, Relaxed)..;
        match self {
            Self::Empty => vec![cart("/empty", "4101"); MOST],
            Self::Cached => vec![cart(RATES_PATH, "4101"); MOST],
            Self::Webhook => numbers.take(MOST).map(webhook).collect(),
        }
    }
}

fn cart(path: &str, post_code: &str) -> Request<Full<Bytes>> {
    let line = |sku: &str| json!({ "sku": sku, "quantity": 2, "weight_g": 680, "length_mm": 180, "width_mm": 180, "height_mm": 95, "price_minor": 3450 });
    let body = json!({
        "destination": { "street": "16 Grey Street", "city": "South Brisbane", "state": "QLD", "post_code": post_code, "country": "AU" },
        "currency": "AUD",
        "lines": [line("BOWL"), line("CUP"), line("PLATE")],
    });
    let request = Request::post(path).header("host", "edge").header("authorization", "Bearer a-token");
    request.body(Full::new(body.to_string().into())).unwrap()
}

fn webhook(number: usize) -> Request<Full<Bytes>> {
    let body = json!({
        "id": number, "status": "processing", "number": number.to_string(), "date_modified_gmt": "2026-11-20T03:20:05", "currency": "NZD",
        "shipping": { "first_name": "Hemi", "last_name": "Walker", "address_1": "5 Ocean View Parade", "city": "New Plymouth", "postcode": "4310", "country": "NZ" },
        "line_items": [{ "id": 911, "name": "Surf wax", "quantity": 3, "sku": "WAX-TRO", "total": "39.13" }],
    })
    .to_string();
    let mac = Hmac::<Sha256>::new_from_slice(b"woo").unwrap().chain_update(body.as_bytes());
    Request::post("/webhooks/main/woocommerce")
        .header("host", "edge")
        .header("x-wc-webhook-topic", "order.created")
        .header("x-wc-webhook-source", "https://surf.example.nz/")
        .header("x-wc-webhook-signature", STANDARD.encode(mac.finalize().into_bytes()))
        .body(Full::new(body.into()))
        .unwrap()
}

/// A far end that answers at once.
async fn far_end() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answer = hyper::service::service_fn(|request: Request<hyper::body::Incoming>| async {
                request.into_body().collect().await?;
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(PRICES))))
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    address
}

async fn host(far: &str) -> SocketAddr {
    let document = json!({
        "accounts": { "ship": { "base_url": far, "api_key": "key", "subscription_key": "key" } },
        "connections": { "main": {
            "account": "ship", "token": "token", "woocommerce": { "secrets": ["woo"] },
            "rates": { "currency": "AUD", "boxes": [{ "name": "carton", "inner_mm": [400, 300, 250], "most_g": 20000 }] },
            "events": { "mode": "run-here" },
        } },
    })
    .to_string();
    let with = |component: EdgeComponent| {
        component
            .variable("connections", document.clone())
            .variable("key", "key")
            .variable("token", "a-token")
            .variable("woo", "woo")
            .store("default", Store::memory(512 << 20))
    };
    let components = [
        EdgeComponent::new("empty", EMPTY).route("/empty"),
        with(EdgeComponent::new("rates", RATES.bytes)).route("/rates/...").allow(far),
        with(EdgeComponent::new("webhooks", WEBHOOKS.bytes)).route("/webhooks/..."),
    ];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let host = EdgeHost::new(EdgeSettings::new(components)).unwrap();
    tokio::spawn(async move { host.serve(listener, std::future::pending()).await });
    address
}

async fn connect(address: SocketAddr) -> Client {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn ask(client: &mut Client, request: Request<Full<Bytes>>) -> Duration {
    let began = Instant::now();
    client.ready().await.unwrap();
    let answer = client.send_request(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.into_body().collect().await.unwrap();
    began.elapsed()
}

/// Answers in one round.
async fn load(address: SocketAddr, row: Row) -> usize {
    let requests = Arc::new(Mutex::new(row.requests()));
    let first = requests.lock().unwrap().pop().unwrap();
    ask(&mut connect(address).await, first).await;
    let until = Instant::now() + ROUND;
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let requests = requests.clone();
            tokio::spawn(async move {
                let (mut client, mut count) = (connect(address).await, 0);
                while Instant::now() < until {
                    let request = requests.lock().unwrap().pop().expect("more requests than a round can take");
                    ask(&mut client, request).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut total = 0;
    for client in clients {
        total += client.await.unwrap();
    }
    total
}

/// The far end's answer asked directly, and through the edge, in turns; sorted.
async fn live(far: SocketAddr, address: SocketAddr) -> (Vec<Duration>, Vec<Duration>) {
    let mut edge = connect(address).await;
    let (mut direct, mut through) = (Vec::new(), Vec::new());
    for number in 0..LIVE {
        // A connection of its own each time, as the edge has none to keep between two instances.
        let began = Instant::now();
        let request = Request::post("/api/rates").header("host", "far").body(Full::new(Bytes::from_static(PRICES)));
        ask(&mut connect(far).await, request.unwrap()).await;
        direct.push(began.elapsed());
        through.push(ask(&mut edge, cart(RATES_PATH, &format!("9{number:06}"))).await);
    }
    direct.sort_unstable();
    through.sort_unstable();
    (direct, through)
}
