//! Events that a person has to see to.
//!
//! What is shown of them are ids, dispositions, statuses and words of our own. Far ends repeat what was sent to them, so that a component's words are cut
//! where another's may begin.

use connote_types::steps::{FieldError, Problem};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Part;
use super::events::Event;
use super::kept::digest;
use super::work::Stop;
use crate::Outside;
use crate::webhooks::EVENT;

/// Keys of failures begin with it.
pub(super) const FAILED: &str = "failed/";

/// The longest word of a far end's, or path of a field, that is shown.
const LONGEST_WORD: usize = 80;

/// The event itself stays in it, so that it can be taken up again.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Failure {
    id: String,
    connection: String,
    source: String,
    subject: String,
    disposition: String,
    /// HTTP status of the far end's refusal, 0 when there was none.
    status: u16,
    /// The far end's code, `""` when it gives none that is a word.
    code: String,
    reason: String,
    fields: Vec<FieldError>,
    failed_ms: u64,
    /// Without an id when there is nothing to take up again.
    event: Event,
}

impl Failure {
    /// In the words of the edge, which repeat nobody's.
    pub(super) fn of_edge(event: &Event, problem: &Problem, failed_ms: u64) -> Self {
        Self {
            reason: problem.message.clone(),
            fields: problem.fields.clone(),
            ..Self::bare(event, problem, failed_ms)
        }
    }

    /// In the words of a component, as far as they are its own.
    pub(super) fn of_component(event: &Event, problem: &Problem, failed_ms: u64) -> Self {
        let is_ours = problem.status == 0 && problem.words.is_empty();
        let field = |field: &FieldError| FieldError {
            path: word(&field.path).to_owned(),
            message: if is_ours { without_quotes(&field.message) } else { String::new() },
        };
        Self {
            reason: own_words(problem),
            fields: problem.fields.iter().map(field).collect(),
            ..Self::bare(event, problem, failed_ms)
        }
    }

    fn bare(event: &Event, problem: &Problem, failed_ms: u64) -> Self {
        Self {
            id: event.id.clone(),
            connection: event.connection.clone(),
            source: event.source.clone(),
            subject: event.subject.clone(),
            disposition: problem.disposition.as_str().to_owned(),
            status: problem.status,
            code: word(&problem.code).to_owned(),
            failed_ms,
            event: event.clone(),
            ..Self::default()
        }
    }

    pub(super) fn store(&self, outside: &impl Outside) -> Result<(), Stop> {
        let value = serde_json::to_vec(self).map_err(|error| Stop::Cannot(error.to_string()))?;
        outside.set(&format!("{FAILED}{}", self.id), &value).map_err(Stop::Cannot)
    }

    fn part(&self) -> Part {
        Part::of(&self.event.kind, &self.source)
    }

    fn shown(&self) -> Value {
        let fields: Vec<Value> =
            self.fields.iter().map(|field| json!({ "field": field.path, "detail": field.message })).collect();
        json!({
            "id": self.id,
            "connection": self.connection,
            "source": self.source,
            "subject": self.subject,
            "disposition": self.disposition,
            "status": self.status,
            "code": self.code,
            "reason": self.reason,
            "fields": fields,
            "failed_ms": self.failed_ms,
        })
    }
}

/// Keeps that a genuine delivery could not be used: one entry for a connection, a source and what is to be done, whatever comes how often.
pub(crate) fn keep_unusable(outside: &impl Outside, connection: &str, source: &str, problem: &Problem) {
    let kind = if source == "starshipit" { "tracking" } else { "order" };
    let event = Event { kind: kind.to_owned(), connection: connection.to_owned(), ..Event::default() };
    let failure = Failure {
        id: digest(&["unusable", connection, source, problem.disposition.as_str()]),
        source: source.to_owned(),
        ..Failure::of_component(&event, problem, outside.unix_ms())
    };
    if let Err(Stop::Cannot(reason)) = failure.store(outside) {
        outside.log(&format!("webhook {source} for {connection}: that it cannot be used is not kept: {reason}"));
    }
}

