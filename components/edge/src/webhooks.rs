//! `POST /webhooks/{connection}/{source}`: whether a delivery is genuine, whether it is news, and whom it is handed to.

use connote_types::steps::Problem;
use connote_vendors::webhook::{Delivery, Event, Kind, Refusal};
use connote_vendors::{cartoncloud, shopify, starshipit, trackstar, woocommerce};
use serde_json::{Value, json};

use crate::jobs::{LARGEST_VALUE_BYTES, Part, keep_unusable, may_sweep, word};
use crate::proof::{secrets, texts};
use crate::rates::within;
use crate::settings::{Connection, Document, Events, Mode, Party, VARIABLE};
use crate::{Incoming, Outgoing, Outside, Reply, Sent};
use connote_ladder::digest::{digest, hex};

pub(crate) mod seen;
mod store;

pub use store::{EVENT, StoredEvent};

/// How long the receiver of a forwarded event may take. Shopify waits 5 s in all.
const FORWARD_MS: u64 = 4_000;

/// Variable with the address of the components that carry events out; `{part}` in it becomes `orders`, `shop-orders` or `tracking`:
/// `http://jobs-{part}.spin.internal` within a Spin application.
pub const JOBS_URL: &str = "jobs_url";

/// Variable with the token of `POST /sweep`.
pub const SWEEP_TOKEN: &str = "sweep_token";

/// The largest event that is kept: it has to fit into a value as a failure too, with what is wrong beside it.
pub const LARGEST_EVENT_BYTES: usize = LARGEST_VALUE_BYTES - 64 * 1024;

/// How long a sweep is waited for by who wants to know what it came to: Akamai Functions ends an instance after 30 s.
const SWEEP_MS: u64 = 25_000;

/// What is left to do once the answer has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Then {
    /// Nothing.
    #[default]
    Nothing,
    /// Start the sweep of these events.
    Sweep(Part),
}

/// Sends a request to where its path leads.
pub async fn route(outside: &impl Outside, request: Incoming) -> (Reply, Then) {
    match (request.method.as_str(), request.parts().as_slice()) {
        ("POST", ["sweep"]) => (sweep(outside, &request, &PARTS).await, Then::Nothing),
        ("POST", ["sweep", name]) => match PARTS.into_iter().find(|part| part.name() == *name) {
            Some(part) => (sweep(outside, &request, &[part]).await, Then::Nothing),
            None => (Reply::problem(404, "Nothing here", "there are orders, shop-orders and tracking"), Then::Nothing),
        },
        ("POST", ["webhooks", connection, source]) => accept(outside, connection, source, &request).await,
        (_, ["webhooks", _, _]) => {
            let reply =
                Reply::problem(405, "Not that way", "POST /webhooks/{connection}/{source}").header("allow", "POST");
            (reply, Then::Nothing)
        }
        _ => {
            (Reply::problem(404, "Nothing here", "webhooks go to POST /webhooks/{connection}/{source}"), Then::Nothing)
        }
    }
}

async fn accept(outside: &impl Outside, connection: &str, source: &str, request: &Incoming) -> (Reply, Then) {
    taken(outside, connection, source, request).await.unwrap_or_else(only)
}

/// An answer behind which nothing is left to do.
fn only(reply: Reply) -> (Reply, Then) {
    (reply, Then::Nothing)
}

/// # Errors
/// The answer to a delivery that is not taken.
async fn taken(
    outside: &impl Outside,
    connection: &str,
    source: &str,
    request: &Incoming,
) -> Result<(Reply, Then), Reply> {
    let text = outside.variable(VARIABLE);
    let document = Document::load(outside, text.as_deref())?;
    let settings = document.find(outside, connection)?;
    // Nobody learns which connections there are.
    let found = settings.as_ref().and_then(|settings| parts(settings, source));
    let (events, party) = found.ok_or_else(Reply::unauthorised)?;
    let delivery =
        Delivery { headers: &request.headers, query: &request.query, body: &request.body, now_ms: outside.unix_ms() };
    if source == "woocommerce" && woocommerce::webhook::is_ping(&delivery) {
        return Ok(only(done("ping")));
    }
    if let Err(refusal) = verify(outside, source, party, &delivery) {
        outside.log(&format!("webhook {source} for {connection}: refused, {}", reason(refusal)));
        return Err(Reply::unauthorised());
    }
    if source == "trackstar" && !party.site.is_empty() && trackstar::webhook::connection(&delivery) != party.site {
        return Ok(only(done("of another connection")));
    }
    let event = event(source, events, &delivery).map_err(|problem| {
        // The same delivery again would say the same, and a failure counts towards switching the webhook off.
        let why = [problem.disposition.as_str(), word(&problem.code)].join(" ");
        outside.log(&format!("webhook {source} for {connection}: genuine, but it cannot be used: {why}"));
        if events.mode == Mode::RunHere {
            keep_unusable(outside, connection, source, &problem);
        }
        done("not usable")
    })?;
    if event.kind == Kind::Nothing {
        return Ok(only(done(&event.what)));
    }
    // By the body alone too: where headers are not signed, a replay comes under another id.
    let ids = match event.content_key.as_str() {
        "" => vec![id(connection, source, &event.key)],
        content => vec![id(connection, source, content), id(connection, source, &event.key)],
    };
    if ids.iter().any(|id| seen::was(outside, id)) {
        return Ok(only(done("known")));
    }
    let id = ids.first().ok_or_else(later)?;
    let stored = StoredEvent::new(connection, source, &event, delivery.now_ms, &request.body);
    if events.mode == Mode::RunHere {
        return keep(outside, id, &stored);
    }
    let reply = forward(outside, events, id, &stored).await;
    if reply.status == 200 {
        ids.iter().for_each(|id| seen::mark(outside, id));
    }
    Ok(only(reply))
}

