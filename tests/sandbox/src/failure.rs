//! What each kind of fault does: act or not, now or later, and what the caller sees.

use serde_json::json;

use crate::{FarEnd, FaultKind, Outcome, Response, cartoncloud, starshipit, trackstar};

/// What happens to one request.
#[derive(Debug)]
pub(crate) enum Reaction {
    /// As without a fault.
    Ordinary,
    /// The request never arrives.
    Refuse,
    /// Only this is seen, nothing acts.
    Instead(Outcome),
    /// Acts, and this is seen.
    ActThen(Outcome),
    /// Acts, and the true body comes with this status.
    ActThenStatus(u16),
    /// Acts, and the true answer breaks off in the middle.
    ActThenCut,
    /// This is seen at once, and the far end acts so many milliseconds later.
    ActLate(u64, Outcome),
    /// Acts at once, and the true answer comes so many milliseconds later.
    AnswerLate(u64),
    /// Acts as if these fields had not been sent.
    ActWithout(Vec<String>),
}

impl Reaction {
    /// Whether what was asked is done, now or later. Then the request must have passed the request limit.
    pub(crate) fn acts(&self) -> bool {
        !matches!(self, Self::Ordinary | Self::Refuse | Self::Instead(_))
    }
}

pub(crate) fn reaction(far_end: FarEnd, kind: &FaultKind) -> Reaction {
    use Outcome::{Answer, Hang, Reset};
    match kind {
        FaultKind::RefuseConnection => Reaction::Refuse,
        FaultKind::ResetBeforeActing => Reaction::Instead(Reset),
        FaultKind::ActThenReset => Reaction::ActThen(Reset),
        FaultKind::HangBeforeActing => Reaction::Instead(Hang),
        FaultKind::ActThenHang => Reaction::ActThen(Hang),
        FaultKind::HangThenActAfterMs(after) => Reaction::ActLate(*after, Hang),
        FaultKind::ActLateMs(after) => Reaction::ActLate(*after, Reset),
        FaultKind::GatewayTimeoutThenActAfterMs(after) => Reaction::ActLate(*after, Answer(html(504))),
        FaultKind::DelayMs(after) => Reaction::AnswerLate(*after),
        FaultKind::Status429Gateway => Reaction::Instead(Answer(error(far_end, 429))),
        FaultKind::Status429Foreign => Reaction::Instead(Answer(foreign_429())),
        FaultKind::ActThen429Foreign => Reaction::ActThen(Answer(foreign_429())),
        FaultKind::Status500Html => Reaction::Instead(Answer(html(500))),
        FaultKind::ActThen500Html => Reaction::ActThen(Answer(html(500))),
        FaultKind::Status(status) => Reaction::Instead(Answer(error(far_end, *status))),
        FaultKind::ActThenStatus(status) if (200..300).contains(status) => Reaction::ActThenStatus(*status),
        FaultKind::ActThenStatus(status) => Reaction::ActThen(Answer(error(far_end, *status))),
        FaultKind::SuccessFalse(words) => Reaction::Instead(Answer(refusal(words))),
        FaultKind::ActThenSuccessFalse(words) => Reaction::ActThen(Answer(refusal(words))),
        FaultKind::MalformedJson => Reaction::Instead(Answer(cut_off())),
        FaultKind::ActThenMalformedJson => Reaction::ActThenCut,
        FaultKind::EmptyBody => Reaction::Instead(Answer(Response::empty(200))),
        FaultKind::ActThenEmptyBody => Reaction::ActThen(Answer(Response::empty(200))),
        FaultKind::UnusedFields(fields) => Reaction::ActWithout(fields.clone()),
    }
}

fn error(far_end: FarEnd, status: u16) -> Response {
    match far_end {
        FarEnd::Starshipit => starshipit::injected_error(status),
        FarEnd::Trackstar => trackstar::injected_error(status),
        FarEnd::CartonCloud => cartoncloud::injected_error(status),
    }
}

fn refusal(words: &str) -> Response {
    let errors = json!([{ "message": "Request refused", "details": words }]);
    Response::json(200, &json!({ "success": false, "errors": errors }))
}

fn foreign_429() -> Response {
    Response::json(429, &json!({ "error": "Too many requests from this address" }))
}

fn cut_off() -> Response {
    Response::text(200, "application/json; charset=utf-8", r#"{"success":true,"order":{"order_id":54"#)
}

fn html(status: u16) -> Response {
    let page = format!("<html><head><title>{status}</title></head><body><h1>{status} Server Error</h1></body></html>");
    Response::text(status, "text/html; charset=utf-8", page)
}
