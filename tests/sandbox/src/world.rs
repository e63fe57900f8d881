//! All far ends together: what they hold, and what a request does to it.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::cartoncloud::CartonCloud;
use crate::contract::contract;
use crate::failure::{Reaction, reaction};
use crate::outbox::Outbox;
use crate::starshipit::Starshipit;
use crate::trackstar::Trackstar;
use crate::{Delivery, DeliveryFault, FarEnd, Fault, Outcome, Request, Response, Settings, Subscription};

/// So many of the newest requests are remembered.
const REQUESTS_KEPT: usize = 10_000;

/// Everything the far ends hold. It has no clock, no thread and no socket: the caller says what time it is, so the same
/// code serves tests in virtual time and the HTTP servers.
#[derive(Clone, Debug)]
pub struct World {
    /// How strict and how fast the far ends are.
    pub settings: Settings,
    /// The shipping platform.
    pub starshipit: Starshipit,
    /// The warehouse systems behind Trackstar.
    pub trackstar: Trackstar,
    /// The warehouse system CartonCloud.
    pub cartoncloud: CartonCloud,
    faults: Vec<Fault>,
    late: Vec<LateEffect>,
    outbox: Outbox,
    seen: VecDeque<SeenRequest>,
    violations: Vec<String>,
}

/// One request that reached a far end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRequest {
    /// Arrival, Unix milliseconds.
    pub at_ms: u64,
    /// Who was asked.
    pub far_end: FarEnd,
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Body as text; never headers, which hold credentials.
    pub body: String,
    /// What the caller saw: the status as text, `refused`, `reset` or `hang`.
    pub outcome: String,
}

#[derive(Clone, Debug)]
struct LateEffect {
    due_ms: u64,
    far_end: FarEnd,
    request: Request,
}

impl World {
    /// A world without orders.
    pub fn empty() -> Self {
        Self {
            settings: Settings::default(),
            starshipit: Starshipit::default(),
            trackstar: Trackstar::default(),
            cartoncloud: CartonCloud::default(),
            faults: Vec::new(),
            late: Vec::new(),
            outbox: Outbox::default(),
            seen: VecDeque::new(),
            violations: Vec::new(),
        }
    }

    /// A world with the orders that [`crate::demo`] lists.
    pub fn demo() -> Self {
        Self { trackstar: Trackstar::demo(), cartoncloud: CartonCloud::demo(), ..Self::empty() }
    }

    /// Answers one request at `now_ms` (Unix milliseconds, never less than in the call before). Late effects that are
    /// due happen first.
    pub fn handle(&mut self, now_ms: u64, far_end: FarEnd, request: &Request) -> Outcome {
        self.tick(now_ms);
        let reaction = self.reaction(now_ms, far_end, request);
        if !matches!(reaction, Reaction::Refuse) {
            let found = contract(far_end).check_request(request);
            self.violations.extend(found.into_iter().map(|problem| format!("{}: {problem}", far_end.name())));
        }
        let outcome = self.react(now_ms, far_end, request, reaction);
        self.publish(now_ms);
        self.remember(now_ms, far_end, request, &outcome);
        outcome
    }

    /// Lets everything happen that is due at `now_ms`: what was asked earlier and is acted on late, and tracking that
    /// goes on by itself.
    pub fn tick(&mut self, now_ms: u64) {
        while let Some(position) = self.next_due(now_ms) {
            let effect = self.late.remove(position);
            if effect.far_end == FarEnd::Trackstar {
                self.trackstar.end(&effect.request);
            }
            // The request limit let it through when it came.
            let admitted = Settings { limits_scale: f64::INFINITY, ..self.settings.clone() };
            self.act(effect.due_ms, effect.far_end, &effect.request, &admitted);
            self.publish(effect.due_ms);
        }
        self.trackstar.refresh_copy(now_ms, self.settings.trackstar_copy_delay_ms);
        self.starshipit.progress(now_ms, self.settings.starshipit_tracking_step_ms);
        self.publish(now_ms);
    }

    /// When the next late effect happens, Unix milliseconds; `None` when nothing is outstanding.
    pub fn next_effect_ms(&self) -> Option<u64> {
        self.late.iter().map(|effect| effect.due_ms).min()
    }

