//! What a component may use. Every figure can be set; every default says why it is what it is.

use std::path::PathBuf;

/// Limits and places of a [`Runtime`](super::Runtime).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeSettings {
    /// Bytes of a component's file.
    pub component_bytes: usize,
    /// Bytes of linear memory of one instance.
    pub memory_bytes: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Core modules that one component may be made of.
    pub core_instances: u32,
    /// Linear memories in one component.
    pub memories: u32,
    /// Tables in one component.
    pub tables: u32,
    /// Bytes of call stack, taken from the thread that calls.
    pub stack_bytes: usize,
    /// Milliseconds for one call, instantiation included.
    pub call_ms: u64,
    /// Bytes that one result may take on the host.
    pub result_bytes: usize,
    /// Instances at one time. A call beyond waits for its turn.
    pub concurrency: u32,
    /// Where compiled code is kept; `None` compiles at every start. The directory is created private (0700) and is used only while it belongs to
    /// this user and nobody else can write or read it: loading compiled code is trusting it.
    pub cache_dir: Option<PathBuf>,
}

/// A component written in JavaScript or Python carries its interpreter, 8 to 35 MB; ours have a quarter of one.
const COMPONENT_BYTES: usize = 64 << 20;

/// A history of 16 MiB comes in as bytes, is parsed, its labels decoded, and goes out again: four copies, and an allocator that doubles. What is
/// not touched costs nothing.
const MEMORY_BYTES: usize = 128 << 20;

/// Our components have 200 elements, an interpreter 10,000.
const TABLE_ELEMENTS: usize = 20_000;

/// Ours have one, a WASI build three or four, Python with its shared libraries some twenty.
const CORE_INSTANCES: u32 = 32;

/// Ours have one, as every known toolchain makes them; one that its maker composed has one for each part.
const MEMORIES: u32 = 4;

/// Each core module of a component may have one.
const TABLES: u32 = 32;

/// A quarter of the smallest stack that a thread usually has (2 MiB). JSON nested 128 deep, where our parser stops, takes a tenth of it.
const STACK_BYTES: usize = 512 << 10;

/// Mapping 1,000 lines takes a millisecond and reading a history of 16 MiB some hundred; a machine under load can be ten times slower. Far below
/// the time for which an order's lease is held.
const CALL_MS: u64 = 5_000;

/// Twice the largest history: a step can carry all labels of a job and their requests, and text is counted with its bookkeeping.
const RESULT_BYTES: usize = 32 << 20;

/// With the memory of each: 2 GiB if all were hostile. Calls compute and never wait, so more than there are cores gains nothing.
const CONCURRENCY: u32 = 16;

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self {
            component_bytes: COMPONENT_BYTES,
            memory_bytes: MEMORY_BYTES,
            table_elements: TABLE_ELEMENTS,
            core_instances: CORE_INSTANCES,
            memories: MEMORIES,
            tables: TABLES,
            stack_bytes: STACK_BYTES,
            call_ms: CALL_MS,
            result_bytes: RESULT_BYTES,
            concurrency: CONCURRENCY,
            cache_dir: None,
        }
    }
}
