//! Receivers of webhooks.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use connote_feed::signature::{Secret, verify};
use connote_host::transport::post::{HttpPost, Parcel, Post};
use connote_host::transport::{Boxed, HttpSettings};
use tokio::runtime::Runtime;

/// Where sockets are: time passes there, while that of a test jumps.
static OUTSIDE: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// What a receiver has got, and what it answers: these statuses in turn, then 204. 0 never answers.
#[derive(Default)]
pub struct Inbox {
    /// What came, with its headers.
    pub got: Mutex<Vec<Parcel>>,
    /// What is answered next.
    pub answers: Mutex<VecDeque<u16>>,
}

impl Inbox {
    fn take(&self, parcel: Parcel) -> u16 {
        self.got.lock().unwrap().push(parcel);
        self.answers.lock().unwrap().pop_front().unwrap_or(204)
    }
}

impl Post for Inbox {
    fn post<'a>(&'a self, parcel: Parcel, _: Duration) -> Boxed<'a, Result<u16, String>> {
        Box::pin(async move {
            match self.take(parcel) {
                0 => std::future::pending().await,
                status => Ok(status),
            }
        })
    }
}

/// A header of what came, `""` when it has none of this name.
pub fn header<'p>(parcel: &'p Parcel, name: &str) -> &'p str {
    parcel.headers.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
}

/// Checks what came as its receiver must.
pub fn check(parcel: &Parcel, secret: &Secret, now_ms: u64) {
    let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| header(parcel, name));
    verify(headers, parcel.body.as_bytes(), secret, now_ms).unwrap();
}

/// A real server, which is posted to over real sockets, by a test whose time jumps.
pub struct Receiver {
    /// Its address.
    pub url: String,
    /// What it has got.
    pub inbox: Arc<Inbox>,
    post: Arc<HttpPost>,
}

async fn receive(State(inbox): State<Arc<Inbox>>, headers: HeaderMap, body: String) -> StatusCode {
    const NAMES: [&str; 4] = ["webhook-id", "webhook-timestamp", "webhook-signature", "content-type"];
    let header = |name: &'static str| (name, headers[name].to_str().unwrap().to_owned());
    let parcel = Parcel { url: String::new(), headers: NAMES.map(header).into(), body };
    StatusCode::from_u16(inbox.take(parcel)).unwrap()
}

impl Receiver {
    /// Listens on a free port.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let inbox = Arc::new(Inbox::default());
        let router = Router::new().route("/hooks", post(receive)).with_state(inbox.clone());
        OUTSIDE.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await
        });
        let post = HttpPost::new(HttpSettings::default(), true).unwrap();
        Self { url, inbox, post: Arc::new(post) }
    }
}

impl Post for Receiver {
    fn post<'a>(&'a self, parcel: Parcel, within: Duration) -> Boxed<'a, Result<u16, String>> {
        let post = self.post.clone();
        Box::pin(async move {
            let sent = move || OUTSIDE.block_on(async move { post.post(parcel, within).await });
            tokio::task::spawn_blocking(sent).await.unwrap()
        })
    }
}
