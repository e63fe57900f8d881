//! One PDF page: text in two weights, lines and blocks.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

/// A page under construction. Positions are points from the lower left corner.
pub(super) struct Sheet {
    content: Content,
}

impl Sheet {
    pub(super) fn new() -> Self {
        Self { content: Content::new() }
    }

    /// Regular text, smaller than `size` where it would be wider than `width`.
    pub(super) fn text(&mut self, x: f32, y: f32, size: f32, width: f32, text: &str) {
        self.show(REGULAR, x, y, fitting(size, width, text, 0.53), text);
    }

    /// Bold text.
    pub(super) fn bold(&mut self, x: f32, y: f32, size: f32, width: f32, text: &str) {
        self.show(BOLD, x, y, fitting(size, width, text, 0.58), text);
    }

    /// Bold white text, to be put on a block.
    pub(super) fn light(&mut self, x: f32, y: f32, size: f32, width: f32, text: &str) {
        self.content.set_fill_gray(1.0);
        self.bold(x, y, size, width, text);
        self.content.set_fill_gray(0.0);
    }

    /// A black rectangle.
    pub(super) fn block(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.content.rect(x, y, width, height).fill_nonzero();
    }

    /// A rectangle of lines.
    pub(super) fn frame(&mut self, x: f32, y: f32, width: f32, height: f32) {
        self.content.set_line_width(1.2).rect(x, y, width, height).stroke();
    }

    /// A horizontal line.
    pub(super) fn rule(&mut self, x: f32, y: f32, width: f32) {
        self.block(x, y, width, 1.0);
    }

    /// A vertical line.
    pub(super) fn upright(&mut self, x: f32, y: f32, height: f32) {
        self.block(x, y, 1.0, height);
    }

    fn show(&mut self, font: Name<'_>, x: f32, y: f32, size: f32, text: &str) {
        let bytes = windows_1252(text);
        self.content.begin_text().set_font(font, size).next_line(x, y).show(Str(&bytes)).end_text();
    }
}

/// A file with these pages, all of one size in points.
pub(super) fn file(size: (f32, f32), sheets: Vec<Sheet>) -> Vec<u8> {
    let (catalog, tree, regular, bold) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4));
    let mut next = Ref::new(5);
    let pages: Vec<(Ref, Ref, Sheet)> = sheets.into_iter().map(|sheet| (next.bump(), next.bump(), sheet)).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().map(|(page, _, _)| *page)).count(count);
    for (id, content, sheet) in pages {
        let mut page = pdf.page(id);
        page.media_box(Rect::new(0.0, 0.0, size.0, size.1)).parent(tree).contents(content);
        page.resources().fonts().pair(REGULAR, regular).pair(BOLD, bold);
        page.finish();
        pdf.stream(content, &sheet.content.finish());
    }
    for (id, name) in [(regular, "Helvetica"), (bold, "Helvetica-Bold")] {
        pdf.type1_font(id).base_font(Name(name.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    pdf.finish()
}

/// `average` is the mean width of a character of this font in parts of its size.
fn fitting(size: f32, width: f32, text: &str, average: f32) -> f32 {
    let characters = f32::from(u16::try_from(text.chars().count()).unwrap_or(u16::MAX)).max(1.0);
    size.min(width / (characters * average))
}

/// The encoding of the standard fonts: Latin letters with their accents. Other scripts become question marks.
fn windows_1252(text: &str) -> Vec<u8> {
    let known = |character: char| match character {
        '\u{2013}' | '\u{2014}' => b'-',
        '\u{2018}' | '\u{2019}' => b'\'',
        '\u{20ac}' => 0x80,
        _ => u8::try_from(u32::from(character)).ok().filter(|byte| !(0x80..0xa0).contains(byte)).unwrap_or(b'?'),
    };
    text.chars().map(known).collect()
}
