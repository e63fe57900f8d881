//! The PDF files that Starshipit hands out: parcel labels, customs invoices and manifests. Nothing in them is scanned by
//! a real carrier, but they look and read like the real thing.

mod barcode;
mod sheet;

use self::barcode::code128;
use self::sheet::Sheet;

/// 150 × 100 mm in points, the size that label printers for parcels take.
const LABEL: (f32, f32) = (425.2, 283.5);
/// A4 in points.
const A4: (f32, f32) = (595.3, 841.9);

/// What one parcel label shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parcel {
    /// Carrier as people know it.
    pub(crate) carrier: String,
    /// Service, name or code.
    pub(crate) service: String,
    /// Sender, one line each.
    pub(crate) sender: Vec<String>,
    /// Receiver, one line each, name first and country last.
    pub(crate) receiver: Vec<String>,
    /// Empty for a carrier without tracking.
    pub(crate) tracking_number: String,
    /// Number of the order.
    pub(crate) order_number: String,
    /// Weight in kilograms as text.
    pub(crate) weight_kg: String,
    /// For example `1 of 2`.
    pub(crate) place: String,
    /// Note to the driver.
    pub(crate) instructions: String,
}

/// One page for each parcel.
pub(crate) fn label_file(parcels: &[Parcel]) -> Vec<u8> {
    sheet::file(LABEL, parcels.iter().map(label).collect())
}

/// A document of text: a title and lines, as many pages as they need.
pub(crate) fn document(title: &str, lines: &[String]) -> Vec<u8> {
    let chunks: Vec<&[String]> = if lines.is_empty() { vec![&[]] } else { lines.chunks(52).collect() };
    let pages = chunks.into_iter().map(|lines| {
        let mut page = Sheet::new();
        page.bold(50.0, 780.0, 18.0, 490.0, title);
        page.rule(50.0, 768.0, 495.0);
        let mut y = 745.0;
        for line in lines {
            page.text(50.0, y, 10.0, 490.0, line);
            y -= 13.0;
        }
        page
    });
    sheet::file(A4, pages.collect())
}

fn label(parcel: &Parcel) -> Sheet {
    let mut page = Sheet::new();
    page.frame(6.0, 6.0, 413.2, 271.5);
    head(&mut page, parcel);
    page.text(14.0, 231.0, 7.0, 120.0, "FROM");
    let mut y = 221.0;
    for line in parcel.sender.iter().take(6) {
        page.text(14.0, y, 8.0, 126.0, line);
        y -= 10.0;
    }
    page.upright(146.0, 106.0, 134.0);
    page.text(154.0, 231.0, 7.0, 60.0, "TO");
    receiver(&mut page, &parcel.receiver);
    foot(&mut page, parcel);
    page
}

fn head(page: &mut Sheet, parcel: &Parcel) {
    page.block(6.0, 243.5, 413.2, 34.0);
    page.light(14.0, 254.0, 18.0, 230.0, &parcel.carrier);
    page.light(262.0, 260.0, 10.0, 150.0, &parcel.service);
    page.light(262.0, 248.5, 7.0, 150.0, "SANDBOX: NOT FOR CARRIAGE");
}

fn receiver(page: &mut Sheet, lines: &[String]) {
    let mut y = 214.0;
    for (place, line) in lines.iter().take(7).enumerate() {
        let last = place + 1 == lines.len().min(7);
        if place == 0 || last {
            page.bold(154.0, y, 14.0, 258.0, line);
        } else {
            page.text(154.0, y, 12.0, 258.0, line);
        }
        y -= 16.0;
    }
}

fn foot(page: &mut Sheet, parcel: &Parcel) {
    page.rule(6.0, 106.0, 413.2);
    let facts = format!("Order {}    {} kg    Parcel {}", parcel.order_number, parcel.weight_kg, parcel.place);
    page.bold(14.0, 93.0, 9.0, 260.0, &facts);
    page.text(280.0, 93.0, 8.0, 134.0, &parcel.instructions);
    if parcel.tracking_number.is_empty() {
        page.text(14.0, 50.0, 12.0, 390.0, "No tracking with this service");
        return;
    }
    let widths = code128(&parcel.tracking_number);
    let modules: f32 = widths.iter().copied().map(f32::from).sum();
    let module = (380.0 / modules).min(1.6);
    let mut x = (LABEL.0 - module * modules) / 2.0;
    for (place, width) in widths.iter().copied().enumerate() {
        let width = f32::from(width) * module;
        if place % 2 == 0 {
            page.block(x, 30.0, width, 55.0);
        }
        x += width;
    }
    page.bold(14.0, 14.0, 13.0, 300.0, &parcel.tracking_number);
}

#[cfg(test)]
mod tests {
    use super::{Parcel, document, label_file};

    #[test]
    fn a_label_file_has_a_page_for_each_parcel() {
        let parcel = Parcel { tracking_number: "00794210395000123456".to_owned(), ..Parcel::default() };
        let file = label_file(&[parcel.clone(), parcel]);
        assert!(file.starts_with(b"%PDF-1."));
        let text = String::from_utf8_lossy(&file);
        assert!(text.contains("/Count 2"), "{text}");
        assert!(text.contains("(00794210395000123456)"));
    }

    #[test]
    fn long_documents_continue_on_the_next_page() {
        let lines: Vec<String> = (0..60).map(|line| line.to_string()).collect();
        assert!(String::from_utf8_lossy(&document("Manifest", &lines)).contains("/Count 2"));
    }
}
