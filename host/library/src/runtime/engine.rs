//! The engine and its clock.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use wasmtime::{Config, Enabled, Engine, EngineWeak, PoolingAllocationConfig};

use super::cache::Cache;
use super::call::Component;
use super::contract::causes;
use super::error::LoadError;
use super::limits::{Gate, State};
use super::settings::RuntimeSettings;

/// How often running components look whether their time is over. Deadlines are late by this at most; a hundred wake-ups a second do not show.
const TICK: Duration = Duration::from_millis(10);

/// What stays resident of an instance's memory for the next one: the stack, data and first heap of our components. A call with a document of
/// 2 kB, mapping apart, then takes 12 µs of processor time; 24 with nothing kept, 39 with memory mapped for each call.
const KEEP_RESIDENT: usize = 256 << 10;

/// Room for the engine's own bookkeeping of one instance: a component in Python needs 300 kB.
const INSTANCE_BYTES: usize = 1 << 20;

/// Loads components. Cheap to clone; the components it has loaded outlive it.
#[derive(Clone)]
pub struct Runtime(Arc<Shared>);

/// What a runtime and its components have in common.
pub(super) struct Shared {
    pub(super) engine: Engine,
    pub(super) settings: RuntimeSettings,
    pub(super) gate: Gate,
    pub(super) cache: Cache,
}

impl Runtime {
    /// Starts an engine with these limits.
    ///
    /// # Errors
    /// [`LoadError::Engine`]: the machine cannot reserve the address space that the limits ask for, or start a thread.
    pub fn new(settings: &RuntimeSettings) -> Result<Self, LoadError> {
        let engine = Engine::new(config(settings).allocation_strategy(pool(settings)))
            // Address space can be scarce (`ulimit -v`). Memory mapped for each call needs little of it, and takes twice the time.
            .or_else(|_| Engine::new(&config(settings)))
            .map_err(|error| LoadError::Engine { reason: causes(&error) })?;
        tick(engine.weak()).map_err(|error| LoadError::Engine { reason: error.to_string() })?;
        Ok(Self(Arc::new(Shared {
            gate: Gate::new(settings.concurrency),
            cache: Cache::open(settings.cache_dir.as_deref(), &engine),
            settings: settings.clone(),
            engine,
        })))
    }

    /// Loads a component: compiles it, or takes the compiled code from the cache; checks it against the contract; and starts it once, so
    /// that one which cannot start is refused now.
    ///
    /// # Errors
    /// Every [`LoadError`] but `Engine`. `name` is how errors call the component.
    pub fn load(&self, name: &str, bytes: &[u8]) -> Result<Component, LoadError> {
        self.load_within_limits(name, bytes, None)
    }

    /// The same for a component whose digest the caller knows from a source that it trusts, as a release publishes it: SHA-256 of the file, in lower-case
    /// hexadecimal. Code that the cache has under this digest is taken without looking at the bytes, which saves most of the time that loading takes.
    ///
    /// # Errors
    /// As [`load`](Self::load), and [`LoadError::Digest`] when the bytes have to be compiled and are others.
    pub fn load_known(&self, name: &str, digest: &str, bytes: &[u8]) -> Result<Component, LoadError> {
        match self.0.cache.get(&self.0.engine, digest) {
            Some(code) => Component::load(&self.0, name, digest.to_owned(), bytes.len(), &code, true),
            None => self.load_within_limits(name, bytes, Some(digest)),
        }
    }

    fn load_within_limits(&self, name: &str, bytes: &[u8], wanted: Option<&str>) -> Result<Component, LoadError> {
        let Shared { engine, settings, cache, .. } = &*self.0;
        let component = name.to_owned();
        let limit = settings.component_bytes;
        if bytes.len() > limit {
            return Err(LoadError::TooLarge { component, bytes: bytes.len(), limit });
        }
        let digest = hex(&Sha256::digest(bytes));
        if let Some(wanted) = wanted.filter(|wanted| *wanted != digest) {
            return Err(LoadError::Digest { component, wanted: wanted.to_owned(), found: digest });
        }
        let cached = cache.get(engine, &digest);
        let is_cached = cached.is_some();
        let code = cached.map_or_else(|| cache.compile(engine, &digest, bytes), Ok);
        let code = code.map_err(|error| LoadError::Invalid { component, reason: causes(&error) })?;
        Component::load(&self.0, name, digest, bytes.len(), &code, is_cached)
    }

    /// Why the cache is not used, when it was asked for and is not.
    #[must_use]
    pub fn cache_warning(&self) -> Option<&str> {
        self.0.cache.warning()
    }
}

impl Shared {
    /// An empty store with its limits and its deadline.
    pub(super) fn store(&self) -> wasmtime::Store<State> {
        let mut store = wasmtime::Store::new(&self.engine, State::new(&self.settings));
        store.limiter(|state| state);
        self.renew(&mut store);
        store
    }

    /// Gives the next call its whole time and the whole size of an answer.
    pub(super) fn renew(&self, store: &mut wasmtime::Store<State>) {
        store.set_hostcall_fuel(self.settings.result_bytes);
        store.set_epoch_deadline(ticks(self.settings.call_ms));
    }
}

/// Ticks after which at least this time is over: the first one can come at once.
fn ticks(ms: u64) -> u64 {
    let tick = u64::try_from(TICK.as_millis()).unwrap_or(u64::MAX);
    ms.div_ceil(tick).saturating_add(1)
}

fn config(settings: &RuntimeSettings) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .concurrency_support(false)
        .max_wasm_stack(settings.stack_bytes)
        // Numbers of functions in a file without names tell nobody anything.
        .wasm_backtrace_max_frames(None)
        // The same result on every machine, and nothing that no toolchain for components needs.
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false);
    config
}

fn pool(settings: &RuntimeSettings) -> PoolingAllocationConfig {
    let all = |each: u32| each.saturating_mul(settings.concurrency.max(1));
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(all(1))
        .total_core_instances(all(settings.core_instances))
        .total_memories(all(settings.memories))
        .total_tables(all(settings.tables))
        .max_core_instances_per_component(settings.core_instances)
        .max_memories_per_component(settings.memories)
        .max_tables_per_component(settings.tables)
        .max_component_instance_size(INSTANCE_BYTES)
        .max_core_instance_size(INSTANCE_BYTES)
        .max_memory_size(settings.memory_bytes)
        .table_elements(settings.table_elements)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        // Faster by a third, but a page that was swapped out keeps the bytes of the instance before (wasmtime pull request 14357, open).
        .pagemap_scan(Enabled::No);
    pool
}

/// Moves the engine's clock until the engine is gone. A thread of its own: a clock in an async runtime stands still when its threads are busy,
/// which is when it is needed.
fn tick(engine: EngineWeak) -> std::io::Result<()> {
    std::thread::Builder::new().name("connote-clock".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}

/// Bytes as lower-case hexadecimal text.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
