//! Certificates that must not be trusted, and the one that may: by `ca_file`. There is no switch that trusts all.

use s3storage::{config, error::ErrorCode};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use crate::{
    client::{failed, server_at, storage_with},
    fault_server::FaultServer,
    operation::{Operation, all_good},
    tls::{Authority, Identity, server_config},
};

fn bundle(pem: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pem).unwrap();
    file
}

/// Whoever shows this certificate gets no request, on either plane.
async fn is_refused(identity: &Identity, trusted: Option<&str>) {
    let server = FaultServer::start_tls(all_good(), server_config(identity));
    let bundle = trusted.map(bundle);
    for operation in [Operation::Read, Operation::Write, Operation::List] {
        let mut more = json!({"max_attempts": 1});
        if let Some(bundle) = &bundle {
            more["ca_file"] = json!(bundle.path());
        }
        let error = failed(operation.run(&storage_with(&server.endpoint(), more)).await);
        assert_eq!(error.code, ErrorCode::ConnectionFailed, "{operation:?}: {error}");
        assert!(error.to_string().contains("certificate"), "{operation:?}: {error}");
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn an_authority_in_ca_file_is_trusted_on_both_planes() {
    let authority = Authority::new();
    let server = FaultServer::start_tls(all_good(), server_config(&authority.local()));
    // A bundle may hold other authorities as well.
    let bundle = bundle(&format!("{}\n{}", Authority::new().pem(), authority.pem()));
    let more = json!({"ca_file": bundle.path()});
    for endpoint in [server.endpoint(), server.endpoint().replace("127.0.0.1", "localhost")] {
        let storage = storage_with(&endpoint, more.clone());
        for operation in [Operation::Read, Operation::Metadata, Operation::Write, Operation::List, Operation::Copy] {
            operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        }
    }
    let ports: std::collections::HashSet<_> = server.requests().iter().map(|request| request.port).collect();
    assert_eq!(ports.len(), 2, "one connection for each endpoint");
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told_apart() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // What web servers say to a handshake.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n").await;
        }
    });
    for operation in [Operation::Read, Operation::Visibility] {
        let error =
            failed(operation.run(&storage_with(&format!("https://{address}"), json!({"max_attempts": 1}))).await);
        assert_eq!(error.code, ErrorCode::ConnectionFailed, "{operation:?}: {error}");
        let expected = format!("TLS with {address}: the server does not speak it; is the endpoint an http:// one?");
        assert!(error.to_string().contains(&expected), "{operation:?}: {error}");
    }
}

#[tokio::test]
async fn an_authority_that_the_system_does_not_know_is_refused() {
    is_refused(&Authority::new().local(), None).await;
}

#[tokio::test]
async fn an_authority_outside_of_ca_file_is_refused() {
    is_refused(&Authority::new().local(), Some(&Authority::new().pem())).await;
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    is_refused(&Identity::self_signed(), None).await;
    is_refused(&Identity::self_signed(), Some(&Authority::new().pem())).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let authority = Authority::new();
    is_refused(&authority.expired(), Some(&authority.pem())).await;
}

#[tokio::test]
async fn the_certificate_of_another_host_is_refused() {
    let authority = Authority::new();
    is_refused(&authority.other_host(), Some(&authority.pem())).await;
}

/// A server that speaks no TLS at all, and one that speaks nothing else.
#[tokio::test]
async fn http_and_https_are_not_mixed_up() {
    let plain = FaultServer::start(all_good());
    let endpoint = plain.endpoint().replace("http:", "https:");
    let error = failed(Operation::Read.run(&storage_with(&endpoint, json!({"max_attempts": 1}))).await);
    assert_eq!(error.code, ErrorCode::ConnectionFailed, "{error}");
    let secure = FaultServer::start_tls(all_good(), server_config(&Authority::new().local()));
    let endpoint = secure.endpoint().replace("https:", "http:");
    let error = failed(Operation::Read.run(&storage_with(&endpoint, json!({"max_attempts": 1}))).await);
    assert_eq!(error.code, ErrorCode::ConnectionFailed, "{error}");
}

#[tokio::test]
async fn a_ca_file_that_holds_no_certificate_is_invalid_config() {
    let server = FaultServer::start_tls(all_good(), server_config(&Authority::new().local()));
    let empty = bundle("no certificate\n");
    for path in [json!(empty.path()), json!("/nowhere/ca.pem")] {
        let mut tree = server_at(&server.endpoint());
        tree["ca_file"] = path.clone();
        let tree = json!({"servers": {"s": tree}, "buckets": {"b": {"server": "s", "bucket": "b"}}});
        let error = match config::validate(tree, &|_: &str| None) {
            Err(error) => error,
            Ok(_) => failed(Operation::Read.run(&storage_with(&server.endpoint(), json!({"ca_file": path}))).await),
        };
        assert_eq!(error.code, ErrorCode::InvalidConfig, "{error}");
        assert!(error.to_string().contains("ca_file"), "{error}");
    }
}

/// What others call `verify: false`, `insecure` or `verify_tls` is not known.
#[test]
fn there_is_no_switch_that_trusts_everybody() {
    for key in ["insecure", "verify", "verify_tls", "tls_verify", "ssl_verify", "http"] {
        let mut server = server_at("https://127.0.0.1:1");
        server[key] = json!(false);
        let tree = json!({"servers": {"s": server}, "buckets": {"b": {"server": "s", "bucket": "b"}}});
        let error = config::validate(tree, &|_: &str| None).unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
}
