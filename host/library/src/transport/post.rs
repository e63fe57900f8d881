//! Posts to addresses that people have named and that are nobody's accounts: outgoing webhooks.

use std::time::Duration;

use ::http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use ::http::uri::{PathAndQuery, Uri};
use ::http::{Method, Request};
use bytes::Bytes;
use http_body_util::Full;

use super::dial::{Dialer, Outgoing};
use super::outgoing::AGENT;
use super::{Boxed, HttpSettings};
use crate::accounts::{AccountError, Origin};

/// What is posted.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Where to: scheme, host, path and query.
    pub url: String,
    /// Headers besides those of every JSON body.
    pub headers: Vec<(&'static str, String)>,
    /// JSON, sent as it is.
    pub body: String,
}

/// Posts. A port, so that tests and programs with an HTTP client of their own can fill it.
pub trait Post: Send + Sync {
    /// Sends once, on a connection of its own, and gives the status of the answer. Redirects are not followed.
    ///
    /// # Errors
    /// Why there was no answer, for people and without secrets. It may have arrived all the same.
    fn post<'a>(&'a self, parcel: Parcel, within: Duration) -> Boxed<'a, Result<u16, String>>;
}

/// Posts over HTTP. Looks up whom it dials, and refuses private addresses as the transport of accounts does.
pub struct HttpPost {
    dialer: Dialer,
    allow_private: bool,
}

impl HttpPost {
    /// With `allow_private` it also posts to private, loopback and link-local addresses, there over plain HTTP, too.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: HttpSettings, allow_private: bool) -> Result<Self, AccountError> {
        let dialer = Dialer::new(settings.resolver, &settings.extra_roots)
            .map_err(|why| AccountError::new("*", "extra_roots", why))?;
        Ok(Self { dialer, allow_private })
    }

    async fn send(&self, parcel: Parcel) -> Result<u16, String> {
        let (origin, target) = take_apart(&parcel.url, self.allow_private)?;
        let mut connection = self.dialer.dial(&origin, self.allow_private).await?;
        let request = request(&origin, target, parcel)?;
        let sent = connection.sender.try_send_request(request).await;
        // The words of the library could hold bytes of the answer, of which the status is all that counts.
        sent.map(|response| response.status().as_u16()).map_err(|_| "the connection ended before an answer".to_owned())
    }
}

impl Post for HttpPost {
    fn post<'a>(&'a self, parcel: Parcel, within: Duration) -> Boxed<'a, Result<u16, String>> {
        Box::pin(async move {
            let late = || Err(format!("no answer within {} s", within.as_secs()));
            tokio::time::timeout(within, self.send(parcel)).await.unwrap_or_else(|_| late())
        })
    }
}

/// Whether deliveries to an address can be sent at all.
///
/// # Errors
/// What is wrong with it, without repeating it: it may hold a password.
pub fn check_url(url: &str, allow_private: bool) -> Result<(), String> {
    take_apart(url, allow_private).map(drop)
}

fn take_apart(url: &str, allow_private: bool) -> Result<(Origin, Uri), String> {
    let malformed = || "is not a URL such as https://wms.example.com/hooks".to_owned();
    let uri: Uri = url.parse().map_err(|_| malformed())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(malformed()) };
    let origin = Origin::parse(&format!("{scheme}://{authority}"), allow_private)?;
    let target = uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    Ok((origin, target.into()))
}

fn request(origin: &Origin, target: Uri, parcel: Parcel) -> Result<Outgoing, String> {
    let mut request = Request::new(Full::new(Bytes::from(parcel.body)));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target;
    let headers = request.headers_mut();
    let host = HeaderValue::from_str(&origin.authority).map_err(|_| "the host is malformed".to_owned())?;
    headers.extend([
        (HOST, host),
        (USER_AGENT, HeaderValue::from_static(AGENT)),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
    ]);
    for (name, value) in parcel.headers {
        let value = HeaderValue::from_str(&value).map_err(|_| format!("the header {name} is malformed"))?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_query_and_is_not_repeated_when_it_is_refused() {
        let (origin, target) = take_apart("https://wms.example:8443/in?key=1", false).unwrap();
        assert_eq!((origin.port, target.to_string().as_str()), (8443, "/in?key=1"));
        assert_eq!(take_apart("https://wms.example", false).unwrap().1.to_string(), "/");
        assert!(check_url("http://10.0.0.1/x", true).is_ok());
        for url in ["http://wms.example/canary", "https://u:canary@wms.example/", "ftp://canary", "canary", ""] {
            assert!(!check_url(url, false).unwrap_err().contains("canary"), "{url}");
        }
    }
}
