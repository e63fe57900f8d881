//! What an answer says: judged by its envelope, not by its status.
//!
//! Three envelopes exist (`starshipit.md` 1.3): classic (`success`, `errors`, `messages`), paged (`succeeded`, `data`) and the gateway's
//! (`statusCode`, `message`). A refusal may come with HTTP 200, and faults may be HTML, empty or broken off.

use connote_types::steps::{Answer, Disposition, Problem, Response};

use super::codes;
use super::wire::{self, flag, list, member, plain, text};
use crate::json::Value;

/// What became of a request, as far as its answer tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done; the whole body.
    Accepted(Value),
    /// Not done, for a reason that lies in the request or the data.
    Refused(Refusal),
    /// Not done: the credentials are missing, wrong or lack a right.
    Unauthorised(Refusal),
    /// Certainly not done: the gateway's own 429, or the request never left.
    NotDone(String),
    /// Nobody can tell: no answer, a fault of the server, or an answer that cannot be read. A read may be repeated; whatever buys must be looked up first.
    Unclear(String),
    /// The host's policy forbids it.
    Denied(String),
}

/// A refusal in the far end's own words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status, 200 included.
    pub status: u16,
    /// Each reason in its own words, `message: details`.
    pub reasons: Vec<String>,
    /// It refuses several requests that were sent as one, this one among them: the reason may lie in another.
    pub of_several: bool,
}

impl Refusal {
    /// All reasons in one line.
    #[must_use]
    pub fn words(&self) -> String {
        self.reasons.join("; ")
    }

    /// Whether it says, asked for one order by its id, that there is none. How Starshipit says so is not published. A refusal in other words may be any
    /// fault, and proves nothing.
    #[must_use]
    pub fn says_missing(&self) -> bool {
        matches!(self.status, 200 | 404) && self.reasons.iter().any(|reason| says_no_order(reason))
    }

    /// Whether it gives no reason at all. Clients have seen `success: false` alone for an order that is gone; by itself it may be any fault.
    #[must_use]
    pub fn is_wordless(&self) -> bool {
        self.status == 200 && self.reasons.is_empty()
    }

    /// As a problem. `what` says what was refused: "the label". `boxes` is how many packages the order has, to name the field of the only one.
    #[must_use]
    pub fn problem(&self, disposition: Disposition, what: &str, boxes: usize) -> Problem {
        let words = self.words();
        let told = if words.is_empty() { "no reason given" } else { words.as_str() };
        let mut problem = Problem::new(disposition, format!("Starshipit refused {what}: {told}"));
        problem.fields = codes::fields(&self.reasons, boxes);
        problem.status = self.status;
        problem.words = words;
        problem
    }
}

/// Whether the first clause of a reason says of the order itself that it is not there. "Carrier not found for this order" does not.
fn says_no_order(reason: &str) -> bool {
    const BEFORE: [&str; 7] = ["there", "is", "the", "this", "that", "requested", "specified"];
    const NAMES: [&str; 4] = ["id", "ids", "number", "numbers"];
    const BETWEEN: [&str; 8] = ["with", "the", "this", "given", "was", "is", "could", "has"];
    const MISSING: [&str; 7] = [
        "not found",
        "not be found",
        "cannot be found",
        "can't be found",
        "does not exist",
        "doesn't exist",
        "no longer exists",
    ];
    let clause = reason.split([':', '.', ';', ',', '(']).next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = clause.split(|c: char| !c.is_alphanumeric() && c != '\'').collect();
    let words = words.into_iter().map(|word| word.trim_matches('\'')).filter(|word| !word.is_empty());
    let mut words = words.skip_while(|word| BEFORE.contains(word)).peekable();
    let none = words.next_if_eq(&"no").is_some();
    words.next_if(|word| none && *word == "such");
    if words.next_if(|word| matches!(*word, "order" | "orders")).is_none() {
        return false;
    }
    // "No order number" is another complaint.
    if none && words.peek().is_some_and(|word| NAMES.contains(word)) {
        return false;
    }
    let is_digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let names = |word: &&str| BETWEEN.contains(word) || NAMES.contains(word) || is_digits(word);
    let said = words.skip_while(names).collect::<Vec<_>>().join(" ");
    if none { ["", "found", "exists"].contains(&said.as_str()) } else { MISSING.contains(&said.as_str()) }
}

/// Judges what came back for a request.
#[must_use]
pub fn parse_answer(answer: Answer) -> Reply {
    match answer {
        Answer::Response(response) => parse_response(&response),
        Answer::NotSent(reason) => Reply::NotDone(format!("Starshipit was not reached: {reason}")),
        Answer::Unknown(reason) => Reply::Unclear(format!("no answer from Starshipit: {reason}")),
        Answer::Denied(reason) => Reply::Denied(reason),
    }
}

