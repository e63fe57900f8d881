//! The console, as a browser uses it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod access;
mod browser;
mod correcting;
mod manifests;
mod pages;
mod people;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use connote_driver::{Audit, Stored};
use connote_host::journal::{Attempt, Ending, Journal as _, OrderKey, Update};
use connote_server::console::{self, ConsoleState};
use connote_server::engine::{Engine, Webhooks};
use connote_server::store::sessions::Session;
use connote_server::store::users::{Hashed, Role, User, random_secret};
use connote_server::store::{OrderRow, OrderState};
use connote_types::orders::PlaceJob;
use connote_types::steps::{Answer, Disposition, Exchange, Problem, Response, Turn};
use connote_types::types::{Order, OrderRecord, TrackedParcel};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret as _;
use tower::ServiceExt as _;

pub const PASSWORD: &str = "correct horse";
pub const DOMESTIC: &str = include_str!("../../../../docs/examples/domestic.json");
pub const INTERNATIONAL: &str = include_str!("../../../../docs/examples/international.json");

pub struct App {
    pub engine: Arc<Engine>,
    pub router: Router,
    pub folder: tempfile::TempDir,
}

#[derive(Clone, Debug)]
pub struct Login {
    pub cookie: String,
    pub csrf: String,
}

#[derive(Debug)]
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answered {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The cookie that it sets, as a request carries it.
    pub fn cookie(&self, name: &str) -> String {
        let set = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        let own = set.filter_map(|text| text.split(';').next()).find(|pair| pair.starts_with(&format!("{name}=")));
        own.unwrap_or_default().to_owned()
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let rest = self.text.split_once(&start).unwrap_or_else(|| panic!("no {name} in {}", self.text)).1;
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl App {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = connote_server::testing::engine(folder.path(), |_| Webhooks::default()).unwrap();
        let router = console::router(ConsoleState::new(engine.clone(), false));
        Self { engine, router, folder }
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answered { status: parts.status, headers: parts.headers, text }
    }

    pub async fn get(&self, path: &str, cookie: &str) -> Answered {
        self.send(Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answered {
        let request = Request::post(path).header("cookie", cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form(fields))).unwrap()).await
    }

    /// Posts a form of somebody who is logged in.
    pub async fn act(&self, path: &str, login: &Login, fields: &[(&str, &str)]) -> Answered {
        let own = [&[("csrf", login.csrf.as_str())], fields].concat();
        self.post(path, &login.cookie, &own).await
    }

    pub async fn user(&self, name: &'static str, role: Role) {
        let hashed = Hashed::new(&PASSWORD.to_owned().into()).unwrap();
        let now_ms = self.engine.now_ms();
        let made = self.engine.store().write(move |tables| User::create(tables, name, role, &hashed, now_ms));
        made.await.unwrap().unwrap();
    }

    /// Somebody of this role, logged in.
    pub async fn login(&self, role: Role) -> Login {
        let name = role.as_str();
        self.user(name, role).await;
        let (cookie, digest) = random_secret().unwrap();
        let now_ms = self.engine.now_ms();
        self.engine.store().write(move |tables| Session::begin(tables, &digest, name, now_ms)).await.unwrap();
        let cookie = format!("connote={}", cookie.expose_secret());
        let csrf = self.get("/account", &cookie).await.hidden("csrf");
        Login { cookie, csrf }
    }

    pub async fn order(&self, key: &OrderKey) -> OrderRow {
        let key = key.clone();
        self.engine.store().read(move |tables| OrderRow::load(tables, &key)).await.unwrap().unwrap()
    }

    /// An order that was handed in, changed as a test needs it.
    pub async fn handed_in(&self, document: &str, change: impl FnOnce(&mut OrderRow) + Send + 'static) -> OrderKey {
        let mut row = self.engine.submit("main", None, document.as_bytes().to_vec()).await.unwrap();
        let key = row.key.clone();
        change(&mut row);
        let now_ms = self.engine.now_ms();
        self.engine.store().write(move |tables| row.save(tables, now_ms)).await.unwrap();
        key
    }

    /// One that Starshipit refused for its post code.
    pub async fn refused(&self) -> OrderKey {
        self.handed_in(DOMESTIC, |row| fail(row, "the label was refused: the post code is none of this suburb")).await
    }
}

pub fn fail(row: &mut OrderRow, message: &str) {
    let problem = Problem::new(Disposition::Rejected, message)
        .field("destination.post-code", "no courier knows it together with this suburb");
    row.state = OrderState::Attention;
    row.reason = problem.message.clone();
    let problem = Problem { status: 200, words: "Invalid postcode / suburb".into(), ..problem };
    row.shipment = serde_json::json!({ "outcome": "failed", "problem": problem, "warnings": [] }).to_string();
}

fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<String> = fields.iter().map(|(name, text)| format!("{}={}", encoded(name), encoded(text))).collect();
    pairs.join("&")
}

