//! Talking to a far end from inside a job: repeats that cannot hurt, waits, and refusals as problems.

use connote_steps::Port;
use connote_types::steps::{Answer, Disposition, FieldError, Problem, Repeat, Request, Response};

use crate::json::Value;

/// For a whole read, repeats of the driver included. Both sources answer single reads within seconds.
const READ_TIMEOUT_MS: u32 = 30_000;

/// Waits between the rounds of a read that the far end was not able to answer. The driver has repeated each round already; a job that
/// fails after them can be started again by hand or by the next schedule, so longer waits gain nothing.
pub const PATIENCE_MS: [u32; 3] = [2_000, 15_000, 60_000];

/// The longest `retry-after` that is obeyed in a job: beyond it the schedule is the better place to wait.
const LONGEST_RETRY_AFTER_MS: u32 = 300_000;

/// Status of a refusal for lack of tempo.
pub const TOO_MANY: u16 = 429;

/// What has to be known of a far end to word its refusals.
#[derive(Clone, Copy)]
pub struct FarEnd {
    /// Its name, for people.
    pub name: &'static str,
    /// Finds its own words in the body of a refusal.
    pub words: fn(&[u8]) -> Words,
}

/// A refusal as the far end worded it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Its text, unchanged.
    pub text: String,
    /// Its code, `""` without one.
    pub code: String,
    /// The fields it names.
    pub fields: Vec<FieldError>,
}

/// A read: `GET` of `path` (with query, percent-encoded).
#[must_use]
pub fn get(account: &str, name: &str, path: String) -> Request {
    Request {
        name: name.to_owned(),
        account: account.to_owned(),
        method: "GET".to_owned(),
        path,
        repeat: Repeat::Idempotent,
        timeout_ms: READ_TIMEOUT_MS,
        ..Request::default()
    }
}

/// A request with a JSON body that changes nothing when repeated: a search, a sync.
#[must_use]
pub fn post(account: &str, name: &str, path: String, body: &Value) -> Request {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    Request { method: "POST".to_owned(), headers, body: body.to_bytes(), ..get(account, name, path) }
}

/// Sends an idempotent request and stays at it while the far end is not able to answer (429, 5xx, no connection).
///
/// # Errors
/// `unavailable` when it never was able, `unauthorised` for 401, 403 and what the host's policy denies. Every other
/// status is the caller's to judge, refusals included.
pub async fn ask(port: &Port, far: FarEnd, request: Request) -> Result<Response, Problem> {
    let mut waits = PATIENCE_MS.into_iter();
    loop {
        let problem = match port.send(request.clone()).await {
            Answer::Response(response) if !is_passing(response.status) => return known(far, response),
            Answer::Response(response) => (retry_after_ms(&response), refusal(far, &response)),
            Answer::NotSent(reason) | Answer::Unknown(reason) => (None, unreachable(far, &reason)),
            Answer::Denied(reason) => return Err(denied(far, &reason)),
        };
        let (asked_for_ms, problem) = problem;
        let Some(patience_ms) = waits.next() else { return Err(problem) };
        port.wait(asked_for_ms.unwrap_or(patience_ms), &format!("{} is not able to answer now", far.name)).await;
    }
}

/// Like [`ask`], for callers to whom any answer but 2xx is a failure.
///
/// # Errors
/// Those of [`ask`], and [`refusal`].
pub async fn fetch(port: &Port, far: FarEnd, request: Request) -> Result<Response, Problem> {
    let response = ask(port, far, request).await?;
    if is_success(response.status) { Ok(response) } else { Err(refusal(far, &response)) }
}

fn known(far: FarEnd, response: Response) -> Result<Response, Problem> {
    if matches!(response.status, 401 | 403) { Err(refusal(far, &response)) } else { Ok(response) }
}

/// Any 2xx. Whether it did what was meant is another question.
#[must_use]
pub fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// May go away by itself. 501 does not: the far end says that it cannot.
fn is_passing(status: u16) -> bool {
    status == TOO_MANY || (status >= 500 && status != 501)
}

/// How long the far end asks to be left alone, `None` when it does not say.
#[must_use]
pub fn retry_after_ms(response: &Response) -> Option<u32> {
    let seconds: u32 = response.header("retry-after")?.trim().parse().ok()?;
    Some(seconds.saturating_mul(1000).clamp(1000, LONGEST_RETRY_AFTER_MS))
}

