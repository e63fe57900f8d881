//! `connote serve`: ships by itself, with an API in front.

pub(super) mod alerts;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use connote_host::clock::SystemClock;
use connote_host::observe::Observer;
use connote_host::transport::HttpSettings;
use connote_host::transport::post::HttpPost;
use connote_server::alerts::Alerts;
use connote_server::console::{self, ConsoleState};
use connote_server::engine::{Engine, FeedSettings, POLL, Served, Webhooks};
use connote_server::http::ApiState;
use connote_server::store::Store;
use connote_server::trace::Log;
use secrecy::ExposeSecret as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::folders;
use super::ship::{Bench, Setup, Wanted, Watch, far_end, first_label};
use super::token::{broken, new as new_token};
use crate::cli::Global;
use crate::config::{Config, FeedEntry, ServerEntry, rates};
use crate::failure::{Code, Failure};
use crate::output::Screen;
use crate::telemetry::{Format, Telemetry};

const LONG: &str = "\
Ships by itself until it is stopped: reads the orders of every connection every few minutes, takes orders and events over its API and by webhook, books couriers, \
saves the label files, writes tracking back, and shows what needs a person. One program and one SQLite file; `connote ship` may run on the same \
database at the same time.

Each connection in the config may say:
    poll_minutes = 5                       0: only webhooks and the API bring orders
    printed_by = \"connote\"               \"starshipit\": orders are created there and staff print them; tracking still comes back
    manifest_at = [\"17:00\"]                when printed orders go on a manifest, in its time_zone
    webhooks.starshipit = [{ env = \"…\" }] who may tell of its orders, at POST /webhooks/CONNECTION/SOURCE
    [connections.NAME.rates]               what it offers a checkout

With a table [feed] in the config it also tells a WMS what happens to orders in Starshipit, whoever causes it, and can keep the stock itself.

An account buys its first label with `connote ship --limit 1`, so that somebody has looked at it before a server buys the others.

Examples:
    connote serve --sandbox                simulators, no keys, no config
    connote token new my-wms --scope read --scope write
    connote serve --listen 0.0.0.0:8484";

/// Ship by itself: triggers, an API and webhooks
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Serve {
    /// Start simulators of all far ends in this process and serve their orders; needs neither config nor keys
    #[arg(long, conflicts_with = "config")]
    sandbox: bool,
    /// Address and port [default: `server.listen` of the config, else 127.0.0.1:8484]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Only this connection; can be repeated
    #[arg(long, value_name = "NAME")]
    connection: Vec<String>,
    /// Folder of the label files [default: `labels` of the config, else labels; with --sandbox labels/sandbox]
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
    /// How log lines are written to standard error; CONNOTE_LOG says which (`warn`, `info,connote::http=off`)
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log: Format,
}

impl Serve {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        super::runtime()?.block_on(self.serve(global, screen))
    }

    async fn serve(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let config = if self.sandbox { None } else { Some(Config::load(global)?) };
        let server = config.as_ref().map(|config| config.server.clone()).unwrap_or_default();
        let telemetry = Telemetry::start(self.log, server.otlp.as_deref(), global.quiet)?;
        let mut observers: Vec<Arc<dyn Observer>> = vec![Arc::new(Log)];
        observers.extend(telemetry.exchanges().map(|spans| Arc::new(spans) as Arc<dyn Observer>));
        let (connections, labels) = (self.connection.clone(), self.labels.clone());
        let wanted = Wanted { connections, labels, dry_run: false, watch: Watch { observers } };
        let setup = Setup::of(config.as_ref(), &wanted, global).await?;
        let seen = far_end::check(&setup)?;
        seen.changed.iter().for_each(|changed| screen.warn(changed));
        check_first_labels(&setup)?;
        seen.keep(&setup)?;
        let listen = self.listen.clone().unwrap_or_else(|| server.listen.clone());
        let listener = TcpListener::bind(&listen).await.map_err(|error| {
            Failure::unavailable(format!("{listen} cannot be listened on: {error}"))
                .fix("another port with --listen 127.0.0.1:PORT, or 0 for any free one")
        })?;
        let store = Arc::new(Store::open(setup.journal.path()).map_err(broken)?);
        let served = served(&setup, config.as_ref())?;
        let desk = Arc::new(Bench::new(&setup)?);
        let engine =
            Engine::new(setup.host.clone(), setup.journal.clone(), store.clone(), desk, Arc::new(SystemClock), served)
                .with_figures(setup.figures.clone());
        let engine = Arc::new(match feed(&setup, config.as_ref()) {
            Some(feed) => {
                let post = HttpPost::new(HttpSettings::default(), feed.allow_private)?;
                engine.with_feed(feed, Arc::new(post))
            }
            None => engine,
        });
        let receivers = config.as_ref().map(alerts::receivers).transpose()?.unwrap_or_default();
        let alerts = Alerts { store: store.clone(), clock: Arc::new(SystemClock), receivers };
        let token = if self.sandbox {
            Some(new_token(&store, "sandbox", &["admin".to_owned()], Vec::new()).await?)
        } else {
            None
        };
        let address = listener.local_addr().map_err(|error| Failure::unavailable(error.to_string()))?;
        let token = token.as_ref().map(|token| token.expose_secret());
        let setup_token = console::setup_token(&store).await.map_err(Failure::unavailable)?;
        let base = format!("http://{address}");
        let first = setup_token.map(|token| format!("{base}/setup?token={}", token.expose_secret()));
        tell(screen, &base, &setup, token, first.as_deref());
        run(engine, listener, &server, &setup, alerts).await?;
        setup.close().await;
        telemetry.close().await;
        Ok(Code::Done)
    }
}

/// Somebody has to have looked at the first label of an account.
fn check_first_labels(setup: &Setup) -> Result<(), Failure> {
    for (name, buyer) in setup.accounts.iter().filter(|(_, buyer)| !buyer.simulated) {
        let prints = setup.connections.iter().any(|connection| {
            connection.starshipit_account == *name && connection.printed_by == connote_host::chain::PrintedBy::Connote
        });
        if prints && setup.journal.note(&first_label(name))?.is_none() {
            return Err(Failure::attention(format!(
                "the account \"{name}\" ({}) has not bought a label yet",
                buyer.url
            ))
            .fix("buy one with `connote ship --limit 1` and look at it; then start the server"));
        }
    }
    Ok(())
}

fn served(setup: &Setup, config: Option<&Config>) -> Result<Vec<Served>, Failure> {
    setup
        .connections
        .iter()
        .map(|connection| {
            let doors = config.and_then(|config| config.doors.get(&connection.name));
            let minutes = doors.and_then(|doors| doors.poll_minutes);
            let poll = minutes.map_or(POLL, |minutes| Duration::from_secs(minutes.saturating_mul(60)));
            let polls = !connection.source_account.is_empty() && !poll.is_zero();
            let secrets = config.map_or_else(|| Ok(Default::default()), |config| config.webhooks(&connection.name))?;
            let site = doors.map(|doors| doors.site.clone()).unwrap_or_default();
            let rates = match config {
                Some(_) => doors.and_then(|doors| doors.rates.clone()),
                None => Some(rates::sandbox()?),
            };
            Ok(Served {
                connection: connection.clone(),
                webhooks: Webhooks { secrets, site },
                poll: polls.then_some(poll),
                manifests: doors.and_then(|doors| doors.manifests.clone()),
                rates,
            })
        })
        .collect()
}

/// What the feed does; none without its table. That of a sandbox shows all there is.
fn feed(setup: &Setup, config: Option<&Config>) -> Option<FeedSettings> {
    let served = setup.connections.iter().map(|connection| connection.starshipit_account.as_str());
    let entry = config.map_or_else(|| Some(FeedEntry::sandbox()), |config| config.feed.clone())?;
    Some(FeedSettings {
        every: Duration::from_secs(entry.poll_minutes.saturating_mul(60)),
        accounts: entry.accounts(served),
        ledger: entry.ledger,
        retention_days: entry.retention_days,
        allow_private: entry.allow_private,
        modes: entry.modes,
    })
}

/// Serves until SIGINT or SIGTERM.
async fn run(
    engine: Arc<Engine>,
    listener: TcpListener,
    server: &ServerEntry,
    setup: &Setup,
    alerts: Alerts,
) -> Result<(), Failure> {
    let (stop, stopped) = watch::channel(false);
    let (working, store) = (engine.clone(), engine.clone());
    let until = stopped.clone();
    let work = tokio::spawn(async move { working.run(until).await });
    let until = stopped.clone();
    // Without anybody to tell, what is to be told waits until somebody is there.
    let telling = (!alerts.receivers.is_empty()).then(|| tokio::spawn(async move { alerts.run(until).await }));
    let router = connote_server::http::routes(ApiState::new(engine.clone()).with_open_metrics(server.metrics_open))
        .merge(console::router(ConsoleState::new(engine, server.https)));
    let told = super::stop().map_err(|error| Failure::unavailable(error.to_string()))?;
    let watching = folders::watch(&setup.folders, &store, stopped.clone());
    let expiring = expire(setup, &store, stopped);
    let serving = async {
        let over = async {
            told.await;
            let _ = stop.send(true);
        };
        connote_server::http::serve(listener, router, over).await
    };
    let (served, (), ()) = tokio::join!(serving, watching, expiring);
    served.map_err(|error| Failure::unavailable(error.to_string()))?;
    if let Some(telling) = telling {
        // What is cut off is sent again at the next start.
        telling.abort();
    }
    work.await.map_err(|error| Failure::unavailable(error.to_string()))
}

/// Deletes histories whose time is over, once a day.
async fn expire(setup: &Setup, engine: &Engine, mut stop: watch::Receiver<bool>) {
    const DAY: Duration = Duration::from_secs(86_400);
    while !*stop.borrow() {
        if setup.retention_days > 0 {
            let kept_ms = setup.retention_days.saturating_mul(86_400_000);
            let before_ms = engine.now_ms().saturating_sub(kept_ms);
            // What cannot be deleted today is tomorrow.
            let _ = setup.expire();
            let _ = engine.store().write(move |tables| connote_server::store::expire(tables, before_ms)).await;
        }
        let _ = engine.expire_feed().await;
        tokio::select! {
            () = tokio::time::sleep(DAY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// `first` is the link by which the first person gets in.
fn tell(screen: &Screen, base: &str, setup: &Setup, token: Option<&str>, first: Option<&str>) {
    let names: Vec<&str> = setup.connections.iter().map(|connection| connection.name.as_str()).collect();
    if screen.json {
        // One line, so that a program that reads it knows where it ends.
        screen
            .print(&format!("{}\n", json!({ "base_url": base, "connections": names, "token": token, "setup": first })));
        return;
    }
    let mut text = format!("serving {} at {base}\n", names.join(", "));
    if let Some(first) = first {
        text.push_str(&format!(
            "\nnobody can log in yet; this link, once, makes the first administrator:\n\n    {first}\n"
        ));
    }
    if let Some(token) = token {
        text.push_str(&format!(
            "\ntoken of this sandbox: {token}\n\n    curl -H 'authorization: Bearer {token}' {base}/v1/orders\n\n"
        ));
    }
    screen.print(&text);
    screen.note(if token.is_some() {
        "Ctrl-C stops"
    } else {
        "tokens for the API: `connote token new NAME --scope read`; Ctrl-C stops"
    });
}
