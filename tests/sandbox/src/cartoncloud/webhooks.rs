//! Webhooks: the bare entity, without an envelope, an event, an id of the message or a signature.
//!
//! An order and a document of an order come to the same receiver and are told apart by `type`. A rejected order comes
//! without
//! `items`, because it has none. Chosen where public material is silent: an order that is deleted is not told at all.

use serde_json::Value;

use super::CartonCloud;
use crate::json::text;
use crate::outbox::News;

impl CartonCloud {
    /// What the webhooks have to tell.
    pub(crate) fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    pub(super) fn tell_order(&mut self, order: &Value) {
        let version = order.get("version").map(ToString::to_string).unwrap_or_default();
        let about = format!("{} {} version {version}", text(order, "/references/customer"), text(order, "/status"));
        self.news.push(News { event: "outbound-order", about, body: order.clone() });
    }

    pub(super) fn tell_document(&mut self, document: &Value) {
        let about = format!("{} of {}", text(document, "/content/name"), text(document, "/owner/id"));
        self.news.push(News { event: "outbound-document", about, body: document.clone() });
    }
}
