//! An HTTP component that does what the path of the request says, good and bad. What a deed needs stands in headers that begin with `x-`.

mod deeds;
mod outbound;

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

mod spin {
    wit_bindgen::generate!({
        path: [
            "../../../../components/edge/wasi/wit/deps/wasi-config",
            "../../../../components/edge/wasi/wit/deps/wasi-keyvalue",
            "wit",
        ],
        world: "connote:edge-deeds/deeds",
        generate_all,
    });
}

struct Deeds;

impl Guest for Deeds {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        deeds::perform(request, out);
    }
}

wasip2::http::proxy::export!(Deeds);

/// A header of the request, `""` when it is not there.
fn header(request: &IncomingRequest, name: &str) -> String {
    let values = request.headers().get(name);
    values.first().map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

/// A number in a header, 0 when it is not there.
fn number(request: &IncomingRequest, name: &str) -> u64 {
    header(request, name).parse().unwrap_or(0)
}

/// Sets the head of the answer and gives its body, to be written.
fn begin(out: ResponseOutparam, status: u16) -> OutgoingBody {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    body
}

/// Writes a part of a body.
fn write(body: &OutgoingBody, mut bytes: &[u8]) {
    let stream = body.write().unwrap();
    while !bytes.is_empty() {
        let (part, rest) = bytes.split_at(bytes.len().min(4096));
        stream.blocking_write_and_flush(part).unwrap();
        bytes = rest;
    }
}

/// The whole answer.
fn answer(out: ResponseOutparam, status: u16, text: &str) {
    let body = begin(out, status);
    write(&body, text.as_bytes());
    OutgoingBody::finish(body, None).unwrap();
}
