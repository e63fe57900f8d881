//! The deeds.

use wasip2::clocks::monotonic_clock;
use wasip2::http::types::{IncomingRequest, Method, OutgoingBody, ResponseOutparam};
use wasip2::io::streams::StreamError;

use crate::spin::wasi::config::store as config;
use crate::spin::wasi::keyvalue::{atomics, store};
use crate::{answer, begin, header, number, outbound, write};

pub(crate) fn perform(request: IncomingRequest, out: ResponseOutparam) {
    let path = request.path_with_query().unwrap_or_default();
    match path.trim_start_matches("/deeds").split('?').next().unwrap_or_default() {
        "/polite" => answer(out, 200, "polite"),
        "/loop" => spin_for(u64::MAX),
        "/memory" => answer(out, 200, &fill(number(&request, "x-mib")).to_string()),
        "/panic" => panic!("asked to, secret-canary"),
        "/silent" => {}
        "/half" => half(out),
        "/parts" => parts(out),
        "/on" => work_on(&request, out),
        "/announce" => announce(&request, out),
        "/sleep" => sleep(&request, out),
        "/speak" => speak(&request, out),
        "/headers" => headers(&request, out),
        "/count" => count(&request, out),
        "/config" => configured(&request, out),
        "/get" | "/set" | "/delete" | "/keys" | "/increment" => keep(&path, &request, out),
        "/out" => outbound::call(&request, out),
        _ => answer(out, 404, "no such deed"),
    }
}

/// Computes for so many milliseconds, without a pause.
fn spin_for(ms: u64) {
    let until = monotonic_clock::now().saturating_add(ms.saturating_mul(1_000_000));
    let mut number = 1u64;
    while monotonic_clock::now() < until {
        for _ in 0..10_000 {
            number = std::hint::black_box(number.wrapping_mul(31));
        }
    }
}

fn fill(mib: u64) -> usize {
    let mut kept = Vec::new();
    for _ in 0..mib {
        kept.push(vec![1u8; 1 << 20]);
    }
    std::hint::black_box(&kept).len()
}

/// Dies in the middle of its body.
fn half(out: ResponseOutparam) {
    let body = begin(out, 200);
    write(&body, &[b'a'; 200_000]);
    panic!("half-way");
}

/// A body in two parts, as a guest writes that asks its host for something before.
fn parts(out: ResponseOutparam) {
    let body = begin(out, 200);
    let stream = body.write().unwrap();
    stream.blocking_write_and_flush(b"one ").unwrap();
    let _ = config::get("greeting");
    stream.blocking_write_and_flush(b"two").unwrap();
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

/// Answers, works on, and leaves a trace.
fn work_on(request: &IncomingRequest, out: ResponseOutparam) {
    answer(out, 200, "answered");
    work(request);
}

/// Leaves a trace, works, leaves another, and answers only then.
fn announce(request: &IncomingRequest, out: ResponseOutparam) {
    store::open("default").unwrap().set("begun", b"yes").unwrap();
    work(request);
    answer(out, 200, "answered");
}

fn work(request: &IncomingRequest) {
    monotonic_clock::subscribe_duration(number(request, "x-ms") * 1_000_000).block();
    store::open("default").unwrap().set("worked", b"on").unwrap();
}

fn sleep(request: &IncomingRequest, out: ResponseOutparam) {
    monotonic_clock::subscribe_duration(number(request, "x-ms") * 1_000_000).block();
    answer(out, 200, "slept");
}

fn speak(request: &IncomingRequest, out: ResponseOutparam) {
    for _ in 0..number(request, "x-lines") {
        println!("{}", header(request, "x-text"));
    }
    eprint!("to stderr, \x1b[2J without an end");
    answer(out, 200, "spoken");
}

/// All headers as the guest sees them, one a line.
fn headers(request: &IncomingRequest, out: ResponseOutparam) {
    let mut lines: Vec<String> = request
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(&value)))
        .collect();
    lines.push(format!("authority = {}", request.authority().unwrap_or_default()));
    lines.sort();
    answer(out, 200, &lines.join("\n"));
}

/// The length of the request's body.
fn count(request: &IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().unwrap();
    let stream = body.stream().unwrap();
    let mut length = 0;
    loop {
        match stream.blocking_read(65_536) {
            Ok(bytes) => length += bytes.len(),
            Err(StreamError::Closed) => return answer(out, 200, &length.to_string()),
            Err(StreamError::LastOperationFailed(error)) => {
                return answer(out, 200, &format!("failed after {length}: {}", error.to_debug_string()));
            }
        }
    }
}

fn configured(request: &IncomingRequest, out: ResponseOutparam) {
    match config::get(&header(request, "x-name")) {
        Ok(Some(value)) => answer(out, 200, &value),
        Ok(None) => answer(out, 404, "absent"),
        Err(error) => answer(out, 500, &format!("{error:?}")),
    }
}

fn keep(path: &str, request: &IncomingRequest, out: ResponseOutparam) {
    let (key, value) = (header(request, "x-key"), header(request, "x-value"));
    let told = store::open(&header(request, "x-label")).and_then(|bucket| {
        Ok(match path.trim_start_matches("/deeds") {
            "/get" => bucket.get(&key)?.map_or("absent".into(), |value| String::from_utf8_lossy(&value).into_owned()),
            "/set" => bucket.set(&key, value.as_bytes()).map(|()| "set".to_owned())?,
            "/delete" => bucket.delete(&key).map(|()| "deleted".to_owned())?,
            "/keys" => bucket.list_keys(None)?.keys.join(" "),
            _ => atomics::increment(&bucket, &key, value.parse().unwrap_or(1))?.to_string(),
        })
    });
    match told {
        Ok(text) => answer(out, 200, &text),
        Err(error) => answer(out, 500, &format!("{error:?}")),
    }
}

/// The method that a header names.
pub(crate) fn method(request: &IncomingRequest) -> Method {
    match header(request, "x-method").as_str() {
        "POST" => Method::Post,
        _ => Method::Get,
    }
}
