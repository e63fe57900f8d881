//! One request in one instance.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout_at};
use wasmtime::component::{Component, InstancePre};
use wasmtime::{Engine, Store, UpdateDeadline};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::{WasiBody, WasiHttpView as _};

use crate::body::Whole;
use crate::engine::causes;
use crate::limits::EdgeLimits;
use crate::state::{Grants, State};

/// A component, ready to be instantiated.
pub(crate) struct Guest {
    pre: ProxyPre<State>,
    grants: Arc<Grants>,
    limits: Arc<EdgeLimits>,
    /// Its own share of the instances.
    share: Arc<Semaphore>,
}

/// Room for one instance: in the component's share, and among all.
pub(crate) struct Place {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

/// The time of a request is over.
#[derive(Debug, thiserror::Error)]
#[error("its time was over")]
struct OverTime;

/// What comes of a guest.
pub(crate) struct Answering {
    /// Its answer, or nothing when it ended without one.
    pub(crate) answer: oneshot::Receiver<Result<Response<WasiBody>, ErrorCode>>,
    /// Set before the end of a body can be seen, when that end is none.
    pub(crate) failed: Arc<AtomicBool>,
}

/// A request on its way into an instance.
pub(crate) type Asked = Request<Whole<Incoming>>;

impl Guest {
    /// Checks the imports and exports of a component.
    pub(crate) fn new(
        pre: InstancePre<State>,
        grants: Arc<Grants>,
        limits: Arc<EdgeLimits>,
        most: u32,
    ) -> wasmtime::Result<Self> {
        Ok(Self { pre: ProxyPre::new(pre)?, grants, limits, share: Arc::new(places(most)) })
    }

    /// Waits for room. The share comes first: who waits for that keeps nobody else waiting.
    pub(crate) async fn place(&self, all: &Arc<Semaphore>) -> Result<Place, AcquireError> {
        let own = self.share.clone().acquire_owned().await?;
        Ok(Place { _own: own, _all: all.clone().acquire_owned().await? })
    }

    /// Writes a line about this guest.
    pub(crate) fn log(&self, text: &str) {
        self.grants.voice.host(text);
    }

    /// Starts a guest. It goes on without whoever asked: until it ends, or its time does.
    pub(crate) fn start(self: &Arc<Self>, request: Asked, until: Instant, place: Place) -> Answering {
        let (sender, answer) = oneshot::channel();
        let failed = Arc::new(AtomicBool::new(false));
        let told = failed.clone();
        let guest = self.clone();
        tokio::spawn(async move {
            guest.run(request, until, sender, &told).await;
            drop(place);
        });
        Answering { answer, failed }
    }

    async fn run(
        &self,
        request: Asked,
        until: Instant,
        sender: oneshot::Sender<Result<Response<WasiBody>, ErrorCode>>,
        failed: &AtomicBool,
    ) {
        let mut store = self.store(until);
        let answered = Arc::new(AtomicBool::new(false));
        let called = timeout_at(until, self.call(&mut store, request, sender, answered.clone())).await;
        let why = match called {
            Err(_) => Some(OverTime.to_string()),
            Ok(Err(error)) => Some(causes(&error)),
            Ok(Ok(())) if answered.load(Ordering::Acquire) => None,
            Ok(Ok(())) => Some("it gave no answer".to_owned()),
        };
        if let Some(why) = why {
            failed.store(true, Ordering::Release);
            self.log(&format!("the request failed: {why}"));
        }
        // Only now: this ends the body of the answer.
        drop(store);
    }

    fn store(&self, until: Instant) -> Store<State> {
        let mut store = Store::new(self.pre.engine(), State::new(&self.grants, &self.limits));
        store.limiter(|state| state);
        store.set_epoch_deadline(1);
        // Makes room for others at each tick. Tokio's own pause lets the runtime look at its sockets and clocks first.
        store.epoch_deadline_callback(move |_| {
            if Instant::now() >= until {
                return Err(OverTime.into());
            }
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(yield_now())))
        });
        store
    }

    async fn call(
        &self,
        store: &mut Store<State>,
        request: Asked,
        sender: oneshot::Sender<Result<Response<WasiBody>, ErrorCode>>,
        answered: Arc<AtomicBool>,
    ) -> wasmtime::Result<()> {
        let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
        let out = store.data_mut().http().new_response_outparam_from_callback(move |answer| {
            answered.store(true, Ordering::Release);
            // The client may be gone.
            let _ = sender.send(answer);
        })?;
        let proxy = self.pre.instantiate_async(&mut *store).await?;
        proxy.wasi_http_incoming_handler().call_handle(&mut *store, request, out).await
    }
}

/// Room for so many instances, and for one at least.
pub(crate) fn places(most: u32) -> Semaphore {
    Semaphore::new(usize::try_from(most.max(1)).map_or(Semaphore::MAX_PERMITS, |most| most.min(Semaphore::MAX_PERMITS)))
}

/// The linker that all components share.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<wasmtime::component::Linker<State>> {
    let mut linker = wasmtime::component::Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    crate::capabilities::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// Links a component.
pub(crate) fn link(
    linker: &wasmtime::component::Linker<State>,
    code: &Component,
    grants: Grants,
    limits: &Arc<EdgeLimits>,
    most: u32,
) -> wasmtime::Result<Arc<Guest>> {
    let pre = linker.instantiate_pre(code)?;
    Guest::new(pre, Arc::new(grants), limits.clone(), most).map(Arc::new)
}
