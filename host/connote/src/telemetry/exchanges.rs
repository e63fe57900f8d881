//! Exchanges with far ends as spans below the run that they belong to.

use std::time::{Duration, SystemTime};

use connote_host::observe::{Exchanged, Observer};
use connote_server::trace::route;
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, Status, Tracer as _};
use opentelemetry_sdk::trace::SdkTracer;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Makes a span of every exchange.
pub(crate) struct Exchanges {
    tracer: SdkTracer,
}

impl Exchanges {
    pub(super) fn new(tracer: SdkTracer) -> Self {
        Self { tracer }
    }
}

impl Observer for Exchanges {
    fn exchanged(&self, exchange: Exchanged<'_>) {
        let Exchanged { connection, step, line, .. } = exchange;
        let ended = SystemTime::UNIX_EPOCH + Duration::from_millis(line.at_ms);
        let began = ended.checked_sub(Duration::from_millis(line.took_ms)).unwrap_or(ended);
        let route = route(&line.path);
        let mut attributes = vec![
            KeyValue::new("http.request.method", line.method.clone()),
            KeyValue::new("url.template", route.clone()),
            KeyValue::new("connote.connection", connection.to_owned()),
            KeyValue::new("connote.account", line.account.clone()),
            KeyValue::new("connote.step", step.to_owned()),
            KeyValue::new("http.request.resend_count", i64::from(line.sending.saturating_sub(1))),
        ];
        if line.status > 0 {
            attributes.push(KeyValue::new("http.response.status_code", i64::from(line.status)));
        }
        let mut span = self
            .tracer
            .span_builder(format!("{} {route}", line.method))
            .with_kind(SpanKind::Client)
            .with_start_time(began)
            .with_attributes(attributes)
            .start_with_context(&self.tracer, &tracing::Span::current().context());
        if !(100..400).contains(&line.status) {
            // Our own word for it: the reason may hold what the far end said.
            span.set_status(Status::error(line.outcome.split(':').next().unwrap_or_default().to_owned()));
        }
        span.end_with_timestamp(ended);
    }
}
