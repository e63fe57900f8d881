//! What became of a manifest.

use connote_types::steps::{Disposition, Problem};
use serde::{Deserialize, Serialize};

/// What became of a manifest, for people and programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Manifested {
    /// What became of it.
    pub outcome: ManifestOutcome,
    /// Source ids of the orders that it handed over.
    pub manifested: Vec<String>,
    /// Source ids of those that were found on a manifest.
    pub already: Vec<String>,
    /// Orders that are on none, and why.
    pub left: Vec<Left>,
    /// What the desk filed.
    pub files: Vec<String>,
    /// For a failure what is wrong and what to change.
    pub reason: String,
    /// The problem in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// What a person should know although it went well.
    pub warnings: Vec<String>,
}

/// An order that is on no manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Left {
    /// The source's id.
    pub source_id: String,
    /// Why, for people.
    pub reason: String,
}

/// What became of a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestOutcome {
    /// What could be handed over was.
    #[default]
    Done,
    /// The same, and a person has to look at what is left: Starshipit shows another consignment than the one bought, or still lists it as on no manifest.
    Attention,
    /// Something must change first, or it stayed unknown: see `problem`. What stands in `manifested` was handed over all the same.
    Failed,
    /// Another manifest of the account is being made.
    Busy,
}

impl Manifested {
    /// Takes a problem as its end.
    pub(super) fn fail(&mut self, problem: Problem) {
        self.outcome = ManifestOutcome::Failed;
        self.reason.clone_from(&problem.message);
        self.problem = Some(problem);
    }

    /// Adds what another run came to, but for how it ended.
    pub(super) fn add(&mut self, other: Self) {
        self.manifested.extend(other.manifested);
        self.already.extend(other.already);
        self.files.extend(other.files);
        self.warnings.extend(other.warnings);
    }
}

/// Whether it holds up its own orders alone.
pub(super) fn refused(problem: &Problem) -> bool {
    problem.disposition == Disposition::Rejected
}

/// The attribute of the account's record that keeps what an interrupted manifest of a connection came to for its own next run.
pub(super) fn kept(connection: &str) -> String {
    format!("kept/{connection}")
}
