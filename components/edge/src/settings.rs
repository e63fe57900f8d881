//! What a deployment is told: one JSON document in the variable `connections`. It names secrets and never holds them: `"token": "main_token"` says
//! that the variable `main_token` holds the token.

mod check;
mod load;

use std::collections::BTreeMap;

use connote_ladder::{DEADLINE_MS, LONGEST_DEADLINE_MS, SHORTEST_DEADLINE_MS};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The variable that holds the document.
pub const VARIABLE: &str = "connections";

/// The whole document. Connections are read when they are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document<'a> {
    /// Far ends with their credentials, by name.
    #[serde(default)]
    pub accounts: BTreeMap<String, Account>,
    /// Connections by name, each as it is written.
    #[serde(borrow, default)]
    pub connections: BTreeMap<String, &'a RawValue>,
}

/// A far end and where its credentials are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// Which system it is.
    pub kind: Kind,
    /// Scheme, host and port; `""`: the system's own address.
    pub base_url: String,
    /// Variable with Starshipit's or Trackstar's API key.
    pub api_key: String,
    /// Variable with Starshipit's subscription key.
    pub subscription_key: String,
    /// Variable with Trackstar's access token.
    pub access_token: String,
    /// Variable with CartonCloud's client id.
    pub client_id: String,
    /// Variable with CartonCloud's client secret.
    pub client_secret: String,
}

/// Which system an account belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// api.starshipit.com.
    #[default]
    Starshipit,
    /// production.trackstarhq.com.
    Trackstar,
    /// api.cartoncloud.com.
    Cartoncloud,
}

/// One shop or warehouse.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection<'a> {
    /// The Starshipit account.
    #[serde(default)]
    pub account: String,
    /// Milliseconds in which a rate request is answered.
    #[serde(default = "deadline")]
    pub deadline_ms: u32,
    /// Variable with the token that rate requests must present: as `Authorization: Bearer`, or as `?token=` where a platform takes only an
    /// address. `""`: the platform's own signature is the only proof.
    #[serde(default)]
    pub token: String,
    /// What the quoter is given: currency, boxes, sizes, origins, rules, table. Without it the connection answers no rates.
    #[serde(borrow, default)]
    pub rates: Option<&'a RawValue>,
    /// Shopify's side.
    #[serde(default)]
    pub shopify: Party,
    /// Saleor's side.
    #[serde(borrow, default)]
    pub saleor: Saleor<'a>,
    /// WooCommerce's side.
    #[serde(default)]
    pub woocommerce: Party,
    /// Starshipit's side: tracking webhooks.
    #[serde(default)]
    pub starshipit: Party,
    /// Trackstar's side.
    #[serde(default)]
    pub trackstar: Party,
    /// CartonCloud's side.
    #[serde(default)]
    pub cartoncloud: Party,
    /// What becomes of verified events. Without it the connection takes no webhooks.
    #[serde(borrow, default)]
    pub events: Option<Events<'a>>,
}

/// What becomes of verified events.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Events<'a> {
    /// Whether they are handed on or carried out here.
    pub mode: Mode,
    /// `forward`: where to, `https://connote.example/v1/events`.
    pub url: String,
    /// `forward`: variable with the bearer token that the server wants.
    pub token: String,
    /// `run-here`: how orders are treated, the connection settings of a `connote.toml`.
    #[serde(borrow)]
    pub settings: Option<&'a RawValue>,
}

/// Who carries verified events out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A Connote server, which answers 2xx once they are durable there.
    #[default]
    Forward,
    /// The edge: they are kept here, and orders are placed and tracking is written here. No label is bought.
    RunHere,
}

impl Connection<'_> {
    /// All sides that sign what they send, by the name of the source.
    #[must_use]
    pub fn parties(&self) -> [(&'static str, &Party); 5] {
        [
            ("shopify", &self.shopify),
            ("woocommerce", &self.woocommerce),
            ("starshipit", &self.starshipit),
            ("trackstar", &self.trackstar),
            ("cartoncloud", &self.cartoncloud),
        ]
    }

    /// The side of this source; `None` for one that is not known.
    #[must_use]
    pub fn party(&self, source: &str) -> Option<&Party> {
        self.parties().into_iter().find(|(name, _)| *name == source).map(|(_, party)| party)
    }
}

/// A platform or far end that signs what it sends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Party {
    /// Variables with its secrets. Several while a secret is being changed: each of them counts.
    pub secrets: Vec<String>,
    /// The account that an event's order is read from again: Trackstar and CartonCloud.
    pub account: String,
    /// Whom events must be of: Shopify's `shop.myshopify.com`, without which no event of Shopify is believed, since one secret of an app serves all of
    /// its shops; and the id of Trackstar's connection, since the events of all connections arrive at one endpoint (`""`: there is only one).
    pub site: String,
    /// Refuse requests without a signature even when the token is right. Shopify does not promise one on rate requests.
    pub require_signature: bool,
}

/// Saleor signs with the key that it publishes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Saleor<'a> {
    /// Its public keys, as `https://SHOP/.well-known/jwks.json` shows them.
    #[serde(borrow)]
    pub jwks: Option<&'a RawValue>,
    /// Variables with webhook secrets, for shops that still use the deprecated form.
    pub secrets: Vec<String>,
}

fn deadline() -> u32 {
    DEADLINE_MS
}

/// What is wrong with the document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Mistake {
    /// Where: `connections.main.deadline_ms`.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Mistake {
    /// A mistake at a path.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

impl<'a> Document<'a> {
    /// Reads the document.
    ///
    /// # Errors
    /// It is no JSON, or not of this form.
    pub fn parse(text: &'a str) -> Result<Self, Mistake> {
        serde_json::from_str(text).map_err(|error| Mistake::new(VARIABLE, error.to_string()))
    }

    /// A connection; `None` when there is none of this name.
    ///
    /// # Errors
    /// It is there, and cannot be used.
    pub fn connection(&self, name: &str) -> Result<Option<Connection<'a>>, Mistake> {
        let Some(raw) = self.connections.get(name) else { return Ok(None) };
        let path = format!("connections.{name}");
        let connection: Connection<'a> =
            serde_json::from_str(raw.get()).map_err(|error| Mistake::new(&path, error.to_string()))?;
        if !(SHORTEST_DEADLINE_MS..=LONGEST_DEADLINE_MS).contains(&connection.deadline_ms) {
            let message = format!("takes {SHORTEST_DEADLINE_MS} to {LONGEST_DEADLINE_MS}");
            return Err(Mistake::new(format!("{path}.deadline_ms"), message));
        }
        Ok(Some(connection))
    }
}
