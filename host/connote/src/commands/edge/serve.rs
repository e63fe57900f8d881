//! Serves a deployment until it is told to stop.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use connote_components::edge;
use connote_edge::webhooks::JOBS_URL;
use connote_edge_host::{EdgeComponent, EdgeError, EdgeHost, EdgeSettings, SqliteFile, Store};
use serde_json::json;
use tokio::net::TcpListener;

use super::Edge;
use super::demo::{CART, Demo, TOKEN};
use super::deployment::Deployment;
use super::variables::{Values, environment};
use crate::failure::{Code, Failure};
use crate::output::{BOLD, DIM, Screen};
use crate::table::{Cell, Table};

/// The store that the components use.
const STORE: &str = "default";

/// What rates are kept in: some 20,000 answers of Starshipit. They are good for an hour, so nothing is lost with them.
const CACHE_BYTES: usize = 64 << 20;

/// Instances for webhooks, of 128 in all: while hundreds of orders are announced at once, buyers still find room.
const FOR_WEBHOOKS: u32 = 48;

/// Instances for sweeps of each kind. One takes all that is there; a second one helps when the first is held up.
const FOR_SWEEPS: u32 = 4;

/// Whose rate requests are understood.
const PLATFORMS: [&str; 6] = ["shopify", "woocommerce", "bigcommerce", "saleor", "magento", "connote"];

/// What carries kept events out, by its part of `/sweep`.
const JOBS: [(&str, edge::EdgeFile); 3] =
    [("orders", edge::JOBS_ORDERS), ("shop-orders", edge::JOBS_SHOP_ORDERS), ("tracking", edge::JOBS_TRACKING)];

/// Serves until SIGINT or SIGTERM.
pub(super) async fn serve(
    command: &Edge,
    deployment: &Deployment,
    values: &Values,
    demo: Option<&Demo>,
    screen: &Screen,
) -> Result<Code, Failure> {
    for (name, places) in values.missing(deployment) {
        screen.warn(&format!("the variable {name} ({}) is not set: export {}=…", places.join(", "), environment(name)));
    }
    let listener = TcpListener::bind(&command.listen).await.map_err(|error| {
        Failure::unavailable(format!("{} cannot be listened on: {error}", command.listen))
            .fix("another port with --listen 127.0.0.1:PORT, or 0 for any free one")
    })?;
    let address = listener.local_addr().map_err(|error| Failure::unavailable(error.to_string()))?;
    let base = format!("http://{}", reachable(address));
    let host = host(command, deployment, values, &base, demo.is_some(), screen)?;
    let stopped = super::super::stop().map_err(|error| Failure::unavailable(error.to_string()))?;
    if screen.json {
        screen.print(&format!("{}\n", as_json(&base, deployment)));
    } else {
        screen.print(&as_text(&base, deployment, demo, screen.width));
    }
    screen.note("Ctrl-C stops");
    host.serve(listener, stopped).await;
    Ok(Code::Done)
}

/// How this machine reaches what listens here: an address that stands for all of them is none to call.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        address.set_ip(if address.is_ipv4() { loopback[0] } else { loopback[1] });
    }
    address
}

/// Checks and compiles all before a connection is taken. `base` is where the components find each other.
fn host(
    command: &Edge,
    deployment: &Deployment,
    values: &Values,
    base: &str,
    is_demo: bool,
    screen: &Screen,
) -> Result<EdgeHost, Failure> {
    let rates = EdgeComponent::new("rates", edge::RATES.bytes)
        .route("/")
        .route("/rates/...")
        .store(STORE, Store::memory(CACHE_BYTES))
        .joining();
    let mut components = vec![rates];
    if deployment.has_events() {
        let store = if is_demo { Store::memory(CACHE_BYTES) } else { state(&command.state)? };
        let webhooks = EdgeComponent::new("webhooks", edge::WEBHOOKS.bytes).at_most(FOR_WEBHOOKS);
        components.push(webhooks.route("/webhooks/...").route("/sweep").store(STORE, store.clone()));
        if deployment.runs_here {
            for (part, file) in JOBS {
                let jobs = EdgeComponent::new(file.name, file.bytes).at_most(FOR_SWEEPS);
                components.push(jobs.route(format!("/sweep/{part}")).store(STORE, store.clone()));
            }
        }
    }
    for component in &mut components {
        component.variables = values.visible(deployment);
        component.allowed_outbound_hosts = deployment.hosts.iter().chain(&command.allow).cloned().collect();
        if component.name == "webhooks" {
            component.variables.entry(JOBS_URL.to_owned()).or_insert_with(|| base.to_owned());
            component.allowed_outbound_hosts.push(base.to_owned());
        }
    }
    let cache_dir = crate::exports::engine().cache_dir;
    let host = EdgeHost::new(EdgeSettings { cache_dir, ..EdgeSettings::new(components) })?;
    if let Some(warning) = host.cache_warning() {
        screen.warn(&format!("each start takes seconds: {warning}"));
    }
    Ok(host)
}

fn state(path: &Path) -> Result<Store, Failure> {
    if path.as_os_str() == "memory" {
        return Ok(Store::memory(CACHE_BYTES));
    }
    Ok(SqliteFile::open(path)?.store(STORE))
}

impl From<EdgeError> for Failure {
    fn from(error: EdgeError) -> Self {
        match error {
            EdgeError::Engine { .. } | EdgeError::Store { .. } => Self::unavailable(error.to_string()),
            _ => Self::usage(error.to_string()),
        }
    }
}

fn as_json(base: &str, deployment: &Deployment) -> serde_json::Value {
    let connections = deployment.connections.iter().map(|connection| {
        let rates: Vec<String> = match connection.rates {
            true => PLATFORMS.iter().map(|platform| format!("{base}/rates/{}/{platform}", connection.name)).collect(),
            false => Vec::new(),
        };
        let webhooks: Vec<String> = connection.webhooks().map(|path| format!("{base}{path}")).collect();
        (connection.name.clone(), json!({ "rates": rates, "webhooks": webhooks }))
    });
    let connections: serde_json::Map<_, _> = connections.collect();
    json!({ "base_url": base, "connections": connections })
}

fn as_text(base: &str, deployment: &Deployment, demo: Option<&Demo>, width: usize) -> String {
    let mut table = Table::new(&[]).indent(2);
    for connection in &deployment.connections {
        let mut name = Some(connection.name.as_str());
        let mut row = |what: &str, url: String| {
            table.row([
                Cell::from(name.take().unwrap_or_default()).styled(BOLD),
                Cell::from(what).styled(DIM),
                Cell::from(url),
            ]);
        };
        if connection.rates {
            row("rates", format!("{base}/rates/{}/PLATFORM", connection.name));
        }
        connection.webhooks().for_each(|path| row("webhooks", format!("{base}{path}")));
    }
    let mut text = format!("listening on {base}\n{}", table.render(width));
    if deployment.connections.iter().any(|connection| connection.rates) {
        text += &format!("  PLATFORM is one of {}\n", PLATFORMS.join(", "));
        let opened = if demo.is_some() { format!("#connection=demo&token={TOKEN}&go=1") } else { String::new() };
        text += &format!("\nTry rates    {base}/{opened}\n");
    }
    if let Some(demo) = demo {
        text += &format!(
            "  or         curl {base}/rates/demo/connote -H 'authorization: Bearer {TOKEN}' -d '{CART}'\n\
             Starshipit   {}/_sandbox/state shows what it was asked\n",
            demo.starshipit_url()
        );
    }
    text
}
