//! The figures: `cargo bench -p connote-chain-tests`, or some of them: `cargo bench -p connote-chain-tests --bench figures -- mapping`.
//!
//! Machines are noisy, so each line that compares two things measures both in turns in one run and gives their ratio. Times are the lower
//! quartile of many samples, in microseconds of wall time.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_chain_tests::{COMPONENTS, Paced, START_MS, Stage, own_order, own_orders, trackstar};
use connote_components::Shipped;
use connote_driver::{Action, Driver, Event, Grant, Limits, Stored};
use connote_host::chain::ShipmentOutcome;
use connote_host::runtime::{Component, Export, Runtime, RuntimeSettings};
use connote_host::transport::Joining;
use connote_sandbox::World;
use connote_types::labels::{PrintJob, PrintStep};
use connote_types::orders::{MapInput, MapOutcome, SourceDocument};
use connote_types::steps::{Answer, Context, Response};
use connote_types::tracking::{ReadInput, ReadOutcome};
use connote_types::types::OrderRecord;
use serde_json::json;

/// Samples of each measurement.
const SAMPLES: usize = 41;

/// What can be measured.
const PARTS: [(&str, fn()); 5] = [
    ("mapping", mapping),
    ("instances", instances),
    ("print-job", print_job),
    ("cold-start", cold_start),
    ("budget", budget),
];

fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    if let Some(unknown) = named.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        eprintln!("there is no part {unknown:?}, only {}", PARTS.map(|(part, _)| part).join(", "));
        std::process::exit(2);
    }
    println!("Connote's figures, microseconds (lower quartile of {SAMPLES} samples, side by side)\n");
    for (part, measure) in PARTS {
        if named.is_empty() || named.iter().any(|name| name == part) {
            measure();
        }
    }
}

/// Measures several things in turns, so that noise hits all of them alike.
fn side_by_side<const N: usize>(calls: u32, mut work: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut samples = [const { Vec::new() }; N];
    for _ in 0..SAMPLES {
        for (one, into) in work.iter_mut().zip(&mut samples) {
            let start = Instant::now();
            for _ in 0..calls {
                one();
            }
            into.push(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
        }
    }
    samples.map(|mut all| {
        all.sort_by(f64::total_cmp);
        all[SAMPLES / 4]
    })
}

fn line(what: &str, us: f64) {
    println!("  {what:<66}{us:>10.2}");
}

fn ratio(what: &str, us: f64, of: f64, aim: &str) {
    println!("  {what:<66}{us:>10.2}   {:>6.2} x   {aim}", us / of);
}

/// A Trackstar order of so many lines, with its products and one pack.
fn order(lines: usize) -> MapInput {
    let items: Vec<_> = (0..lines)
        .map(|n| json!({ "product_id": format!("p{n}"), "sku": format!("SKU-{n}"), "quantity": n % 3 + 1, "unit_price": 12.95, "is_picked": true }))
        .collect();
    let order = json!({
        "id": "ord", "order_number": "SO-1", "reference_id": "R-1", "status": "packed", "type": "d2c", "warehouse_id": "wh",
        "created_date": "2026-11-01T10:00:00Z", "updated_date": "2026-11-01T10:00:00Z", "invoice_currency_code": "AUD",
        "ship_to_address": { "full_name": "Ava Nguyen", "company": null, "address1": "214 Kent Street", "address2": "Level 3", "address3": null,
            "city": "Sydney", "state": "NSW", "postal_code": "2000", "country": "AU", "phone_number": "0400000000", "email_address": "ava@example.com" },
        "line_items": items, "tags": [], "shipments": [], "additional_fields": {},
    });
    let products: Vec<_> = (0..lines)
        .map(|n| SourceDocument {
            kind: "product".into(),
            id: format!("p{n}"),
            body: json!({ "id": format!("p{n}"), "sku": format!("SKU-{n}"), "name": format!("Thing {n}"),
                "measurements": { "weight": 1.5, "weight_unit": "lb", "length": 10, "width": 5, "height": 2, "unit": "in" } })
            .to_string()
            .into_bytes(),
        })
        .collect();
    let first = SourceDocument { kind: "order".into(), id: "ord".into(), body: order.to_string().into_bytes() };
    MapInput {
        source: "trackstar".into(),
        documents: std::iter::once(first).chain(products).collect(),
        settings: serde_json::to_vec(&trackstar().settings).unwrap(),
        explain: false,
    }
}

fn mapping() {
    println!(
        "map-order of a Trackstar order, {} bytes of rules",
        include_str!("../../../components/vendors/src/trackstar/rules.json").len()
    );
    for lines in [1, 10, 100] {
        let input = order(lines);
        let MapOutcome::Mapped(_) = connote_order_mapper::map::map_order(&input) else {
            panic!("the order maps: {:?}", connote_order_mapper::map::map_order(&input))
        };
        let component = &COMPONENTS.order_mapper;
        let mut warm = component.keep::<(&MapInput,), MapOutcome>(&Export::MAP_ORDER).unwrap();
        let settings = &input.settings;
        let [native, warm, fresh, rules, json] = side_by_side(
            50,
            [
                &mut || drop(black_box(connote_order_mapper::map::map_order(black_box(&input)))),
                &mut || drop(black_box(warm.call((&input,)).unwrap())),
                &mut || drop(black_box(component.call::<_, MapOutcome>(&Export::MAP_ORDER, (&input,)).unwrap())),
                &mut || drop(black_box(connote_vendors::settings::Settings::read(settings))),
                &mut || {
                    for document in &input.documents {
                        drop(black_box(connote_vendors::json::Value::read(&document.body)));
                    }
                },
            ],
        );
        line(&format!("{lines} lines: native"), native);
        ratio("  a warm instance", warm, native, "aim 1.5 x");
        ratio("  a fresh instance", fresh, native, "aim 4 x");
        line("  of the native time: reading the connection's settings", rules);
        line("  of the native time: reading the documents as JSON", json);
    }
    println!();
}

fn instances() {
    println!("An instance");
    let component = &COMPONENTS.tracking_writeback;
    let input = ReadInput::default();
    let mut kept = component.keep::<(&ReadInput,), ReadOutcome>(&Export::READ).unwrap();
    let [empty, fresh, instantiate] = side_by_side(
        500,
        [
            &mut || drop(black_box(kept.call((&input,)).unwrap())),
            &mut || drop(black_box(component.call::<_, ReadOutcome>(&Export::READ, (&input,)).unwrap())),
            &mut || drop(black_box(component.keep::<(&ReadInput,), ReadOutcome>(&Export::READ).unwrap())),
        ],
    );
    ratio("an empty call: no parameter, no result", nothing(), 0.15, "aim 1 x of 0.15");
    line("a call with an empty record in a warm instance", empty);
    line("instantiate and drop", instantiate);
    line("instantiate, the same call, drop (first touch included)", fresh);
    println!();
}

/// What the engine alone takes for a call, with the host's settings that matter for it.
fn nothing() -> f64 {
    const EMPTY: &str = r#"(component
        (core module $m (func (export "nothing")))
        (core instance $i (instantiate $m))
        (func (export "nothing") (canon lift (core func $i "nothing"))))"#;
    let mut config = wasmtime::Config::new();
    let engine = wasmtime::Engine::new(config.epoch_interruption(true).concurrency_support(false)).unwrap();
    let component = wasmtime::component::Component::new(&engine, wat::parse_str(EMPTY).unwrap()).unwrap();
    let mut store = wasmtime::Store::new(&engine, ());
    store.set_epoch_deadline(1);
    let instance = wasmtime::component::Linker::new(&engine).instantiate(&mut store, &component).unwrap();
    let function = instance.get_typed_func::<(), ()>(&mut store, "nothing").unwrap();
    let [us] = side_by_side(5_000, [&mut || function.call(&mut store, ()).unwrap()]);
    us
}

