//! Sockets: accepts, hands requests to the world, and resets or hangs when the world says so.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Shared, control, now_ms};
use crate::{FarEnd, Outcome, Request, Response};

/// How often late effects are looked for while no request comes.
const TICK: Duration = Duration::from_millis(50);

pub(super) async fn accept(
    listener: TcpListener,
    far_end: FarEnd,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = tick.tick() => shared.with_world(|world| world.tick(now_ms())),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, far_end, Arc::clone(&shared)));
                }
            }
        }
    }
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, far_end: FarEnd, shared: Arc<Shared>) {
    // Without this an answer in two writes waits 40 ms for an acknowledgement. Failing costs only time.
    let _ = stream.set_nodelay(true);
    let broken = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Breakable { stream, broken: Arc::clone(&broken) });
    let service = service_fn(move |request| {
        let (shared, broken) = (Arc::clone(&shared), Arc::clone(&broken));
        async move { answer(request, far_end, &shared, &broken).await }
    });
    // An error here is a client that went away or a reset that was asked for.
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(io, service).await;
}

/// The connection is to be broken instead of answered.
#[derive(Debug, thiserror::Error)]
#[error("connection reset on purpose")]
struct Broken;

async fn answer(
    request: hyper::Request<Incoming>,
    far_end: FarEnd,
    shared: &Shared,
    broken: &AtomicBool,
) -> Result<hyper::Response<Full<Bytes>>, Broken> {
    let request = read(request).await.map_err(|_| Broken)?;
    if let Some(response) = control::answer(&request, shared) {
        return Ok(write(response));
    }
    let (outcome, latency_ms) = shared.with_world(|world| {
        let latency_ms = world.settings.latency.of(far_end);
        (world.handle(now_ms(), far_end, &request), latency_ms)
    });
    tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    match outcome {
        Outcome::Answer(response) => Ok(write(response)),
        Outcome::AnswerLate { after_ms, response } => {
            tokio::time::sleep(Duration::from_millis(after_ms)).await;
            Ok(write(response))
        }
        // A request that is here cannot be refused any more: a broken connection is the nearest thing.
        Outcome::Reset | Outcome::Refused => {
            broken.store(true, Ordering::Relaxed);
            Err(Broken)
        }
        Outcome::Hang => match std::future::pending::<Infallible>().await {},
    }
}

async fn read(request: hyper::Request<Incoming>) -> Result<Request, hyper::Error> {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter();
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.collect().await?.to_bytes().to_vec(),
    })
}

fn write(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    // Only a header or status outside of HTTP could fail, and then the body still says what was meant.
    builder.body(Full::from(response.body.clone())).unwrap_or_else(|_| hyper::Response::new(Full::from(response.body)))
}

/// A socket that is reset instead of closed when it was marked as broken.
struct Breakable {
    stream: TcpStream,
    broken: Arc<AtomicBool>,
}

impl Drop for Breakable {
    fn drop(&mut self) {
        if self.broken.load(Ordering::Relaxed) {
            // Closing with no time to linger sends a reset.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Breakable {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Breakable {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
