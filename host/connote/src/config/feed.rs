//! `[feed]`: the order feed of `connote serve`.

use connote_feed::mode::{Modes, Rule};
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Config;
use super::mistakes::Text;
use crate::failure::Failure;

/// How the feed is told. Without the table there is none.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FeedEntry {
    /// Minutes between two looks at Starshipit's lists.
    pub(crate) poll_minutes: u64,
    /// Whether the reference ledger is kept.
    pub(crate) ledger: bool,
    /// The Starshipit accounts that are watched; empty for those of all connections.
    accounts: Vec<Spanned<String>>,
    /// Days after which events are deleted; 0 keeps them.
    pub(crate) retention_days: u64,
    /// Whether webhooks may go to private addresses.
    pub(crate) allow_private: bool,
    #[serde(skip)]
    pub(crate) modes: Modes,
}

impl Default for FeedEntry {
    /// A month: a reader that has been away for longer reads all orders anew.
    fn default() -> Self {
        Self {
            poll_minutes: 5,
            ledger: false,
            accounts: Vec::new(),
            retention_days: 30,
            allow_private: false,
            modes: Modes::default(),
        }
    }
}

impl FeedEntry {
    /// All there is, often and on this machine.
    pub(crate) fn sandbox() -> Self {
        Self { ledger: true, allow_private: true, poll_minutes: 1, ..Self::default() }
    }

    /// The accounts that are watched, of those that connections are served with.
    pub(crate) fn accounts<'a>(&self, served: impl Iterator<Item = &'a str>) -> Vec<String> {
        let wanted =
            |account: &&str| self.accounts.is_empty() || self.accounts.iter().any(|own| own.get_ref() == account);
        let accounts: std::collections::BTreeSet<&str> = served.filter(wanted).collect();
        accounts.into_iter().map(str::to_owned).collect()
    }
}

/// Reads the table, and what connections it is for: it is checked when they are known.
pub(super) fn read(text: &Text<'_>, value: Spanned<DeValue<'_>>) -> Result<FeedEntry, Failure> {
    let span = value.span();
    let DeValue::Table(mut table) = value.into_inner() else {
        return Err(text.at(span.start, "feed is a table: [feed]"));
    };
    let modes = table.remove("modes");
    let mut entry: FeedEntry = read_plain(text, span.clone(), table)?;
    if entry.poll_minutes == 0 {
        return Err(text.at(span.start, "poll_minutes is at least 1; without a table [feed] there is no feed"));
    }
    entry.modes = modes.map(|modes| read_modes(text, modes)).transpose()?.unwrap_or_default();
    Ok(entry)
}

fn read_plain(text: &Text<'_>, span: std::ops::Range<usize>, table: DeTable<'_>) -> Result<FeedEntry, Failure> {
    text.read(Spanned::new(span, DeValue::Table(table)))
}

/// Each rule by itself, so that a mistake is told with its line.
fn read_modes(text: &Text<'_>, value: Spanned<DeValue<'_>>) -> Result<Modes, Failure> {
    let start = value.span().start;
    let DeValue::Array(values) = value.into_inner() else {
        return Err(text.at(start, "modes is a list of tables: [[feed.modes]]"));
    };
    let mut rules: Vec<Rule> = Vec::new();
    for value in values {
        let start = value.span().start;
        rules.push(text.read(value)?);
        Modes::new(rules.clone()).map_err(|fault| text.at(start, &fault))?;
    }
    Modes::new(rules).map_err(|fault| text.at(start, &fault))
}

/// Whether the accounts are those of connections.
pub(super) fn check(text: &Text<'_>, config: &Config) -> Result<(), Failure> {
    let known: Vec<&str> = config.connections.iter().map(|connection| connection.starshipit_account.as_str()).collect();
    let wanted = config.feed.iter().flat_map(|feed| &feed.accounts);
    for account in wanted {
        if !known.contains(&account.get_ref().as_str()) {
            let message = format!(
                "accounts: \"{}\" is the starshipit_account of no connection; those are: {}",
                account.get_ref(),
                super::list(known.iter().copied())
            );
            return Err(text.at(account.span().start, &message));
        }
    }
    Ok(())
}