/// A print job against the simulators' core: everything but the network.
fn print_job() {
    println!("A print job without the network, a label of 100 kB");
    let pdf = {
        let mut pdf = b"%PDF-1.7\n".to_vec();
        pdf.resize(100_000, b' ');
        pdf.extend(b"\n%%EOF");
        pdf
    };
    let text = STANDARD.encode(&pdf);
    let before = json!({ "success": true, "order": { "order_id": 7, "order_number": "SO-1", "status": "Unshipped", "carrier": -1, "packages": [{ "package_id": 1, "weight": 0.5 }] } });
    let booked = json!({ "success": true, "order_id": 7, "order_number": "SO-1", "carrier_name": "AusPost", "tracking_numbers": ["T1"], "labels": [text], "label_types": ["Label"] });
    let after = json!({ "success": true, "order": { "order_id": 7, "order_number": "SO-1", "status": "Printed", "carrier": 1, "carrier_name": "AusPost",
        "packages": [{ "package_id": 1, "weight": 0.5, "tracking_number": "T1" }] } });
    let answers = [before, booked, after].map(|body| body.to_string().into_bytes());
    let job = PrintJob {
        context: Context { job_id: "print".into(), ..Context::default() },
        account: "ship".into(),
        settings: serde_json::to_vec(&trackstar().settings).unwrap(),
        record: OrderRecord { order_id: vec![7], order_number: "SO-1".into(), ..OrderRecord::default() },
        ..PrintJob::default()
    };
    let mut steps = 0;
    let mut run = || steps = run_print(&job, &answers);
    let mut decode = || drop(black_box(STANDARD.decode(black_box(&text)).unwrap()));
    let [whole, decode] = side_by_side(5, [&mut run, &mut decode]);
    let allowed = 150.0 * f64::from(steps) + 1.5 * decode;
    line("native decoding of the label", decode);
    println!(
        "  {:<66}{whole:>10.2}   {:>6.2} x   aim 1 x of {allowed:.0}",
        format!("the whole job, {steps} steps"),
        whole / allowed
    );
    println!();
}

