//! The server over TLS.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::dev_server::{Config, DevServer};
use crate::fixture::{RawResponse, head, parse};
use crate::process::{program, start_at};
use crate::tls_support::{Authority, server_config};

/// One request by a client that trusts one certificate.
async fn ask(address: SocketAddr, trusted: &str) -> std::io::Result<RawResponse> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).expect("a certificate")).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::from(address.ip());
    let stream = TcpStream::connect(address).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    stream.write_all(head(address, "GET", "/bucket/a", &[], 0, "close").as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    Ok(parse(&response))
}

#[tokio::test]
async fn https_is_served_to_who_trusts_the_authority() {
    let authority = Authority::new();
    let tls = Some(server_config(&authority.local()));
    let server = DevServer::start(Config { tls, ..Config::default() }).await.expect("start");
    assert_eq!(server.endpoint(), format!("https://{}", server.address()));
    let answer = ask(server.address(), &authority.pem()).await.expect("an answer");
    assert_eq!((answer.status, answer.code().as_str()), (404, "NoSuchBucket"));
    assert!(ask(server.address(), &Authority::new().pem()).await.is_err());
}

#[tokio::test]
async fn program_serves_https_and_writes_the_authority() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("new");
    let (mut child, address) = start_at("https://", &["--tls", folder.to_str().expect("UTF-8"), "--stop-with-stdin"]);
    let trusted = std::fs::read_to_string(folder.join("ca.pem")).expect("ca.pem");
    assert_eq!(ask(address, &trusted).await.expect("an answer").status, 404);
    drop(child.stdin.take());
    assert!(child.wait().expect("wait").success());
    let missing = Command::new(program()).args(["--tls", "/proc/none"]).output().expect("run");
    assert_eq!(missing.status.code(), Some(1));
}
