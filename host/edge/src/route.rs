//! Which component answers a path.

use std::fmt;
use std::str::FromStr;

/// A route as a Spin manifest has it: `/hooks/orders` for exactly this path, `/rates/...` for it and everything below.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    prefix: String,
    below: bool,
}

impl Route {
    /// What of the path comes after the route: `""` for the whole route. `None` when it is another path.
    pub(crate) fn rest<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(&self.prefix)?;
        match rest.chars().next() {
            None => Some(rest),
            Some('/') if self.below => Some(rest),
            _ => None,
        }
    }

    /// The more of these wins: an exact route before one with a tail, a longer one before a shorter one.
    pub(crate) fn weight(&self) -> (bool, usize) {
        (!self.below, self.prefix.len())
    }
}

impl FromStr for Route {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (prefix, below) = text.strip_suffix("/...").map_or((text, false), |prefix| (prefix, true));
        if !text.starts_with('/') {
            return Err(format!("the route `{text}` does not begin with a slash"));
        }
        if prefix.contains("...")
            || prefix.contains(['?', '#', '*'])
            || prefix.split('/').any(|part| part.starts_with(':'))
        {
            return Err(format!("the route `{text}` is neither a path nor a path that ends in /..."));
        }
        let prefix = if below { prefix } else { text };
        Ok(Self { prefix: prefix.to_owned(), below })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.prefix, if self.below { "/..." } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(text: &str) -> Route {
        text.parse().unwrap()
    }

    #[test]
    fn a_route_takes_exactly_its_path_or_all_below() {
        assert_eq!(route("/rates").rest("/rates"), Some(""));
        assert_eq!(route("/rates").rest("/rates/x"), None);
        assert_eq!(route("/rates").rest("/ratesx"), None);
        assert_eq!(route("/rates/...").rest("/rates"), Some(""));
        assert_eq!(route("/rates/...").rest("/rates/a/b"), Some("/a/b"));
        assert_eq!(route("/rates/...").rest("/ratesx"), None);
        assert_eq!(route("/...").rest("/anything"), Some("/anything"));
        assert_eq!(route("/").rest("/"), Some(""));
    }

    #[test]
    fn the_exact_and_then_the_longer_route_wins() {
        let mut all = [route("/..."), route("/a/..."), route("/a"), route("/a/b/...")];
        all.sort_by_key(|route| std::cmp::Reverse(route.weight()));
        assert_eq!(all.map(|route| route.to_string()).join(" "), "/a /a/b/... /a/... /...");
    }

    #[test]
    fn what_is_no_route_is_refused() {
        for text in ["", "rates", "/a/:id", "/a/.../b", "/a?b", "/*"] {
            assert!(text.parse::<Route>().is_err(), "{text}");
        }
    }
}
