//! Alerts as a webhook, signed as Standard Webhooks has it.

use std::sync::Arc;
use std::time::Duration;

use connote_feed::signature::{Secret, headers};
use connote_host::transport::Boxed;
use connote_host::transport::post::{Parcel, Post};
use serde_json::json;

use super::{Receiver, link};
use crate::store::alerts::{Alert, Message};

/// How long the receiver may take, as Standard Webhooks proposes.
const WITHIN: Duration = Duration::from_secs(20);

/// A receiver of webhooks.
pub struct Webhook {
    /// The way there.
    pub post: Arc<dyn Post>,
    /// Its address.
    pub url: String,
    /// What messages are signed with.
    pub secret: Secret,
    /// Where people reach the console, `""` when that is not known.
    pub public_url: String,
}

impl Webhook {
    fn body(&self, message: &Message, now_ms: u64) -> String {
        let told = |alert: &Alert| {
            json!({
                "kind": alert.kind, "connection": alert.connection, "number": alert.number, "source-id": if alert.kind == "order" { &alert.subject } else { "" },
                "poll": if alert.kind == "poll" { &alert.subject } else { "" },
                "subscription": if alert.kind == "subscription" { &alert.subject } else { "" }, "reason": alert.reason, "since-ms": alert.since_ms,
                "link": link(&self.public_url, alert),
            })
        };
        let problems: Vec<_> = message.problems.iter().map(told).collect();
        let recovered: Vec<_> = message.recovered.iter().map(told).collect();
        let data = json!({ "problems": problems, "more": message.more, "recovered": recovered });
        json!({ "type": "connote.alerts", "timestamp-ms": now_ms, "data": data }).to_string()
    }
}

impl Receiver for Webhook {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn tell<'a>(&'a self, id: &'a str, message: &'a Message, now_ms: u64) -> Boxed<'a, Result<(), String>> {
        Box::pin(async move {
            let body = self.body(message, now_ms);
            let headers = headers(id, now_ms, body.as_bytes(), std::slice::from_ref(&self.secret))
                .map_err(|error| error.to_string())?;
            let parcel = Parcel { url: self.url.clone(), headers: headers.into(), body };
            match self.post.post(parcel, WITHIN).await? {
                200..300 => Ok(()),
                status => Err(format!("it was answered {status}")),
            }
        })
    }
}
