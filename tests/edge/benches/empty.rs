//! What a request costs when its guest does nothing.
//!
//! `cargo bench -p connote-edge-tests` measures this host; with `-- 127.0.0.1:8080` another server, and with `-- --serve 127.0.0.1:8080` it only
//! serves, for a load generator of another process.
#![allow(clippy::unwrap_used, reason = "a measurement")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use connote_edge_host::{EdgeComponent, EdgeHost, EdgeSettings};
use connote_edge_tests::EMPTY;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// How long each number of connections is measured.
const FOR: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--serve", address] => serve(TcpListener::bind(address).await.unwrap()).await,
        [address] => measure(address.parse().unwrap()).await,
        _ => {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(serve(listener));
            measure(address).await;
        }
    }
}

async fn serve(listener: TcpListener) {
    let component = EdgeComponent::new("empty", EMPTY).route("/...");
    EdgeHost::new(EdgeSettings::new([component])).unwrap().serve(listener, std::future::pending()).await;
}

async fn measure(address: SocketAddr) {
    for connections in [1, 16] {
        let clients: Vec<_> = (0..connections).map(|_| tokio::spawn(ask_on_and_on(address))).collect();
        let mut times = Vec::new();
        for client in clients {
            times.extend(client.await.unwrap());
        }
        times.sort_unstable();
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or_default();
        let each_second = times.len() as f64 / FOR.as_secs_f64();
        println!("{connections:>2} connections: {each_second:.0} a second, p50 {:?}, p99 {:?}", at(50), at(99));
    }
}

async fn ask_on_and_on(address: SocketAddr) -> Vec<Duration> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let (mut times, until) = (Vec::new(), Instant::now() + FOR);
    while Instant::now() < until {
        let begun = Instant::now();
        let request = Request::get("/").header("host", "edge.test").body(Empty::<Bytes>::new()).unwrap();
        sender.ready().await.unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.unwrap();
        times.push(begun.elapsed());
    }
    times
}
