//! What can go wrong between host and component. None of it is a problem of the domain: those come out of a call as its result.

use super::contract::Export;

/// Why a component cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The engine does not start. The machine or the settings must change.
    #[error("the WebAssembly engine does not start: {reason}")]
    Engine {
        /// In the engine's words.
        reason: String,
    },
    /// The file is larger than [`component_bytes`](super::RuntimeSettings::component_bytes).
    #[error("the component \"{component}\" has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// The name it was to be loaded under.
        component: String,
        /// What it has.
        bytes: usize,
        /// What it may have.
        limit: usize,
    },
    /// The file is not the one whose digest was asked for.
    #[error("the component \"{component}\" is another file than was asked for: its SHA-256 is {found}, not {wanted}")]
    Digest {
        /// The name it was to be loaded under.
        component: String,
        /// What was asked for.
        wanted: String,
        /// What the file has.
        found: String,
    },
    /// The file is no component, or uses a feature of WebAssembly that is off.
    #[error("\"{component}\" is not a WebAssembly component this host runs: {reason}")]
    Invalid {
        /// The name it was to be loaded under.
        component: String,
        /// In the engine's words.
        reason: String,
    },
    /// A component, but not for this version of the contract in `wit/`.
    #[error("the component \"{component}\" does not fit this host: {reason}")]
    Incompatible {
        /// The name it was to be loaded under.
        component: String,
        /// What is missing or differs, by name.
        reason: String,
    },
    /// It cannot even be started within the limits.
    #[error("the component \"{component}\" does not start: {reason}")]
    Broken {
        /// The name it was to be loaded under.
        component: String,
        /// The limit it broke, or the trap.
        reason: String,
    },
}

/// Why a call gave no result. The component is wrong, hostile, or larger than the settings allow; the same call ends the same way, a deadline on a
/// busy machine excepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The component does not export this function.
    #[error("the component \"{component}\" does not export {export}")]
    Missing {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
    },
    /// The Rust types of the call are not those of the function. The caller is wrong, not the component.
    #[error("{export} of the component \"{component}\" has other types: {reason}")]
    Types {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// Where they differ.
        reason: String,
    },
    /// It broke off by itself: a panic, a division by zero, an access outside its memory, a result that is none.
    #[error("{export} of the component \"{component}\" trapped: {reason}")]
    Trapped {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// In the engine's words, with what the component wrote to stderr.
        reason: String,
    },
    /// It used an import. Components get data and nothing else.
    #[error("{export} of the component \"{component}\" called {import}, which this host does not give")]
    Import {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// `interface#function`.
        import: String,
    },
    /// It did not answer in time.
    #[error("{export} of the component \"{component}\" was stopped after {ms} ms")]
    Deadline {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// [`call_ms`](super::RuntimeSettings::call_ms).
        ms: u64,
    },
    /// It asked for more memory, or a larger table, than it may have.
    #[error("{export} of the component \"{component}\" needs more memory than the {bytes} bytes it may have")]
    Memory {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// [`memory_bytes`](super::RuntimeSettings::memory_bytes).
        bytes: usize,
    },
    /// It called itself too deeply.
    #[error("{export} of the component \"{component}\" needs more than the {bytes} bytes of stack it may have")]
    Stack {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// [`stack_bytes`](super::RuntimeSettings::stack_bytes).
        bytes: usize,
    },
    /// Its result is larger than the host takes.
    #[error("the result of {export} of the component \"{component}\" is larger than {bytes} bytes")]
    TooLarge {
        /// The component's name.
        component: String,
        /// What was called.
        export: Export,
        /// [`result_bytes`](super::RuntimeSettings::result_bytes).
        bytes: usize,
    },
}
