//! Whether a webhook of WooCommerce is genuine, and what it announces.

use std::borrow::Cow;

use connote_rules::dates;
use connote_rules::json::Json;
use connote_types::steps::{Disposition, Problem};

use crate::webhook::{
    Delivery, Event, Kind, Refusal, digest, from_base64, instant, key, object, prove, rejected, shown, usable,
};

/// Carries base64 of the HMAC-SHA256 of the raw body.
const SIGNATURE: &str = "X-WC-Webhook-Signature";

/// The entities that WordPress decodes in a secret before it signs, by their names and by their numbers, decimal and hexadecimal (`&#039;`, `&#x27;`).
/// It knows no others.
const ENTITIES: [(&str, char); 12] = [
    ("quot", '"'),
    ("#34", '"'),
    ("#x22", '"'),
    ("#39", '\''),
    ("#x27", '\''),
    ("lt", '<'),
    ("#60", '<'),
    ("gt", '>'),
    ("#62", '>'),
    ("amp", '&'),
    ("#38", '&'),
    ("#x26", '&'),
];

/// Ships unless the settings name other statuses: paid, and stock is reserved.
const SHIPS: &str = "processing";

/// In these an order is not to be shipped any more.
const CANCELLED: [&str; 4] = ["cancelled", "refunded", "failed", "trash"];

/// In these an order is not yet one, whatever the settings say: `checkout-draft` is what a block checkout makes while the buyer types, and
/// `order.updated` fires for it.
const DRAFTS: [&str; 3] = ["checkout-draft", "auto-draft", "draft"];

/// Whether this is the ping that WooCommerce sends when a webhook is saved: a form `webhook_id=N`, not signed. It wants exactly 200, or the
/// webhook is not switched on, and has no other effect. To be asked before [`verify`].
#[must_use]
pub fn is_ping(delivery: &Delivery<'_>) -> bool {
    let id = delivery.body.strip_prefix(b"webhook_id=").unwrap_or_default();
    (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit)
}

/// Whether the delivery comes from WooCommerce, with any of these secrets, each as it is shown or with its HTML entities.
///
/// # Errors
/// Why it is not believed.
pub fn verify(delivery: &Delivery<'_>, secrets: &[&str]) -> Result<(), Refusal> {
    let secrets = usable(secrets)?;
    let decoded = secrets.iter().map(|secret| decoded(secret)).filter(|decoded| matches!(decoded, Cow::Owned(_)));
    let keys: Vec<_> = secrets.iter().map(|secret| Cow::Borrowed(*secret)).chain(decoded).collect();
    let keys: Vec<_> = keys.iter().map(|key| key.as_bytes()).collect();
    let signature = from_base64(delivery.header(SIGNATURE).ok_or(Refusal::Missing)?)?;
    prove(&keys, &[delivery.body], &[signature])
}

/// [`event_of`] for a shop whose orders ship in the usual status.
///
/// # Errors
/// Those of [`event_of`].
pub fn event(delivery: &Delivery<'_>) -> Result<Event, Problem> {
    event_of(delivery, &[])
}

/// What a genuine delivery announces: an order when it is in a status that ships (`ship_statuses`, or `processing` when there are none), a cancellation
/// when it is in one that ends it, and else nothing.
///
/// Its key is site, order id, time of change, status and digest of the body: a second is long, and an order can be created and paid in one. The id of the
/// delivery is of no use, since different orders of one second share it.
///
/// # Errors
/// `rejected`: no topic, or a topic of orders whose body names none. `unauthorised`: WooCommerce could not read the order for us, because the user
/// who made the webhook is gone or may not.
pub fn event_of(delivery: &Delivery<'_>, ship_statuses: &[String]) -> Result<Event, Problem> {
    if is_ping(delivery) {
        return Ok(Event::nothing(key(&[&String::from_utf8_lossy(delivery.body)]), "a ping"));
    }
    let topic = delivery.header("X-WC-Webhook-Topic").map(|topic| topic.trim().to_ascii_lowercase());
    let topic = topic.filter(|topic| !topic.is_empty());
    let topic = topic.ok_or_else(|| rejected("the header X-WC-Webhook-Topic is missing".to_owned()))?;
    if !topic.starts_with("order.") {
        return Ok(Event::nothing(key(&[&topic, &digest(delivery.body)]), &topic));
    }
    let body = object(delivery, "an order of WooCommerce")?;
    let id = body.get("id").text().trim();
    if id.is_empty() || id.len() > 20 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(without_order(&body));
    }
    order(delivery, &topic, &body, id, ship_statuses)
}

