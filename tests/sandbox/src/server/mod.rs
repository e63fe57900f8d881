//! The far ends as HTTP servers on this machine.

mod connection;
mod control;
mod webhooks;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{FarEnd, World};

/// Ports on 127.0.0.1; 0 takes any free port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Of Starshipit.
    pub starshipit: u16,
    /// Of Trackstar.
    pub trackstar: u16,
    /// Of CartonCloud.
    pub cartoncloud: u16,
}

/// Why the servers could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port is taken or not allowed.
    #[error("cannot listen on port {port} for {}", far_end.name())]
    Listen {
        /// Whose port.
        far_end: FarEnd,
        /// Which port.
        port: u16,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Webhooks cannot be posted there.
    #[error("webhooks of {} cannot be posted to `{url}`: not http:// and a host", far_end.name())]
    Receiver {
        /// Whose webhooks.
        far_end: FarEnd,
        /// Where to.
        url: String,
    },
}

/// Running servers. Dropping this stops them.
#[derive(Debug)]
pub struct Sandbox {
    /// Base URL of Starshipit, without a slash at the end.
    pub starshipit_url: String,
    /// Base URL of Trackstar.
    pub trackstar_url: String,
    /// Base URL of CartonCloud.
    pub cartoncloud_url: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    servers: JoinSet<()>,
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Arc<Mutex<World>>,
    /// What a reset goes back to.
    initial: World,
}

/// Starts the far ends on 127.0.0.1 with what `world` holds, and posts the webhooks that `world` is subscribed to. Each
/// server also answers `GET /_sandbox/state`, `POST /_sandbox/faults` (one [`Fault`](crate::Fault) or a list of them),
/// `POST /_sandbox/webhook-faults` (the same of [`DeliveryFault`](crate::DeliveryFault)), `POST /_sandbox/tracking`
/// (`{"order-number":"SO-1001","status":"InTransit"}`, or `order-id` of Starshipit), and `POST /_sandbox/reset`.
///
/// # Errors
///
/// A port cannot be had, or a receiver of webhooks is not an `http` URL.
pub async fn serve(ports: Ports, world: World) -> Result<Sandbox, Error> {
    if let Some(held) = world.subscriptions().find(|held| webhooks::receiver(&held.url).is_none()) {
        return Err(Error::Receiver { far_end: held.far_end, url: held.url.clone() });
    }
    let shared = Arc::new(Shared { initial: world.clone(), world: Arc::new(Mutex::new(world)) });
    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    let mut urls = Vec::new();
    for (far_end, port) in [
        (FarEnd::Starshipit, ports.starshipit),
        (FarEnd::Trackstar, ports.trackstar),
        (FarEnd::CartonCloud, ports.cartoncloud),
    ] {
        let fault = |source| Error::Listen { far_end, port, source };
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(fault)?;
        urls.push(format!("http://{}", listener.local_addr().map_err(fault)?));
        servers.spawn(connection::accept(listener, far_end, Arc::clone(&shared), stopped.clone()));
    }
    servers.spawn(webhooks::post(Arc::clone(&shared), stopped));
    let mut urls = urls.into_iter();
    let mut url = || urls.next().unwrap_or_default();
    Ok(Sandbox { starshipit_url: url(), trackstar_url: url(), cartoncloud_url: url(), shared, stop, servers })
}

impl Sandbox {
    /// Base URL of a far end, without a slash at the end.
    pub fn url(&self, far_end: FarEnd) -> &str {
        match far_end {
            FarEnd::Starshipit => &self.starshipit_url,
            FarEnd::Trackstar => &self.trackstar_url,
            FarEnd::CartonCloud => &self.cartoncloud_url,
        }
    }

    /// What the far ends hold, shared with the servers: keep the lock short.
    pub fn world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.shared.world)
    }

    /// Stops the servers, breaks open connections and waits until the ports are free.
    pub async fn shutdown(mut self) {
        // No receiver means that every server has ended already.
        let _ = self.stop.send(true);
        while self.servers.join_next().await.is_some() {}
    }
}

impl Shared {
    /// Works on the world. A panic of another holder does not spoil it: each call leaves it whole.
    pub(crate) fn with_world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        work(&mut world)
    }

    pub(crate) fn reset(&self) {
        self.with_world(|world| world.reset_to(&self.initial));
    }
}

pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
