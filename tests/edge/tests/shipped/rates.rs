//! The rates file behind sockets.

use std::time::{Duration, Instant};

use connote_sandbox::FaultKind;

use crate::far::{
    DEADLINE_MS, borrowed, drips, edge, fail, hurried, options, quote, quote_from, sample, source, starshipit,
};
use crate::support::Served;

/// What an answer may come late.
const LATE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn rates_are_live_then_cached_and_keep_their_prices() {
    let far = starshipit().await;
    let edge = edge(&far.starshipit_url, "http://127.0.0.1:9").await;
    let live = quote(&edge, "4101").await;
    assert_eq!((live.status, source(&live), options(&live)), (200, "live", 3), "{live:?}\n{}", edge.log());
    let cached = quote_from(&edge, "4101", "cached").await;
    assert_eq!((cached.status, options(&cached)), (200, 3));
    assert_eq!(far.world().lock().unwrap().violations(), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn shopify_is_answered_in_its_own_form_and_only_with_its_signature() {
    let far = starshipit().await;
    let edge = edge(&far.starshipit_url, "http://127.0.0.1:9").await;
    let (body, headers) = sample("shopify-rate-request");
    let answer = edge.post("/rates/main/shopify?token=a-token", &borrowed(&headers), &body).await;
    assert_eq!((answer.status, options(&answer)), (200, 3), "{answer:?}");
    assert!(answer.body.contains(r#""total_price":"1"#), "{}", answer.body);
    let forged = body.replace("16 Grey Street", "17 Grey Street");
    assert_eq!(edge.post("/rates/main/shopify?token=a-token", &borrowed(&headers), &forged).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_leaves_with_its_length() {
    let far = starshipit().await;
    let edge = edge(&far.starshipit_url, "http://127.0.0.1:9").await;
    let answer = quote(&edge, "4101").await;
    let length = answer.headers.get("content-length").unwrap().to_str().unwrap();
    assert_eq!(length, answer.body.len().to_string());
    assert!(answer.headers.get("transfer-encoding").is_none());
}

/// How late this machine's own timers were, at worst: no program could have answered sooner.
struct Stalls(tokio::task::JoinHandle<()>, std::sync::Arc<std::sync::atomic::AtomicU64>);

impl Stalls {
    fn watch() -> Self {
        const TICK: Duration = Duration::from_millis(2);
        let worst = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
        let seen = worst.clone();
        let task = tokio::spawn(async move {
            loop {
                let began = Instant::now();
                tokio::time::sleep(TICK).await;
                let late = began.elapsed().saturating_sub(TICK).as_millis();
                seen.fetch_max(u64::try_from(late).unwrap(), std::sync::atomic::Ordering::Relaxed);
            }
        });
        Self(task, worst)
    }

    fn worst(&self) -> Duration {
        Duration::from_millis(self.1.load(std::sync::atomic::Ordering::Relaxed))
    }
}

impl Drop for Stalls {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Calls four at a time; each with a postcode of its own so that none is joined or cached. Gives the rungs that answered.
async fn calls(edge: &std::sync::Arc<Served>, count: u32, first: u32) -> Vec<(String, Duration)> {
    let mut answered = Vec::new();
    for batch in 0..count / 4 {
        let four = (0..4).map(|at| {
            let (edge, post_code) = (edge.clone(), (first + batch * 4 + at).to_string());
            tokio::spawn(async move {
                let began = Instant::now();
                let answer = quote(&edge, &post_code).await;
                let took = began.elapsed();
                assert_eq!(answer.status, 200, "{answer:?}");
                assert!(options(&answer) > 0, "{answer:?}");
                (source(&answer).to_owned(), took)
            })
        });
        for call in four.collect::<Vec<_>>() {
            answered.push(call.await.unwrap());
        }
    }
    answered
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_calls_over_every_fault_are_answered_in_time_and_none_is_empty() {
    let stalls = Stalls::watch();
    let kinds = [
        FaultKind::RefuseConnection,
        FaultKind::ResetBeforeActing,
        FaultKind::HangBeforeActing,
        FaultKind::DelayMs(5_000),
        FaultKind::Status429Gateway,
        FaultKind::Status429Foreign,
        FaultKind::Status500Html,
        FaultKind::Status(503),
        FaultKind::SuccessFalse("no".to_owned()),
        FaultKind::MalformedJson,
        FaultKind::EmptyBody,
    ];
    let mut total = 0;
    for kind in kinds {
        let far = starshipit().await;
        fail(&far, kind.clone());
        let edge = std::sync::Arc::new(hurried(&far.starshipit_url).await);
        let answered = calls(&edge, 44, 4_000).await;
        for (rung, took) in &answered {
            assert_eq!(rung, "table", "{kind:?}");
            let limit = Duration::from_millis(DEADLINE_MS) + LATE + stalls.worst();
            assert!(*took <= limit, "{kind:?} took {took:?}, the limit is {limit:?}");
        }
        total += answered.len();
    }
    let slow = drips().await;
    let edge = std::sync::Arc::new(hurried(&slow).await);
    for (rung, took) in calls(&edge, 44, 6_000).await {
        assert_eq!(rung, "table");
        assert!(took <= Duration::from_millis(DEADLINE_MS) + LATE + stalls.worst(), "a dripping body took {took:?}");
        total += 1;
    }
    assert!(total >= 500, "{total}");
}
