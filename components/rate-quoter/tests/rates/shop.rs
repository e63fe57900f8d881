//! One shop: its settings, its cart, and a caller that keeps answers as the contract of `connote:rates` says.

use connote_rate_quoter::quote::quote;
use connote_sandbox::{FarEnd, Fault, FaultKind, Outcome, Request as Wire, World, credentials};
use connote_scripted::{Run, drive};
use connote_types::rates::{QuoteJob, QuoteResult};
use connote_types::steps::{Answer, CacheHint, Context, Request, Response};
use serde_json::{Value, json};

/// How often the driver tries.
const TRIES: u32 = 3;

/// An answer that was kept.
struct Entry {
    key: String,
    response: Response,
    at_ms: u64,
    fresh_ms: u32,
    stale_ms: u32,
}

pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) settings: Value,
    pub(crate) platform: &'static str,
    pub(crate) body: Value,
    /// Milliseconds since the beginning of the scripted time.
    pub(crate) later_ms: u64,
    /// Requests that reached the far end.
    pub(crate) sent: u32,
    cache: Vec<Entry>,
}

impl Shop {
    pub(crate) fn new() -> Self {
        Self {
            world: World::demo(),
            settings: json!({ "currency": "AUD" }),
            platform: "connote",
            body: cart(),
            later_ms: 0,
            sent: 0,
            cache: Vec::new(),
        }
    }

    /// With these settings besides the currency.
    pub(crate) fn with(mut self, settings: &Value) -> Self {
        for (key, value) in settings.as_object().unwrap() {
            self.settings[key] = value.clone();
        }
        self
    }

    pub(crate) fn with_table(self) -> Self {
        self.with(&json!({ "table": [{ "code": "flat", "name": "Standard", "price": "12.00", "per_kg": "1.50" }] }))
    }

    /// Fails this way for so many sendings; a request is tried three times.
    pub(crate) fn fails(mut self, kind: FaultKind, times: u32) -> Self {
        self.world.fault(Fault { times, ..Fault::once(FarEnd::Starshipit, "POST", "/api/rates", kind) });
        self
    }

    pub(crate) fn later(&mut self, by_ms: u64) {
        self.later_ms += by_ms;
    }

    pub(crate) fn job(&self) -> QuoteJob {
        QuoteJob {
            context: Context { job_id: "job".into(), ..Context::default() },
            account: "starshipit".into(),
            settings: self.settings.to_string().into_bytes(),
            platform: self.platform.into(),
            body: self.body.to_string().into_bytes(),
        }
    }

    /// Quotes the cart and keeps what may be kept.
    pub(crate) fn quote(&mut self) -> Run<QuoteResult> {
        let job = self.job();
        let mut live = Vec::new();
        let run = drive(
            |history| quote(job.clone(), history),
            |now_ms, request| {
                let (answer, is_live) = self.exchange(now_ms + self.later_ms, request);
                if is_live && let Answer::Response(response) = &answer {
                    live.push((
                        request.name.clone(),
                        request.cache.key.clone(),
                        response.clone(),
                        now_ms + self.later_ms,
                    ));
                }
                answer
            },
        );
        if let Ok(result) = &run.end {
            for kept in &result.keep {
                let (_, key, response, at_ms) =
                    live.iter().find(|one| one.0 == kept.name).expect("only live answers are kept").clone();
                self.cache.retain(|entry| entry.key != key);
                self.cache.push(Entry { key, response, at_ms, fresh_ms: kept.fresh_ms, stale_ms: kept.stale_ms });
            }
        }
        run
    }

    /// The result of a quote that must succeed.
    pub(crate) fn quoted(&mut self) -> QuoteResult {
        self.quote().done().clone()
    }

    /// Code and minor units of each option.
    pub(crate) fn options(&mut self) -> Vec<(String, i64)> {
        self.quoted().rates.into_iter().map(|rate| (rate.code, rate.price.minor)).collect()
    }

    fn exchange(&mut self, now_ms: u64, request: &Request) -> (Answer, bool) {
        let is_never_sent = request.attributes.contains(&("cached-only".to_owned(), "true".to_owned()));
        if !is_never_sent && let Some(response) = self.kept(now_ms, &request.cache, false) {
            return (Answer::Response(response), false);
        }
        let answer = if is_never_sent { Answer::NotSent("nothing is kept".into()) } else { self.send(now_ms, request) };
        let failed = match &answer {
            Answer::Response(response) => response.status == 429 || response.status >= 500,
            _ => true,
        };
        match self.kept(now_ms, &request.cache, true).filter(|_| failed) {
            Some(response) => (Answer::Response(response), false),
            None => (answer, !is_never_sent),
        }
    }

    fn kept(&self, now_ms: u64, hint: &CacheHint, stale: bool) -> Option<Response> {
        let entry = self.cache.iter().find(|entry| entry.key == hint.key)?;
        let age_ms = now_ms - entry.at_ms;
        let limit = if stale { hint.stale_ms.min(entry.stale_ms) } else { hint.fresh_ms.min(entry.fresh_ms) };
        let word = if stale { "stale" } else { "cached" };
        let mut response = entry.response.clone();
        response.headers.push(("connote-source".into(), word.into()));
        response.headers.push(("connote-age-ms".into(), age_ms.to_string()));
        (age_ms < u64::from(limit)).then_some(response)
    }

    fn send(&mut self, now_ms: u64, request: &Request) -> Answer {
        assert!(request.timeout_ms > 0, "a request without time-out");
        let mut answer = Answer::default();
        for _ in 0..TRIES {
            self.sent += 1;
            let mut wire = Wire::new(&request.method, &request.path)
                .with_header("StarShipIT-Api-Key", credentials::STARSHIPIT_API_KEY)
                .with_header("Ocp-Apim-Subscription-Key", credentials::STARSHIPIT_SUBSCRIPTION_KEY);
            wire.headers.extend(request.headers.iter().cloned());
            wire.body.clone_from(&request.body);
            answer = match self.world.handle(now_ms, FarEnd::Starshipit, &wire) {
                Outcome::Answer(response) => {
                    Answer::Response(Response { status: response.status, headers: Vec::new(), body: response.body })
                }
                Outcome::AnswerLate { .. } | Outcome::Hang => Answer::Unknown("cut off at the deadline".into()),
                Outcome::Refused => Answer::NotSent("connection refused".into()),
                Outcome::Reset => Answer::Unknown("connection reset".into()),
            };
            match &answer {
                Answer::Response(response) if response.status < 500 && response.status != 429 => break,
                _ => {}
            }
        }
        answer
    }

    pub(crate) fn assert_contract(&self) {
        assert_eq!(self.world.violations(), [] as [String; 0], "a request against the contract");
    }
}

/// 1.5 kg from Collingwood to South Brisbane: 10.70, 12.20 and 19.26 at the simulated Starshipit.
pub(crate) fn cart() -> Value {
    json!({
        "reference": "cart-7",
        "origin": { "street": "120 Smith Street", "city": "Collingwood", "state": "VIC", "post_code": "3066", "country": "AU" },
        "destination": { "street": "16 Grey Street", "building": "Unit 302", "city": "South Brisbane", "state": "QLD",
            "post_code": "4101", "country": "AU" },
        "lines": [
            { "sku": "BOWL", "name": "Bowl", "quantity": 2, "weight_g": 680, "price_minor": 3450 },
            { "sku": "TOWEL", "name": "Towel", "quantity": 1, "weight_g": 140, "price_minor": 1900 },
        ],
        "currency": "AUD",
    })
}
