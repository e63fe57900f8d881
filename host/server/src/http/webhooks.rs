//! `POST /webhooks/{connection}/{source}`: webhooks that come here themselves, without an edge before.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use connote_types::steps::Problem as Unusable;
use connote_vendors::webhook::{Delivery, Event, Kind, Refusal};
use connote_vendors::{cartoncloud, shopify, starshipit, trackstar, woocommerce};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::around::hex;
use super::problem::Problem;
use super::{ApiState, body};
use crate::engine::Webhooks;
use crate::figures::Delivered as Came;
use crate::store::NewEvent;

/// What became of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Delivered {
    /// In a few words.
    event: String,
}

/// Takes a webhook
///
/// Of `starshipit`, `trackstar`, `cartoncloud`, `shopify` or `woocommerce`. Its sender is proved as each of them does it, on the bytes of the body; what is not proved, and
/// what is for a connection that is not there, is answered with 401 alike. With 200 it is durable.
#[utoipa::path(post, path = "/webhooks/{connection}/{source}", tag = "webhooks", operation_id = "takeWebhook",
    params(("connection" = String, Path, description = "Whose"), ("source" = String, Path, description = "Who sends it")),
    request_body(content = Object, description = "As its sender makes it"),
    responses((status = 200, description = "It is durable, or changes nothing", body = Delivered)))]
pub(super) async fn deliver(
    State(state): State<ApiState>,
    Path((connection, source)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // Nobody learns which connections there are, and nothing is read for what is not there.
    let served = state.engine.connection(&connection).filter(|served| served.webhooks.secrets.contains_key(&source));
    let Some(served) = served else { return unauthorised().into_response() };
    let body = match body::read(&parts.headers, body).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let headers = headers(&parts.headers);
    let query = parts.uri.query().unwrap_or_default();
    let delivery = Delivery { headers: &headers, query, body: &body, now_ms: state.engine.now_ms() };
    let (came, answer) = match news(&connection, &source, &served.webhooks, &delivery) {
        News::Nothing(what) => (Came::Nothing, delivered(&what)),
        News::Forged => (Came::Refused, unauthorised().into_response()),
        News::Event(event) => {
            let what = event.what.clone();
            state.engine.figures().heard(&connection, &source);
            match state.engine.receive(event).await {
                Ok(true) => (Came::Accepted, delivered(&what)),
                Ok(false) => (Came::Known, delivered("known")),
                Err(error) => (Came::Failed, Problem::from(error).into_response()),
            }
        }
    };
    state.engine.figures().webhook(&connection, &source, came);
    answer
}

fn unauthorised() -> Problem {
    Problem::new(super::problem::Kind::Unauthorised, "")
}

/// 200 exactly: WooCommerce takes nothing else for its ping, and a duplicate that is refused would count against the webhook.
fn delivered(what: &str) -> Response {
    Json(Delivered { event: what.to_owned() }).into_response()
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    all.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// What a delivery comes to.
enum News {
    Forged,
    Nothing(String),
    Event(NewEvent),
}

fn news(connection: &str, source: &str, webhooks: &Webhooks, delivery: &Delivery<'_>) -> News {
    if source == "woocommerce" && woocommerce::webhook::is_ping(delivery) {
        return News::Nothing("ping".to_owned());
    }
    if let Err(refusal) = verify(source, webhooks, delivery) {
        tracing::warn!(connection, source, "a webhook was refused: {}", reason(refusal));
        return News::Forged;
    }
    let site = &webhooks.site;
    if source == "trackstar" && !site.is_empty() && trackstar::webhook::connection(delivery) != *site {
        return News::Nothing("of another connection".to_owned());
    }
    match event(source, delivery) {
        // The same delivery again would say the same, and a failure counts towards switching the webhook off.
        Err(unusable) => {
            let why = unusable.disposition.as_str();
            tracing::warn!(connection, source, "a webhook is genuine, but it cannot be used: {why}");
            News::Nothing("not usable".to_owned())
        }
        Ok(event) if event.kind == Kind::Nothing => News::Nothing(event.what),
        Ok(event) => News::Event(new_event(connection, source, event, delivery.body)),
    }
}

fn verify(source: &str, webhooks: &Webhooks, delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let secrets = webhooks.secrets.get(source).ok_or(Refusal::NoSecret)?;
    let secrets: Vec<&str> = secrets.iter().map(|secret| secret.expose_secret()).collect();
    match source {
        "starshipit" => starshipit::webhook::verify(delivery, &secrets),
        "trackstar" => trackstar::webhook::verify(delivery, &secrets),
        "cartoncloud" => cartoncloud::webhook::verify(delivery, &secrets),
        "shopify" => shopify::webhook::verify(delivery, &secrets)
            .and_then(|()| shopify::webhook::is_from(delivery, &webhooks.site)),
        "woocommerce" => woocommerce::webhook::verify(delivery, &secrets),
        _ => Err(Refusal::UnknownKey),
    }
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoSecret => "none of its secrets is usable",
        Refusal::Missing => "no signature",
        Refusal::Malformed => "a malformed signature",
        Refusal::Mismatch => "a wrong signature, or another shop's",
        Refusal::Stale => "its signed time is too far from ours",
        Refusal::UnknownKey => "a sender that is not known",
    }
}

fn event(source: &str, delivery: &Delivery<'_>) -> Result<Event, Unusable> {
    match source {
        "starshipit" => starshipit::webhook::event(delivery),
        "trackstar" => trackstar::webhook::event(delivery),
        "cartoncloud" => cartoncloud::webhook::event(delivery),
        "shopify" => shopify::webhook::event(delivery),
        _ => woocommerce::webhook::event_of(delivery, &own_status(delivery.body)),
    }
}

/// Every status of an order is news: whether it ships is decided when it is mapped.
fn own_status(body: &[u8]) -> Vec<String> {
    let order: Value = serde_json::from_slice(body).unwrap_or_default();
    order.get("status").and_then(Value::as_str).map(str::to_owned).into_iter().collect()
}

fn new_event(connection: &str, source: &str, event: Event, body: &[u8]) -> NewEvent {
    // By the body alone where headers are not signed: a replay comes under another id.
    let key = if event.content_key.is_empty() { &event.key } else { &event.content_key };
    NewEvent {
        id: id(connection, source, key),
        connection: connection.to_owned(),
        source: source.to_owned(),
        kind: match event.kind {
            Kind::Cancelled => "cancelled",
            Kind::Tracking => "tracking",
            Kind::Order | Kind::Nothing => "order",
        }
        .to_owned(),
        subject: event.subject,
        what: event.what,
        at_ms: event.at_ms.unwrap_or_default(),
        body: body.to_vec(),
    }
}

/// What makes two deliveries the same news, here as at the edge, so that one that comes both ways is one.
fn id(connection: &str, source: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in [connection, source, key] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}
