//! `connote sandbox`: serves the simulators.

use clap::Args;
use connote_sandbox::{FarEnd, Ports, Subscription, World, credentials};
use serde_json::json;

use crate::failure::{Code, Failure};
use crate::output::{BOLD, DIM, Screen};
use crate::table::{Cell, Table};

const LONG: &str = "\
Serves simulators of Starshipit, Trackstar and CartonCloud on this machine: real HTTP servers that keep state, check every request, enforce \
the documented limits, count every label that would be charged, make PDF labels, send signed webhooks, and can be told to fail. Nothing leaves the machine but \
what --webhooks posts.

Accounts of a config reach them with base_url and allow_private = true.

With --webhooks they tell what happens, each as the real service does:
  starshipit   tracking of printed orders, the echo of our own print included; signed by hex
               HMAC-SHA256 of the raw body in X-Starshipit-Signature; sent once, as far as known
  trackstar    order.created, order.updated, order.shipment.created; Standard Webhooks in svix-id,
               svix-timestamp, svix-signature; sent again until a 2xx answers: after 5 s, 5 min,
               30 min, 2 h, 5 h, 10 h, 10 h
  cartoncloud  the bare order or document; unsigned, only the secret in the address proves the
               sender; sent once, as far as known
The state page lists the receivers, and each delivery with its answers. To have one twice, late, out
of order, forged or never: /_sandbox/webhook-faults.

Examples:
    connote sandbox --starshipit-port 8701 --trackstar-port 8702 --cartoncloud-port 8703
    connote sandbox --webhooks http://localhost:3000/hooks --tracking-step 10";

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
    /// Post signed webhooks to URL/starshipit, URL/trackstar and URL/cartoncloud
    ///
    /// NAME=URL posts those of one far end to exactly this address, for example
    /// trackstar=http://localhost:3000/svix; give it once for each. Only http:// is spoken. The secrets to
    /// check signatures with are shown at the start.
    #[arg(long, value_name = "URL|NAME=URL", value_parser = receivers)]
    webhooks: Vec<Receivers>,
    /// Move the tracking of each printed order on by itself, one status after so many seconds, up to
    /// Delivered; 0 leaves it to /_sandbox/tracking
    #[arg(long, default_value_t = 0, value_name = "SECONDS")]
    tracking_step: u64,
    /// Without the demonstration orders
    #[arg(long)]
    empty: bool,
}

impl Sandbox {
    pub(super) fn run(self, screen: &Screen) -> Result<Code, Failure> {
        super::runtime()?.block_on(self.serve(screen))
    }

    async fn serve(self, screen: &Screen) -> Result<Code, Failure> {
        let mut world = if self.empty { World::empty() } else { World::demo() };
        world.settings.starshipit_tracking_step_ms = self.tracking_step.saturating_mul(1_000);
        for (far_end, url) in self.webhooks.iter().flat_map(|receivers| &receivers.0) {
            world.subscribe(Subscription::new(*far_end, url));
        }
        let receivers: Vec<Subscription> = world.subscriptions().cloned().collect();
        let ports = Ports {
            starshipit: self.starshipit_port,
            trackstar: self.trackstar_port,
            cartoncloud: self.cartoncloud_port,
        };
        let sandbox = connote_sandbox::serve(ports, world).await.map_err(cannot_start)?;
        if screen.json {
            screen.print_json(&as_json(&sandbox, &receivers));
        } else {
            screen.print(&as_text(&sandbox, &receivers, screen.width));
        }
        screen.note("Ctrl-C stops");
        let waited = tokio::signal::ctrl_c().await;
        sandbox.shutdown().await;
        waited.map(|()| Code::Done).map_err(|error| Failure::unavailable(error.to_string()))
    }
}

/// Where the webhooks of some far ends go.
#[derive(Clone, Debug)]
struct Receivers(Vec<(FarEnd, String)>);

fn receivers(value: &str) -> Result<Receivers, String> {
    let named = value.split_once('=').filter(|(name, _)| !name.contains(['/', ':']));
    let Some((name, url)) = named else {
        let base = value.trim_end_matches('/');
        let each = FarEnd::ALL.map(|far_end| (far_end, format!("{base}/{}", far_end.name())));
        return Ok(Receivers(each.to_vec()));
    };
    let known = FarEnd::ALL.into_iter().find(|far_end| far_end.name() == name);
    let far_end = known.ok_or_else(|| format!("there is no `{name}`: starshipit, trackstar or cartoncloud"))?;
    Ok(Receivers(vec![(far_end, url.to_owned())]))
}

