//! What one job may ask for. The driver decides, the component is real.

use connote_driver::{Grant, Limits, Outcome};
use connote_types::labels::PrintJob;

use crate::support::{Ran, assert_stands, hostile, job, run};

fn asking(deed: &str, request: &str) -> Ran {
    let component = hostile();
    let grants = vec![Grant { account: "ship".into(), paths: vec!["/api/".into()], headers: vec!["api-key".into()] }];
    let job = PrintJob { settings: request.as_bytes().to_vec(), ..job(deed) };
    let ran = run(&component, job, grants);
    assert_stands(&component);
    ran
}

fn broken(ran: &Ran) -> &str {
    match &ran.outcome {
        Outcome::Broken(reason) => reason,
        other => panic!("broken expected, {other:?} found"),
    }
}

const ALLOWED: &str = "ship\nGET\n/api/orders";

#[test]
fn a_request_within_its_grant_is_sent() {
    let ran = asking("ask", ALLOWED);
    assert!(matches!(&ran.outcome, Outcome::Done(result) if result.order_number == "response"), "{ran:?}");
    assert_eq!(ran.sent.len(), 1);
}

#[test]
fn endless_steps_end_at_the_limit_of_turns() {
    let ran = asking("steps", ALLOWED);
    let limit = Limits::default().turns;
    assert!(broken(&ran).contains(&limit.to_string()), "{}", broken(&ran));
    assert!(ran.sent.len() <= limit + 1, "{} were sent", ran.sent.len());
}

#[test]
fn endless_checkpoints_end_at_their_limit() {
    let ran = asking("checkpoints", ALLOWED);
    assert!(broken(&ran).contains(&Limits::default().checkpoints.to_string()), "{}", broken(&ran));
}

#[test]
fn a_step_over_a_limit_sends_nothing_at_all() {
    for (deed, named) in [("many", "1000 requests"), ("none", "0 requests"), ("body", "bytes"), ("wait", "wait")] {
        let ran = asking(deed, ALLOWED);
        assert!(broken(&ran).contains(named), "{deed}: {}", broken(&ran));
        assert!(ran.sent.is_empty(), "{deed}");
    }
}

/// The component is told and nothing left; the audit log shows the attempt.
fn assert_denied(request: &str, why: &str) {
    let ran = asking("ask", request);
    let Outcome::Done(result) = &ran.outcome else { panic!("{request:?}: {:?}", ran.outcome) };
    assert!(result.order_number.starts_with("denied: "), "{request:?}: {}", result.order_number);
    assert!(result.order_number.contains(why), "{request:?}: {}", result.order_number);
    assert!(ran.sent.is_empty(), "{request:?} was sent");
    assert!(ran.audits.iter().any(|audit| audit.outcome.contains(why)), "{request:?}: {:?}", ran.audits);
}

#[test]
fn a_path_outside_its_account_is_denied() {
    for path in ["/secret", "/api/../secret", "//evil.example/api/", "https://evil.example/", "/api/%2e%2e/secret"] {
        assert_denied(&format!("ship\nGET\n{path}"), "the path");
    }
}

#[test]
fn a_header_of_the_host_or_the_account_is_denied() {
    for header in ["host:evil.example", "authorization:Bearer x", "api-key:mine", "content-length:0", "x-a:1\r2"] {
        assert_denied(&format!("{ALLOWED}\n{header}"), "the header");
    }
}

#[test]
fn an_account_of_another_connection_is_denied() {
    assert_denied("other\nGET\n/api/orders", "was not given to this job");
}

#[test]
fn a_method_that_opens_a_tunnel_is_denied() {
    assert_denied("ship\nCONNECT\n/api/orders", "the method");
}

#[test]
fn a_component_that_traps_ends_its_job_as_broken() {
    let ran = asking("panic", ALLOWED);
    assert!(broken(&ran).contains("trapped"), "{}", broken(&ran));
}
