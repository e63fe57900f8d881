//! The same components built for wasm32-wasip2 answer the same bytes.

use std::fs;
use std::path::Path;

use connote_components::ALL;
use connote_host::runtime::{Component, Export};
use connote_hostile_tests::SHIPPED_WASI;
use connote_types::labels::{PrintJob, PrintStep};
use connote_types::orders::{
    GatherJob, GatherStep, MapInput, MapOutcome, PlaceJob, PlaceStep, PullJob, PullStep, SourceDocument,
};
use connote_types::steps::{Context, Turn};
use connote_types::tracking::{Fact, FactSource, ReadInput, ReadOutcome, WriteJob, WriteStep};
use connote_types::types::{Order, OrderRecord};

use crate::support::runtime;

const NO_HISTORY: &[Turn] = &[];
const SOURCES: [&str; 4] = ["trackstar", "cartoncloud", "connote", "unheard-of"];

/// Both builds of a component.
fn builds(name: &str) -> [Component; 2] {
    let runtime = runtime();
    let at = ALL.iter().position(|file| file.name == name).unwrap();
    let [shipped, wasi] = [ALL[at].bytes, SHIPPED_WASI[at]].map(|bytes| runtime.load(name, bytes).unwrap());
    assert!(shipped.describe().imports.is_empty() && !wasi.describe().imports.is_empty());
    [shipped, wasi]
}

/// Calls an export of both builds and compares what they say as JSON, to the byte.
macro_rules! assert_same {
    ($builds:expr, $export:expr, $params:expr, $result:ty) => {
        let [shipped, wasi] = &$builds;
        let said = [shipped, wasi].map(|build| {
            let answer = build.call::<_, $result>(&$export, $params).map_err(|error| error.to_string());
            answer.map(|answer| serde_json::to_string(&answer).unwrap())
        });
        let [shipped, wasi] = said;
        assert_eq!(shipped, wasi, "{}", $export);
    };
}

/// Documents of any kind: examples of the documentation, and what no source would send.
fn documents() -> Vec<Vec<u8>> {
    let mut documents: Vec<Vec<u8>> =
        ["", "{}", "[]", "null", "\"x\"", "{\"id\": 1e400}", "{\"id\":\"1\",\"data\":{}}"]
            .map(|text| text.as_bytes().to_vec())
            .into();
    documents.push(vec![0xff, 0xfe, 0]);
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let files = fs::read_dir(examples).into_iter().flatten().flatten().map(|entry| entry.path());
    documents
        .extend(files.filter(|path| path.extension().is_some_and(|end| end == "json")).map(|p| fs::read(p).unwrap()));
    documents
}

fn context() -> Context {
    Context { job_id: "job-1".into(), started_ms: 1_700_000_000_000, ..Context::default() }
}

#[test]
fn mapping_is_the_same() {
    let builds = builds("order-mapper");
    for body in documents() {
        for source in SOURCES {
            let document = SourceDocument { kind: "order".into(), id: "1".into(), body: body.clone() };
            let input =
                MapInput { source: source.into(), documents: vec![document], settings: b"{}".to_vec(), explain: true };
            assert_same!(builds, Export::MAP_ORDER, (&input,), MapOutcome);
        }
    }
}

/// The bodies of the shops' sample deliveries.
fn deliveries() -> Vec<Vec<u8>> {
    let samples: serde_json::Value = serde_json::from_str(include_str!("../../../contracts/shops.json")).unwrap();
    let bodies = samples.as_array().unwrap().iter().filter_map(|sample| sample["raw_body"].as_str());
    bodies.map(|body| body.as_bytes().to_vec()).collect()
}

#[test]
fn mapping_orders_of_shops_is_the_same_in_both_builds_and_natively() {
    let builds = builds("shop-mapper");
    let mut mapped = 0;
    for body in deliveries().into_iter().chain(documents()) {
        for (source, home) in [("shopify", "AU"), ("woocommerce", "NZ"), ("trackstar", "AU")] {
            let document = SourceDocument { kind: "order".into(), id: "1".into(), body: body.clone() };
            let settings = format!(r#"{{"default_piece_weight_g":85,"origin_country":"{home}"}}"#).into_bytes();
            let input = MapInput { source: source.into(), documents: vec![document], settings, explain: true };
            assert_same!(builds, Export::MAP_ORDER, (&input,), MapOutcome);
            let shipped: MapOutcome = builds[0].call(&Export::MAP_ORDER, (&input,)).unwrap();
            mapped += usize::from(matches!(shipped, MapOutcome::Mapped(_)));
            assert_eq!(shipped, connote_shop_mapper::map::map_order(&input));
        }
    }
    assert_eq!(mapped, 2, "one order of each shop");
}

#[test]
fn every_other_export_begins_the_same() {
    let orders = builds("order-source");
    let placer = builds("order-placer");
    let printer = builds("label-printer");
    let writeback = builds("tracking-writeback");
    let record = OrderRecord { order_id: vec![7], order_number: "A1".into(), ..OrderRecord::default() };
    let order = Order { source_id: "1".into(), number: "A1".into(), ..Order::default() };
    for source in SOURCES {
        let (context, source, account, settings) = (context(), source.to_owned(), "ship".to_owned(), b"{}".to_vec());
        let pull = PullJob {
            context: context.clone(),
            source: source.clone(),
            account: account.clone(),
            settings: settings.clone(),
            limit: 10,
            ..PullJob::default()
        };
        assert_same!(orders, Export::PULL, (&pull, NO_HISTORY), PullStep);
        let gather = GatherJob {
            context: context.clone(),
            source: source.clone(),
            account: account.clone(),
            settings: settings.clone(),
            source_id: "1".into(),
        };
        assert_same!(orders, Export::GATHER, (&gather, NO_HISTORY), GatherStep);
        let place = PlaceJob {
            context: context.clone(),
            account: account.clone(),
            settings: settings.clone(),
            order: order.clone(),
            body: b"{\"order\":{\"order_number\":\"A1\"}}".to_vec(),
            record: OrderRecord::default(),
        };
        assert_same!(placer, Export::PLACE, (&place, NO_HISTORY), PlaceStep);
        let print = PrintJob {
            context: context.clone(),
            account: account.clone(),
            settings: settings.clone(),
            order: order.clone(),
            record: record.clone(),
        };
        assert_same!(printer, Export::PRINT, (&print, NO_HISTORY), PrintStep);
        assert_same!(printer, Export::REPRINT, (&print, NO_HISTORY), PrintStep);
        let facts = vec![Fact { key: "k".into(), order_number: "A1".into(), ..Fact::default() }];
        let write =
            WriteJob { context, source, account, settings, facts, order: order.clone(), record: record.clone() };
        assert_same!(writeback, Export::WRITE, (&write, NO_HISTORY), WriteStep);
    }
}

#[test]
fn reading_is_the_same() {
    let builds = builds("tracking-writeback");
    for body in documents() {
        for source in [FactSource::OrderRecord, FactSource::Webhook, FactSource::TrackAnswer] {
            let input = ReadInput { source, body: body.clone(), ..ReadInput::default() };
            assert_same!(builds, Export::READ, (&input,), ReadOutcome);
        }
    }
}
