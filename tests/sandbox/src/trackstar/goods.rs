//! Products, inventory items and shipping methods, and the pages they come in.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Trackstar, answers};
use crate::json::{text, truth};
use crate::{Request, Response};

/// Query parameters that are not filters.
pub(super) const PAGING: [&str; 2] = ["limit", "page_token"];
const MOST_ITEMS: usize = 1_000;

/// Products or inventory items that pass the filters.
pub(super) fn list(request: &Request, held: &BTreeMap<String, Value>) -> Result<Response, Response> {
    let mut items: Vec<&Value> = held.values().collect();
    for (name, value) in request.query() {
        match name.as_str() {
            "limit" | "page_token" => {}
            "ids[in]" => items.retain(|item| value.split(',').any(|id| id == text(item, "/id"))),
            "sku" => items.retain(|item| text(item, "/sku") == value),
            "sku[in]" => items.retain(|item| value.split(',').any(|sku| sku == text(item, "/sku"))),
            "warehouse_customer_id" => items.retain(|item| text(item, "/warehouse_customer_id") == value),
            "active" => items.retain(|item| truth(item, "/active").to_string() == value),
            "updated_date[gte]" => items.retain(|item| text(item, "/updated_date") >= value.as_str()),
            _ => return Err(answers::invalid(&name, "Unknown field.")),
        }
    }
    page(request, &items.into_iter().cloned().collect::<Vec<_>>())
}

/// One of them by id.
pub(super) fn one(held: &BTreeMap<String, Value>, id: &str) -> Result<Response, Response> {
    let item = held.get(id).ok_or_else(|| answers::not_found(id))?;
    Ok(Response::json(200, &json!({ "data": item })))
}

/// The ids of an `ids[in]` filter.
pub(super) fn ids<'a>(name: &str, value: &'a str) -> Option<Vec<&'a str>> {
    (name == "ids[in]").then(|| value.split(',').collect())
}

/// The page that the request asks for. A token says only where to go on: a caller that forgets its filters on the
/// second page gets the rows of another list.
pub(super) fn page(request: &Request, rows: &[Value]) -> Result<Response, Response> {
    let limit = match request.parameter("limit") {
        None => MOST_ITEMS,
        Some(limit) => {
            let limit = limit.parse().ok().filter(|limit| (1..=MOST_ITEMS).contains(limit));
            limit.ok_or_else(|| answers::invalid("limit", "Must be between 1 and 1000."))?
        }
    };
    let start = match request.parameter("page_token") {
        None => 0,
        Some(token) => {
            let start = token.strip_prefix("page_").and_then(|start| start.parse().ok());
            start.ok_or_else(|| answers::invalid("page_token", "Not a valid token."))?
        }
    };
    let shown: Vec<Value> = rows.iter().skip(start).take(limit).cloned().collect();
    let end = start.saturating_add(shown.len());
    Ok(answers::page(&shown, (end < rows.len()).then(|| format!("page_{end}"))))
}

impl Trackstar {
    pub(super) fn list_methods(&self, request: &Request) -> Result<Response, Response> {
        page(request, &self.methods)
    }

    pub(super) fn get_method(&self, id: &str) -> Result<Response, Response> {
        let found = self.methods.iter().find(|method| text(method, "/id") == id);
        let method = found.ok_or_else(|| answers::not_found(id))?;
        Ok(Response::json(200, &json!({ "data": method })))
    }
}
