//! Log lines on standard error, and traces to an OpenTelemetry collector.

mod collector;
mod exchanges;

use clap::ValueEnum;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::failure::Failure;

pub(crate) use exchanges::Exchanges;

/// The levels of log lines: `warn`, or `info,connote::http=off` by target.
const LEVELS: &str = "CONNOTE_LOG";

/// Where traces go when the config does not say: the name that OpenTelemetry gives it.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object in each line.
    Json,
}

/// Traces that are on their way.
pub(crate) struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Begins to write log lines, and to send traces when an address is given here or by the environment. Once in a process, within its runtime.
    pub(crate) fn start(format: Format, otlp: Option<&str>, quiet: bool) -> Result<Self, Failure> {
        let levels = levels(quiet)?;
        let from_env = std::env::var(ENDPOINT).ok().filter(|url| !url.is_empty());
        let traces = otlp.map(str::to_owned).or(from_env).map(|url| provider(&url)).transpose()?;
        let spans = traces.as_ref().map(|traces| spans(traces.tracer("connote")));
        let lines = lines(format).with_filter(levels);
        let subscriber = Registry::default().with(spans).with(lines);
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|error| Failure::unavailable(format!("log lines cannot be written: {error}")))?;
        Ok(Self { traces })
    }

    /// Who makes spans of exchanges, when traces are sent.
    pub(crate) fn exchanges(&self) -> Option<Exchanges> {
        self.traces.as_ref().map(|traces| Exchanges::new(traces.tracer("connote")))
    }

    /// Sends what is left. A collector that does not answer holds nothing up for long.
    pub(crate) async fn close(self) {
        if let Some(traces) = self.traces {
            // It waits for the tasks that send.
            let _ = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        }
    }
}

fn levels(quiet: bool) -> Result<Targets, Failure> {
    match std::env::var(LEVELS) {
        Ok(text) if !text.is_empty() => text.parse().map_err(|error| {
            Failure::usage(format!("{LEVELS} cannot be read: {error}"))
                .fix("for example CONNOTE_LOG=warn,connote::exchange=info")
        }),
        _ => Ok(Targets::new().with_default(if quiet { LevelFilter::WARN } else { LevelFilter::INFO })),
    }
}

fn lines<S: Subscriber + for<'s> LookupSpan<'s>>(format: Format) -> Box<dyn Layer<S> + Send + Sync> {
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        Format::Human => layer.with_ansi(false).with_target(false).boxed(),
        Format::Json => layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    }
}

/// Only our own spans: what libraries trace may hold what they send.
fn spans<S: Subscriber + for<'s> LookupSpan<'s>>(tracer: SdkTracer) -> impl Layer<S> {
    let ours =
        Targets::new().with_target("connote::order", LevelFilter::INFO).with_target("connote::poll", LevelFilter::INFO);
    tracing_opentelemetry::layer().with_tracer(tracer).with_location(false).with_threads(false).with_filter(ours)
}

fn provider(url: &str) -> Result<SdkTracerProvider, Failure> {
    let wrong = |why: String| {
        Failure::usage(format!("traces cannot be sent to that address: {why}"))
            .fix("[server] otlp = \"http://127.0.0.1:4318\", or https:// for a collector on the internet")
    };
    let collector = collector::Collector::new(url).map_err(&wrong)?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", url.trim_end_matches('/')))
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    let resource = Resource::builder().with_service_name("connote").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
