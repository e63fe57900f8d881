//! Against a far end on this machine that answers when it is told to.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::*;

/// Counts what comes, and answers each request when there is a permit.
struct FarEnd {
    url: String,
    came: mpsc::UnboundedReceiver<String>,
    may_answer: Arc<Semaphore>,
    connections: Arc<AtomicUsize>,
}

impl FarEnd {
    /// A far end whose answers have so many bytes.
    async fn new(bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (tell, came) = mpsc::unbounded_channel();
        let (may_answer, connections) = (Arc::new(Semaphore::new(0)), Arc::new(AtomicUsize::new(0)));
        let (gate, count) = (may_answer.clone(), connections.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (tell, gate) = (tell.clone(), gate.clone());
                let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                    let (tell, gate) = (tell.clone(), gate.clone());
                    async move {
                        let head = format!("{} {}", request.method(), request.uri());
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        tell.send(format!("{head} {}", String::from_utf8_lossy(&body))).unwrap();
                        gate.acquire().await.unwrap().forget();
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(vec![b'x'; bytes]))))
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, came, may_answer, connections }
    }

    fn outbound(&self, join: bool) -> Arc<Outbound> {
        outbound(&self.url, join)
    }

    /// Nothing more has come, and nothing is on its way: a last request would arrive after it.
    async fn assert_no_more(&mut self, outbound: &Arc<Outbound>) {
        self.may_answer.add_permits(1);
        ask(outbound.clone(), "GET", &format!("{}/last", self.url), "").await.unwrap();
        assert_eq!(self.came.recv().await.unwrap(), "GET /last ");
        assert!(self.came.try_recv().is_err());
    }
}

fn outbound(allowed: &str, join: bool) -> Arc<Outbound> {
    Arc::new(Outbound::new(vec![allowed.parse().unwrap()], Arc::new(Dialer::new().unwrap()), join))
}

