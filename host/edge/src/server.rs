//! The port: connections, and when they end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::host::Shared;

/// Bytes of one request's head, and of what is read at once.
const HEAD_BYTES: usize = 64 << 10;

/// After an error that is not of one connection, such as too many open files: accepting again at once would only spin.
const PAUSE: Duration = Duration::from_millis(50);

/// Beyond the time of a request, when the host stops: what ends at its deadline has then ended.
const GRACE: Duration = Duration::from_secs(1);

/// Accepts connections until `shutdown`, then lets what is in flight end.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let places = shared.limits.connections.max(1);
    let connections = Arc::new(Semaphore::new(usize::try_from(places).unwrap_or(Semaphore::MAX_PERMITS)));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = async {
            let place = connections.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (shared, stopping) = (shared.clone(), stopping.clone());
                tokio::spawn(async move {
                    connection(shared, stream, peer, stopping).await;
                    drop(place);
                });
            }
            Err(error) => {
                shared.log.line("", &format!("a connection could not be accepted: {error}"));
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let ended = async {
        let _ = connections.acquire_many(places).await;
        let _ = shared.instances.acquire_many(shared.limits.instances.max(1)).await;
    };
    if timeout(shared.limits.request + GRACE, ended).await.is_err() {
        shared.log.line("", "not all requests ended in their time; they are given up");
    }
}

/// An answer whose head and body leave apart would wait for the client's delayed acknowledgement: 40 ms.
fn hurry(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
}

async fn connection(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr, mut stopping: watch::Receiver<bool>) {
    hurry(&stream);
    let header = shared.limits.header;
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(shared.answer(request, peer).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_accepted_connection_does_not_wait_for_more_to_write() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        assert!(!stream.nodelay().unwrap());
        hurry(&stream);
        assert!(stream.nodelay().unwrap());
    }
}
