//! The page to try rates with.

use crate::{Outside, Reply};

/// The page, whole: no file beside it, nothing fetched from elsewhere.
const PAGE: &str = include_str!("page.html");

/// `GET /`. The variable `page` set to `off` takes it away.
#[must_use]
pub fn page(outside: &impl Outside) -> Reply {
    if outside.variable("page").as_deref() == Some("off") {
        return Reply::problem(404, "Nothing here", "rates are at POST /rates/{connection}/{platform}");
    }
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'";
    Reply::new(200, "text/html; charset=utf-8", PAGE.as_bytes().to_vec())
        .header("content-security-policy", policy)
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
}
