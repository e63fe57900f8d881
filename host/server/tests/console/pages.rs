//! What pages show, and that nothing on them is taken for a page's own.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use connote_host::journal::{Ending, OrderKey};
use connote_host::observe::{Observer as _, Waited};
use connote_server::store::users::Role;
use connote_server::store::{NewEvent, OrderState};
use connote_types::steps::{Disposition, Problem};
use connote_types::types::{Order, OrderRecord};

use crate::{App, DOMESTIC, INTERNATIONAL, at, printed, tried};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let app = App::start();
    let own = app.login(Role::View).await;
    for path in ["/", "/login", "/nowhere", "/users", "/assets/console.css"] {
        let answered = app.get(path, &own.cookie).await;
        let policy = answered.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        assert_eq!(answered.header("x-frame-options"), "DENY");
        let kept = if path.starts_with("/assets") { "public, max-age=86400" } else { "no-store" };
        assert_eq!(answered.header("cache-control"), kept, "{path}");
    }
}

#[tokio::test]
async fn pages_hold_no_script_and_no_style_of_their_own() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Administer).await;
    let order = at(&key);
    for path in ["/", "/connections", "/events", "/users", "/account", &order, &format!("{order}/correct")] {
        let page = app.get(path, &own.cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for not in [" style=", " onclick=", "<style", "javascript:"] {
            assert!(!page.text.contains(not), "{path} {not}");
        }
        assert_eq!(page.text.matches("<script").count(), 1, "{path}");
        for landmark in ["<main id=\"main\"", "class=\"skip\"", "<nav aria-label=", "aria-live=\"polite\"", "<h1>"] {
            assert!(page.text.contains(landmark), "{path} {landmark}");
        }
    }
}

#[tokio::test]
async fn hostile_data_is_text() {
    let app = App::start();
    let document = DOMESTIC.replacen("\"number\": \"", "\"number\": \"<script>alert(1)</script>", 1);
    let key = app.handed_in(&document, |row| {
        crate::fail(row, HOSTILE);
        row.number = HOSTILE.into();
        row.key.source_id = format!("{HOSTILE}/..");
        row.corrections = serde_json::json!({ "destination.name": HOSTILE }).to_string();
        row.shipment = row.shipment.replace("destination.post-code", "<script>alert(1)</script>");
    });
    let key = OrderKey { source_id: format!("{HOSTILE}/.."), ..key.await };
    let body = serde_json::json!({ HOSTILE: HOSTILE }).to_string();
    let ending = Ending::Failed(Problem::new(Disposition::Rejected, HOSTILE));
    tried(&app, &key, Order::default(), &body, ending, OrderRecord::default());
    let event = NewEvent {
        id: HOSTILE.into(),
        connection: "main".into(),
        source: HOSTILE.into(),
        kind: HOSTILE.into(),
        subject: HOSTILE.into(),
        what: HOSTILE.into(),
        ..NewEvent::default()
    };
    app.engine.receive(event).await.unwrap();
    let own = app.login(Role::Administer).await;
    let order = at(&key);
    let search = format!("/?q={}", percent_encoding::utf8_percent_encode(HOSTILE, percent_encoding::NON_ALPHANUMERIC));
    for path in ["/?state=all", "/?state=attention", &search, &order, &format!("{order}/correct"), "/events"] {
        let page = app.get(path, &own.cookie).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains("&lt;script&gt;alert(1)"), "{path}: it is shown");
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img"), "{path}");
    }
}

#[tokio::test]
async fn what_needs_somebody_comes_first_and_every_state_has_its_count() {
    let app = App::start();
    let key = app.refused().await;
    app.handed_in(INTERNATIONAL, |_| {}).await;
    printed(&app).await;
    let own = app.login(Role::View).await;
    let first = app.get("/", &own.cookie).await.text;
    assert!(first.contains(&format!("href=\"{}\"", at(&key))) && !first.contains("/orders/main/EXP-900417"));
    let counted = |text: &str, tab: &str| {
        let rest = text.split_once(&format!("id=\"tab-{tab}\"")).unwrap().1;
        rest.split_once("class=\"count\"").unwrap().1.split_once('>').unwrap().1.split_once('<').unwrap().0.to_owned()
    };
    let counts = ["attention", "waiting", "placed", "done", "all"].map(|tab| counted(&first, tab));
    assert_eq!(counts, ["1", "1", "0", "1", "3"]);
    let waiting = app.get("/?state=waiting", &own.cookie).await.text;
    assert!(waiting.contains("/orders/main/EXP-900417") && !waiting.contains(&format!("href=\"{}\"", at(&key))));
    let other = app.get("/?state=all&connection=other", &own.cookie).await.text;
    assert!(other.contains("There are no such orders"));
    for (text, is_found) in [("exp-900417", true), ("EXP", false)] {
        let found = app.get(&format!("/?q={text}"), &own.cookie).await.text;
        assert_eq!(found.contains("/orders/main/EXP-900417"), is_found, "{text}: in every state");
    }
}

