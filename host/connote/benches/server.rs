//! What `connote serve` costs and takes, as a process of its own:
//!
//! ```sh
//! cargo bench --profile dev -p connote --bench server
//! cargo bench --profile dev -p connote --bench server -- --webhooks
//! ```
//!
//! A restart with 100,000 orders that wait, the memory they cost, and how many webhooks a second are durable before they are answered. Server, client and
//! disk are those of this machine: the last rows say what the disk does by itself, what the same server answers when nothing is to be kept, and what an answer
//! costs the processors on either side.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connote_host::journal::{OrderKey, SqliteJournal};
use connote_server::store::{Found, Priority, Store};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Orders that wait.
const WAITING: u64 = 100_000;

/// Connections at once.
const CONNECTIONS: u64 = 256;

/// Durable webhooks in a second that are aimed at.
const AIM: f64 = 20_000.0;

/// How long each row is measured.
const ROUND: Duration = Duration::from_secs(5);

const SECRET: &str = "a webhook secret";

/// Starshipit answers nobody here: the orders stay where they are, as behind an outage.
const CONFIG: &str = r#"
[accounts.starshipit]
kind = "starshipit"
base_url = "http://127.0.0.1:9"
allow_private = true
api_key = "key"
subscription_key = "key"

[connections.own]
source = "connote"
starshipit_account = "starshipit"
printed_by = "starshipit"
webhooks.starshipit = [{ env = "HOOKS" }]
"#;

struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut child = command(folder, &["serve", "--json", "--quiet", "--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("it says where it listens");
        Self { child, address: said["base_url"].as_str().unwrap().trim_start_matches("http://").to_owned() }
    }

    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
    }

    fn ask(&self, path: &str, token: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let bearer = format!("authorization: Bearer {token}\r\n");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: server\r\nconnection: close\r\n{bearer}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connote"));
    command
        .args(arguments)
        .current_dir(folder)
        .env("HOOKS", SECRET)
        .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn order(id: u64) -> Vec<u8> {
    let mut order: Value = serde_json::from_str(include_str!("../../../docs/examples/domestic.json")).unwrap();
    order["number"] = format!("N-{id}").into();
    order["source-id"] = id.to_string().into();
    order.to_string().into_bytes()
}

/// Hands in what waits, with its documents.
async fn fill(database: &Path) {
    let _journal = SqliteJournal::open(database).unwrap();
    let store = Store::open(database).unwrap();
    for from in (0..WAITING).step_by(1_000) {
        store
            .write(move |tables| {
                for id in from..from + 1_000 {
                    let key = OrderKey { connection: "own".into(), source_id: id.to_string() };
                    let number = format!("N-{id}");
                    Found { key, number, document: Some(order(id)), priority: Priority::Import }.store(tables, 1)?;
                }
                Ok(())
            })
            .await
            .unwrap();
    }
}

/// As cheap as can be: it is made on the processors of the server.
fn webhook(number: u64) -> Vec<u8> {
    let body = format!(
        r#"{{"order_number":"N-{number}","carrier_name":"Australia Post","carrier_service":"Parcel Post","shipment_date":"2026-11-20T03:20:05Z","tracking_number":"33TQ{number:012}","tracking_status":"InTransit","last_updated_date":"2026-11-20T03:20:05Z"}}"#
    );
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body.as_bytes());
    let signature = mac.finalize().into_bytes().iter().fold(String::with_capacity(64), |mut text, byte| {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap()));
        text
    });
    format!(
        "POST /webhooks/own/starshipit HTTP/1.1\r\nhost: server\r\ncontent-type: application/json\r\nx-starshipit-signature: {signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends a request and reads its answer to the end.
async fn exchange(stream: &mut TcpStream, request: &[u8], answer: &mut Vec<u8>) -> Duration {
    let began = Instant::now();
    stream.write_all(request).await.unwrap();
    answer.clear();
    loop {
        assert!(stream.read_buf(answer).await.unwrap() > 0, "the server hung up");
        let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(&answer[..head]).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if answer.len() == head + 4 + length.parse::<usize>().unwrap() {
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            return began.elapsed();
        }
    }
}

/// Answers of one round, each with its time: as fast as they come, or so many a second.
async fn load(address: &str, request: fn(u64) -> Vec<u8>, first: u64, each_second: Option<f64>) -> Vec<Duration> {
    let until = Instant::now() + ROUND;
    let pause = each_second.map(|each_second| Duration::from_secs_f64(CONNECTIONS as f64 / each_second));
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|client| {
            let address = address.to_owned();
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut times, mut answer) = (Vec::new(), Vec::new());
                let mut number = first + client * 10_000_000;
                let mut ticks = pause.map(|pause| {
                    let start = tokio::time::Instant::now() + pause.mul_f64(client as f64 / CONNECTIONS as f64);
                    tokio::time::interval_at(start, pause)
                });
                while Instant::now() < until {
                    if let Some(ticks) = &mut ticks {
                        ticks.tick().await;
                    }
                    times.push(exchange(&mut stream, &request(number), &mut answer).await);
                    number += 1;
                }
                times
            })
        })
        .collect();
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await.unwrap());
    }
    all.sort_unstable();
    all
}

