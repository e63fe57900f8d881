//! Each limit, reached.

use std::time::{Duration, Instant};

use connote_edge_host::{EdgeComponent, EdgeLimits};
use connote_edge_tests::DEEDS;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Served, ask_on, deeds};

fn limits() -> EdgeLimits {
    EdgeLimits { instances: 16, ..EdgeLimits::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_loops_is_ended_in_its_time_and_others_are_answered_meanwhile() {
    let served = Served::limited(EdgeLimits { request: Duration::from_secs(3), ..limits() }).await;
    served.assert_stands().await;
    let begun = Instant::now();
    let looping: Vec<_> = {
        let mut clients = Vec::new();
        for _ in 0..4 {
            let mut client = served.connect().await;
            clients.push(tokio::spawn(async move { ask_on(&mut client, "/deeds/loop", &[], "").await }));
        }
        clients
    };
    for _ in 0..10 {
        served.assert_stands().await;
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "ten answers took {:?} beside four loops", begun.elapsed());
    for client in looping {
        assert_eq!(client.await.unwrap().status, 500);
    }
    assert!(
        begun.elapsed() >= Duration::from_secs(3) && begun.elapsed() < Duration::from_secs(6),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(served.log().matches("[deeds] the request failed: its time was over").count(), 4, "{}", served.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_waits_is_ended_in_its_time_too() {
    let served = Served::limited(EdgeLimits { request: Duration::from_millis(300), ..limits() }).await;
    assert_eq!(served.ask("/deeds/sleep", &[("x-ms", "60000")]).await.status, 500);
    assert!(served.log().contains("its time was over"), "{}", served.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_that_takes_more_memory_than_allowed_is_ended() {
    let served = Served::limited(EdgeLimits { memory_bytes: 64 << 20, ..limits() }).await;
    assert_eq!(served.ask("/deeds/memory", &[("x-mib", "20")]).await.body, "20");
    assert_eq!(served.ask("/deeds/memory", &[("x-mib", "80")]).await.status, 500);
    assert!(served.log().contains("more memory than allowed"), "{}", served.log());
    served.assert_stands().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_large_is_413_whether_its_length_is_told_or_not() {
    let served = Served::limited(EdgeLimits { request_bytes: 1_000_000, ..limits() }).await;
    let fits = "a".repeat(1_000_000);
    assert_eq!(served.post("/deeds/count", &[], &fits).await.body, "1000000");
    let mut stream = served.stream().await;
    let head = "POST /deeds/count HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 1000001\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 413");
    // Nothing is sent behind what decides: a server that has answered may close.
    for (last, status) in [("0\r\n\r\n", "200"), ("1\r\na\r\n", "413")] {
        let mut stream = served.stream().await;
        let head = "POST /deeds/count HTTP/1.1\r\nhost: edge.test\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..10 {
            let chunk = format!("186a0\r\n{}\r\n", "a".repeat(100_000));
            stream.write_all(chunk.as_bytes()).await.unwrap();
        }
        stream.write_all(last.as_bytes()).await.unwrap();
        assert_eq!(status_line(&mut stream).await, format!("HTTP/1.1 {status}"), "{last:?}");
    }
    served.assert_stands().await;
}

/// Protocol and status of an answer.
async fn status_line(stream: &mut tokio::net::TcpStream) -> String {
    let mut line = vec![0; "HTTP/1.1 200".len()];
    stream.read_exact(&mut line).await.unwrap();
    String::from_utf8(line).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_for_which_no_instance_gets_free_is_503_and_told_when_to_come_again() {
    let served =
        Served::limited(EdgeLimits { instances: 1, queue: Duration::from_millis(100), ..EdgeLimits::default() }).await;
    let mut client = served.connect().await;
    let slow = tokio::spawn(async move { ask_on(&mut client, "/deeds/sleep", &[("x-ms", "1500")], "").await });
    // Until the slow one has the only instance.
    let answer = loop {
        let answer = served.ask("/deeds/polite", &[]).await;
        if answer.status == 503 {
            break answer;
        }
    };
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(slow.await.unwrap().status, 200);
    served.assert_stands().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_has_taken_its_share_leaves_the_rest_to_others() {
    let limits = EdgeLimits { instances: 4, queue: Duration::from_millis(100), ..EdgeLimits::default() };
    let sleeper = EdgeComponent::new("sleeper", DEEDS).route("/deeds/sleep").at_most(1);
    let served = Served::with(vec![deeds(), sleeper], limits).await;
    let sleeps: Vec<_> = (0..2)
        .map(|_| {
            let client = served.connect();
            async { ask_on(&mut client.await, "/deeds/sleep", &[("x-ms", "1000")], "").await.status }
        })
        .collect();
    let [one, two] = <[_; 2]>::try_from(sleeps).ok().unwrap();
    let (one, two, ()) = tokio::join!(one, two, served.assert_stands());
    assert_eq!([one.min(two), one.max(two)], [200, 503]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_trickles_its_body_holds_no_instance_and_is_408() {
    let served = Served::limited(EdgeLimits {
        instances: 1,
        queue: Duration::from_millis(50),
        body_start: Duration::from_millis(500),
        ..EdgeLimits::default()
    })
    .await;
    let mut stream = served.stream().await;
    let head = "POST /deeds/count HTTP/1.1\r\nhost: edge.test\r\ncontent-length: 10\r\n\r\nabc";
    stream.write_all(head.as_bytes()).await.unwrap();
    served.assert_stands().await;
    assert_eq!(status_line(&mut stream).await, "HTTP/1.1 408");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_does_not_come_in_its_time_ends_the_connection() {
    let served = Served::limited(EdgeLimits { header: Duration::from_millis(200), ..limits() }).await;
    let mut stream = served.stream().await;
    stream.write_all(b"GET /deeds/polite HTTP/1.1\r\nhost: ed").await.unwrap();
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    assert!(!String::from_utf8_lossy(&read).contains("200"), "{}", String::from_utf8_lossy(&read));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_beyond_the_limit_waits_for_another_to_end() {
    let served = Served::limited(EdgeLimits { connections: 1, ..limits() }).await;
    let mut first = served.connect().await;
    ask_on(&mut first, "/deeds/polite", &[], "").await;
    let second = served.ask("/deeds/polite", &[]);
    let mut second = std::pin::pin!(second);
    let waited = tokio::time::timeout(Duration::from_millis(200), second.as_mut()).await;
    assert!(waited.is_err(), "the second connection was served beside the first");
    drop(first);
    assert_eq!(second.await.status, 200);
}
