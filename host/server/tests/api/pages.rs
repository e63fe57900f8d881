use connote_server::store::OrderState;
use connote_server::store::tokens::Scope;
use serde_json::Value;

use crate::bench::{Bench, event};

/// All pages of a list, each read after `between`.
async fn all(bench: &Bench, token: &str, path: &str, member: &str, mut between: impl AsyncFnMut()) -> Vec<Vec<Value>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = bench.get(&format!("{path}{cursor}"), token).await.json();
        pages.push(page[member].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { return pages };
        assert!(next.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{next}");
        cursor = format!("&cursor={next}");
        between().await;
    }
}

fn ids(pages: &[Vec<Value>], name: &str) -> Vec<String> {
    pages.iter().flatten().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_show_each_order_once_although_others_come_meanwhile() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read, Scope::Write], &[]).await;
    for n in 0..10 {
        bench.order(&token, if n % 3 == 0 { "other" } else { "main" }, &n.to_string()).await;
    }
    let mut come = 100;
    let pages = all(&bench, &token, "/v1/orders?limit=3", "orders", async || {
        come += 1;
        bench.order(&token, "main", &come.to_string()).await;
    });
    let pages = pages.await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 3, 1]);
    let mut found = ids(&pages, "source-id");
    found.sort();
    assert_eq!(found, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_last_page_that_is_full_has_no_next() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read, Scope::Write], &[]).await;
    for n in 0..4 {
        bench.order(&token, "main", &n.to_string()).await;
    }
    let pages = all(&bench, &token, "/v1/orders?limit=2", "orders", async || {}).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    let newest: u64 = pages[0][0]["changed-ms"].as_u64().unwrap();
    assert!(pages.iter().flatten().all(|row| row["changed-ms"].as_u64().unwrap() <= newest));
}

#[tokio::test]
async fn a_list_shows_what_its_filters_say() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Read, Scope::Write], &[]).await;
    for (connection, id) in [("main", "a"), ("main", "b"), ("other", "c")] {
        bench.order(&token, connection, id).await;
    }
    bench.change("main", "b", |row| row.state = OrderState::Attention).await;
    for (query, wanted) in [
        ("state=attention", vec!["b"]),
        ("state=waiting", vec!["a", "c"]),
        ("connection=main", vec!["a", "b"]),
        ("connection=main&state=waiting", vec!["a"]),
        ("text=web-48210", vec!["a", "b", "c"]),
        ("text=c", vec!["c"]),
        ("text=%25", vec![]),
        ("connection=nobody", vec![]),
    ] {
        let mut found =
            ids(&all(&bench, &token, &format!("/v1/orders?{query}"), "orders", async || {}).await, "source-id");
        found.sort();
        assert_eq!(found, wanted, "{query}");
    }
    let own = bench.token(&[Scope::Read], &["other"]).await;
    assert_eq!(ids(&all(&bench, &own, "/v1/orders?limit=1", "orders", async || {}).await, "source-id"), ["c"]);
}

#[tokio::test]
async fn events_come_in_pages_too() {
    let bench = Bench::new();
    let token = bench.token(&[Scope::Admin], &[]).await;
    for n in 0..5 {
        let connection = if n == 4 { "other" } else { "main" };
        bench.post("/v1/events", &token, &event(&format!("e{n}"), connection)).await;
    }
    let mut found = ids(&all(&bench, &token, "/v1/events?limit=2", "events", async || {}).await, "id");
    found.sort();
    assert_eq!(found, ["e0", "e1", "e2", "e3", "e4"]);
    let own = ids(&all(&bench, &token, "/v1/events?limit=2&connection=other", "events", async || {}).await, "id");
    assert_eq!(own, ["e4"]);
    let none = bench.get("/v1/events?state=applied", &token).await.json();
    assert_eq!(none["events"].as_array().unwrap().len(), 0);
}
