//! A saved attempt, and running it again.
//!
//! An attempt is a pure function of its input and its history, so running it again must ask the same requests and end the same, to the byte.
//! `connote jobs export` writes a [`Saved`] as JSON and `connote replay` runs it.

use connote_types::steps::{Exchange, Step, Turn, fingerprint};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::journal::{Attempt, Ending, OrderKey};
use crate::json::{self, Said, Trouble};
use crate::runtime::{Component, Export};

/// The version of the file's form.
pub const FORM: u32 = 1;

/// An attempt as it travels: all that is needed to run it again anywhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Saved {
    /// [`FORM`].
    pub connote_attempt: u32,
    /// The export: `label-printer.print`.
    pub job: String,
    /// SHA-256 of the component that ran it.
    pub component: String,
    /// The connection's name.
    pub connection: String,
    /// The source's id of the order.
    pub source_id: String,
    /// Counts the attempts of the order from 1.
    pub number: u64,
    /// Unix milliseconds.
    pub started_ms: u64,
    /// Whether personal data was replaced. The fingerprints are then left out, since they belong to the true requests.
    pub redacted: bool,
    /// The job's input.
    pub input: Value,
    /// The last checkpoint.
    #[serde(with = "connote_types::bytes")]
    pub resume: Vec<u8>,
    /// What has come back.
    pub history: Vec<Turn>,
    /// How it ended, absent while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
}

impl Saved {
    /// An attempt of the journal, as it is: with personal data.
    ///
    /// # Errors
    /// The stored input is not JSON.
    pub fn of(key: &OrderKey, attempt: &Attempt) -> Result<Self, serde_json::Error> {
        Ok(Self {
            connote_attempt: FORM,
            job: attempt.job.clone(),
            component: attempt.component.clone(),
            connection: key.connection.clone(),
            source_id: key.source_id.clone(),
            number: attempt.number,
            started_ms: attempt.started_ms,
            redacted: false,
            input: serde_json::from_slice(&attempt.input)?,
            resume: attempt.stored.resume.clone(),
            history: attempt.stored.history.clone(),
            ending: attempt.ending.as_ref().map(|(_, ending)| ending.clone()),
        })
    }
}

/// What came of running an attempt again.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Replayed {
    /// Steps that were asked for, each in a few words.
    pub steps: Vec<String>,
    /// Where it first differs; absent when it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// The first place where a replay differs. What follows it means nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Difference {
    /// After so many turns.
    pub turn: usize,
    /// In words.
    pub message: String,
}

/// Runs a saved attempt again.
///
/// # Errors
/// The saved input does not have the shape of the export.
pub fn replay(component: &Component, export: &Export, saved: &Saved) -> Result<Replayed, String> {
    let mut input = saved.input.clone();
    if let Some(context) = input.get_mut("context").and_then(Value::as_object_mut) {
        let resumed = connote_types::steps::Context { resume: saved.resume.clone(), ..Default::default() };
        context.extend(to_json(&resumed)?.get_mut("resume").map(|resume| ("resume".to_owned(), resume.take())));
    }
    let mut history = saved.history.clone();
    let mut replayed = Replayed::default();
    for turn in 0..=history.len() {
        let said = json::call(component, export, input.clone(), history.get(..turn).unwrap_or_default());
        if let Err(Trouble::Input(message)) = said {
            return Err(message);
        }
        replayed.steps.push(words(&said));
        let compared = match history.get_mut(turn) {
            Some(turn) => same_turn(&said, turn, saved.redacted),
            None => same_ending(&said, saved.ending.as_ref()),
        };
        if let Err(message) = compared {
            replayed.difference = Some(Difference { turn, message });
            break;
        }
    }
    Ok(replayed)
}

/// A step in a few words.
fn words(said: &Result<Said, Trouble>) -> String {
    match said {
        Ok(Said::Step(step)) => match &**step {
            Step::Send(requests) => {
                let names: Vec<_> = requests.iter().map(|r| format!("{} ({} {})", r.name, r.method, r.path)).collect();
                format!("send {}", names.join(", "))
            }
            Step::Wait(wait) => format!("wait {}.{:03} s: {}", wait.for_ms / 1000, wait.for_ms % 1000, wait.reason),
            Step::Checkpoint(state) => format!("checkpoint of {} bytes", state.len()),
            Step::Done(_) => "done".to_owned(),
            Step::Failed(problem) => format!("failed ({}): {}", problem.disposition.as_str(), problem.message),
        },
        Ok(Said::Outcome(_)) => "an outcome".to_owned(),
        Err(reason) => format!("broke: {reason}"),
    }
}

/// The step must ask exactly what the turn answers. In a redacted history fingerprints are taken from the step.
fn same_turn(said: &Result<Said, Trouble>, turn: &mut Turn, redacted: bool) -> Result<(), String> {
    let Ok(Said::Step(step)) = said else { return Err(format!("a step was expected, but it {}", words(said))) };
    match &**step {
        Step::Wait(_) if turn.exchanges.is_empty() => Ok(()),
        Step::Send(requests) if requests.len() == turn.exchanges.len() => {
            requests.iter().zip(&mut turn.exchanges).try_for_each(|(request, exchange)| {
                if redacted {
                    exchange.fingerprint = fingerprint(request);
                }
                same_request(request, exchange)
            })
        }
        _ => {
            let names: Vec<_> = turn.exchanges.iter().map(|exchange| exchange.name.as_str()).collect();
            let was = if names.is_empty() { "wait".to_owned() } else { format!("send {}", names.join(", ")) };
            Err(format!("the saved attempt went on with: {was}; now it asks: {}", words(said)))
        }
    }
}

