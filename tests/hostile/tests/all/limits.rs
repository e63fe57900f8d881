//! What one call may use.

use std::time::{Duration, Instant};

use connote_host::runtime::{CallError, Component, Export, Runtime, RuntimeSettings};
use connote_types::labels::PrintStep;
use connote_types::orders::{MapInput, MapOutcome};
use connote_types::steps::{Answer, Exchange, Response, Step, Turn};

use crate::support::{assert_stands, call, hostile, job, runtime, settings};

/// The clock ticks every 10 ms, and a machine under test is busy.
const SLACK: Duration = Duration::from_secs(5);

fn error(component: &Component, deed: &str) -> CallError {
    let error = call(component, deed).unwrap_err();
    assert!(error.to_string().contains("label-printer.print of the component \"hostile\""), "{error}");
    assert_stands(component);
    error
}

#[test]
fn every_call_gets_a_fresh_instance() {
    let component = hostile();
    for _ in 0..3 {
        assert_eq!(call(&component, "count").unwrap().order_id, 1);
    }
}

#[test]
fn an_endless_loop_is_stopped_at_the_deadline() {
    let component = hostile();
    let began = Instant::now();
    let CallError::Deadline { ms, .. } = error(&component, "loop") else { panic!("deadline expected") };
    let took = began.elapsed();
    assert_eq!(ms, settings().call_ms);
    assert!(took >= Duration::from_millis(ms), "stopped too early, after {took:?}");
    assert!(took < Duration::from_millis(ms) + SLACK, "stopped too late, after {took:?}");
}

#[test]
fn endless_recursion_runs_out_of_stack_and_not_the_host() {
    let component = hostile();
    let CallError::Stack { bytes, .. } = error(&component, "recurse") else { panic!("stack expected") };
    assert_eq!(bytes, settings().stack_bytes);
}

#[test]
fn a_component_that_runs_out_of_its_own_stack_traps_before_it_overwrites_its_data() {
    let component = hostile();
    let CallError::Trapped { reason, .. } = error(&component, "recurse-wide") else { panic!("trap expected") };
    assert!(reason.contains("out of bounds memory access"), "{reason}");
}

#[test]
fn a_component_cannot_have_more_memory_than_the_limit() {
    let component = hostile();
    for deed in ["memory", "memory-at-once"] {
        let CallError::Memory { bytes, .. } = error(&component, deed) else { panic!("{deed}: memory expected") };
        assert_eq!(bytes, settings().memory_bytes);
    }
}

#[test]
fn a_result_of_a_gigabyte_out_of_a_small_instance_is_not_taken() {
    let component = hostile();
    let before = peak_kilobytes();
    let CallError::TooLarge { bytes, .. } = error(&component, "gigabyte") else { panic!("too large expected") };
    assert_eq!(bytes, settings().result_bytes);
    let grown = peak_kilobytes() - before;
    assert!(grown < 400_000, "the host took {grown} kB");
}

/// The most memory that this process has had.
fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

#[test]
fn a_text_larger_than_the_limit_is_not_taken() {
    let larger = RuntimeSettings { memory_bytes: 256 << 20, call_ms: 5_000, ..settings() };
    let component = Runtime::new(&larger).unwrap().load("hostile", connote_hostile_tests::HOSTILE).unwrap();
    assert!(matches!(error(&component, "long-text"), CallError::TooLarge { .. }));
}

#[test]
fn a_panic_is_a_trap_and_no_problem_of_the_domain() {
    let component = hostile();
    let CallError::Trapped { reason, .. } = error(&component, "panic") else { panic!("trap expected") };
    assert!(reason.contains("unreachable"), "{reason}");
}

#[test]
fn a_history_of_16_mib_fits_into_an_instance() {
    let component = Runtime::new(&RuntimeSettings::default()).unwrap();
    let component = component.load("hostile", connote_hostile_tests::HOSTILE).unwrap();
    let response = Response { status: 200, body: vec![b'x'; 16 << 20], ..Response::default() };
    let exchange = Exchange { answer: Answer::Response(response), ..Exchange::default() };
    let history = [Turn { at_ms: 1, exchanges: vec![exchange] }];
    let step: PrintStep = component.call(&Export::PRINT, (&job("ask"), &history[..])).unwrap();
    assert!(matches!(step, Step::Done(result) if result.order_number == "response"));
}

#[test]
fn one_component_running_wild_does_not_stop_another() {
    let runtime = runtime();
    let hostile = runtime.load("hostile", connote_hostile_tests::HOSTILE).unwrap();
    let mapper = runtime.load("order-mapper", connote_components::ORDER_MAPPER.bytes).unwrap();
    std::thread::scope(|scope| {
        for deed in ["loop", "memory", "recurse", "gigabyte", "panic"] {
            scope.spawn(|| call(&hostile, deed).unwrap_err());
        }
        for _ in 0..20 {
            let outcome: MapOutcome = mapper.call(&Export::MAP_ORDER, (&MapInput::default(),)).unwrap();
            drop(outcome);
        }
    });
}

#[test]
fn a_call_beyond_the_concurrency_waits_for_its_turn() {
    let narrow = RuntimeSettings { concurrency: 1, ..settings() };
    let component = Runtime::new(&narrow).unwrap().load("hostile", connote_hostile_tests::HOSTILE).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_stands(&component));
        }
    });
}

#[test]
fn a_component_outlives_the_runtime_that_loaded_it_with_its_deadline() {
    let component = hostile();
    assert!(matches!(call(&component, "loop"), Err(CallError::Deadline { .. })));
}
