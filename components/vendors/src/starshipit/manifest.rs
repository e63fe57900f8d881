//! What waits for a manifest, and what a manifest answers.

use connote_types::types::Document;

use super::shipment::pdf;
use super::wire::{distinct, id, list, member, plain, text};
use crate::json::Value;

/// A consignment that is printed and on no manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaitingRow {
    /// Starshipit's id of the order.
    pub order_id: u64,
    /// Its number, which may be that of others too.
    pub order_number: String,
    /// Each once, without the `""` of carriers that do not track.
    pub tracking_numbers: Vec<String>,
}

/// Rows, and how many pages there are, of an answer that was accepted. Rows without an id are left out: they identify no order.
#[must_use]
pub fn parse_unmanifested(body: &Value) -> (Vec<WaitingRow>, u64) {
    let row = |row: &Value| {
        Some(WaitingRow {
            order_id: id(row, "order_id")?,
            order_number: text(row, "order_number"),
            tracking_numbers: distinct(list(row, "tracking_numbers").iter().map(plain)),
        })
    };
    (list(body, "orders").iter().filter_map(row).collect(), id(body, "total_pages").unwrap_or(0))
}

/// The file in the answer to a manifest; absent when there is none or it is no whole PDF.
#[must_use]
pub fn parse_manifest(body: &Value) -> Option<Document> {
    document(&text(body, "label_type"), member(body, "pdf")?)
}

/// The files of a manifest that are PDFs.
#[must_use]
pub fn parse_manifest_files(body: &Value) -> Vec<Document> {
    list(body, "files").iter().filter_map(|file| document("", member(file, "file_data")?)).collect()
}

/// The id by which the files of the manifest with this number are had; absent unless exactly one has it.
#[must_use]
pub fn manifest_id(body: &Value, number: u64) -> Option<u64> {
    let rows = list(body, "manifests").iter().filter(|row| id(row, "number") == Some(number));
    let ids: Vec<u64> = rows.filter_map(|row| id(row, "id")).collect();
    if let [only] = ids.as_slice() { Some(*only) } else { None }
}

fn document(label_type: &str, base64: &Value) -> Option<Document> {
    let body = pdf(base64.text().trim())?;
    let label_type = if label_type.is_empty() { "ManifestReport" } else { label_type }.to_owned();
    Some(Document { label_type, media_type: "application/pdf".into(), body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn rows_are_read_whatever_is_missing_and_an_empty_tracking_number_is_none() {
        let body = r#"{"orders":[{"order_id":7,"order_number":"A","tracking_numbers":["","T1","T1"]},{"order_number":"none"},
            {"order_id":8,"tracking_numbers":null}],"total_pages":2,"success":true}"#;
        let row = |order_id, number: &str, tracking: &[&str]| WaitingRow {
            order_id,
            order_number: number.to_owned(),
            tracking_numbers: tracking.iter().map(|number| (*number).to_owned()).collect(),
        };
        let read = parse_unmanifested(&Value::read(body.as_bytes()).unwrap());
        assert_eq!(read, (vec![row(7, "A", &["T1"]), row(8, "", &[])], 2));
    }

    #[test]
    fn a_file_that_is_no_pdf_or_broke_off_is_none() {
        let answer = |pdf: &str| parse_manifest(&json!({ "pdf": pdf, "success": true }));
        assert_eq!(answer("JVBERi0xLjQgJSVFT0Y=").unwrap().label_type, "ManifestReport");
        for broken in ["", "JVBERi0xLjQ=", "PGh0bWw+", "?"] {
            assert_eq!(answer(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_number_that_two_manifests_have_gives_no_file() {
        let body = |rows: &str| Value::read(format!(r#"{{"manifests":[{rows}]}}"#).as_bytes()).unwrap();
        assert_eq!(manifest_id(&body(r#"{"id":88,"number":311},{"id":89,"number":312}"#), 311), Some(88));
        assert_eq!(manifest_id(&body(r#"{"id":88,"number":311},{"id":89,"number":311}"#), 311), None);
    }
}