fn same_request(request: &connote_types::steps::Request, exchange: &Exchange) -> Result<(), String> {
    if request.name != exchange.name {
        return Err(format!("the saved attempt asked \"{}\", now it asks \"{}\"", exchange.name, request.name));
    }
    let now = fingerprint(request);
    if now != exchange.fingerprint {
        return Err(format!(
            "\"{}\" ({} {}) is another request: its fingerprint was {:016x} and is {now:016x}",
            request.name, request.method, request.path, exchange.fingerprint
        ));
    }
    Ok(())
}

fn same_ending(said: &Result<Said, Trouble>, ending: Option<&Ending>) -> Result<(), String> {
    let step = match (said, ending) {
        // What the host broke off (a limit, a trap) has no step of its own to compare.
        (_, None | Some(Ending::Broken(_))) => return Ok(()),
        (Ok(Said::Step(step)), Some(_)) => step,
        (Ok(Said::Outcome(_)) | Err(_), Some(_)) => return Err(format!("an end was saved, but it {}", words(said))),
    };
    let (now, saved) = match (&**step, ending) {
        (Step::Done(now), Some(Ending::Done(saved))) => (now.clone(), saved.clone()),
        (Step::Failed(now), Some(Ending::Failed(saved))) => (to_json(now)?, to_json(saved)?),
        _ => return Err(format!("the saved attempt ended otherwise; now: {}", words(said))),
    };
    match first_difference("", &now, &saved) {
        Some(path) => Err(format!("the end differs at {path}")),
        None => Ok(()),
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// The beginning of a text, with a sign where it was cut.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Where two values differ, with both sides. Member order does not count; every byte of every value does.
fn first_difference(path: &str, now: &Value, saved: &Value) -> Option<String> {
    match (now, saved) {
        (Value::Object(a), Value::Object(b)) => {
            let of = |key: &String| {
                first_difference(
                    &format!("{path}.{key}"),
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                )
            };
            a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))).find_map(of)
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let items = a.iter().zip(b).enumerate();
            items.into_iter().find_map(|(index, (a, b))| first_difference(&format!("{path}[{index}]"), a, b))
        }
        _ if now == saved => None,
        _ => {
            let short = |value: &Value| beginning(&value.to_string());
            let path = path.trim_start_matches('.');
            let path = if path.is_empty() { "its root" } else { path };
            Some(format!("{path}: it was {}, now it is {}", short(saved), short(now)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use connote_types::steps::{Problem, Request, Wait};
    use serde_json::json;

    fn send(names: &[&str]) -> Result<Said, Trouble> {
        let request = |name: &&str| Request {
            name: (*name).into(),
            method: "GET".into(),
            path: "/".into(),
            ..Request::default()
        };
        Ok(Said::Step(Box::new(Step::Send(names.iter().map(request).collect()))))
    }

    fn turn(said: &Result<Said, Trouble>) -> Turn {
        let Ok(Said::Step(step)) = said else { panic!("{said:?}") };
        let Step::Send(requests) = &**step else { panic!("{said:?}") };
        let exchange =
            |r: &Request| Exchange { name: r.name.clone(), fingerprint: fingerprint(r), ..Exchange::default() };
        Turn { at_ms: 1, exchanges: requests.iter().map(exchange).collect() }
    }

    #[test]
    fn a_turn_is_the_same_only_with_the_same_requests_in_the_same_order() {
        let said = send(&["a", "b"]);
        assert_eq!(same_turn(&said, &mut turn(&said), false), Ok(()));
        assert!(same_turn(&send(&["b", "a"]), &mut turn(&said), false).is_err());
        assert!(same_turn(&send(&["a"]), &mut turn(&said), false).is_err());
        let wait = Ok(Said::Step(Box::new(Step::Wait(Wait::default()))));
        assert!(same_turn(&wait, &mut turn(&said), false).is_err());
        assert_eq!(same_turn(&wait, &mut Turn::default(), false), Ok(()));
    }

    #[test]
    fn a_changed_body_is_found_by_its_fingerprint_and_only_names_count_when_redacted() {
        let said = send(&["a"]);
        let mut other = turn(&said);
        other.exchanges[0].fingerprint ^= 1;
        assert!(same_turn(&said, &mut other.clone(), false).unwrap_err().contains("fingerprint"));
        assert_eq!(same_turn(&said, &mut other, true), Ok(()));
        assert_eq!(other, turn(&said));
    }

    #[test]
    fn an_end_differs_by_one_byte_of_one_value_and_says_where() {
        let done = |value: Value| Ok(Said::Step(Box::new(Step::Done(value))));
        let saved = Ending::Done(json!({ "a": [1, { "b": "x" }], "c": 1 }));
        assert_eq!(same_ending(&done(json!({ "c": 1, "a": [1, { "b": "x" }] })), Some(&saved)), Ok(()));
        let error = same_ending(&done(json!({ "a": [1, { "b": "y" }], "c": 1 })), Some(&saved)).unwrap_err();
        assert_eq!(error, "the end differs at a[1].b: it was \"x\", now it is \"y\"");
        let failed = Ok(Said::Step(Box::new(Step::Failed(Problem::default()))));
        assert!(same_ending(&failed, Some(&saved)).is_err());
    }
}
