//! Whole answers that are kept: the same question again is answered without the quoter, and never with anything else than the quoter would say.

use std::cell::Cell;
use std::time::Duration;

use connote_edge::rates::{Answered, Quoter, route, store};
use connote_edge::{Incoming, Outside, Reply};
use connote_types::rates::{QuoteJob, QuoteStep};
use connote_types::steps::Turn;
use serde_json::{Value, json};

use crate::bench::{Bench, Far, Native, body, cart, document, sample, source, with_table, without_table};

/// The quoter, and how often it was called.
#[derive(Default)]
struct Counted(Cell<usize>);

impl Quoter for Counted {
    async fn quote(&self, job: &QuoteJob, history: &[Turn]) -> Result<QuoteStep, String> {
        self.0.set(self.0.get() + 1);
        Native.quote(job, history).await
    }
}

/// Calls of the quoter for a request.
async fn calls(bench: &Bench, request: Incoming) -> (Reply, usize) {
    let quoter = Counted::default();
    let Answered { reply, keep } = route(bench, &quoter, request).await;
    store(bench, &keep);
    (reply, quoter.0.get())
}

fn whole(bench: &Bench) -> usize {
    bench.store.borrow().keys().filter(|key| key.starts_with("answers/")).count()
}

fn platform(name: &str, platform: &str) -> Incoming {
    let (_, mut request) = sample(name);
    request.path = format!("/rates/main/{platform}");
    request.query = "token=a-token".to_owned();
    request
}

