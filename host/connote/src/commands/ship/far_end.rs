//! Which far end a database's orders were bought at. The same name with another address is another far end: what was bought at one is not
//! bought at the other, and a label of simulators opens no door.

use connote_host::accounts::{Account, Auth, secret_name};
use connote_sandbox::credentials;
use secrecy::ExposeSecret as _;

use super::setup::Setup;
use crate::failure::Failure;

/// Where an account leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::commands) struct FarEnd {
    /// Scheme, host, port and path prefix.
    base: String,
    /// Digest of the API key, `""` when there is none.
    key: String,
}

/// What is known of the accounts of a run.
#[derive(Debug, Default)]
pub(in crate::commands) struct Seen {
    /// What a person should know.
    pub(in crate::commands) changed: Vec<String>,
    /// Notes to be kept once the run begins.
    notes: Vec<(String, String)>,
}

impl FarEnd {
    pub(super) fn of(account: &Account) -> Result<Self, Failure> {
        let origin = account.origin()?;
        let scheme = if origin.tls { "https" } else { "http" };
        let base = format!("{scheme}://{}:{}{}", origin.host.to_ascii_lowercase(), origin.port, origin.prefix);
        let key = match &account.auth {
            Auth::Headers(headers) => headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("starshipit-api-key")),
            _ => None,
        };
        Ok(Self { base, key: key.map(|(_, key)| digest(key.expose_secret())).unwrap_or_default() })
    }

    fn read(note: &str) -> Self {
        let (base, key) = note.split_once('\n').unwrap_or((note, ""));
        Self { base: base.to_owned(), key: key.to_owned() }
    }

    fn note(&self) -> String {
        format!("{}\n{}", self.base, self.key)
    }

    /// The simulators' key opens nothing else, and nothing else opens them.
    pub(super) fn is_simulated(&self) -> bool {
        self.key == digest(credentials::STARSHIPIT_API_KEY)
    }
}

/// Compares the accounts with those that the orders of this database were bought at.
///
/// # Errors
/// An account leads elsewhere now, and the database has orders of the old one.
pub(in crate::commands) fn check(setup: &Setup) -> Result<Seen, Failure> {
    let mut seen = Seen::default();
    // Simulators in this process have other ports at each run, and a database of their own.
    if setup.sandbox.is_some() {
        return Ok(seen);
    }
    for (name, buyer) in &setup.accounts {
        let note = format!("far-end/{name}");
        let now = &buyer.far_end;
        let then = setup.journal.note(&note)?.map(|then| FarEnd::read(&then));
        if then.as_ref() == Some(now) {
            continue;
        }
        seen.notes.push((note, now.note()));
        let Some(then) = then else { continue };
        if !has_orders(setup, name, &buyer.connections)? {
            continue;
        }
        if then.base != now.base || then.is_simulated() != now.is_simulated() {
            return Err(moved(setup, name, &then, now));
        }
        seen.changed.push(format!(
            "the account \"{name}\" has another API key than the orders in {} were bought with. A new key of the same Starshipit account is \
             well; for another account, use another database",
            setup.journal.path().display()
        ));
    }
    Ok(seen)
}

impl Seen {
    /// Keeps which far ends the database's orders are bought at from now on.
    pub(in crate::commands) fn keep(self, setup: &Setup) -> Result<(), Failure> {
        for (name, value) in self.notes {
            setup.journal.set_note(&name, Some(&value))?;
        }
        Ok(())
    }
}

/// Whether something was placed or bought, or may have been.
fn has_orders(setup: &Setup, account: &str, connections: &[String]) -> Result<bool, Failure> {
    if setup.journal.labels_since(account, 0)? > 0 {
        return Ok(true);
    }
    for connection in connections {
        if !setup.journal.unfinished(connection)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn moved(setup: &Setup, name: &str, then: &FarEnd, now: &FarEnd) -> Failure {
    let what = if then.base == now.base {
        let kind = if now.is_simulated() {
            "a real one, and now it is the simulators'"
        } else {
            "the simulators', and now it is a real one"
        };
        format!("its API key was {kind}")
    } else {
        format!("its base_url was {} and is {} now", then.base, now.base)
    };
    let database = setup.journal.path().display();
    Failure::usage(format!(
        "the account \"{name}\" is another one: {what}, and {database} has orders that were bought there. Nothing was done"
    ))
    .fix("another database for another account: `database` in the config, or --database FILE")
}

fn digest(key: &str) -> String {
    secret_name("account", key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: &str = "canary-5f1d9c7e";

    #[test]
    fn a_note_tells_no_key_and_reads_back() {
        let account = Account::starshipit(CANARY, CANARY).at("https://API.starshipit.com/");
        let far_end = FarEnd::of(&account).unwrap();
        assert_eq!(far_end.base, "https://api.starshipit.com:443");
        assert!(!far_end.note().contains(CANARY) && far_end.key.len() == 16, "{far_end:?}");
        assert_eq!(FarEnd::read(&far_end.note()), far_end);
        assert_ne!(FarEnd::of(&Account::starshipit("other", CANARY)).unwrap().key, far_end.key);
    }
}
