//! What a request may name. A request that breaks a rule is answered `denied` and never sent.

use connote_types::steps::Request;

/// An account that was given to a job, and what may be done with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// The name that requests use.
    pub account: String,
    /// The path must begin with one of these; empty allows every path of the account.
    pub paths: Vec<String>,
    /// Headers that the account itself sets, in lower case: a component may not.
    pub headers: Vec<String>,
}

impl Grant {
    /// All paths of an account.
    #[must_use]
    pub fn all(account: &str) -> Self {
        Self { account: account.to_owned(), ..Self::default() }
    }
}

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// They decide where a request goes, who it comes from, or where it ends.
const FORBIDDEN_HEADERS: [&str; 12] = [
    "authorization",
    "connection",
    "content-length",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Only these headers of an answer are passed on, and those that begin with a prefix.
const PASSED_ON: [&str; 13] = [
    "content-type",
    "etag",
    "idempotent-replayed",
    "link",
    "location",
    "page-number",
    "page-size",
    "preference-applied",
    "request-id",
    "retry-after",
    "total-elements",
    "total-pages",
    "x-request-id",
];

/// A header of the host's own: with how many requests, its own among them, a request was sent as one. An answer that refuses does so to all of them.
pub const JOINED: &str = "connote-joined";

const PASSED_ON_PREFIXES: [&str; 2] = ["ratelimit-", "x-ratelimit-"];

/// Whether a header of an answer, named in lower case, reaches a component. Cookies and whatever else a far end adds do not.
#[must_use]
pub fn is_passed_on(name: &str) -> bool {
    PASSED_ON.contains(&name) || PASSED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Checks a request against the grants of its job.
///
/// # Errors
/// The rule that it breaks, for people.
pub fn check(request: &Request, grants: &[Grant]) -> Result<(), String> {
    let grant = grants
        .iter()
        .find(|grant| grant.account == request.account)
        .ok_or_else(|| format!("the account \"{}\" was not given to this job", request.account))?;
    if !METHODS.contains(&request.method.as_str()) {
        return Err(format!("the method \"{}\" is not allowed", request.method));
    }
    check_path(&request.path)?;
    if !grant.paths.is_empty() && !grant.paths.iter().any(|prefix| request.path.starts_with(prefix)) {
        return Err(format!(
            "the path {} is outside what the account \"{}\" allows",
            shown(&request.path),
            grant.account
        ));
    }
    request.headers.iter().try_for_each(|(name, value)| check_header(name, value, grant))
}

fn check_path(path: &str) -> Result<(), String> {
    let route = path.split('?').next().unwrap_or_default();
    let dots =
        route.split('/').any(|part| matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."));
    let sound = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#<>\"{}|^`".contains(&byte));
    if !path.starts_with('/') || path.starts_with("//") || dots || !sound {
        return Err(format!("the path {} could leave its account", shown(path)));
    }
    Ok(())
}

fn check_header(name: &str, value: &str, grant: &Grant) -> Result<(), String> {
    let token = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if !token || !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(format!(
            "the header {} is malformed (names are in lower case, values are printable ASCII)",
            shown(name)
        ));
    }
    let hop = name.starts_with("proxy-") || name.starts_with("x-forwarded-") || FORBIDDEN_HEADERS.contains(&name);
    if hop || grant.headers.iter().any(|own| own == name) {
        return Err(format!("the header \"{name}\" is the host's to set"));
    }
    Ok(())
}

/// Hostile text, safe to show and to log.
fn shown(text: &str) -> String {
    let cut: String = text.chars().take(120).collect();
    format!("{cut:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants() -> Vec<Grant> {
        vec![Grant { account: "ship".into(), paths: vec!["/api/".into()], headers: vec!["starshipit-api-key".into()] }]
    }

    fn request(path: &str) -> Request {
        Request { account: "ship".into(), method: "GET".into(), path: path.into(), ..Request::default() }
    }

    #[test]
    fn a_path_inside_its_account_is_allowed() {
        assert_eq!(check(&request("/api/orders?order_number=%23A..1"), &grants()), Ok(()));
    }

    #[test]
    fn a_path_that_could_leave_its_account_is_denied() {
        for path in [
            "",
            "api/orders",
            "//evil.example/api/",
            "/api/../secret",
            "/api/%2e%2E/secret",
            "/api/./x",
            "/api/\\evil",
            "/api/x\r\nhost: evil",
            "/api/a b",
            "/other",
            "http://evil.example/api/",
            "/api/#f",
            "/api/é",
        ] {
            assert!(check(&request(path), &grants()).is_err(), "{path:?} was allowed");
        }
    }

    #[test]
    fn an_account_that_was_not_given_is_denied() {
        let other = Request { account: "other".into(), ..request("/api/") };
        assert!(check(&other, &grants()).unwrap_err().contains("was not given"));
    }

    #[test]
    fn headers_of_the_host_or_the_account_are_denied() {
        for name in
            ["host", "authorization", "content-length", "starshipit-api-key", "x-forwarded-for", "Host", "a b", ""]
        {
            let request = Request { headers: vec![(name.into(), "x".into())], ..request("/api/") };
            assert!(check(&request, &grants()).is_err(), "{name:?} was allowed");
        }
        let split = Request { headers: vec![("x-a".into(), "1\r\nhost: evil".into())], ..request("/api/") };
        assert!(check(&split, &grants()).is_err());
    }

    #[test]
    fn an_unusual_method_is_denied() {
        let connect = Request { method: "CONNECT".into(), ..request("/api/") };
        assert!(check(&connect, &grants()).is_err());
    }
}
