//! What is served, and what each of it is given.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::limits::EdgeLimits;
use crate::log::Log;
use crate::store::Store;

/// Settings of an [`EdgeHost`](crate::EdgeHost).
#[derive(Debug)]
pub struct EdgeSettings {
    /// What is served.
    pub components: Vec<EdgeComponent>,
    /// What each request may use.
    pub limits: EdgeLimits,
    /// Where compiled code is kept; `None` compiles at every start, which takes seconds. The folder is created private (0700) and used only
    /// while it belongs to this user and nobody else can reach into it.
    pub cache_dir: Option<PathBuf>,
    /// Takes a line for each request that failed, and what guests say.
    pub log: Log,
}

impl EdgeSettings {
    /// These components, with default limits, without a cache, and standard error as the log.
    pub fn new(components: impl IntoIterator<Item = EdgeComponent>) -> Self {
        Self {
            components: components.into_iter().collect(),
            limits: EdgeLimits::default(),
            cache_dir: None,
            log: Log::default(),
        }
    }
}

/// A component, and all that it is given.
pub struct EdgeComponent {
    /// How the log and errors call it.
    pub name: String,
    /// The paths that it answers: `/hooks` for exactly this path, `/rates/...` for it and everything below. The exact and then the longer
    /// one wins.
    pub routes: Vec<String>,
    /// The component's file.
    pub wasm: Cow<'static, [u8]>,
    /// What `wasi:config/store` tells it; every other name is absent.
    pub variables: BTreeMap<String, String>,
    /// Where its requests may go, as [`AllowedHost`](crate::AllowedHost) reads it: `scheme://host[:port]`. Everything else is denied.
    pub allowed_outbound_hosts: Vec<String>,
    /// What `wasi:keyvalue/store` opens by each label; every other label is denied.
    pub stores: BTreeMap<String, Store>,
    /// Whether equal requests of this component that are in flight at one time leave once, and all get its answer. Only for a component whose
    /// requests may leave once or twice without a difference, as those for rates.
    pub join_outbound: bool,
    /// How many of [`EdgeLimits::instances`] it may hold at one time, so that others find some; `None`: all.
    pub most_instances: Option<u32>,
}

impl EdgeComponent {
    /// A component that is given nothing yet.
    pub fn new(name: impl Into<String>, wasm: impl Into<Cow<'static, [u8]>>) -> Self {
        Self {
            name: name.into(),
            routes: Vec::new(),
            wasm: wasm.into(),
            variables: BTreeMap::new(),
            allowed_outbound_hosts: Vec::new(),
            stores: BTreeMap::new(),
            join_outbound: false,
            most_instances: None,
        }
    }

    /// With a route.
    #[must_use]
    pub fn route(mut self, route: impl Into<String>) -> Self {
        self.routes.push(route.into());
        self
    }

    /// With a variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// With a host that it may call.
    #[must_use]
    pub fn allow(mut self, host: impl Into<String>) -> Self {
        self.allowed_outbound_hosts.push(host.into());
        self
    }

    /// With a key-value store.
    #[must_use]
    pub fn store(mut self, label: impl Into<String>, store: Store) -> Self {
        self.stores.insert(label.into(), store);
        self
    }

    /// With no more than so many instances at one time.
    #[must_use]
    pub fn at_most(mut self, instances: u32) -> Self {
        self.most_instances = Some(instances);
        self
    }

    /// With equal requests in flight joined.
    #[must_use]
    pub fn joining(mut self) -> Self {
        self.join_outbound = true;
        self
    }
}

/// Without the values of variables, which may be secrets, and without the file.
impl fmt::Debug for EdgeComponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EdgeComponent")
            .field("name", &self.name)
            .field("routes", &self.routes)
            .field("wasm", &self.wasm.len())
            .field("variables", &self.variables.keys())
            .field("allowed_outbound_hosts", &self.allowed_outbound_hosts)
            .field("stores", &self.stores.keys())
            .field("join_outbound", &self.join_outbound)
            .field("most_instances", &self.most_instances)
            .finish()
    }
}
