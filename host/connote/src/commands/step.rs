//! `connote step`: calls a component once, or for as long as lines come.

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use connote_host::json::{Said, Trouble};
use connote_host::runtime::{Component, Export};
use connote_types::steps::Turn;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::exports;
use crate::failure::{Code, Failure};
use crate::output::Screen;

const LONG: &str = "\
Calls a component once and prints the step that it wants next, as JSON with the names of wit/: {\"send\": […]}, {\"wait\": …}, \
{\"checkpoint\": …}, {\"done\": …} or {\"failed\": …}. A job is a pure function of its input and its history: perform the step, append one turn \
to the history, call again. Bytes are text, or {\"base64\": \"…\"}; JSON in the place of bytes may stand as it is.

With --stdio it keeps answering, one line for each line, for programs in any language: {\"export\", \"input\", \"history\"} in, {\"step\": …}, \
{\"outcome\": …} (functions without steps) or {\"error\": …} out. A bad line is answered with an error and ends nothing.

Exports: order-source.pull, .gather; order-mapper.map-order; order-placer.place; label-printer.print, .reprint, .manifest; tracking-writeback.read, .write

Examples:
    connote step label-printer.print --input job.json --history turns.json
    echo '{\"export\": \"tracking-writeback.read\", \"input\": {}}' | connote step --stdio";

const NO_EXPORT: &str = "the line names no export: give it \"export\", such as {\"export\": \"order-mapper.map-order\", \"input\": {…}}, or name one for \
all lines on the command line: connote step order-mapper.map-order --stdio";

/// Call a component once, or serve calls over standard input and output
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Step {
    /// What to call, for example label-printer.print; with --stdio for lines that do not say it
    #[arg(value_name = "COMPONENT.EXPORT", required_unless_present = "stdio")]
    export: Option<String>,
    /// The job's input as JSON; - reads standard input
    #[arg(long, value_name = "FILE", required_unless_present = "stdio", conflicts_with = "stdio")]
    input: Option<PathBuf>,
    /// The turns so far, a JSON list
    #[arg(long, value_name = "FILE", conflicts_with = "stdio")]
    history: Option<PathBuf>,
    /// Answer line by line until the input ends
    #[arg(long)]
    stdio: bool,
    /// Another component file instead of the shipped one
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    #[serde(default)]
    export: String,
    input: Value,
    #[serde(default)]
    history: Vec<Turn>,
}

impl Step {
    pub(super) fn run(self, screen: &Screen) -> Result<Code, Failure> {
        match (&self.export, &self.input) {
            (Some(export), Some(input)) => self.once(export, input, screen),
            _ => self.serve(),
        }
    }

    fn once(&self, export: &str, input: &Path, screen: &Screen) -> Result<Code, Failure> {
        let export = exports::export(export)?;
        let input: Value = json(input)?;
        let history: Vec<Turn> = self.history.as_deref().map(json).transpose()?.unwrap_or_default();
        let component = exports::component(export.world(), self.component.as_deref())?;
        match connote_host::json::call(&component, &export, exports::loose(input), &history) {
            Ok(Said::Step(step)) => screen.print_json(&step),
            Ok(Said::Outcome(outcome)) => screen.print_json(&outcome),
            Err(Trouble::Input(message)) => return Err(Failure::usage(message)),
            Err(Trouble::Broke(message)) => return Err(Failure::attention(message)),
        }
        Ok(Code::Done)
    }

    fn serve(&self) -> Result<Code, Failure> {
        let mut server = Server {
            export: self.export.clone().unwrap_or_default(),
            component: self.component.clone(),
            loaded: HashMap::new(),
        };
        let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = input.read_until(b'\n', &mut line);
            if read.map_err(|error| Failure::unavailable(format!("standard input: {error}")))? == 0 {
                return Ok(Code::Done);
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let answer = server.answer(&line);
            if writeln!(output, "{answer}").and_then(|()| output.flush()).is_err() {
                // Whoever asked is gone.
                return Ok(Code::Done);
            }
        }
    }
}

/// Components are loaded when they are first called.
struct Server {
    /// Of lines that name none.
    export: String,
    component: Option<PathBuf>,
    loaded: HashMap<&'static str, Component>,
}

impl Server {
    fn answer(&mut self, line: &[u8]) -> Value {
        match self.call(line) {
            Ok(Said::Step(step)) => json!({ "step": step }),
            Ok(Said::Outcome(outcome)) => json!({ "outcome": outcome }),
            Err(message) => json!({ "error": message }),
        }
    }

    fn call(&mut self, line: &[u8]) -> Result<Said, String> {
        let call: Call = serde_json::from_slice(line).map_err(|error| format!("the line is not a call: {error}"))?;
        let name = if call.export.is_empty() { &self.export } else { &call.export };
        if name.is_empty() {
            return Err(NO_EXPORT.to_owned());
        }
        let export: Export =
            exports::export(name).map_err(|failure| format!("{}: {}", failure.message, failure.fix))?;
        let component = match self.loaded.get(export.world()) {
            Some(component) => component.clone(),
            None => {
                let loaded = exports::component(export.world(), self.component.as_deref());
                let component = loaded.map_err(|failure| failure.message)?;
                self.loaded.insert(export.world(), component.clone());
                component
            }
        };
        connote_host::json::call(&component, &export, exports::loose(call.input), &call.history)
            .map_err(|trouble| trouble.to_string())
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = super::read_input(path)?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::usage(format!("{}: {error}", super::input_name(path))))
}
