//! `connote components`: what is loaded.

use std::path::PathBuf;

use clap::Args;
use connote_host::runtime::{Component, Interface, Runtime};
use serde_json::{Value, json};

use crate::exports::engine;
use crate::failure::{Code, Failure, file};
use crate::output::{BOLD, DIM, GOOD, Screen, WARN, paint, plain, size};

const LONG: &str = "\
Shows WebAssembly components: the worlds they fit, their exports, what they want from their host (the shipped ones want nothing), their \
size and the SHA-256 of their file. Without a file it shows the ones this program was shipped with; a file is loaded and checked as a host \
would.

Example:
    connote components
    connote components my-printer.wasm";

/// Show the shipped components, or check a component file
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Components {
    /// Component files; none: the shipped ones
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Components {
    pub(super) fn run(self, screen: &Screen) -> Result<Code, Failure> {
        let runtime = Runtime::new(&engine())?;
        let mut loaded = Vec::new();
        if self.files.is_empty() {
            for file in connote_components::ALL {
                loaded.push(runtime.load_known(file.name, file.digest, file.bytes)?);
            }
        }
        for path in &self.files {
            let bytes = std::fs::read(path).map_err(file(path))?;
            loaded.push(runtime.load(&path.display().to_string(), &bytes)?);
        }
        if screen.json {
            screen.print_json(&loaded.iter().map(as_json).collect::<Vec<_>>());
        } else {
            screen.print(&loaded.iter().map(as_text).collect::<Vec<_>>().join("\n"));
        }
        if let Some(warning) = runtime.cache_warning() {
            screen.note(&format!("{}: compiled code is not kept: {warning}", paint(WARN, "warning")));
        }
        Ok(Code::Done)
    }
}

fn as_json(component: &Component) -> Value {
    let described = component.describe();
    let interface = |interface: &Interface| json!({ "name": interface.name, "functions": interface.functions });
    let imports = described.imports.iter().map(|import| {
        json!({ "name": import.interface.name, "functions": import.interface.functions, "given": import.given })
    });
    json!({
        "name": component.name(),
        "worlds": described.worlds,
        "exports": described.exports.iter().map(interface).collect::<Vec<_>>(),
        "imports": imports.collect::<Vec<_>>(),
        "bytes": component.size(),
        "sha256": component.digest(),
    })
}

fn as_text(component: &Component) -> String {
    let described = component.describe();
    let functions = |interface: &Interface| plain(&format!("{}  {}", interface.name, interface.functions.join(", ")));
    let mut lines = vec![format!("{}  {}", paint(BOLD, &plain(component.name())), paint(DIM, &size(component.size())))];
    let mut line = |what: &str, value: String| lines.push(format!("  {}  {value}", paint(DIM, &format!("{what:<7}"))));
    line("world", described.worlds.join(", "));
    described.exports.iter().for_each(|export| line("exports", functions(export)));
    if described.imports.is_empty() {
        line("imports", paint(GOOD, "nothing"));
    }
    for import in &described.imports {
        let given = if import.given.is_empty() {
            " (not given)".to_owned()
        } else {
            format!(" (given: {})", import.given.join(", "))
        };
        line("imports", functions(&import.interface) + &paint(WARN, &given));
    }
    line("sha256", component.digest().to_owned());
    lines.join("\n") + "\n"
}
