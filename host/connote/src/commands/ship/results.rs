//! What became of an order that came as a file, as a file: the shipment as `--json` has it, where a program finds it.

use std::path::{Path, PathBuf};

use connote_host::chain::{Shipment, ShipmentOutcome};
use serde_json::Value;

use super::plan::Candidate;

/// How the names of results end. No order file has such a name.
pub(super) const ENDING: &str = ".result.json";

/// Longest name that is made of a source id.
const NAME_LENGTH: usize = 100;

/// The result's name for an order file without its `.json`.
pub(super) fn name_of(stem: &str) -> String {
    format!("{stem}{ENDING}")
}

/// The result's name for an order whose file is gone.
pub(super) fn name(source_id: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    name_of(&source_id.chars().take(NAME_LENGTH).map(kept).collect::<String>())
}

/// Writes what became of an order.
///
/// # Errors
/// Why not, for people. The next run writes it.
pub(super) fn write(order: &Candidate, shipment: &Shipment) -> Result<(), String> {
    let Some(handed) = &order.handed else { return Ok(()) };
    let path = &handed.result;
    let said = |error: std::io::Error| {
        format!("{}: {error}; run again when that is mended: nothing is bought again", path.display())
    };
    let mut bytes = serde_json::to_vec_pretty(&absolute(shipment)).map_err(|error| said(error.into()))?;
    bytes.push(b'\n');
    let old = std::fs::read(path).unwrap_or_default();
    if bytes == old || !replaces(order, shipment, &serde_json::from_slice(&old).unwrap_or_default()) {
        return Ok(());
    }
    replace(path, &bytes).map_err(said)
}

/// A reader of the file does not know the folder that this program was started in.
fn absolute(shipment: &Shipment) -> Shipment {
    let mut shipment = shipment.clone();
    for file in &mut shipment.files {
        if let Ok(path) = std::path::absolute(&*file) {
            *file = path.display().to_string();
        }
    }
    shipment
}

/// Whether the news are worth more than what stands there.
fn replaces(order: &Candidate, shipment: &Shipment, old: &Value) -> bool {
    let told = |key: &str| old.get(key).unwrap_or(&Value::Null);
    let of_this = told("source-id") == shipment.source_id.as_str() && !shipment.source_id.is_empty();
    let has_label = of_this && told("tracking").as_array().is_some_and(|tracking| !tracking.is_empty());
    match shipment.outcome {
        // The process that works on it tells.
        ShipmentOutcome::Busy => false,
        // Its file is gone, and with it the name of what was told before.
        _ if order.is_gone() && !old.is_null() && !of_this => false,
        ShipmentOutcome::Left | ShipmentOutcome::AlreadyShipped if order.is_gone() => false,
        // What was told when it shipped has more to say.
        ShipmentOutcome::AlreadyShipped => !(of_this && told("outcome") == "shipped" && shipment.warnings.is_empty()),
        // A file of no use, or a journal that cannot be read, does not undo a label.
        _ => !has_label || !shipment.tracking.is_empty(),
    }
}

/// Whole or not at all: a program must never find half a result.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder)?;
    let part = part_of(path);
    let written = write_whole(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written
}

/// Hidden, no order, and not that of another process.
fn part_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    std::io::Write::write_all(&mut file, bytes)?;
    file.sync_all()
}
