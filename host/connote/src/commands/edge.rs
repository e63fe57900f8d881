//! `connote edge`: serves the edge components without Spin.

mod demo;
mod deployment;
mod serve;
mod variables;

use std::path::{Path, PathBuf};

use clap::Args;
use connote_components::edge;
use serde_json::json;

use crate::cli::Global;
use crate::failure::{Code, Failure, file};
use crate::output::{Screen, size};
use demo::Demo;
use deployment::{DEFAULT_PATH, Deployment};
use variables::Values;

const LONG: &str = "\
Answers checkout rates and takes webhooks, with the component files that also run in Spin, SpinKube and Akamai Functions, and with what they \
find there: variables, a key-value store, and requests to listed hosts only. A request gets an instance of its own, with 128 MiB and 30 \
seconds.

edge.toml says which Starshipit accounts and shops there are. It names secrets and never holds them: `token = \"main_token\"` says that the \
variable main_token holds the token. A variable comes from SPIN_VARIABLE_MAIN_TOKEN in the environment, as with `spin up`, or from \
--variable main_token=VALUE, which other users of this machine can see in its list of processes. Variables that are missing are told at the \
start.

Requests may leave to the accounts' addresses, to where events are forwarded, and to what --allow adds. An address on this machine or in a \
private network must be named; a wildcard does not lead there.

Examples:
    connote edge --sandbox                     rates of the Starshipit simulator, without keys
    connote edge --listen 127.0.0.1:8080       edge.toml of this folder
    connote edge --print-variables             what to set for Spin
    connote edge --write-components dist       the files for Spin, Akamai and wasmtime";

/// Answer checkout rates and take webhooks
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Edge {
    /// Against the Starshipit simulator in this process, with a connection `demo`; needs no keys
    #[arg(long, conflicts_with_all = ["print_variables", "state"])]
    sandbox: bool,
    /// Where to listen; port 0 takes any
    ///
    /// Plain HTTP/1.1: put a proxy that speaks TLS before it.
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS")]
    listen: String,
    /// What webhooks keep: a file, or `memory`, which forgets at the end and then takes an event twice
    #[arg(long, default_value = "connote-edge.db", value_name = "FILE|memory")]
    state: PathBuf,
    /// A variable; wins over SPIN_VARIABLE_NAME of the environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = variables::pair)]
    variable: Vec<(String, String)>,
    /// A further host that requests may leave to, such as https://api.example.com or http://localhost:8701
    #[arg(long, value_name = "HOST")]
    allow: Vec<String>,
    /// Print what to set for Spin, and the names of the secrets, and end
    #[arg(long)]
    print_variables: bool,
    /// Write the component files to a folder, and end
    #[arg(long, value_name = "DIR", conflicts_with_all = ["sandbox", "print_variables"])]
    write_components: Option<PathBuf>,
}

impl Edge {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        if let Some(folder) = &self.write_components {
            return write_components(folder, screen);
        }
        let mut values = Values::new(&self.variable);
        if self.print_variables {
            let deployment = deployment(global, &values)?;
            variables::print(&deployment, &values, screen);
            return Ok(Code::Done);
        }
        super::runtime()?.block_on(async {
            if self.sandbox {
                let demo = Demo::start(&mut values).await?;
                let served = serve::serve(&self, &demo.deployment, &values, Some(&demo), screen).await;
                demo.stop().await;
                return served;
            }
            serve::serve(&self, &deployment(global, &values)?, &values, None, screen).await
        })
    }
}

/// What is served: the file, or the variable that it would become.
fn deployment(global: &Global, values: &Values) -> Result<Deployment, Failure> {
    let path = global.config.as_deref().unwrap_or(Path::new(DEFAULT_PATH));
    if global.config.is_some() || path.exists() {
        let text = std::fs::read_to_string(path).map_err(file(path))?;
        return Deployment::from_toml(path, &text);
    }
    if let Some(json) = values.get(connote_edge::settings::VARIABLE) {
        return Deployment::from_json("the variable connections", &json);
    }
    Err(Failure::usage(format!("there is no {DEFAULT_PATH} in this folder"))
        .fix("--config FILE names another; `connote edge --sandbox` shows rates without one"))
}

fn write_components(folder: &Path, screen: &Screen) -> Result<Code, Failure> {
    std::fs::create_dir_all(folder).map_err(file(folder))?;
    let mut written = Vec::new();
    for component in edge::ALL {
        let path = folder.join(format!("{}.wasm", component.name));
        std::fs::write(&path, component.bytes).map_err(file(&path))?;
        written.push((path.display().to_string(), component.bytes.len()));
    }
    if screen.json {
        let files = written.iter().map(|(path, bytes)| json!({ "path": path, "bytes": bytes }));
        screen.print_json(&files.collect::<Vec<_>>());
    } else {
        let lines = written.iter().map(|(path, bytes)| format!("{path}  {}\n", size(*bytes)));
        screen.print(&lines.collect::<String>());
    }
    Ok(Code::Done)
}
