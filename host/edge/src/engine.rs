//! The engine and its clock.

use std::time::Duration;

use wasmtime::{Config, Enabled, Engine, EngineWeak, PoolingAllocationConfig};

use crate::EdgeError;
use crate::limits::EdgeLimits;

/// How often a computing guest makes room for others, and looks whether its time is over. A hundred wake-ups a second do not show.
const TICK: Duration = Duration::from_millis(10);

/// Core modules of one component: ours have one and the shims that WASI needs. Whoever embeds this host may bring one that is composed of several; of three
/// it has some twelve.
const CORE_INSTANCES: u32 = 64;

/// Linear memories of one component: ours have one, one that is composed has one for each part.
const MEMORIES: u32 = 8;

/// Each core module of a component may have one.
const TABLES: u32 = 64;

/// Elements of one table: our components have some hundreds, an interpreter 10,000.
pub(crate) const TABLE_ELEMENTS: usize = 20_000;

/// Bytes of call stack for wasm. JSON nested 128 deep, where parsers stop, takes a tenth of it.
const WASM_STACK: usize = 512 << 10;

/// Bytes of a whole stack: that of wasm, and that of the host functions it calls.
const WHOLE_STACK: usize = 1 << 20;

/// What stays resident of an instance's memory for the next one: stack, data and first heap of an edge component.
const KEEP_RESIDENT: usize = 256 << 10;

/// Room for the engine's own bookkeeping of one instance: a component in Python needs 300 kB.
const INSTANCE_BYTES: usize = 1 << 20;

/// Starts an engine and its clock.
pub(crate) fn start(limits: &EdgeLimits) -> Result<Engine, EdgeError> {
    let engine = Engine::new(config().allocation_strategy(pool(limits)))
        // Address space can be scarce (`ulimit -v`). Memory mapped for each request needs little of it, and takes more time.
        .or_else(|_| Engine::new(&config()))
        .map_err(|error| EdgeError::Engine { reason: causes(&error) })?;
    tick(engine.weak()).map_err(|error| EdgeError::Engine { reason: error.to_string() })?;
    Ok(engine)
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .concurrency_support(false)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(WHOLE_STACK)
        .wasm_backtrace_max_frames(None)
        .wasm_relaxed_simd(false)
        // Several memories in one module stay allowed: what wasmtime itself puts between the parts of a composed component has them, and it
        // panics without.
        .wasm_memory64(false);
    config
}

fn pool(limits: &EdgeLimits) -> PoolingAllocationConfig {
    let all = |each: u32| each.saturating_mul(limits.instances.max(1));
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(all(1))
        .total_stacks(all(1))
        .total_core_instances(all(CORE_INSTANCES))
        .total_memories(all(MEMORIES))
        .total_tables(all(TABLES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .max_memories_per_component(MEMORIES)
        .max_tables_per_component(TABLES)
        .max_component_instance_size(INSTANCE_BYTES)
        .max_core_instance_size(INSTANCE_BYTES)
        .max_memory_size(limits.memory_bytes)
        .table_elements(TABLE_ELEMENTS)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(if swaps() { Enabled::No } else { Enabled::Auto });
    pool
}

/// Whether this machine swaps, or does not say. Where it does not, the kernel is asked which pages of an instance were written, and only those are
/// cleared: giving memory back and mapping it again takes two thirds of an empty request. A page that was swapped out would keep the bytes of the
/// request before (wasmtime pull request 14357, open).
fn swaps() -> bool {
    // The first line names the columns.
    std::fs::read_to_string("/proc/swaps").map_or(true, |swaps| swaps.lines().count() > 1)
}

/// Moves the engine's clock until the engine is gone. A thread of its own: a clock in an async runtime stands still when its threads are busy,
/// which is when it is needed.
fn tick(engine: EngineWeak) -> std::io::Result<()> {
    std::thread::Builder::new().name("edge-clock".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    })?;
    Ok(())
}

/// An error with its causes, on one line.
pub(crate) fn causes(error: &wasmtime::Error) -> String {
    error.chain().map(|cause| cause.to_string()).collect::<Vec<_>>().join(": ")
}

/// Bytes as lower-case hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
