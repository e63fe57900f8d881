//! A real Chromium, driven over its own protocol: what a person at a tablet does.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use connote_server::store::users::Role;
use connote_server::store::{NewEvent, OrderRow, OrderState};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use crate::{App, DOMESTIC, INTERNATIONAL, PASSWORD, at, printed};

/// How long a browser on a busy machine may take for one thing.
const PATIENCE: Duration = Duration::from_secs(30);

struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    asked: u64,
    /// What the browser has complained of.
    complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn chromium() -> Option<&'static str> {
    ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok())
}

impl Browser {
    fn start(program: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--remote-debugging-port=0", "--window-size=1180,820", "--hide-scrollbars", "about:blank"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (port, path) = address(profile.path());
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap();
        let mut browser =
            Self { child, socket, session: String::new(), asked: 0, complaints: Vec::new(), _profile: profile };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        browser.ask("Page.enable", json!({}));
        browser.ask("Log.enable", json!({}));
        browser
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["method"] == "Log.entryAdded" {
                self.complaints.push(answer["params"]["entry"]["text"].to_string());
            }
            if answer["id"] == self.asked {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
        }
    }

    fn value(&mut self, script: &str) -> Value {
        self.ask("Runtime.evaluate", json!({ "expression": script, "returnByValue": true }))["result"]["value"].clone()
    }

    /// Waits until something is so.
    fn until(&mut self, script: &str) {
        let began = Instant::now();
        while self.value(script) != true {
            assert!(began.elapsed() < PATIENCE, "never: {script}\n{}", self.value("document.body.innerText"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn open(&mut self, address: &str) {
        self.ask("Page.navigate", json!({ "url": address }));
        self.until("document.readyState === 'complete'");
    }

    fn key(&mut self, key: &str) {
        let text = if key == "Enter" { "\r" } else { key };
        let code = if key == "Enter" { 13 } else { 0 };
        for kind in ["keyDown", "keyUp"] {
            let mut params = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" {
                params["text"] = text.into();
            }
            self.ask("Input.dispatchKeyEvent", params);
        }
    }

    fn write(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    fn click(&mut self, selector: &str) {
        let found = self.value(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); if (e) e.click(); return !!e; }})()"
        ));
        assert_eq!(found, true, "nothing to click: {selector}");
    }

    /// A picture for people to look at, when they say where.
    fn picture(&mut self, name: &str) {
        let Ok(folder) = std::env::var("CONSOLE_PICTURES") else { return };
        for (scheme, suffix) in [("light", ""), ("dark", "-dark")] {
            let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            self.ask("Emulation.setEmulatedMedia", json!({ "features": features }));
            let taken = self.ask("Page.captureScreenshot", json!({ "captureBeyondViewport": true }));
            let bytes = base64::engine::general_purpose::STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
            std::fs::write(Path::new(&folder).join(format!("console-{name}{suffix}.png")), bytes).unwrap();
        }
    }
}

/// Where a browser listens, which it writes into its profile.
fn address(profile: &Path) -> (u16, String) {
    let began = Instant::now();
    loop {
        let text = std::fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n') {
            return (port.parse().unwrap(), path.trim().to_owned());
        }
        assert!(began.elapsed() < PATIENCE, "the browser does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
}

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
    let Some(program) = chromium() else {
        assert!(std::env::var_os("CI").is_none(), "no chromium");
        eprintln!("skipped: there is no chromium here");
        return;
    };
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
            // The label is fetched.
            std::thread::sleep(Duration::from_millis(500));
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
