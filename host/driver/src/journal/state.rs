//! What a commit means, as a pure function on the state of one order.

use connote_types::steps::Disposition;
use connote_types::types::Intent;

use super::{Attempt, Ending, Lease, OrderKey, OrderState, Refusal, Update};
use crate::{Change, Intended};

impl OrderState {
    /// Applies a change and gives the fence that the next one needs.
    ///
    /// # Errors
    /// [`Refusal::Leased`] when someone else holds the order, [`Refusal::Fenced`] when the fence is not the
    /// current one, [`Refusal::NoAttempt`] for a step without an attempt. The state is unchanged then.
    pub fn apply(&mut self, key: &OrderKey, fence: u64, update: Update) -> Result<u64, Refusal> {
        if let Update::Lease { holder, now_ms, until_ms, dead } = update {
            return self.lease.take(holder, now_ms, until_ms, dead.as_deref());
        }
        if fence == 0 || fence != self.lease.fence {
            return Err(Refusal::Fenced);
        }
        if self.record.source_id.is_empty() {
            self.record.connection.clone_from(&key.connection);
            self.record.source_id.clone_from(&key.source_id);
        }
        match update {
            Update::Lease { .. } => {}
            Update::Renew { until_ms } => self.lease.until_ms = until_ms,
            Update::Release => self.lease = Lease { fence, ..Lease::default() },
            Update::Begin(attempt) => self.attempt = Some(attempt),
            Update::Step(change) => self.step(change)?,
            Update::Mark { name, value } => {
                self.record.attributes.retain(|(known, _)| *known != name);
                self.record.attributes.push((name, value));
            }
            Update::End { at_ms, ending, record } => self.end(at_ms, ending, record)?,
        }
        Ok(fence)
    }

    fn running(&mut self) -> Result<&mut Attempt, Refusal> {
        self.attempt.as_mut().filter(|attempt| attempt.ending.is_none()).ok_or(Refusal::NoAttempt)
    }

    fn step(&mut self, change: Change) -> Result<(), Refusal> {
        let attempt = self.running()?;
        match change {
            Change::Intent(intended) => {
                let intent = intent(&attempt.job, &intended);
                attempt.stored.intents.push(intended);
                self.record.intents.push(intent);
            }
            Change::Void(intended) => {
                attempt.stored.intents.retain(|open| open.name != intended.name);
                let intent = intent(&attempt.job, &intended);
                self.record.intents.retain(|open| *open != intent);
            }
            Change::Turn(turn) => {
                attempt.stored.intents.retain(|open| turn.exchanges.iter().all(|exchange| exchange.name != open.name));
                attempt.stored.due_ms = 0;
                attempt.stored.history.push(turn);
            }
            Change::Wait(due_ms) => attempt.stored.due_ms = due_ms,
            Change::Checkpoint(resume) => attempt.stored = crate::Stored { resume, ..Default::default() },
        }
        Ok(())
    }

    fn end(&mut self, at_ms: u64, ending: Ending, record: connote_types::types::OrderRecord) -> Result<(), Refusal> {
        let attempt = self.running()?;
        let (job, settled) = (short(&attempt.job).to_owned(), settles(&ending));
        attempt.ending = Some((at_ms, ending));
        attempt.stored.intents.clear();
        let mut intents = std::mem::take(&mut self.record.intents);
        intents.retain(|open| !(settled && open.job == job));
        self.record = record;
        self.record.intents = intents;
        Ok(())
    }
}

/// Whether it is now certain what became of everything that this job sent. A job that ended otherwise leaves its intents in the record, and
/// the next attempt begins by settling them. A component says with the attribute `unsettled` that a refusal leaves it open.
fn settles(ending: &Ending) -> bool {
    match ending {
        Ending::Done(_) => true,
        Ending::Failed(problem) => {
            let definite = matches!(
                problem.disposition,
                Disposition::Rejected | Disposition::Unauthorised | Disposition::Unsupported | Disposition::Conflict
            );
            definite && problem.attributes.iter().all(|(name, _)| name != "unsettled")
        }
        Ending::Broken(_) => false,
    }
}

/// `print` of `label-printer.print`.
fn short(job: &str) -> &str {
    job.rsplit('.').next().unwrap_or(job)
}

fn intent(job: &str, intended: &Intended) -> Intent {
    Intent {
        job: short(job).to_owned(),
        name: intended.name.clone(),
        method: intended.method.clone(),
        path: intended.path.clone(),
        sent_ms: intended.sent_ms,
    }
}

