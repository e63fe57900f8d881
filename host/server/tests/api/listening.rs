use std::time::Duration;

use connote_server::http::serve;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::bench::Bench;

/// Writes to a server and reads all that it says until it hangs up.
async fn say(stream: &mut TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut said = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(40), stream.read_to_end(&mut said)).await;
    read.expect("the server hangs up").unwrap();
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_server_answers_refuses_what_is_no_http_and_ends_when_it_is_told() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, bench.router.clone(), async move { drop(stopped.await) }));
    let connect = || async { TcpStream::connect(address).await.unwrap() };
    let close = "host: x\r\nconnection: close\r\n";
    let said = say(&mut connect().await, &format!("GET /healthz HTTP/1.1\r\n{close}\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 200 OK") && said.contains("x-request-id: "), "{said}");
    for garbage in ["\u{1}\u{2}\r\n\r\n", "GET\r\n\r\n", "GET /\u{0} HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"] {
        let said = say(&mut connect().await, garbage).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 400"), "{said}");
    }
    let long = "x".repeat(1_000_000);
    let mut stream = connect().await;
    let _ = stream.write_all(format!("GET /healthz HTTP/1.1\r\nx: {long}\r\n{close}\r\n").as_bytes()).await;
    let said = say(&mut stream, "").await;
    assert!(!said.contains("200 OK"), "{said}");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_client_that_says_nothing_is_not_waited_for_for_ever() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, bench.router.clone(), std::future::pending()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: ").await.unwrap();
    tokio::time::pause();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.unwrap();
    assert!(!String::from_utf8_lossy(&said).contains("200 OK"));
    server.abort();
}
