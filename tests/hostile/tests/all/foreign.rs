//! Components that import WASI, as other toolchains make them.

use connote_host::runtime::{CallError, Component};

use crate::support::{assert_stands, call, runtime};

fn foreign() -> Component {
    runtime().load("hostile", connote_hostile_tests::HOSTILE_WASI).unwrap()
}

#[test]
fn a_component_with_wasi_imports_loads_and_works_while_it_uses_none() {
    assert_stands(&foreign());
}

#[test]
fn a_call_of_an_import_ends_the_job_and_names_the_import() {
    let component = foreign();
    for (deed, named) in [
        ("clock", "wasi:clocks/wall-clock@"),
        ("file", "wasi:filesystem/"),
        ("network", "wasi:sockets/"),
        ("stdout", "wasi:cli/stdout@"),
        ("exit", "wasi:cli/exit@"),
    ] {
        let error = call(&component, deed).unwrap_err();
        let CallError::Import { import, .. } = &error else { panic!("{deed}: {error}") };
        assert!(import.starts_with(named), "{deed}: {import}");
        assert!(error.to_string().ends_with("which this host does not give"), "{error}");
        assert_stands(&component);
    }
}

#[test]
fn writing_to_stderr_does_no_harm() {
    assert_eq!(call(&foreign(), "stderr").unwrap().order_number, "printed");
}

#[test]
fn hash_maps_have_the_same_seed_in_every_call() {
    let component = foreign();
    let [first, again] = ["hash", "hash"].map(|deed| call(&component, deed).unwrap());
    assert_eq!(first, again);
    assert_eq!(first.order_number, "hashed");
}

#[test]
fn the_environment_is_empty() {
    let seen = call(&foreign(), "environment").unwrap();
    assert_eq!((seen.order_number.as_str(), seen.order_id), ("saw the environment", 0));
}

#[test]
fn what_a_component_says_before_it_traps_is_in_the_error_on_one_line() {
    let error = call(&foreign(), "panic").unwrap_err().to_string();
    assert!(error.contains("the parcel is [31mtoo heavy"), "{error}");
    assert!(!error.contains(['\n', '\x1b']), "{error}");
}

#[test]
fn its_imports_and_what_is_given_of_them_are_described() {
    let foreign = foreign();
    let imports = &foreign.describe().imports;
    let find = |prefix: &str| imports.iter().find(|import| import.interface.name.starts_with(prefix)).unwrap();
    assert_eq!(find("wasi:cli/stderr@").given, ["get-stderr"]);
    assert!(find("wasi:clocks/wall-clock@").given.is_empty());
    assert_eq!(foreign.describe().worlds, ["label-printer"]);
}
