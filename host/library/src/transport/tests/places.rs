use std::net::IpAddr;

use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

use super::super::{Boxed, Resolve};
use super::*;

/// Every name means these addresses.
struct Means(Vec<IpAddr>);

impl Resolve for Means {
    fn resolve<'a>(&'a self, _: &'a str, port: u16) -> Boxed<'a, Result<Vec<SocketAddr>, String>> {
        let addresses = self.0.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
        Box::pin(async move { Ok(addresses) })
    }
}

async fn ask_at(addresses: &[&str], account: Account, roots: &[rustls::pki_types::CertificateDer<'static>]) -> Answer {
    let settings = HttpSettings {
        resolver: Arc::new(Means(addresses.iter().map(|text| text.parse().unwrap()).collect())),
        extra_roots: roots.to_vec(),
        ..HttpSettings::default()
    };
    let transport = HttpTransport::new([fast(account)], Arc::new(MemoryBudget::default()), settings).unwrap();
    ask(&transport, &once("/"), WITHIN_MS).await
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_refused_with_the_fix() {
    let server = Server::saying(ok("x")).await;
    let account = Account::new("a", format!("https://wms.example:{}", server.address.port()), Auth::None);
    for address in ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.0.1", "fc00::1", "::1"] {
        let why = not_sent(ask_at(&[address], account.clone(), &[]).await);
        assert!(why.contains("allow_private = true"), "{why}");
    }
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn metadata_and_special_addresses_are_refused_even_when_private_ones_are_allowed() {
    let account = Account::new("a", "http://wms.example", Auth::None).allowing_private();
    for address in ["169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "255.255.255.255", "224.0.0.1", "::"] {
        let why = not_sent(ask_at(&[address], account.clone(), &[]).await);
        assert!(why.contains("never dialled"), "{why}");
    }
}

#[tokio::test]
async fn credentials_never_leave_in_clear_for_the_internet() {
    let account = Account::new("a", "http://wms.example", Auth::None).allowing_private();
    assert!(not_sent(ask_at(&["93.184.215.14"], account, &[]).await).contains("https://"));
    let public = Account::new("a", "http://wms.example", Auth::None);
    assert!(HttpTransport::new([public], Arc::new(MemoryBudget::default()), HttpSettings::default()).is_err());
}

#[tokio::test]
async fn a_name_without_an_address_is_not_sent() {
    let account = Account::new("a", "https://wms.example", Auth::None);
    assert!(not_sent(ask_at(&[], account, &[]).await).contains("has no address"));
}

#[tokio::test]
async fn addresses_that_are_refused_are_left_out_and_the_next_one_is_tried() {
    let server = Server::saying(ok("x")).await;
    let account = server.account().at(format!("http://wms.example:{}", server.address.port()));
    let answer = ask_at(&["169.254.169.254", "127.0.0.99", "127.0.0.1"], account, &[]).await;
    assert_eq!(response(answer).status, 200);
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A TLS server for `wms.example`; gives its port.
async fn tls_server(authority: &CertifiedIssuer<'static, KeyPair>) -> u16 {
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["wms.example".to_owned()]).unwrap().signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(&ok("sealed")).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    port
}

#[tokio::test]
async fn a_server_is_believed_only_with_a_certificate_for_its_name_from_a_trusted_root() {
    let authority = authority();
    let port = tls_server(&authority).await;
    let root = [authority.der().clone()];
    let account = |host: &str| Account::new("a", format!("https://{host}:{port}"), Auth::None).allowing_private();
    let answer = ask_at(&["127.0.0.1"], account("wms.example"), &root).await;
    assert_eq!(response(answer).body, b"sealed");
    let stranger = not_sent(ask_at(&["127.0.0.1"], account("wms.example"), &[]).await);
    assert!(stranger.contains("certificate"), "{stranger}");
    let other = not_sent(ask_at(&["127.0.0.1"], account("other.example"), &root).await);
    assert!(other.contains("certificate"), "{other}");
}
