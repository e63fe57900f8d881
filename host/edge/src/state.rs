//! The data of one instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Result};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use crate::engine::TABLE_ELEMENTS;
use crate::limits::EdgeLimits;
use crate::log::{Lines, Voice};
use crate::outbound::{Outbound, Sent};
use crate::store::Store;

/// Bytes of all headers of one message, in a guest's hands and on their way to it. Our far ends send one or two kilobytes.
const FIELDS_BYTES: usize = 64 << 10;

/// Random bytes that a guest may ask for at once. It needs some tens.
const RANDOM_BYTES: u64 = 64 << 10;

/// What a component was given.
pub(crate) struct Grants {
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) stores: BTreeMap<String, Store>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) voice: Arc<Voice>,
}

/// The data of one store.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) grants: Arc<Grants>,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    memory_left: usize,
}

/// Growth beyond the limit. It ends the instance at once, so that the log says why.
#[derive(Debug, thiserror::Error)]
#[error("more memory than allowed")]
struct OverMemory;

impl State {
    pub(crate) fn new(grants: &Arc<Grants>, limits: &EdgeLimits) -> Self {
        let lines = Arc::new(Lines::new(grants.voice.clone()));
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(FIELDS_BYTES);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        // No arguments, environment, folders or sockets: a builder gives nothing by itself.
        let mut wasi = WasiCtx::builder();
        wasi.stdout(Spoken(lines.clone())).stderr(Spoken(lines)).max_random_size(RANDOM_BYTES);
        Self {
            table,
            grants: grants.clone(),
            wasi: wasi.build(),
            http,
            hooks: Hooks(grants.outbound.clone()),
            memory_left: limits.memory_bytes,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        let more = desired.saturating_sub(current);
        self.memory_left = self.memory_left.checked_sub(more).ok_or(OverMemory)?;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        Ok(desired <= TABLE_ELEMENTS && maximum.is_none_or(|maximum| desired <= maximum))
    }
}

struct Hooks(Arc<Outbound>);

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        Box::new(self.0.clone().send(request, options))
    }
}

/// Standard output and standard error of a guest.
#[derive(Clone)]
struct Spoken(Arc<Lines>);

/// How much a guest may write at once.
const SPOKEN_BYTES: usize = 8 << 10;

impl IsTerminal for Spoken {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Spoken {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        // Only WASI 0.3 asks for it.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for Spoken {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.take(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(SPOKEN_BYTES)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Spoken {
    async fn ready(&mut self) {}
}
