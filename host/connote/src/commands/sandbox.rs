//! `connote sandbox`: serves the simulators.

use clap::Args;
use connote_sandbox::{Ports, World, credentials};
use serde_json::json;

use crate::failure::{Code, Failure};
use crate::output::{BOLD, DIM, Screen};
use crate::table::{Cell, Table};

const LONG: &str = "\
Serves simulators of Starshipit, Trackstar and CartonCloud on this machine: real HTTP servers that keep state, check every request, enforce \
the documented limits, count every label that would be charged, make PDF labels, and can be told to fail. Nothing leaves the machine.

Accounts of a config reach them with base_url and allow_private = true.

Example:
    connote sandbox --starshipit-port 8701 --trackstar-port 8702 --cartoncloud-port 8703";

/// Serve simulators of Starshipit, Trackstar and CartonCloud on this machine
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Sandbox {
    /// Port of Starshipit; 0 takes any
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    starshipit_port: u16,
    /// Port of Trackstar; 0 takes any
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    trackstar_port: u16,
    /// Port of CartonCloud; 0 takes any
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    cartoncloud_port: u16,
    /// Without the demonstration orders
    #[arg(long)]
    empty: bool,
}

impl Sandbox {
    pub(super) fn run(self, screen: &Screen) -> Result<Code, Failure> {
        super::runtime()?.block_on(self.serve(screen))
    }

    async fn serve(self, screen: &Screen) -> Result<Code, Failure> {
        let world = if self.empty { World::empty() } else { World::demo() };
        let ports = Ports {
            starshipit: self.starshipit_port,
            trackstar: self.trackstar_port,
            cartoncloud: self.cartoncloud_port,
        };
        let sandbox = connote_sandbox::serve(ports, world).await.map_err(cannot_start)?;
        if screen.json {
            screen.print_json(&as_json(&sandbox));
        } else {
            screen.print(&as_text(&sandbox, screen.width));
        }
        screen.note("Ctrl-C stops");
        let waited = tokio::signal::ctrl_c().await;
        sandbox.shutdown().await;
        waited.map(|()| Code::Done).map_err(|error| Failure::unavailable(error.to_string()))
    }
}

fn cannot_start(error: connote_sandbox::Error) -> Failure {
    let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
    Failure::unavailable(format!("{error}{cause}")).fix("another port, or 0 for any free one")
}

/// Each key with the name that a config gives it.
fn keys() -> [(&'static str, Vec<(&'static str, &'static str)>); 3] {
    use credentials::{
        CARTONCLOUD_CLIENT_ID, CARTONCLOUD_CLIENT_SECRET, CARTONCLOUD_TENANT, STARSHIPIT_API_KEY,
        STARSHIPIT_SUBSCRIPTION_KEY, TRACKSTAR_ACCESS_TOKEN, TRACKSTAR_API_KEY,
    };
    [
        ("starshipit", vec![("api_key", STARSHIPIT_API_KEY), ("subscription_key", STARSHIPIT_SUBSCRIPTION_KEY)]),
        ("trackstar", vec![("api_key", TRACKSTAR_API_KEY), ("access_token", TRACKSTAR_ACCESS_TOKEN)]),
        (
            "cartoncloud",
            vec![
                ("client_id", CARTONCLOUD_CLIENT_ID),
                ("client_secret", CARTONCLOUD_CLIENT_SECRET),
                ("tenant", CARTONCLOUD_TENANT),
            ],
        ),
    ]
}

fn url<'a>(sandbox: &'a connote_sandbox::Sandbox, name: &str) -> &'a str {
    match name {
        "starshipit" => &sandbox.starshipit_url,
        "trackstar" => &sandbox.trackstar_url,
        _ => &sandbox.cartoncloud_url,
    }
}

fn as_json(sandbox: &connote_sandbox::Sandbox) -> serde_json::Value {
    let servers = keys().into_iter().map(|(name, keys)| {
        let keys: serde_json::Map<_, _> = keys.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        (name.to_owned(), json!({ "base_url": url(sandbox, name), "keys": keys }))
    });
    let servers: serde_json::Map<_, _> = servers.collect();
    json!({ "servers": servers, "state": "/_sandbox/state", "faults": "/_sandbox/faults", "reset": "/_sandbox/reset" })
}

fn as_text(sandbox: &connote_sandbox::Sandbox, width: usize) -> String {
    let mut table = Table::new(&[]).indent(2);
    for (name, keys) in keys() {
        table.row([Cell::from(name).styled(BOLD), Cell::from("base_url").styled(DIM), Cell::from(url(sandbox, name))]);
        for (key, value) in keys {
            table.row([Cell::from(""), Cell::from(key).styled(DIM), Cell::from(value)]);
        }
    }
    let url = &sandbox.starshipit_url;
    format!(
        "Simulators on this machine; these keys open nothing else\n{}\n\
         What they hold     curl {url}/_sandbox/state\n\
         Back to the start  curl -X POST {url}/_sandbox/reset\n\
         A fault            curl -X POST {url}/_sandbox/faults -d '{FAULT}'\n\
         \x20                  books the courier, charges the label, and never answers: run `connote ship`, stop it, run it again\n",
        table.render(width)
    )
}

const FAULT: &str =
    r#"{"far-end":"starshipit","method":"POST","path-contains":"/api/orders/shipment","kind":"act-then-hang"}"#;
