//! `connote replay`: runs a saved attempt again.

use std::path::PathBuf;

use clap::Args;
use connote_host::journal::Ending;
use connote_host::replay::{self, FORM, Replayed, Saved};
use serde_json::json;

use crate::exports;
use crate::failure::{Code, Failure};
use crate::output::{BAD, DIM, GOOD, Screen, WARN, count, paint, plain};

const LONG: &str = "\
Runs an attempt that `connote jobs export` saved, without any request: after each turn the component must ask exactly what the next turn \
answers (names and fingerprints of the requests), and at the end it must say the same, to the byte. Tells the first place that differs; exit \
code 4 then.

In a redacted file the fingerprints are left out, since they belong to the true requests: names are compared, and the end with its \
pseudonyms. Another component than the one that ran the attempt is told and tried all the same.

Example:
    connote jobs export 7 > attempt.json
    connote replay attempt.json";

/// Run a saved attempt again and compare, to the byte
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Replay {
    /// The saved attempt; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Another component file instead of the shipped one
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
}

impl Replay {
    pub(super) fn run(self, screen: &Screen) -> Result<Code, Failure> {
        let name = super::input_name(&self.file);
        let wrong = |error: serde_json::Error| Failure::usage(format!("{name} is no saved attempt: {error}"));
        let saved: Saved = serde_json::from_slice(&super::read_input(&self.file)?).map_err(wrong)?;
        if saved.connote_attempt != FORM {
            let form = saved.connote_attempt;
            return Err(Failure::usage(format!("{name} has form {form}, this version of connote reads form {FORM}")));
        }
        let export = exports::export(&saved.job)?;
        let component = exports::component(export.world(), self.component.as_deref())?;
        let other = component.digest() != saved.component;
        if other {
            screen.note(&format!(
                "{}: the attempt ran in another component\n  then {}\n  now  {}",
                paint(WARN, "warning"),
                plain(&saved.component),
                component.digest()
            ));
        }
        let replayed = replay::replay(&component, &export, &saved).map_err(Failure::usage)?;
        show(&saved, &replayed, other, screen);
        Ok(if replayed.difference.is_some() { Code::Differs } else { Code::Done })
    }
}

fn show(saved: &Saved, replayed: &Replayed, other: bool, screen: &Screen) {
    if screen.json {
        return screen.print_json(&json!({
            "job": saved.job, "same": replayed.difference.is_none(), "redacted": saved.redacted,
            "other-component": other, "steps": replayed.steps, "difference": replayed.difference,
        }));
    }
    let mut text = String::new();
    for (turn, step) in replayed.steps.iter().enumerate() {
        let differs = replayed.difference.as_ref().is_some_and(|difference| difference.turn == turn);
        let sign = if differs { paint(BAD, "✗") } else { paint(GOOD, "✓") };
        text.push_str(&format!("{sign} {} {}\n", paint(DIM, &format!("{turn:>2}")), plain(step)));
    }
    text.push_str(&match &replayed.difference {
        Some(difference) => {
            format!(
                "{} after {}: {}\n",
                paint(BAD, "differs"),
                count(difference.turn, "turn"),
                plain(&difference.message)
            )
        }
        None => format!("{}: {}{}\n", paint(GOOD, "same"), count(replayed.steps.len(), "step"), remark(saved)),
    });
    screen.print(&text);
}

/// What the comparison could not cover.
fn remark(saved: &Saved) -> String {
    let end = match &saved.ending {
        None => ", and the attempt was not over",
        Some(Ending::Broken(_)) => ", and the host broke the attempt off",
        Some(Ending::Done(_) | Ending::Failed(_)) => ", and the same end",
    };
    let redacted = if saved.redacted { " (redacted: requests compared by name)" } else { "" };
    format!("{end}{redacted}")
}
