use crate::support::{Place, check, code, err};

#[test]
fn the_shipped_components_import_nothing() {
    check!(Place::new().run(&["components"]), @r#"
    exit code 0
    ----- stdout
    order-source  [SIZE]
      world    order-source
      exports  connote:orders/source@0.1.0  pull, gather
      imports  nothing
      sha256   [SHA256]

    order-mapper  [SIZE]
      world    order-mapper
      exports  connote:orders/mapper@0.1.0  map-order
      imports  nothing
      sha256   [SHA256]

    shop-mapper  [SIZE]
      world    order-mapper
      exports  connote:orders/mapper@0.1.0  map-order
      imports  nothing
      sha256   [SHA256]

    order-placer  [SIZE]
      world    order-placer
      exports  connote:orders/placer@0.1.0  place
      imports  nothing
      sha256   [SHA256]

    label-printer  [SIZE]
      world    label-printer
      exports  connote:labels/printer@0.1.0  print, reprint
      exports  connote:labels/manifester@0.1.0  manifest
      imports  nothing
      sha256   [SHA256]

    tracking-writeback  [SIZE]
      world    tracking-writeback
      exports  connote:tracking/writeback@0.1.0  read, write
      imports  nothing
      sha256   [SHA256]

    rate-quoter  [SIZE]
      world    rate-quoter
      exports  connote:rates/quoter@0.1.0  quote
      imports  nothing
      sha256   [SHA256]
    "#);
}

#[test]
fn a_file_that_is_no_component_is_refused_with_its_name() {
    let place = Place::new();
    place.write("x.wasm", "(module)");
    check!(place.run(&["components", "x.wasm"]), @r#"
    exit code 2
    ----- stderr
    error: "x.wasm" is not a WebAssembly component this host runs: failed to parse WebAssembly module: magic header not detected: bad magic number - expected=[     0x0,     0x61,     0x73,     0x6d, ] actual=[     0x28,     0x6d,     0x6f,     0x64, ] (at offset 0x0)
    "#);
    check!(place.run(&["components", "y.wasm"]), @r#"
    exit code 2
    ----- stderr
    error: y.wasm: No such file or directory (os error 2)
    "#);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_exit_code_3_and_a_reader_that_has_left_is_none() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Place::new().command(&["components"]).stdout(full).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(err(&output).contains("could not be written to standard output"), "{}", err(&output));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Place::new().command(&["components"]).stdout(writer).output().unwrap();
    assert_eq!((code(&output), err(&output).as_str()), (0, ""));
}
