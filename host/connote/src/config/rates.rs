//! `[connections.NAME.rates]`: what a connection offers a checkout, in the form that `edge.toml` has.

use connote_host::rates::{DEADLINE_MS, LONGEST_DEADLINE_MS, Rates, SHORTEST_DEADLINE_MS};
use connote_rate_quoter::settings::Settings;
use connote_types::steps::FieldError;
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};

use super::mistakes::Text;
use crate::failure::Failure;

/// What the sandboxes offer.
pub(crate) const SANDBOX: &str = r#"{
    "currency": "AUD",
    "boxes": [
        { "name": "small", "inner_mm": [250, 200, 100], "empty_g": 90, "most_g": 5000 },
        { "name": "large", "inner_mm": [400, 300, 250], "empty_g": 250, "most_g": 20000 }
    ],
    "table": [{ "code": "flat", "name": "Standard", "price": "12.00", "per_kg": "2.50" }]
}"#;

/// Everything in settings that cannot be used.
pub(crate) fn mistakes(settings: &Settings, is_account: impl Fn(&str) -> bool) -> Vec<FieldError> {
    let mut mistakes = settings.check().err().unwrap_or_default();
    for (at, origin) in settings.origins.iter().enumerate() {
        if !origin.account.is_empty() && !is_account(&origin.account) {
            let message = format!("there is no account \"{}\" of Starshipit", origin.account);
            mistakes.push(FieldError { path: format!("origins[{at}].account"), message });
        }
    }
    mistakes
}

/// Reads the table of a connection and the deadline beside it.
pub(super) fn read(
    text: &Text<'_>,
    connection: &Spanned<String>,
    table: Option<Spanned<DeValue<'_>>>,
    deadline_ms: Option<Spanned<u32>>,
    is_account: impl Fn(&str) -> bool,
) -> Result<Option<Rates>, Failure> {
    let wrong = |offset: usize, message: String| {
        let (file, line) = (text.path.display(), text.line(offset));
        Failure::usage(format!("{file}:{line}: connections.{}.{message}", connection.get_ref()))
    };
    let Some(table) = table else {
        let alone = |deadline: Spanned<u32>| {
            let message = "rates_deadline_ms says nothing without a table of rates".to_owned();
            Err(wrong(deadline.span().start, message))
        };
        return deadline_ms.map_or(Ok(None), alone);
    };
    if let Some(deadline) = &deadline_ms
        && !(SHORTEST_DEADLINE_MS..=LONGEST_DEADLINE_MS).contains(deadline.get_ref())
    {
        let message = format!("rates_deadline_ms takes {SHORTEST_DEADLINE_MS} to {LONGEST_DEADLINE_MS}");
        return Err(wrong(deadline.span().start, message));
    }
    let start = table.span().start;
    let settings = Settings::deserialize(ValueDeserializer::from(table));
    let settings = settings.map_err(|error| wrong(start, format!("rates.{}", error.message())))?;
    if let Some(mistake) = mistakes(&settings, is_account).first() {
        return Err(wrong(start, format!("rates.{}: {}", mistake.path, mistake.message)));
    }
    rates(&settings, deadline_ms.map_or(DEADLINE_MS, Spanned::into_inner)).map(Some)
}

/// What the sandbox offers.
pub(crate) fn sandbox() -> Result<Rates, Failure> {
    let settings = Settings::read(SANDBOX.as_bytes());
    let settings = settings.map_err(|mistake| Failure::usage(format!("{}: {}", mistake.path, mistake.message)))?;
    rates(&settings, DEADLINE_MS)
}

fn rates(settings: &Settings, deadline_ms: u32) -> Result<Rates, Failure> {
    let mut accounts: Vec<String> = settings.origins.iter().map(|origin| origin.account.clone()).collect();
    accounts.retain(|account| !account.is_empty());
    accounts.sort();
    accounts.dedup();
    let settings = serde_json::to_vec(settings).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(Rates { settings, accounts, deadline_ms })
}
