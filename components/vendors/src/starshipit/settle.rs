//! Whether something was bought, when nobody said so.
//!
//! After an `unknown` create or print nothing is sent again before Starshipit has had time to finish and was read twice. The promise of
//! one label holds if Starshipit finishes within [`SECOND_LOOK_MS`].

use connote_steps::Port;
use connote_types::steps::{Disposition, Problem};
use connote_types::types::{Intent, OrderRecord};

use crate::json::Value;
use crate::settings::AfterUnknown;

/// First look. Most lost answers belong to bookings that took a little longer than their time-out.
pub const FIRST_LOOK_MS: u64 = 30_000;

/// Second and last look, counted from the sending. The slowest courier bookings known take about two minutes.
pub const SECOND_LOOK_MS: u64 = 180_000;

/// Looks, waits and looks again until something is found or the settling time is over. `sent_ms` is when the request left, or may have.
///
/// # Errors
/// Those of `look`.
pub async fn settle<T>(
    port: &Port,
    sent_ms: u64,
    reason: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Problem>,
) -> Result<Option<T>, Problem> {
    for after_ms in [FIRST_LOOK_MS, SECOND_LOOK_MS] {
        let due_ms = sent_ms.saturating_add(after_ms);
        let late = port.now_ms() >= sent_ms.saturating_add(SECOND_LOOK_MS);
        wait_until(port, due_ms, reason).await;
        let found = look().await?;
        // One look after the settling time is as good as two.
        if found.is_some() || late {
            return Ok(found);
        }
    }
    Ok(None)
}

async fn wait_until(port: &Port, due_ms: u64, reason: &str) {
    let left = due_ms.saturating_sub(port.now_ms());
    if left > 0 {
        port.wait(u32::try_from(left).unwrap_or(u32::MAX), reason).await;
    }
}

/// The newest request of an earlier attempt to this path whose answer was never stored.
#[must_use]
pub fn open_intent<'a>(record: &'a OrderRecord, method: &str, path: &str) -> Option<&'a Intent> {
    let open = record.intents.iter().filter(|intent| intent.method == method && intent.path == path);
    open.max_by_key(|intent| intent.sent_ms)
}

/// Marks a problem that leaves it open whether a request was carried out, so that the host keeps its intent.
#[must_use]
pub fn unsettled(mut problem: Problem, request: &str) -> Problem {
    problem.attributes.push(("unsettled".to_owned(), request.to_owned()));
    problem
}

/// Reads `after_unknown`, the one setting that buying needs. The host has checked the rest.
///
/// # Errors
/// `rejected`, naming the setting.
pub fn after_unknown(settings: &[u8]) -> Result<AfterUnknown, Problem> {
    let rejected =
        |field: &str, message: String| Problem::new(Disposition::Rejected, message.clone()).field(field, message);
    if settings.is_empty() {
        return Ok(AfterUnknown::default());
    }
    let value = Value::read(settings)
        .filter(Value::is_object)
        .ok_or_else(|| rejected("settings", "the settings of the connection are not a JSON object".to_owned()))?;
    match value.get("after_unknown") {
        Value::Null => Ok(AfterUnknown::default()),
        Value::Text(word) if word == "again" => Ok(AfterUnknown::Again),
        Value::Text(word) if word == "ask" => Ok(AfterUnknown::Ask),
        other => Err(rejected(
            "settings.after_unknown",
            format!("the setting after_unknown is \"again\" or \"ask\", not {other}"),
        )),
    }
}

/// Refuses a job whose account is not the one at which the order was placed: ids and labels belong to an account.
///
/// # Errors
/// `conflict`.
pub fn same_account(record: &OrderRecord, account: &str) -> Result<(), Problem> {
    let bought = !record.order_id.is_empty() || !record.intents.is_empty() || !record.printed_ms.is_empty();
    if !bought || record.account.is_empty() || record.account == account {
        return Ok(());
    }
    let message = format!(
        "this order was placed with the account \"{}\", the job names \"{account}\": change the account back, or have the order \
         deleted there and its record forgotten",
        record.account
    );
    Err(Problem::new(Disposition::Conflict, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use connote_steps::run;
    use connote_types::steps::{Context, Step, Turn, Wait};

    fn settled(sent_ms: u64, started_ms: u64, turns: &[u64]) -> Step<u32> {
        let context = Context { started_ms, ..Context::default() };
        let history = turns.iter().map(|at_ms| Turn { at_ms: *at_ms, exchanges: Vec::new() }).collect();
        run(&context, history, |port| async move {
            let mut looks = 0;
            let found: Option<()> = settle(&port, sent_ms, "why", async || {
                looks += 1;
                Ok(None)
            })
            .await?;
            assert!(found.is_none());
            Ok(looks)
        })
    }

    #[test]
    fn two_looks_30_and_180_seconds_after_the_sending() {
        assert_eq!(settled(1_000, 1_000, &[]), Step::Wait(Wait { for_ms: 30_000, reason: "why".into() }));
        assert_eq!(settled(1_000, 1_000, &[31_000]), Step::Wait(Wait { for_ms: 150_000, reason: "why".into() }));
        assert_eq!(settled(1_000, 1_000, &[31_000, 181_000]), Step::Done(2));
    }

    #[test]
    fn an_intent_older_than_the_settling_time_needs_one_look() {
        assert_eq!(settled(1_000, 500_000, &[]), Step::Done(1));
        assert_eq!(settled(1_000, 100_000, &[]), Step::Wait(Wait { for_ms: 81_000, reason: "why".into() }));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let problem = after_unknown(br#"{"after_unknown":"maybe"}"#).unwrap_err();
        assert_eq!(problem.disposition, Disposition::Rejected);
        assert_eq!(problem.fields[0].path, "settings.after_unknown");
        assert_eq!(after_unknown(b"[").unwrap_err().fields[0].path, "settings");
        assert_eq!(after_unknown(br#"{"after_unknown":"ask","x":1}"#).unwrap(), AfterUnknown::Ask);
        assert_eq!(after_unknown(b"").unwrap(), AfterUnknown::Again);
    }

    #[test]
    fn an_order_bought_with_another_account_is_not_bought_again() {
        let record = OrderRecord { account: "a".into(), order_id: vec![1], ..OrderRecord::default() };
        assert_eq!(same_account(&record, "b").unwrap_err().disposition, Disposition::Conflict);
        assert!(same_account(&record, "a").is_ok());
        assert!(same_account(&OrderRecord { account: "a".into(), ..OrderRecord::default() }, "b").is_ok());
    }
}
