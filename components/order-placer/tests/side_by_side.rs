//! Two jobs place one order at the same time, against the simulated Starshipit, in every order of their requests.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use connote_order_placer::place::place;
use connote_sandbox::{FarEnd, Outcome, Request as Wire, World, credentials};
use connote_types::orders::{PlaceJob, Placed};
use connote_types::steps::{Answer, Context, Exchange, Problem, Request, Response, Step, Turn, fingerprint};
use serde_json::json;

const START_MS: u64 = 1_793_577_600_000;

/// More steps than one job takes.
const MOST_STEPS: usize = 12;

struct Job {
    job: PlaceJob,
    history: Vec<Turn>,
    end: Option<Result<Placed, Problem>>,
}

fn job(settings: &str) -> PlaceJob {
    let body = json!({ "order": {
        "order_number": "A-1",
        "destination": { "name": "Ada Nguyen", "street": "1 George St", "suburb": "Sydney", "state": "NSW", "post_code": "2000", "country": "Australia" },
        "packages": [{ "weight": 0.5 }],
    } });
    PlaceJob {
        context: Context { started_ms: START_MS, ..Context::default() },
        account: "ship".into(),
        settings: settings.as_bytes().to_vec(),
        body: body.to_string().into_bytes(),
        ..PlaceJob::default()
    }
}

fn answer(world: &mut World, now_ms: u64, request: &Request) -> Answer {
    let mut wire = Wire::new(&request.method, &request.path)
        .with_header("StarShipIT-Api-Key", credentials::STARSHIPIT_API_KEY)
        .with_header("Ocp-Apim-Subscription-Key", credentials::STARSHIPIT_SUBSCRIPTION_KEY);
    wire.headers.extend(request.headers.iter().cloned());
    wire.body.clone_from(&request.body);
    match world.handle(now_ms, FarEnd::Starshipit, &wire) {
        Outcome::Answer(response) => {
            Answer::Response(Response { status: response.status, headers: Vec::new(), body: response.body })
        }
        other => panic!("{other:?}"),
    }
}

impl Job {
    fn new(job: PlaceJob) -> Self {
        Self { job, history: Vec::new(), end: None }
    }

    /// One step further.
    fn go(&mut self, world: &mut World, now_ms: &mut u64) {
        if self.end.is_some() {
            return;
        }
        *now_ms += 10;
        let exchanges = match place(self.job.clone(), self.history.clone()) {
            Step::Done(placed) => return self.end = Some(Ok(placed)),
            Step::Failed(problem) => return self.end = Some(Err(problem)),
            Step::Wait(wait) => {
                *now_ms += u64::from(wait.for_ms);
                Vec::new()
            }
            Step::Send(requests) => requests
                .iter()
                .map(|request| Exchange {
                    name: request.name.clone(),
                    fingerprint: fingerprint(request),
                    answer: answer(world, *now_ms, request),
                })
                .collect(),
            Step::Checkpoint(_) => panic!("a checkpoint"),
        };
        self.history.push(Turn { at_ms: *now_ms, exchanges });
    }
}

/// The orders at Starshipit in the end, and what both jobs came to. Bit n says who makes the n-th step.
fn both(settings: &str, turns: u32) -> (Vec<u64>, usize, [Result<Placed, Problem>; 2]) {
    let mut world = World::empty();
    world.settings.limits_scale = f64::INFINITY;
    let (mut now_ms, mut jobs) = (START_MS, [Job::new(job(settings)), Job::new(job(settings))]);
    for step in 0..MOST_STEPS {
        jobs[usize::from(turns >> step & 1 == 1)].go(&mut world, &mut now_ms);
    }
    for job in &mut jobs {
        while job.end.is_none() {
            job.go(&mut world, &mut now_ms);
        }
    }
    assert_eq!(world.violations(), [] as [String; 0]);
    let creates = world.requests().filter(|seen| seen.method == "POST").count();
    (world.starshipit.order_ids("A-1"), creates, jobs.map(|job| job.end.unwrap()))
}

#[test]
fn without_a_lease_two_creates_at_once_end_in_one_order_that_both_know() {
    let mut doubled = 0;
    for turns in 0..1 << MOST_STEPS {
        let (orders, creates, ends) = both(r#"{"without_lease":true}"#, turns);
        doubled += usize::from(creates == 2);
        assert_eq!(orders.len(), 1, "{turns:b}");
        for end in ends {
            assert_eq!(end.as_ref().map(|placed| placed.order_id), Ok(orders[0]), "{turns:b}");
        }
    }
    assert!(doubled > 100, "only {doubled} times both have created");
}

#[test]
fn with_a_lease_nothing_is_ever_removed() {
    let (orders, creates, _) = both("{}", 0b10_1010_1010);
    assert_eq!((orders.len(), creates), (2, 2), "who holds no lease and does not say so makes two");
}

#[test]
fn a_setting_that_is_neither_true_nor_false_is_named() {
    let problem = both(r#"{"without_lease":"yes"}"#, 0).2[0].clone().unwrap_err();
    assert_eq!(problem.fields[0].path, "settings.without_lease");
}
