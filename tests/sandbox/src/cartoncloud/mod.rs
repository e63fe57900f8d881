//! CartonCloud: sale orders that nobody can update, consignments that a careless PUT blanks, and errors as lists.
//!
//! Chosen where public material is silent: a PUT replaces the whole consignment, `If-Match` that is missing or does
//! not fit gives 412, and the date and time conditions of a search compare instants.

mod access;
mod answers;
mod consignments;
mod demo;
mod documents;
mod goods_demo;
mod orders;
mod search;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

pub(crate) use self::answers::injected_error;
use crate::json::text;
use crate::limits::Window;
use crate::outbox::News;
use crate::{Request, Response, Settings};

/// What CartonCloud holds for one tenant. Clones share their records until one of them changes.
#[derive(Clone, Debug, Default)]
pub struct CartonCloud {
    orders: Arc<BTreeMap<String, Value>>,
    consignments: BTreeMap<String, Consignment>,
    documents: Vec<Document>,
    products: Arc<BTreeMap<String, Value>>,
    tokens: BTreeMap<String, u64>,
    blanked: Vec<String>,
    issued: u64,
    creates: Window,
    news: Vec<News>,
}

#[derive(Clone, Debug)]
struct Consignment {
    record: Value,
    /// Sale order that it was made from.
    task: String,
}

#[derive(Clone, Debug)]
struct Document {
    record: Value,
    bytes: usize,
}

impl CartonCloud {
    /// Tracking number on the consignment that was made from a sale order; `None` without one.
    pub fn tracking_received(&self, order_id: &str) -> Option<&str> {
        let made_from = self.consignments.values().find(|consignment| consignment.task == order_id)?;
        Some(text(&made_from.record, "/references/tracking")).filter(|tracking| !tracking.is_empty())
    }

    /// Names of the documents filed on a sale order, oldest first.
    pub fn documents_of(&self, order_id: &str) -> Vec<&str> {
        let filed = self.documents.iter().filter(|document| text(&document.record, "/owner/id") == order_id);
        filed.map(|document| text(&document.record, "/content/name")).collect()
    }

    /// Fields of consignments that lost their value because a PUT left them out, as `<consignment id><pointer>`.
    pub fn blanked(&self) -> &[String] {
        &self.blanked
    }

    /// The sale order as a read would answer it.
    pub fn order(&self, order_id: &str) -> Option<&Value> {
        self.orders.get(order_id)
    }

    /// Ids of all sale orders.
    pub fn order_ids(&self) -> impl Iterator<Item = &str> {
        self.orders.keys().map(String::as_str)
    }

    /// The consignment as a read would answer it.
    pub fn consignment(&self, consignment_id: &str) -> Option<&Value> {
        self.consignments.get(consignment_id).map(|consignment| &consignment.record)
    }

    /// Adds a sale order, or replaces the one with the same `id`. A webhook tells it.
    pub fn put_order(&mut self, order: Value) {
        self.tell_order(&order);
        Arc::make_mut(&mut self.orders).insert(text(&order, "/id").to_owned(), order);
    }

    /// Deletes a sale order, which is how one is cancelled. True when it existed.
    pub fn delete_order(&mut self, order_id: &str) -> bool {
        Arc::make_mut(&mut self.orders).remove(order_id).is_some()
    }

    /// Requests refused with 429.
    pub fn rate_limited(&self) -> u64 {
        self.creates.refused()
    }

    pub(crate) fn state(&self) -> Value {
        let documents =
            self.documents.iter().map(|document| json!({ "document": document.record, "bytes": document.bytes }));
        json!({
            "orders": self.orders.values().collect::<Vec<_>>(),
            "consignments": self.consignments.values().map(|consignment| &consignment.record).collect::<Vec<_>>(),
            "documents": documents.collect::<Vec<_>>(),
            "blanked": self.blanked,
            "rate-limited": self.rate_limited(),
        })
    }

    pub(crate) fn answer(&mut self, now_ms: u64, request: &Request, settings: &Settings) -> Response {
        self.dispatch(now_ms, request, settings).unwrap_or_else(|refusal| refusal)
    }

    /// Refusals travel as errors only to keep the operations short: both sides are answers.
    fn dispatch(&mut self, now_ms: u64, request: &Request, settings: &Settings) -> Result<Response, Response> {
        access::check_version(request)?;
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let rest = match segments.as_slice() {
            ["uaa", "oauth", "token"] if request.method == "POST" => return self.token(now_ms, request),
            ["uaa", "userinfo"] if request.method == "GET" => {
                self.check_token(now_ms, request)?;
                return Ok(access::user());
            }
            ["tenants", tenant, rest @ ..] => {
                self.check_token(now_ms, request)?;
                access::check_tenant(tenant)?;
                rest
            }
            _ => return Err(answers::not_found()),
        };
        match (request.method.as_str(), rest) {
            ("POST", ["outbound-orders"]) => self.create_order(now_ms, request, settings),
            ("POST", ["outbound-orders", "search"]) => search::answer(request, self.orders.values(), search::direct),
            ("GET", ["outbound-orders", id]) => self.get_order(id),
            ("PUT", ["outbound-orders", _]) => Err(answers::error(405, "Request method 'PUT' is not supported")),
            ("POST", ["outbound-orders", id, "documents"]) => self.add_document(request, Some(id)),
            ("GET", ["outbound-orders", id, "documents"]) => self.list_documents(id),
            ("POST", ["documents"]) => self.add_document(request, None),
            ("POST", ["consignments", "search"]) => self.search_consignments(request),
            ("GET", ["consignments", id]) => self.get_consignment(id),
            ("PUT", ["consignments", id]) => self.put_consignment(request, id),
            ("POST", ["warehouse-products", "search"]) => {
                search::answer(request, self.products.values(), search::product)
            }
            ("GET", ["warehouse-products", id]) => self.get_product(id),
            _ => Err(answers::not_found()),
        }
    }

    fn get_product(&self, id: &str) -> Result<Response, Response> {
        let product = self.products.get(id).ok_or_else(answers::not_found)?;
        Ok(Response::json(200, product))
    }

    /// A new UUID, unlike all before and the same in every run.
    fn issue(&mut self) -> String {
        self.issued += 1;
        format!("aaaaaaaa-0000-4000-8000-{:012}", self.issued)
    }
}
