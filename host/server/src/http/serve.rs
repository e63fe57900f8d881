//! Listens, within limits that a stranger cannot use up.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How long the headers of a request may take to come, and how long a connection may stay open without one.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);

/// Connections at once. One costs some kilobytes, and a body in it at most [`LARGEST_BODY`](super::LARGEST_BODY).
const MOST_CONNECTIONS: usize = 1_024;

/// How long answers that are under way have when the server is to stop: that of one answer, and something for its way.
const ENDED_WITHIN: Duration = Duration::from_secs(35);

/// How long nothing is accepted after the system gave no connection, for want of file descriptors.
const REST: Duration = Duration::from_millis(100);

/// Answers what comes on a listener until `stop`, then what is under way.
///
/// # Errors
/// None today; a listener that fails now and then is asked again.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> io::Result<()> {
    let mut stop = pin!(stop);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (stream, place) = tokio::select! {
            (accepted, place) = accepted => match accepted {
                Ok((stream, _)) => (stream, place),
                Err(error) => {
                    tracing::warn!("no connection could be accepted: {error}");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        // Small answers go at once.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            let _place = place;
            // Whoever is on the other side is gone or speaks no HTTP.
            let _ = connection.await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(ENDED_WITHIN, graceful.shutdown()).await;
    Ok(())
}
