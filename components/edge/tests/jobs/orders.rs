//! Orders and cancellations.

use connote_sandbox::{FarEnd, Fault, FaultKind};
use serde_json::{Value, json};

use crate::stage::{Kept, START_MS, Stage, answer, cartoncloud, shopify, trackstar, woocommerce};

fn cases() -> [(Kept, &'static str); 4] {
    [(shopify("a"), "#2041"), (woocommerce("a"), "7412"), (trackstar("a"), "SO-1001"), (cartoncloud("a"), "PO-5512")]
}

fn again(event: &Kept, id: &str) -> Kept {
    Kept { id: format!("{id}{}", event.id), ..event.clone() }
}

/// The order as Starshipit has it.
fn held(stage: &Stage, number: &str) -> Value {
    let far = stage.far();
    let ids = far.world.starshipit.order_ids(number);
    assert_eq!(ids.len(), 1, "{number}");
    far.world.starshipit.order(ids[0]).unwrap().clone()
}

/// Shopify's order as it was changed later: another street.
fn changed(id: &str, street: &str, later_ms: u64) -> Kept {
    let order = shopify(id);
    Kept {
        body: order.body.replace("16 Grey Street", street),
        at_ms: order.at_ms.map(|at_ms| at_ms + later_ms),
        ..order
    }
}

fn cancelled(event: &Kept, id: &str, at_ms: u64) -> Kept {
    Kept { kind: "cancelled", at_ms: Some(at_ms), ..again(event, id) }
}

#[test]
fn an_order_of_each_source_delivered_three_times_is_placed_once_and_buys_nothing() {
    for (event, number) in cases() {
        let stage = Stage::new();
        for id in ["1", "2", "3"] {
            stage.keep(&again(&event, id));
        }
        let said = stage.settle();
        assert_eq!(said, json!({ "done": 3, "waiting": 0, "failed": [], "left": 0 }), "{number}");
        assert_eq!((stage.placed(number), stage.creates()), (1, 1), "{number}");
        assert!(stage.keys("event/").is_empty() && stage.keys("lease/").is_empty() && stage.keys("once/").is_empty());
        stage.keep(&again(&event, "4"));
        stage.settle();
        assert_eq!((stage.placed(number), stage.creates()), (1, 1), "{number}");
        stage.check(number);
    }
}

#[test]
fn newer_news_changes_the_order_and_older_news_has_no_effect() {
    let stage = Stage::new();
    stage.keep(&changed("new", "18 Grey Street", 60_000));
    stage.keep(&shopify("old"));
    assert_eq!(stage.settle()["done"], 2);
    assert!(held(&stage, "#2041")["destination"].to_string().contains("18 Grey Street"));
    stage.keep(&changed("newest", "20 Grey Street", 90_000));
    stage.settle();
    assert!(held(&stage, "#2041")["destination"].to_string().contains("20 Grey Street"));
    assert_eq!(stage.creates(), 1);
    stage.check("news");
}

#[test]
fn a_create_without_an_answer_waits_and_is_adopted_whatever_comes_meanwhile() {
    let stage = Stage::new();
    stage.far().world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::ActThenReset));
    stage.keep(&shopify("a"));
    stage.keep(&changed("b", "18 Grey Street", 60_000));
    stage.keep(&trackstar("c"));
    let said = stage.sweep();
    assert_eq!((&said["done"], &said["waiting"]), (&json!(1), &json!(2)), "what waits blocks nobody: {said}");
    assert_eq!(stage.placed("SO-1001"), 1);
    // Before it is due nothing is asked.
    let asked = stage.far().world.requests().count();
    assert_eq!(stage.sweep()["waiting"], 2);
    assert_eq!(stage.far().world.requests().count(), asked);
    stage.settle();
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 2));
    assert!(held(&stage, "#2041")["destination"].to_string().contains("18 Grey Street"));
    stage.check("adopted");
}

#[test]
fn an_answer_that_hangs_is_cut_off_before_the_instance_ends() {
    let stage = Stage::new();
    stage.far().world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::ActThenHang));
    stage.keep(&shopify("a"));
    let said = stage.sweep();
    assert_eq!(said["waiting"], 1, "{said}");
    assert!(stage.far().now_ms - START_MS <= connote_edge::jobs::CUT_MS + 100);
    stage.settle();
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 1));
}

#[test]
fn an_order_that_is_refused_is_kept_for_a_person_until_newer_news_comes() {
    let stage = Stage::new();
    let bad = Kept { body: shopify("a").body.replace("\"4101\"", "\"41010000000000000000\""), ..shopify("a") };
    stage.keep(&bad);
    let said = stage.settle();
    let failed = &said["failed"][0];
    assert_eq!((&failed["id"], &failed["subject"]), (&json!(bad.id), &json!(bad.subject)), "{said}");
    assert_ne!(failed["fields"], json!([]), "{said}");
    assert!(!said.to_string().contains("41010000000000000000"), "{said}");
    assert!(stage.keys("event/").is_empty());
    assert_eq!(stage.sweep()["failed"], said["failed"], "it is listed until it is mended");
    assert_eq!(stage.creates(), 0, "and not tried again");
    stage.keep(&changed("b", "16 Grey Street", 60_000));
    assert_eq!(stage.settle()["failed"], json!([]));
    assert_eq!(stage.placed("#2041"), 1);
    assert!(stage.keys("failed/").is_empty());
}

