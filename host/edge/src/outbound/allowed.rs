//! Which hosts a component may call: `allowed_outbound_hosts` of a Spin manifest, as far as it is about HTTP.

use std::fmt;
use std::str::FromStr;

/// One entry: `scheme://host[:port]`.
///
/// | part | forms |
/// |---|---|
/// | scheme | `http`, `https`, `*` for both |
/// | host | a name or an address, `*.example.com` for every name below, `*` for all |
/// | port | a number, `*` for all, absent for the scheme's own |
///
/// Only an entry that names its host may lead to this machine or into a private network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    scheme: Option<Scheme>,
    host: Host,
    port: Port,
}

/// A scheme that requests can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(crate) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Any,
    Below(String),
    Named(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Port {
    Any,
    Own,
    Number(u16),
}

/// What an entry says about a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Allowed {
    /// By a wildcard: on the internet only.
    Public,
    /// By its name: wherever it is.
    Named,
}

impl AllowedHost {
    /// Whether the entry allows this destination; the host is in lower case and without brackets.
    pub(crate) fn allows(&self, scheme: Scheme, host: &str, port: u16) -> Option<Allowed> {
        if self.scheme.is_some_and(|own| own != scheme) {
            return None;
        }
        let fits = match self.port {
            Port::Any => true,
            Port::Own => port == scheme.port(),
            Port::Number(number) => port == number,
        };
        match &self.host {
            _ if !fits => None,
            Host::Any => Some(Allowed::Public),
            Host::Below(tail) => host
                .strip_suffix(tail.as_str())
                .filter(|name| name.len() > 1 && name.ends_with('.'))
                .map(|_| Allowed::Public),
            Host::Named(name) => (name == host).then_some(Allowed::Named),
        }
    }
}

impl FromStr for AllowedHost {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "the allowed host `{text}` {why}; it is written as https://api.example.com or http://localhost:8701"
            )
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let scheme = match scheme {
            "http" => Some(Scheme::Http),
            "https" => Some(Scheme::Https),
            "*" => None,
            _ => return Err(wrong("is not about http or https")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@']) {
            return Err(wrong("has more than a scheme, a host and a port"));
        }
        let (host, port) = split(rest);
        let port = match port {
            None => Port::Own,
            Some("*") => Port::Any,
            Some(number) => Port::Number(number.parse().map_err(|_| wrong("has a port that is none"))?),
        };
        Ok(Self { scheme, host: host_of(host).ok_or_else(|| wrong("has a host that is none"))?, port })
    }
}

/// Host and port; the host without brackets.
fn split(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port)))
}

fn host_of(text: &str) -> Option<Host> {
    let known = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    let named = |name: &str| (!name.is_empty() && name.chars().all(known)).then(|| name.to_ascii_lowercase());
    match text.strip_prefix("*.") {
        _ if text == "*" => Some(Host::Any),
        Some(tail) => named(tail).map(Host::Below),
        None => named(text).map(Host::Named),
    }
}

impl fmt::Display for AllowedHost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.scheme {
            None => "*",
            Some(Scheme::Http) => "http",
            Some(Scheme::Https) => "https",
        })?;
        match &self.host {
            Host::Any => formatter.write_str("://*")?,
            Host::Below(tail) => write!(formatter, "://*.{tail}")?,
            Host::Named(name) if name.contains(':') => write!(formatter, "://[{name}]")?,
            Host::Named(name) => write!(formatter, "://{name}")?,
        }
        match self.port {
            Port::Own => Ok(()),
            Port::Any => formatter.write_str(":*"),
            Port::Number(number) => write!(formatter, ":{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, scheme: Scheme, host: &str, port: u16) -> Option<Allowed> {
        let entry: AllowedHost = entry.parse().unwrap();
        assert_eq!(entry.to_string().parse::<AllowedHost>().unwrap(), entry);
        entry.allows(scheme, host, port)
    }

    #[test]
    fn scheme_host_and_port_must_all_fit() {
        let entry = "https://API.example.com";
        assert_eq!(allows(entry, Scheme::Https, "api.example.com", 443), Some(Allowed::Named));
        assert_eq!(allows(entry, Scheme::Http, "api.example.com", 443), None);
        assert_eq!(allows(entry, Scheme::Https, "api.example.com", 8443), None);
        assert_eq!(allows(entry, Scheme::Https, "x.api.example.com", 443), None);
        assert_eq!(allows("http://localhost:8701", Scheme::Http, "localhost", 8701), Some(Allowed::Named));
        assert_eq!(allows("http://localhost:8701", Scheme::Http, "localhost", 80), None);
        assert_eq!(allows("http://[::1]:80", Scheme::Http, "::1", 80), Some(Allowed::Named));
    }

    #[test]
    fn wildcards_stand_for_a_whole_part_and_never_for_a_private_place() {
        assert_eq!(allows("https://*.example.com", Scheme::Https, "a.b.example.com", 443), Some(Allowed::Public));
        for host in ["example.com", "badexample.com", ".example.com"] {
            assert_eq!(allows("https://*.example.com", Scheme::Https, host, 443), None, "{host}");
        }
        assert_eq!(allows("*://*:*", Scheme::Http, "anything", 1), Some(Allowed::Public));
        assert_eq!(allows("*://api.example:*", Scheme::Http, "api.example", 1), Some(Allowed::Named));
        assert_eq!(allows("http://*:8080", Scheme::Http, "x", 80), None);
    }

    #[test]
    fn an_entry_that_could_mean_more_than_it_says_is_refused() {
        for text in [
            "*",
            "api.example.com",
            "ftp://x",
            "https://",
            "https://x/path",
            "https://a@b",
            "https://x:99999",
            "https://*foo",
            "https://a b",
            "https://x?y",
        ] {
            assert!(text.parse::<AllowedHost>().is_err(), "{text}");
        }
    }
}