impl Lease {
    fn take(&mut self, holder: String, now_ms: u64, until_ms: u64, dead: Option<&str>) -> Result<u64, Refusal> {
        let free = self.holder.is_empty() || self.until_ms <= now_ms || dead == Some(self.holder.as_str());
        if !free {
            return Err(Refusal::Leased { holder: self.holder.clone(), until_ms: self.until_ms });
        }
        *self = Self { holder, until_ms, fence: self.fence + 1 };
        Ok(self.fence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stored;
    use connote_types::steps::{Exchange, Problem, Turn};
    use connote_types::types::OrderRecord;

    fn key() -> OrderKey {
        OrderKey { connection: "c".into(), source_id: "1".into() }
    }

    fn lease(state: &mut OrderState, holder: &str, now_ms: u64) -> Result<u64, Refusal> {
        let update = Update::Lease { holder: holder.into(), now_ms, until_ms: now_ms + 100, dead: None };
        state.apply(&key(), 0, update)
    }

    fn begun() -> (OrderState, u64) {
        let mut state = OrderState::default();
        let fence = lease(&mut state, "a", 0).unwrap();
        let attempt = Attempt { number: 1, job: "label-printer.print".into(), ..Attempt::default() };
        state.apply(&key(), fence, Update::Begin(attempt)).unwrap();
        (state, fence)
    }

    fn intended() -> Intended {
        Intended { name: "print".into(), sent_ms: 5, ..Intended::default() }
    }

    #[test]
    fn one_holder_at_a_time_and_a_holder_that_comes_back_late_is_fenced_off() {
        let (mut state, old) = begun();
        assert!(matches!(lease(&mut state, "b", 50), Err(Refusal::Leased { .. })));
        let new = lease(&mut state, "b", 101).unwrap();
        assert!(new > old);
        assert!(matches!(state.apply(&key(), old, Update::Step(Change::Intent(intended()))), Err(Refusal::Fenced)));
    }

    #[test]
    fn the_same_process_cannot_take_an_order_twice_at_a_time_and_can_renew_what_it_holds() {
        let (mut state, fence) = begun();
        assert!(matches!(lease(&mut state, "a", 50), Err(Refusal::Leased { .. })));
        state.apply(&key(), fence, Update::Renew { until_ms: 500 }).unwrap();
        assert!(matches!(lease(&mut state, "b", 400), Err(Refusal::Leased { .. })));
        assert!(matches!(state.apply(&key(), fence + 1, Update::Renew { until_ms: 900 }), Err(Refusal::Fenced)));
    }

    #[test]
    fn voiding_a_request_keeps_the_open_one_of_an_earlier_attempt() {
        let (mut state, fence) = begun();
        state.record.intents.push(intent("label-printer.print", &Intended { sent_ms: 1, ..intended() }));
        state.apply(&key(), fence, Update::Step(Change::Intent(intended()))).unwrap();
        state.apply(&key(), fence, Update::Step(Change::Void(intended()))).unwrap();
        assert_eq!(state.record.intents.iter().map(|open| open.sent_ms).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn the_lease_of_a_dead_holder_does_not_count() {
        let (mut state, _) = begun();
        let update = Update::Lease { holder: "b".into(), now_ms: 1, until_ms: 9, dead: Some("a".into()) };
        assert!(state.apply(&key(), 0, update).is_ok());
    }

    #[test]
    fn an_intent_outlives_its_attempt_until_its_end_is_certain() {
        let unsettled = Problem {
            attributes: vec![("unsettled".into(), "print".into())],
            ..Problem::new(Disposition::Conflict, "")
        };
        for (ending, left) in [
            (Ending::Done(serde_json::Value::Null), 0),
            (Ending::Failed(Problem::new(Disposition::Rejected, "")), 0),
            (Ending::Failed(Problem::new(Disposition::Conflict, "")), 0),
            (Ending::Failed(unsettled), 1),
            (Ending::Failed(Problem::new(Disposition::Unavailable, "")), 1),
            (Ending::Broken(String::new()), 1),
        ] {
            let (mut state, fence) = begun();
            state.apply(&key(), fence, Update::Step(Change::Intent(intended()))).unwrap();
            assert_eq!(state.record.intents[0].job, "print");
            let end = Update::End { at_ms: 9, ending, record: OrderRecord::default() };
            state.apply(&key(), fence, end).unwrap();
            assert_eq!(state.record.intents.len(), left);
        }
    }

    #[test]
    fn a_turn_answers_the_intent_of_the_attempt_and_keeps_that_of_the_order() {
        let (mut state, fence) = begun();
        state.apply(&key(), fence, Update::Step(Change::Intent(intended()))).unwrap();
        let exchange = Exchange { name: "print".into(), ..Exchange::default() };
        let turn = Turn { at_ms: 6, exchanges: vec![exchange] };
        state.apply(&key(), fence, Update::Step(Change::Turn(turn))).unwrap();
        assert_eq!(state.attempt.as_ref().unwrap().stored.intents, []);
        assert_eq!(state.record.intents.len(), 1);
    }

    #[test]
    fn a_void_intent_is_gone_from_both() {
        let (mut state, fence) = begun();
        state.apply(&key(), fence, Update::Step(Change::Intent(intended()))).unwrap();
        state.apply(&key(), fence, Update::Step(Change::Void(intended()))).unwrap();
        assert_eq!((state.attempt.as_ref().unwrap().stored.intents.len(), state.record.intents.len()), (0, 0));
    }

    #[test]
    fn a_mark_needs_the_lease_and_no_attempt_and_replaces_the_one_before() {
        let mut state = OrderState::default();
        let fence = lease(&mut state, "a", 0).unwrap();
        let mark = |value: &str| Update::Mark { name: "manifested".into(), value: value.into() };
        assert_eq!(state.apply(&key(), fence + 1, mark("0")), Err(Refusal::Fenced));
        state.apply(&key(), fence, mark("1")).unwrap();
        state.apply(&key(), fence, mark("2")).unwrap();
        assert_eq!(state.record.attributes, [("manifested".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn a_step_after_the_end_is_refused() {
        let (mut state, fence) = begun();
        let end = Update::End { at_ms: 9, ending: Ending::Broken(String::new()), record: OrderRecord::default() };
        state.apply(&key(), fence, end).unwrap();
        assert!(matches!(state.apply(&key(), fence, Update::Step(Change::Wait(1))), Err(Refusal::NoAttempt)));
        assert_eq!(state.attempt.unwrap().stored, Stored::default());
    }
}
