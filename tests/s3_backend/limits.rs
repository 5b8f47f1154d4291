//! Connections: reused while they live, never when they are dead; ACLs: proven or refused.

use std::time::Duration;

use s3storage::{
    error::ErrorCode,
    types::{PutOptions, Visibility},
};
use serde_json::json;

use crate::{
    dev_server::Config,
    support::{failed, get, name, put, server_with, storage, storage_with},
};

#[tokio::test]
async fn fifty_calls_use_one_connection() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = server_with(Config { access_log: Some(log.clone()), ..Config::default() }).await;
    let storage = storage(&server);
    for i in 0..25 {
        put(&storage, &format!("{i}"), "x").await;
        get(&storage, &format!("{i}")).await.unwrap();
    }
    let log = std::fs::read_to_string(log).unwrap();
    let connections: std::collections::HashSet<_> = log.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!((log.lines().count(), connections.len()), (50, 1));
}

/// On a current-thread runtime that nobody drives between calls, as under PHP.
#[test]
fn a_connection_that_the_server_closed_meanwhile_is_no_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { idle_timeout: Some(Duration::from_millis(100)), ..Config::default() };
    let server = runtime.block_on(server_with(config));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    for i in 0..10 {
        runtime.block_on(put(&storage, &format!("{i}"), "x"));
        std::thread::sleep(Duration::from_millis(150));
        assert_eq!(runtime.block_on(get(&storage, &format!("{i}"))).unwrap(), b"x");
        std::thread::sleep(Duration::from_millis(150));
    }
}

#[tokio::test]
async fn a_provider_without_acls_refuses_public_before_anything_is_sent() {
    let server = server_with(Config::default()).await;
    let storage = storage_with(&server.endpoint(), json!({"provider": "minio"}));
    let public = PutOptions { visibility: Some(Visibility::Public), ..PutOptions::default() };
    let write = storage.write(&name("x"), "x".into(), public).await;
    assert_eq!(failed(write).code, ErrorCode::Unsupported);
    assert!(!storage.exists(&name("x")).await.unwrap());
    put(&storage, "x", "x").await;
    assert_eq!(failed(storage.set_visibility(&name("x"), Visibility::Public).await).code, ErrorCode::Unsupported);
    assert_eq!(storage.visibility(&name("x")).await.unwrap(), Visibility::Private);
}
