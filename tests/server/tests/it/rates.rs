//! `/v1/connections/{name}/rates` with the real component in front of the simulator: every rung of the ladder, in time.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http;
use connote_host::rates::{Ask, DEADLINE_MS, Rates, source};
use connote_host::transport::{Boxed, Ready, Transport};
use connote_host::{Error, Outcome};
use connote_sandbox::{FarEnd, Fault, FaultKind, World};
use connote_server::http::{ApiState, router};
use connote_server::store::tokens::{NewToken, Scope};
use connote_server_tests::{Server, Site, own};
use connote_types::rates::Source;
use connote_types::steps::Request;
use http_body_util::BodyExt as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt as _;

/// What an answer may come late.
const LATE: Duration = Duration::from_millis(50);

const TABLE: &str =
    r#"{"currency":"AUD","table":[{"code":"FLAT","name":"Flat rate","price":"9.95"}],"code_form":"code-and-name"}"#;
const NO_TABLE: &str = r#"{"currency":"AUD","code_form":"code-and-name"}"#;

fn rates(settings: &str) -> Rates {
    Rates { settings: settings.as_bytes().to_vec(), ..Rates::default() }
}

fn cart(post_code: &str) -> Value {
    json!({
        "destination": { "street": "16 Grey Street", "city": "South Brisbane", "state": "QLD", "post_code": post_code, "country": "AU" },
        "currency": "AUD",
        "lines": [{ "sku": "BOWL", "quantity": 2, "weight_g": 680, "price_minor": 3450 }],
    })
}

/// A budget that has no turn in time, as the supplied transport tells it.
struct Busy;

impl Transport for Busy {
    fn prepare<'a>(&'a self, _: &'a Request, within_ms: u64) -> Boxed<'a, Result<Box<dyn Ready>, String>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(within_ms)).await;
            Err("no rate token in time".to_owned())
        })
    }
}

/// A server, and a checkout in front of it.
struct Shop {
    site: Site,
    server: Server,
    router: Router,
    token: String,
}

struct Reply {
    status: u16,
    source: String,
    body: Value,
    took: Duration,
}

impl Shop {
    async fn open(settings: &str) -> Self {
        Self::with([("own", rates(settings))]).await
    }

    async fn with<const N: usize>(offered: [(&str, Rates); N]) -> Self {
        let connections = offered.iter().map(|(name, _)| {
            let mut connection = own();
            connection.name = (*name).to_owned();
            connection
        });
        let mut site = Site::new(World::demo(), connections.collect::<Vec<_>>());
        site.rates = offered.into_iter().map(|(name, rates)| (name.to_owned(), rates)).collect();
        let server = site.start();
        let token = NewToken::new("shop", &[Scope::Rates], None).unwrap();
        let text = token.text().expose_secret().to_owned();
        let now_ms = server.engine.now_ms();
        server.engine.store().write(move |tables| token.store(tables, now_ms)).await.unwrap().unwrap();
        let router = router(ApiState::new(server.engine.clone()).with_open_metrics(true));
        Self { site, server, router, token: text }
    }

    async fn ask(&self, connection: &str, cart: Value) -> Reply {
        let began = Instant::now();
        let request = http::Request::post(format!("/v1/connections/{connection}/rates"))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(cart.to_string()))
            .unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let took = began.elapsed();
        let source = answer.headers().get("connote-source").map_or("", |value| value.to_str().unwrap()).to_owned();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        Reply { status, source, body: serde_json::from_slice(&body).unwrap(), took }
    }

    async fn own(&self, post_code: &str) -> Reply {
        self.ask("own", cart(post_code)).await
    }

    fn fault(&self, kind: FaultKind) {
        self.site.stage.world().fault(Fault::once(FarEnd::Starshipit, "POST", "/api/rates", kind));
    }

    fn asked(&self) -> usize {
        self.site.stage.world().requests().filter(|request| request.path == "/api/rates").count()
    }
}

