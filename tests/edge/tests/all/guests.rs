//! What a guest does wrong hits its own request only.

use std::time::Duration;

use connote_edge_host::{EdgeLimits, Store};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Served, ask_on, deeds, send_on};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_500_without_details_and_the_next_request_is_well() {
    let served = Served::new(deeds()).await;
    let answer = served.ask("/deeds/panic", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "internal server error\n"));
    let log = served.log();
    assert!(log.contains("secret-canary") && log.contains("[deeds] the request failed: "), "{log}");
    assert!(log.lines().all(|line| line.starts_with("[deeds] ")), "{log}");
    served.assert_stands().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_without_an_answer_is_500() {
    let served = Served::new(deeds()).await;
    assert_eq!(served.ask("/deeds/silent", &[]).await.status, 500);
    assert_eq!(served.log(), "[deeds] the request failed: it gave no answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_breaks_off_does_not_look_whole() {
    let served = Served::new(deeds()).await;
    let mut client = served.connect().await;
    let response = send_on(&mut client, "/deeds/half", &[], "").await;
    assert_eq!(response.status(), 200);
    assert!(response.into_body().collect().await.is_err());
    served.assert_stands().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_works_on_after_its_answer_is_let_finish_even_if_the_client_is_gone() {
    for client_waits in [true, false] {
        let store = Store::memory(1 << 20);
        let mut served = Served::new(deeds().store("default", store.clone())).await;
        if client_waits {
            assert_eq!(served.ask("/deeds/on", &[("x-ms", "200")]).await.body, "answered");
        } else {
            let mut stream = served.stream().await;
            stream.write_all(b"GET /deeds/on HTTP/1.1\r\nhost: edge.test\r\nx-ms: 200\r\n\r\n").await.unwrap();
            // The first bytes of the answer: the guest runs. Then the client resets the connection.
            stream.read_exact(&mut [0; 8]).await.unwrap();
            stream.set_zero_linger().unwrap();
        }
        assert_eq!(store.get("worked").await.unwrap(), None);
        served.stop().await;
        assert_eq!(store.get("worked").await.unwrap().as_deref(), Some(&b"on"[..]), "{client_waits}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_leaves_before_the_answer_ends_nothing() {
    let store = Store::memory(1 << 20);
    let mut served = Served::new(deeds().store("default", store.clone())).await;
    let mut stream = served.stream().await;
    stream.write_all(b"GET /deeds/announce HTTP/1.1\r\nhost: edge.test\r\nx-ms: 200\r\n\r\n").await.unwrap();
    while store.get("begun").await.unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    stream.set_zero_linger().unwrap();
    drop(stream);
    served.stop().await;
    assert_eq!(store.get("worked").await.unwrap().as_deref(), Some(&b"on"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn working_on_ends_with_the_time_of_the_request() {
    let store = Store::memory(1 << 20);
    let limits = EdgeLimits { request: Duration::from_millis(400), ..EdgeLimits::default() };
    let mut served = Served::with(vec![deeds().store("default", store.clone())], limits).await;
    assert_eq!(served.ask("/deeds/on", &[("x-ms", "60000")]).await.body, "answered");
    served.stop().await;
    assert_eq!(store.get("worked").await.unwrap(), None);
    assert!(served.log().contains("its time was over"), "{}", served.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_says_reaches_the_operator_with_its_name_cut_and_counted() {
    let served = Served::new(deeds()).await;
    let long = "z".repeat(3_000);
    served.ask("/deeds/speak", &[("x-lines", "1"), ("x-text", &long)]).await;
    let log = served.log();
    assert!(log.contains("[deeds] to stderr,  [2J without an end"), "{log}");
    assert!(log.lines().all(|line| line.len() < 1_100), "{log}");
    served.ask("/deeds/speak", &[("x-lines", "5000"), ("x-text", "flood")]).await;
    let lines = served.log().lines().filter(|line| line.contains("flood")).count();
    assert!((50..1_000).contains(&lines), "{lines} lines");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_lets_what_is_in_flight_end() {
    let mut served = Served::new(deeds()).await;
    let mut client = served.connect().await;
    ask_on(&mut client, "/deeds/polite", &[], "").await;
    let slow = tokio::spawn(async move { ask_on(&mut client, "/deeds/sleep", &[("x-ms", "300")], "").await });
    // The slow one is on a connection that is served already; a request on another one comes after it has left.
    tokio::task::yield_now().await;
    served.ask("/deeds/sleep", &[("x-ms", "50")]).await;
    served.stop().await;
    let answer = slow.await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "slept"));
    assert!(tokio::net::TcpStream::connect(served.address).await.is_err());
}