/// Status and length of an answer.
async fn ask(outbound: Arc<Outbound>, method: &str, url: &str, body: &str) -> Result<(u16, usize), Error> {
    let body = Full::new(Bytes::from(body.to_owned())).map_err(|never| match never {}).boxed_unsync();
    let request = Request::builder().method(method).uri(url).header("host", "far.test").body(body).unwrap();
    let (response, _) = outbound.send(request, None).await?;
    Ok((response.status().as_u16(), response.into_body().collect().await?.to_bytes().len()))
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_denied() {
    for url in
        ["https://api.example.com/", "http://api.example.com:8080/", "http://other.example.com/", "http://127.0.0.1/"]
    {
        let denied = ask(outbound("http://api.example.com", false), "GET", url, "").await.unwrap_err();
        assert!(matches!(denied, Error::HttpRequestDenied), "{url}: {denied}");
    }
}

#[tokio::test]
async fn a_private_address_needs_an_entry_that_names_it() {
    let far_end = FarEnd::new(1).await;
    far_end.may_answer.add_permits(1);
    let refused = ask(outbound("*://*:*", false), "GET", &far_end.url, "").await.unwrap_err();
    assert!(matches!(refused, Error::DestinationIpProhibited), "{refused}");
    assert_eq!(far_end.connections.load(Ordering::SeqCst), 0);
    assert_eq!(ask(far_end.outbound(false), "GET", &far_end.url, "").await.unwrap(), (200, 1));
}

#[tokio::test]
async fn a_user_name_in_an_address_is_refused() {
    let refused = ask(outbound("http://localhost", false), "GET", "http://canary@localhost/", "").await.unwrap_err();
    assert!(matches!(refused, Error::HttpRequestUriInvalid), "{refused}");
}

#[tokio::test]
async fn a_connection_is_kept_for_reads_and_never_for_what_must_not_leave_twice() {
    let far_end = FarEnd::new(9).await;
    far_end.may_answer.add_permits(10);
    let outbound = far_end.outbound(false);
    for _ in 0..3 {
        ask(outbound.clone(), "GET", &far_end.url, "").await.unwrap();
    }
    assert_eq!(far_end.connections.load(Ordering::SeqCst), 1);
    ask(outbound.clone(), "POST", &far_end.url, "{}").await.unwrap();
    assert_eq!(far_end.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn equal_requests_in_flight_leave_once_and_all_get_the_answer() {
    let mut far_end = FarEnd::new(700).await;
    let outbound = far_end.outbound(true);
    let mut asked = JoinSet::new();
    for _ in 0..20 {
        let (outbound, url) = (outbound.clone(), far_end.url.clone());
        asked.spawn(async move { ask(outbound, "POST", &url, "cart").await.unwrap() });
    }
    assert_eq!(far_end.came.recv().await.unwrap(), "POST / cart");
    waiting(&outbound, 20).await;
    far_end.may_answer.add_permits(1);
    assert_eq!(asked.join_all().await, vec![(200, 700); 20]);
    far_end.assert_no_more(&outbound).await;
}

/// Until so many hold on to the one exchange that is in flight.
async fn waiting(outbound: &Outbound, number: usize) {
    while outbound.joiner().unwrap().waiting() < number {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_differs_in_anything_leaves_by_itself() {
    let mut far_end = FarEnd::new(1).await;
    let outbound = far_end.outbound(true);
    let mut asked = JoinSet::new();
    for (method, path, body) in [("POST", "/", "a"), ("POST", "/", "b"), ("PUT", "/", "a"), ("POST", "/?x", "a")] {
        let (outbound, url) = (outbound.clone(), format!("{}{path}", far_end.url));
        asked.spawn(async move { ask(outbound, method, &url, body).await.unwrap() });
    }
    for _ in 0..4 {
        far_end.came.recv().await.unwrap();
    }
    far_end.may_answer.add_permits(4);
    assert_eq!(asked.join_all().await.len(), 4);
}

#[tokio::test]
async fn without_the_setting_equal_requests_leave_by_themselves() {
    let mut far_end = FarEnd::new(1).await;
    let outbound = far_end.outbound(false);
    let mut asked = JoinSet::new();
    for _ in 0..2 {
        let (outbound, url) = (outbound.clone(), far_end.url.clone());
        asked.spawn(async move { ask(outbound, "POST", &url, "cart").await.unwrap() });
    }
    far_end.came.recv().await.unwrap();
    far_end.came.recv().await.unwrap();
    far_end.may_answer.add_permits(2);
    asked.join_all().await;
}

#[tokio::test]
async fn whoever_goes_away_takes_the_answer_from_nobody() {
    for gone in [0, 1, 2] {
        let mut far_end = FarEnd::new(5).await;
        let outbound = far_end.outbound(true);
        let mut asked = Vec::new();
        for number in 0..3 {
            let (outbound, url) = (outbound.clone(), far_end.url.clone());
            asked.push(tokio::spawn(async move { ask(outbound, "POST", &url, "cart").await.unwrap() }));
            if number == 0 {
                far_end.came.recv().await.unwrap();
            }
        }
        waiting(&outbound, 3).await;
        asked[gone].abort();
        assert!((&mut asked[gone]).await.unwrap_err().is_cancelled());
        far_end.may_answer.add_permits(1);
        for (number, task) in asked.into_iter().enumerate().filter(|(number, _)| *number != gone) {
            assert_eq!(task.await.unwrap(), (200, 5), "{gone} went away, {number} waited");
        }
        far_end.assert_no_more(&outbound).await;
    }
}

#[tokio::test]
async fn a_request_after_the_answer_leaves_again() {
    let mut far_end = FarEnd::new(1).await;
    let outbound = far_end.outbound(true);
    far_end.may_answer.add_permits(2);
    for _ in 0..2 {
        ask(outbound.clone(), "POST", &far_end.url, "cart").await.unwrap();
        far_end.came.recv().await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_larger_than_a_mebibyte_is_not_shared() {
    let large = (1 << 20) + 100;
    let mut far_end = FarEnd::new(large).await;
    let outbound = far_end.outbound(true);
    let mut asked = JoinSet::new();
    for _ in 0..2 {
        let (outbound, url) = (outbound.clone(), far_end.url.clone());
        asked.spawn(async move { ask(outbound, "POST", &url, "cart").await.unwrap() });
    }
    waiting(&outbound, 2).await;
    far_end.may_answer.add_permits(2);
    assert_eq!(asked.join_all().await, vec![(200, large); 2]);
    assert!(far_end.came.recv().await.is_some() && far_end.came.recv().await.is_some());
}

#[tokio::test]
async fn a_body_larger_than_a_mebibyte_leaves_by_itself_and_whole() {
    let mut far_end = FarEnd::new(1).await;
    let outbound = far_end.outbound(true);
    let body = "y".repeat((1 << 20) + 100);
    far_end.may_answer.add_permits(1);
    ask(outbound.clone(), "POST", &far_end.url, &body).await.unwrap();
    assert_eq!(far_end.came.recv().await.unwrap().len(), "POST / ".len() + body.len());
}

#[tokio::test]
async fn a_failure_reaches_all_who_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let outbound = outbound(&url, true);
    let mut asked = JoinSet::new();
    for _ in 0..3 {
        let (outbound, url) = (outbound.clone(), url.clone());
        asked.spawn(async move { ask(outbound, "POST", &url, "cart").await.unwrap_err().to_string() });
    }
    assert_eq!(asked.join_all().await, ["connection refused"; 3]);
}