fn parse_response(response: &Response) -> Reply {
    let of_several = response.header("connote-joined").is_some();
    match parse_alone(response) {
        Reply::Refused(refusal) => Reply::Refused(Refusal { of_several, ..refusal }),
        Reply::Accepted(body) if of_several && wire::orders(&body).is_empty() => {
            Reply::Unclear("Starshipit said that it did several requests at once and shows nothing of them".to_owned())
        }
        reply => reply,
    }
}

fn parse_alone(response: &Response) -> Reply {
    let status = response.status;
    let body = Value::read(&response.body).filter(Value::is_object);
    match (status, body) {
        (401 | 403, body) => Reply::Unauthorised(refusal(status, body.as_ref())),
        (408 | 500.., _) | (0..=199, _) => Reply::Unclear(format!("Starshipit answered HTTP {status}")),
        (429, Some(body)) if member(&body, "statusCode").is_some() => {
            Reply::NotDone(format!("Starshipit is busy: {}", refusal(status, Some(&body)).words()))
        }
        (429, _) => Reply::Unclear("HTTP 429 that is not from Starshipit's gateway".to_owned()),
        (_, None) => Reply::Unclear(format!("an answer with HTTP {status} that cannot be read")),
        (200..=299, Some(body)) => parse_verdict(status, body),
        (_, Some(body)) => parse_client_error(status, &body),
    }
}

fn parse_verdict(status: u16, body: Value) -> Reply {
    let verdict = flag(&body, "success").or_else(|| flag(&body, "succeeded"));
    match verdict {
        Some(true) => Reply::Accepted(body),
        Some(false) => Reply::Refused(refusal(status, Some(&body))),
        // A healthy page has been seen without `succeeded`.
        None if member(&body, "data").is_some() => Reply::Accepted(body),
        None => Reply::Unclear(format!("an answer with HTTP {status} that says neither success nor failure")),
    }
}

/// A 4xx is a refusal when it is Starshipit that speaks; a page of something in between proves nothing.
fn parse_client_error(status: u16, body: &Value) -> Reply {
    let known = ["success", "succeeded", "statusCode", "errors"].iter().any(|key| member(body, key).is_some());
    if known && flag(body, "success") != Some(true) {
        Reply::Refused(refusal(status, Some(body)))
    } else {
        Reply::Unclear(format!("an answer with HTTP {status} that cannot be read"))
    }
}

fn refusal(status: u16, body: Option<&Value>) -> Refusal {
    let Some(body) = body else { return Refusal { status, ..Refusal::default() } };
    let mut reasons: Vec<String> = list(body, "errors").iter().map(reason).collect();
    reasons.extend(messages(body));
    reasons.push(text(body, "message"));
    reasons.retain(|reason| !reason.is_empty());
    Refusal { status, reasons, of_several: false }
}

/// One item of `errors`: `{message, details}` with `details` perhaps null, or a plain text.
fn reason(item: &Value) -> String {
    if !item.is_object() {
        return plain(item);
    }
    let parts = [text(item, "message"), text(item, "details")];
    let told: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    told.join(": ")
}

