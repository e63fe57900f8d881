//! The body of an answer: ends when the far end is silent for too long, and gives its connection back when it is whole.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep};
use wasmtime_wasi_http::Error;

use super::{Connection, Destination, Outbound};

/// A body on its connection.
pub(crate) struct Answered {
    body: Incoming,
    connection: Option<Connection>,
    home: Option<(Arc<Outbound>, Destination)>,
    between: Duration,
    silence: Pin<Box<Sleep>>,
}

impl Answered {
    pub(crate) fn new(
        body: Incoming,
        connection: Connection,
        home: (Arc<Outbound>, Destination),
        between: Duration,
    ) -> Self {
        let mut answered =
            Self { body, connection: Some(connection), home: Some(home), between, silence: Box::pin(sleep(between)) };
        if answered.body.is_end_stream() {
            answered.over();
        }
        answered
    }

    /// Nothing more comes: the connection may carry another request.
    fn over(&mut self) {
        if let (Some((outbound, to)), Some(connection)) = (self.home.take(), self.connection.take()) {
            outbound.idle.keep(to, connection);
        }
    }
}

impl Body for Answered {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(cx) {
            Poll::Ready(None) => {
                this.over();
                Poll::Ready(None)
            }
            Poll::Ready(Some(Ok(frame))) => {
                this.silence.as_mut().reset(Instant::now() + this.between);
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Pending => this.silence.as_mut().poll(cx).map(|()| Some(Err(Error::ConnectionReadTimeout))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
