//! From a name to a connection that only needs a request: look-up, address check, TCP, TLS, HTTP/1.1.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::Request;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::Boxed;
use super::addresses::{Place, place};
use super::reach::Leg;
use crate::accounts::Origin;

/// Before an address that does not answer is given up for the next: far longer than a handshake around the world, which needs under one
/// second.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Headers of one answer. Far ends send some 20; more than 32,768 have brought hosts down.
const MAX_HEADERS: usize = 128;

/// Bytes of all headers of one answer.
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// Looks names up. A port, so that tests decide what a name means.
pub trait Resolve: Send + Sync {
    /// The addresses of a name, or the address itself when it is one.
    ///
    /// # Errors
    /// Why there is none.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Boxed<'a, Result<Vec<SocketAddr>, String>>;
}

/// Looks names up as the machine is set up to.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Boxed<'a, Result<Vec<SocketAddr>, String>> {
        Box::pin(async move {
            tokio::net::lookup_host((host, port)).await.map(Iterator::collect).map_err(|error| error.kind().to_string())
        })
    }
}

/// A request as it leaves.
pub(super) type Outgoing = Request<Full<Bytes>>;

/// A connection that is ready for a request; closed when dropped.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Opens connections.
pub(super) struct Dialer {
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
}

impl Dialer {
    /// Trusts Mozilla's roots and those given.
    pub(super) fn new(resolver: Arc<dyn Resolve>, extra_roots: &[CertificateDer<'static>]) -> Result<Self, String> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        for root in extra_roots {
            roots.add(root.clone()).map_err(|error| format!("an extra root certificate is malformed: {error}"))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { resolver, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Opens a connection. Nothing of a request has left whatever goes wrong here.
    pub(super) async fn dial(&self, origin: &Origin, allow_private: bool) -> Result<Connection, String> {
        self.walk(origin, allow_private).await.map_err(|(_, why)| why)
    }

    /// The same, telling how far it came.
    pub(super) async fn walk(&self, origin: &Origin, allow_private: bool) -> Result<Connection, (Leg, String)> {
        let found = self
            .resolver
            .resolve(&origin.host, origin.port)
            .await
            .map_err(|why| (Leg::Name, format!("the name {} cannot be looked up: {why}", origin.host)))?;
        let addresses = allowed(origin, found, allow_private).map_err(|why| (Leg::Address, why))?;
        let stream = connect(origin, &addresses).await.map_err(|why| (Leg::Connection, why))?;
        if !origin.tls {
            return handshake(TokioIo::new(stream)).await.map_err(|why| (Leg::Http, why));
        }
        let name = ServerName::try_from(origin.host.clone())
            .map_err(|_| (Leg::Tls, format!("{} is no name for a certificate", origin.host)))?;
        let stream = self
            .tls
            .connect(name, stream)
            .await
            .map_err(|error| (Leg::Tls, format!("no encrypted connection to {}: {error}", origin.authority)))?;
        handshake(TokioIo::new(stream)).await.map_err(|why| (Leg::Http, why))
    }
}

/// Those of the addresses that this account may dial; never none.
fn allowed(origin: &Origin, found: Vec<SocketAddr>, allow_private: bool) -> Result<Vec<SocketAddr>, String> {
    let places: Vec<_> = found.into_iter().map(|address| (address, place(address.ip()))).collect();
    let reachable = |place: Place| match place {
        // Without TLS credentials must not cross the internet.
        Place::Public => origin.tls,
        Place::Private => allow_private,
        Place::Never => false,
    };
    let kept: Vec<_> = places.iter().filter(|(_, place)| reachable(*place)).map(|(address, _)| *address).collect();
    if !kept.is_empty() {
        return Ok(kept);
    }
    let host = &origin.host;
    Err(match places.first() {
        None => format!("the name {host} has no address"),
        Some((address, Place::Private)) => format!(
            "{host} is at {}, a private address: set allow_private = true for the account if that is meant",
            address.ip()
        ),
        Some((address, Place::Never)) => format!("{host} is at {}, which is never dialled", address.ip()),
        Some((_, Place::Public)) => format!("{host} is on the internet: its base_url must begin with https://"),
    })
}

async fn connect(origin: &Origin, addresses: &[SocketAddr]) -> Result<TcpStream, String> {
    let mut why = String::new();
    for address in addresses {
        match tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Requests are written at once; waiting for more to write only costs time.
                stream.set_nodelay(true).map_err(|error| error.kind().to_string())?;
                return Ok(stream);
            }
            Ok(Err(error)) => why = error.kind().to_string(),
            Err(_) => why = format!("no connection within {} s", CONNECT_WITHIN.as_secs()),
        }
    }
    Err(format!("no connection to {}: {why}", origin.authority))
}

async fn handshake<T>(io: T) -> Result<Connection, String>
where
    T: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEADER_BYTES)
        .handshake(io)
        .await
        .map_err(|_| "the connection was closed".to_owned())?;
    let driver = tokio::spawn(async move {
        let _ = connection.await;
    });
    let ready = sender.ready().await;
    let connection = Connection { sender, driver };
    ready.map(|()| connection).map_err(|_| "the connection was closed".to_owned())
}
