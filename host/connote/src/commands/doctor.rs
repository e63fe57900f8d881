//! `connote doctor`: whether everything is there that shipping needs, and for what is not, what to do.

mod far;
mod local;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Code, Failure};
use crate::output::{BAD, DIM, GOOD, Screen, WARN, count};
use crate::table::{Cell, Table};

const LONG: &str = "\
Looks whether everything is there that shipping needs, and says for each thing that is not what to do: the config with all its mistakes, secrets, database, label \
folder, disk, the way to each account and whether its keys are accepted, the clock, first labels, webhooks, the server's port. It only reads: nothing is \
bought, changed or sent but one small question to each account. It never prints a secret.

Exit code 0 when nothing has failed, warnings or not; 1 otherwise.

Examples:
    connote doctor
    connote doctor --offline --json       nothing leaves this machine";

/// Check config, keys, reachability, clock and disk, each with the fix
#[derive(Debug, Args)]
#[command(long_about = LONG)]
pub(crate) struct Doctor {
    /// Only this connection and its accounts; can be repeated
    #[arg(long, value_name = "NAME")]
    connection: Vec<String>,
    /// Ask no far end
    #[arg(long)]
    offline: bool,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    /// Shipping goes on; somebody should know.
    Warning,
    Failure,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
struct Check {
    check: String,
    state: State,
    /// What was found.
    message: String,
    /// What to do about it, `""` when nothing is to be done.
    fix: String,
}

impl Check {
    fn ok(check: &str, message: impl Into<String>) -> Self {
        Self { check: check.to_owned(), state: State::Ok, message: message.into(), fix: String::new() }
    }

    fn warning(check: &str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { state: State::Warning, fix: fix.into(), ..Self::ok(check, message) }
    }

    fn failure(check: &str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { state: State::Failure, fix: fix.into(), ..Self::ok(check, message) }
    }
}

impl Doctor {
    pub(super) fn run(self, global: &Global, screen: &Screen) -> Result<Code, Failure> {
        let checks = super::runtime()?.block_on(self.checks(global, screen));
        if screen.json {
            screen.print_json(&json!({ "checks": checks, "exit-code": code(&checks) as u8 }));
        } else {
            screen.print(&as_text(&checks, screen.width));
        }
        Ok(code(&checks))
    }

    async fn checks(&self, global: &Global, screen: &Screen) -> Vec<Check> {
        let (mut config, mut checks) = match local::config(global) {
            Ok(found) => found,
            Err(failed) => return vec![*failed],
        };
        if let Err(failed) = self.choose(&mut config) {
            return vec![*failed];
        }
        let database = super::database(global, Some(&config));
        let (found, is_ours) = local::database(&database);
        checks.extend(found);
        // Opening another one would change it.
        let ours = is_ours.then_some(database.as_path());
        checks.extend(local::folders(&config));
        checks.extend(local::disk(&[&database, &config.labels]));
        if checks.first().is_some_and(|check| check.state != State::Ok) {
            return checks;
        }
        let (accounts, secrets) = local::accounts(&config);
        checks.extend(secrets);
        if !self.offline {
            let spinner = screen.spinner("asking the accounts");
            checks.extend(far::accounts(&config, accounts, ours).await);
            spinner.finish_and_clear();
        }
        checks.extend(local::first_labels(&config, ours));
        checks.extend(local::webhooks(&config));
        checks.push(local::port(&config.server.listen).await);
        checks
    }

    /// Leaves the connections that were asked for.
    fn choose(&self, config: &mut Config) -> Result<(), Box<Check>> {
        for name in &self.connection {
            if !config.connections.iter().any(|connection| connection.name == *name) {
                let known: Vec<&str> = config.connections.iter().map(|connection| connection.name.as_str()).collect();
                let message = format!("there is no connection \"{name}\"");
                let fix = format!("the connections are: {}", known.join(", "));
                return Err(Box::new(Check::failure("config", message, fix)));
            }
        }
        config.connections.retain(|c| self.connection.is_empty() || self.connection.contains(&c.name));
        Ok(())
    }
}

fn code(checks: &[Check]) -> Code {
    if checks.iter().any(|check| check.state == State::Failure) { Code::Attention } else { Code::Done }
}

fn as_text(checks: &[Check], width: usize) -> String {
    let mut table = Table::new(&[]);
    for check in checks {
        let (word, style) = match check.state {
            State::Ok => ("ok", GOOD),
            State::Warning => ("warning", WARN),
            State::Failure => ("failure", BAD),
        };
        table.row([Cell::from(word).styled(style), Cell::from(&check.check), Cell::from(&check.message)]);
        if !check.fix.is_empty() {
            table.row([Cell::from(""), Cell::from("try").styled(DIM), Cell::from(&check.fix)]);
        }
    }
    let of = |state: State| checks.iter().filter(|check| check.state == state).count();
    let told = match (of(State::Failure), of(State::Warning)) {
        (0, 0) => "all is well".to_owned(),
        (0, warnings) => format!("nothing has failed; {}", count(warnings, "warning")),
        (failures, warnings) => format!("{}, {}", count(failures, "failure"), count(warnings, "warning")),
    };
    format!("{}\n{told}\n", table.render(width))
}
