//! Those who are told of what needs a person, from the config.

use std::sync::Arc;

use connote_feed::signature::Secret;
use connote_host::accounts::{Account, Auth};
use connote_host::transport::budget::MemoryBudget;
use connote_host::transport::{HttpSettings, HttpTransport};
use connote_server::alerts::{Mail, Receiver, Webhook};
use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::failure::Failure;

/// The name of the webhook's account; no account of the config is meant.
const NAME: &str = "alerts";

/// All receivers.
pub(in crate::commands) fn receivers(config: &Config) -> Result<Vec<Arc<dyn Receiver>>, Failure> {
    let mut receivers: Vec<Arc<dyn Receiver>> = Vec::new();
    receivers.extend(webhook(config)?.map(|webhook| Arc::new(webhook) as Arc<dyn Receiver>));
    receivers.extend(mail(config)?.map(|mail| Arc::new(mail) as Arc<dyn Receiver>));
    Ok(receivers)
}

fn wrong(config: &Config, key: &str, why: &str) -> Failure {
    Failure::usage(format!("{}: alerts.{key}: {why}", config.path.display()))
}

fn webhook(config: &Config) -> Result<Option<Webhook>, Failure> {
    let Some(entry) = &config.alerts.webhook else { return Ok(None) };
    let secret = config.secret("alerts.webhook.secret", &entry.secret)?;
    let secret =
        Secret::parse(secret.expose_secret()).map_err(|error| wrong(config, "webhook.secret", &error.to_string()))?;
    // Path and query are the request's, so that the rest is an origin.
    let uri: http::Uri =
        entry.url.parse().map_err(|_| wrong(config, "webhook.url", "is not a URL such as https://example.com/hook"))?;
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    let base = entry.url.strip_suffix(&path).unwrap_or(&entry.url);
    let account = Account { allow_private: entry.allow_private, ..Account::new(NAME, base, Auth::None) };
    let transport = HttpTransport::new([account], Arc::new(MemoryBudget::default()), HttpSettings::default())
        .map_err(|error| wrong(config, "webhook.url", &error.fix))?;
    let public_url = config.server.public_url.clone();
    Ok(Some(Webhook { transport: Arc::new(transport), account: NAME.to_owned(), path, secret, public_url }))
}

fn mail(config: &Config) -> Result<Option<Mail>, Failure> {
    let Some(entry) = &config.alerts.mail else { return Ok(None) };
    let login = match (&entry.user, &entry.password) {
        (Some(user), Some(password)) => Some((user.clone(), config.secret("alerts.mail.password", password)?)),
        (None, None) => None,
        _ => return Err(wrong(config, "mail", "user and password go together")),
    };
    let mail = Mail::new(&entry.smtp, login, &entry.from, &entry.to, &config.server.public_url);
    Ok(Some(mail.map_err(|error| wrong(config, "mail", &error.to_string()))?))
}
