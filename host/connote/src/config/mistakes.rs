//! Mistakes in a TOML file, told by file, line and key.

use std::path::Path;

use crate::failure::Failure;
use crate::spelling::nearest;

/// A file's text with its name.
pub(super) struct Text<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Text<'_> {
    /// The line of an offset, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// A mistake at an offset.
    pub(super) fn at(&self, offset: usize, message: &str) -> Failure {
        let place = self.section(offset).map(|section| format!("{section}: ")).unwrap_or_default();
        Failure::usage(format!("{}:{}: {place}{message}", self.path.display(), self.line(offset)))
    }

    /// A key that nobody knows.
    pub(super) fn unknown(&self, offset: usize, key: &str, known: &[&str]) -> Failure {
        let hint = nearest(key, known.iter().copied())
            .map_or_else(|| format!("the keys are: {}", known.join(", ")), |near| format!("did you mean \"{near}\"?"));
        self.at(offset, &format!("there is no key \"{key}\"; {hint}"))
    }

    /// A mistake that the TOML reader found. Its own display repeats the line, which may hold a secret; its message does not.
    pub(super) fn toml(&self, error: &toml::de::Error) -> Failure {
        let offset = error.span().map_or(0, |span| span.start);
        let message = error.message();
        let mut words = message.split('`').skip(1).step_by(2);
        match (message.starts_with("unknown field"), words.next()) {
            (true, Some(key)) => self.unknown(offset, key, &words.collect::<Vec<_>>()),
            _ => match message.rsplit_once("expected ") {
                Some((said, expected)) => self.at(offset, &format!("{said}expected {}", in_words(expected))),
                None => self.at(offset, message),
            },
        }
    }

    /// The same where values may be secret: types are named, values are not.
    pub(super) fn private(&self, error: &toml::de::Error) -> Failure {
        let message = error.message();
        if message.starts_with("unknown field") {
            return self.toml(error);
        }
        let offset = error.span().map_or(0, |span| span.start);
        let expected = message.split_once("expected").map_or(message, |(_, expected)| expected.trim());
        let private = message.starts_with("invalid") || message.starts_with("unknown variant");
        self.at(offset, &if private { format!("{} is expected", in_words(expected)) } else { message.to_owned() })
    }

    /// The header that the offset stands below: `connections.trackstar`.
    fn section(&self, offset: usize) -> Option<&str> {
        let end = self.text.get(offset..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |end| offset + end);
        let header = self.text.get(..end)?.lines().rev().map(str::trim).find(|line| line.starts_with('['))?;
        let name = header.trim_start_matches('[');
        name.split_once(']').map(|(name, _)| name.trim())
    }
}

/// What is expected, without the names of Rust's types.
fn in_words(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" => "a whole number",
        other => other,
    }
}
