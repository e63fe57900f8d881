//! Columns of text.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::output::{DIM, PLAIN, paint, plain};

/// Between two columns.
const GAP: usize = 2;
/// The last column is never wrapped to less.
const LEAST: usize = 24;

/// One cell: some lines in one style.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    lines: Vec<String>,
    style: Style,
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { lines: vec![plain(text.as_ref())], style: PLAIN }
    }
}

impl Cell {
    /// A cell of several lines.
    pub(crate) fn lines<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Self {
        Self { lines: lines.into_iter().map(|line| plain(line.as_ref())).collect(), style: PLAIN }
    }

    /// In this style.
    pub(crate) fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    fn width(&self) -> usize {
        self.lines.iter().map(|line| line.width()).max().unwrap_or(0)
    }
}

/// Rows of cells below a head. The last column is wrapped to the width of the screen; the others are as wide as they need.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
    shrinking: Vec<(usize, usize)>,
}

impl Table {
    /// A table with these headings; none: without a head.
    pub(crate) fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), ..Self::default() }
    }

    /// Set in by so many columns.
    pub(crate) fn indent(mut self, columns: usize) -> Self {
        self.indent = columns;
        self
    }

    /// Columns whose lines are cut in the middle where the screen is too narrow: who gives first, and down to which width.
    pub(crate) fn shrinking(mut self, columns: &[(usize, usize)]) -> Self {
        self.shrinking = columns.to_vec();
        self
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there is nothing to show.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text, for a screen of this width.
    pub(crate) fn render(&self, width: usize) -> String {
        let head: Vec<Cell> = self.head.iter().map(|text| Cell::from(*text).styled(DIM)).collect();
        let head = (!head.is_empty()).then_some(&head);
        let widths = self.shrunk(width);
        let before: usize = self.indent + widths.iter().rev().skip(1).map(|width| width + GAP).sum::<usize>();
        let last = width.saturating_sub(before).max(LEAST);
        let mut text = String::new();
        for row in head.into_iter().chain(&self.rows) {
            self.push_row(&mut text, row, &widths, last);
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.head.len());
        let cell = |column: usize| self.rows.iter().filter_map(move |row| row.get(column)).map(Cell::width).max();
        (0..columns)
            .map(|column| cell(column).unwrap_or(0).max(self.head.get(column).map_or(0, |head| head.width())))
            .collect()
    }

    fn shrunk(&self, width: usize) -> Vec<usize> {
        let mut widths = self.widths();
        let last = widths.len().saturating_sub(1);
        let wrapped = !self.shrinking.iter().any(|(column, _)| *column == last);
        let need =
            |(column, width): (usize, &usize)| if wrapped && column == last { LEAST.min(*width) } else { *width };
        let all: usize = self.indent + widths.iter().enumerate().map(need).sum::<usize>() + GAP * last;
        let mut over = all.saturating_sub(width);
        for (column, least) in &self.shrinking {
            if let Some(found) = widths.get_mut(*column) {
                let give = found.saturating_sub(*least).min(over);
                *found -= give;
                over -= give;
            }
        }
        widths
    }

    fn push_row(&self, text: &mut String, row: &[Cell], widths: &[usize], last: usize) {
        let cells: Vec<(Vec<String>, Style)> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                let shrinks = self.shrinking.iter().any(|(shrinking, _)| *shrinking == column);
                let wrapped = |line: &String| match widths.get(column) {
                    Some(width) if shrinks => vec![cut_middle(line, *width)],
                    _ if column + 1 == widths.len() => wrap(line, last),
                    _ => vec![line.clone()],
                };
                (cell.lines.iter().flat_map(wrapped).collect(), cell.style)
            })
            .collect();
        let height = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(0);
        for line in 0..height {
            let mut out = " ".repeat(self.indent);
            let mut owed = 0;
            for ((lines, style), width) in cells.iter().zip(widths) {
                let part = lines.get(line).map_or("", String::as_str);
                if !part.is_empty() {
                    out.push_str(&" ".repeat(owed));
                    out.push_str(&paint(*style, part));
                    owed = 0;
                }
                owed += width.saturating_sub(part.width()) + GAP;
            }
            text.push_str(out.trim_end());
            text.push('\n');
        }
    }
}

/// Text in lines of at most this width, broken between words. A longer word stays whole: it may have to be copied.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The beginning of a text, with a sign where it was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Both ends of a text, with a sign where it was cut.
fn cut_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let kept = width.saturating_sub(1);
    let mut head = String::new();
    for c in text.chars() {
        if head.width() + c.width().unwrap_or(0) > kept.div_ceil(2) {
            break;
        }
        head.push(c);
    }
    let mut tail = String::new();
    for c in text.chars().rev() {
        if head.width() + tail.width() + c.width().unwrap_or(0) > kept {
            break;
        }
        tail.insert(0, c);
    }
    format!("{head}…{tail}")
}

/// Words, each in its style, in lines of at most this width.
pub(crate) fn wrap_painted(words: &[(String, Style)], width: usize) -> String {
    let (mut text, mut column) = (String::new(), 0);
    for (word, style) in words {
        let needed = word.width();
        if column > 0 {
            let fits = column + 1 + needed <= width;
            text.push(if fits { ' ' } else { '\n' });
            column = if fits { column + 1 } else { 0 };
        }
        text.push_str(&paint(*style, word));
        column += needed;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_one_is_wrapped() {
        let mut table = Table::new(&["ID", "WHAT"]);
        table.row([Cell::from("1"), Cell::from("one two three four five six seven")]);
        table.row([Cell::lines(["22", "33"]), Cell::from("ß")]);
        let text = anstream::adapter::strip_str(&table.render(20)).to_string();
        assert_eq!(text, "ID  WHAT\n1   one two three four five\n    six seven\n22  ß\n33\n");
    }

    #[test]
    fn a_name_is_cut_in_the_middle() {
        assert_eq!(cut_middle("SO-1001-1-Label.pdf", 12), "SO-100…l.pdf");
    }

    #[test]
    fn words_in_styles_wrap_by_what_is_seen() {
        let words = ["one", "two", "three"].map(|word| (word.to_owned(), DIM));
        assert_eq!(anstream::adapter::strip_str(&wrap_painted(&words, 7)).to_string(), "one two\nthree");
    }

    #[test]
    fn a_word_that_may_be_copied_is_never_broken() {
        assert_eq!(wrap("see labels/trackstar/SO-1001.pdf now", 10), ["see", "labels/trackstar/SO-1001.pdf", "now"]);
    }
}
