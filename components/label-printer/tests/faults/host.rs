//! A host in virtual time: it performs steps against the simulators, keeps intents as the contract says, and can crash.

use connote_sandbox::{FarEnd, Outcome, World, credentials};
use connote_types::steps::{Answer, Exchange, Problem, Repeat, Request, Response, Step, Turn, fingerprint};
use connote_types::types::{Intent, OrderRecord};

/// 2026-11-02T00:00:00Z.
const START_MS: u64 = 1_793_577_600_000;
/// What an answer takes.
const ANSWER_MS: u64 = 200;
/// The driver's own repetitions of what may be repeated.
const TRIES: u32 = 3;
const TRY_PAUSE_MS: u64 = 1_000;
/// The contract's limit on a history.
const MOST_TURNS: usize = 64;

pub(crate) struct Host {
    pub(crate) world: World,
    pub(crate) now_ms: u64,
    pub(crate) record: OrderRecord,
    /// What was asked, by name.
    pub(crate) asked: Vec<String>,
}

/// How an attempt ended.
pub(crate) enum End<T> {
    Done(T),
    Failed(Problem),
    /// The host crashed and the history is lost; the intents are not.
    Crashed,
}

impl Host {
    pub(crate) fn new() -> Self {
        let mut world = World::empty();
        world.settings.limits_scale = f64::INFINITY;
        let record = OrderRecord { connection: "shop".into(), source_id: "1".into(), ..OrderRecord::default() };
        Self { world, now_ms: START_MS, record, asked: Vec::new() }
    }

    /// Runs one attempt; it crashes once its history has `crash_after` turns. Each step is computed twice from the full history.
    pub(crate) fn attempt<T: PartialEq + std::fmt::Debug>(
        &mut self,
        job_name: &str,
        crash_after: usize,
        job: impl Fn(OrderRecord, u64, Vec<Turn>) -> Step<T>,
    ) -> End<T> {
        let (record, started_ms) = (self.record.clone(), self.now_ms);
        let mut history = Vec::new();
        loop {
            assert!(history.len() <= MOST_TURNS, "more turns than a history holds");
            if history.len() == crash_after {
                return End::Crashed;
            }
            let step = job(record.clone(), started_ms, history.clone());
            assert_eq!(step, job(record.clone(), started_ms, history.clone()), "a replay gave another step");
            let mut exchanges = Vec::new();
            match step {
                Step::Done(result) => {
                    self.record.intents.retain(|intent| intent.job != job_name);
                    return End::Done(result);
                }
                Step::Failed(problem) => {
                    if !problem.attributes.iter().any(|(key, _)| key == "unsettled") {
                        self.record.intents.retain(|intent| intent.job != job_name);
                    }
                    return End::Failed(problem);
                }
                Step::Wait(wait) => self.now_ms += u64::from(wait.for_ms),
                Step::Send(requests) => {
                    exchanges.extend(requests.iter().map(|request| self.perform(job_name, request)))
                }
                Step::Checkpoint(_) => unreachable!("no checkpoint expected"),
            }
            history.push(Turn { at_ms: self.now_ms, exchanges });
        }
    }

    fn perform(&mut self, job: &str, request: &Request) -> Exchange {
        self.asked.push(request.name.clone());
        if request.repeat == Repeat::Once {
            self.record.account = request.account.clone();
            self.record.intents.push(Intent {
                job: job.into(),
                name: request.name.clone(),
                method: request.method.clone(),
                path: request.path.clone(),
                sent_ms: self.now_ms,
            });
        }
        let answer = self.exchange(request);
        if matches!(answer, Answer::NotSent(_)) || is_proof(request, &answer) {
            self.record.intents.retain(|intent| intent.name != request.name);
        }
        Exchange { name: request.name.clone(), fingerprint: fingerprint(request), answer }
    }

    fn exchange(&mut self, request: &Request) -> Answer {
        let mut answer = Answer::default();
        for _ in 0..TRIES {
            answer = self.send(request);
            let again = match &answer {
                Answer::NotSent(_) => true,
                Answer::Unknown(_) => request.repeat == Repeat::Idempotent,
                Answer::Response(response) => {
                    let faulty = response.status >= 500 || response.status == 429;
                    is_proof(request, &answer) || (faulty && request.repeat == Repeat::Idempotent)
                }
                Answer::Denied(_) => false,
            };
            if !again {
                break;
            }
            self.now_ms += TRY_PAUSE_MS;
        }
        answer
    }

    fn send(&mut self, request: &Request) -> Answer {
        let mut sent = connote_sandbox::Request::new(&request.method, &request.path)
            .with_header("StarShipIT-Api-Key", credentials::STARSHIPIT_API_KEY)
            .with_header("Ocp-Apim-Subscription-Key", credentials::STARSHIPIT_SUBSCRIPTION_KEY);
        sent.headers.extend(request.headers.iter().cloned());
        sent.body.clone_from(&request.body);
        let timeout_ms = u64::from(request.timeout_ms);
        assert!(timeout_ms > 0, "a request without time-out");
        let (took_ms, answer) = match self.world.handle(self.now_ms, FarEnd::Starshipit, &sent) {
            Outcome::Answer(response) => (ANSWER_MS, received(&response)),
            Outcome::AnswerLate { after_ms, response } if after_ms < timeout_ms => (after_ms, received(&response)),
            Outcome::AnswerLate { .. } | Outcome::Hang => (timeout_ms, Answer::Unknown("timed out".into())),
            Outcome::Refused => (ANSWER_MS, Answer::NotSent("connection refused".into())),
            Outcome::Reset => (ANSWER_MS, Answer::Unknown("connection reset".into())),
        };
        self.now_ms += took_ms;
        answer
    }

    /// Lets everything happen that is still to come.
    pub(crate) fn much_later(&mut self) {
        self.now_ms += 3_600_000;
        self.world.tick(self.now_ms);
    }
}

fn received(response: &connote_sandbox::Response) -> Answer {
    Answer::Response(Response { status: response.status, headers: Vec::new(), body: response.body.clone() })
}

/// Whether an answer proves that nothing was done, by what the request says proves it.
fn is_proof(request: &Request, answer: &Answer) -> bool {
    let Answer::Response(response) = answer else { return false };
    let key = request.attributes.iter().find(|(key, _)| key == "not-acted-key").map(|(_, value)| value.as_str());
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
    request.not_acted.contains(&response.status) && key.is_none_or(|key| body.get(key).is_some())
}
