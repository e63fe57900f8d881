//! A label as a picture: a tablet's browser shows no PDF inside a page.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

/// How wide a picture is, in pixels: a label of a hand's width whose bars can still be told apart.
const WIDTH: f32 = 800.0;

/// The longest side of one page in pixels: a page may claim to be kilometres long.
const LONGEST: f32 = 3_000.0;

/// As many pages are drawn, one below the other; the file itself has the others.
const MOST_PAGES: usize = 4;

/// A PDF's first pages as one PNG; `None` for what cannot be drawn. Takes some tens of milliseconds, so not on a thread that others wait for.
pub(super) fn png(pdf: Vec<u8>) -> Option<Vec<u8>> {
    let pdf = Pdf::new(pdf).ok()?;
    let cache = RenderCache::new();
    let (interpreter, settings) = (InterpreterSettings::default(), RenderSettings::default());
    let mut pages = Vec::new();
    for page in pdf.pages().iter().take(MOST_PAGES) {
        let (width, height) = page.render_dimensions();
        let scale = (WIDTH / width).min(LONGEST / height);
        if !scale.is_finite() || scale <= 0.0 {
            return None;
        }
        let scaled = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
        pages.push(render(page, &cache, &interpreter, &settings, &scaled));
    }
    below(&pages)?.into_png().ok()
}

/// Pages below each other, on white.
fn below(pages: &[Pixmap]) -> Option<Pixmap> {
    let width = pages.iter().map(Pixmap::width).max()?;
    let height = pages.iter().try_fold(0_u16, |sum, page| sum.checked_add(page.height()))?;
    let mut whole = Pixmap::new(width, height);
    whole.data_as_u8_slice_mut().fill(u8::MAX);
    let mut rows = whole.data_mut().chunks_exact_mut(usize::from(width.max(1)));
    for page in pages {
        for line in page.data().chunks_exact(usize::from(page.width().max(1))) {
            rows.next()?.get_mut(..line.len())?.copy_from_slice(line);
        }
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::png;

    const LABEL: &[u8] = include_bytes!("../../tests/console/label.pdf");

    #[test]
    fn a_label_becomes_a_picture_with_something_on_it() {
        let picture = png(LABEL.to_vec()).unwrap();
        assert!(picture.starts_with(b"\x89PNG"));
        let size = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
        let (width, height) = (size(16), size(20));
        assert!((600..=800).contains(&width) && height > 400, "{width} x {height}");
        // A blank page of this size compresses to a few hundred bytes.
        assert!(picture.len() > 4_000, "{} bytes", picture.len());
    }

    #[test]
    fn what_is_no_pdf_is_no_picture() {
        assert_eq!(png(b"not a PDF".to_vec()), None);
        assert_eq!(png(Vec::new()), None);
        let cut = LABEL[..LABEL.len() / 2].to_vec();
        // Either: nothing, or what could be read of it.
        if let Some(picture) = png(cut) {
            assert!(picture.starts_with(b"\x89PNG"));
        }
    }
}
