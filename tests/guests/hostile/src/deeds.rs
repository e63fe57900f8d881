//! The deeds.

use std::hash::{BuildHasher as _, RandomState};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use connote_types::labels::{PrintJob, PrintResult, PrintStep};
use connote_types::steps::{Answer, Request, Step, Turn, Wait};
use connote_types::types::Document;

static CALLS: AtomicU64 = AtomicU64::new(0);

const MIB: usize = 1 << 20;

pub fn perform(job: &PrintJob, history: &[Turn]) -> PrintStep {
    match job.account.as_str() {
        "count" => result(CALLS.fetch_add(1, Ordering::Relaxed) + 1, "counted"),
        "loop" => endless_loop(),
        "recurse" => result(depth(1), "came back"),
        "recurse-wide" => result(wide_depth(1), "came back"),
        "memory" => endless_memory(),
        "memory-at-once" => result(black_box(vec![1_u8; 1 << 30]).len() as u64, "got a gigabyte"),
        "gigabyte" => gigabyte(),
        "long-text" => result(0, &"x".repeat(48 * MIB)),
        "panic" => panic!("the parcel is\n\x1b[31mtoo heavy"),
        "steps" => send(vec![Request { name: format!("step-{}", history.len()), ..asked(job) }]),
        "many" => send((0..1_000).map(|n| Request { name: n.to_string(), ..asked(job) }).collect()),
        "none" => send(Vec::new()),
        "body" => send(vec![Request { body: vec![b'x'; 9 * MIB], ..asked(job) }]),
        "checkpoints" => Step::Checkpoint(job.context.resume.iter().copied().chain([b'.']).collect()),
        "wait" => Step::Wait(Wait { for_ms: u32::MAX, reason: String::new() }),
        "ask" => ask(job, history),
        "clock" => result(SystemTime::now().elapsed().map_or(0, |since| since.as_secs()), "saw a clock"),
        "hash" => result(RandomState::new().hash_one("parcel"), "hashed"),
        "environment" => result(std::env::vars().count() as u64, "saw the environment"),
        "file" => result(std::fs::read("/etc/passwd").map_or(0, |bytes| bytes.len() as u64), "tried a file"),
        "network" => result(u64::from(std::net::TcpStream::connect("127.0.0.1:80").is_ok()), "tried the network"),
        "stdout" => {
            println!("to stdout");
            result(0, "printed")
        }
        "stderr" => {
            eprintln!("to stderr");
            result(0, "printed")
        }
        "exit" => std::process::exit(0),
        polite => result(0, polite),
    }
}

fn result(order_id: u64, order_number: &str) -> PrintStep {
    Step::Done(PrintResult { order_id, order_number: order_number.to_owned(), ..PrintResult::default() })
}

fn send(requests: Vec<Request>) -> PrintStep {
    Step::Send(requests)
}

/// The request that the test wants: lines of `settings` are account, method, path, and headers as `name:value`.
fn asked(job: &PrintJob) -> Request {
    let text = String::from_utf8_lossy(&job.settings).into_owned();
    let mut lines = text.split('\n').map(str::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    Request {
        name: "ask".to_owned(),
        account: next(),
        method: next(),
        path: next(),
        headers: lines
            .filter_map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect(),
        timeout_ms: 1_000,
        ..Request::default()
    }
}

/// Sends what the test wants and tells what came of it.
fn ask(job: &PrintJob, history: &[Turn]) -> PrintStep {
    match history.first().and_then(|turn| turn.exchanges.first()).map(|exchange| &exchange.answer) {
        None => send(vec![asked(job)]),
        Some(Answer::Response(response)) => result(u64::from(response.status), "response"),
        Some(Answer::NotSent(why)) => result(0, &format!("not-sent: {why}")),
        Some(Answer::Unknown(why)) => result(0, &format!("unknown: {why}")),
        Some(Answer::Denied(why)) => result(0, &format!("denied: {why}")),
    }
}

fn endless_loop() -> ! {
    loop {
        black_box(());
    }
}

/// In registers alone: the stack of calls is the engine's.
#[inline(never)]
fn depth(of: u64) -> u64 {
    if of == 0 { 0 } else { (depth(of + 1) ^ of).rotate_left(3) }
}

/// With a kilobyte in memory for each call: the stack of data is the component's own.
#[inline(never)]
fn wide_depth(of: u64) -> u64 {
    let wide = black_box([of; 128]);
    if of == 0 { 0 } else { wide_depth(of + 1) ^ wide[0] }
}

fn endless_memory() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; MIB]));
    }
}

/// A thousand documents that are all the same mebibyte: a small instance that asks its host for a gigabyte.
fn gigabyte() -> PrintStep {
    let one: &'static mut [u8] = vec![b'x'; MIB].leak();
    // SAFETY: none, and that is the point. The host refuses the result before anything is freed.
    let body = || unsafe { Vec::from_raw_parts(one.as_ptr().cast_mut(), MIB, MIB) };
    let documents = (0..1_024).map(|_| Document { body: body(), ..Document::default() }).collect();
    Step::Done(PrintResult { documents, ..PrintResult::default() })
}