pub fn at(key: &OrderKey) -> String {
    const PLAIN: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    format!("/orders/{}/{}", key.connection, utf8_percent_encode(&key.source_id, PLAIN))
}

/// Notes an attempt to place an order, which a far end answered with `body`.
pub fn tried(app: &App, key: &OrderKey, order: Order, body: &str, ending: Ending, record: OrderRecord) {
    let journal = app.engine.journal();
    let now_ms = app.engine.now_ms();
    let lease = Update::Lease { holder: "test".into(), now_ms, until_ms: now_ms + 60_000, dead: None };
    let fence = journal.commit(key, 0, lease).unwrap();
    let input = serde_json::to_vec(&PlaceJob { order, ..PlaceJob::default() }).unwrap();
    let number = journal.outline(key).unwrap().attempt.map_or(1, |attempt| attempt.number + 1);
    let attempt = Attempt {
        number,
        job: "order-placer.place".into(),
        basis: String::new(),
        component: String::new(),
        input,
        stored: Stored::default(),
        started_ms: now_ms,
        ending: None,
    };
    let fence = journal.commit(key, fence, Update::Begin(attempt)).unwrap();
    let answer = Answer::Response(Response { status: 422, body: body.as_bytes().to_vec(), ..Response::default() });
    let exchange = Exchange { name: "create".into(), fingerprint: 1, answer };
    let turn = Turn { at_ms: now_ms, exchanges: vec![exchange] };
    let fence = journal.commit(key, fence, Update::Step(connote_driver::Change::Turn(turn))).unwrap();
    let line = Audit {
        at_ms: now_ms,
        name: "create".into(),
        account: "ship".into(),
        method: "POST".into(),
        path: "/api/orders".into(),
        status: 422,
        outcome: "response".into(),
        sending: 1,
        took_ms: 231,
    };
    journal.audit(key, "order-placer.place", &line);
    let fence = journal.commit(key, fence, Update::End { at_ms: now_ms, ending, record }).unwrap();
    journal.commit(key, fence, Update::Release).unwrap();
}

/// An order of somebody else's warehouse system, whose label is bought.
pub async fn printed(app: &App) -> OrderKey {
    let key = OrderKey { connection: "main".into(), source_id: "P-1".into() };
    let of = key.clone();
    let found = connote_server::store::Found {
        key: of,
        number: "P-1".into(),
        document: None,
        priority: connote_server::store::Priority::Import,
    };
    let now_ms = app.engine.now_ms();
    app.engine
        .store()
        .write(move |tables| {
            let row = found.store(tables, now_ms)?;
            OrderRow {
                state: OrderState::Done,
                shipment: r#"{"carrier":"Plain Post","service":"Express","written-to":"the order's tracking"}"#.into(),
                ..row
            }
            .save(tables, now_ms)
        })
        .await
        .unwrap();
    let parcel = |number: &str, url: &str| TrackedParcel {
        tracking_number: number.into(),
        tracking_url: url.into(),
        source_id: String::new(),
    };
    let record = OrderRecord {
        account: "ship".into(),
        order_id: vec![7_001],
        order_number: "P-1".into(),
        printed_ms: vec![now_ms],
        tracking: vec![parcel("TRK0001", "https://track.example/TRK0001"), parcel("TRK0002", "javascript:alert(1)")],
        written: vec!["TRK0001|printed|1795399657781".into()],
        ..OrderRecord::default()
    };
    tried(app, &key, Order::default(), r#"{"success":true}"#, Ending::Done(serde_json::json!({})), record);
    key
}