#[tokio::test(start_paused = true)]
async fn the_same_question_again_is_answered_without_the_quoter_and_to_the_byte_as_it_would_be() {
    let mut requests = vec![
        cart("4101"),
        platform("shopify-rate-request", "shopify"),
        platform("saleor-shipping-list-methods", "saleor"),
        platform("bigcommerce-rate-request", "bigcommerce"),
    ];
    let tricky = r#"{"rates":[{"service_name":"\"source\":\"live\",\"age_ms\":0","service_code":"A","total_price":1}],"success":true}"#;
    requests.push(cart("4102"));
    for (number, request) in requests.into_iter().enumerate() {
        let far = if number == 4 { Far::Answers(0, 200, tricky.to_owned()) } else { Far::prices() };
        let rates = json!({ "currency": "AUD", "default_piece_g": 300, "suburb": { "AU": "address2" } });
        let mut document = document(&rates);
        document["connections"]["main"]["shopify"]["secrets"] = json!([]);
        let bench = Bench::new(&document).far([far]);
        let (live, called) = calls(&bench, request.clone()).await;
        assert_eq!((live.status, source(&live), called), (200, "live", 2), "{}", request.path);
        tokio::time::sleep(Duration::from_millis(60_000)).await;
        let (again, called) = calls(&bench, request.clone()).await;
        assert_eq!((again.status, source(&again), called), (200, "cached", 0), "{}", request.path);
        bench.store.borrow_mut().retain(|key, _| !key.starts_with("answers/"));
        let (anew, called) = calls(&bench, request.clone()).await;
        assert_eq!(called, 2);
        assert_eq!(String::from_utf8(again.body).unwrap(), String::from_utf8(anew.body).unwrap(), "{}", request.path);
        assert_eq!(again.headers, anew.headers, "{}", request.path);
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_rule_counts_at_once_and_costs_no_live_price() {
    let bench = Bench::new(&document(&without_table())).far([Far::prices()]);
    let price = |reply: &Reply| body(reply)["rates"][0]["price_minor"].as_u64().unwrap();
    let before = price(&bench.serve(cart("4101")).await);
    let dearer = json!({ "currency": "AUD", "rules": [{ "to": "rate.price", "from": "rate.price", "via": [{ "times": "2" }] }] });
    bench.variables.borrow_mut().insert("connections".to_owned(), document(&dearer).to_string());
    let after = bench.serve(cart("4101")).await;
    assert_eq!((source(&after), price(&after), bench.asked()), ("cached", 2 * before, 1));
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_again_proves_it_again() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    assert_eq!(bench.serve(cart("4101")).await.status, 200);
    for header in ["Bearer another", "Bearer ", "a-token"] {
        let mut forged = cart("4101");
        forged.headers = vec![("authorization".to_owned(), header.to_owned())];
        let (reply, called) = calls(&bench, forged).await;
        assert_eq!((reply.status, called), (401, 0), "{header}");
    }
    bench.variables.borrow_mut().insert("main_token".to_owned(), "changed".to_owned());
    assert_eq!(bench.serve(cart("4101")).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn a_forged_signature_is_refused_where_the_answer_is_kept() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    let genuine = platform("shopify-rate-request", "shopify");
    assert_eq!(bench.serve(genuine.clone()).await.status, 200);
    let mut forged = genuine;
    forged.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("x-shopify-hmac-sha256"));
    forged.headers.push(("X-Shopify-Hmac-SHA256".to_owned(), "AAAA".to_owned()));
    assert_eq!(bench.serve(forged).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn another_body_platform_or_connection_is_another_question() {
    let mut document = document(&with_table());
    document["connections"]["other"] = document["connections"]["main"].clone();
    let bench = Bench::new(&document).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    let mut spaced = cart("4101");
    spaced.body.push(b' ');
    let mut other = cart("4101");
    other.path = "/rates/other/connote".to_owned();
    let mut platform = cart("4101");
    platform.path = "/rates/main/shopify".to_owned();
    for request in [spaced, other, platform] {
        assert!(calls(&bench, request).await.1 > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_lives_no_longer_than_its_prices_are_fresh() {
    let bench = Bench::new(&document(&without_table())).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    tokio::time::sleep(Duration::from_millis(299_999)).await;
    let (reply, called) = calls(&bench, cart("4101")).await;
    assert_eq!((source(&reply), called), ("cached", 0));
    tokio::time::sleep(Duration::from_millis(1)).await;
    let (reply, called) = calls(&bench, cart("4101")).await;
    assert_eq!((source(&reply), called > 0, bench.asked()), ("live", true, 2));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_live_in_every_price_is_not_kept_whole() {
    // The table, for a far end that refuses.
    let bench = Bench::new(&document(&with_table()));
    assert_eq!(source(&bench.serve(cart("4101")).await), "table");
    assert_eq!(whole(&bench), 0);
    // A cached price, for a buyer in another street.
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    bench.serve(cart("4101")).await;
    let mut neighbour = cart("4101");
    let mut asked: Value = serde_json::from_slice(&neighbour.body).unwrap();
    asked["destination"]["street"] = "18 Grey Street".into();
    neighbour.body = asked.to_string().into_bytes();
    assert_eq!(source(&bench.serve(neighbour).await), "cached");
    assert_eq!(whole(&bench), 1);
    // A stale one.
    tokio::time::sleep(Duration::from_millis(400_000)).await;
    let kept = bench.store.borrow().clone();
    assert_eq!(source(&bench.serve(cart("4101")).await), "stale");
    assert_eq!(*bench.store.borrow(), kept);
    assert!(bench.unix_ms() > 0);
}

#[tokio::test(start_paused = true)]
async fn one_live_price_beside_a_cached_one_makes_no_whole_answer() {
    let from = |name: &str, city: &str, when: Value| {
        let sender =
            json!({ "street": "1 A St", "city": city, "state": "VIC", "post_code": "3000", "country_code": "AU" });
        json!({ "name": name, "sender": sender, "when": when })
    };
    let origins = [
        from("a", "Melbourne", json!({ "path": "item.sku", "is": "BOWL" })),
        from("b", "Geelong", json!({ "path": "item.sku", "in": ["CUP", "JUG"] })),
    ];
    let bench = Bench::new(&document(&json!({ "currency": "AUD", "origins": origins }))).far([
        Far::prices(),
        Far::prices(),
        Far::prices(),
    ]);
    let with = |sku: &str, weight_g: u64| {
        let mut request = cart("4101");
        let mut asked: Value = serde_json::from_slice(&request.body).unwrap();
        let line = json!({ "sku": sku, "quantity": 1, "weight_g": weight_g, "price_minor": 100 });
        asked["lines"].as_array_mut().unwrap().push(line);
        request.body = asked.to_string().into_bytes();
        request
    };
    assert_eq!(source(&bench.serve(with("CUP", 200)).await), "live");
    assert_eq!((whole(&bench), bench.asked()), (1, 2));
    assert_eq!(source(&bench.serve(with("JUG", 900)).await), "cached");
    assert_eq!((whole(&bench), bench.asked()), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn whole_answers_live_in_an_eighth_of_the_slots() {
    let bench = Bench::new(&document(&with_table())).far(std::iter::repeat_with(Far::prices).take(100));
    bench.variables.borrow_mut().insert("cache_slots".to_owned(), "16".to_owned());
    for post_code in 4000..4100 {
        bench.serve(cart(&post_code.to_string())).await;
    }
    assert!((1..=2).contains(&whole(&bench)), "{}", whole(&bench));
}

#[tokio::test(start_paused = true)]
async fn with_whole_answers_off_prices_alone_are_kept_and_a_whole_answer_of_before_is_not_served() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    bench.serve(cart("4101")).await;
    assert_eq!(whole(&bench), 1);
    bench.variables.borrow_mut().insert("whole_answers".to_owned(), "off".to_owned());
    let (again, called) = calls(&bench, cart("4101")).await;
    assert_eq!((source(&again), called > 0, bench.asked()), ("cached", true, 1));
    let bench = Bench::new(&document(&with_table())).far([Far::prices()]);
    bench.variables.borrow_mut().insert("whole_answers".to_owned(), "off".to_owned());
    assert_eq!(source(&bench.serve(cart("4101")).await), "live");
    assert_eq!((whole(&bench), bench.store.borrow().len()), (0, 1));
}
