//! An API over an engine whose far ends are out of reach. Every answer and every line of the log is searched for secrets.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, Once};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response};
use connote_host::journal::OrderKey;
use connote_server::engine::{Engine, Webhooks};
use connote_server::http::{ApiState, router};
use connote_server::store::tokens::{NewToken, Scope};
use connote_server::store::{OrderRow, StoreError};
use http_body_util::BodyExt as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tracing::field::{Field, Visit};
use tracing::span;

pub(crate) const SHOPIFY: &str = "sample-shopify-secret";
pub(crate) const WOO: &str = "sample-woo-secret";
pub(crate) const STARSHIPIT: &str = "canary-of-starshipit";
pub(crate) const CARTONCLOUD: &str = "canary of cartoncloud";
pub(crate) const TRACKSTAR: &str = "whsec_Y2FuYXJ5LW9mLXRyYWNrc3Rhcg==";

/// What must be nowhere.
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LISTEN: Once = Once::new();

pub(crate) struct Bench {
    pub(crate) engine: Arc<Engine>,
    pub(crate) router: Router,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The word of its problem, after checking that it is one.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.status);
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert!(!body["title"].as_str().unwrap().is_empty());
        let kind = body["type"].as_str().unwrap();
        kind.strip_prefix("urn:connote:problem:").unwrap().to_owned()
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|state| state)
    }

    pub(crate) fn with(change: impl Fn(ApiState) -> ApiState) -> Self {
        LISTEN.call_once(|| tracing::subscriber::set_global_default(Listener).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let engine = connote_server::testing::engine(folder.path(), webhooks).unwrap();
        let router = router(change(ApiState::new(engine.clone())));
        Self { engine, router, folder }
    }

    /// A token for these connections, all for none.
    pub(crate) async fn token(&self, scopes: &[Scope], connections: &[&str]) -> String {
        let connections = (!connections.is_empty()).then(|| connections.iter().map(ToString::to_string).collect());
        let mut name = String::new();
        let _ = write!(name, "{scopes:?} {connections:?} {}", SECRETS.lock().unwrap().len());
        name.truncate(64);
        let name = format!("{:.40}{}", name, SECRETS.lock().unwrap().len());
        let token = NewToken::new(&name, scopes, connections).unwrap();
        let text = token.text().expose_secret().to_owned();
        SECRETS.lock().unwrap().push(text.clone());
        let now_ms = self.engine.now_ms();
        self.engine.store().write(move |tables| token.store(tables, now_ms)).await.unwrap().unwrap();
        text
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let reply = read(self.router.clone().oneshot(request).await.unwrap()).await;
        assert!(!reply.header("x-request-id").is_empty());
        let mut told = format!("{:?}\n{}", reply.headers, String::from_utf8_lossy(&reply.body));
        LOG.lock().unwrap().iter().for_each(|line| told.extend(["\n", line]));
        let secrets = SECRETS.lock().unwrap().clone();
        let given = [SHOPIFY, WOO, STARSHIPIT, CARTONCLOUD, "canary%20of", "canary+of", TRACKSTAR].map(str::to_owned);
        for secret in secrets.into_iter().chain(given) {
            assert!(!told.contains(&secret), "a secret is told");
        }
        reply
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Reply {
        self.send(get(path, token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Reply {
        self.send(post(path, token, body)).await
    }

    /// Hands the sample order in under an id, and gives its address.
    pub(crate) async fn order(&self, token: &str, connection: &str, id: &str) -> String {
        let path = format!("/v1/orders?connection={connection}&source-id={id}");
        let reply = self.post(&path, token, &sample()).await;
        assert_eq!(reply.status, 202, "{}", String::from_utf8_lossy(&reply.body));
        reply.header("location").to_owned()
    }

    /// Changes an order behind the API's back.
    pub(crate) async fn change(&self, connection: &str, id: &str, change: impl Fn(&mut OrderRow) + Send + 'static) {
        let key = key(connection, id);
        let now_ms = self.engine.now_ms();
        let changing = self.engine.store().write(move |tables| {
            let mut row = OrderRow::load(tables, &key)?.unwrap();
            change(&mut row);
            row.save(tables, now_ms)
        });
        changing.await.unwrap();
    }

    pub(crate) async fn row(&self, connection: &str, id: &str) -> Option<OrderRow> {
        let key = key(connection, id);
        self.engine.store().read(move |tables| OrderRow::load(tables, &key)).await.unwrap()
    }

    /// Everything that an answer could have changed.
    pub(crate) async fn rows(&self) -> (u64, u64) {
        let count = |table: &'static str| {
            self.engine.store().read(move |tables| {
                let sql = format!("SELECT count(*) FROM {table}");
                Ok::<u64, StoreError>(tables.query_row(&sql, [], |row| row.get(0))?)
            })
        };
        (count("server_orders").await.unwrap(), count("server_events").await.unwrap())
    }
}

pub(crate) async fn read(response: Response<Body>) -> Reply {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub(crate) fn key(connection: &str, source_id: &str) -> OrderKey {
    OrderKey { connection: connection.to_owned(), source_id: source_id.to_owned() }
}

pub(crate) fn get(path: &str, token: &str) -> Request<Body> {
    request("GET", path, token).body(Body::empty()).unwrap()
}

pub(crate) fn post(path: &str, token: &str, body: &Value) -> Request<Body> {
    let request = request("POST", path, token).header("content-type", "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

pub(crate) fn request(method: &str, path: &str, token: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
}

pub(crate) fn sample() -> Value {
    serde_json::from_str(include_str!("../../../../docs/examples/domestic.json")).unwrap()
}

/// An event as the edge hands it on.
pub(crate) fn event(id: &str, connection: &str) -> Value {
    json!({
        "id": id, "connection": connection, "source": "shopify", "kind": "order", "subject": "5001", "what": "orders/create",
        "at_ms": 1_793_667_600_000_u64, "received_ms": 1_793_667_601_000_u64, "body": "{\"id\":5001}",
    })
}

fn webhooks(connection: &str) -> Webhooks {
    let mut webhooks = Webhooks::default();
    let (site, secrets) = match connection {
        "main" => (
            "banksia-sample.myshopify.com",
            vec![("shopify", SHOPIFY), ("woocommerce", WOO), ("starshipit", STARSHIPIT)],
        ),
        "warehouse" => ("conn-1", vec![("trackstar", TRACKSTAR), ("cartoncloud", CARTONCLOUD)]),
        _ => ("", Vec::new()),
    };
    site.clone_into(&mut webhooks.site);
    for (source, secret) in secrets {
        webhooks.secrets.insert(source.to_owned(), vec!["old".to_owned().into(), secret.to_owned().into()]);
    }
    webhooks
}

/// Keeps every line of the log.
struct Listener;

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
    fn record_u128(&mut self, field: &Field, _: u128) {
        panic!("{field} is text in a line of JSON");
    }
}

impl tracing::Subscriber for Listener {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        LOG.lock().unwrap().push(line.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Lines of the log that hold a text.
pub(crate) fn logged(text: &str) -> usize {
    LOG.lock().unwrap().iter().filter(|line| line.contains(text)).count()
}
