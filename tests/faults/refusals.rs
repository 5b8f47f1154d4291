//! What is refused before a single byte is sent.

use s3storage::{
    config,
    error::ErrorCode,
    types::{GetOptions, PutOptions, Visibility},
};
use serde_json::{Value, json};

use crate::{
    client::{COPY, failed, name, server_at, storage_with},
    fault_server::FaultServer,
    operation::all_good,
};

const EVIL: [&str; 5] = ["a\r\nx-evil: 1", "a\nb", "a\rb", "a\0b", "\u{7f}"];

#[tokio::test]
async fn line_breaks_and_nul_in_options_are_refused_before_anything_is_sent() {
    let server = FaultServer::start(all_good());
    let storage = storage_with(&server.endpoint(), json!({}));
    let none = PutOptions::default;
    for evil in EVIL {
        let value = Some(evil.to_owned());
        for options in [
            PutOptions { content_type: value.clone(), ..none() },
            PutOptions { cache_control: value.clone(), ..none() },
            PutOptions { content_disposition: value.clone(), ..none() },
            PutOptions { content_encoding: value.clone(), ..none() },
            PutOptions { content_language: value.clone(), ..none() },
            PutOptions { storage_class: value.clone(), ..none() },
            PutOptions { if_match: value.clone(), ..none() },
            PutOptions { if_none_match: value.clone(), ..none() },
            PutOptions { metadata: vec![("k".into(), evil.into())], ..none() },
            PutOptions { metadata: vec![(evil.into(), "v".into())], ..none() },
        ] {
            let write = storage.write(&name("x"), "x".into(), options.clone()).await;
            assert_eq!(failed(write).code, ErrorCode::InvalidArgument, "{options:?}");
        }
        for options in [
            GetOptions { if_match: value.clone(), ..GetOptions::default() },
            GetOptions { if_none_match: value.clone(), ..GetOptions::default() },
            GetOptions { version_id: value.clone(), ..GetOptions::default() },
        ] {
            let read = storage.read(&name("x"), &options).await.map(|_| ());
            assert_eq!(failed(read).code, ErrorCode::InvalidArgument, "{options:?}");
        }
    }
    assert_eq!(server.requests().len(), 0);
}

/// Tags are percent-encoded, so that any text may be in one; none of it breaks out of the header.
#[tokio::test]
async fn line_breaks_in_tags_stay_in_their_header() {
    let server = FaultServer::start(all_good());
    let storage = storage_with(&server.endpoint(), json!({}));
    for evil in EVIL {
        let options = PutOptions { tags: vec![(evil.into(), evil.into())], ..PutOptions::default() };
        // Refused or encoded.
        let _ = storage.write(&name("x"), "x".into(), options).await;
    }
    for request in server.requests() {
        assert_eq!(request.header("x-evil"), None);
        assert!(!request.header("x-amz-tagging").unwrap_or_default().contains(char::is_control));
    }
}

#[tokio::test]
async fn line_breaks_in_a_key_stay_in_the_path() {
    let server = FaultServer::start(all_good());
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    let key = "a b\r\nx-evil: 1\r\n\r\nGET /evil HTTP/1.1";
    storage.write(&name(key), "x".into(), PutOptions::default()).await.unwrap();
    storage.copy(&name(key), &name("y"), None, &COPY).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.header("x-evil").is_none()));
    assert!(requests[0].path().contains("a%20b%0D%0Ax-evil"), "{}", requests[0].path());
}

fn refusal(server: &Value) -> String {
    let tree = json!({"servers": {"s": server}, "buckets": {"b": {"server": "s", "bucket": "b"}}});
    let error = config::validate(tree, &|_: &str| None).expect_err("it is accepted");
    assert_eq!(error.code, ErrorCode::InvalidConfig);
    error.to_string()
}

#[test]
fn endpoints_that_are_not_plain_http_or_https_are_refused() {
    for endpoint in [
        "ftp://host",
        "file:///etc/passwd",
        "gopher://host:70/_x",
        "unix:/run/socket",
        "host:9000",
        "//host",
        "http://",
        "http://user:CANARY@host",
        "http://CANARY@host",
        "http://host?x=1",
        "http://host#x",
        "http://host\r\nx-evil: 1",
        "http://ho st",
    ] {
        for key in ["endpoint", "public_endpoint"] {
            let mut server = server_at("http://127.0.0.1:1");
            server[key] = json!(endpoint);
            let message = refusal(&server);
            assert!(message.contains(key), "{endpoint}: {message}");
            assert!(!message.contains("CANARY"), "{message}");
        }
    }
}

#[test]
fn link_local_endpoints_are_refused_unless_they_are_meant() {
    for endpoint in [
        "http://169.254.169.254",
        "http://169.254.169.254:80/latest",
        "http://[fe80::1]",
        "http://[::ffff:169.254.169.254]",
        "http://2852039166",
        "http://0xA9FEA9FE",
        "http://0251.0376.0251.0376",
    ] {
        let message = refusal(&server_at(endpoint));
        assert!(message.contains("link-local"), "{endpoint}: {message}");
        let mut meant = server_at(endpoint);
        meant["allow_link_local"] = json!(true);
        let tree = json!({"servers": {"s": meant}, "buckets": {"b": {"server": "s", "bucket": "b"}}});
        assert!(config::validate(tree, &|_: &str| None).is_ok(), "{endpoint}");
    }
}

/// A proxy is an address that requests are sent to, so that the rules of an endpoint hold for it.
#[test]
fn proxies_that_are_not_plain_http_are_refused() {
    for proxy in ["ftp://host", "socks5://host", "host:3128", "http://user:CANARY@host:3128", "http://169.254.169.254"]
    {
        let mut server = server_at("http://127.0.0.1:1");
        server["proxy"] = json!(proxy);
        let message = refusal(&server);
        assert!(message.contains("servers.s.proxy"), "{proxy}: {message}");
        assert!(!message.contains("unknown"), "{proxy}: {message}");
        assert!(!message.contains("CANARY"), "{message}");
    }
}

#[tokio::test]
async fn a_provider_without_acls_refuses_public_before_anything_is_sent() {
    let server = FaultServer::start(all_good());
    let storage = storage_with(&server.endpoint(), json!({"provider": "minio"}));
    let public = PutOptions { visibility: Some(Visibility::Public), ..PutOptions::default() };
    let write = storage.write(&name("x"), "x".into(), public).await;
    assert_eq!(failed(write).code, ErrorCode::Unsupported);
    assert_eq!(failed(storage.set_visibility(&name("x"), Visibility::Public).await).code, ErrorCode::Unsupported);
    assert_eq!(storage.visibility(&name("x")).await.unwrap(), Visibility::Private);
    assert_eq!(server.requests().len(), 0);
}
