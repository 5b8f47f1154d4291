//! Copies of objects that are larger than the server copies in one request.

use s3storage::{
    error::ErrorCode,
    types::{PutOptions, Visibility},
};
use serde_json::json;

use crate::{
    dev_server::{Config, DevServer},
    support::{BUCKET, COPY, LOOK, bucket_of, failed, get, name, put, requests, select, server_at, server_with},
};

const LIMIT: u64 = 5 << 20;

async fn small_minded() -> (DevServer, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let access_log = Some(folder.path().join("log"));
    (server_with(Config { copy_limit: LIMIT, access_log, ..Config::default() }).await, folder)
}

fn content(size: u32) -> Vec<u8> {
    (0..size).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

#[tokio::test]
async fn a_large_copy_goes_in_parts_and_keeps_what_a_small_one_keeps() {
    let (server, folder) = small_minded().await;
    for provider in ["generic", "aws"] {
        let storage = bucket_of(&server, BUCKET, provider);
        let content = content(12 << 20);
        let options = PutOptions {
            content_type: Some("a/b".into()),
            cache_control: Some("no-store".into()),
            metadata: vec![("k".into(), "v".into())],
            tags: vec![("t".into(), "1".into())],
            ..PutOptions::default()
        };
        storage.write(&name("x"), content.clone().into(), options.clone()).await.unwrap();
        std::fs::write(folder.path().join("log"), "").unwrap();
        let info = storage.copy(&name("x"), &name("y z"), None, &COPY).await.unwrap();
        let asked = requests(&folder.path().join("log"));
        let parts = asked.iter().filter(|asked| asked.contains("partNumber=")).count();
        // Refused, looked at, tags, begun, three parts, completed.
        assert_eq!((parts, asked.len()), (3, 8), "{asked:?}");
        assert_eq!((info.name.as_str(), info.size), ("y z", Some(12 << 20)));
        assert!(get(&storage, "y z").await.unwrap() == content);
        let copied = storage.metadata(&name("y z"), false, &LOOK).await.unwrap();
        assert_eq!((copied.content_type, copied.cache_control), (options.content_type, options.cache_control));
        assert_eq!(copied.metadata, Some(options.metadata));
        assert_eq!(storage.tags(&name("y z")).await.unwrap(), options.tags);
    }
}

#[tokio::test]
async fn parts_need_no_more_places_than_the_alias_has() {
    let (server, _folder) = small_minded().await;
    let bucket = json!({"server": "s", "bucket": BUCKET, "max_concurrent_operations": 1});
    let storage = select(json!({"servers": {"s": server_at(&server.endpoint())}, "buckets": {"b": bucket}}), "b");
    put(&storage, "x", content(12 << 20)).await;
    storage.rename(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert!(get(&storage, "y").await.unwrap() == content(12 << 20));
}

#[tokio::test]
async fn a_copy_up_to_the_limit_is_one_request() {
    let (server, _folder) = small_minded().await;
    let storage = bucket_of(&server, BUCKET, "generic");
    put(&storage, "x", content(5 << 20)).await;
    let before = server.requests();
    storage.copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert_eq!(server.requests() - before, 1);
}

#[tokio::test]
async fn a_large_move_goes_in_parts_and_takes_the_source_away() {
    let (server, _folder) = small_minded().await;
    let storage = bucket_of(&server, BUCKET, "generic");
    let content = content(11 << 20);
    put(&storage, "x", content.clone()).await;
    let options = s3storage::types::CopyOptions { visibility: Some(Visibility::Public), ..COPY.clone() };
    let info = storage.rename(&name("x"), &name("y"), None, &options).await.unwrap();
    assert_eq!(info.visibility, Some(Visibility::Public));
    assert_eq!(storage.visibility(&name("y")).await.unwrap(), Visibility::Public);
    assert!(get(&storage, "y").await.unwrap() == content);
    assert_eq!(failed(get(&storage, "x").await).code, ErrorCode::FileNotFound);
}
