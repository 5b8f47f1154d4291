//! Deletes of many objects.

use s3storage::{
    error::ErrorCode,
    storage::{Storage, Sweep},
    types::{Pathname, Prefix},
};
use serde_json::json;

use crate::{
    dev_server::Config,
    support::{BUCKET, name, names, put, select, server, server_at, server_with, storage},
};

async fn sweep(storage: &Storage, prefix: &str) -> usize {
    let mut sweep = Sweep::new(Prefix::parse(prefix.as_bytes()).unwrap(), true).unwrap();
    let mut deleted = 0;
    while !sweep.is_complete() {
        let page = sweep.step(storage).await.unwrap();
        assert!(page.failed.is_empty(), "{:?}", page.failed);
        deleted += page.succeeded.len();
    }
    deleted
}

#[tokio::test]
async fn a_thousand_keys_go_into_one_request() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = server_with(Config { access_log: Some(log.clone()), ..Config::default() }).await;
    let storage = storage(&server);
    for i in [0, 1_500, 2_499] {
        put(&storage, &format!("{i:04}"), "x").await;
    }
    put(&storage, "kept", "x").await;
    let pathnames: Vec<Pathname> = (0..2_500).map(|i| name(&format!("{i:04}"))).collect();
    let batch = storage.delete_many(&pathnames).await;
    assert_eq!((batch.succeeded.len(), batch.failed.len()), (2_500, 0));
    assert_eq!(batch.succeeded[2_499], "2499");
    assert_eq!(names(&storage, "").await, ["kept"]);
    let requests = std::fs::read_to_string(&log).unwrap().lines().filter(|line| line.starts_with("POST ")).count();
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn keys_that_xml_does_not_carry_are_deleted_too() {
    let server = server().await;
    let storage = storage(&server);
    let odd = [
        " ", " a", "a ", "a\nb", "a\rb", "\u{1}", "a\tb", "<a>&amp;", "é", "e\u{301}", "a%2Fb", "a+b", "\u{85}", "dir/",
    ];
    for pathname in odd {
        put(&storage, pathname, "x").await;
    }
    put(&storage, "a", "neighbour").await;
    put(&storage, "a b", "neighbour").await;
    let batch = storage.delete_many(&odd.map(name)).await;
    assert!(batch.failed.is_empty(), "{:?}", batch.failed);
    assert_eq!(batch.succeeded, odd);
    assert_eq!(names(&storage, "").await, ["a", "a b"]);
}

#[tokio::test]
async fn a_name_that_is_too_long_with_the_prefix_fails_alone() {
    let server = server().await;
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint())},
        "buckets": {"b": {"server": "s", "bucket": BUCKET, "prefix": "p"}},
    });
    let storage = select(tree, "b");
    put(&storage, "a", "x").await;
    let batch = storage.delete_many(&[name(&"x".repeat(1_023)), name("a")]).await;
    assert_eq!(batch.succeeded, ["a"]);
    assert_eq!(batch.failed[0].1.code, ErrorCode::InvalidPathname);
    assert!(names(&storage, "").await.is_empty());
}

#[tokio::test]
async fn a_missing_bucket_fails_every_object() {
    let server = server().await;
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint())},
        "buckets": {"b": {"server": "s", "bucket": "no-such-bucket"}},
    });
    let batch = select(tree, "b").delete_many(&[name("a"), name("b")]).await;
    let codes: Vec<_> = batch.failed.iter().map(|(name, error)| (name.as_str(), error.code)).collect();
    assert_eq!(codes, [("a", ErrorCode::BucketNotFound), ("b", ErrorCode::BucketNotFound)]);
    let error = batch.error("deleteMany", "", 0).unwrap();
    assert_eq!(error.code, ErrorCode::BatchFailed);
    assert!(
        error.to_string().starts_with("deleteMany: 2 of 2 objects failed: the first of them: delete a: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_prefix_is_swept_and_nothing_beside_it() {
    let server = server().await;
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint())},
        "buckets": {
            "one": {"server": "s", "bucket": BUCKET, "prefix": "tenant1"},
            "all": {"server": "s", "bucket": BUCKET},
        },
    });
    let (one, all) = (select(tree.clone(), "one"), select(tree, "all"));
    for pathname in ["tenant1", "tenant1/", "tenant1/a", "tenant1/old/b", "tenant1/old\u{1}c", "tenant10/old/d"] {
        put(&all, pathname, "x").await;
    }
    assert_eq!(sweep(&one, "old").await, 2);
    assert_eq!(names(&all, "").await, ["tenant1", "tenant1/", "tenant1/a", "tenant10/old/d"]);
    assert_eq!(sweep(&one, "").await, 1);
    assert_eq!(names(&all, "").await, ["tenant1", "tenant1/", "tenant10/old/d"]);
}

#[tokio::test]
async fn more_than_a_page_is_swept() {
    let server = server().await;
    let storage = storage(&server);
    for i in 0..1_203 {
        put(&storage, &format!("d/{i:04}"), "x").await;
    }
    put(&storage, "e", "x").await;
    assert_eq!(sweep(&storage, "d/").await, 1_203);
    assert_eq!(names(&storage, "").await, ["e"]);
}

#[test]
fn an_empty_prefix_needs_a_word() {
    let error = Sweep::new(Prefix::default(), false).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.to_string().contains("all: true"), "{error}");
}
