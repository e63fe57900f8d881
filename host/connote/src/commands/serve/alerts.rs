//! Those who are told of what needs a person, from the config.

use std::sync::Arc;

use connote_feed::signature::Secret;
use connote_host::transport::HttpSettings;
use connote_host::transport::post::{HttpPost, check_url};
use connote_server::alerts::{Mail, Receiver, Webhook};
use secrecy::ExposeSecret as _;

use crate::config::Config;
use crate::failure::Failure;

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
    check_url(&entry.url, entry.allow_private).map_err(|why| wrong(config, "webhook.url", &why))?;
    let post = Arc::new(HttpPost::new(HttpSettings::default(), entry.allow_private)?);
    Ok(Some(Webhook { post, url: entry.url.clone(), secret, public_url: config.server.public_url.clone() }))
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
