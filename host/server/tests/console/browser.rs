//! What a person at a tablet does.

use connote_browser::{Browser, chromium};
use connote_server::store::users::Role;
use connote_server::store::{NewEvent, OrderRow, OrderState};
use serde_json::json;

use crate::{App, DOMESTIC, INTERNATIONAL, PASSWORD, at, printed};

async fn filled(app: &App) -> String {
    app.user("ann", Role::Operate).await;
    app.user("root", Role::Administer).await;
    let key = app.refused().await;
    let domestic = |n: usize| DOMESTIC.replacen("\"source-id\": \"", &format!("\"source-id\": \"{n}-"), 1);
    for n in 0..6 {
        app.handed_in(&domestic(n).replacen("\"number\": \"", &format!("\"number\": \"{n}-"), 1), move |row| {
            crate::fail(
                row,
                "the courier's service “Express” is not offered from this post code to that one; choose another method",
            );
            row.state = OrderState::ALL[n % OrderState::ALL.len()];
        })
        .await;
    }
    app.handed_in(INTERNATIONAL, |_| {}).await;
    let ending = connote_host::journal::Ending::Failed(connote_types::steps::Problem::new(
        connote_types::steps::Disposition::Rejected,
        "the label was refused: the post code is none of this suburb",
    ));
    let body = r#"{"success":false,"errors":[{"message":"Validation","details":"Invalid postcode / suburb"}]}"#;
    crate::tried(app, &key, Default::default(), body, ending, Default::default());
    let printed = printed(app).await;
    let desk = connote_host::desk::Folder(app.folder.path().join("labels"));
    let document = connote_types::types::Document {
        label_type: "Label".into(),
        media_type: "application/pdf".into(),
        body: include_bytes!("label.pdf").to_vec(),
    };
    connote_host::desk::Desk::file(&desk, &printed, "P-1", &[document]).unwrap();
    for n in 0..3 {
        let event = NewEvent {
            id: n.to_string(),
            connection: "main".into(),
            source: "starshipit".into(),
            kind: "tracking".into(),
            subject: format!("SO-{n}"),
            what: "Delivered".into(),
            ..NewEvent::default()
        };
        app.engine.receive(event).await.unwrap();
    }
    at(&key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_finds_a_failed_order_by_keyboard_corrects_it_and_sees_it_change() {
    let Some(program) = chromium() else { return };
    let app = App::start();
    let order = filled(&app).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(axum::serve(listener, app.router.clone()).into_future());
    let (done, engine) = (order.clone(), app.engine.clone());
    let handle = tokio::runtime::Handle::current();
    let people = tokio::task::spawn_blocking(move || {
        person(&mut Browser::start(program), &origin, &done, &handle, &engine);
    });
    people.await.unwrap();
    let row = app.engine.store().read(|tables| OrderRow::list(tables, &Default::default(), 50)).await.unwrap();
    let corrected: Vec<_> = row.iter().filter(|row| !row.corrections.is_empty()).collect();
    assert_eq!(corrected.len(), 1);
    assert!(order.ends_with(&corrected[0].key.source_id) && corrected[0].corrections.contains("3999"));
    server.abort();
}

fn person(
    browser: &mut Browser,
    origin: &str,
    order: &str,
    handle: &tokio::runtime::Handle,
    engine: &std::sync::Arc<connote_server::engine::Engine>,
) {
    browser.open(&format!("{origin}/"));
    browser.until("document.activeElement.id === 'name'");
    browser.picture("login");
    // The name has the focus.
    browser.write("ann");
    browser.value("document.getElementById('password').focus()");
    browser.write(PASSWORD);
    browser.key("Enter");
    browser.until("document.querySelector('h1')?.textContent === 'Orders' && document.readyState === 'complete'");
    assert_eq!(browser.value("document.querySelector('[data-count]').textContent"), "2");
    browser.picture("orders");

    // By keyboard alone: to the search and back, through the list, into an order.
    browser.key("/");
    browser.until("document.activeElement.id === 'q'");
    browser.value("document.activeElement.blur()");
    browser.key("j");
    browser.key("j");
    browser.key("k");
    browser.until("document.activeElement.matches('li:first-child > [data-row]')");

    // Something changes behind the person's back: the list follows and the focus stays.
    let focused = browser.value("document.activeElement.id");
    let found = handle.block_on(engine.store().write({
        let now_ms = engine.now_ms();
        move |tables| {
            let wanted = connote_server::store::Listed { state: Some(OrderState::Waiting), ..Default::default() };
            let row = OrderRow::list(tables, &wanted, 1)?.remove(0);
            OrderRow { state: OrderState::Attention, reason: "also wrong".into(), ..row }.save(tables, now_ms)
        }
    }));
    found.unwrap();
    browser.until("document.querySelector('[data-count]').textContent === '3'");
    browser.until("document.getElementById('said').textContent === '3 orders need attention'");
    assert_eq!(browser.value("document.activeElement.id"), focused);

    browser.value(&format!("document.getElementById('order{order}').focus()"));
    browser.key("Enter");
    browser.until(&format!("location.pathname === '{order}' && document.readyState === 'complete'"));
    browser.value("document.querySelector('details.exchange').open = true");
    browser.picture("order");
    browser.click("a[href$='/correct']");
    browser.until("document.activeElement.id === 'f:destination.post-code'");
    browser.picture("correct");
    browser.value("document.activeElement.select()");
    browser.write("3999");
    browser.key("Enter");
    browser.until("document.querySelector('ins')?.textContent === '3999'");
    browser.picture("difference");
    browser.click("button[value=save]");
    browser.until("location.search === '?done=correct' && document.body.innerText.includes('It is corrected')");
    browser.picture("corrected");

    for (path, name) in [
        ("/orders/main/P-1", "printed"),
        ("/connections", "connections"),
        ("/events", "events"),
        ("/account", "account"),
        ("/nowhere", "nowhere"),
        ("/?state=all", "all"),
    ] {
        browser.open(&format!("{origin}{path}"));
        if name == "printed" {
            browser.until("document.querySelector('img.label').naturalWidth > 0");
        }
        browser.picture(name);
    }
    browser.ask(
        "Emulation.setDeviceMetricsOverride",
        json!({ "width": 412, "height": 900, "deviceScaleFactor": 1, "mobile": true }),
    );
    browser.open(&format!("{origin}/?state=all"));
    browser.picture("phone");
    assert_eq!(browser.value("document.documentElement.scrollWidth <= 412"), true, "nothing is cut off on a phone");
    assert_eq!(browser.value("document.querySelector('.top nav').offsetHeight < 100"), true, "one line on a phone");
    browser.ask("Emulation.clearDeviceMetricsOverride", json!({}));
    browser.click(".who button");
    browser.until("location.pathname === '/login' && document.readyState === 'complete'");
    browser.until("document.activeElement.id === 'name'");
    browser.write("root");
    browser.value("document.getElementById('password').focus()");
    browser.write(PASSWORD);
    browser.key("Enter");
    browser.until("document.querySelector('h1')?.textContent === 'Orders' && document.readyState === 'complete'");
    browser.open(&format!("{origin}/users"));
    browser.picture("users");
    let unsaid = |text: &&String| !text.contains("404");
    let complaints: Vec<_> = browser.complaints.iter().filter(unsaid).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}
