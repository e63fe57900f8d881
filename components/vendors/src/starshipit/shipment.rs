//! Label answers: files, tracking numbers, and which box each number belongs to.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connote_types::types::{Document, Parcel, TrackedParcel};

use super::body::thousandths;
use super::responses::messages;
use super::wire::{Order, Package, distinct, id, list, plain, text};
use crate::json::Value;

/// The answer to a print or a reprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shipment {
    /// The order it is for, when the answer says so.
    pub order_id: Option<u64>,
    /// The courier's name.
    pub carrier_name: String,
    /// Each once, without the `""` of carriers that do not track.
    pub tracking_numbers: Vec<String>,
    /// The files that are PDFs.
    pub documents: Vec<Document>,
    /// Files that cannot be used: no base64, or no PDF.
    pub broken: usize,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Reads the answer to a print or a reprint.
#[must_use]
pub fn parse_shipment(body: &Value) -> Shipment {
    let labels = list(body, "labels");
    let types: Vec<String> = list(body, "label_types").iter().map(plain).collect();
    let mut shipment = Shipment {
        order_id: id(body, "order_id"),
        carrier_name: text(body, "carrier_name"),
        tracking_numbers: distinct(list(body, "tracking_numbers").iter().map(plain)),
        warnings: messages(body),
        ..Shipment::default()
    };
    let named = types.len() == labels.len();
    if !named {
        shipment.warnings.push(format!(
            "Starshipit sent {} files and {} names for them: the files are only numbered",
            labels.len(),
            types.len()
        ));
    }
    for (place, label) in labels.iter().enumerate() {
        let name = types.get(place).filter(|name| named && !name.is_empty());
        let label_type = name.cloned().unwrap_or_else(|| format!("Label-{}", place + 1));
        match pdf(label.text().trim()) {
            Some(body) => shipment.documents.push(Document { label_type, media_type: "application/pdf".into(), body }),
            None => shipment.broken += 1,
        }
    }
    shipment
}

/// The bytes of a whole PDF: it begins as one and has its end mark, so a file that broke off is told from one that is there. The mark is looked for
/// from the end, where it is.
pub(super) fn pdf(base64: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(base64).ok()?;
    let whole = bytes.starts_with(b"%PDF-") && bytes.windows(5).rev().any(|window| window == b"%%EOF");
    whole.then_some(bytes)
}

impl Shipment {
    /// How many of the files are labels, by their names; several boxes may share one file.
    #[must_use]
    pub fn labels(&self) -> usize {
        self.documents.iter().filter(|document| document.label_type.to_ascii_lowercase().contains("label")).count()
    }
}

/// Gives each tracking number its box.
///
/// The boxes of the order are taken for the parcels only when there are as many and each agrees with its parcel by name or by
/// weight and size; a single box is the single parcel. A number that several boxes share belongs to none. `told` are the numbers of the label
/// answer, kept when no box has them.
#[must_use]
pub fn track(order: Option<&Order>, told: &[String], parcels: &[Parcel]) -> Vec<TrackedParcel> {
    let packages = order.map_or(&[][..], |order| order.packages.as_slice());
    let paired = packages.len() == parcels.len() && (parcels.len() == 1 || packages.iter().zip(parcels).all(is_parcel));
    let mut tracked: Vec<TrackedParcel> = Vec::new();
    for (place, package) in packages.iter().enumerate().filter(|(_, package)| !package.tracking_number.is_empty()) {
        if let Some(known) = tracked.iter_mut().find(|known| known.tracking_number == package.tracking_number) {
            known.source_id.clear();
            continue;
        }
        let parcel = parcels.get(place).filter(|_| paired);
        tracked.push(TrackedParcel {
            tracking_number: package.tracking_number.clone(),
            tracking_url: package.tracking_url.clone(),
            source_id: parcel.map(|parcel| parcel.source_id.clone()).unwrap_or_default(),
        });
    }
    for number in told {
        // A consignment's number is often the beginning of its boxes' numbers.
        if !tracked.iter().any(|known| known.tracking_number.starts_with(number.as_str())) {
            let only = parcels.first().filter(|_| parcels.len() == 1 && told.len() == 1 && tracked.is_empty());
            tracked.push(TrackedParcel {
                tracking_number: number.clone(),
                tracking_url: String::new(),
                source_id: only.map(|parcel| parcel.source_id.clone()).unwrap_or_default(),
            });
        }
    }
    tracked
}

fn is_parcel((package, parcel): (&Package, &Parcel)) -> bool {
    let name = parcel.name.trim();
    let measures = [(&package.weight, &parcel.weight_g)].into_iter().chain(package.size.iter().zip([
        &parcel.length_mm,
        &parcel.width_mm,
        &parcel.height_mm,
    ]));
    let known: Vec<bool> =
        measures.filter_map(|(held, meant)| meant.first().map(|meant| *held == Some(thousandths(*meant)))).collect();
    (!name.is_empty() && name == package.name) || (!known.is_empty() && known.iter().all(|same| *same))
}