    /// Injects a failure. Of several that match a request the first one injected counts.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Faults that have not been used up.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Lets a far end send its webhooks to a receiver from now on. Starshipit has one receiver: another one replaces
    /// it.
    pub fn subscribe(&mut self, subscription: Subscription) {
        // What has happened before is none of its business.
        self.publish(0);
        self.outbox.subscribe(subscription);
    }

    /// Who gets webhooks.
    pub fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        self.outbox.subscriptions()
    }

    /// Injects a failure of webhooks. Of several that match a delivery the first one injected counts.
    pub fn delivery_fault(&mut self, fault: DeliveryFault) {
        self.outbox.fault(fault);
    }

    /// The webhooks to post at `now_ms`, first due first: new ones, and repeats of those that failed. Each is under way
    /// until [`Self::delivered`] says what came of it.
    pub fn due_deliveries(&mut self, now_ms: u64) -> Vec<Delivery> {
        self.take_deliveries(now_ms, usize::MAX)
    }

    pub(crate) fn take_deliveries(&mut self, now_ms: u64, most: usize) -> Vec<Delivery> {
        self.tick(now_ms);
        self.outbox.take_due(now_ms, most)
    }

    /// What came of an attempt at `now_ms`: the status that the receiver answered, or `None` when it gave no answer
    /// within 15 seconds. A failure is repeated as the far end documents it: Trackstar after 5 s, 5 min, 30 min, 2 h, 5
    /// h, 10 h and 10 h, the others never.
    pub fn delivered(&mut self, now_ms: u64, id: u64, status: Option<u16>) {
        self.outbox.delivered(now_ms, id, status);
    }

    /// When the next of the webhooks that wait is due, Unix milliseconds; `None` when none waits.
    pub fn next_delivery_ms(&self) -> Option<u64> {
        self.outbox.next_due_ms()
    }

    /// Becomes another world in which deliveries that are still under way mean nothing.
    pub(crate) fn reset_to(&mut self, initial: &World) {
        let before = std::mem::replace(self, initial.clone());
        self.outbox.continue_after(&before.outbox);
    }

    /// Labels charged by Starshipit for all orders with this number, all parcels counted.
    pub fn labels_charged(&self, order_number: &str) -> usize {
        self.starshipit.labels_charged(order_number)
    }

    /// What our requests did against the contracts, oldest first. Anything here is a mistake of ours.
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// The newest requests, oldest first.
    pub fn requests(&self) -> impl Iterator<Item = &SeenRequest> {
        self.seen.iter()
    }

    /// All that the far ends hold, for a person or a test: orders, labels, manifests, tracking, webhooks, violations,
    /// requests.
    pub fn state(&self) -> Value {
        json!({
            "starshipit": self.starshipit.state(),
            "trackstar": self.trackstar.state(),
            "cartoncloud": self.cartoncloud.state(),
            "webhooks": self.outbox.state(),
            "violations": self.violations,
            "faults": self.faults,
            "late-effects": self.late.len(),
            "requests": self.seen.iter().map(SeenRequest::state).collect::<Vec<_>>(),
        })
    }

    fn next_due(&self, now_ms: u64) -> Option<usize> {
        let due = self.late.iter().enumerate().filter(|(_, effect)| effect.due_ms <= now_ms);
        due.min_by_key(|(_, effect)| effect.due_ms).map(|(position, _)| position)
    }

    /// Hands what the far ends have to tell to the outbox.
    fn publish(&mut self, now_ms: u64) {
        let told = [self.starshipit.take_news(), self.trackstar.take_news(), self.cartoncloud.take_news()];
        let from = [FarEnd::Starshipit, FarEnd::Trackstar, FarEnd::CartonCloud];
        for (far_end, news) in from.into_iter().zip(told) {
            news.iter().for_each(|news| self.outbox.post(now_ms, far_end, news));
        }
    }

    fn has_room(&self, now_ms: u64, far_end: FarEnd, request: &Request) -> bool {
        match far_end {
            FarEnd::Starshipit => self.starshipit.has_room(now_ms, request, &self.settings),
            FarEnd::Trackstar => self.trackstar.has_room(now_ms, request, &self.settings),
            FarEnd::CartonCloud => self.cartoncloud.has_room(now_ms, request, &self.settings),
        }
    }

    /// Counts a request that is acted on later. That there is room was asked before.
    fn admit(&mut self, now_ms: u64, far_end: FarEnd, request: &Request) {
        match far_end {
            FarEnd::Starshipit => drop(self.starshipit.admit(now_ms, request, &self.settings)),
            FarEnd::Trackstar => drop(self.trackstar.admit(now_ms, request, &self.settings)),
            FarEnd::CartonCloud => self.cartoncloud.admit(now_ms, request, &self.settings),
        }
    }

    fn reaction(&mut self, now_ms: u64, far_end: FarEnd, request: &Request) -> Reaction {
        let Some(position) = self.faults.iter().position(|fault| fault.matches(far_end, request)) else {
            return Reaction::Ordinary;
        };
        let room = self.has_room(now_ms, far_end, request);
        let Some(fault) = self.faults.get_mut(position) else { return Reaction::Ordinary };
        let reaction = reaction(far_end, &fault.kind);
        // Behind a closed gate nothing can act: the fault waits for a request that passes.
        if reaction.acts() && !room {
            return Reaction::Ordinary;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            return Reaction::Ordinary;
        }
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            self.faults.remove(position);
        }
        reaction
    }

    fn react(&mut self, now_ms: u64, far_end: FarEnd, request: &Request, reaction: Reaction) -> Outcome {
        match reaction {
            Reaction::Ordinary => Outcome::Answer(self.act_now(now_ms, far_end, request)),
            Reaction::Refuse => Outcome::Refused,
            Reaction::Instead(outcome) => outcome,
            Reaction::ActThen(outcome) => {
                self.act_now(now_ms, far_end, request);
                outcome
            }
            Reaction::ActThenStatus(status) => {
                Outcome::Answer(Response { status, ..self.act_now(now_ms, far_end, request) })
            }
            Reaction::ActThenCut => {
                let mut response = self.act_now(now_ms, far_end, request);
                response.body.truncate(response.body.len() / 2);
                Outcome::Answer(response)
            }
            Reaction::ActLate(after_ms, outcome) => {
                self.admit(now_ms, far_end, request);
                if far_end == FarEnd::Trackstar {
                    self.trackstar.begin(request);
                }
                let due_ms = now_ms.saturating_add(after_ms);
                self.late.push(LateEffect { due_ms, far_end, request: request.clone() });
                outcome
            }
            Reaction::AnswerLate(after_ms) => {
                Outcome::AnswerLate { after_ms, response: self.act_now(now_ms, far_end, request) }
            }
            Reaction::ActWithout(fields) => {
                Outcome::Answer(self.trackstar.answer_dropping(now_ms, request, &self.settings, &fields))
            }
        }
    }

    fn act_now(&mut self, now_ms: u64, far_end: FarEnd, request: &Request) -> Response {
        let settings = self.settings.clone();
        self.act(now_ms, far_end, request, &settings)
    }

    fn act(&mut self, now_ms: u64, far_end: FarEnd, request: &Request, settings: &Settings) -> Response {
        match far_end {
            FarEnd::Starshipit => self.starshipit.answer(now_ms, request, settings),
            FarEnd::Trackstar => self.trackstar.answer(now_ms, request, settings),
            FarEnd::CartonCloud => self.cartoncloud.answer(now_ms, request, settings),
        }
    }

    fn remember(&mut self, at_ms: u64, far_end: FarEnd, request: &Request, outcome: &Outcome) {
        if self.seen.len() == REQUESTS_KEPT {
            self.seen.pop_front();
        }
        let outcome = match outcome {
            Outcome::Answer(response) | Outcome::AnswerLate { response, .. } => response.status.to_string(),
            Outcome::Refused => "refused".to_owned(),
            Outcome::Reset => "reset".to_owned(),
            Outcome::Hang => "hang".to_owned(),
        };
        self.seen.push_back(SeenRequest {
            at_ms,
            far_end,
            method: request.method.clone(),
            path: request.path.clone(),
            body: String::from_utf8_lossy(&request.body).into_owned(),
            outcome,
        });
    }
}

impl SeenRequest {
    fn state(&self) -> Value {
        json!({
            "at-ms": self.at_ms,
            "far-end": self.far_end,
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "outcome": self.outcome,
        })
    }
}