fn cannot_start(error: connote_sandbox::Error) -> Failure {
    if let connote_sandbox::Error::Receiver { .. } = error {
        return Failure::usage(error.to_string()).fix("for example --webhooks http://localhost:3000/hooks");
    }
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

/// What a receiver checks signatures with.
fn webhook_secret(name: &str) -> &'static str {
    match name {
        "starshipit" => credentials::STARSHIPIT_WEBHOOK_SECRET,
        "trackstar" => credentials::TRACKSTAR_WEBHOOK_SECRET,
        _ => credentials::CARTONCLOUD_WEBHOOK_SECRET,
    }
}

fn receivers_of<'a>(receivers: &'a [Subscription], name: &str) -> impl Iterator<Item = &'a str> {
    receivers.iter().filter(move |held| held.far_end.name() == name).map(|held| held.url.as_str())
}

fn as_json(sandbox: &connote_sandbox::Sandbox, receivers: &[Subscription]) -> serde_json::Value {
    let servers = keys().into_iter().map(|(name, keys)| {
        let keys: serde_json::Map<_, _> = keys.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        let mut server = json!({ "base_url": url(sandbox, name), "keys": keys });
        let urls: Vec<&str> = receivers_of(receivers, name).collect();
        if let (Some(server), false) = (server.as_object_mut(), urls.is_empty()) {
            server.insert("webhooks".to_owned(), json!({ "urls": urls, "secret": webhook_secret(name) }));
        }
        (name.to_owned(), server)
    });
    let servers: serde_json::Map<_, _> = servers.collect();
    json!({ "servers": servers, "state": "/_sandbox/state", "faults": "/_sandbox/faults", "reset": "/_sandbox/reset",
        "webhook-faults": "/_sandbox/webhook-faults", "tracking": "/_sandbox/tracking" })
}

fn as_text(sandbox: &connote_sandbox::Sandbox, receivers: &[Subscription], width: usize) -> String {
    let mut table = Table::new(&[]).indent(2);
    for (name, keys) in keys() {
        table.row([Cell::from(name).styled(BOLD), Cell::from("base_url").styled(DIM), Cell::from(url(sandbox, name))]);
        for (key, value) in keys {
            table.row([Cell::from(""), Cell::from(key).styled(DIM), Cell::from(value)]);
        }
        for (place, url) in receivers_of(receivers, name).enumerate() {
            if place == 0 {
                let secret = webhook_secret(name);
                table.row([Cell::from(""), Cell::from("webhook_secret").styled(DIM), Cell::from(secret)]);
            }
            table.row([Cell::from(""), Cell::from("webhooks to").styled(DIM), Cell::from(url)]);
        }
    }
    let url = &sandbox.starshipit_url;
    let mut text = format!(
        "Simulators on this machine; these keys open nothing else\n{}\n\
         What they hold     curl {url}/_sandbox/state\n\
         Back to the start  curl -X POST {url}/_sandbox/reset\n\
         A fault            curl -X POST {url}/_sandbox/faults -d '{FAULT}'\n\
         \x20                  books the courier, charges the label, and never answers: run `connote ship`, stop it, run it again\n",
        table.render(width)
    );
    if !receivers.is_empty() {
        text += &format!(
            "Tracking goes on   curl -X POST {url}/_sandbox/tracking -d '{TRACKING}'\n\
             \x20                  moves a printed order; the webhook tells it (or let it go on by itself: --tracking-step)\n\
             A webhook fault    curl -X POST {url}/_sandbox/webhook-faults -d '{WEBHOOK_FAULT}'\n\
             \x20                  comes twice; others: drop, behind-next, late-ms, bad-signature, replay-after-ms, without, truncate\n"
        );
    }
    text
}

const FAULT: &str =
    r#"{"far-end":"starshipit","method":"POST","path-contains":"/api/orders/shipment","kind":"act-then-hang"}"#;
const TRACKING: &str = r#"{"order-number":"SO-1001","status":"InTransit"}"#;
const WEBHOOK_FAULT: &str = r#"{"far-end":"starshipit","body-contains":"InTransit","kind":"duplicate"}"#;
