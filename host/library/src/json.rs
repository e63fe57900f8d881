//! Calls with JSON in and JSON out, for callers that do not know the types: programs in other languages, saved attempts.
//!
//! Names are those of `wit/`, in kebab-case; a variant is an object of one member; bytes are text, or `{"base64": "…"}` where they are not UTF-8.

use connote_types::labels::PrintJob;
use connote_types::manifests::ManifestJob;
use connote_types::orders::{GatherJob, MapInput, MapOutcome, PlaceJob, PullJob};
use connote_types::rates::QuoteJob;
use connote_types::steps::{Step, Turn};
use connote_types::tracking::{ReadInput, ReadOutcome, WriteJob};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Job;
use crate::runtime::{CallError, Component, Export};

/// What an export answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// A job: the step it wants next.
    Step(Box<Step<Value>>),
    /// A plain function: its result.
    Outcome(Value),
}

/// Why there is no answer, for people.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The input does not have the export's shape.
    Input(String),
    /// The component broke.
    Broke(String),
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Self::Input(message) | Self::Broke(message)) = self;
        to.write_str(message)
    }
}

impl From<CallError> for Trouble {
    fn from(error: CallError) -> Self {
        Self::Broke(error.to_string())
    }
}

/// Calls an export.
///
/// # Errors
/// [`Trouble`].
pub fn call(component: &Component, export: &Export, input: Value, history: &[Turn]) -> Result<Said, Trouble> {
    match export.function() {
        "pull" => job::<PullJob>(component, export, input, history),
        "gather" => job::<GatherJob>(component, export, input, history),
        "place" => job::<PlaceJob>(component, export, input, history),
        "print" | "reprint" => job::<PrintJob>(component, export, input, history),
        "manifest" => job::<ManifestJob>(component, export, input, history),
        "write" => job::<WriteJob>(component, export, input, history),
        "quote" => job::<QuoteJob>(component, export, input, history),
        "map-order" => {
            let input: MapInput = shape(export, input)?;
            let outcome: MapOutcome = component.call(export, (&input,))?;
            to_json(&outcome).map(Said::Outcome)
        }
        "read" => {
            let input: ReadInput = shape(export, input)?;
            let outcome: ReadOutcome = component.call(export, (&input,))?;
            to_json(&outcome).map(Said::Outcome)
        }
        _ => Err(Trouble::Input(format!("{export} cannot be called from here"))),
    }
}

fn job<J: Job>(component: &Component, export: &Export, input: Value, history: &[Turn]) -> Result<Said, Trouble> {
    let job: J = shape(export, input)?;
    let step: Step<J::Output> = component.call(export, (&job, history))?;
    Ok(Said::Step(Box::new(match step {
        Step::Send(requests) => Step::Send(requests),
        Step::Wait(wait) => Step::Wait(wait),
        Step::Checkpoint(state) => Step::Checkpoint(state),
        Step::Done(result) => Step::Done(to_json(&result)?),
        Step::Failed(problem) => Step::Failed(problem),
    })))
}

fn shape<T: DeserializeOwned>(export: &Export, input: Value) -> Result<T, Trouble> {
    let unfit = |error| Trouble::Input(format!("the input of {export} does not fit: {error}"));
    serde_json::from_value(input).map_err(unfit)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<Value, Trouble> {
    serde_json::to_value(value).map_err(|error| Trouble::Broke(error.to_string()))
}
