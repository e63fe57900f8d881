//! Posts the webhooks that are due, each on a connection of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Shared, now_ms};
use crate::Delivery;

/// How often the outbox is looked into.
const TICK: Duration = Duration::from_millis(50);
/// Svix gives a receiver so long to answer. No other figure is public.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// So many are under way at once: a receiver that hangs holds up neither the others nor this machine.
const MOST_UNDER_WAY: usize = 16;

pub(super) async fn post(shared: Arc<Shared>, mut stopped: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            Some(_) = under_way.join_next() => {}
            _ = tick.tick() => {
                let room = MOST_UNDER_WAY.saturating_sub(under_way.len());
                for delivery in shared.with_world(|world| world.take_deliveries(now_ms(), room)) {
                    under_way.spawn(deliver(delivery, Arc::clone(&shared)));
                }
            }
        }
    }
    under_way.shutdown().await;
}

/// Host and port of an address that can be posted to.
pub(super) fn receiver(url: &str) -> Option<(String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let host = uri.host().filter(|host| !host.is_empty() && uri.scheme_str() == Some("http"))?;
    Some((host.trim_matches(['[', ']']).to_owned(), uri.port_u16().unwrap_or(80)))
}

async fn deliver(delivery: Delivery, shared: Arc<Shared>) {
    let id = delivery.id;
    let status = tokio::time::timeout(ANSWER_WITHIN, exchange(delivery)).await.ok().flatten();
    shared.with_world(|world| world.delivered(now_ms(), id, status));
}

/// The status of the answer; its body is of no interest.
async fn exchange(delivery: Delivery) -> Option<u16> {
    let (host, port) = receiver(&delivery.url)?;
    let stream = TcpStream::connect((host.as_str(), port)).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = request(&delivery)?;
    let asked = async move { sender.send_request(request).await.ok().map(|answer| answer.status().as_u16()) };
    let (status, _) = tokio::join!(asked, connection);
    status
}

fn request(delivery: &Delivery) -> Option<Request<Full<Bytes>>> {
    let uri: Uri = delivery.url.parse().ok()?;
    let sent = delivery.request();
    let host = uri.authority()?.as_str().rsplit('@').next()?;
    let mut builder = Request::builder().method("POST").uri(&sent.path).header("Host", host);
    for (name, value) in &sent.headers {
        builder = builder.header(name, value);
    }
    builder.body(Full::from(sent.body)).ok()
}
