//! The feed as a stream, over sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use connote_feed::diff::Seen;
use connote_feed::order::Snapshot;
use connote_feed::store::{Filter, read};
use connote_server::engine::Engine;
use connote_server::http::{TOKEN_KNOWN, serve};
use connote_server::store::tokens::{Scope, Token};
use connote_server::testing::take;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::bench::{Bench, request};

/// What nothing here takes as long as.
const LONG: Duration = Duration::from_secs(60);

/// Orders that are told of while the feed is read.
const ORDERS: u64 = 300;

async fn listen(bench: &Bench) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, bench.router.clone(), std::future::pending()));
    address
}

/// A reader of the stream. Its connection is cut when it is dropped.
struct Reader {
    connection: JoinHandle<hyper::Result<()>>,
    status: u16,
    body: Incoming,
    text: String,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Reader {
    async fn open(address: SocketAddr, token: &str, last_event_id: Option<u64>) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut asked = request("GET", "/v1/feed", token).header("host", "x").header("accept", "text/event-stream");
        if let Some(id) = last_event_id {
            asked = asked.header("last-event-id", id.to_string());
        }
        let response = sender.send_request(asked.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        Self { connection, status, body: response.into_body(), text: String::new() }
    }

    /// The id of the next event; nothing when the stream has come to its end.
    async fn next(&mut self) -> Option<u64> {
        loop {
            while let Some((frame, rest)) = self.text.split_once("\n\n") {
                let id = frame.lines().find_map(|line| line.strip_prefix("id:")).map(|id| id.trim().parse().unwrap());
                self.text = rest.to_owned();
                if id.is_some() {
                    return id;
                }
            }
            let frame = self.body.frame().await?.ok()?;
            self.text.push_str(std::str::from_utf8(frame.data_ref()?).unwrap());
        }
    }
}

async fn create(engine: &Engine, order_id: u64) {
    let number = format!("N-{order_id}");
    let order =
        Snapshot { account: "ship".into(), order_id, number, status: "Unprinted".into(), ..Snapshot::default() };
    take(engine, Seen::order(order, 1_000 + order_id)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_cut_off_again_and_again_sees_each_event_once_and_in_order() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read], &[]).await;
    let address = listen(&bench).await;
    let engine: Arc<Engine> = bench.engine.clone();
    tokio::spawn(async move {
        for order_id in 1..=ORDERS {
            create(&engine, order_id).await;
        }
    });
    let reading = async {
        let (mut seen, mut cursor) = (Vec::new(), None);
        while seen.len() < ORDERS as usize {
            let mut reader = Reader::open(address, &token, cursor).await;
            assert_eq!(reader.status, 200);
            // Cut after one to seven: in what was there before, and in what comes as it comes.
            let most = (seen.len() % 7 + 1).min(ORDERS as usize - seen.len());
            for _ in 0..most {
                cursor = reader.next().await;
                seen.push(cursor.expect("it goes on"));
            }
        }
        seen
    };
    let seen = tokio::time::timeout(LONG, reading).await.unwrap();
    let told = bench.engine.store().read(|tables| Ok(read(tables, 0, &Filter::default(), 1_000)?)).await.unwrap();
    assert_eq!(seen, told.iter().map(|event| event.seq).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_stream_ends_when_its_token_is_revoked_and_tells_nothing_any_more() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read], &[]).await;
    let address = listen(&bench).await;
    create(&bench.engine, 1).await;
    let mut reader = Reader::open(address, &token, None).await;
    assert_eq!(reader.next().await, Some(1));
    let id = bench.engine.store().read(Token::list).await.unwrap()[0].id.clone();
    assert!(bench.engine.store().write(move |tables| Token::revoke(tables, &id, 1)).await.unwrap());
    tokio::time::sleep(TOKEN_KNOWN).await;
    // It is looked at every fifteen seconds.
    tokio::time::pause();
    let ended = tokio::time::timeout(10 * LONG, reader.next()).await;
    tokio::time::resume();
    assert_eq!(ended.unwrap(), None);
    create(&bench.engine, 2).await;
    assert_eq!(reader.next().await, None);
    assert_eq!(Reader::open(address, &token, Some(1)).await.status, 401);
}

#[tokio::test]
async fn a_token_that_may_not_read_or_not_all_of_an_account_gets_no_stream() {
    let bench = Bench::new();
    let address = listen(&bench).await;
    let (events, other) = (bench.token(&[Scope::Events], &[]).await, bench.token(&[Scope::Read], &["other"]).await);
    for token in [&events, &other] {
        assert_eq!(Reader::open(address, token, None).await.status, 403);
    }
    assert_eq!(Reader::open(address, "", None).await.status, 401);
}
