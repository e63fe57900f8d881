//! Documents of sale orders. The only type is an invoice, and none can be deleted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{CartonCloud, Document, answers};
use crate::json::text;
use crate::{Request, Response};

const INVOICE: &str = "OUTBOUND_ORDER_INVOICE";

impl CartonCloud {
    /// `order_id` comes from the path; without it the body names the owner.
    pub(super) fn add_document(&mut self, request: &Request, order_id: Option<&str>) -> Result<Response, Response> {
        let body = answers::body(request.json())?;
        let order_id = order_id.unwrap_or_else(|| text(&body, "/owner/id"));
        if !self.orders.contains_key(order_id) {
            return Err(answers::not_found());
        }
        if text(&body, "/type") != INVOICE {
            return Err(answers::invalid("/type", "this type is not known"));
        }
        if text(&body, "/content/name").is_empty() {
            return Err(answers::invalid("/content/name", "may not be empty"));
        }
        let Ok(file) = STANDARD.decode(text(&body, "/content/data")) else {
            return Err(answers::invalid("/content/data", "is not base64"));
        };
        let record = json!({ "id": self.issue(), "type": INVOICE, "owner": { "type": "OUTBOUND", "id": order_id },
            "content": { "name": text(&body, "/content/name") } });
        self.tell_document(&record);
        self.documents.push(Document { record: record.clone(), bytes: file.len() });
        Ok(Response::json(201, &record))
    }

    pub(super) fn list_documents(&self, order_id: &str) -> Result<Response, Response> {
        if !self.orders.contains_key(order_id) {
            return Err(answers::not_found());
        }
        let filed = self.documents.iter().map(|document| &document.record);
        let filed: Vec<&Value> = filed.filter(|document| text(document, "/owner/id") == order_id).collect();
        Ok(Response::json(200, &json!(filed)))
    }
}
