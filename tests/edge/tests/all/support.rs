//! A host in this process, and a client of it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connote_edge_host::{EdgeComponent, EdgeHost, EdgeLimits, EdgeSettings, Log, Store};
use connote_edge_tests::DEEDS;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A host that serves.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    lines: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: String,
}

/// The guest that does what the path says, at `/deeds/...`.
pub(crate) fn deeds() -> EdgeComponent {
    EdgeComponent::new("deeds", DEEDS).route("/deeds/...").store("default", Store::memory(1 << 20))
}

/// Settings whose log is kept, and the log.
fn settings(components: Vec<EdgeComponent>, limits: EdgeLimits) -> (EdgeSettings, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = lines.clone();
    let log = Log::new(move |line| kept.lock().unwrap().push(line.to_owned()));
    // Compiled components are shared between tests; each would take seconds without.
    let cache_dir = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("edge-cache"));
    (EdgeSettings { limits, cache_dir, log, ..EdgeSettings::new(components) }, lines)
}

impl Served {
    pub(crate) async fn new(component: EdgeComponent) -> Self {
        Self::with(vec![component], EdgeLimits::default()).await
    }

    pub(crate) async fn limited(limits: EdgeLimits) -> Self {
        Self::with(vec![deeds()], limits).await
    }

    pub(crate) async fn with(components: Vec<EdgeComponent>, limits: EdgeLimits) -> Self {
        let (settings, lines) = settings(components, limits);
        let host = EdgeHost::new(settings).unwrap();
        assert_eq!(host.cache_warning(), None);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let shutdown = async {
                let _ = stopped.await;
            };
            host.serve(listener, shutdown).await;
        });
        Self { address, lines, stop: Some(stop), serving: Some(serving) }
    }

    /// A request on a connection of its own.
    pub(crate) async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut client = self.connect().await;
        ask_on(&mut client, path, headers, "").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut client = self.connect().await;
        ask_on(&mut client, path, headers, body).await
    }

    pub(crate) async fn connect(&self) -> SendRequest<Full<Bytes>> {
        let (sender, connection) = handshake(TokioIo::new(self.stream().await)).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    pub(crate) async fn stream(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// What the operator has been told.
    pub(crate) fn log(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Stops accepting; returns when all guests have ended.
    pub(crate) async fn stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
        self.serving.take().unwrap().await.unwrap();
    }

    /// The guest still answers.
    pub(crate) async fn assert_stands(&self) {
        let answer = self.ask("/deeds/polite", &[]).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "polite"));
    }
}

pub(crate) async fn ask_on(
    client: &mut SendRequest<Full<Bytes>>,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let response = send_on(client, path, headers, body).await;
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) async fn send_on(
    client: &mut SendRequest<Full<Bytes>>,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response<hyper::body::Incoming> {
    let mut request = Request::builder().method(if body.is_empty() { "GET" } else { "POST" }).uri(path);
    request = request.header("host", "edge.test");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.ready().await.unwrap();
    client.send_request(request.body(Full::new(Bytes::from(body.to_owned()))).unwrap()).await.unwrap()
}
