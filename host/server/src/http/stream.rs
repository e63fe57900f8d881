//! The feed as a stream of server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use connote_feed::store::Filter;
use http_body_util::channel::{Channel, Sender};
use tokio::sync::watch;
use tokio::time::Instant;

use super::ApiState;
use super::auth::Caller;
use super::feed::page;
use super::problem::{Kind, Problem};

/// Streams at once. Each costs a task, a connection and at most one chunk of events.
pub(super) const MOST_STREAMS: usize = 64;

/// Events that are read in one go for one reader: some hundred kilobytes, as long as the reader takes for them.
const TOGETHER: u32 = 20;

/// How often a stream says that it is there: proxies cut what is silent for half a minute. It is then also seen whether another process has told events,
/// and whether the token is still good. News do not put it off: a token that was revoked must not go on reading because there is much to read.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How long a reader may take nothing before it counts as gone.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);

/// What a stream begins with: readers come back after three seconds.
const HELLO: &str = "retry: 3000\n\n";

/// Why a stream has come to its end; its reader comes back and is told what it has to know.
struct Over;

struct Reader {
    state: ApiState,
    headers: HeaderMap,
    filter: Filter,
    cursor: u64,
    to: Sender<Bytes, Infallible>,
    head: watch::Receiver<u64>,
    over: watch::Receiver<bool>,
    /// When the token is looked at next.
    check_at: Instant,
}

/// A stream of what comes after an event.
///
/// # Errors
/// 410 when some of it is no longer kept, 503 when there are too many streams.
pub(super) async fn answer(
    state: ApiState,
    headers: HeaderMap,
    filter: Filter,
    after: u64,
) -> Result<Response, Problem> {
    let busy = |_| Problem::new(Kind::Unavailable, format!("there are {MOST_STREAMS} streams already")).retry_after(30);
    let place = state.streams.clone().try_acquire_owned().map_err(busy)?;
    page(&state, filter.clone(), after, 0).await??;
    let head = state.engine.feed_head().ok_or_else(|| Problem::new(Kind::Off, "the order feed is switched off"))?;
    let (to, body) = Channel::new(1);
    let over = state.engine.over();
    let mut reader =
        Reader { state, headers, filter, cursor: after, to, head, over, check_at: Instant::now() + KEEP_ALIVE };
    tokio::spawn(async move {
        let _place = place;
        let mut over = reader.over.clone();
        tokio::select! {
            _ = reader.tell() => {}
            _ = over.wait_for(|over| *over) => {}
        }
    });
    // Proxies pass it on as it comes.
    let kind = [(CONTENT_TYPE, "text/event-stream"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((kind, Body::new(body)).into_response())
}

impl Reader {
    async fn tell(&mut self) -> Result<(), Over> {
        self.say(Bytes::from_static(HELLO.as_bytes())).await?;
        loop {
            self.check().await?;
            self.head.borrow_and_update();
            if self.tell_some().await? {
                continue;
            }
            tokio::select! {
                changed = self.head.changed() => changed.map_err(|_| Over)?,
                () = tokio::time::sleep_until(self.check_at) => {}
            }
        }
    }

    /// Looks at the token and says that the stream is there, when that is due.
    async fn check(&mut self) -> Result<(), Over> {
        if Instant::now() < self.check_at {
            return Ok(());
        }
        Caller::of(&self.state, &self.headers).await.map_err(|_| Over)?;
        self.say(Bytes::from_static(b":\n\n")).await?;
        self.check_at = Instant::now() + KEEP_ALIVE;
        Ok(())
    }

    /// Tells some of what there is, and whether there may be more.
    async fn tell_some(&mut self) -> Result<bool, Over> {
        let read = page(&self.state, self.filter.clone(), self.cursor, TOGETHER).await;
        let (last, events) = read.map_err(|_| Over)?.map_err(|_| Over)?;
        if events.is_empty() {
            self.cursor = last.max(self.cursor);
            return Ok(false);
        }
        for event in &events {
            self.check().await?;
            self.say(event.frame().map_err(|_| Over)?.into()).await?;
            self.cursor = event.seq;
        }
        Ok(true)
    }

    async fn say(&mut self, bytes: Bytes) -> Result<(), Over> {
        let said = tokio::time::timeout(TAKEN_WITHIN, self.to.send_data(bytes)).await;
        said.map_err(|_| Over)?.map_err(|_| Over)
    }
}
