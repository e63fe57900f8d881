//! What is refused at load, and what a component says of itself.

use connote_components::Shipped;
use connote_host::runtime::{CallError, Export, Interface, LoadError, Runtime, RuntimeSettings, UnknownExport};
use connote_types::labels::PrintStep;
use connote_types::orders::MapOutcome;

use crate::support::{hostile, job, runtime, settings};

/// The label-printer with one name in it replaced by another of equal length.
fn renamed(from: &str, to: &str) -> Vec<u8> {
    renamed_in(connote_components::LABEL_PRINTER, from, to)
}

fn renamed_in(shipped: Shipped, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = shipped.bytes.to_vec();
    let mut found = 0;
    for at in 0..=bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from.as_bytes() {
            bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
            found += 1;
        }
    }
    assert!(found > 0, "{from} does not occur");
    bytes
}

fn incompatible(bytes: &[u8]) -> String {
    match runtime().load("label-printer", bytes) {
        Err(LoadError::Incompatible { reason, .. }) => reason,
        other => panic!("incompatible expected, {other:?} found"),
    }
}

#[test]
fn every_shipped_component_loads_and_says_which_world_it_fits() {
    let runtime = runtime();
    for Shipped { name, world, bytes, .. } in connote_components::ALL {
        let component = runtime.load(name, bytes).unwrap();
        let description = component.describe();
        assert_eq!(description.worlds, [world]);
        assert!(description.imports.is_empty(), "{description:?}");
        assert_eq!(component.size(), bytes.len());
        assert_eq!(component.digest().len(), 64);
        for export in Export::ALL {
            assert_eq!(component.has(&export), export.world() == world, "{name} and {export}");
        }
    }
}

#[test]
fn a_component_lists_its_interfaces_and_functions() {
    let printer = runtime().load("label-printer", connote_components::LABEL_PRINTER.bytes).unwrap();
    let interface = |name: &str, functions: &[&str]| Interface {
        name: name.into(),
        functions: functions.iter().map(|function| (*function).to_owned()).collect(),
    };
    let mut exports = printer.describe().exports.clone();
    exports.sort_by(|one, other| one.name.cmp(&other.name));
    let manifester = interface("connote:labels/manifester@0.1.0", &["manifest"]);
    assert_eq!(exports, [manifester, interface("connote:labels/printer@0.1.0", &["print", "reprint"])]);
}

#[test]
fn a_component_of_another_version_of_the_contract_is_refused_by_name() {
    let placer = connote_components::ORDER_PLACER;
    let reason = incompatible(&renamed_in(placer, "connote:orders/placer@0.1.0", "connote:orders/placer@0.2.0"));
    assert!(reason.contains("exports connote:orders/placer@0.2.0"), "{reason}");
    assert!(reason.contains("connote:orders/placer@0.1.0"), "{reason}");
}

#[test]
fn a_component_of_a_later_patch_of_the_contract_is_taken() {
    let later = renamed("connote:labels/printer@0.1.0", "connote:labels/printer@0.1.7");
    runtime().load("label-printer", &later).unwrap();
}

#[test]
fn a_missing_function_is_named() {
    // With its length before it, which leaves `reprinted` alone.
    let reason = incompatible(&renamed("\x07reprint", "\x07reprunt"));
    assert_eq!(reason, "its connote:labels/printer@0.1.0 has no function reprint");
}

#[test]
fn a_record_with_another_field_is_refused_and_the_field_is_named() {
    let reason = incompatible(&renamed("delivery-instructions", "delivery-instructionz"));
    assert!(reason.starts_with("print in its connote:labels/printer@0.1.0 has other types"), "{reason}");
    assert!(reason.contains("delivery-instructions"), "{reason}");
}

#[test]
fn what_is_no_component_is_refused() {
    let module = [b"\0asm".as_slice(), &[1, 0, 0, 0]].concat();
    for bytes in [&b""[..], b"label", b"(component)", &module, &connote_components::LABEL_PRINTER.bytes[..9_999]] {
        assert!(matches!(runtime().load("label-printer", bytes), Err(LoadError::Invalid { .. })));
    }
}

#[test]
fn a_component_without_exports_is_refused() {
    let empty = [b"\0asm".as_slice(), &[0x0d, 0, 1, 0]].concat();
    assert!(incompatible(&empty).starts_with("it exports nothing"));
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_compiled() {
    let small = Runtime::new(&RuntimeSettings { component_bytes: 1_000, ..settings() }).unwrap();
    let refused = small.load("label-printer", connote_components::LABEL_PRINTER.bytes);
    assert!(matches!(refused, Err(LoadError::TooLarge { limit: 1_000, .. })), "{refused:?}");
}

#[test]
fn a_component_that_needs_more_than_the_limits_is_refused_at_load() {
    for settings in
        [RuntimeSettings { memory_bytes: 1 << 16, ..settings() }, RuntimeSettings { table_elements: 1, ..settings() }]
    {
        let refused = Runtime::new(&settings).unwrap().load("label-printer", connote_components::LABEL_PRINTER.bytes);
        assert!(matches!(refused, Err(LoadError::Invalid { .. } | LoadError::Broken { .. })), "{refused:?}");
    }
}

#[test]
fn a_function_that_the_component_has_not_cannot_be_called() {
    let error = hostile().call::<_, MapOutcome>(&Export::MAP_ORDER, (&job(""),)).unwrap_err();
    assert_eq!(error.to_string(), "the component \"hostile\" does not export order-mapper.map-order");
}

#[test]
fn a_call_with_other_types_is_refused_and_not_performed() {
    let error = hostile().call::<_, PrintStep>(&Export::PRINT, (&job("panic"),)).unwrap_err();
    assert!(matches!(error, CallError::Types { .. }), "{error}");
}

#[test]
fn exports_are_written_world_dot_function() {
    for export in Export::ALL {
        assert_eq!(export.to_string().parse(), Ok(export));
    }
    assert_eq!(Export::MAP_ORDER.to_string(), "order-mapper.map-order");
    let unknown: Result<Export, UnknownExport> = "order-mapper.print".parse();
    assert!(unknown.unwrap_err().to_string().contains("order-mapper.print"));
}
