//! A base URL, taken apart and checked.

use http::uri::{Authority, PathAndQuery, Uri};

/// Where an account's requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// Name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The value of the `Host` header.
    pub authority: String,
    /// Put before every path, without a slash at its end; often empty.
    pub prefix: String,
}

impl Origin {
    /// Takes a base URL apart.
    ///
    /// # Errors
    /// What is wrong and what would be right, without repeating the URL, which may hold a password.
    pub fn parse(base_url: &str, allow_private: bool) -> Result<Self, String> {
        let malformed = || "is not a URL such as https://api.example.com".to_owned();
        let uri: Uri = base_url.parse().map_err(|_| malformed())?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if allow_private => false,
            Some("http") => {
                return Err("http:// would send the credentials in clear: use https://, or set allow_private = true \
                            for a server in a private network"
                    .to_owned());
            }
            _ => return Err(malformed()),
        };
        let authority = uri.authority().ok_or_else(malformed)?;
        check(&uri, authority)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { tls, host, port, authority: authority.as_str().to_owned(), prefix })
    }

    /// The target of a request whose path begins with one slash.
    pub(crate) fn target(&self, path: &str) -> Result<Uri, String> {
        if !path.starts_with('/') || path.starts_with("//") {
            return Err("the path does not begin with one slash".to_owned());
        }
        PathAndQuery::try_from(format!("{}{path}", self.prefix))
            .map(Uri::from)
            .map_err(|_| "the path holds characters that must be percent-encoded".to_owned())
    }
}

fn check(uri: &Uri, authority: &Authority) -> Result<(), String> {
    if authority.as_str().contains('@') {
        return Err("holds a user name: credentials belong into `auth`".to_owned());
    }
    if authority.host().is_empty() || (authority.port().is_none() && authority.as_str() != authority.host()) {
        return Err("has no host, or a port that is no port".to_owned());
    }
    if uri.query().is_some() {
        return Err("holds a query: only a path prefix can be put before paths".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_have_a_port_and_a_path_prefix() {
        let origin = Origin::parse("https://Wms.example:8443/connect/v1/", false).unwrap();
        assert_eq!((origin.tls, origin.port, origin.prefix.as_str()), (true, 8443, "/connect/v1"));
        assert_eq!(origin.target("/orders?a=%2F").unwrap().to_string(), "/connect/v1/orders?a=%2F");
        let plain = Origin::parse("https://api.example", false).unwrap();
        assert_eq!((plain.port, plain.prefix.as_str(), plain.authority.as_str()), (443, "", "api.example"));
        assert_eq!(Origin::parse("http://[::1]:80", true).unwrap().host, "::1");
    }

    #[test]
    fn a_base_url_that_could_leak_or_mislead_is_refused_without_being_repeated() {
        for url in [
            "http://api.example",
            "https://user:canary-77@api.example",
            "https://api.example/?key=canary-77",
            "https://api.example:canary-77",
            "https://api.example:99999",
            "ftp://api.example",
            "api.example",
            "/api",
            "",
        ] {
            let error = Origin::parse(url, false).unwrap_err();
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn a_path_cannot_change_the_host() {
        let origin = Origin::parse("https://api.example", false).unwrap();
        for path in ["", "x", "//evil.example/", "@evil.example/", "/a b", "/a\r\nhost: evil"] {
            assert!(origin.target(path).is_err(), "{path:?}");
        }
    }
}