/// Processor time that a process has used, in seconds.
fn used(process: u32) -> f64 {
    let line = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything; in hundredths everywhere.
    let fields = line.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// What the disk below a folder does by itself: writes of four kilobytes, each flushed.
fn flushes(folder: &Path) -> f64 {
    let mut file = std::fs::File::create(folder.join("flushed")).unwrap();
    let (began, mut count) = (Instant::now(), 0_u32);
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

fn size(database: &Path) -> u64 {
    let of = |suffix: &str| {
        let path = format!("{}{suffix}", database.display());
        std::fs::metadata(path).map_or(0, |file| file.len())
    };
    of("") + of("-wal")
}

#[tokio::main]
async fn main() {
    let kept = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let folder = kept.path();
    let database = folder.join("connote.db");
    std::fs::write(folder.join("connote.toml"), CONFIG).unwrap();
    // Compiled components are kept from the first start on.
    drop(Server::start(folder));
    if !std::env::args().any(|argument| argument == "--webhooks") {
        waiting(folder, &database).await;
    }
    webhooks(folder).await;
}

/// A start behind orders that wait.
async fn waiting(folder: &Path, database: &Path) {
    let empty = {
        let server = Server::start(folder);
        std::thread::sleep(Duration::from_secs(5));
        server.resident()
    };
    fill(database).await;
    let made = command(folder, &["token", "new", "bench", "--scope", "read", "--json"]).output().unwrap();
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let token = made["token"].as_str().unwrap();

    let began = Instant::now();
    let server = Server::start(folder);
    assert!(server.ask("/readyz", token).starts_with("HTTP/1.1 200"));
    let ready = began.elapsed();
    let answer = server.ask("/v1/orders?state=waiting&limit=50", token);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("N-"), "{answer}");
    println!("{WAITING} orders wait");
    println!("{:<44} {:>8.2} s (aim 2)", "from start to ready", ready.as_secs_f64());
    println!("{:<44} {:>8.2} s", "from start to the first page of orders", began.elapsed().as_secs_f64());
    std::thread::sleep(Duration::from_secs(20));
    println!("{:<44} {:>8} MB (aim 200)", "memory after 20 s", server.resident() / 1_000_000);
    println!("{:<44} {:>8} MB", "memory of a server with nothing to do", empty / 1_000_000);
    println!("{:<44} {:>8} MB", "database", size(database) / 1_000_000);
    drop(server);
    // Webhooks are measured by themselves.
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", database.display()));
    }
}

async fn webhooks(folder: &Path) {
    let server = Server::start(folder);
    let spent = || (used(server.child.id()), used(std::process::id()));
    let before = spent();
    let answers = load(&server.address, webhook, 0, None).await;
    let after = spent();
    let full = answers.len() as f64 / ROUND.as_secs_f64();
    println!("\n{CONNECTIONS} connections");
    println!("{:<44} {full:>8.0} a second (aim {AIM})", "webhooks, durable before the answer");
    let each = |seconds: f64| seconds * 1e6 / answers.len() as f64;
    let (own, client) = (each(after.0 - before.0), each(after.1 - before.1));
    println!("{:<44} {own:>8.0} us, {client:.0} us", "processor time of server and client for each");
    for (what, each_second, first) in
        [("at half of that", full / 2.0, 4_000_000), ("at half of the aim", AIM / 2.0, 7_000_000)]
    {
        let times = load(&server.address, webhook, first, Some(each_second)).await;
        let at = |part: usize| times[times.len() * part / 100].as_secs_f64() * 1_000.0;
        println!("{what:<44} {:>8.1} ms p50, {:.1} ms p99 (aim 10)", at(50), at(99));
    }
    let health = |_| b"GET /healthz HTTP/1.1\r\nhost: server\r\n\r\n".to_vec();
    let nothing = load(&server.address, health, 0, None).await.len() as f64 / ROUND.as_secs_f64();
    println!("{:<44} {nothing:>8.0} a second", "the same server, nothing to keep");
    println!("{:<44} {:>8.0} a second", "flushes of this disk", flushes(folder));
}