fn run_print(job: &PrintJob, answers: &[Vec<u8>]) -> u32 {
    let grant = connote_driver::Grant::all("ship");
    let mut driver: Driver<connote_types::labels::PrintResult> =
        Driver::new("print", vec![grant], Limits::default(), Stored::default());
    let mut actions: std::collections::VecDeque<_> = driver.next(0, Event::Start).into();
    let (mut steps, mut asked) = (0, 0);
    while let Some(action) = actions.pop_front() {
        let event = match action {
            Action::Call => {
                steps += 1;
                let step: PrintStep = COMPONENTS.label_printer.call(&Export::PRINT, (job, driver.history())).unwrap();
                Event::Stepped(step)
            }
            Action::Store(_) => Event::Stored,
            Action::Prepare { slot, .. } => Event::Prepared(slot),
            Action::Send { slot, .. } => {
                let body = answers[asked.min(answers.len() - 1)].clone();
                asked += 1;
                Event::Answered(slot, Answer::Response(Response { status: 200, headers: Vec::new(), body }))
            }
            Action::Sleep { slot, .. } => Event::Woken(slot),
            Action::Audit(_) => continue,
            Action::Finish(outcome) => {
                assert!(matches!(outcome, connote_driver::Outcome::Done(_)), "{outcome:?}");
                break;
            }
        };
        actions.extend(driver.next(u64::from(steps), event));
    }
    steps
}

fn cold_start() {
    println!("From a component's file to its first answer");
    let folder = tempfile::tempdir().unwrap();
    let cached = RuntimeSettings { cache_dir: Some(folder.path().join("code")), ..RuntimeSettings::default() };
    let runtime = Runtime::new(&cached).unwrap();
    let Shipped { world, digest, bytes, .. } = connote_components::TRACKING_WRITEBACK;
    runtime.load(world, bytes).unwrap();
    let input = ReadInput::default();
    let answer = |component: Component| component.call::<_, ReadOutcome>(&Export::READ, (&input,)).unwrap();
    let [known, hashed] = side_by_side(
        5,
        [&mut || drop(black_box(answer(runtime.load_known(world, digest, bytes).unwrap()))), &mut || {
            drop(black_box(answer(runtime.load(world, bytes).unwrap())))
        }],
    );
    ratio("from cached code, by its digest", known, 150.0, "aim 1 x of 150");
    ratio("from cached code, by its bytes, which are hashed", hashed, 150.0, "");
    let start = Instant::now();
    Runtime::new(&RuntimeSettings::default()).unwrap().load(world, bytes).unwrap();
    line("compiled anew (once)", start.elapsed().as_secs_f64() * 1e6);
    println!();
}

/// 10,000 orders through the whole chain in virtual time, under the budget and the limit of an unknown key: 2 requests in a second. As many side by side as
/// in the server, each created by itself and then imported together.
fn budget() {
    const ORDERS: u64 = 10_000;
    println!("{ORDERS} orders under a budget of 2 requests in a second, virtual time");
    let apart = pace(ORDERS, false);
    let together = pace(ORDERS, true);
    println!("  imported together instead of created one by one: {:.2} x of the time", together / apart);
}

/// The hours it takes.
fn pace(orders: u64, joined: bool) -> f64 {
    const SIDE_BY_SIDE: usize = 64;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let start = Instant::now();
    let (sent, virtual_ms, refused) = runtime.block_on(async {
        let stage = Arc::new(Stage::new(World::empty()));
        stage.world().settings.limits_scale = 1.0;
        let paced = Arc::new(Paced::new(&stage));
        let grants = if joined { vec![Grant::all("ship")] } else { Vec::new() };
        let host = Arc::new(stage.start_with(Arc::new(Joining::new(paced.clone(), grants))));
        let next = Arc::new(AtomicU64::default());
        let workers: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|_| {
                let (stage, host, next) = (stage.clone(), host.clone(), next.clone());
                tokio::spawn(async move {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= orders {
                            return;
                        }
                        let (connection, order) = (own_orders(), own_order(n));
                        let id = order.id.clone();
                        let shipment = host.ship_documents(&connection, &id, vec![order], &*stage.desk).await.unwrap();
                        assert_eq!(shipment.outcome, ShipmentOutcome::Shipped, "{shipment:?}");
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let refused = stage.world().starshipit.rate_limited();
        (paced.sent.load(Ordering::Relaxed), stage.now_ms() - START_MS, refused)
    });
    let seconds = virtual_ms as f64 / 1e3;
    let used = sent as f64 / (seconds * 2.0) * 100.0;
    let way = if joined { "together" } else { "one by one" };
    println!("  {way}: {sent} requests in {:.2} hours, {used:.2} % of the allowed rate (aim 99 %)", seconds / 3600.0);
    println!("    answered 429: {refused} (aim 0); took {:.1} s of real time", start.elapsed().as_secs_f64());
    seconds / 3600.0
}
