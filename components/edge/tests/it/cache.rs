//! The ladder's rungs: fresh, live, stale, table, error.

use crate::bench::{BEGAN_MS, Bench, Far, PRICES, body, cart, document, source, with_table, without_table};
use connote_edge::Outside;
use serde_json::json;
use std::time::Duration;

async fn pass(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn a_fresh_answer_is_served_from_the_cache_and_starshipit_is_not_asked() {
    let bench = Bench::new(&document(&without_table())).far([Far::prices()]);
    let live = bench.serve(cart("4101")).await;
    assert_eq!((live.status, source(&live)), (200, "live"));
    pass(60_000).await;
    let cached = bench.serve(cart("4101")).await;
    assert_eq!((cached.status, source(&cached), bench.asked()), (200, "cached", 1));
    assert_eq!(body(&cached)["rates"][0]["age_ms"], 60_000);
    assert_eq!(body(&cached)["rates"][0]["price_minor"], body(&live)["rates"][0]["price_minor"]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_longer_fresh_is_asked_for_again() {
    let bench = Bench::new(&document(&without_table())).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    pass(300_001).await;
    assert_eq!(source(&bench.serve(cart("4101")).await), "live");
    assert_eq!(bench.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stale_answer_stands_in_for_every_kind_of_failure_and_says_how_old_it_is() {
    for failure in failures() {
        let bench = Bench::new(&document(&with_table())).far([Far::prices(), failure.clone()]);
        bench.serve(cart("4101")).await;
        pass(400_000).await;
        let stale = bench.serve(cart("4101")).await;
        assert_eq!((stale.status, source(&stale)), (200, "stale"), "{failure:?}");
        let age = body(&stale)["rates"][0]["age_ms"].as_u64().unwrap();
        assert!((400_000..410_000).contains(&age), "{failure:?}: {age}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_even_for_a_failure_gives_way_to_the_table() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices(), Far::Refuses]);
    bench.serve(cart("4101")).await;
    pass(3_700_000).await;
    assert_eq!(source(&bench.serve(cart("4101")).await), "table");
}

#[tokio::test(start_paused = true)]
async fn without_a_table_every_failure_is_an_error_and_never_an_empty_answer() {
    for failure in failures() {
        let bench = Bench::new(&document(&without_table())).far([failure.clone()]);
        let reply = bench.serve(cart("4101")).await;
        assert!(reply.status >= 400, "{failure:?}: {}", reply.status);
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_of_starshipit_is_no_failure_and_is_asked_for_again_sooner() {
    let empty = || Far::Answers(0, 200, r#"{"rates":[],"success":true}"#.to_owned());
    let bench = Bench::new(&document(&with_table())).far([empty(), empty()]);
    let reply = bench.serve(cart("4101")).await;
    assert_eq!((reply.status, body(&reply)["rates"].as_array().unwrap().len()), (200, 0));
    pass(30_000).await;
    bench.serve(cart("4101")).await;
    assert_eq!(bench.asked(), 1);
    pass(31_000).await;
    bench.serve(cart("4101")).await;
    assert_eq!(bench.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn carts_with_another_price_do_not_share_an_answer() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    assert_eq!(source(&bench.serve(cart("4102")).await), "live");
}

#[tokio::test(start_paused = true)]
async fn connections_do_not_share_answers() {
    let mut document = document(&with_table());
    document["connections"]["other"] = document["connections"]["main"].clone();
    let bench = Bench::new(&document).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    let mut request = cart("4101");
    request.path = "/rates/other/connote".to_owned();
    assert_eq!(source(&bench.serve(request).await), "live");
}

#[tokio::test(start_paused = true)]
async fn entries_live_in_a_bounded_number_of_slots() {
    let prices = std::iter::repeat_with(Far::prices).take(200);
    let bench = Bench::new(&document(&with_table())).far(prices);
    bench.variables.borrow_mut().insert("cache_slots".to_owned(), "16".to_owned());
    for post_code in 4000..4200 {
        assert_eq!(bench.serve(cart(&post_code.to_string())).await.status, 200);
    }
    let stored = bench.store.borrow().len();
    assert!((2..=18).contains(&stored), "{stored}");
}

#[tokio::test(start_paused = true)]
async fn one_slot_for_all_never_gives_one_cart_the_price_of_another() {
    let answer = |price: &str| Far::Answers(0, 200, PRICES.replace("12.6", price));
    let bench = Bench::new(&document(&with_table())).far([answer("10.00"), answer("20.00"), answer("30.00")]);
    bench.variables.borrow_mut().insert("cache_slots".to_owned(), "1".to_owned());
    for (post_code, price) in [("4101", 1000), ("4102", 2000), ("4101", 3000)] {
        assert_eq!(
            body(&bench.serve(cart(post_code)).await)["rates"]
                .as_array()
                .unwrap()
                .iter()
                .find(|rate| rate["code"] == "7D55")
                .unwrap()["price_minor"],
            price
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_from_the_future_is_not_believed() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    bench.skew_ms.set(-3_600_000);
    assert!(bench.unix_ms() < BEGAN_MS);
    assert_eq!(source(&bench.serve(cart("4101")).await), "live");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_costs_time_and_no_rates() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices(), Far::prices()]);
    bench.broken.set(true);
    for _ in 0..2 {
        let reply = bench.serve(cart("4101")).await;
        assert_eq!((reply.status, source(&reply)), (200, "live"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_entry_is_as_good_as_none() {
    let bench = Bench::new(&document(&with_table())).far([Far::prices(), Far::prices()]);
    bench.serve(cart("4101")).await;
    for damaged in [&b""[..], b"1", b"\n", b"1 x y z\n{}", b"2 a 1 1 1 200 x\n{}", &[0xff, 0xfe, b'\n']] {
        bench.far.borrow_mut().push_back(Far::prices());
        bench.store.borrow_mut().values_mut().for_each(|value| *value = damaged.to_vec());
        assert_eq!(source(&bench.serve(cart("4101")).await), "live", "{damaged:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_never_kept() {
    let success_false = r#"{"success":false,"errors":[{"message":"no"}]}"#;
    let bench =
        Bench::new(&document(&with_table())).far([Far::Answers(0, 200, success_false.to_owned()), Far::prices()]);
    assert_eq!(source(&bench.serve(cart("4101")).await), "table");
    assert!(bench.store.borrow().is_empty());
    assert_eq!(source(&bench.serve(cart("4101")).await), "live");
}

#[tokio::test(start_paused = true)]
async fn several_origins_are_asked_side_by_side() {
    let rates = json!({ "currency": "AUD", "origins": [
        { "name": "vic", "sender": { "street": "1 A St", "city": "Melbourne", "state": "VIC", "post_code": "3000", "country_code": "AU" },
          "when": { "path": "item.sku", "is": "BOWL" } },
        { "name": "nsw", "sender": { "street": "1 B St", "city": "Sydney", "state": "NSW", "post_code": "2000", "country_code": "AU" } },
    ] });
    let slow = || Far::Answers(1_500, 200, PRICES.to_owned());
    let bench = Bench::new(&document(&rates)).far([slow(), slow()]);
    let mut request = cart("4101");
    request.body = json!({
        "destination": { "street": "16 Grey Street", "city": "South Brisbane", "state": "QLD", "post_code": "4101", "country": "AU" },
        "currency": "AUD",
        "lines": [{ "sku": "BOWL", "quantity": 1, "weight_g": 680 }, { "sku": "CUP", "quantity": 1, "weight_g": 200 }],
    }).to_string().into_bytes();
    let reply = bench.serve(request).await;
    assert_eq!((reply.status, source(&reply), bench.asked()), (200, "live", 2));
    assert!(bench.monotonic_ms() < 2_000);
    assert_eq!(body(&reply)["rates"][0]["price_minor"], 2520);
}

/// One of each kind of failure.
pub(crate) fn failures() -> Vec<Far> {
    let answers = |status, body: &str| Far::Answers(10, status, body.to_owned());
    vec![
        Far::Hangs,
        Far::Refuses,
        Far::Breaks(50),
        Far::Answers(5_000, 200, PRICES.to_owned()),
        answers(429, r#"{"statusCode":429,"message":"Rate limit is exceeded."}"#),
        answers(429, "slow down"),
        answers(500, "<html>oops</html>"),
        answers(502, ""),
        answers(200, "<html>maintenance</html>"),
        answers(200, r#"{"success":false,"errors":[{"message":"Incorrect package weight","details":""}]}"#),
        answers(200, r#"{"rates":[{"service_name":"Par"#),
        answers(200, ""),
        answers(403, r#"{"success":false}"#),
        answers(302, ""),
    ]
}
