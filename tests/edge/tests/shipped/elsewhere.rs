//! The same files in other hosts.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use connote_components::edge::{ALL, RATES_PLAIN, WEBHOOKS_PLAIN};

use crate::far::{borrowed, cart, document, options, receiver, sample, source, starshipit, variables};
use crate::support::{Answer, ask_on};

/// A program on the PATH. In CI it has to be there: a test that is skipped proves nothing.
pub(crate) fn program(name: &str, wanted_in_ci: bool) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        assert!(!wanted_in_ci || std::env::var_os("CI").is_none(), "{name} is not on the PATH");
        eprintln!("skipped: {name} is not on the PATH");
    }
    found
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn ask(address: &str, headers: &[(&str, &str)], path: &str, body: &str) -> Answer {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    ask_on(&mut sender, path, headers, body).await
}

/// The first address in what a program says. It is listened to until it ends: a program whose words nobody takes may stop.
fn address(said: impl std::io::Read + Send + 'static) -> String {
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("http://")).unwrap();
    std::thread::spawn(move || lines.for_each(drop));
    let address = line.split_once("http://").unwrap().1;
    address.trim_end_matches('/').split_whitespace().next().unwrap().trim_end_matches('/').to_owned()
}

/// `wasmtime serve` with one of the plain files, and where it listens; nothing where there is no wasmtime.
async fn wasmtime_serve(
    folder: &std::path::Path,
    bytes: &[u8],
    document: &serde_json::Value,
) -> Option<(Running, String)> {
    let wasmtime = program("wasmtime", true)?;
    let file = folder.join("plain.wasm");
    std::fs::write(&file, bytes).unwrap();
    let mut command = Command::new(wasmtime);
    command.args(["serve", "--addr", "127.0.0.1:0", "-S", "cli,inherit-env"]).arg(&file);
    for (name, value) in variables(document) {
        command.env(format!("CONNOTE_{}", name.to_ascii_uppercase()), value);
    }
    let mut running = Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let said = running.0.stderr.take().unwrap();
    let address = tokio::task::spawn_blocking(move || address(said)).await.unwrap();
    Some((running, address))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plain_rates_run_unchanged_in_wasmtime_serve() {
    let far = starshipit().await;
    let folder = tempfile::tempdir().unwrap();
    let document = document(&far.starshipit_url, "http://127.0.0.1:9");
    let Some((_running, address)) = wasmtime_serve(folder.path(), RATES_PLAIN.bytes, &document).await else { return };
    for _ in 0..2 {
        let answer = ask(&address, &[("authorization", "Bearer a-token")], "/rates/main/connote", &cart("4101")).await;
        assert_eq!((answer.status, source(&answer), options(&answer)), (200, "live", 3), "{answer:?}");
    }
    let refused = ask(&address, &[("authorization", "Bearer b-token")], "/rates/main/connote", &cart("4101")).await;
    assert_eq!(refused.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plain_webhooks_run_unchanged_in_wasmtime_serve() {
    let (url, taken) = receiver().await;
    let folder = tempfile::tempdir().unwrap();
    let document = document("http://127.0.0.1:9", &url);
    let Some((_running, address)) = wasmtime_serve(folder.path(), WEBHOOKS_PLAIN.bytes, &document).await else {
        return;
    };
    let (body, headers) = sample("shopify-orders-create");
    let forged = body.replacen('1', "2", 1);
    assert_eq!(ask(&address, &borrowed(&headers), "/webhooks/main/shopify", &forged).await.status, 401);
    let answer = ask(&address, &borrowed(&headers), "/webhooks/main/shopify", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let taken = taken.lock().unwrap();
    let [(_, event)] = taken.as_slice() else { panic!("{} events", taken.len()) };
    assert_eq!(event["source"].as_str(), Some("shopify"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_serves_in_spin_where_there_is_one() {
    let Some(spin) = program("spin", false) else { return };
    let far = starshipit().await;
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("target/edge");
    std::fs::create_dir_all(&files).unwrap();
    for file in ALL {
        std::fs::write(files.join(format!("{}.wasm", file.name)), file.bytes).unwrap();
    }
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml")).unwrap();
    let manifest = manifest.replace("https://api.starshipit.com", &far.starshipit_url);
    std::fs::write(folder.path().join("spin.toml"), manifest).unwrap();
    let mut document = document(&far.starshipit_url, "http://127.0.0.1:9");
    document["accounts"]["ship"]["api_key"] = "starshipit_api_key".into();
    document["accounts"]["ship"]["subscription_key"] = "starshipit_subscription_key".into();
    let mut command = Command::new(spin);
    command.current_dir(folder.path()).args(["up", "--listen", "127.0.0.1:0", "--state-dir", ""]);
    for (name, value) in variables(&document) {
        let name = match name {
            "api_key" | "subscription_key" => format!("starshipit_{name}"),
            name => name.to_owned(),
        };
        command.env(format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase()), value);
    }
    let mut running = Running(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let said = running.0.stdout.take().unwrap();
    let address = tokio::task::spawn_blocking(move || address(said)).await.unwrap();
    for rung in ["live", "cached"] {
        let answer = ask(&address, &[("authorization", "Bearer a-token")], "/rates/main/connote", &cart("4101")).await;
        assert_eq!((answer.status, source(&answer), options(&answer)), (200, rung, 3), "{answer:?}");
    }
}