#[test]
fn a_failure_is_taken_up_again_when_a_person_says_so() {
    let stage = Stage::new();
    let key = stage.far().variables.insert("ss_key".into(), "wrong".into()).unwrap();
    stage.keep(&shopify("a"));
    let said = stage.settle();
    assert_eq!(said["failed"][0]["disposition"], "unauthorised", "{said}");
    stage.far().variables.insert("ss_key".into(), key);
    let again = format!("again={}", said["failed"][0]["id"].as_str().unwrap());
    let reply = answer(&stage.hand(), "/sweep", &again, Some("Bearer sesame"));
    let said: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(said, json!({ "done": 1, "waiting": 0, "failed": [], "left": 0 }));
    assert_eq!(stage.placed("#2041"), 1);
}

#[test]
fn a_cancelled_order_is_never_placed_by_older_news() {
    let order = shopify("a");
    let at_ms = order.at_ms.unwrap();
    for cancelled_ms in [at_ms, at_ms + 1_000] {
        let stage = Stage::new();
        stage.keep(&cancelled(&order, "c", cancelled_ms));
        stage.keep(&order);
        assert_eq!(stage.settle(), json!({ "done": 2, "waiting": 0, "failed": [], "left": 0 }));
        assert_eq!(stage.creates(), 0);
    }
    let stage = Stage::new();
    stage.keep(&cancelled(&order, "c", at_ms - 1_000));
    stage.keep(&order);
    stage.settle();
    assert_eq!(stage.placed("#2041"), 1, "newer news makes it an order again");
}

#[test]
fn an_order_that_was_placed_and_is_cancelled_is_reported() {
    let stage = Stage::new();
    stage.keep(&shopify("a"));
    stage.settle();
    stage.keep(&cancelled(&shopify("a"), "c", START_MS));
    let said = stage.settle();
    assert_eq!(said["failed"][0]["disposition"], "conflict", "{said}");
    assert!(said["failed"][0]["reason"].as_str().unwrap().contains("#2041"), "{said}");
    assert_eq!(stage.placed("#2041"), 1);
}

#[test]
fn a_cancellation_settles_what_may_have_been_created() {
    let stage = Stage::new();
    stage.far().world.fault(Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::ActThenReset));
    stage.keep(&shopify("a"));
    stage.sweep();
    stage.keep(&cancelled(&shopify("a"), "c", START_MS));
    assert_eq!(stage.sweep()["waiting"], 2);
    let said = stage.settle();
    assert_eq!(said["failed"].as_array().unwrap().len(), 1, "{said}");
    assert_eq!((stage.placed("#2041"), stage.creates()), (1, 1));
}

#[test]
fn a_token_that_ended_early_is_fetched_once_more() {
    let stage = Stage::new();
    stage.far().world.fault(Fault::once(FarEnd::CartonCloud, "GET", "/outbound-orders/", FaultKind::Status(401)));
    stage.keep(&cartoncloud("a"));
    assert_eq!(stage.settle()["failed"], json!([]));
    assert_eq!(stage.placed("PO-5512"), 1);
    let far = stage.far();
    assert_eq!(far.world.requests().filter(|seen| seen.path == "/uaa/oauth/token").count(), 2);
}

#[test]
fn two_orders_of_a_source_never_share_one_of_starshipit() {
    let stage = Stage::new();
    let twin = Kept {
        subject: "5800000000012".into(),
        body: shopify("b").body.replace("5800000000011", "5800000000012"),
        ..shopify("b")
    };
    stage.keep(&shopify("a"));
    stage.keep(&twin);
    let said = stage.settle();
    assert_eq!(said["failed"][0]["disposition"], "conflict", "{said}");
    assert_eq!(stage.placed("#2041"), 1);
}

#[test]
fn what_starshipit_says_of_a_buyer_is_not_repeated() {
    let stage = Stage::new();
    let words = "Mia Tran, 16 Grey Street: no such address";
    let refusal = Fault::once(FarEnd::Starshipit, "POST", "/api/orders", FaultKind::SuccessFalse(words.into()));
    stage.far().world.fault(refusal);
    stage.keep(&shopify("a"));
    let said = stage.settle();
    assert_eq!(
        (&said["failed"][0]["disposition"], &said["failed"][0]["status"]),
        (&json!("rejected"), &json!(200)),
        "{said}"
    );
    assert_ne!(said["failed"][0]["reason"], json!(""), "{said}");
    for word in ["Mia", "Tran", "Grey"] {
        assert!(!said.to_string().contains(word), "{said}");
    }
    stage.check("words");
}
