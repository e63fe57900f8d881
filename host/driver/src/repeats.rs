//! When the driver itself sends a request again, and after which pause.

use connote_types::steps::{Answer, Repeat, Request, Response};

/// Pause before the second sending; it doubles for the third.
const FIRST_PAUSE_MS: u64 = 500;

/// Statuses of an overloaded or restarting far end. Other statuses are answers.
const TRANSIENT: [u16; 5] = [429, 500, 502, 503, 504];

/// The pause before the next sending of a request that was sent `sendings` times and got this answer; `None` when the answer stands.
pub(crate) fn pause_ms(request: &Request, answer: &Answer, sendings: u32) -> Option<u64> {
    let again = match answer {
        Answer::NotSent(_) => true,
        Answer::Unknown(_) => request.repeat == Repeat::Idempotent,
        Answer::Response(response) if request.repeat == Repeat::Idempotent => TRANSIENT.contains(&response.status),
        Answer::Response(response) => not_acted(request, response),
        Answer::Denied(_) => false,
    };
    let asked = match answer {
        Answer::Response(response) => retry_after_ms(response),
        _ => 0,
    };
    again.then(|| asked.max(FIRST_PAUSE_MS << sendings.saturating_sub(1).min(8)))
}

/// Whether the far end has proved that it did nothing.
pub(crate) fn not_acted(request: &Request, response: &Response) -> bool {
    let key = request.attributes.iter().find(|(key, _)| key == "not-acted-key").map(|(_, value)| value.as_str());
    request.not_acted.contains(&response.status) && key.is_none_or(|key| has_key(&response.body, key))
}

/// Whether the body is a JSON object with this key at its top.
fn has_key(body: &[u8], key: &str) -> bool {
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body)
        .is_ok_and(|object| object.contains_key(key))
}

fn retry_after_ms(response: &Response) -> u64 {
    response
        .header("retry-after")
        .and_then(|seconds| seconds.trim().parse::<u64>().ok())
        .map_or(0, |s| s.saturating_mul(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once() -> Request {
        Request {
            repeat: Repeat::Once,
            not_acted: vec![429],
            attributes: vec![("not-acted-key".into(), "statusCode".into())],
            ..Request::default()
        }
    }

    fn response(status: u16, body: &str) -> Answer {
        Answer::Response(Response { status, body: body.as_bytes().to_vec(), ..Response::default() })
    }

    #[test]
    fn a_once_request_is_repeated_only_when_nothing_was_done() {
        assert!(pause_ms(&once(), &Answer::NotSent(String::new()), 1).is_some());
        assert!(pause_ms(&once(), &response(429, r#"{"statusCode": 429, "message": "Rate limit"}"#), 1).is_some());
        for stands in [
            Answer::Unknown(String::new()),
            Answer::Denied(String::new()),
            response(500, "<html>"),
            response(503, ""),
            response(429, "<html>too many</html>"),
            response(429, r#"{"success": false, "a": {"statusCode": 429}}"#),
            response(429, r#"{"x": "\"statusCode\": 429"}"#),
            response(200, r#"{"statusCode": 429}"#),
        ] {
            assert_eq!(pause_ms(&once(), &stands, 1), None, "{stands:?}");
        }
    }

    #[test]
    fn a_read_is_repeated_while_the_far_end_is_unwell() {
        let read = Request::default();
        for again in [Answer::Unknown(String::new()), response(503, ""), response(429, "")] {
            assert!(pause_ms(&read, &again, 1).is_some());
        }
        for stands in [response(200, ""), response(404, ""), response(422, "")] {
            assert_eq!(pause_ms(&read, &stands, 1), None);
        }
    }

    #[test]
    fn pauses_grow_and_respect_retry_after() {
        let read = Request::default();
        assert_eq!(pause_ms(&read, &response(503, ""), 1), Some(500));
        assert_eq!(pause_ms(&read, &response(503, ""), 2), Some(1_000));
        let asked = Answer::Response(Response {
            status: 429,
            headers: vec![("retry-after".into(), "7".into())],
            ..Response::default()
        });
        assert_eq!(pause_ms(&read, &asked, 1), Some(7_000));
    }
}
