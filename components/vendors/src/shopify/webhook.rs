//! Whether a delivery of Shopify is genuine, and what it announces.
//!
//! Only the body is signed, with one secret for all shops of an app, and the body of an order names no shop. So whoever has recorded one can send it
//! again with other headers: for another shop, under another topic or with another id of the delivery. Against that stand [`is_from`], kinds that follow
//! the body and not the topic, and [`Event::content_key`].

use connote_rules::dates;
use connote_rules::json::Json;
use connote_types::steps::Problem;

use crate::webhook::{
    Delivery, Event, Kind, Refusal, digest, from_base64, instant, key, object, prove, rejected, shown, usable,
};

/// Headers have lost their `X-` in the newer mechanism that Shopify calls Events.
const SIGNATURE: [&str; 2] = ["X-Shopify-Hmac-SHA256", "Shopify-Hmac-SHA256"];
const SHOP: [&str; 2] = ["X-Shopify-Shop-Domain", "Shopify-Shop-Domain"];
const TOPIC: [&str; 2] = ["X-Shopify-Topic", "Shopify-Topic"];
const TEST: [&str; 2] = ["X-Shopify-Test", "Shopify-Test"];
const WEBHOOK_ID: [&str; 2] = ["X-Shopify-Webhook-Id", "Shopify-Webhook-Id"];
const EVENT_ID: [&str; 2] = ["X-Shopify-Event-Id", "Shopify-Event-Id"];
const TRIGGERED_AT: [&str; 2] = ["X-Shopify-Triggered-At", "Shopify-Triggered-At"];

/// The domain that every shop keeps, whatever other domains it has.
const SHOP_SUFFIX: &str = ".myshopify.com";

/// Whether the delivery, a webhook or a rate request, comes from Shopify, with any of these client secrets: base64 of the HMAC-SHA256 of the raw body.
/// After a change of secrets the old one signs for up to an hour.
///
/// # Errors
/// Why it is not believed.
pub fn verify(delivery: &Delivery<'_>, secrets: &[&str]) -> Result<(), Refusal> {
    let secrets = usable(secrets)?;
    let signature = from_base64(delivery.first_header(&SIGNATURE).ok_or(Refusal::Missing)?)?;
    prove(&secrets, &[delivery.body], &[signature])
}

/// The shop that the delivery claims to come from, in lower case; `""` when it does not say. Not signed.
#[must_use]
pub fn shop(delivery: &Delivery<'_>) -> String {
    delivery.first_header(&SHOP).map(domain).unwrap_or_default()
}

/// Whether the delivery comes from the shop with this domain (`example.myshopify.com`): the header says so, and the link to the order's status, which
/// is signed, does not name another shop. A link on the shop's own domain proves nothing either way; [`Event::content_key`] is the last guard.
///
/// # Errors
/// [`Refusal::Missing`] without the header, [`Refusal::Mismatch`] when either names another shop, or when no shop is expected.
pub fn is_from(delivery: &Delivery<'_>, expected_shop: &str) -> Result<(), Refusal> {
    let (told, expected) = (shop(delivery), domain(expected_shop));
    if told.is_empty() {
        return Err(Refusal::Missing);
    }
    let body = Json::parse(delivery.body).unwrap_or(Json::Null);
    let signed = domain(body.get("order_status_url").text());
    let foreign = signed.ends_with(SHOP_SUFFIX) && signed != expected;
    if told == expected && !foreign { Ok(()) } else { Err(Refusal::Mismatch) }
}

