//! What is promised of every edge file and of `spin.toml`, read from the files themselves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use connote_components::edge::{ALL, LARGEST_BYTES};
use wasmparser::{Parser, Payload, Validator};

/// What every host of `wasi:http` 0.2 has. Versions within 0.2 match each other.
const EVERYWHERE: [&str; 5] = ["wasi:cli/", "wasi:clocks/", "wasi:http/", "wasi:io/", "wasi:random/"];

/// What Spin has besides, by its exact name.
const SPIN: [&str; 2] = ["wasi:config/store@0.2.0-draft-2024-09-27", "wasi:keyvalue/store@0.2.0-draft2"];

/// What claims need. Not on Akamai Functions, so that only the files for which claims count may ask for it.
const ATOMICS: &str = "wasi:keyvalue/atomics@0.2.0-draft2";

/// Names that the whole file imports or exports.
fn names(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
    let (mut imports, mut exports, mut depth) = (Vec::new(), Vec::new(), 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                imports.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                exports.extend(section.into_iter().map(|export| export.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    (imports, exports)
}

#[test]
fn an_edge_file_is_valid_answers_http_and_is_small() {
    for file in ALL {
        Validator::new().validate_all(file.bytes).unwrap();
        let (_, exports) = names(file.bytes);
        assert!(exports.iter().all(|name| name.starts_with("wasi:http/incoming-handler@0.2.")), "{exports:?}");
        assert_eq!(exports.len(), 1, "{}", file.name);
        assert!(file.bytes.len() <= LARGEST_BYTES, "{} has {} bytes", file.name, file.bytes.len());
    }
}

#[test]
fn an_edge_file_imports_only_what_its_hosts_have() {
    for file in ALL {
        let (imports, _) = names(file.bytes);
        let plain = file.name.ends_with("-plain");
        for name in &imports {
            let known = EVERYWHERE.iter().any(|prefix| name.starts_with(prefix) && name.contains("@0.2."));
            let spin = !plain && SPIN.contains(&name.as_str());
            let claims = file.name.starts_with("jobs-") && !file.name.ends_with("-without-atomics") && name == ATOMICS;
            assert!(known || spin || claims, "{} imports {name}", file.name);
        }
        assert_eq!(imports.iter().any(|name| name.starts_with("wasi:keyvalue/")), !plain, "{}", file.name);
    }
}

#[test]
fn the_manifest_for_akamai_differs_in_the_files_without_atomics_and_in_whole_answers_alone() {
    let read = |name: &str| std::fs::read_to_string(format!("{}/../../{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let whole = |value: &str| format!("whole_answers = {{ default = \"{value}\" }}");
    let mut wanted = read("spin.toml").replace(&whole("on"), &whole("off"));
    for part in ["orders", "shop-orders", "tracking"] {
        let file = |name: &str| format!("target/edge/jobs-{part}{name}.wasm");
        wanted = wanted.replace(&file(""), &file("-without-atomics"));
    }
    let body = |text: &str| text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    assert_eq!(body(&read("spin.akamai.toml")), body(&wanted));
}

#[test]
fn the_manifest_names_files_that_are_made_and_variables_that_are_declared() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let declared = manifest["variables"].as_table().unwrap();
    let components = manifest["component"].as_table().unwrap();
    for (name, component) in components {
        let source = component["source"].as_str().unwrap();
        assert!(ALL.iter().any(|file| source == format!("target/edge/{}.wasm", file.name)), "{source}");
        assert_eq!(component["key_value_stores"].as_array().unwrap().len(), 1, "{name}");
        for (variable, template) in component["variables"].as_table().unwrap() {
            assert!(declared.contains_key(variable), "{name}: {variable}");
            assert_eq!(template.as_str().unwrap(), format!("{{{{ {variable} }}}}"), "{name}: {variable}");
        }
    }
    for trigger in manifest["trigger"]["http"].as_array().unwrap() {
        assert!(components.contains_key(trigger["component"].as_str().unwrap()), "{trigger}");
    }
    for (name, variable) in declared {
        let secret = variable.get("secret").is_some_and(|secret| secret.as_bool() == Some(true));
        let sounds = ["_key", "_secret", "_token", "_id"].iter().any(|end| name.ends_with(end));
        assert_eq!(secret, sounds, "{name}");
    }
}
