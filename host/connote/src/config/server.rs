//! What concerns `connote serve` alone.

use connote_host::accounts::Source;
use serde::Deserialize;

/// How `connote serve` is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerEntry {
    /// Address and port.
    pub(crate) listen: String,
    /// Whether `/metrics` is told without a token.
    pub(crate) metrics_open: bool,
    /// Whether people reach it by https, through a proxy in front of it: their cookies are then sent over https only.
    pub(crate) https: bool,
    /// The OpenTelemetry collector that traces go to.
    pub(crate) otlp: Option<String>,
    /// Where people reach the console: `https://connote.example`. Links in alerts begin with it.
    pub(crate) public_url: String,
}

impl Default for ServerEntry {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8484".to_owned(),
            metrics_open: false,
            https: false,
            otlp: None,
            public_url: String::new(),
        }
    }
}

/// Who is told of what needs a person.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AlertsEntry {
    /// A program.
    pub(crate) webhook: Option<WebhookEntry>,
    /// People.
    pub(crate) mail: Option<MailEntry>,
}

/// A receiver of webhooks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookEntry {
    /// Where it listens.
    pub(crate) url: String,
    /// What messages are signed with, `whsec_…`.
    pub(crate) secret: Source,
    /// Whether it may stand in a private network.
    #[serde(default)]
    pub(crate) allow_private: bool,
}

/// Mail.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailEntry {
    /// The mail server.
    pub(crate) smtp: String,
    /// Who the mail comes from.
    pub(crate) from: String,
    /// Who gets it.
    pub(crate) to: Vec<String>,
    /// The name at the mail server, when it asks for one.
    pub(crate) user: Option<String>,
    /// The password of that name.
    pub(crate) password: Option<Source>,
}
