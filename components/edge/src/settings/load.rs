//! The document of this deployment, or the answer to give instead: the operator is told in the log, whoever asked is not.

use super::{Connection, Document, VARIABLE};
use crate::{Outside, Reply};

impl<'a> Document<'a> {
    /// Reads the document out of the value of its variable.
    ///
    /// # Errors
    /// The answer to give: it is not set, or cannot be used.
    pub(crate) fn load(outside: &impl Outside, text: Option<&'a str>) -> Result<Self, Reply> {
        let text = text.ok_or_else(|| not_configured(outside, "it is not set"))?;
        Self::parse(text).map_err(|mistake| not_configured(outside, &mistake.to_string()))
    }

    /// A connection; `None` when there is none of this name.
    ///
    /// # Errors
    /// The answer to give: it is there, and cannot be used.
    pub(crate) fn find(&self, outside: &impl Outside, name: &str) -> Result<Option<Connection<'a>>, Reply> {
        self.connection(name).map_err(|mistake| not_configured(outside, &mistake.to_string()))
    }
}

fn not_configured(outside: &impl Outside, reason: &str) -> Reply {
    outside.log(&format!("the variable \"{VARIABLE}\" cannot be used: {reason}"));
    Reply::problem(500, "Not configured", "the operator finds the reason in the log")
}
