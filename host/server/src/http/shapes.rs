//! What is answered, as JSON. Instants are Unix milliseconds.

use std::collections::BTreeMap;

use connote_host::journal::{AttemptRow, Ending, OrderKey};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::problem::FieldProblem;
use crate::address;
use crate::store::{Asked, OrderRow};

/// Where an order stands. `waiting`: it runs as soon as it is due. `placed`: it is at Starshipit, where staff print it or where it waits until it is packed. `done`: nothing is left to do.
/// `attention`: a person has to look. `left`: by its state at the source it is not to be shipped. `cancelled`: somebody has cancelled it here.
#[derive(Clone, Copy, Debug, ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "its schema is used")]
pub(super) enum State {
    Attention,
    Waiting,
    Placed,
    Done,
    Left,
    Cancelled,
}

/// What somebody has asked for and an order has not done yet.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AskedFor {
    Retry,
    Cancel,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = OrderState)]
pub(super) struct OrderBody {
    /// Its connection.
    connection: String,
    /// The source's own id of it: with the connection what identifies it.
    source_id: String,
    /// Its number, for people; empty while it is not known.
    number: String,
    /// Where it stands.
    #[schema(value_type = State)]
    state: &'static str,
    /// Whether it is being worked on just now.
    running: bool,
    /// What is wrong, or why it is left alone.
    reason: String,
    /// What was asked for and is not done yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asked: Option<AskedFor>,
    /// When it runs next, of one that waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    due_ms: Option<u64>,
    /// Runs in a row that ended because a far end was not to be had.
    tries: u32,
    /// Corrections by people: text by target.
    corrections: BTreeMap<String, String>,
    /// What the last run came to: outcome, carrier, service, tracking numbers, warnings, the problem in full. Absent before the first run.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    shipment: Option<Value>,
    /// How many label files there are.
    labels: usize,
    /// When it was first heard of.
    created_ms: u64,
    /// When it last changed.
    changed_ms: u64,
}

/// One page of orders, those first that changed last.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderPage {
    /// The orders.
    pub(super) orders: Vec<OrderBody>,
    /// The cursor of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) next: Option<String>,
}

/// An order with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OrderDetail {
    /// The order.
    #[serde(flatten)]
    pub(super) order: OrderBody,
    /// The order as it was handed in; absent for one that is read from its source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub(super) document: Option<Value>,
    /// Jobs that were run for it, the newest first.
    pub(super) attempts: Vec<AttemptBody>,
}

/// One run of a job.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct AttemptBody {
    /// Counts the attempts of the order.
    number: u64,
    /// What was done: `order-placer.place`, `label-printer.print` …
    job: String,
    /// When it began.
    started_ms: u64,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_ms: Option<u64>,
    /// `running`, `done`, `failed`, or `broken` when it is our fault.
    ending: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    reason: String,
    /// The fields that must change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldProblem>,
}

impl OrderBody {
    pub(super) fn of(row: OrderRow, running: &[OrderKey]) -> Self {
        let mut shipment: Option<Value> = serde_json::from_str(&row.shipment).ok();
        // Paths on the server say nothing to anybody else.
        let files =
            shipment.as_mut().and_then(Value::as_object_mut).and_then(|shipment| shipment.shift_remove("files"));
        Self {
            running: running.contains(&row.key),
            connection: row.key.connection,
            source_id: row.key.source_id,
            number: row.number,
            due_ms: (row.state == crate::store::OrderState::Waiting).then_some(row.due_ms),
            state: row.state.as_str(),
            reason: row.reason,
            asked: match row.asked {
                Asked::Nothing => None,
                Asked::Retry | Asked::Anyway => Some(AskedFor::Retry),
                Asked::Cancel => Some(AskedFor::Cancel),
            },
            tries: row.tries,
            corrections: serde_json::from_str(&row.corrections).unwrap_or_default(),
            shipment,
            labels: files.and_then(|files| files.as_array().map(Vec::len)).unwrap_or_default(),
            created_ms: row.created_ms,
            changed_ms: row.changed_ms,
        }
    }
}

impl AttemptBody {
    pub(super) fn of(row: AttemptRow) -> Self {
        let ended_ms = row.attempt.ending.as_ref().map(|(at_ms, _)| *at_ms);
        let (ending, reason, fields) = match row.attempt.ending {
            None => ("running", String::new(), Vec::new()),
            Some((_, Ending::Done(_))) => ("done", String::new(), Vec::new()),
            Some((_, Ending::Broken(reason))) => ("broken", reason, Vec::new()),
            Some((_, Ending::Failed(problem))) => ("failed", problem.message, problem.fields),
        };
        let fields =
            fields.into_iter().map(|field| FieldProblem { path: field.path, message: field.message }).collect();
        let (number, started_ms) = (row.attempt.number, row.attempt.started_ms);
        Self { number, job: row.attempt.job, started_ms, ended_ms, ending, reason, fields }
    }
}

/// The address of an order.
pub(super) fn address(key: &OrderKey) -> String {
    format!("/v1{}", address::order(key))
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema as _;

    use super::*;
    use crate::store::OrderState;

    #[test]
    fn the_documented_states_are_those_there_are() {
        let documented = serde_json::to_value(State::schema()).unwrap();
        assert_eq!(documented["enum"], serde_json::json!(OrderState::ALL.map(OrderState::as_str)));
    }
}