/// A refusal as a problem that keeps status, code and words.
#[must_use]
pub fn refusal(far: FarEnd, response: &Response) -> Problem {
    let words = (far.words)(&response.body);
    let (disposition, what) = match response.status {
        401 | 403 => (Disposition::Unauthorised, "does not permit it"),
        400 | 404 | 405 | 406 | 422 => (Disposition::Rejected, "refuses it"),
        409 | 412 => (Disposition::Conflict, "says that it was changed meanwhile"),
        501 => (Disposition::Unsupported, "cannot do this for the connected system"),
        TOO_MANY | 500.. => (Disposition::Unavailable, "is not able to answer now"),
        _ => (Disposition::Other, "answers with a status that it does not document"),
    };
    let said = if words.text.is_empty() { String::new() } else { format!(": {}", words.text) };
    Problem {
        fields: words.fields,
        status: response.status,
        code: words.code,
        words: words.text,
        ..Problem::new(disposition, format!("{} {what}{said}", far.name))
    }
}

/// Nothing came back.
#[must_use]
pub fn unreachable(far: FarEnd, reason: &str) -> Problem {
    Problem::new(Disposition::Unavailable, format!("{} could not be reached: {reason}", far.name))
}

/// The host's policy forbids the request, which no repetition changes.
#[must_use]
pub fn denied(far: FarEnd, reason: &str) -> Problem {
    let message = format!("the host does not let this request go to {}: {reason}", far.name);
    Problem::new(Disposition::Unauthorised, message)
}

/// An answer that cannot be read although its status promised one.
#[must_use]
pub fn unreadable(far: FarEnd, response: &Response, wanted: &str) -> Problem {
    let message = format!("the answer of {} is not {wanted}", far.name);
    Problem { status: response.status, ..Problem::new(Disposition::Unavailable, message) }
}

/// A setting without which the job cannot begin.
#[must_use]
pub fn missing_setting(name: &str, what: &str) -> Problem {
    Problem::new(Disposition::Rejected, format!("the setting {name} is missing: {what}")).field(name, what)
}

/// Reads the connection's settings.
///
/// # Errors
/// `rejected` with the words of the parser. Empty bytes mean no settings at all.
pub fn settings(bytes: &[u8]) -> Result<crate::settings::Settings, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(crate::settings::Settings::default());
    }
    crate::settings::Settings::read(bytes)
        .map_err(|error| Problem::new(Disposition::Rejected, format!("the settings cannot be read: {error}")))
}

/// Percent-encodes one part of a path or query. Commas stay, since they part the values of a list.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: FarEnd = FarEnd { name: "Far", words: |_| Words::default() };

    fn response(status: u16, headers: &[(&str, &str)]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Response { status, headers, body: Vec::new() }
    }

    #[test]
    fn text_that_would_change_the_meaning_of_a_path_is_encoded() {
        assert_eq!(encode("a/b?c=d&e#f g%h"), "a%2Fb%3Fc%3Dd%26e%23f%20g%25h");
        assert_eq!(encode("Ōtara,x"), "%C5%8Ctara,x");
        assert_eq!(encode("status[in]"), "status%5Bin%5D");
    }

    #[test]
    fn a_retry_after_is_obeyed_within_bounds() {
        assert_eq!(retry_after_ms(&response(429, &[("retry-after", "7")])), Some(7_000));
        assert_eq!(retry_after_ms(&response(429, &[("retry-after", "0")])), Some(1_000));
        assert_eq!(retry_after_ms(&response(429, &[("retry-after", "86400")])), Some(LONGEST_RETRY_AFTER_MS));
        assert_eq!(retry_after_ms(&response(429, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")])), None);
        assert_eq!(retry_after_ms(&response(429, &[])), None);
    }

    #[test]
    fn each_status_says_what_to_do() {
        for (status, disposition) in [
            (400, Disposition::Rejected),
            (401, Disposition::Unauthorised),
            (403, Disposition::Unauthorised),
            (409, Disposition::Conflict),
            (412, Disposition::Conflict),
            (422, Disposition::Rejected),
            (429, Disposition::Unavailable),
            (501, Disposition::Unsupported),
            (503, Disposition::Unavailable),
            (302, Disposition::Other),
        ] {
            assert_eq!(refusal(FAR, &response(status, &[])).disposition, disposition, "{status}");
        }
    }
}
