//! `/metrics` after a run: what was done stands there.

use std::time::Duration;

use connote_chain_tests::trackstar;
use connote_sandbox::{FarEnd, Fault, FaultKind, World};
use connote_server::store::OrderState;
use connote_server_tests::{Site, order, own};

const HOUR: Duration = Duration::from_secs(3600);

/// The value of a line, by all that stands before it.
fn value(text: &str, line: &str) -> f64 {
    let found = text.lines().find_map(|other| other.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("{line} in {text}"))
}

#[tokio::test(start_paused = true)]
async fn figures_tell_exchanges_by_connection_and_step_and_labels_as_the_journal_knows_them() {
    let site = Site::new(World::demo(), [trackstar(), own()]);
    let server = site.start();
    site.stage.world().fault(Fault::once(FarEnd::Starshipit, "", "/api/orders", FaultKind::Status500Html));
    server.engine.submit("own", None, order("1").to_string().into_bytes()).await.unwrap();
    server.until("own", "1", OrderState::Done, HOUR).await;
    server.until_none(&[OrderState::Waiting], HOUR).await;
    let text = server.metrics().await;
    for step in ["pull", "gather", "write"] {
        let line = format!(
            "connote_exchanges_total{{connection=\"trackstar\",account=\"trackstar\",step=\"{step}\",outcome=\"2xx\"}}"
        );
        assert!(value(&text, &line) > 0.0);
    }
    for step in ["place", "print"] {
        let line =
            format!("connote_exchange_duration_seconds_count{{connection=\"own\",account=\"ship\",step=\"{step}\"}}");
        assert!(value(&text, &line) > 0.0);
    }
    assert!(text.contains("outcome=\"5xx\"} 1"), "{text}");
    assert_eq!(value(&text, "connote_labels_bought_total{connection=\"own\",account=\"ship\"}"), 1.0);
    let state = site.stage.world().state();
    let charged = state["starshipit"]["labels-charged"].as_array().unwrap().len();
    let all: f64 = text
        .lines()
        .filter(|line| line.starts_with("connote_labels_bought_total"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert_eq!(all, charged as f64);
    assert!(value(&text, "connote_orders{connection=\"trackstar\",state=\"attention\"}") > 0.0);
    assert_eq!(value(&text, "connote_poll_failing{poll=\"orders/trackstar\"}"), 0.0);
    server.stop().await;
    // Another process knows what was bought, and nothing of what the first one counted.
    let server = site.start();
    let text = server.metrics().await;
    assert_eq!(value(&text, "connote_labels_bought_total{connection=\"own\",account=\"ship\"}"), 1.0);
    assert!(!text.contains("step=\"print\""), "{text}");
    server.stop().await;
}