fn parts<'c, 'd>(settings: &'c Connection<'d>, source: &str) -> Option<(&'c Events<'d>, &'c Party)> {
    Some((settings.events.as_ref()?, settings.party(source)?))
}

/// 200 exactly: WooCommerce takes nothing else for its ping, and a duplicate that is refused would count against the webhook.
fn done(what: &str) -> Reply {
    Reply::json(200, &json!({ "event": what }))
}

fn verify(outside: &impl Outside, source: &str, party: &Party, delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let secrets = secrets(outside, &party.secrets);
    let secrets = texts(&secrets);
    match source {
        "starshipit" => starshipit::webhook::verify(delivery, &secrets),
        "trackstar" => trackstar::webhook::verify(delivery, &secrets),
        "cartoncloud" => cartoncloud::webhook::verify(delivery, &secrets),
        "shopify" => {
            shopify::webhook::verify(delivery, &secrets).and_then(|()| shopify::webhook::is_from(delivery, &party.site))
        }
        _ => woocommerce::webhook::verify(delivery, &secrets),
    }
}

fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NoSecret => "none of the variables of its secrets is set",
        Refusal::Missing => "no signature",
        Refusal::Malformed => "a malformed signature",
        Refusal::Mismatch => "a wrong signature, or another shop's",
        Refusal::Stale => "its signed time is too far from ours",
        Refusal::UnknownKey => "a key that is not known",
    }
}

fn event(source: &str, events: &Events<'_>, delivery: &Delivery<'_>) -> Result<Event, Problem> {
    match source {
        "starshipit" => starshipit::webhook::event(delivery),
        "trackstar" => trackstar::webhook::event(delivery),
        "cartoncloud" => cartoncloud::webhook::event(delivery),
        "shopify" => shopify::webhook::event(delivery),
        _ => woocommerce::webhook::event_of(delivery, &ship_statuses(events, delivery)),
    }
}

/// The statuses in which an order of WooCommerce ships: those of the settings where it is carried out here. Whoever takes a forwarded event decides for
/// himself, so that every status is news.
fn ship_statuses(events: &Events<'_>, delivery: &Delivery<'_>) -> Vec<String> {
    let text = |json: &str, pointer: &str| -> Option<Value> {
        serde_json::from_str::<Value>(json).ok()?.pointer(pointer).cloned()
    };
    match events.mode {
        Mode::Forward => {
            let body = std::str::from_utf8(delivery.body).unwrap_or_default();
            text(body, "/status").and_then(|status| status.as_str().map(str::to_owned)).into_iter().collect()
        }
        Mode::RunHere => {
            let set = events.settings.and_then(|settings| text(settings.get(), "/ship_statuses"));
            set.and_then(|set| serde_json::from_value(set).ok()).unwrap_or_default()
        }
    }
}

/// What makes two deliveries the same news.
fn id(connection: &str, source: &str, key: &str) -> String {
    hex(&digest(&[connection, source, key].map(str::as_bytes)))
}

