//! What goes wrong has its code: credentials and missing things. Servers that misbehave are in `tests/faults`.

use s3storage::{error::ErrorCode, types::PutOptions};
use serde_json::json;

use crate::support::{DELETE, LOOK, failed, get, name, put, select, server, server_at, storage, storage_with};

#[tokio::test]
async fn a_missing_object_is_file_not_found() {
    let server = server().await;
    let storage = storage(&server);
    let error = failed(get(&storage, "none").await);
    assert_eq!((error.code, error.status, error.attempts), (ErrorCode::FileNotFound, Some(404), 1));
    assert_eq!(error.server_code.as_deref(), Some("NoSuchKey"));
    assert!(error.request_id.is_some());
    assert_eq!(failed(storage.metadata(&name("none"), false, &LOOK).await).code, ErrorCode::FileNotFound);
    assert_eq!(failed(storage.visibility(&name("none")).await).code, ErrorCode::FileNotFound);
    assert!(!storage.exists(&name("none")).await.unwrap());
    storage.delete(&name("none"), &DELETE).await.unwrap();
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
    assert_eq!(failed(storage.metadata(&x, false, &LOOK).await).code, ErrorCode::BucketNotFound);
    assert_eq!(failed(storage.delete(&x, &DELETE).await).code, ErrorCode::BucketNotFound);
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
async fn the_servers_error_names_the_operation_and_the_object() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "there", "x").await;
    let text = failed(get(&storage, "not/there").await).to_string();
    assert!(text.starts_with("read not/there: no such object (NoSuchKey, 404, request id "), "{text}");
}