fn failures() -> Vec<FaultKind> {
    vec![
        FaultKind::RefuseConnection,
        FaultKind::ResetBeforeActing,
        FaultKind::ActThenReset,
        FaultKind::HangBeforeActing,
        FaultKind::ActThenHang,
        FaultKind::DelayMs(5_000),
        FaultKind::Status429Gateway,
        FaultKind::Status429Foreign,
        FaultKind::Status500Html,
        FaultKind::Status(401),
        FaultKind::Status(403),
        FaultKind::Status(503),
        FaultKind::SuccessFalse("Incorrect package weight".into()),
        FaultKind::MalformedJson,
        FaultKind::EmptyBody,
    ]
}

#[tokio::test(start_paused = true)]
async fn a_cart_is_priced_live_once_and_then_from_the_cache_while_that_is_fresh() {
    let shop = Shop::open(NO_TABLE).await;
    let live = shop.own("4101").await;
    assert_eq!((live.status, live.source.as_str(), shop.asked()), (200, "live", 1), "{}", live.body);
    assert_eq!(live.body["rates"].as_array().unwrap().len(), 3);
    assert_eq!(live.body["parcels"][0]["weight_g"], 1360);
    tokio::time::sleep(Duration::from_secs(60)).await;
    let cached = shop.own("4101").await;
    assert_eq!((cached.source.as_str(), shop.asked()), ("cached", 1));
    assert_eq!(cached.body["rates"][0]["price_minor"], live.body["rates"][0]["price_minor"]);
    let age_ms = cached.body["rates"][0]["age_ms"].as_u64().unwrap();
    assert!((60_000..61_000).contains(&age_ms), "{age_ms}");
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!((shop.own("4101").await.source.as_str(), shop.asked()), ("live", 2));
    assert!(shop.site.stage.world().violations().is_empty());
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_failure_has_an_earlier_answer_to_stand_in_for_it_in_time() {
    for failure in failures() {
        let shop = Shop::open(TABLE).await;
        shop.own("4101").await;
        tokio::time::sleep(Duration::from_secs(400)).await;
        shop.fault(failure.clone());
        let stale = shop.own("4101").await;
        assert_eq!((stale.status, stale.source.as_str()), (200, "stale"), "{failure:?}: {}", stale.body);
        assert!(stale.took <= Duration::from_millis(DEADLINE_MS.into()) + LATE, "{failure:?}: {:?}", stale.took);
        assert!(stale.body["rates"][0]["age_ms"].as_u64().unwrap() >= 400_000);
        shop.server.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_an_earlier_answer_every_failure_has_the_table_in_time() {
    let shop = Shop::open(TABLE).await;
    for (at, failure) in failures().into_iter().enumerate() {
        shop.fault(failure.clone());
        let table = shop.own(&(4000 + at).to_string()).await;
        assert_eq!((table.status, table.source.as_str()), (200, "table"), "{failure:?}: {}", table.body);
        assert_eq!(table.body["rates"][0]["price_minor"], 995, "{failure:?}");
        assert!(table.took <= Duration::from_millis(DEADLINE_MS.into()) + LATE, "{failure:?}: {:?}", table.took);
    }
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_table_every_failure_is_a_problem_and_never_an_empty_answer() {
    let shop = Shop::open(NO_TABLE).await;
    for (at, failure) in failures().into_iter().enumerate() {
        shop.fault(failure.clone());
        let none = shop.own(&(4000 + at).to_string()).await;
        assert_eq!(none.status, 503, "{failure:?}: {}", none.body);
        assert_eq!(none.body["type"], "urn:connote:problem:unavailable", "{failure:?}");
        assert!(none.body["rates"].is_null());
    }
    let text = shop.server.metrics().await;
    let count = format!("connote_rates_total{{connection=\"own\",source=\"none\"}} {}", failures().len());
    assert!(text.contains(&count), "{text}");
    assert!(text.contains("account=\"ship\",step=\"quote\",outcome=\"429\"} 2"), "{text}");
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_budget_without_a_turn_in_time_leads_to_the_table() {
    let site = Site::new(World::demo(), []);
    let host = site.stage.start_with(Arc::new(Busy));
    let body = cart("4101").to_string().into_bytes();
    let ask = Ask { connection: "own", account: "ship", rates: &rates(TABLE), platform: "connote", body };
    let began = Instant::now();
    let Outcome::Done(result) = host.quote(ask).await.unwrap() else { panic!("no table") };
    assert_eq!(source(&result), Source::Table);
    assert!(began.elapsed() <= Duration::from_millis(DEADLINE_MS.into()) + LATE, "{:?}", began.elapsed());
    assert_eq!(site.stage.world().requests().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_is_not_there_is_an_error_before_anything_is_asked() {
    let site = Site::new(World::demo(), []);
    let rates = Rates { accounts: vec!["none".to_owned()], ..rates(TABLE) };
    let body = cart("4101").to_string().into_bytes();
    let ask = Ask { connection: "own", account: "ship", rates: &rates, platform: "connote", body };
    let refused = site.stage.start().quote(ask).await;
    assert!(matches!(refused, Err(Error::Account { name, .. }) if name == "none"));
}

#[tokio::test(start_paused = true)]
async fn an_empty_answer_of_starshipit_is_no_failure() {
    let shop = Shop::open(TABLE).await;
    let mut abroad = cart("100-0001");
    abroad["destination"] = json!({ "city": "Tokyo", "post_code": "100-0001", "country": "JP" });
    let empty = shop.ask("own", abroad).await;
    assert_eq!((empty.status, empty.source.as_str()), (200, "live"));
    assert_eq!(empty.body["rates"], json!([]));
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn equal_carts_at_one_time_ask_starshipit_once() {
    let shop = Shop::open(NO_TABLE).await;
    shop.fault(FaultKind::DelayMs(500));
    let asking = (0..20).map(|_| Box::pin(shop.own("4101"))).collect();
    for reply in connote_steps::all(asking).await {
        assert_eq!((reply.status, reply.source.as_str()), (200, "live"));
    }
    assert_eq!(shop.asked(), 1);
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cart_whose_equal_was_cut_off_asks_itself() {
    let hurried = Rates { deadline_ms: 300, ..rates(TABLE) };
    let shop = Shop::with([("hurried", hurried), ("own", rates(TABLE))]).await;
    shop.fault(FaultKind::HangBeforeActing);
    let follows = async {
        // Whoever asks first is hung up on.
        while shop.asked() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        shop.own("4101").await
    };
    let (hurried, own) = tokio::join!(shop.ask("hurried", cart("4101")), follows);
    assert_eq!(hurried.source, "table");
    assert!(hurried.took <= Duration::from_millis(300) + LATE, "{:?}", hurried.took);
    assert_eq!((own.source.as_str(), shop.asked()), ("live", 2));
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn answers_of_two_connections_are_not_mixed() {
    let shop = Shop::with([("own", rates(TABLE)), ("other", rates(TABLE))]).await;
    shop.own("4101").await;
    assert_eq!(shop.ask("other", cart("4101")).await.source, "live");
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_fit_asks_nobody() {
    let shop = Shop::open(TABLE).await;
    let refused = shop.ask("own", json!({ "lines": [{ "quantity": "two" }] })).await;
    assert_eq!((refused.status, shop.asked()), (422, 0));
    assert_eq!(refused.body["fields"][0]["path"], "lines[0].quantity");
    shop.server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn settings_that_cannot_be_used_are_told_to_the_operator_alone() {
    let shop = Shop::open(r#"{"currency":"canary"}"#).await;
    let broken = shop.own("4101").await;
    assert_eq!((broken.status, shop.asked()), (500, 0));
    assert!(!broken.body.to_string().contains("canary"), "{}", broken.body);
    shop.server.stop().await;
}
