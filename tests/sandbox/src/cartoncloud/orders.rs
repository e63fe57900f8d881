//! Sale orders: reading them, and creating them as other integrations do.

use serde_json::{Value, json};

use super::{CartonCloud, answers};
use crate::json::{list, pick, set, text};
use crate::{Request, Response, Settings, clock};

/// Creates a minute for one user.
const CREATES_A_MINUTE: u32 = 30;

impl CartonCloud {
    pub(super) fn get_order(&self, id: &str) -> Result<Response, Response> {
        let order = self.orders.get(id).ok_or_else(answers::not_found)?;
        Ok(Response::json(200, order))
    }

    /// 201, or 228 for an order that was created and rejected at once.
    pub(super) fn create_order(
        &mut self,
        now_ms: u64,
        request: &Request,
        settings: &Settings,
    ) -> Result<Response, Response> {
        self.admit_create(now_ms, settings).map_err(|_| answers::error(429, "slow down"))?;
        let body = answers::body(request.json())?;
        let reference = text(&body, "/references/customer");
        if reference.is_empty() {
            return Err(answers::invalid("/references/customer", "may not be empty"));
        }
        let same = |order: &&Value| text(order, "/references/customer") == reference;
        if let Some(order) = self.orders.values().find(same) {
            return Err(answers::duplicate(text(order, "/id")));
        }
        let known = |item: &Value| {
            let code = text(item, "/details/product/references/code");
            let id = text(item, "/details/product/id");
            self.products
                .values()
                .any(|product| text(product, "/id") == id || text(product, "/references/code") == code)
        };
        let accepted = list(&body, "/items").iter().all(known);
        let order = self.new_order(now_ms, &body, accepted);
        self.put_order(order.clone());
        Ok(Response::json(if accepted { 201 } else { 228 }, &order))
    }

    /// Whether the request limit lets a request through that comes now; nothing is counted. Only creating has one.
    pub(crate) fn has_room(&self, now_ms: u64, request: &Request, settings: &Settings) -> bool {
        !is_create(request) || self.creates.has_room("user", now_ms, 60_000, settings.limit(CREATES_A_MINUTE))
    }

    /// Counts a request that is acted on later.
    pub(crate) fn admit(&mut self, now_ms: u64, request: &Request, settings: &Settings) {
        if is_create(request) {
            // That there is room was asked before.
            let _ = self.admit_create(now_ms, settings);
        }
    }

    fn admit_create(&mut self, now_ms: u64, settings: &Settings) -> Result<u64, u64> {
        self.creates.admit("user", now_ms, 60_000, settings.limit(CREATES_A_MINUTE))
    }

    fn new_order(&mut self, now_ms: u64, body: &Value, accepted: bool) -> Value {
        let id = self.issue();
        let numeric = (20_000 + self.issued).to_string();
        let now = clock::brisbane(now_ms);
        let status = if accepted { "AWAITING_PICK_AND_PACK" } else { "REJECTED" };
        let mut order = json!({ "id": id, "type": "OUTBOUND", "status": status, "version": 1 });
        for (key, value) in pick(body, &["references", "customer", "warehouse", "details", "properties", "items"]) {
            set(&mut order, &key, value);
        }
        if let Some(references) = order.get_mut("references") {
            set(references, "numericId", numeric);
        }
        set(&mut order, "timestamps", json!({ "created": { "time": now }, "modified": { "time": now } }));
        if !accepted {
            let errors = json!([{ "message": "a product is not known", "isResolved": false }]);
            if let Some(details) = order.get_mut("details") {
                set(details, "errors", errors);
            }
            order.as_object_mut().and_then(|order| order.remove("items"));
        }
        order
    }
}

fn is_create(request: &Request) -> bool {
    request.method == "POST" && request.route().ends_with("/outbound-orders")
}
