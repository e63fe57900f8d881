//! Real servers on the loopback address, which misbehave in every way that matters.

mod faults;
mod joining;
mod oauth;
mod places;
mod secrets;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use connote_types::steps::{Answer, Repeat, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::budget::{Budget, MemoryBudget};
use super::{HttpSettings, HttpTransport, Transport};
use crate::accounts::{Account, Auth, Ratio};
use crate::clock::Clock;

pub(super) const CANARY: &str = "canary-5f1d9c7e";

/// Turned by hand.
#[derive(Default)]
pub(super) struct FakeClock(pub(super) AtomicU64);

impl Clock for FakeClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A server that runs a function for each connection, which is told how many came before.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) connections: Arc<AtomicUsize>,
    pub(super) heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn run<F>(serve: impl Fn(usize, Peer) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, heads) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (counted, seen) = (connections.clone(), heads.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(number, Peer { stream, heads: seen.clone() }));
            }
        });
        Self { address, connections, heads }
    }

    /// Answers every request of every connection with these bytes.
    pub(super) async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::run(move |_, mut peer| {
            let bytes = bytes.clone();
            async move {
                while peer.request().await.is_some() {
                    peer.say(&bytes).await;
                }
            }
        })
        .await
    }

    pub(super) fn account(&self) -> Account {
        let auth = Auth::Headers(vec![("x-key".into(), CANARY.into())]);
        fast(Account::new("a", format!("http://{}", self.address), auth).allowing_private())
    }

    pub(super) fn count(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(super) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// The far side of one connection.
pub(super) struct Peer {
    pub(super) stream: TcpStream,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Reads a request with its body; `None` when there is no more.
    pub(super) async fn request(&mut self) -> Option<String> {
        let mut text = Vec::new();
        loop {
            let mut part = [0; 4096];
            let read = self.stream.read(&mut part).await.ok()?;
            if read == 0 {
                return None;
            }
            text.extend_from_slice(&part[..read]);
            let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
            let head = String::from_utf8(text[..end].to_vec()).unwrap();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if text.len() >= end + 4 + length {
                let whole = String::from_utf8(text).unwrap();
                self.heads.lock().unwrap().push(whole.clone());
                return Some(whole);
            }
        }
    }

    pub(super) async fn say(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// Closes with a reset instead of an end.
    #[allow(deprecated)]
    pub(super) fn reset(self) {
        self.stream.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    }
}

pub(super) fn fast(mut account: Account) -> Account {
    account.budget.per_second = Ratio::whole(1_000);
    account
}

pub(super) fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub(super) fn transport(account: Account) -> HttpTransport {
    HttpTransport::new([account], Arc::new(MemoryBudget::default()), HttpSettings::default()).unwrap()
}

pub(super) fn once(path: &str) -> Request {
    Request {
        name: "n".into(),
        account: "a".into(),
        method: "POST".into(),
        path: path.into(),
        body: b"{}".to_vec(),
        repeat: Repeat::Once,
        ..Request::default()
    }
}

pub(super) fn get(path: &str) -> Request {
    Request { method: "GET".into(), body: Vec::new(), repeat: Repeat::Idempotent, ..once(path) }
}

pub(super) const WITHIN_MS: u64 = 5_000;

/// Prepares and sends; what failed while preparing is `not-sent`, as the host answers it.
pub(super) async fn ask(transport: &HttpTransport, request: &Request, within_ms: u64) -> Answer {
    match transport.prepare(request, within_ms).await {
        Ok(ready) => ready.send(within_ms).await,
        Err(why) => Answer::NotSent(why),
    }
}

pub(super) async fn asked(server: &Server, request: &Request) -> Answer {
    ask(&transport(server.account()), request, WITHIN_MS).await
}

pub(super) fn response(answer: Answer) -> Response {
    match answer {
        Answer::Response(response) => response,
        other => panic!("{other:?}"),
    }
}

pub(super) fn unknown(answer: Answer) -> String {
    match answer {
        Answer::Unknown(why) => why,
        other => panic!("{other:?}"),
    }
}

pub(super) fn not_sent(answer: Answer) -> String {
    match answer {
        Answer::NotSent(why) => why,
        other => panic!("{other:?}"),
    }
}