#[tokio::test]
async fn orders_are_paged() {
    let app = App::start();
    for n in 0..53 {
        app.handed_in(&INTERNATIONAL.replace("EXP-900417", &format!("N-{n}")), |_| {}).await;
    }
    let own = app.login(Role::View).await;
    let count = |text: &str| text.matches("data-row").count();
    let first = app.get("/?state=waiting", &own.cookie).await.text;
    assert_eq!(count(&first), 50);
    let older = first.split_once("id=\"older\" href=\"").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&");
    let second = app.get(&older, &own.cookie).await.text;
    assert_eq!(count(&second), 3);
    assert!(second.contains("Newest") && !second.contains("id=\"older\""));
    for odd in ["/?before_ms=x", "/?before_ms=99999999999999999999", "/?before_ms=18446744073709551615", "/?state=x"] {
        assert_eq!(app.get(odd, &own.cookie).await.status, StatusCode::OK, "{odd}");
    }
}

#[tokio::test]
async fn an_order_shows_its_problem_its_attempts_and_what_was_answered() {
    let app = App::start();
    let key = app.refused().await;
    let ending = Ending::Failed(Problem::new(Disposition::Rejected, "refused"));
    tried(&app, &key, Order::default(), r#"{"success":false,"errors":["bad"]}"#, ending, OrderRecord::default());
    let own = app.login(Role::View).await;
    let page = app.get(&at(&key), &own.cookie).await.text;
    for words in [
        "the post code is none of this suburb",
        "no courier knows it",
        "Invalid postcode / suburb",
        "Correct what is named here",
        "order-placer.place",
        "<b>POST</b> /api/orders",
        "422",
        "231 ms",
        "&quot;success&quot;: false",
        "<time datetime=",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[tokio::test]
async fn the_live_part_is_sent_again_only_when_something_has_changed() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Operate).await;
    let live = async |shown: &str| {
        let request = Request::get(at(&key)).header("cookie", &own.cookie);
        let request = request.header("x-fragment", "live").header("x-shown", shown);
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let first = live("").await;
    assert!(first.status == StatusCode::OK && first.text.contains("Needs attention") && !first.text.contains("<h1"));
    let shown = first.header("x-shown").to_owned();
    assert_eq!(live(&shown).await.status, StatusCode::NO_CONTENT);
    app.act(&format!("{}/retry", at(&key)), &own, &[]).await;
    let changed = live(&shown).await;
    assert!(changed.status == StatusCode::OK && changed.text.contains("Waiting"), "{}", changed.text);
}

#[tokio::test]
async fn a_label_is_shown_in_its_page_and_tracking_is_no_script() {
    let app = App::start();
    let key = printed(&app).await;
    let own = app.login(Role::View).await;
    let order = at(&key);
    let without = app.get(&format!("{order}/labels/1"), &own.cookie).await;
    assert_eq!(without.status, StatusCode::NOT_FOUND);
    let desk = connote_host::desk::Folder(app.folder.path().join("labels"));
    let document = connote_types::types::Document {
        label_type: "Label".into(),
        media_type: "application/pdf".into(),
        body: include_bytes!("label.pdf").to_vec(),
    };
    connote_host::desk::Desk::file(&desk, &key, "P-1", &[document]).unwrap();
    let page = app.get(&order, &own.cookie).await.text;
    assert!(
        page.contains(&format!("src=\"{order}/labels/1/picture\""))
            && page.contains("TRK0001")
            && page.contains("Plain Post")
    );
    assert!(page.contains("href=\"https://track.example/TRK0001\"") && !page.contains("javascript:"));
    assert!(page.contains("the order&#39;s tracking") || page.contains("the order's tracking"));
    assert!(!page.contains("|printed|"), "a key of the record is nothing for people");
    let label = app.get(&format!("{order}/labels/1"), &own.cookie).await;
    assert_eq!((label.status, label.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert!(label.header("content-disposition").starts_with("inline") && label.text.starts_with("%PDF"));
    let picture = app.get(&format!("{order}/labels/1/picture"), &own.cookie).await;
    assert_eq!((picture.status, picture.header("content-type")), (StatusCode::OK, "image/png"));
    for n in ["0", "2", "x", "-1"] {
        for rest in ["", "/picture"] {
            let answer = app.get(&format!("{order}/labels/{n}{rest}"), &own.cookie).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{n}{rest}");
        }
    }
    for rest in ["", "/picture"] {
        assert_eq!(app.get(&format!("{order}/labels/1{rest}"), "").await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn a_connection_is_paused_and_resumed() {
    let app = App::start();
    let own = app.login(Role::Operate).await;
    let page = app.get("/connections", &own.cookie).await.text;
    assert!(page.contains("warehouse") && page.contains("none is configured") && !page.contains(">Paused<"));
    assert_eq!(app.act("/connections/main/pause", &own, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(app.engine.journal().note("paused/main").unwrap().is_some());
    assert!(app.get("/connections", &own.cookie).await.text.contains(">Paused<"));
    assert_eq!(app.act("/connections/main/resume", &own, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.engine.journal().note("paused/main").unwrap(), None);
    assert_eq!(app.act("/connections/nowhere/pause", &own, &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_connection_tells_how_much_of_the_budget_of_its_accounts_is_used() {
    let app = App::start();
    let own = app.login(Role::View).await;
    assert!(app.get("/connections", &own.cookie).await.text.contains("none since the start"));
    for passed in [true, true, true, false] {
        let (took, interval) = (Duration::from_millis(400), Duration::from_millis(500));
        app.engine.figures().waited(Waited { account: "ship", took, passed, interval });
    }
    let page = app.get("/connections", &own.cookie).await.text;
    assert!(page.contains("Requests to ship") && page.contains("Requests to source"), "{page}");
    assert!(
        page.contains(" % of 2 a second since the start; a request waits 0.4 s for its turn; 1 did not leave"),
        "{page}"
    );
}

#[tokio::test]
async fn an_order_with_several_wrong_fields_names_three_of_them_in_the_list() {
    let app = App::start();
    app.handed_in(DOMESTIC, |row| {
        let problem = Problem::new(Disposition::Rejected, "4 fields must change")
            .field("order.to.zip", "has 12 characters and Starshipit takes 10 in destination.post_code: shorten it")
            .field("destination.street", "the street is missing")
            .field("order.to.land", "the country is not known")
            .field("destination.phone", "is too long");
        row.state = OrderState::Attention;
        row.reason = problem.message.clone();
        row.shipment = serde_json::json!({ "problem": problem }).to_string();
    })
    .await;
    let own = app.login(Role::View).await;
    let page = app.get("/", &own.cookie).await.text;
    assert!(page.contains("4 fields must change: Post code, Street, order.to.land and 1 more"), "{page}");
}

#[tokio::test]
async fn deliveries_are_shown_with_what_became_of_them() {
    let app = App::start();
    let event = |n: usize| NewEvent {
        id: n.to_string(),
        connection: "main".into(),
        source: "starshipit".into(),
        kind: "tracking".into(),
        subject: format!("SO-{n}"),
        what: "Delivered".into(),
        ..NewEvent::default()
    };
    for n in 0..52 {
        app.engine.receive(event(n)).await.unwrap();
    }
    let own = app.login(Role::View).await;
    let page = app.get("/events", &own.cookie).await.text;
    assert!(page.contains("Delivered") && page.contains("SO-") && page.matches("<td>main</td>").count() == 50);
    let older = page.split_once("id=\"older\" href=\"").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&");
    assert_eq!(app.get(&older, &own.cookie).await.text.matches("<td>main</td>").count(), 2);
    assert!(app.get("/events?state=ignored", &own.cookie).await.text.contains("Nothing has come in"));
}

#[tokio::test]
async fn what_is_not_there_is_told_with_a_way_back() {
    let app = App::start();
    let key = app.refused().await;
    let own = app.login(Role::Operate).await;
    for path in ["/nowhere", "/orders/main/none", "/orders/main/none/correct", "/orders/main/none/labels/1"] {
        let page = app.get(path, &own.cookie).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("<main") && page.text.contains("href=\"/\""), "{path}");
    }
    for (method, path) in [("DELETE", at(&key)), ("GET", format!("{}/retry", at(&key))), ("PUT", "/login".into())] {
        let request = Request::builder().method(method).uri(&path).header("cookie", &own.cookie);
        let answered = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answered.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert!(answered.text.contains("<main") && !answered.header("allow").is_empty(), "{path}");
    }
    for path in ["/?q=a&q=b", "/orders/main/%ff", "/users/%ff/role"] {
        let page = app.get(path, &own.cookie).await;
        assert!(page.status.is_client_error() && page.text.contains("<main"), "{path}: {}", page.text);
    }
    let program = app.get("/v1/nothing", "").await;
    assert_eq!((program.status, program.header("content-type")), (StatusCode::NOT_FOUND, "application/problem+json"));
    assert!(program.text.contains(r#""type":"urn:connote:problem:not-found""#), "{}", program.text);
    let large = "x".repeat(300_000);
    let answered = app.act("/connections/main/pause", &own, &[("x", &large)]).await;
    assert_eq!(answered.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(app.order(&key).await.state, OrderState::Attention);
}
