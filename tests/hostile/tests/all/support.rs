//! A small host for the tests.

use std::collections::VecDeque;

use connote_driver::{Action, Audit, Driver, Event, Grant, Limits, Outcome, Stored};
use connote_host::runtime::{CallError, Component, Export, Runtime, RuntimeSettings};
use connote_types::labels::{PrintJob, PrintResult, PrintStep};
use connote_types::steps::{Answer, Request, Response, Step, Turn};

/// Limits that are quickly reached, yet not by an honest call on a machine that does much else.
pub(crate) fn settings() -> RuntimeSettings {
    RuntimeSettings { call_ms: 1_000, memory_bytes: 64 << 20, ..RuntimeSettings::default() }
}

pub(crate) fn runtime() -> Runtime {
    Runtime::new(&settings()).unwrap()
}

pub(crate) fn hostile() -> Component {
    runtime().load("hostile", connote_hostile_tests::HOSTILE).unwrap()
}

pub(crate) fn job(deed: &str) -> PrintJob {
    PrintJob { account: deed.to_owned(), ..PrintJob::default() }
}

pub(crate) fn call(component: &Component, deed: &str) -> Result<PrintResult, CallError> {
    let no_history: &[Turn] = &[];
    match component.call::<_, PrintStep>(&Export::PRINT, (&job(deed), no_history))? {
        Step::Done(result) => Ok(result),
        other => panic!("{deed}: done expected, {other:?} found"),
    }
}

/// The host still stands: the same component, and one that was loaded before, answer.
pub(crate) fn assert_stands(component: &Component) {
    assert_eq!(call(component, "polite").unwrap().order_number, "polite");
}

/// What came of a job, what was sent, and what the audit log says.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) outcome: Outcome<PrintResult>,
    pub(crate) sent: Vec<Request>,
    pub(crate) audits: Vec<Audit>,
}

/// Drives a job to its end. Every request that may be sent is answered with 200, time passes at once.
pub(crate) fn run(component: &Component, mut job: PrintJob, grants: Vec<Grant>) -> Ran {
    let mut driver = Driver::new("job-1", grants, Limits::default(), Stored::default());
    let (mut now_ms, mut sent, mut audits) = (1_000, Vec::new(), Vec::new());
    let mut actions = VecDeque::from(driver.next(now_ms, Event::Start));
    loop {
        let event = match actions.pop_front().expect("an action is open until the job is over") {
            Action::Finish(outcome) => return Ran { outcome, sent, audits },
            Action::Audit(audit) => {
                audits.push(audit);
                continue;
            }
            Action::Call => {
                job.context.resume = driver.resume().to_vec();
                match component.call(&Export::PRINT, (&job, driver.history())) {
                    Ok(step) => Event::Stepped(step),
                    Err(error) => Event::Broke(error.to_string()),
                }
            }
            Action::Store(_) => Event::Stored,
            Action::Prepare { slot, request, .. } => {
                sent.push(request);
                Event::Prepared(slot)
            }
            Action::Send { slot, .. } => {
                Event::Answered(slot, Answer::Response(Response { status: 200, ..Response::default() }))
            }
            Action::Sleep { slot, until_ms } => {
                now_ms = until_ms;
                Event::Woken(slot)
            }
        };
        actions.extend(driver.next(now_ms, event));
    }
}
