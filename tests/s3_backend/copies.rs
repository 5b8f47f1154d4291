//! Copies and moves: within a bucket, to another one, to another server, onto themselves.

use s3storage::{
    error::ErrorCode,
    storage::Storage,
    types::{CopyOptions, Visibility},
};
use serde_json::json;

use crate::{
    dev_server::DevServer,
    support::{BUCKET, COPY, LOOK, failed, get, name, put, select, server, server_at, storage},
};

/// `a` and `b` on one server in two buckets, `far` on another server.
async fn three() -> (DevServer, DevServer, Storage, Storage, Storage) {
    let (near, far) = (server().await, server().await);
    let tree = json!({
        "servers": {"near": server_at(&near.endpoint()), "far": server_at(&far.endpoint())},
        "buckets": {
            "a": {"server": "near", "bucket": BUCKET, "prefix": "a/"},
            "b": {"server": "near", "bucket": "other-bucket"},
            "far": {"server": "far", "bucket": BUCKET, "prefix": "far"},
        },
    });
    let at = |alias: &str| select(tree.clone(), alias);
    let (a, b, c) = (at("a"), at("b"), at("far"));
    (near, far, a, b, c)
}

#[tokio::test]
async fn copy_keeps_the_source_and_its_metadata() {
    let (_near, _far, a, b, far) = three().await;
    put(&a, "x.txt", "content").await;
    for (alias, target) in [("a", &a), ("b", &b), ("far", &far)] {
        let info = a.copy(&name("x.txt"), &name("y"), Some(alias), &COPY).await.unwrap();
        assert_eq!(info.name, "y");
        assert_eq!(get(target, "y").await.unwrap(), b"content");
        let copied = target.metadata(&name("y"), false, &LOOK).await.unwrap();
        assert_eq!(copied.content_type.as_deref(), Some("text/plain"), "{alias}");
        assert_eq!(get(&a, "x.txt").await.unwrap(), b"content");
    }
}

#[tokio::test]
async fn a_large_object_streams_between_servers() {
    let (_near, _far, a, _, far) = three().await;
    let content: Vec<u8> = (0..16 * 1024 * 1024_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    put(&a, "large", content.clone()).await;
    a.copy(&name("large"), &name("large"), Some("far"), &COPY).await.unwrap();
    assert!(get(&far, "large").await.unwrap() == content);
}

#[tokio::test]
async fn move_takes_the_source_away() {
    let (_near, _far, a, b, far) = three().await;
    for (alias, target) in [("a", &a), ("b", &b), ("far", &far)] {
        put(&a, "x", "content").await;
        a.rename(
            &name("x"),
            &name("y"),
            Some(alias),
            &CopyOptions { visibility: Some(Visibility::Private), ..CopyOptions::default() },
        )
        .await
        .unwrap();
        assert_eq!(get(target, "y").await.unwrap(), b"content", "{alias}");
        assert!(!a.exists(&name("x")).await.unwrap(), "{alias}");
    }
}

#[tokio::test]
async fn onto_itself_nothing_is_lost() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "x", "content").await;
    storage
        .copy(
            &name("x"),
            &name("x"),
            None,
            &CopyOptions { visibility: Some(Visibility::Public), ..CopyOptions::default() },
        )
        .await
        .unwrap();
    assert_eq!(storage.visibility(&name("x")).await.unwrap(), Visibility::Public);
    storage.rename(&name("x"), &name("x"), None, &COPY).await.unwrap();
    assert_eq!(get(&storage, "x").await.unwrap(), b"content");
    assert_eq!(failed(storage.copy(&name("none"), &name("none"), None, &COPY).await).code, ErrorCode::FileNotFound);
}

/// One server under two entries, and under two host names.
#[tokio::test]
async fn a_move_onto_itself_by_another_name_of_the_server_loses_nothing() {
    let server = server().await;
    let mut patient = server_at(&server.endpoint());
    patient["read_timeout"] = json!(120);
    let other_name = server_at(&server.endpoint().replace("127.0.0.1", "localhost"));
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint()), "patient": patient, "other": other_name},
        "buckets": {
            "b": {"server": "s", "bucket": BUCKET},
            "same": {"server": "patient", "bucket": BUCKET},
            "alias": {"server": "other", "bucket": BUCKET},
        },
    });
    let storage = select(tree, "b");
    put(&storage, "x", "precious").await;
    storage.rename(&name("x"), &name("x"), Some("same"), &COPY).await.unwrap();
    assert_eq!(get(&storage, "x").await.unwrap(), b"precious");
    let error = failed(storage.rename(&name("x"), &name("x"), Some("alias"), &COPY).await);
    assert!(error.to_string().contains("one object under two endpoints"), "{error}");
    assert_eq!(get(&storage, "x").await.unwrap(), b"precious");
    storage.rename(&name("x"), &name("y"), Some("alias"), &COPY).await.unwrap();
    assert_eq!(get(&storage, "y").await.unwrap(), b"precious");
}

#[tokio::test]
async fn a_missing_source_is_named_and_leaves_the_destination_alone() {
    let (_near, _far, a, b, far) = three().await;
    for (alias, target) in [("b", &b), ("far", &far)] {
        put(target, "y", "old").await;
        let error = failed(a.rename(&name("none"), &name("y"), Some(alias), &COPY).await);
        assert_eq!(error.code, ErrorCode::FileNotFound);
        assert!(error.to_string().starts_with("move none to y: "), "{error}");
        assert_eq!(get(target, "y").await.unwrap(), b"old");
    }
    assert_eq!(failed(a.copy(&name("x"), &name("y"), Some("nowhere"), &COPY).await).code, ErrorCode::BucketNotFound);
}
