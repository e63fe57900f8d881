//! A real Chromium, driven over its own protocol: what a person at a tablet does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "test support"
)]

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

/// How long a browser on a busy machine may take for one thing.
const PATIENCE: Duration = Duration::from_secs(30);

/// A browser with one page, at the size of a tablet. It ends with this value.
pub struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: String,
    asked: u64,
    /// What the browser has complained of in its console.
    pub complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Chromium's program; nothing where there is none, and a test has nothing to drive. CI has to have one.
pub fn chromium() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok());
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "no chromium");
    if found.is_none() {
        eprintln!("skipped: there is no chromium here");
    }
    found
}

impl Browser {
    /// Starts it.
    pub fn start(program: &str) -> Self {
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

    /// One command of its protocol, with its result.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
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

    /// What a script gives.
    pub fn value(&mut self, script: &str) -> Value {
        self.ask("Runtime.evaluate", json!({ "expression": script, "returnByValue": true }))["result"]["value"].clone()
    }

    /// Waits until something is so.
    pub fn until(&mut self, script: &str) {
        let began = Instant::now();
        while self.value(script) != true {
            assert!(began.elapsed() < PATIENCE, "never: {script}\n{}", self.value("document.body.innerText"));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Opens a page and waits until it is there.
    pub fn open(&mut self, address: &str) {
        self.ask("Page.navigate", json!({ "url": address }));
        self.until("document.readyState === 'complete'");
    }

    /// Presses a key.
    pub fn key(&mut self, key: &str) {
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

    /// Writes into what has the focus.
    pub fn write(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Clicks what a selector finds.
    pub fn click(&mut self, selector: &str) {
        let found = self.value(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); if (e) e.click(); return !!e; }})()"
        ));
        assert_eq!(found, true, "nothing to click: {selector}");
    }

    /// A picture for people to look at, when they say where.
    pub fn picture(&mut self, name: &str) {
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
