//! Lists of orders: the paged envelope, search, and the flat rows.

use serde_json::{Value, json};

use super::{Order, Starshipit, answers};
use crate::json::{list, set, text, truth};
use crate::{Request, Response, clock};

/// Without a date these lists cover only the last 24 hours.
const DEFAULT_REACH_MS: u64 = 24 * 60 * 60 * 1_000;

impl Starshipit {
    /// The second envelope: `succeeded` and `data`, and the carrier is called `carrier_id`.
    pub(super) fn page(&self, request: &Request) -> Response {
        let status = request.parameter("status").unwrap_or_else(|| "Unshipped".to_owned());
        let printed = ["Shipped", "Printed"].contains(&status.as_str());
        let filter = request.parameter("filter").unwrap_or_default();
        let number = filter.strip_prefix("Order:::").map(str::to_owned);
        let orders = self.orders.values().rev().filter(|order| {
            (order.status() != "Unshipped") == printed
                && !order.archived()
                && number.as_ref().is_none_or(|number| order.number() == number)
        });
        let rows: Vec<Value> = orders.map(paged_row).collect();
        let size = figure(request, "page_size", 500).clamp(1, 500);
        let (page, pages, shown) = slice(&rows, figure(request, "page_number", 1), size);
        Response::json(
            200,
            &json!({
                "page_number": page, "page_size": size, "total_pages": pages, "total_records": rows.len(),
                "data": { "orders": shown }, "succeeded": true, "errors": null, "message": null,
            }),
        )
    }

    pub(super) fn search(&self, request: &Request) -> Response {
        let phrase = request.parameter("phrase").unwrap_or_default().to_lowercase();
        let fields = request.parameter("fields").unwrap_or_else(|| "All".to_owned());
        let status = request.parameter("status").unwrap_or_else(|| "All".to_owned());
        let hit = |order: &&Order| {
            let number = order.number().to_lowercase().contains(&phrase);
            let reference = text(&order.record, "/reference").to_lowercase().contains(&phrase);
            let name = text(&order.record, "/destination/name").to_lowercase().contains(&phrase);
            let wanted = match fields.as_str() {
                "Order_Number" => number,
                "TheirRef" => reference,
                _ => number || reference || name,
            };
            let shipped = order.status() != "Unshipped";
            wanted && (status == "All" || (status == "Shipped") == shipped)
        };
        let rows = self.orders.values().rev().filter(hit).map(search_row).collect::<Vec<_>>();
        listed(request, "orders", &rows, json!({}))
    }

    pub(super) fn unshipped(&self, now_ms: u64, request: &Request) -> Response {
        let since_order = since(request, "since_order_date");
        let since_change = since(request, "since_last_updated");
        let fresh = |order: &&Order| match (since_order, since_change) {
            (None, None) => order.updated_ms.saturating_add(DEFAULT_REACH_MS) >= now_ms,
            (from, changed) => {
                let dated = clock::parse(text(&order.record, "/order_date")).unwrap_or(order.created_ms);
                from.is_none_or(|from| dated >= from) && changed.is_none_or(|changed| order.updated_ms >= changed)
            }
        };
        let orders = self.orders.values().filter(|order| order.status() == "Unshipped").filter(fresh);
        rows_or_ids(request, orders.collect(), |order| order.record.clone())
    }

    pub(super) fn shipped(&self, now_ms: u64, request: &Request) -> Response {
        let from = since(request, "since_last_updated").unwrap_or(now_ms.saturating_sub(DEFAULT_REACH_MS));
        let orders = self.orders.values().filter(|order| order.status() != "Unshipped" && order.updated_ms >= from);
        rows_or_ids(request, orders.collect(), shipped_row)
    }

    pub(super) fn shipments(&self, request: &Request) -> Response {
        let status = request.parameter("status").unwrap_or_default();
        let from = since(request, "since_created_date").unwrap_or(0);
        let orders = self.orders.values().filter(|order| {
            order.status() != "Unshipped"
                && order.printed_ms >= from
                && (status != "unmanifested" || !truth(&order.record, "/manifested"))
        });
        let rows: Vec<Value> = orders.map(shipment_row).collect();
        listed(request, "orders", &rows, json!({ "status": status }))
    }
}

