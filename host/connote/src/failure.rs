//! How commands end: with an exit code, and for a failure with what is wrong and how to mend it.

use std::process::ExitCode;

use connote_host::Error;
use connote_host::accounts::AccountError;
use connote_host::journal::JournalError;
use connote_host::runtime::LoadError;

/// Exit codes, as `connote --help` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// All is done.
    Done,
    /// Something needs a person: an order failed, a label is not saved.
    Attention,
    /// The command line, the config or an input file is wrong. Nothing was done.
    Usage,
    /// A far end or the journal cannot be used now, or some orders have to wait.
    Unavailable,
    /// A replay differs.
    Differs,
}

impl Code {
    /// The worse of two: what nobody can work around comes first.
    pub(crate) fn or(self, other: Self) -> Self {
        if (self as u8) >= (other as u8) { self } else { other }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// With which exit code.
    pub(crate) code: Code,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it, `""` when the message says it.
    pub(crate) fix: String,
}

impl Failure {
    /// The command line, the config or an input is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { code: Code::Usage, message: message.into(), fix: String::new() }
    }

    /// A far end or the journal cannot be used.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self { code: Code::Unavailable, ..Self::usage(message) }
    }

    /// Something a person has to look at.
    pub(crate) fn attention(message: impl Into<String>) -> Self {
        Self { code: Code::Attention, ..Self::usage(message) }
    }

    /// For programs.
    pub(crate) fn as_json(&self) -> serde_json::Value {
        serde_json::json!({ "error": { "message": self.message, "fix": self.fix, "exit-code": self.code as u8 } })
    }

    /// With what to do about it.
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::unavailable(error.to_string())
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Journal(error) => error.into(),
            Error::Load(error) => error.into(),
            Error::Account { .. } => Self::usage(error.to_string()),
            _ => Self::unavailable(error.to_string()),
        }
    }
}

/// For files: names the path, which `std::io::Error` does not.
pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::usage(format!("{path}: {error}"))
}
