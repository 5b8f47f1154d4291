//! Tags, and that copies keep them.

use s3storage::{error::ErrorCode, storage::Storage, types::PutOptions};

use crate::support::{COPY, failed, name, put, server, storage};

fn tags(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn of(storage: &Storage, pathname: &str) -> Vec<(String, String)> {
    let mut tags = storage.tags(&name(pathname)).await.unwrap();
    tags.sort();
    tags
}

#[tokio::test]
async fn tags_are_replaced_as_a_whole() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "x", "x").await;
    assert_eq!(of(&storage, "x").await, []);
    let odd = tags(&[("a b", "1+1=2"), ("ä/<&>\"", "")]);
    storage.set_tags(&name("x"), &odd).await.unwrap();
    assert_eq!(of(&storage, "x").await, odd);
    storage.set_tags(&name("x"), &tags(&[("other", "v")])).await.unwrap();
    assert_eq!(of(&storage, "x").await, tags(&[("other", "v")]));
    storage.set_tags(&name("x"), &[]).await.unwrap();
    assert_eq!(of(&storage, "x").await, []);
    assert_eq!(failed(storage.tags(&name("none")).await).code, ErrorCode::FileNotFound);
    assert_eq!(failed(storage.set_tags(&name("none"), &odd).await).code, ErrorCode::FileNotFound);
}

#[tokio::test]
async fn tags_that_break_a_limit_are_refused_before_anything_is_sent() {
    let server = server().await;
    let storage = storage(&server);
    let requests = server.requests();
    let many: Vec<_> = (0..11).map(|i| (i.to_string(), String::new())).collect();
    for wrong in [many, tags(&[("", "v")]), tags(&[("k", "a\r\nb")])] {
        assert_eq!(failed(storage.set_tags(&name("x"), &wrong).await).code, ErrorCode::InvalidArgument);
        let options = PutOptions { tags: wrong, ..PutOptions::default() };
        assert_eq!(failed(storage.write(&name("x"), "x".into(), options).await).code, ErrorCode::InvalidArgument);
    }
    assert_eq!(server.requests(), requests);
}

#[tokio::test]
async fn copies_keep_tags_within_a_server_and_between_two() {
    let (near, far) = (server().await, server().await);
    let tree = serde_json::json!({
        "servers": {"near": crate::support::server_at(&near.endpoint()), "far": crate::support::server_at(&far.endpoint())},
        // One place at a time: the tags must not wait for the place that the content holds.
        "buckets": {
            "a": {"server": "near", "bucket": crate::support::BUCKET, "max_concurrent_operations": 1},
            "far": {"server": "far", "bucket": crate::support::BUCKET},
        },
    });
    let (a, far_bucket) = (crate::support::select(tree.clone(), "a"), crate::support::select(tree, "far"));
    let asked = tags(&[("k", "v"), ("n", "1")]);
    let options = PutOptions { tags: asked.clone(), ..PutOptions::default() };
    a.write(&name("x"), "content".into(), options).await.unwrap();
    a.copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert_eq!(of(&a, "y").await, asked);
    a.copy(&name("x"), &name("y"), Some("far"), &COPY).await.unwrap();
    assert_eq!(of(&far_bucket, "y").await, asked);
    a.rename(&name("x"), &name("z"), Some("far"), &COPY).await.unwrap();
    assert_eq!(of(&far_bucket, "z").await, asked);
}
