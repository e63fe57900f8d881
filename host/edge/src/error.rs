//! Why a host does not start.

/// What is wrong with the settings, a component or the machine. Everything that can be found is found by [`EdgeHost::new`](crate::EdgeHost::new),
/// before a port is opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EdgeError {
    /// The machine cannot reserve the address space that the limits ask for, or start a thread.
    #[error("the engine does not start: {reason}")]
    Engine {
        /// Why.
        reason: String,
    },
    /// A component's file is larger than allowed.
    #[error("the component \"{component}\" has {bytes} bytes, more than the {limit} that are allowed")]
    TooLarge {
        /// Which one.
        component: String,
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A component's file is no component, imports something that this host does not offer, or does not export `wasi:http/incoming-handler` 0.2.
    #[error("the component \"{component}\" cannot be loaded: {reason}")]
    Component {
        /// Which one.
        component: String,
        /// Why, with the name of a missing import or export.
        reason: String,
    },
    /// A route or an allowed host is malformed.
    #[error("{0}")]
    Setting(String),
    /// Two components want one route.
    #[error("the route {route} belongs to \"{first}\" and to \"{second}\"")]
    Route {
        /// The route.
        route: String,
        /// Who has it.
        first: String,
        /// Who wants it.
        second: String,
    },
    /// The file of a key-value store cannot be used.
    #[error("{path}: {reason}")]
    Store {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
}
