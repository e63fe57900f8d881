//! The end of the chain: telling the source what became of its order.

use connote_driver::{Audit, Outcome};
use connote_types::steps::{Answer, Context, Problem, Request};
use connote_types::tracking::{Fact, FactSource, ReadInput, ReadOutcome, WriteJob, WriteOutcome, WriteResult};
use connote_types::types::{Order, OrderRecord};
use connote_vendors::settings::WriteBackOn;
use connote_vendors::starshipit::requests::track_request;

use super::manifest::{MANIFESTED, is_manifested};
use super::{Ended, Work, shipment, stage};
use crate::jobs::short_digest;
use crate::observe::Exchanged;
use crate::runtime::Export;
use crate::{Error, Host};

impl Host {
    /// What is known of the consignment: what was bought and, when the source is told only later, where Starshipit says it is by now.
    async fn facts(&self, work: &mut Work<'_>, record: OrderRecord) -> Result<Result<Vec<Fact>, Problem>, Error> {
        let moment = work.connection.settings.write_back_on;
        let mut record = record;
        if moment != WriteBackOn::Manifested {
            // One fact more would make another write of the same numbers, with another idempotency key.
            record.attributes.retain(|(name, _)| name != MANIFESTED);
        }
        let mut inputs = vec![ReadInput { source: FactSource::OrderRecord, body: Vec::new(), record: record.clone() }];
        for (source, body) in std::mem::take(&mut work.told) {
            inputs.push(ReadInput { source, body, record: record.clone() });
        }
        let known = matches!(moment, WriteBackOn::Printed | WriteBackOn::Never)
            || (moment == WriteBackOn::Manifested && is_manifested(&record));
        if inputs.len() == 1 && !known {
            for parcel in &record.tracking {
                let request = track_request(&work.connection.starshipit_account, &parcel.tracking_number);
                match self.ask(&request).await {
                    Answer::Response(response) => {
                        let (source, body) = (FactSource::TrackAnswer, response.body);
                        inputs.push(ReadInput { source, body, record: record.clone() });
                    }
                    answer => work.shipment.warnings.push(format!("Starshipit does not say where it is: {answer:?}")),
                }
            }
        }
        let mut facts = Vec::new();
        for input in &inputs {
            match self.components.tracking_writeback.call(&Export::READ, (input,))? {
                ReadOutcome::Facts(read) => facts.extend(read),
                // One body that cannot be read must not stand in the way of the others for ever.
                ReadOutcome::Refused(problem) if input.source != FactSource::OrderRecord => {
                    work.shipment.warnings.push(format!("what Starshipit told cannot be read: {}", problem.message));
                }
                ReadOutcome::Refused(problem) => return Ok(Err(problem)),
            }
        }
        Ok(Ok(facts))
    }

    /// One read outside of a job.
    pub(super) async fn ask(&self, request: &Request) -> Answer {
        let began_ms = self.clock.now_ms();
        let answer = match self.transport.prepare(request, request.timeout_ms.into()).await {
            Ok(ready) => ready.send(request.timeout_ms.into()).await,
            Err(reason) => Answer::NotSent(reason),
        };
        let line = Audit::of(request, Some(&answer), 1, began_ms, self.clock.now_ms());
        self.observer.exchanged(Exchanged { connection: "", order: None, step: &request.name, line: &line });
        answer
    }

    pub(super) async fn write(&self, work: &mut Work<'_>, order: &Order, record: OrderRecord) -> Ended {
        let facts = match self.facts(work, record).await? {
            Ok(facts) => facts,
            Err(problem) => {
                work.shipment.tracking_not_written(problem);
                return Ok(());
            }
        };
        if facts.is_empty() {
            "Starshipit has told no tracking number yet".clone_into(&mut work.shipment.reason);
            return Ok(());
        }
        let known = facts.iter().rfind(|fact| !fact.tracking.is_empty()).cloned().unwrap_or_default();
        let keys: Vec<&str> = facts.iter().map(|fact| fact.key.as_str()).collect();
        let key = &work.held.key;
        let id = short_digest(&[&key.connection, &key.source_id, &keys.join("\n")]);
        let account = work.connection.source_account.clone();
        let job = WriteJob {
            // Another set of facts is another write with an idempotency key of its own.
            context: Context { job_id: format!("write-{id}"), ..Context::default() },
            source: work.connection.source.clone(),
            account: account.clone(),
            settings: work.settings.clone(),
            facts,
            order: order.clone(),
            ..WriteJob::default()
        };
        let after = |record: &mut OrderRecord, outcome: &Outcome<WriteResult>, _| {
            // Printed by staff, so that no job of ours knew it.
            if record.tracking.is_empty() {
                record.carrier.clone_from(&known.carrier);
                record.service.clone_from(&known.service);
                record.tracking.clone_from(&known.tracking);
            }
            if let Outcome::Done(written) = outcome {
                record.written.extend(written.keys.iter().cloned());
                if matches!(written.outcome, WriteOutcome::Written | WriteOutcome::AlreadyThere) {
                    stage::WRITTEN.clone_into(&mut record.stage);
                }
            }
        };
        let component = &self.components.tracking_writeback;
        match self.run(component, &Export::WRITE, job, &[&account], work.held, after).await? {
            Outcome::Done(written) => work.shipment.written(written),
            Outcome::Failed(problem) => work.shipment.tracking_not_written(problem),
            Outcome::Broken(reason) => work.shipment.tracking_not_written(shipment::broken(&reason)),
        }
        Ok(())
    }
}
