use crate::support::{Place, check};

#[test]
fn the_shipped_components_import_nothing() {
    check!(Place::new().run(&["components"]), @"");
}

#[test]
fn a_file_that_is_no_component_is_refused_with_its_name() {
    let place = Place::new();
    place.write("x.wasm", "(module)");
    check!(place.run(&["components", "x.wasm"]), @"");
    check!(place.run(&["components", "y.wasm"]), @"");
}