/// What a genuine delivery announces.
///
/// Its key is shop, topic and id of the delivery; without that id, shop, topic and id of the event; without both, the content. A repeat has the
/// same; a second subscription to the same topic has the same content.
///
/// # Errors
/// `rejected`: no topic, or a topic of orders whose body names none.
pub fn event(delivery: &Delivery<'_>) -> Result<Event, Problem> {
    let topic = delivery.first_header(&TOPIC).map(|topic| topic.trim().to_ascii_lowercase());
    let topic = topic.filter(|topic| !topic.is_empty());
    let topic = topic.ok_or_else(|| rejected("the header X-Shopify-Topic is missing".to_owned()))?;
    if !topic.starts_with("orders/") {
        return Ok(Event::nothing(news(delivery, &topic, &digest(delivery.body)), &topic));
    }
    let body = object(delivery, "an order of Shopify")?;
    let order = Order::read(&body)?;
    let kind = order.kind(&topic);
    // A body that does not say whether the order is cancelled leaves that to the topic, so that both topics are news.
    let by_topic = if order.cancelled.is_none() && kind == Kind::Cancelled { "cancelled" } else { "" };
    let content = key(&[&order.id, &instant(order.updated_ms), &digest(delivery.body), by_topic]);
    let key = news(delivery, &topic, &content);
    if is_test(delivery, &body) {
        return Ok(Event::nothing(key, &format!("a test of {topic}")));
    }
    let triggered = || delivery.first_header(&TRIGGERED_AT).and_then(dates::to_ms);
    Ok(Event {
        kind,
        at_ms: order.updated_ms.or_else(triggered),
        what: shown(&topic),
        subject: order.id,
        content_key: content,
        key,
    })
}

/// What a body of the topics `orders/…` says about its order.
struct Order {
    /// Digits. They can be more than a float holds.
    id: String,
    updated_ms: Option<u64>,
    /// `None` when the body does not say, as with a subscription that wants few fields. An edit never cancels.
    cancelled: Option<bool>,
}

impl Order {
    /// `orders/edited` sends the edit, not the order; `orders/delete` nothing but the id.
    fn read(body: &Json<'_>) -> Result<Self, Problem> {
        let edit = body.get("order_edit");
        let ids = [edit.get("order_id"), body.get("id"), body.get("admin_graphql_api_id")];
        let id = ids.into_iter().find_map(|id| number_of(id.text()));
        let times = [edit.get("committed_at"), edit.get("created_at"), body.get("updated_at")];
        let says = body.members().iter().any(|(name, _)| name == "cancelled_at");
        Ok(Self {
            id: id.ok_or_else(|| rejected("the delivery names no order".to_owned()).field("id", "is no number"))?,
            updated_ms: times.into_iter().find_map(|time| dates::to_ms(time.text())),
            cancelled: says.then(|| !body.get("cancelled_at").text().is_empty()).or(edit.is_object().then_some(false)),
        })
    }

    /// The topic is not signed: it cancels an order only where the body does not contradict.
    fn kind(&self, topic: &str) -> Kind {
        let gone = match topic {
            "orders/delete" => self.cancelled.is_none() && self.updated_ms.is_none(),
            "orders/cancelled" => self.cancelled.is_none(),
            _ => false,
        };
        if gone || self.cancelled == Some(true) { Kind::Cancelled } else { Kind::Order }
    }
}

/// The digits of an id, which may stand behind `gid://shopify/Order/`.
fn number_of(id: &str) -> Option<String> {
    let digits = id.trim().rsplit('/').next().unwrap_or_default();
    let number = !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| digits.to_owned())
}

fn is_test(delivery: &Delivery<'_>, body: &Json<'_>) -> bool {
    let told = delivery.first_header(&TEST).is_some_and(|test| test.trim().eq_ignore_ascii_case("true"));
    told || body.get("test").is_true()
}

fn news(delivery: &Delivery<'_>, topic: &str, content: &str) -> String {
    let shop = shop(delivery);
    let id = |names, mark| Some((mark, delivery.first_header(names)?.trim())).filter(|(_, id)| !id.is_empty());
    let (mark, id) = id(&WEBHOOK_ID, "webhook").or_else(|| id(&EVENT_ID, "event")).unwrap_or(("content", content));
    key(&[&shop, topic, mark, id])
}

/// The host of an address, or of a bare domain, in lower case.
fn domain(address: &str) -> String {
    let address = address.trim();
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase()
}
