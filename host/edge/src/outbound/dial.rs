//! From a name to a connection that only needs a request: look-up, address check, TCP, TLS, HTTP/1.1.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::{Error, WasiBody};

use super::addresses::may_dial;
use super::allowed::{Allowed, Scheme};
use crate::EdgeError;

/// Before an address that does not answer is given up for the next: far longer than a handshake around the world.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Headers of one answer. Far ends send some 20.
const MAX_HEADERS: usize = 128;

/// Bytes of all headers of one answer.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Destination {
    pub(crate) tls: bool,
    /// In lower case and without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Destination {
    pub(crate) fn of(uri: &http::Uri) -> Result<(Scheme, Self), Error> {
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(Error::HttpProtocolError),
        };
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        // A user name would be a credential in clear, and nothing else reads it.
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(Error::HttpRequestUriInvalid);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = authority.port_u16().unwrap_or(scheme.port());
        Ok((scheme, Self { tls: scheme == Scheme::Https, host, port }))
    }
}

/// A connection that is ready for a request; closed when dropped.
pub(crate) struct Connection {
    pub(crate) sender: SendRequest<WasiBody>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Opens connections.
pub(crate) struct Dialer {
    tls: TlsConnector,
}

impl Dialer {
    /// Trusts Mozilla's roots.
    pub(crate) fn new() -> Result<Self, EdgeError> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| EdgeError::Engine { reason: error.to_string() })?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Opens a connection, each address within the time that the guest gives.
    pub(crate) async fn dial(&self, to: &Destination, allowed: Allowed, within: Duration) -> Result<Connection, Error> {
        let within = within.min(CONNECT_WITHIN);
        let found = timeout(within, tokio::net::lookup_host((to.host.as_str(), to.port)))
            .await
            .map_err(|_| Error::DnsTimeout)?;
        let found: Vec<SocketAddr> = found.map_err(|_| Error::DnsError { rcode: None, info_code: None })?.collect();
        if found.is_empty() {
            return Err(Error::DestinationNotFound);
        }
        let open: Vec<_> = found.into_iter().filter(|address| may_dial(address.ip(), allowed)).collect();
        if open.is_empty() {
            return Err(Error::DestinationIpProhibited);
        }
        let stream = connect(&open, within).await?;
        timeout(within, self.greet(to, stream)).await.map_err(|_| Error::ConnectionTimeout)?
    }

    async fn greet(&self, to: &Destination, stream: TcpStream) -> Result<Connection, Error> {
        if !to.tls {
            return handshake(TokioIo::new(stream)).await;
        }
        let name = ServerName::try_from(to.host.clone()).map_err(|_| Error::HttpRequestUriInvalid)?;
        let stream = self.tls.connect(name, stream).await.map_err(Error::Tls)?;
        handshake(TokioIo::new(stream)).await
    }
}

async fn connect(addresses: &[SocketAddr], within: Duration) -> Result<TcpStream, Error> {
    let mut why = Error::DestinationUnavailable;
    for address in addresses {
        why = match timeout(within, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(Error::Connect)?;
                return Ok(stream);
            }
            Ok(Err(error)) => Error::Connect(error),
            Err(_) => Error::ConnectionTimeout,
        };
    }
    Err(why)
}

async fn handshake<T>(io: T) -> Result<Connection, Error>
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let builder = http1::Builder::new().max_headers(MAX_HEADERS).max_header_size(MAX_HEADER_BYTES).handshake(io).await;
    let (mut sender, connection) = builder?;
    let driver = tokio::spawn(async move {
        let _ = connection.await;
    });
    let ready = sender.ready().await;
    let connection = Connection { sender, driver };
    ready?;
    Ok(connection)
}
