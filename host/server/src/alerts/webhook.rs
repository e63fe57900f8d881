//! Alerts as a webhook, signed as Standard Webhooks has it.

use std::sync::Arc;

use connote_feed::signature::{Secret, headers};
use connote_host::transport::{Boxed, Transport};
use connote_types::steps::{Answer, Repeat, Request};
use serde_json::json;

use super::{Receiver, link};
use crate::store::alerts::{Alert, Message};

/// How long the receiver may take, as Standard Webhooks proposes.
const WITHIN_MS: u64 = 20_000;

/// A receiver of webhooks.
pub struct Webhook {
    /// The way there; it has an account of this name.
    pub transport: Arc<dyn Transport>,
    /// The account, whose base URL is the origin.
    pub account: String,
    /// Path and query below it.
    pub path: String,
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
            let body = self.body(message, now_ms).into_bytes();
            let signed =
                headers(id, now_ms, &body, std::slice::from_ref(&self.secret)).map_err(|error| error.to_string())?;
            let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            headers.extend(signed.map(|(name, value)| (name.to_owned(), value)));
            let request = Request {
                name: "alert".to_owned(),
                account: self.account.clone(),
                method: "POST".to_owned(),
                path: self.path.clone(),
                headers,
                body,
                repeat: Repeat::Once,
                timeout_ms: u32::try_from(WITHIN_MS).unwrap_or(u32::MAX),
                ..Request::default()
            };
            match self.transport.prepare(&request, WITHIN_MS).await?.send(WITHIN_MS).await {
                Answer::Response(answer) if (200..300).contains(&answer.status) => Ok(()),
                Answer::Response(answer) => Err(format!("it was answered {}", answer.status)),
                Answer::NotSent(why) | Answer::Unknown(why) | Answer::Denied(why) => Err(why),
            }
        })
    }
}
