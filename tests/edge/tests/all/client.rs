//! What a client sees, and what it cannot forge.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{Served, ask_on, deeds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_of_spin_come_from_the_host_and_not_from_the_client() {
    let served = Served::new(deeds()).await;
    let forged = [("Spin-Client-Addr", "8.8.8.8"), ("spin-anything", "x"), ("x-own", "kept")];
    let seen = served.ask("/deeds/headers?a=1", &forged).await.body;
    let lines: Vec<&str> = seen.lines().collect();
    for line in [
        "authority = edge.test",
        "spin-full-url: http://edge.test/deeds/headers?a=1",
        "spin-matched-route: /deeds/...",
        "spin-path-info: /headers",
        "x-own: kept",
    ] {
        assert!(lines.contains(&line), "{line} in {seen}");
    }
    assert!(lines.iter().any(|line| line.starts_with("spin-client-addr: 127.0.0.1:")), "{seen}");
    assert!(!seen.contains("8.8.8.8") && !seen.contains("spin-anything"), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_is_answered_by_the_host_and_an_unknown_path_is_404() {
    let served = Served::new(deeds()).await;
    let health = served.ask("/.well-known/spin/health", &[]).await;
    assert_eq!((health.status, health.body.as_str()), (200, "OK\n"));
    for path in ["/", "/deedsx", "/.well-known/spin/info"] {
        assert_eq!(served.ask(path, &[]).await.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_answer_leaves_in_one_write_with_its_length_though_the_guest_wrote_it_in_parts() {
    let served = Served::new(deeds()).await;
    let mut stream = served.stream().await;
    for _ in 0..20 {
        stream.write_all(b"GET /deeds/parts HTTP/1.1\r\nhost: edge.test\r\n\r\n").await.unwrap();
        let mut read = vec![0; 64 << 10];
        let length = stream.read(&mut read).await.unwrap();
        let answer = String::from_utf8_lossy(&read[..length]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\none two"), "{answer}");
        assert!(answer.contains("content-length: 7\r\n"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_serves_one_request_after_another() {
    let served = Served::new(deeds()).await;
    let mut client = served.connect().await;
    for path in ["/deeds/polite", "/nothing", "/deeds/panic", "/deeds/polite"] {
        ask_on(&mut client, path, &[], "").await;
    }
    assert_eq!(ask_on(&mut client, "/deeds/count", &[], "12345").await.body, "5");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_host_is_400() {
    let served = Served::new(deeds()).await;
    for head in ["GET /deeds/polite HTTP/1.0\r\n\r\n", "GET /deeds/polite HTTP/1.1\r\nhost: a b\r\n\r\n"] {
        let mut stream = served.stream().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        stream.read_exact(&mut line).await.unwrap();
        assert!(line.ends_with(b" 400"), "{head}");
    }
}
