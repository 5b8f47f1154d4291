//! Object lock.

use std::time::{SystemTime, UNIX_EPOCH};

use s3storage::{
    error::ErrorCode,
    storage::Storage,
    types::{DeleteOptions, ObjectLock, PutOptions, Retention, RetentionMode},
};

use crate::support::{BUCKET, LOCKED, bucket_of, failed, name, put, server};

fn in_hours(hours: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() + hours * 3600
}

fn retention(mode: RetentionMode, hours: i64) -> Retention {
    Retention { mode, until: in_hours(hours) }
}

async fn write(storage: &Storage, size: usize, lock: ObjectLock) -> String {
    let options = PutOptions { lock, ..PutOptions::default() };
    storage.write(&name("x"), vec![0; size].into(), options).await.unwrap().version_id.unwrap()
}

async fn delete(storage: &Storage, version: &str, bypass_governance: bool) -> Result<(), ErrorCode> {
    let options = DeleteOptions { version_id: Some(version.to_owned()), bypass_governance, ..DeleteOptions::default() };
    storage.delete(&name("x"), &options).await.map_err(|error| error.code)
}

#[tokio::test]
async fn a_locked_version_stays_until_it_may_go() {
    let server = server().await;
    for provider in ["generic", "aws"] {
        let storage = bucket_of(&server, LOCKED, provider);
        // One request, and in parts.
        for size in [7, 6 << 20] {
            let asked = retention(RetentionMode::Governance, 1);
            let lock = ObjectLock { retention: Some(asked), legal_hold: Some(true) };
            let version = write(&storage, size, lock).await;
            assert_eq!(storage.object_lock(&name("x")).await.unwrap(), lock);
            assert_eq!(delete(&storage, &version, true).await, Err(ErrorCode::PermissionDenied));
            storage.set_legal_hold(&name("x"), false).await.unwrap();
            assert_eq!(delete(&storage, &version, false).await, Err(ErrorCode::PermissionDenied));
            delete(&storage, &version, true).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_retention_is_prolonged_by_everybody_and_shortened_by_few() {
    let server = server().await;
    let storage = bucket_of(&server, LOCKED, "aws");
    put(&storage, "x", "x").await;
    assert_eq!(storage.object_lock(&name("x")).await.unwrap(), ObjectLock::default());
    let set = async |mode, hours, bypass| {
        let set = storage.set_retention(&name("x"), retention(mode, hours), bypass).await;
        set.map_err(|error| error.code)
    };
    set(RetentionMode::Governance, 2, false).await.unwrap();
    assert_eq!(set(RetentionMode::Governance, 1, false).await, Err(ErrorCode::PermissionDenied));
    set(RetentionMode::Governance, 1, true).await.unwrap();
    set(RetentionMode::Compliance, 2, false).await.unwrap();
    assert_eq!(set(RetentionMode::Compliance, 1, true).await, Err(ErrorCode::PermissionDenied));
    let lock = storage.object_lock(&name("x")).await.unwrap();
    assert_eq!(lock.retention.map(|retention| retention.mode), Some(RetentionMode::Compliance));
}

#[tokio::test]
async fn a_time_that_has_passed_is_refused_before_anything_is_sent() {
    let server = server().await;
    let storage = bucket_of(&server, LOCKED, "aws");
    let requests = server.requests();
    let past = Retention { mode: RetentionMode::Governance, until: in_hours(-1) };
    assert_eq!(failed(storage.set_retention(&name("x"), past, false).await).code, ErrorCode::InvalidArgument);
    let lock = ObjectLock { retention: Some(past), legal_hold: None };
    let options = PutOptions { lock, ..PutOptions::default() };
    assert_eq!(failed(storage.write(&name("x"), "x".into(), options).await).code, ErrorCode::InvalidArgument);
    assert_eq!(server.requests(), requests);
}

#[tokio::test]
async fn a_bucket_without_object_lock_says_so() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "aws");
    put(&storage, "x", "x").await;
    assert_eq!(storage.object_lock(&name("x")).await.unwrap(), ObjectLock::default());
    for outcome in [
        storage.set_legal_hold(&name("x"), true).await,
        storage.set_retention(&name("x"), retention(RetentionMode::Governance, 1), false).await,
    ] {
        let error = failed(outcome);
        assert!(error.to_string().contains("missing Object Lock Configuration"), "{error}");
    }
}
