//! Asking for the prices of one shipment: live, and where the live answer is no good, what the caller still has.

use connote_steps::Port;
use connote_types::rates::{Kept, Source};
use connote_types::steps::{Answer, CacheHint, Disposition, Problem};
use connote_vendors::starshipit::rates::{Ask, Failure, Service, Verdict, parse_rates, rates_request};

use crate::asking;
use crate::settings::Settings;

/// What came of it.
pub(crate) struct Answered {
    pub(crate) prices: Result<Prices, Problem>,
    pub(crate) keep: Option<Kept>,
    pub(crate) warnings: Vec<String>,
}

/// Prices of one shipment.
pub(crate) struct Prices {
    pub(crate) services: Vec<Service>,
    pub(crate) source: Source,
    pub(crate) age_ms: u64,
}

/// One question and who asks it.
pub(crate) struct Question<'q> {
    pub(crate) name: String,
    pub(crate) account: String,
    pub(crate) ask: Ask,
    pub(crate) settings: &'q Settings,
}

impl Question<'_> {
    fn hint(&self) -> CacheHint {
        let cache = self.settings.cache;
        let key = asking::key(&self.account, &self.ask, self.settings.zone_by_street);
        CacheHint { key, fresh_ms: cache.fresh_ms, stale_ms: cache.stale_ms }
    }

    /// Asks. A failure that the caller saw has made it look for a stale answer already; any other is told to it by a second request, which is never sent.
    pub(crate) async fn answered(&self, port: &Port) -> Answered {
        let mut warnings = Vec::new();
        let request = rates_request(&self.account, &self.name, &self.ask, self.hint());
        let failure = match self.prices(port.send(request.clone()).await, &mut warnings) {
            Ok(prices) => return self.done(prices, warnings),
            Err(failure) => failure,
        };
        warnings.push(failure.message.clone());
        if failure.seen {
            return Answered { prices: Err(problem(failure)), keep: None, warnings };
        }
        let mut cached = request;
        cached.name = format!("{}-cached", self.name);
        cached.attributes.push(("cached-only".to_owned(), "true".to_owned()));
        let prices = self.prices(port.send(cached).await, &mut warnings).map_err(|_| problem(failure));
        Answered { prices, keep: None, warnings }
    }

    fn done(&self, prices: Prices, mut warnings: Vec<String>) -> Answered {
        let keep = (prices.source == Source::Live).then(|| self.kept(prices.services.is_empty()));
        if prices.source == Source::Stale {
            warnings.push("Starshipit gave no answer: an earlier one stands in for it".to_owned());
        }
        Answered { prices: Ok(prices), keep, warnings }
    }

    /// An empty answer is kept shorter: somebody may be setting the account up. It never stands in for a failure.
    fn kept(&self, empty: bool) -> Kept {
        let cache = self.settings.cache;
        let (fresh_ms, stale_ms) = if empty { (cache.empty_ms, 0) } else { (cache.fresh_ms, cache.stale_ms) };
        Kept { name: self.name.clone(), fresh_ms, stale_ms }
    }

    fn prices(&self, answer: Answer, warnings: &mut Vec<String>) -> Result<Prices, Failure> {
        let (source, age_ms) = source(&answer);
        let status = if let Answer::Response(response) = &answer { response.status } else { 0 };
        let (mut services, told) = match parse_rates(answer) {
            Verdict::Rates { services, warnings } => (services, warnings),
            Verdict::Failure(failure) => return Err(failure),
        };
        warnings.extend(told);
        let (own, all) = (&self.settings.currency, services.len());
        services.retain(|one| one.currency.is_empty() || one.currency.eq_ignore_ascii_case(own));
        if services.len() < all {
            let message =
                format!("Starshipit prices in another currency than settings.currency, {own}: those are left out");
            if services.is_empty() {
                return Err(Failure { message, status, ..Failure::default() });
            }
            warnings.push(message);
        }
        Ok(Prices { services, source, age_ms })
    }
}

/// Where an answer comes from, as the caller says.
fn source(answer: &Answer) -> (Source, u64) {
    let Answer::Response(response) = answer else { return (Source::Live, 0) };
    let source = match response.header("connote-source") {
        Some("cached") => Source::Cached,
        Some("stale") => Source::Stale,
        _ => return (Source::Live, 0),
    };
    let age_ms = response.header("connote-age-ms").and_then(|age| age.trim().parse().ok());
    (source, age_ms.unwrap_or(0))
}

fn problem(failure: Failure) -> Problem {
    Problem { status: failure.status, words: failure.words, ..Problem::new(Disposition::Unavailable, failure.message) }
}
