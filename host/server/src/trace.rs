//! Spans and log lines of the work. No buyer's data stands in them: orders are told by connection and number, requests without their query.

use connote_host::journal::OrderKey;
use connote_host::observe::{Exchanged, Observer, Quoted};
use connote_types::rates::Source;
use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::figures::{came_from, outcome};

/// The span of one run of an order. With traces on, every log line in it tells the trace.
pub(crate) fn order(key: &OrderKey, number: &str) -> Span {
    let number = if number.is_empty() { &key.source_id } else { number };
    let span =
        tracing::info_span!(target: "connote::order", "order", connection = key.connection, number, trace_id = Empty);
    with_trace(span)
}

/// The span of one poll.
pub(crate) fn poll(name: &str) -> Span {
    with_trace(tracing::info_span!(target: "connote::poll", "poll", poll = name, trace_id = Empty))
}

fn with_trace(span: Span) -> Span {
    let trace_id = span.context().span().span_context().trace_id();
    if trace_id != opentelemetry::TraceId::INVALID {
        span.record("trace_id", trace_id.to_string());
    }
    span
}

/// A path as its route: what names one thing stands as `{id}`. Two orders have one route.
#[must_use]
pub fn route(path: &str) -> String {
    /// Longer than any word of a far end's routes.
    const LONGEST: usize = 24;
    let is_word = |part: &str| {
        part.len() <= LONGEST && part.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_".contains(&byte))
    };
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').map(|part| if is_word(part) { part } else { "{id}" }).collect();
    parts.join("/")
}

/// Writes a line for every exchange with a far end, and for every checkout that got no price of Starshipit's for now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl Observer for Log {
    fn exchanged(&self, exchange: Exchanged<'_>) {
        let Exchanged { connection, step, line, .. } = exchange;
        let (method, route, account) = (&line.method, route(&line.path), &line.account);
        let (status, sending, took_ms) = (line.status, line.sending, line.took_ms);
        let outcome = outcome(line);
        tracing::info!(target: "connote::exchange", connection, account, step, method, route, status, outcome, sending, took_ms, "exchanged");
    }

    fn quoted(&self, quoted: Quoted<'_>) {
        if is_worse(&quoted) {
            let (connection, source, reasons) = (quoted.connection, came_from(&quoted), quoted.reasons.join("; "));
            tracing::warn!(target: "connote::rates", connection, source, reasons, "no live price");
        }
    }
}

/// Whether a checkout got less than a live price. Without any price and without a reason its cart was refused, which its answer tells.
fn is_worse(quoted: &Quoted<'_>) -> bool {
    quoted.source.map_or(!quoted.reasons.is_empty(), |source| source >= Source::Stale)
}

#[cfg(test)]
mod tests {
    use tracing::{Event, Metadata, Subscriber, span};

    use super::*;

    #[test]
    fn a_cart_that_is_refused_is_no_checkout_without_a_live_price() {
        let reasons = ["no live price: HTTP 503".to_owned()];
        for (source, reasons, told) in [
            (None, &[][..], false),
            (None, &reasons[..], true),
            (Some(Source::Live), &reasons[..], false),
            (Some(Source::Stale), &reasons[..], true),
            (Some(Source::Table), &[][..], true),
        ] {
            assert_eq!(is_worse(&Quoted { connection: "main", source, reasons }), told, "{source:?} {reasons:?}");
        }
    }

    /// Takes every span.
    struct All;

    impl Subscriber for All {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, _: &Event<'_>) {}
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    #[test]
    fn no_field_of_a_span_has_the_key_that_its_own_name_has_in_json() {
        tracing::subscriber::with_default(All, || {
            let key = OrderKey { connection: "main".to_owned(), source_id: "1".to_owned() };
            for span in [order(&key, ""), poll("feed/main")] {
                assert!(span.metadata().unwrap().fields().field("name").is_none());
            }
        });
    }

    #[test]
    fn a_route_tells_no_id_and_no_query() {
        for (path, told) in [
            ("/api/orders?order_number=Mary", "/api/orders"),
            ("/wms/orders/ord_1a2b/shipments", "/wms/orders/{id}/shipments"),
            ("/tenants/0000-1/outbound-orders/Mary", "/tenants/{id}/outbound-orders/{id}"),
            ("/uaa/oauth/token", "/uaa/oauth/token"),
            ("/x/abcdefghijklmnopqrstuvwxyz", "/x/{id}"),
        ] {
            assert_eq!(route(path), told);
        }
    }
}
