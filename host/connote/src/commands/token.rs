//! `connote token`: who may use the API of `connote serve`.

use clap::{Args, Subcommand};
use connote_host::accounts::SecretString;
use connote_host::journal::SqliteJournal;
use connote_server::store::tokens::{NewToken, Scope, Token as Row};
use connote_server::store::{Store, StoreError};
use secrecy::ExposeSecret as _;
use serde_json::json;

use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::{Screen, instant};
use crate::table::Table;

const LONG: &str = "\
Makes, lists and revokes tokens for the API of `connote serve`. A token is shown once, when it is made; only its digest is kept. It works at once, also with a \
server that runs.

Scopes: read (see orders, labels, connections, the feed, stock), write (hand orders in, correct, retry, cancel, record stock), events (hand on verified events, for the edge), \
rates (ask for shipping options, for a checkout), admin (all of it, pausing connections, subscriptions to the feed).

Examples:
    connote token new my-wms --scope read --scope write --connection main
    connote token new edge --scope events
    connote token new checkout --scope rates --connection main
    connote token list
    connote token revoke my-wms";

/// Make, list or revoke tokens for the API of the server
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a token and show it, once
    New {
        /// What it is for, for people
        name: String,
        /// What it allows: read, write, events, rates, admin; can be repeated
        #[arg(long, required = true, value_name = "SCOPE")]
        scope: Vec<String>,
        /// Only for this connection; can be repeated. Without it for all
        #[arg(long, value_name = "NAME")]
        connection: Vec<String>,
    },
    /// List all tokens, without their texts
    List,
    /// Revoke a token by its name or id
    Revoke {
        /// Name or id
        token: String,
    },
}

impl Token {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let config = Config::find(global)?;
        let path = super::database(global, config.as_ref());
        // Makes the file when it is not there, private and with its own tables.
        let _journal = SqliteJournal::open(&path)?;
        let store = Store::open(&path).map_err(broken)?;
        if let (Action::New { connection, .. }, Some(config)) = (&self.action, &config)
            && let Some(unknown) = connection.iter().find(|name| !config.connections.iter().any(|c| c.name == **name))
        {
            return Err(Failure::usage(format!("there is no connection \"{unknown}\"")));
        }
        super::runtime()?.block_on(self.act(&store, screen))
    }

    async fn act(self, store: &Store, screen: &Screen) -> Result<Code, Failure> {
        match self.action {
            Action::New { name, scope, connection } => {
                let text = new(store, &name, &scope, connection).await?;
                if screen.json {
                    screen.print_json(&json!({ "name": name, "token": text.expose_secret() }));
                } else {
                    screen.print(&format!("{}\n", text.expose_secret()));
                }
                screen.note("shown this once: keep it as a secret, and send it as `Authorization: Bearer …`");
            }
            Action::List => list(&store.read(Row::list).await.map_err(broken)?, screen),
            Action::Revoke { token } => {
                let (wanted, now_ms) = (token.clone(), super::ship::now_ms());
                let revoked = store.write(move |tables| Row::revoke(tables, &wanted, now_ms)).await.map_err(broken)?;
                if !revoked {
                    return Err(Failure::attention(format!("there is no good token \"{token}\"")));
                }
                screen.print(&format!("{token} is revoked\n"));
            }
        }
        Ok(Code::Done)
    }
}

/// A new token, stored.
pub(super) async fn new(
    store: &Store,
    name: &str,
    scopes: &[String],
    connections: Vec<String>,
) -> Result<SecretString, Failure> {
    let scopes: Result<Vec<Scope>, _> = scopes
        .iter()
        .map(|name| {
            let known = || Failure::usage(format!("there is no scope \"{name}\": read, write, events, rates or admin"));
            Scope::named(name).ok_or_else(known)
        })
        .collect();
    let connections = (!connections.is_empty()).then_some(connections);
    let token = NewToken::new(name, &scopes?, connections).map_err(|error| Failure::usage(error.to_string()))?;
    let (text, now_ms) = (token.text().clone(), super::ship::now_ms());
    let stored = store.write(move |tables| token.store(tables, now_ms)).await.map_err(broken)?;
    stored.map(|_| text).ok_or_else(|| {
        Failure::usage(format!("there is a token \"{name}\" already")).fix("another name, or revoke it first")
    })
}

fn list(tokens: &[Row], screen: &Screen) {
    let scopes = |token: &Row| token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ");
    if screen.json {
        let rows: Vec<_> = tokens
            .iter()
            .map(|token| {
                json!({
                    "id": token.id, "name": token.name, "scopes": scopes(token), "connections": token.connections, "created-ms": token.created_ms,
                    "used-ms": token.used_ms, "revoked-ms": token.revoked_ms,
                })
            })
            .collect();
        screen.print_json(&rows);
        return;
    }
    let when = |at_ms| if at_ms == 0 { "never".to_owned() } else { instant(at_ms) };
    let mut table = Table::new(&["name", "id", "scopes", "connections", "last used", "revoked"]);
    for token in tokens {
        let connections = token.connections.as_ref().map_or_else(|| "all".to_owned(), |names| names.join(", "));
        let revoked = if token.revoked_ms == 0 { String::new() } else { instant(token.revoked_ms) };
        table.row(
            [&token.name, &token.id, &scopes(token), &connections, &when(token.used_ms), &revoked]
                .map(|text| text.as_str().into()),
        );
    }
    screen.print(&table.render(screen.width));
}

pub(super) fn broken(error: StoreError) -> Failure {
    Failure::unavailable(error.to_string())
}
