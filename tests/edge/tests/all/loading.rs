//! What is wrong is told before a port is opened.

use connote_edge_host::{EdgeComponent, EdgeError, EdgeHost, EdgeLimits, EdgeSettings};
use connote_edge_tests::EMPTY;

use crate::support::{Served, deeds};

fn refused(settings: EdgeSettings) -> String {
    EdgeHost::new(settings).err().unwrap().to_string()
}

fn empty() -> EdgeComponent {
    EdgeComponent::new("empty", EMPTY)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_of_the_sdk_is_served_at_its_routes() {
    let served = Served::with(vec![deeds(), empty().route("/").route("/deeds/polite")], EdgeLimits::default()).await;
    assert_eq!(served.ask("/", &[]).await.body, "hello\n");
    assert_eq!(served.ask("/deeds/polite", &[]).await.body, "hello\n", "the exact route wins");
    assert_eq!(served.ask("/deeds/count", &[]).await.body, "0");
}

#[test]
fn a_file_that_is_no_component_is_refused() {
    let error = EdgeHost::new(EdgeSettings::new([EdgeComponent::new("broken", b"\0asm".to_vec())])).err().unwrap();
    assert!(matches!(error, EdgeError::Component { .. }) && error.to_string().contains("\"broken\""), "{error}");
}

#[test]
fn a_component_without_the_handler_or_with_an_unknown_import_is_refused_by_name() {
    let without = EdgeComponent::new("plain", b"(component)".to_vec());
    assert!(refused(EdgeSettings::new([without])).contains("plain"));
}

#[test]
fn a_malformed_host_or_route_and_a_route_that_is_taken_are_refused() {
    for (component, words) in [
        (empty().allow("api.example.com"), "api.example.com` has no scheme"),
        (empty().allow("redis://localhost"), "is not about http"),
        (empty().route("rates"), "`rates` does not begin with a slash"),
    ] {
        assert!(refused(EdgeSettings::new([component])).contains(words), "{words}");
    }
    let twice = [empty().route("/a"), EdgeComponent { name: "second".into(), ..empty().route("/a") }];
    assert_eq!(refused(EdgeSettings::new(twice)), "the route /a belongs to \"empty\" and to \"second\"");
}

#[test]
fn a_file_beyond_the_limit_is_refused() {
    let limits = EdgeLimits { component_bytes: 1_000, ..EdgeLimits::default() };
    let error = refused(EdgeSettings { limits, ..EdgeSettings::new([empty()]) });
    assert!(error.contains("more than the 1000 that are allowed"), "{error}");
}

#[test]
fn settings_do_not_show_the_values_of_variables() {
    let shown = format!("{:?}", EdgeSettings::new([empty().variable("api_key", "canary-77")]));
    assert!(shown.contains("api_key") && !shown.contains("canary-77"), "{shown}");
}
