//! Equal requests in flight leave once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use connote_types::steps::{Answer, Request};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// The account and what the price depends on.
type Key = (String, String);

/// What the one who sends will tell those who wait; gone without a word, it was cut off or went away.
type Told = watch::Receiver<Option<Answer>>;

/// Requests in flight that others may join.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<Key, Told>>);

/// A request that leaves. Nobody joins it any more when it is dropped.
struct Flight<'a> {
    flights: &'a Flights,
    key: Key,
    tell: watch::Sender<Option<Answer>>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Flights {
    /// Sends the request, or waits for an equal one that is on its way. One that was cut off by its own deadline says nothing of the far end: whoever has
    /// more time then sends the request himself.
    pub(super) async fn send<F: Future<Output = Answer>>(
        &self,
        request: &Request,
        until: Instant,
        send: impl Fn(u64) -> F,
    ) -> Answer {
        let left_ms = || u64::try_from(until.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(u64::MAX);
        if request.cache.key.is_empty() {
            return send(left_ms()).await;
        }
        let key = (request.account.clone(), request.cache.key.clone());
        while left_ms() > 0 {
            let mut told = match self.join(&key) {
                Ok(flight) => {
                    let answer = send(left_ms()).await;
                    if Instant::now() < until {
                        flight.tell.send_replace(Some(answer.clone()));
                    }
                    return answer;
                }
                Err(told) => told,
            };
            let heard = timeout_at(until, told.wait_for(Option::is_some)).await;
            if let Ok(Ok(answer)) = &heard
                && let Some(answer) = answer.as_ref()
            {
                return answer.clone();
            }
        }
        Answer::NotSent("the deadline was over before an equal request was answered".to_owned())
    }

    fn join(&self, key: &Key) -> Result<Flight<'_>, Told> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()) {
            Entry::Occupied(entry) => Err(entry.get().clone()),
            Entry::Vacant(entry) => {
                let (tell, told) = watch::channel(None);
                entry.insert(told);
                Ok(Flight { flights: self, key: key.clone(), tell })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use connote_types::steps::CacheHint;

    use super::*;

    fn request(key: &str) -> Request {
        let cache = CacheHint { key: key.to_owned(), ..CacheHint::default() };
        Request { account: "ship".to_owned(), cache, ..Request::default() }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(2)
    }

    async fn refused() -> Answer {
        tokio::time::sleep(Duration::from_millis(100)).await;
        Answer::NotSent("refused".to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_too_and_an_unequal_request_is_not() {
        let (flights, sent) = (Flights::default(), AtomicUsize::new(0));
        let send = |_| {
            sent.fetch_add(1, Ordering::SeqCst);
            refused()
        };
        let (a, b, other) = (request("a"), request("a"), request("b"));
        let (until, unnamed) = (soon(), request(""));
        tokio::join!(
            flights.send(&a, until, send),
            flights.send(&b, until, send),
            flights.send(&other, until, send),
            flights.send(&unnamed, until, send),
            flights.send(&unnamed, until, send),
        );
        assert_eq!(sent.load(Ordering::SeqCst), 4);
        assert!(flights.0.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_one_that_went_away_asks_himself() {
        let flights = Flights::default();
        let request = request("a");
        let gone = async {
            let first = flights.send(&request, soon(), |_| std::future::pending());
            let _ = tokio::time::timeout(Duration::from_millis(50), first).await;
        };
        let waits = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            flights.send(&request, soon(), |left_ms| async move { Answer::NotSent(left_ms.to_string()) }).await
        };
        let ((), answer) = tokio::join!(gone, waits);
        assert_eq!(answer, Answer::NotSent("1960".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gives_up_at_his_own_deadline() {
        let flights = Flights::default();
        let request = request("a");
        let hurried = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            let until = Instant::now() + Duration::from_millis(300);
            (flights.send(&request, until, |_| refused()).await, until)
        };
        let first = flights.send(&request, soon(), |_| std::future::pending());
        tokio::select! {
            _ = first => panic!("it never ends"),
            (answer, until) = hurried => {
                assert!(matches!(answer, Answer::NotSent(reason) if reason.contains("deadline")));
                assert!(Instant::now() <= until + Duration::from_millis(2));
            }
        }
    }
}
