//! What became of an order that came as a file, as a file: the shipment as `--json` has it, where a program finds it.

use std::path::{Path, PathBuf};

use serde_json::Value;

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

/// Writes what became of an order: the shipment as JSON. `gone` says that the order's own file is no longer there.
///
/// # Errors
/// Why not, for people. The next run writes it.
pub(in crate::commands) fn write(path: &Path, gone: bool, shipment: &Value) -> Result<(), String> {
    let said = |error: std::io::Error| {
        format!("{}: {error}; run again when that is mended: nothing is bought again", path.display())
    };
    let mut bytes = serde_json::to_vec_pretty(&absolute(shipment)).map_err(|error| said(error.into()))?;
    bytes.push(b'\n');
    let old = std::fs::read(path).unwrap_or_default();
    if bytes == old || !replaces(gone, shipment, &serde_json::from_slice(&old).unwrap_or_default()) {
        return Ok(());
    }
    replace(path, &bytes).map_err(said)
}

/// A reader of the file does not know the folder that this program was started in.
fn absolute(shipment: &Value) -> Value {
    let mut shipment = shipment.clone();
    for file in shipment.get_mut("files").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(path) = file.as_str().and_then(|path| std::path::absolute(path).ok()) {
            *file = path.display().to_string().into();
        }
    }
    shipment
}

/// Whether the news are worth more than what stands there.
fn replaces(gone: bool, shipment: &Value, old: &Value) -> bool {
    let text = |of: &Value, key: &str| of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let some = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let source_id = text(shipment, "source-id");
    let of_this = text(old, "source-id") == source_id && !source_id.is_empty();
    let has_label = of_this && some(old, "tracking");
    match text(shipment, "outcome").as_str() {
        // The process that works on it tells.
        "busy" => false,
        // Its file is gone, and with it the name of what was told before.
        _ if gone && !old.is_null() && !of_this => false,
        "left" | "already-shipped" if gone => false,
        // What was told when it shipped has more to say.
        "already-shipped" => !(of_this && text(old, "outcome") == "shipped" && !some(shipment, "warnings")),
        // A file of no use, or a journal that cannot be read, does not undo a label.
        _ => !has_label || some(shipment, "tracking"),
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