/// Hands an event on. Whoever takes it knows by the id when it comes twice.
async fn forward(outside: &impl Outside, to: &Events<'_>, id: &str, event: &StoredEvent) -> Reply {
    let Some(token) = outside.variable(&to.token).filter(|token| !token.is_empty()) else {
        outside.log(&format!("the variable \"{}\" is not set: an event could not be forwarded", to.token));
        return later();
    };
    let headers =
        [("content-type", "application/json"), ("authorization", &format!("Bearer {token}")), ("idempotency-key", id)];
    let outgoing = Outgoing {
        method: "POST".to_owned(),
        url: to.url.clone(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: event.to_json(id).into_bytes(),
    };
    let sent = within(outside.send(outgoing), outside.sleep(FORWARD_MS)).await;
    let reason = match sent {
        Some(Sent::Answered(response)) if (200..300).contains(&response.status) => {
            return done(&event.what);
        }
        Some(Sent::Answered(response)) => format!("HTTP {}", response.status),
        Some(Sent::NotSent(reason) | Sent::Unknown(reason)) => reason,
        None => format!("no answer within {FORWARD_MS} ms"),
    };
    outside.log(&format!("webhook {} for {}: not forwarded, {reason}", event.source, event.connection));
    later()
}

/// Makes the sender send it again.
fn later() -> Reply {
    Reply::problem(503, "Not now", "send it again").header("retry-after", "30")
}

fn keep(outside: &impl Outside, id: &str, event: &StoredEvent) -> Result<(Reply, Then), Reply> {
    let not_kept = |reason: &str| {
        outside.log(&format!("webhook {} for {}: not kept, {reason}", event.source, event.connection));
    };
    let value = event.to_json(id);
    if value.len() > LARGEST_EVENT_BYTES {
        not_kept(&format!("{} bytes are more than the {LARGEST_EVENT_BYTES} that the store takes", value.len()));
        let detail = format!("an event takes {LARGEST_EVENT_BYTES} bytes at most here");
        return Err(Reply::problem(413, "The event is too large", &detail));
    }
    outside.set(&format!("{EVENT}{id}"), value.as_bytes()).map_err(|reason| {
        not_kept(&reason);
        later()
    })?;
    Ok((done(&event.what), Then::Sweep(Part::of(event.kind, &event.source))))
}

/// Starts what is left to do. Where that fails, any later sweep finishes it.
pub async fn finish(outside: &impl Outside, then: Then) {
    let (Then::Sweep(part), Some(token)) = (then, outside.variable(SWEEP_TOKEN)) else { return };
    if let Err(reason) = sweep_part(outside, part, &token, "wait=no").await {
        outside.log(&format!("no sweep could be started, the next one finishes what was kept: {reason}"));
    }
}

/// The parts of a sweep, each in the component that takes it.
const PARTS: [Part; 3] = [Part::Orders, Part::ShopOrders, Part::Tracking];

/// `POST /sweep` and `POST /sweep/{part}`: the parts side by side. `?again=ID` takes a failure up again.
async fn sweep(outside: &impl Outside, request: &Incoming, parts: &[Part]) -> Reply {
    let Some(token) = outside.variable(SWEEP_TOKEN).filter(|_| may_sweep(outside, request)) else {
        return Reply::unauthorised();
    };
    let sweeping = parts.iter().map(|part| Box::pin(sweep_part(outside, *part, &token, &request.query)));
    let came = connote_steps::all(sweeping.collect()).await;
    let mut members = serde_json::Map::new();
    let mut whole = true;
    for (part, came) in parts.iter().zip(came) {
        whole &= came.is_ok();
        members.insert(part.name().to_owned(), came.unwrap_or_else(|reason| json!({ "error": reason })));
    }
    Reply::json(if whole { 200 } else { 502 }, &Value::Object(members))
}

async fn sweep_part(outside: &impl Outside, part: Part, token: &str, query: &str) -> Result<Value, String> {
    let Some(url) = outside.variable(JOBS_URL).filter(|url| !url.is_empty()) else {
        return Err(format!("the variable \"{JOBS_URL}\" is not set"));
    };
    let url = url.replace("{part}", part.name());
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    let outgoing = Outgoing {
        method: "POST".to_owned(),
        url: format!("{}/sweep/{}{query}", url.trim_end_matches('/'), part.name()),
        headers: vec![("authorization".to_owned(), format!("Bearer {token}"))],
        body: Vec::new(),
    };
    match within(outside.send(outgoing), outside.sleep(SWEEP_MS)).await {
        Some(Sent::Answered(response)) if matches!(response.status, 200 | 202) => {
            serde_json::from_slice(&response.body).map_err(|_| "its answer is not JSON".to_owned())
        }
        Some(Sent::Answered(response)) => Err(format!("HTTP {}", response.status)),
        Some(Sent::NotSent(reason) | Sent::Unknown(reason)) => Err(reason),
        None => Err(format!("no answer within {SWEEP_MS} ms")),
    }
}
