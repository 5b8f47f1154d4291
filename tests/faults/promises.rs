//! Servers that accept what they do not do: encryption and object lock.

use std::time::{SystemTime, UNIX_EPOCH};

use s3storage::{
    error::ErrorCode,
    types::{CustomerKey, Encryption, ObjectLock, PutOptions, Retention, RetentionMode, ServerEncryption},
};
use serde_json::json;

use crate::{
    client::{BUCKET, failed, name, select, server_at, storage_with},
    fault_server::{Answer, FaultServer, Script},
};

fn encrypted() -> [PutOptions; 2] {
    let of = |encryption| PutOptions { encryption, ..PutOptions::default() };
    [
        of(Encryption { by_server: Some(ServerEncryption::Aes256), ..Encryption::default() }),
        of(Encryption {
            customer_key: CustomerKey::new(b"CANARY-customer-key-of-32-bytes!").ok(),
            ..Encryption::default()
        }),
    ]
}

fn locked() -> PutOptions {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let retention = Retention { mode: RetentionMode::Governance, until: i64::try_from(now).unwrap() + 3600 };
    PutOptions { lock: ObjectLock { retention: Some(retention), legal_hold: None }, ..PutOptions::default() }
}

#[tokio::test]
async fn an_encryption_that_is_not_confirmed_is_unsupported() {
    for options in encrypted() {
        let server = FaultServer::start(Script::new());
        let storage = storage_with(&server.endpoint(), json!({}));
        let error = failed(storage.write(&name("x"), "content".into(), options).await);
        assert_eq!(error.code, ErrorCode::Unsupported);
        assert!(error.to_string().contains("the object was written without it"), "{error}");
        assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
    }
}

/// The bucket with uploads in parts, of a server that begins and completes them and encrypts nothing.
fn in_parts(head: Answer) -> (FaultServer, s3storage::storage::Storage) {
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let completed = "<CompleteMultipartUploadResult><ETag>\"e-2\"</ETag></CompleteMultipartUploadResult>";
    let script = Script::new().on("POST *?uploads", [Answer::xml(begun)]);
    let script = script.on("POST *", [Answer::xml(completed)]).on("HEAD *", [head]);
    let server = FaultServer::start(script);
    let bucket = json!({"server": "s", "bucket": BUCKET, "concurrency": 1});
    let tree = json!({"servers": {"s": server_at(&server.endpoint())}, "buckets": {"b": bucket}});
    let storage = select(tree, "b");
    (server, storage)
}

#[tokio::test]
async fn an_upload_whose_customer_key_is_not_confirmed_ends_with_its_first_part() {
    let [_, own] = encrypted();
    let (server, storage) = in_parts(Answer::new(200, ""));
    let error = failed(storage.write(&name("x"), vec![0; 6 << 20].into(), own).await);
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.to_string().contains("nothing was written"), "{error}");
    assert_eq!(server.asked(), ["POST /test-bucket/x", "PUT /test-bucket/x", "DELETE /test-bucket/x"]);
}

#[tokio::test]
async fn an_upload_whose_encryption_is_not_confirmed_is_looked_at() {
    let [by_server, _] = encrypted();
    let (server, storage) = in_parts(Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 6291456\r\n\r\n"));
    let error = failed(storage.write(&name("x"), vec![0; 6 << 20].into(), by_server.clone()).await);
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.to_string().contains("the object was written without it"), "{error}");
    assert_eq!(server.asked().iter().filter(|asked| asked.starts_with("HEAD")).count(), 1);
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 6291456\r\nx-amz-server-side-encryption: AES256\r\n\r\n";
    let (_server, storage) = in_parts(Answer::raw(head));
    storage.write(&name("x"), vec![0; 6 << 20].into(), by_server).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_an_unknown_server_ignores_is_unsupported() {
    let server = FaultServer::start(Script::new());
    let error = failed(storage_with(&server.endpoint(), json!({})).write(&name("x"), "x".into(), locked()).await);
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.to_string().contains("the object was written and is not locked"), "{error}");
    // A write that locks carries a digest: printf x | openssl md5 -binary | base64
    assert_eq!(server.requests()[0].header("content-md5"), Some("ndTkYSaMgDT1yFZOFVxnpg=="));
}

#[tokio::test]
async fn a_lock_is_looked_for_once() {
    let options = locked();
    let until = options.lock.retention.unwrap().until;
    let date = aws_sdk_s3::primitives::DateTime::from_secs(until);
    let date = date.fmt(aws_sdk_s3::primitives::DateTimeFormat::DateTime).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nx-amz-object-lock-mode: GOVERNANCE\r\n\
         x-amz-object-lock-retain-until-date: {date}\r\n\r\n"
    );
    let server = FaultServer::start(Script::new().on("HEAD *", [Answer::raw(head)]));
    let storage = storage_with(&server.endpoint(), json!({}));
    for _ in 0..2 {
        storage.write(&name("x"), "x".into(), options.clone()).await.unwrap();
    }
    assert_eq!(server.asked(), ["PUT /test-bucket/x", "HEAD /test-bucket/x", "PUT /test-bucket/x"]);
}

/// What breaks off is asked for again with the key that the object was written with.
#[tokio::test]
async fn a_content_that_breaks_off_is_resumed_with_its_key() {
    let script = Script::new().object("/test-bucket/x", b"0123456789", &[]);
    let server = FaultServer::start(script.on("GET *", [Answer::stored().reset_at(4), Answer::stored()]));
    let storage = storage_with(&server.endpoint(), json!({}));
    let customer_key = CustomerKey::new(b"CANARY-customer-key-of-32-bytes!").ok();
    let options = s3storage::types::GetOptions { customer_key, ..Default::default() };
    let object = storage.read(&name("x"), &options).await.unwrap();
    assert_eq!(crate::client::collect(object).await.unwrap(), b"0123456789");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for header in ["key", "key-md5", "algorithm"] {
        let header = format!("x-amz-server-side-encryption-customer-{header}");
        assert!(requests[0].header(&header).is_some());
        assert_eq!(requests[0].header(&header), requests[1].header(&header));
    }
}
