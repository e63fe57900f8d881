//! Bodies whose beginning was read before anyone asked for them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use wasmtime_wasi_http::Error;

/// What was read of a body.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub(crate) bytes: BytesMut,
    /// Whether that was all. Trailers are dropped.
    pub(crate) ended: bool,
}

/// Reads a body up to its end or until so many bytes are there. What was read stays in `start` when this is cancelled.
pub(crate) async fn gather<B>(body: &mut B, start: &mut Start, until: usize) -> Result<(), B::Error>
where
    B: Body<Data = Bytes> + Unpin,
{
    while start.bytes.len() < until {
        match body.frame().await {
            None => {
                start.ended = true;
                return Ok(());
            }
            Some(frame) => {
                if let Ok(data) = frame?.into_data() {
                    start.bytes.extend_from_slice(&data);
                }
            }
        }
    }
    Ok(())
}

/// A body with what was read of it put back.
pub(crate) struct Whole<B> {
    start: Option<Bytes>,
    rest: Option<B>,
    end: End,
}

/// What is looked at when a body goes on and ends.
pub(crate) enum End {
    /// Nothing.
    Open,
    /// Bytes that are left, and whom to tell that there were more.
    Capped(u64, Arc<AtomicBool>),
    /// An end is an end only while the one who wrote it has not failed.
    Unless(Arc<AtomicBool>),
}

impl<B> Whole<B> {
    pub(crate) fn new(start: Start, rest: B, end: End) -> Self {
        let rest = (!start.ended).then_some(rest);
        let start = Some(start.bytes.freeze()).filter(|bytes| !bytes.is_empty());
        Self { start, rest, end }
    }
}

impl<B> Body for Whole<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Error>,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        if let Some(start) = this.start.take() {
            return Poll::Ready(this.end.counted(Frame::data(start)));
        }
        let Some(rest) = &mut this.rest else { return Poll::Ready(this.end.reached()) };
        let frame = ready!(Pin::new(rest).poll_frame(cx));
        Poll::Ready(match frame {
            Some(Ok(frame)) => this.end.counted(frame),
            Some(Err(error)) => Some(Err(error.into())),
            None => {
                this.rest = None;
                this.end.reached()
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.start.is_none() && self.rest.is_none() && !matches!(self.end, End::Unless(_))
    }

    fn size_hint(&self) -> SizeHint {
        let read = u64::try_from(self.start.as_ref().map_or(0, Bytes::len)).unwrap_or(u64::MAX);
        let rest = self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let mut whole = SizeHint::new();
        whole.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            whole.set_upper(upper);
        }
        whole
    }
}

impl End {
    fn counted(&mut self, frame: Frame<Bytes>) -> Option<Result<Frame<Bytes>, Error>> {
        let Self::Capped(left, over) = self else { return Some(Ok(frame)) };
        let length = u64::try_from(frame.data_ref().map_or(0, Bytes::len)).unwrap_or(u64::MAX);
        match left.checked_sub(length) {
            Some(less) => {
                *left = less;
                Some(Ok(frame))
            }
            None => {
                over.store(true, Ordering::Release);
                Some(Err(Error::HttpRequestBodySize(None)))
            }
        }
    }

    fn reached(&self) -> Option<Result<Frame<Bytes>, Error>> {
        let Self::Unless(failed) = self else { return None };
        failed.load(Ordering::Acquire).then_some(Err(Error::HttpResponseIncomplete))
    }
}
