//! A small host for components that export `wasi:http/incoming-handler` 0.2, with what Spin offers them: variables (`wasi:config`), key-value
//! stores (`wasi:keyvalue`), and requests to allowed hosts. A component that runs here runs in Spin, and the reverse, as long as it asks for no more.
//!
//! A request gets an instance of its own, which ends with it. What a guest may use is in [`EdgeLimits`]; what it may reach is in its
//! [`EdgeComponent`], and nothing else is there: no environment, no folder, no socket. A guest that loops makes room for others at each tick and is
//! ended when its time is over; one that answers and works on is let finish within it, whether the client is still there or not.
//!
//! ```no_run
//! use connote_edge_host::{EdgeComponent, EdgeHost, EdgeSettings, Store};
//!
//! # async fn serve(wasm: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//! let component = EdgeComponent::new("rates", wasm)
//!     .route("/rates/...")
//!     .variable("connections", "{}")
//!     .allow("https://api.starshipit.com")
//!     .store("default", Store::memory(16 << 20));
//! let host = EdgeHost::new(EdgeSettings::new([component]))?;
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! println!("http://{}", listener.local_addr()?);
//! host.serve(listener, std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

mod body;
// What is private on disk, and which compiled code may be trusted, is decided in one place for both hosts.
#[path = "../../library/src/runtime/cache.rs"]
mod cache;
mod capabilities;
mod engine;
mod error;
mod guest;
mod host;
mod limits;
mod log;
mod outbound;
mod route;
mod server;
mod settings;
mod state;
mod store;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use wasmtime::Engine;
use wasmtime::component::Component;

pub use error::EdgeError;
pub use limits::EdgeLimits;
pub use log::Log;
pub use outbound::AllowedHost;
pub use settings::{EdgeComponent, EdgeSettings};
pub use store::{SqliteFile, Store, StoreError};

use cache::Cache;
use engine::{causes, hex};
use guest::Guest;
use host::Shared;
use log::Voice;
use outbound::{Dialer, Outbound};
use route::Route;
use state::Grants;

/// Serves components. Needs a tokio runtime with I/O and time.
pub struct EdgeHost {
    shared: Arc<Shared>,
    cache_warning: Option<String>,
}

impl EdgeHost {
    /// Compiles the components, or takes their code from the cache, and checks all that they ask for. Takes seconds when there is no cache.
    ///
    /// # Errors
    /// Every [`EdgeError`] but `Store`.
    pub fn new(settings: EdgeSettings) -> Result<Self, EdgeError> {
        let EdgeSettings { components, limits, cache_dir, log } = settings;
        let engine = engine::start(&limits)?;
        let loader = Loader {
            linker: guest::linker(&engine).map_err(|error| EdgeError::Engine { reason: causes(&error) })?,
            cache: Cache::open(cache_dir.as_deref(), &engine),
            dialer: Arc::new(Dialer::new()?),
            limits: Arc::new(limits),
            engine,
            log,
        };
        let mut routes: Vec<(Route, String, Arc<Guest>)> = Vec::new();
        for component in components {
            let name = component.name.clone();
            let own = component
                .routes
                .iter()
                .map(|route| route.parse().map_err(EdgeError::Setting))
                .collect::<Result<Vec<Route>, _>>()?;
            let guest = loader.load(component)?;
            for route in own {
                if let Some((_, first, _)) = routes.iter().find(|(taken, ..)| *taken == route) {
                    return Err(EdgeError::Route { route: route.to_string(), first: first.clone(), second: name });
                }
                routes.push((route, name.clone(), guest.clone()));
            }
        }
        routes.sort_by_key(|(route, ..)| std::cmp::Reverse(route.weight()));
        let shared = Shared {
            routes: routes.into_iter().map(|(route, _, guest)| (route, guest)).collect(),
            instances: Arc::new(guest::places(loader.limits.instances)),
            limits: loader.limits,
            log: loader.log,
        };
        Ok(Self { shared: Arc::new(shared), cache_warning: loader.cache.warning().map(str::to_owned) })
    }

    /// Why compiled code is not kept, when it was asked for and is not.
    #[must_use]
    pub fn cache_warning(&self) -> Option<&str> {
        self.cache_warning.as_deref()
    }

    /// Answers requests until `shutdown` comes; then accepts no more, lets what is in flight end within its time, and returns.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        server::serve(self.shared.clone(), listener, shutdown).await;
    }
}

/// What is needed to load components.
struct Loader {
    engine: Engine,
    linker: wasmtime::component::Linker<state::State>,
    cache: Cache,
    dialer: Arc<Dialer>,
    limits: Arc<EdgeLimits>,
    log: Log,
}

impl Loader {
    fn load(&self, component: EdgeComponent) -> Result<Arc<Guest>, EdgeError> {
        let code = self.code(&component.name, &component.wasm)?;
        let hosts = component.allowed_outbound_hosts.iter();
        let hosts =
            hosts.map(|host| host.parse().map_err(EdgeError::Setting)).collect::<Result<Vec<AllowedHost>, _>>()?;
        let grants = Grants {
            variables: component.variables,
            stores: component.stores,
            outbound: Arc::new(Outbound::new(hosts, self.dialer.clone(), component.join_outbound)),
            voice: Arc::new(Voice::new(component.name.as_str().into(), self.log.clone())),
        };
        let most = component.most_instances.unwrap_or(self.limits.instances);
        guest::link(&self.linker, &code, grants, &self.limits, most)
            .map_err(|error| EdgeError::Component { component: component.name, reason: causes(&error) })
    }

    fn code(&self, name: &str, wasm: &[u8]) -> Result<Component, EdgeError> {
        let limit = self.limits.component_bytes;
        if wasm.len() > limit {
            return Err(EdgeError::TooLarge { component: name.to_owned(), bytes: wasm.len(), limit });
        }
        let digest = hex(&Sha256::digest(wasm));
        let compiled = match self.cache.get(&self.engine, &digest) {
            Some(code) => Ok(code),
            None => self.cache.compile(&self.engine, &digest, wasm),
        };
        compiled.map_err(|error| EdgeError::Component { component: name.to_owned(), reason: causes(&error) })
    }
}
