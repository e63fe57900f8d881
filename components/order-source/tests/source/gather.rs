use connote_order_source::gather::gather;
use connote_scripted::{Run, Simulated, drive, json, text};
use connote_types::orders::{GatherJob, Gathered};
use connote_types::steps::{Answer, Disposition, Request};
use serde_json::{Value, json};

use crate::{cartoncloud, context};

fn job(source: &str, source_id: &str) -> GatherJob {
    let settings = cartoncloud();
    GatherJob {
        context: context(),
        source: source.into(),
        account: "wms".into(),
        settings,
        source_id: source_id.into(),
    }
}

fn run(job: &GatherJob, far: impl FnMut(u64, &Request) -> Answer) -> Run<Gathered> {
    drive(|history| gather(job.clone(), history), far)
}

fn kinds(run: &Run<Gathered>) -> Vec<(&str, &str)> {
    run.done().documents.iter().map(|one| (one.kind.as_str(), one.id.as_str())).collect()
}

#[test]
fn trackstar_gives_the_order_then_what_it_refers_to() {
    let mut far = Simulated::trackstar("sandbox");
    let run = run(&job("trackstar", "ord_1005"), |now, request| far.answer(now, request));
    let kinds = kinds(&run);
    assert_eq!(kinds[0], ("order", "ord_1005"));
    assert!(kinds.contains(&("product", "kit_hamper")));
    assert!(kinds.iter().filter(|(kind, _)| *kind == "inventory").count() >= 2, "{kinds:?}");
    assert_eq!(run.turns, [2, 1, 1]);
    assert_eq!(far.world.violations(), [""; 0]);
}

#[test]
fn only_the_products_of_the_order_are_asked_for() {
    let mut far = Simulated::trackstar("sandbox");
    let run = run(&job("trackstar", "ord_1001"), |now, request| far.answer(now, request));
    assert!(run.request("products").path.ends_with("ids%5Bin%5D=prod_tea"));
}

/// Answers of a Trackstar whose bytes no serializer would write.
fn odd_bytes(request: &Request) -> Answer {
    match request.name.as_str() {
        "order" => text(
            200,
            r#"{ "data":{"id":"o","total_price":1.10,"line_items":[{"product_id":"p"},{"product_id":"p"}]} }"#,
        ),
        "packs" => text(200, r#"{"data" : {"packs":[{"line_items":[{"inventory_item_id":"i2"}]}]}}"#),
        "products" => text(
            200,
            r#"{"data":[ {"id":"p", "w":2.50,"inventory_items":[{"inventory_item_id":"i1"}]} ],"next_token":null}"#,
        ),
        _ => text(200, r#"{"data":[{"id":"i1","é":"\u00e9"} , {"id":"i2"}]}"#),
    }
}

#[test]
fn documents_are_kept_byte_for_byte() {
    let run = run(&job("trackstar", "o"), |_, request| odd_bytes(request));
    let bodies: Vec<_> = run.done().documents.iter().map(|one| String::from_utf8(one.body.clone()).unwrap()).collect();
    assert_eq!(
        bodies[0],
        r#"{ "data":{"id":"o","total_price":1.10,"line_items":[{"product_id":"p"},{"product_id":"p"}]} }"#
    );
    assert_eq!(bodies[2], r#"{"id":"p", "w":2.50,"inventory_items":[{"inventory_item_id":"i1"}]}"#);
    assert_eq!(bodies[3], r#"{"id":"i1","é":"\u00e9"}"#);
    assert!(run.request("products").path.ends_with("=p"), "each product is asked for once");
    assert!(run.request("inventory").path.ends_with("=i1,i2"), "what lies in the packs is weighed too");
}

#[test]
fn a_system_without_packs_or_an_order_without_boxes_has_none() {
    for status in [404, 501] {
        let run = run(&job("trackstar", "o"), |_, request| match request.name.as_str() {
            "packs" => json(status, &json!({"error": "not available"})),
            _ => odd_bytes(request),
        });
        assert!(kinds(&run).iter().all(|(kind, _)| *kind != "packs"), "{status}");
    }
}

#[test]
fn an_order_that_is_not_synced_yet_is_unavailable() {
    let mut far = Simulated::trackstar("sandbox");
    let run = run(&job("trackstar", "ord_nowhere"), |now, request| far.answer(now, request));
    assert_eq!((run.failed().disposition, run.failed().status), (Disposition::Unavailable, 404));
}

#[test]
fn more_than_100_products_are_asked_for_in_parts_side_by_side() {
    let lines: Vec<Value> = (0..250).map(|n| json!({ "product_id": format!("p{n}") })).collect();
    let run = run(&job("trackstar", "o"), |_, request| match request.name.as_str() {
        "order" => json(200, &json!({ "data": { "id": "o", "line_items": lines } })),
        _ => json(200, &json!({ "data": [] })),
    });
    assert_eq!(run.turns, [2, 3]);
    let products = run.asked.iter().filter(|(_, request)| request.name.starts_with("products"));
    assert!(products.into_iter().all(|(_, request)| request.path.matches(',').count() < 100));
}

#[test]
fn cartoncloud_gives_the_order_and_its_warehouse_products() {
    let mut far = Simulated::cartoncloud();
    let id = "44444444-0000-4000-8000-000000000003";
    let run = run(&job("cartoncloud", id), |now, request| far.answer(now, request));
    let kinds = kinds(&run);
    assert_eq!(kinds[0], ("order", id));
    assert_eq!(kinds.iter().filter(|(kind, _)| *kind == "warehouse-product").count(), 2);
    assert_eq!(run.turns, [1, 1]);
    assert_eq!(far.world.violations(), [""; 0]);
}

#[test]
fn a_rejected_order_without_lines_asks_for_no_products() {
    let mut far = Simulated::cartoncloud();
    let run = run(&job("cartoncloud", "44444444-0000-4000-8000-000000000011"), |now, request| far.answer(now, request));
    assert_eq!(kinds(&run).len(), 1);
    assert_eq!(run.names(), ["order"]);
}

#[test]
fn a_deleted_order_is_rejected_and_named_as_the_way_to_cancel() {
    let mut far = Simulated::cartoncloud();
    let id = "44444444-0000-4000-8000-000000000001";
    assert!(far.world.cartoncloud.delete_order(id));
    let run = run(&job("cartoncloud", id), |now, request| far.answer(now, request));
    assert_eq!((run.failed().disposition, run.failed().status), (Disposition::Rejected, 404));
    assert!(run.failed().message.contains("deleted"));
}

#[test]
fn a_job_without_an_order_asks_nothing() {
    let run = run(&job("trackstar", ""), |_, _| unreachable!("nothing may be asked"));
    assert_eq!(run.failed().fields[0].path, "source-id");
}