fn rows_or_ids(request: &Request, orders: Vec<&Order>, row: fn(&Order) -> Value) -> Response {
    if request.parameter("ids_only").as_deref() == Some("true") {
        let ids: Vec<Value> =
            orders.iter().map(|order| order.record.get("order_id").cloned().unwrap_or_default()).collect();
        return listed(request, "order_ids", &ids, json!({}));
    }
    let rows: Vec<Value> = orders.into_iter().map(row).collect();
    listed(request, "orders", &rows, json!({}))
}

/// A page of rows in the classic envelope.
fn listed(request: &Request, key: &str, rows: &[Value], mut payload: Value) -> Response {
    let size = figure(request, "limit", 50).clamp(1, 250);
    let (_, pages, shown) = slice(rows, figure(request, "page", 1), size);
    set(&mut payload, key, shown);
    set(&mut payload, "total_pages", pages);
    answers::done(payload)
}

fn slice(rows: &[Value], page: usize, size: usize) -> (usize, usize, Vec<Value>) {
    let page = page.max(1);
    let shown = rows.iter().skip((page - 1).saturating_mul(size)).take(size).cloned().collect();
    (page, rows.len().div_ceil(size), shown)
}

fn figure(request: &Request, name: &str, default: usize) -> usize {
    request.parameter(name).and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn since(request: &Request, name: &str) -> Option<u64> {
    request.parameter(name).as_deref().and_then(clock::parse)
}

fn paged_row(order: &Order) -> Value {
    let mut row = order.record.clone();
    if let Some(members) = row.as_object_mut() {
        let carrier = members.remove("carrier").unwrap_or_default();
        members.insert("carrier_id".to_owned(), carrier);
    }
    row
}

fn search_row(order: &Order) -> Value {
    let record = &order.record;
    json!({
        "order_id": record.get("order_id"), "order_date": record.get("order_date"), "order_number": order.number(),
        "name": text(record, "/destination/name"), "carrier_name": text(record, "/carrier_name"),
        "tracking_number": text(record, "/packages/0/tracking_number"),
        "country": text(record, "/destination/country"),
    })
}

fn shipped_row(order: &Order) -> Value {
    let record = &order.record;
    let mut row = search_row(order);
    let tracked = text(record, "/packages/0/tracking_url");
    for (key, value) in [
        ("shipped_date", json!(clock::without_zone(order.printed_ms))),
        ("reference", record.get("reference").cloned().unwrap_or_default()),
        ("integration_source_name", json!("API")),
        ("state", json!(text(record, "/destination/state"))),
        ("carrier", record.get("carrier").cloned().unwrap_or_default()),
        ("carrier_service_code", json!(text(record, "/carrier_service_code"))),
        ("carrier_service_name", json!(text(record, "/carrier_service_code"))),
        ("shipment_type", json!("Outgoing")),
        ("tracking_url", json!(tracked)),
        ("tracking_short_status", json!(order.tracking.last().map_or("Printed", |event| event.status.as_str()))),
        ("tracking_full_status", json!("Label created")),
        ("manifest_number", record.get("manifest_number").cloned().unwrap_or_default()),
        ("manifest_sent", json!(truth(record, "/manifested"))),
        ("writeback_status", json!("")),
        ("writeback_details", json!("")),
    ] {
        set(&mut row, key, value);
    }
    row
}

fn shipment_row(order: &Order) -> Value {
    let record = &order.record;
    let tracking: Vec<&str> =
        list(record, "/packages").iter().map(|package| text(package, "/tracking_number")).collect();
    json!({
        "order_id": record.get("order_id"), "order_number": order.number(),
        "date": clock::without_zone(order.printed_ms), "name": text(record, "/destination/name"),
        "carrier_name": text(record, "/carrier_name"),
        "carrier_service_code": text(record, "/carrier_service_code"), "tracking_numbers": tracking,
        "country": text(record, "/destination/country"),
    })
}
