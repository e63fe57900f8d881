//! What is promised of every shipped file, read from the file itself.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;

use connote_components::{ALL, LARGEST_BYTES, LARGEST_QUOTER_BYTES, Shipped};
use sha2::{Digest as _, Sha256};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{Parser, Payload, Validator};

/// Interfaces with their functions.
type Interfaces = &'static [(&'static str, &'static [&'static str])];

const PRINTER: Interfaces =
    &[("connote:labels/manifester@0.1.0", &["manifest"]), ("connote:labels/printer@0.1.0", &["print", "reprint"])];

/// World, interfaces and their functions of each component, in the order of [`ALL`].
const WORLDS: [(&str, Interfaces); 7] = [
    ("order-source", &[("connote:orders/source@0.1.0", &["gather", "pull"])]),
    ("order-mapper", &[("connote:orders/mapper@0.1.0", &["map-order"])]),
    ("order-mapper", &[("connote:orders/mapper@0.1.0", &["map-order"])]),
    ("order-placer", &[("connote:orders/placer@0.1.0", &["place"])]),
    ("label-printer", PRINTER),
    ("tracking-writeback", &[("connote:tracking/writeback@0.1.0", &["read", "write"])]),
    ("rate-quoter", &[("connote:rates/quoter@0.1.0", &["quote"])]),
];

/// Names that the component itself imports or exports, those of its inner modules left out.
fn names(bytes: &[u8], imports: bool) -> Vec<String> {
    let mut depth = 0;
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if imports && depth == 0 => {
                names.extend(section.into_iter().map(|import| import.unwrap().name.name.to_owned()));
            }
            Payload::ComponentExportSection(section) if !imports && depth == 0 => {
                names.extend(section.into_iter().map(|export| export.unwrap().name.name.to_owned()));
            }
            _ => {}
        }
    }
    names
}

/// Functions of an imported or exported item; `None` for an item that is neither a type nor an instance.
fn functions(types: &Types, entity: ComponentEntityType) -> Option<BTreeSet<String>> {
    match entity {
        ComponentEntityType::Type { .. } => Some(BTreeSet::new()),
        ComponentEntityType::Instance(instance) => {
            let items = types[instance].exports.iter();
            Some(items.filter(|(_, item)| !is_type(item.ty)).map(|(name, _)| name.clone()).collect())
        }
        _ => None,
    }
}

fn is_type(entity: ComponentEntityType) -> bool {
    matches!(entity, ComponentEntityType::Type { .. })
}

fn types(bytes: &[u8]) -> Types {
    Validator::new().validate_all(bytes).unwrap()
}

#[test]
fn a_shipped_component_imports_nothing_but_types() {
    for Shipped { name, bytes, .. } in ALL {
        let types = types(bytes);
        for import in names(bytes, true) {
            let entity = types.as_ref().component_item_for_import(&import).unwrap().ty;
            assert_eq!(functions(&types, entity), Some(BTreeSet::new()), "{name} imports {import}");
        }
    }
}

#[test]
fn a_shipped_component_exports_its_world_and_nothing_else() {
    for (Shipped { name, world: of, bytes, .. }, (world, interfaces)) in ALL.into_iter().zip(WORLDS) {
        assert_eq!(of, world, "{name}");
        let mut exported = names(bytes, false);
        exported.sort();
        assert_eq!(exported, interfaces.iter().map(|(interface, _)| *interface).collect::<Vec<_>>(), "{name}");
        let types = types(bytes);
        for (interface, wanted) in interfaces {
            let entity = types.as_ref().component_item_for_export(interface).unwrap().ty;
            let wanted: BTreeSet<String> = wanted.iter().map(|function| (*function).to_owned()).collect();
            assert_eq!(functions(&types, entity), Some(wanted), "{name}");
        }
    }
}

#[test]
fn no_two_shipped_components_have_one_name() {
    let names: BTreeSet<&str> = ALL.iter().map(|file| file.name).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn a_shipped_component_comes_with_its_digest() {
    for Shipped { name, digest, bytes, .. } in ALL {
        let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, digest, "{name}");
    }
}

#[test]
fn a_shipped_component_is_small() {
    for Shipped { name, bytes, .. } in ALL {
        let size = bytes.len();
        let limit = if name == "rate-quoter" { LARGEST_QUOTER_BYTES } else { LARGEST_BYTES };
        assert!(size <= limit, "{name} has {size} bytes, the limit is {limit}");
    }
}

#[test]
fn a_shipped_component_holds_no_path_of_the_machine_that_built_it() {
    let home = std::env::home_dir().unwrap().display().to_string();
    let root = env!("CARGO_MANIFEST_DIR").trim_end_matches("host/components").to_owned();
    for Shipped { name, bytes, .. } in ALL {
        for path in [home.as_str(), root.as_str(), "/home/", "/Users/", "/root/", "\\Users\\", ".cargo"] {
            assert!(!bytes.windows(path.len()).any(|part| part == path.as_bytes()), "{name} names {path}");
        }
    }
}