/// What a person has to see to of this part, oldest first.
pub(super) fn listed(outside: &impl Outside, part: Part, most: usize) -> Result<Vec<Value>, String> {
    let mut failures: Vec<Failure> = Vec::new();
    for key in outside.keys()?.into_iter().filter(|key| key.starts_with(FAILED)) {
        let Some(value) = outside.get(&key)? else { continue };
        let failure = serde_json::from_slice(&value).ok();
        failures.extend(failure.filter(|failure: &Failure| part.takes(failure.part())));
        if failures.len() == most {
            break;
        }
    }
    failures.sort_by(|one, two| (one.failed_ms, &one.id).cmp(&(two.failed_ms, &two.id)));
    Ok(failures.iter().map(Failure::shown).collect())
}

/// A newer event of its order has made it void.
pub(super) fn forget(outside: &impl Outside, id: &str) -> Result<(), Stop> {
    outside.delete(&format!("{FAILED}{id}")).map_err(Stop::Cannot)
}

/// Forgets a failure that has been shown for long enough; whether it did.
pub(super) fn forget_old(outside: &impl Outside, key: &str, shown_ms: u64) -> Result<bool, String> {
    let Some(value) = outside.get(key)? else { return Ok(false) };
    // A newer version may have written what cannot be read.
    let Ok(failure) = serde_json::from_slice::<Failure>(&value) else { return Ok(false) };
    if outside.unix_ms().saturating_sub(failure.failed_ms) <= shown_ms {
        return Ok(false);
    }
    outside.log(&format!("a failure of {} that nobody has seen to is forgotten: {}", failure.connection, failure.id));
    outside.delete(key).map(|()| true)
}

/// Makes an event of a failure again. What has no event has been seen to.
pub(super) fn take_up_again(outside: &impl Outside, id: &str) -> Result<(), String> {
    let key = format!("{FAILED}{id}");
    let Some(value) = outside.get(&key)? else { return Ok(()) };
    let failure: Failure = serde_json::from_slice(&value).map_err(|error| error.to_string())?;
    if !failure.event.id.is_empty() {
        let event = serde_json::to_vec(&failure.event).map_err(|error| error.to_string())?;
        outside.set(&format!("{EVENT}{id}"), &event)?;
    }
    outside.delete(&key)
}

/// A far end's word for programs, or a path: shown where it is one, since it could be a sentence with a name in it.
pub(crate) fn word(text: &str) -> &str {
    let is_word = text.len() <= LONGEST_WORD
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']'));
    if is_word { text } else { "" }
}

/// Components put another's words behind a colon, and a value in quotation marks.
fn own_words(problem: &Problem) -> String {
    let message = problem.message.split(": ").next().unwrap_or_default();
    let message = if problem.words.is_empty() { message.to_owned() } else { message.replace(&problem.words, "…") };
    without_quotes(&message)
}

fn without_quotes(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (at, part) in text.split('"').enumerate() {
        kept.push_str(if at % 2 == 0 { part } else { "\"…\"" });
    }
    kept
}

#[cfg(test)]
mod tests {
    use connote_types::steps::Disposition;

    use super::*;

    fn shown(problem: &Problem) -> String {
        Failure::of_component(&Event::default(), problem, 0).shown().to_string()
    }

    #[test]
    fn words_of_a_far_end_are_not_shown_wherever_they_stand() {
        let told = "Mia Tran, 16 Grey Street is no address";
        let mut problem = Problem::new(Disposition::Rejected, format!("Starshipit refuses it: {told}"))
            .field("destination.street", told)
            .field("Mia Tran", "is unknown");
        (problem.status, problem.words, problem.code) = (422, told.to_owned(), "Mia Tran".to_owned());
        let shown = shown(&problem);
        assert!(
            shown.contains("destination.street") && shown.contains("422") && shown.contains("Starshipit refuses it")
        );
        for buyer in ["Mia", "Grey"] {
            assert!(!shown.contains(buyer), "{shown}");
        }
    }

    #[test]
    fn words_of_our_own_are_shown_without_the_values_in_them() {
        let problem = Problem::new(Disposition::Rejected, "the order cannot be placed: \"Mia\" is too long")
            .field("destination.name", "\"Mia\" takes 50 characters at most");
        let shown = shown(&problem);
        assert!(
            shown.contains("takes 50 characters at most") && shown.contains("the order cannot be placed"),
            "{shown}"
        );
        assert!(!shown.contains("Mia"), "{shown}");
    }
}
