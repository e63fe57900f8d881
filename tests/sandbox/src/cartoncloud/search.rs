//! The search language: groups of comparisons, a bare list as answer, paging in headers.

use serde_json::{Value, json};

use super::answers;
use crate::json::{list, text};
use crate::{Request, Response, clock};

/// Rows of a page when the request does not say.
const DEFAULT_SIZE: usize = 20;
const MOST_ROWS: usize = 200;

/// Finds what a pointer of the search language means in a record; `None` when the search does not know the pointer.
pub(super) type Lookup = fn(&Value, &str) -> Option<Value>;

/// Pointers of sale orders. They name fields as they are answered.
pub(super) fn direct(order: &Value, pointer: &str) -> Option<Value> {
    let known = ["/id", "/status", "/references/customer", "/references/numericId", "/customer/name", "/customer/id"];
    let times = ["created", "modified", "packed", "dispatched"].map(|name| format!("/timestamps/{name}/time"));
    let known = known.contains(&pointer) || times.iter().any(|time| time == pointer);
    known.then(|| order.pointer(pointer).cloned().unwrap_or_default())
}

/// Pointers of warehouse products: the code is named without its place.
pub(super) fn product(product: &Value, pointer: &str) -> Option<Value> {
    let place = match pointer {
        "/code" => "/references/code",
        "/id" | "/name" | "/customer/id" | "/customer/name" | "/details/active" => pointer,
        _ => return None,
    };
    Some(product.pointer(place).cloned().unwrap_or_default())
}

/// One page of the records that fit.
pub(super) fn answer<'a>(
    request: &Request,
    records: impl Iterator<Item = &'a Value>,
    lookup: Lookup,
) -> Result<Response, Response> {
    let body = answers::body(request.json())?;
    let condition = body.get("condition").ok_or_else(|| answers::error(400, "condition is missing"))?;
    if condition.get("conditions").is_none() {
        return Err(answers::error(400, "conditions is missing"));
    }
    let mut rows = Vec::new();
    for record in records {
        if admits(condition, record, lookup)? {
            rows.push(record);
        }
    }
    page(request, &rows)
}

fn admits(condition: &Value, record: &Value, lookup: Lookup) -> Result<bool, Response> {
    let parts = list(condition, "/conditions");
    match text(condition, "/type") {
        "AndCondition" => {
            for part in parts {
                if !admits(part, record, lookup)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        "OrCondition" => {
            for part in parts {
                if admits(part, record, lookup)? {
                    return Ok(true);
                }
            }
            Ok(parts.is_empty())
        }
        kind => compare(kind, condition, record, lookup),
    }
}

fn compare(kind: &str, condition: &Value, record: &Value, lookup: Lookup) -> Result<bool, Response> {
    let pointer = match text(condition, "/field/type") {
        "JsonField" => text(condition, "/field/pointer"),
        _ => return Err(answers::invalid("/condition", "this field cannot be searched in this way")),
    };
    let unknown = || answers::invalid("/condition", &format!("pointer {pointer} is not known"));
    let held = lookup(record, pointer).ok_or_else(unknown)?;
    let wanted = condition.pointer("/value/value").cloned().unwrap_or_default();
    let (held, wanted) = (plain(&held), plain(&wanted));
    let method = match text(condition, "/method") {
        "" => "EQUAL_TO",
        method => method,
    };
    let order = || match kind {
        "NumericComparisonCondition" => held.parse::<f64>().ok()?.partial_cmp(&wanted.parse::<f64>().ok()?),
        "DateTimeComparisonCondition" => Some(clock::parse(&held)?.cmp(&clock::parse(&wanted)?)),
        // A day stands for its beginning, and only the day of what is held counts.
        "DateComparisonCondition" => Some(held.get(..10)?.cmp(wanted.get(..10)?)),
        _ => None,
    };
    let ordered = |fits: fn(std::cmp::Ordering) -> bool| order().is_some_and(fits);
    Ok(match method {
        "EQUAL_TO" => held == wanted || ordered(std::cmp::Ordering::is_eq),
        "NOT_EQUAL_TO" => held != wanted,
        "CONTAINS" => held.contains(&wanted),
        "DOES_NOT_CONTAIN" => !held.contains(&wanted),
        "STARTS_WITH" => held.starts_with(&wanted),
        "GREATER_THAN" => ordered(std::cmp::Ordering::is_gt),
        "GREATER_THAN_OR_EQUAL_TO" => ordered(std::cmp::Ordering::is_ge),
        "LESS_THAN" => ordered(std::cmp::Ordering::is_lt),
        "LESS_THAN_OR_EQUAL_TO" => ordered(std::cmp::Ordering::is_le),
        _ => return Err(answers::invalid("/condition", "this method is not known")),
    })
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn page(request: &Request, rows: &[&Value]) -> Result<Response, Response> {
    let figure = |name: &str, default: usize| match request.parameter(name) {
        None => Ok(default),
        Some(value) => value.parse().map_err(|_| answers::error(400, "paging cannot be read")),
    };
    let (page, size) = (figure("page", 1)?.max(1), figure("size", DEFAULT_SIZE)?.clamp(1, MOST_ROWS));
    let pages = rows.len().div_ceil(size);
    let minimal = request.header("Prefer").is_some_and(|prefer| prefer.contains("return=minimal"));
    let shown = rows.iter().skip((page - 1).saturating_mul(size)).take(size);
    let shown: Vec<Value> =
        shown.map(|row| if minimal { json!({ "id": row.get("id") }) } else { (*row).clone() }).collect();
    let mut answer = Response::json(200, &Value::Array(shown))
        .with_header("Total-Pages", &pages.to_string())
        .with_header("Page-Size", &size.to_string())
        .with_header("Page-Number", &page.to_string())
        .with_header("Total-Elements", &rows.len().to_string());
    if page < pages {
        let next = format!("<{}?page={}&size={size}>; rel=\"next\"", request.route(), page + 1);
        answer = answer.with_header("Link", &next);
    }
    if minimal {
        answer = answer.with_header("Preference-Applied", "return=minimal");
    }
    Ok(answer)
}