/// What an answer says in `messages`, success or not.
#[must_use]
pub fn messages(body: &Value) -> Vec<String> {
    list(body, "messages").iter().map(reason).filter(|message| !message.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(status: u16, body: &str) -> Reply {
        let response = Response { status, body: body.as_bytes().to_vec(), ..Response::default() };
        parse_answer(Answer::Response(response))
    }

    fn refused(status: u16, body: &str) -> Vec<String> {
        match judge(status, body) {
            Reply::Refused(refusal) => refusal.reasons,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refusal_of_several_requests_at_once_says_so() {
        let body = br#"{"success":false,"errors":["Bad suburb"]}"#.to_vec();
        let headers = vec![("connote-joined".to_owned(), "7".to_owned())];
        let response = Response { status: 200, headers, body };
        let refused = parse_answer(Answer::Response(response));
        assert!(matches!(refused, Reply::Refused(refusal) if refusal.of_several));
    }

    #[test]
    fn http_200_is_not_success() {
        let body = r#"{"success":false,"errors":[{"message":"Label failed","details":"Bad suburb"}]}"#;
        assert_eq!(refused(200, body), ["Label failed: Bad suburb"]);
    }

    #[test]
    fn only_a_refusal_that_says_so_means_that_there_is_no_such_order() {
        let missing = |status: u16, body: &str| match judge(status, body) {
            Reply::Refused(refusal) => refusal.says_missing(),
            _ => false,
        };
        assert!(missing(200, r#"{"success":false,"errors":[{"message":"Order not found"}]}"#));
        assert!(missing(
            200,
            r#"{"success":false,"errors":[{"message":"Order not found","details":"None matches."}]}"#
        ));
        for words in ["No order found", "There is no order with this id", "The order with id 7 could not be found"] {
            assert!(missing(200, &format!(r#"{{"success":false,"errors":["{words}"]}}"#)), "{words}");
        }
        assert!(missing(404, r#"{"success":false,"errors":["The order does not exist"]}"#));
        for (status, body) in [
            // The gateway knows no orders.
            (404, r#"{"statusCode":404,"message":"Resource not found"}"#),
            (200, r#"{"success":false,"errors":[{"message":"The account is locked"}]}"#),
            (200, r#"{"success":false}"#),
            (200, r#"{"success":false,"errors":["Carrier not found for this order"]}"#),
            (200, r#"{"success":false,"errors":["The carrier of the order was not found"]}"#),
            (200, r#"{"success":false,"errors":["Order could not be read: service not found"]}"#),
            (200, r#"{"success":false,"errors":["No order number"]}"#),
            (400, r#"{"success":false,"errors":[{"message":"order_id does not exist as a column"}]}"#),
            (404, "<html>not found</html>"),
            (500, r#"{"success":false,"errors":[{"message":"Order not found"}]}"#),
            (200, r#"{"success":true,"order":null}"#),
        ] {
            assert!(!missing(status, body), "{body}");
        }
    }

    #[test]
    fn a_refusal_without_a_word_is_told_from_one_with_words() {
        let wordless = |status: u16, body: &str| match judge(status, body) {
            Reply::Refused(refusal) => refusal.is_wordless(),
            _ => false,
        };
        assert!(wordless(200, r#"{"success":false}"#) && wordless(200, r#"{"success":false,"errors":[]}"#));
        assert!(!wordless(200, r#"{"success":false,"errors":["Order not found"]}"#));
        assert!(!wordless(404, r#"{"success":false}"#));
    }

    #[test]
    fn errors_may_be_texts_and_details_may_be_null() {
        let body =
            r#"{"success":false,"errors":["plain",{"message":"only","details":null},{"message":null,"details":"d"}]}"#;
        assert_eq!(refused(200, body), ["plain", "only", "d"]);
        assert!(refused(200, r#"{"success":false,"errors":null}"#).is_empty());
    }

    #[test]
    fn a_healthy_page_has_no_success_key() {
        for body in [r#"{"succeeded":true,"data":{"orders":[]}}"#, r#"{"page_number":1,"data":{"orders":[]}}"#] {
            assert!(matches!(judge(200, body), Reply::Accepted(_)), "{body}");
        }
        assert_eq!(refused(200, r#"{"succeeded":false,"message":"no"}"#), ["no"]);
    }

    #[test]
    fn only_the_gateways_429_proves_that_nothing_was_done() {
        assert!(matches!(judge(429, r#"{"statusCode":429,"message":"Rate limit"}"#), Reply::NotDone(_)));
        for body in [r#"{"error":"Too many requests"}"#, "", "<html>", r#"{"success":false}"#] {
            assert!(matches!(judge(429, body), Reply::Unclear(_)), "{body}");
        }
    }

    #[test]
    fn html_empty_and_broken_bodies_say_nothing_whatever_their_status() {
        for status in [200, 404, 500, 502, 504] {
            for body in ["", "<html></html>", r#"{"success":true,"order":{"order_id":54"#, "[]", "null", "\"ok\""] {
                assert!(matches!(judge(status, body), Reply::Unclear(_)), "{status} {body}");
            }
        }
        assert!(matches!(judge(200, "{}"), Reply::Unclear(_)));
    }

    #[test]
    fn a_5xx_may_have_acted_even_when_it_says_failure() {
        assert!(matches!(judge(500, r#"{"success":false,"errors":[]}"#), Reply::Unclear(_)));
    }

    #[test]
    fn refused_credentials_are_unauthorised_with_or_without_a_body() {
        for status in [401, 403] {
            assert!(matches!(judge(status, ""), Reply::Unauthorised(_)));
        }
        let Reply::Unauthorised(refusal) = judge(401, r#"{"statusCode":401,"message":"Access denied"}"#) else {
            panic!()
        };
        assert_eq!(refusal.words(), "Access denied");
    }

    #[test]
    fn a_client_error_in_a_known_envelope_is_a_refusal() {
        assert_eq!(refused(400, r#"{"success":false,"errors":[{"message":"Validation"}]}"#), ["Validation"]);
        assert_eq!(refused(404, r#"{"statusCode":404,"message":"Resource not found"}"#), ["Resource not found"]);
    }

    #[test]
    fn what_never_left_was_not_done_and_what_vanished_is_unclear() {
        assert!(matches!(parse_answer(Answer::NotSent("refused".into())), Reply::NotDone(_)));
        assert!(matches!(parse_answer(Answer::Unknown("reset".into())), Reply::Unclear(_)));
        assert!(matches!(parse_answer(Answer::Denied("no".into())), Reply::Denied(_)));
    }
}