fn order(delivery: &Delivery<'_>, topic: &str, body: &Json<'_>, id: &str, ships: &[String]) -> Result<Event, Problem> {
    let word = plain(body.get("status").text());
    let at_ms = ["date_modified_gmt", "date_created_gmt"].iter().find_map(|at| dates::to_ms(body.get(at).text()));
    let (kind, news) = match word.as_str() {
        // The topic is not signed; it deletes an order only when the body is what WooCommerce sends then, the bare id. An order can be
        // restored and deleted again, which nothing in the body tells apart.
        "" if topic == "order.deleted" => {
            (Kind::Cancelled, delivery.header("X-WC-Webhook-Delivery-ID").unwrap_or_default().to_owned())
        }
        "" => return Err(rejected(format!("{} tells no status", shown(topic))).field("status", "is missing or empty")),
        // A second is long: what differs in it is told by the body.
        word => (kind(word, ships), [instant(at_ms), digest(delivery.body)].join(" ")),
    };
    Ok(Event {
        kind,
        subject: if kind == Kind::Nothing { String::new() } else { id.to_owned() },
        key: key(&[&site(delivery, body), id, &news, &word]),
        content_key: String::new(),
        at_ms,
        what: shown(&format!("{topic} {word}")),
    })
}

/// A status as WooCommerce writes it in its own API: without the `wc-` of the database.
fn plain(status: &str) -> String {
    let status = status.trim().to_ascii_lowercase();
    status.strip_prefix("wc-").map_or_else(|| status.clone(), str::to_owned)
}

fn kind(status: &str, ships: &[String]) -> Kind {
    let ships = if ships.is_empty() { status == SHIPS } else { ships.iter().any(|one| plain(one) == status) };
    match status {
        word if DRAFTS.contains(&word) => Kind::Nothing,
        word if CANCELLED.contains(&word) => Kind::Cancelled,
        _ if ships => Kind::Order,
        _ => Kind::Nothing,
    }
}

/// Either an error of the shop instead of the order, validly signed, or something else.
fn without_order(body: &Json<'_>) -> Problem {
    let (code, words) = (body.get("code").text(), body.get("message").text());
    if code.is_empty() {
        return rejected("the delivery names no order".to_owned()).field("id", "is no number");
    }
    let message = "WooCommerce sent an error instead of the order: the user who made the webhook is gone or may not read orders. Make it anew as a \
                   user who may, and let the orders be polled meanwhile";
    let problem = Problem::new(Disposition::Unauthorised, message);
    Problem { code: shown(code), words: shown(words), ..problem }
}

/// Host and path of the site. The order's link to itself is signed; the header is not, and counts where there is no link.
fn site(delivery: &Delivery<'_>, body: &Json<'_>) -> String {
    let link = body.pointer("/_links/self/0/href").text();
    let source = if link.is_empty() { delivery.header("X-WC-Webhook-Source").unwrap_or_default() } else { link };
    let rest = source.trim().split_once("://").map_or(source, |(_, rest)| rest);
    let site =
        ["/wp-json", "/index.php", "?"].iter().fold(rest, |rest, end| rest.split(end).next().unwrap_or_default());
    site.trim_end_matches('/').to_ascii_lowercase()
}

/// The secret as WordPress uses it: one pass, no entity twice.
fn decoded(secret: &str) -> Cow<'_, str> {
    if !secret.contains('&') {
        return Cow::Borrowed(secret);
    }
    let mut decoded = String::with_capacity(secret.len());
    let mut rest = secret;
    while let Some((before, behind)) = rest.split_once('&') {
        decoded.push_str(before);
        match behind.split_once(';').and_then(|(name, behind)| Some((entity(name)?, behind))) {
            Some((letter, behind)) => {
                decoded.push(letter);
                rest = behind;
            }
            None => {
                decoded.push('&');
                rest = behind;
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Names count with their case, numbers without their leading zeros.
fn entity(name: &str) -> Option<char> {
    let name = match (name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")), name.strip_prefix('#')) {
        (Some(digits), _) => format!("#x{}", digits.trim_start_matches('0')),
        (None, Some(digits)) => format!("#{}", digits.trim_start_matches('0')),
        (None, None) => name.to_owned(),
    };
    ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter)
}
