//! What goes wrong has its code: credentials, missing things, silent and absent servers.

use std::time::{Duration, Instant};

use s3storage::{
    error::ErrorCode,
    types::{ListOptions, Prefix, PutOptions},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{failed, get, name, put, select, server, server_at, storage, storage_with};

#[tokio::test]
async fn a_missing_object_is_file_not_found() {
    let server = server().await;
    let storage = storage(&server);
    let error = failed(get(&storage, "none").await);
    assert_eq!((error.code, error.status, error.attempts), (ErrorCode::FileNotFound, Some(404), 1));
    assert_eq!(error.server_code.as_deref(), Some("NoSuchKey"));
    assert!(error.request_id.is_some());
    assert_eq!(failed(storage.metadata(&name("none"), false).await).code, ErrorCode::FileNotFound);
    assert_eq!(failed(storage.visibility(&name("none")).await).code, ErrorCode::FileNotFound);
    assert!(!storage.exists(&name("none")).await.unwrap());
    storage.delete(&name("none")).await.unwrap();
}

#[tokio::test]
async fn a_missing_bucket_is_bucket_not_found_for_every_operation() {
    let server = server().await;
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint())},
        "buckets": {"b": {"server": "s", "bucket": "no-such-bucket"}},
    });
    let storage = select(tree, "b");
    let x = name("x");
    assert_eq!(failed(get(&storage, "x").await).code, ErrorCode::BucketNotFound);
    assert_eq!(failed(storage.exists(&x).await).code, ErrorCode::BucketNotFound);
    assert_eq!(failed(storage.metadata(&x, false).await).code, ErrorCode::BucketNotFound);
    assert_eq!(failed(storage.delete(&x).await).code, ErrorCode::BucketNotFound);
    assert_eq!(failed(storage.probe().await).code, ErrorCode::BucketNotFound);
    let write = storage.write(&x, "x".into(), PutOptions::default()).await;
    assert_eq!(failed(write).code, ErrorCode::BucketNotFound);
}

#[tokio::test]
async fn wrong_credentials_are_permission_denied() {
    let server = server().await;
    for (key, secret, code) in
        [("devkey", "CANARY-SECRET", "SignatureDoesNotMatch"), ("unknown", "devsecret", "InvalidAccessKeyId")]
    {
        let storage = storage_with(&server.endpoint(), json!({"credentials": {"key": key, "secret": secret}}));
        let error = failed(get(&storage, "x").await);
        assert_eq!((error.code, error.server_code.as_deref()), (ErrorCode::PermissionDenied, Some(code)));
        assert!(!error.to_string().contains(secret), "{error}");
        assert_eq!(failed(storage.exists(&name("x")).await).code, ErrorCode::PermissionDenied);
    }
}

#[tokio::test]
async fn a_closed_port_is_connection_failed_after_the_configured_attempts() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let storage = storage_with(&format!("http://127.0.0.1:{port}"), json!({"max_attempts": 3}));
    let started = Instant::now();
    let error = failed(get(&storage, "x").await);
    assert_eq!((error.code, error.attempts, error.retryable), (ErrorCode::ConnectionFailed, 3, true));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_silent_server_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let limits = json!({"connect_timeout": 0.2, "read_timeout": 0.3, "max_attempts": 1});
    let error = failed(get(&storage_with(&endpoint, limits), "x").await);
    assert_eq!((error.code, error.attempts), (ErrorCode::Timeout, 1));
    let limits = json!({"operation_timeout": 0.3, "max_attempts": 1});
    assert_eq!(failed(get(&storage_with(&endpoint, limits), "x").await).code, ErrorCode::Timeout);
}

/// A server that answers every request with a script, one connection after the other.
async fn scripted(answers: &'static [u8], then_hang: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = connection.read(&mut request).await;
            let _ = connection.write_all(answers).await;
            if then_hang {
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    });
    endpoint
}

#[tokio::test]
async fn a_content_that_breaks_off_is_never_returned_short() {
    let endpoint = scripted(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345", false).await;
    let error = failed(get(&storage_with(&endpoint, json!({})), "x").await);
    assert_eq!((error.code, error.retryable), (ErrorCode::ConnectionFailed, true));
}

#[tokio::test]
async fn a_content_that_falls_silent_is_a_timeout() {
    let endpoint = scripted(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345", true).await;
    let error = failed(get(&storage_with(&endpoint, json!({"read_timeout": 0.3})), "x").await);
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(error.to_string().contains("read_timeout"), "{error}");
}

#[tokio::test]
async fn an_answer_that_falls_silent_is_a_timeout_for_every_operation() {
    let limits = json!({"read_timeout": 0.3, "max_attempts": 1});
    let listing = scripted(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n<?xml version=\"1.0\"?><List", true).await;
    let storage = storage_with(&listing, limits.clone());
    assert_eq!(failed(storage.list_page(&Prefix::default(), &ListOptions::default()).await).code, ErrorCode::Timeout);
    let refusal = scripted(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 1000\r\n\r\n<Error>", true).await;
    let storage = storage_with(&refusal, limits);
    let write = storage.write(&name("x"), "x".into(), PutOptions::default()).await;
    assert_eq!(failed(write).code, ErrorCode::Timeout);
}

#[tokio::test]
async fn an_endless_listing_is_refused_before_it_fills_the_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let _ = connection.read(&mut [0; 4096]).await;
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n<ListBucketResult>").await;
        // At most 64 MiB, should the client take them all.
        for _ in 0..64 {
            if connection.write_all(&vec![b' '; 1024 * 1024]).await.is_err() {
                return;
            }
        }
    });
    let storage = storage_with(&endpoint, json!({"max_attempts": 1}));
    let error = failed(storage.list_page(&Prefix::default(), &ListOptions::default()).await);
    assert_eq!((error.code, error.retryable), (ErrorCode::OperationFailed, false));
    assert!(error.to_string().contains("larger than 16777216 bytes"), "{error}");
}

#[tokio::test]
async fn the_limit_for_an_answer_does_not_include_that_for_a_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let started = Instant::now();
    let limits = json!({"connect_timeout": 5, "read_timeout": 0.3, "max_attempts": 1});
    assert_eq!(failed(get(&storage_with(&endpoint, limits), "x").await).code, ErrorCode::Timeout);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_server_error_is_retried_and_the_attempts_are_counted() {
    let endpoint = scripted(b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", false).await;
    let error = failed(get(&storage_with(&endpoint, json!({"max_attempts": 2})), "x").await);
    assert_eq!((error.code, error.status, error.attempts), (ErrorCode::OperationFailed, Some(500), 2));
    assert!(error.retryable);
}

#[tokio::test]
async fn a_bare_429_is_retried_after_the_pause_that_it_names() {
    let endpoint =
        scripted(b"HTTP/1.1 429 Slow\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n", false).await;
    let started = Instant::now();
    let error = failed(get(&storage_with(&endpoint, json!({"max_attempts": 2})), "x").await);
    assert_eq!((error.code, error.status, error.attempts), (ErrorCode::Throttled, Some(429), 2));
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    let started = Instant::now();
    let hurried = json!({"max_attempts": 2, "operation_timeout": 0.5});
    assert_eq!(failed(get(&storage_with(&endpoint, hurried), "x").await).attempts, 1);
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_servers_error_names_the_operation_and_the_object() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "there", "x").await;
    let text = failed(get(&storage, "not/there").await).to_string();
    assert!(text.starts_with("read not/there: no such object (NoSuchKey, 404, request id "), "{text}");
}
