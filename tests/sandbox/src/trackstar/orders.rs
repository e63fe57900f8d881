//! Reading orders and their packs out of the copy.

use serde_json::{Value, json};

use super::{Trackstar, answers, goods};
use crate::json::text;
use crate::{Request, Response};

const STATUSES: [&str; 11] = [
    "open",
    "confirmed",
    "processing",
    "picked",
    "packed",
    "partially_fulfilled",
    "fulfilled",
    "backordered",
    "exception",
    "cancelled",
    "other",
];
const TYPES: [&str; 4] = ["d2c", "b2b", "dropship", "transfer"];
const FIELDS: [&str; 10] = [
    "created_date",
    "updated_date",
    "trackstar_created_date",
    "trackstar_updated_date",
    "status",
    "type",
    "warehouse_customer_id",
    "channel",
    "order_number",
    "reference_id",
];
/// A list in a filter holds at most so many values.
const MOST_VALUES: usize = 100;

impl Trackstar {
    pub(super) fn list_orders(&self, request: &Request) -> Result<Response, Response> {
        let mut orders: Vec<&Value> = self.copy.values().collect();
        for (name, value) in request.query() {
            if let Some(ids) = goods::ids(&name, &value) {
                // Other filters are not looked at beside ids.
                orders = self.copy.values().filter(|order| ids.contains(&text(order, "/id"))).collect();
                break;
            }
            if goods::PAGING.contains(&name.as_str()) {
                continue;
            }
            let filter = Filter::read(&name, &value)?;
            orders.retain(|order| filter.admits(text(order, &format!("/{}", filter.field))));
        }
        goods::page(request, &orders.into_iter().cloned().collect::<Vec<_>>())
    }

    pub(super) fn get_order(&self, id: &str) -> Result<Response, Response> {
        let order = self.copy.get(id).ok_or_else(|| answers::not_found(id))?;
        Ok(Response::json(200, &json!({ "data": order })))
    }

    /// Boxes that are packed and not shipped. An order without any belongs to a system that cannot tell.
    pub(super) fn get_packs(&self, id: &str) -> Result<Response, Response> {
        let order = self.copy.get(id).ok_or_else(|| answers::not_found(id))?;
        let packs = self.packs.get(id).ok_or_else(answers::not_implemented)?;
        Ok(Response::json(
            200,
            &json!({ "data": {
            "packs": packs, "order_line_items": order.get("line_items"),
            "ship_to_address": order.get("ship_to_address"), "carrier": null, "carrier_id": null,
            "carrier_name": null, "scac": null, "shipping_method": null, "shipping_method_id": null,
            "shipping_method_name": null, "additional_fields": {},
        } }),
        ))
    }
}

/// One `field[operator]=value`.
struct Filter {
    field: String,
    operator: String,
    values: Vec<String>,
}

impl Filter {
    fn read(name: &str, value: &str) -> Result<Self, Response> {
        let (field, operator) = match name.split_once('[') {
            Some((field, rest)) => (field, rest.trim_end_matches(']')),
            None => (name, "eq"),
        };
        if !FIELDS.contains(&field) {
            return Err(answers::invalid(name, "Unknown field."));
        }
        if !["eq", "neq", "in", "nin", "gt", "gte", "lt", "lte", "contains", "not_contains"].contains(&operator) {
            return Err(answers::invalid(name, "Unknown operator."));
        }
        let values: Vec<String> = match operator {
            "in" | "nin" => value.split(',').map(|value| value.trim().to_owned()).collect(),
            _ => vec![value.to_owned()],
        };
        let known = |known: &[&str]| values.iter().all(|value| known.contains(&value.as_str()));
        let fits = match field {
            "status" => known(&STATUSES),
            "type" => known(&TYPES),
            _ => true,
        };
        if !fits || values.len() > MOST_VALUES || values.iter().any(String::is_empty) {
            return Err(answers::invalid(name, "Not a valid choice."));
        }
        Ok(Self { field: field.to_owned(), operator: operator.to_owned(), values })
    }

    fn admits(&self, held: &str) -> bool {
        let among = self.values.iter().any(|value| value == held);
        let first = self.values.first().map_or("", String::as_str);
        match self.operator.as_str() {
            "eq" | "in" => among,
            "neq" | "nin" => !among,
            // Instants are written alike everywhere, so that text order is time order.
            "gt" => held > first,
            "gte" => held >= first,
            "lt" => held < first,
            "lte" => held <= first,
            "contains" => held.contains(first),
            _ => !held.contains(first),
        }
    }
}
