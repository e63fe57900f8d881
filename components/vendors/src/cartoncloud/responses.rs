//! What CartonCloud answers: bare lists with the paging in headers, and errors as an array.

use connote_types::steps::{FieldError, Problem, Response};

use super::requests::Tenant;
use crate::exchange::{FarEnd, Words, missing_setting};
use crate::json::{Value, distinct, items, text};
use crate::settings::CartonCloudSettings;

/// CartonCloud, and how it words its refusals.
pub const CARTONCLOUD: FarEnd = FarEnd { name: "CartonCloud", words };

/// The tenant of the connection.
///
/// # Errors
/// `rejected` naming `cartoncloud.tenant` when it is not set.
pub fn tenant<'a>(account: &'a str, settings: &'a CartonCloudSettings) -> Result<Tenant<'a>, Problem> {
    let id = settings.tenant.as_str();
    if id.is_empty() {
        return Err(missing_setting("cartoncloud.tenant", "the tenant's UUID, which all paths begin with"));
    }
    Ok(Tenant { account, id })
}

/// One order of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderHead {
    /// The key for all calls.
    pub id: String,
    /// The customer's reference, else the number shown in the app, which is unique inside a customer only.
    pub number: String,
    /// CartonCloud's status.
    pub status: String,
}

/// The head of an order. `None` without an id.
#[must_use]
pub fn parse_head(order: &Value) -> Option<OrderHead> {
    let first = |pointers: [&str; 3]| pointers.iter().map(|at| text(order, at)).find(|text| !text.is_empty());
    Some(OrderHead {
        id: Some(text(order, "/id")).filter(|id| !id.is_empty())?,
        number: first(["/references/customer", "/references/numericId", "/id"])?,
        status: text(order, "/status"),
    })
}

/// A bare list. `None` when the body is none.
#[must_use]
pub fn parse_list(body: &[u8]) -> Option<Vec<Value>> {
    match Value::read(body)? {
        Value::List(list) => Some(list),
        _ => None,
    }
}

/// One object. `None` when the body is none.
#[must_use]
pub fn parse_object(body: &[u8]) -> Option<Value> {
    Value::read(body).filter(Value::is_object)
}

/// Whether pages follow: by the header `total-pages`; where that is missing, by whether this page is full.
#[must_use]
pub fn has_more(response: &Response, page: u32, got: usize, size: u32) -> bool {
    match response.header("total-pages").and_then(|text| text.trim().parse::<u32>().ok()) {
        Some(pages) => page < pages,
        None => u32::try_from(got).is_ok_and(|got| got >= size),
    }
}

/// Ids of the products on the order's lines, each once. A rejected order has no lines.
#[must_use]
pub fn product_ids(order: &Value) -> Vec<String> {
    distinct(items(order, "/items").iter().map(|item| text(item, "/details/product/id")))
}

/// Errors are an array of `{message, field?, type?, code?}`; of the token call alone an object in the OAuth form.
fn words(body: &[u8]) -> Words {
    let Some(value) = Value::read(body) else { return Words::default() };
    let Value::List(errors) = &value else { return oauth_words(&value) };
    let texts: Vec<_> = errors.iter().map(|error| text(error, "/message")).filter(|text| !text.is_empty()).collect();
    let code = errors.iter().flat_map(|error| [text(error, "/code"), text(error, "/type")]);
    let named =
        errors.iter().map(|error| FieldError { path: path(&text(error, "/field")), message: text(error, "/message") });
    Words {
        text: texts.join("; "),
        code: code.into_iter().find(|code| !code.is_empty()).unwrap_or_default(),
        fields: named.filter(|field| !field.path.is_empty()).collect(),
    }
}

fn oauth_words(error: &Value) -> Words {
    let said = text(error, "/error_description");
    let text = if said.is_empty() { text(error, "/message") } else { said };
    Words { text, code: crate::json::text(error, "/error"), fields: Vec::new() }
}

/// A JSON pointer as a path: `/items/0/details` becomes `items[0].details`.
fn path(pointer: &str) -> String {
    let mut out = String::new();
    for part in pointer.split('/').filter(|part| !part.is_empty()) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str(&format!("[{part}]"));
        } else {
            out.push_str(if out.is_empty() { "" } else { "." });
            out.push_str(part);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn errors_are_an_array_with_json_pointers() {
        let body = json!([
            {"field": "/references/customer", "message": "reference in use", "type": "DUPLICATE"},
            {"field": "/items/0/measures/quantity", "message": "not whole", "code": 10458},
        ]);
        let words = words(body.to_string().as_bytes());
        assert_eq!((words.text.as_str(), words.code.as_str()), ("reference in use; not whole", "DUPLICATE"));
        assert_eq!(words.fields[1].path, "items[0].measures.quantity");
    }

    #[test]
    fn a_bad_client_is_worded_by_the_oauth_object() {
        let words = words(br#"{"error":"unauthorized","error_description":"bad credentials"}"#);
        assert_eq!((words.text.as_str(), words.code.as_str()), ("bad credentials", "unauthorized"));
    }

    #[test]
    fn pages_follow_by_header_or_by_a_full_page() {
        let with =
            |pages: &str| Response { headers: vec![("total-pages".into(), pages.into())], ..Response::default() };
        assert!(has_more(&with("3"), 2, 0, 50) && !has_more(&with("3"), 3, 50, 50));
        assert!(has_more(&Response::default(), 1, 50, 50) && !has_more(&Response::default(), 1, 49, 50));
    }

    #[test]
    fn a_missing_tenant_is_refused_by_name() {
        let problem = tenant("cc", &CartonCloudSettings::default()).unwrap_err();
        assert_eq!(problem.fields[0].path, "cartoncloud.tenant");
    }

    #[test]
    fn an_order_is_shown_under_its_reference_and_else_its_number() {
        let head = |order: Value| parse_head(&order).map(|head| head.number);
        assert_eq!(head(json!({"id": "1", "references": {"customer": "PO-1", "numericId": "7"}})).unwrap(), "PO-1");
        assert_eq!(head(json!({"id": "1", "references": {"customer": null, "numericId": "7"}})).unwrap(), "7");
        assert_eq!(head(json!({"references": {}})), None);
    }
}
