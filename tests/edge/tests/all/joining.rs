//! Equal requests of guests in flight.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use connote_edge_host::EdgeLimits;
use http_body_util::{BodyExt as _, Full};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use crate::support::{Served, ask_on, deeds};

/// Tells what comes, and answers with the method when it may.
pub(crate) struct FarEnd {
    pub(crate) url: String,
    came: mpsc::UnboundedReceiver<String>,
    may_answer: Arc<Semaphore>,
}

impl FarEnd {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, came) = mpsc::unbounded_channel();
        let may_answer = Arc::new(Semaphore::new(0));
        let gate = may_answer.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tell, gate) = (tell.clone(), gate.clone());
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (tell, gate) = (tell.clone(), gate.clone());
                    async move {
                        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        tell.send(format!("{method} {path} {}", String::from_utf8_lossy(&body))).unwrap();
                        gate.acquire().await.unwrap().forget();
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(format!("{method} ")))))
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, came, may_answer }
    }

    /// So many answers may leave.
    pub(crate) fn answers(&self, number: usize) {
        self.may_answer.add_permits(number);
    }

    /// The next request.
    pub(crate) async fn came(&mut self) -> String {
        self.came.recv().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_requests_leave_once_and_a_different_one_by_itself() {
    let mut far_end = FarEnd::new().await;
    let served = Served::new(deeds().allow(&far_end.url).joining()).await;
    let mut asked = tokio::task::JoinSet::new();
    for mark in ["same", "same", "same", "other"] {
        let (mut client, url) = (served.connect().await, far_end.url.clone());
        asked.spawn(async move {
            let headers = [("x-url", url.as_str()), ("x-mark", mark), ("x-method", "POST"), ("x-body", "cart")];
            ask_on(&mut client, "/deeds/out", &headers, "").await.body
        });
    }
    far_end.came().await;
    far_end.came().await;
    // The two that leave are on their way, and hold their answers back until the third and fourth guest have had their time.
    tokio::time::sleep(Duration::from_millis(300)).await;
    far_end.answers(2);
    assert_eq!(asked.join_all().await, vec!["200 5 POST "; 4]);
    assert!(far_end.came.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_whose_time_is_over_takes_the_answer_from_nobody() {
    let mut far_end = FarEnd::new().await;
    let limits = EdgeLimits { request: Duration::from_millis(1_500), ..EdgeLimits::default() };
    let served = Served::with(vec![deeds().allow(&far_end.url).joining()], limits).await;
    #[allow(clippy::async_yields_async, reason = "each is awaited later, all run at once")]
    let ask = || async {
        let (mut client, url) = (served.connect().await, far_end.url.clone());
        tokio::spawn(async move { ask_on(&mut client, "/deeds/out", &[("x-url", &url)], "").await })
    };
    let first = ask().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let second = ask().await;
    assert_eq!(first.await.unwrap().status, 500);
    assert_eq!(far_end.came().await, "GET / ");
    far_end.answers(1);
    assert_eq!(second.await.unwrap().body, "200 4 GET ");
    assert!(far_end.came.try_recv().is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exchange_that_hangs_is_not_joined_by_those_who_come_later() {
    let mut far_end = FarEnd::new().await;
    let served = Served::with(vec![deeds().allow(&far_end.url).joining()], EdgeLimits::default()).await;
    let ask = |mut client: hyper::client::conn::http1::SendRequest<_>, url: String| {
        tokio::spawn(async move { ask_on(&mut client, "/deeds/out", &[("x-url", &url)], "").await })
    };
    let _hangs = ask(served.connect().await, far_end.url.clone());
    assert_eq!(far_end.came().await, "GET / ");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let later = ask(served.connect().await, far_end.url.clone());
    assert_eq!(far_end.came().await, "GET / ", "it has an exchange of its own");
    far_end.answers(2);
    assert_eq!(later.await.unwrap().body, "200 4 GET ");
}
