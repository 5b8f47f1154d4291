//! Listings.

use s3storage::{
    storage::Listing,
    types::{ListOptions, Prefix},
};
use serde_json::json;

use crate::{
    dev_server::Config,
    support::{BUCKET, names, put, select, server, server_at, server_with, storage},
};

#[tokio::test]
async fn a_prefix_is_never_left() {
    let server = server().await;
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint())},
        "buckets": {
            "one": {"server": "s", "bucket": BUCKET, "prefix": "tenant1"},
            "ten": {"server": "s", "bucket": BUCKET, "prefix": "tenant10/"},
            "all": {"server": "s", "bucket": BUCKET},
        },
    });
    let (one, ten, all) = (select(tree.clone(), "one"), select(tree.clone(), "ten"), select(tree, "all"));
    put(&one, "a", "1").await;
    put(&ten, "a", "10").await;
    put(&ten, "b", "10").await;
    assert_eq!(names(&one, "").await, ["a"]);
    assert_eq!(names(&ten, "").await, ["a", "b"]);
    assert_eq!(names(&all, "").await, ["tenant1/a", "tenant10/a", "tenant10/b"]);
}

#[tokio::test]
async fn directories_are_listed_once_and_in_order() {
    let server = server().await;
    let storage = storage(&server);
    for pathname in ["a", "b/1", "b/2", "b/c/3", "c"] {
        put(&storage, pathname, "x").await;
    }
    let mut listing = Listing::new(Prefix::default(), false, None, None).unwrap();
    listing.fetch(&storage).await.unwrap();
    let mut entries = Vec::new();
    while let Some(entry) = listing.ready() {
        entries.push((entry.name, entry.is_directory));
    }
    assert!(listing.is_complete());
    assert_eq!(entries, [("a".into(), false), ("b/".into(), true), ("c".into(), false)]);
}

#[tokio::test]
async fn pages_are_asked_for_one_by_one_and_miss_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = server_with(Config { access_log: Some(log.clone()), ..Config::default() }).await;
    let storage = storage(&server);
    for i in 0..25 {
        put(&storage, &format!("{i:04}"), "x").await;
    }
    let mut options = ListOptions { limit: Some(10), ..ListOptions::default() };
    let mut found = Vec::new();
    loop {
        let page = storage.list_page(&Prefix::default(), &options).await.unwrap();
        found.extend(page.objects.into_iter().map(|object| object.name));
        options.token = page.next_token;
        let asked = std::fs::read_to_string(&log).unwrap().lines().filter(|line| line.contains("list-type=2")).count();
        assert_eq!(asked, found.len().div_ceil(10));
        if options.token.is_none() {
            break;
        }
    }
    assert_eq!(found, (0..25).map(|i| format!("{i:04}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_limit_and_a_start_are_kept_over_pages() {
    let server = server().await;
    let storage = storage(&server);
    for i in 0..30 {
        put(&storage, &format!("{i:02}"), "x").await;
    }
    let start = Prefix::parse(b"04").unwrap();
    let mut listing = Listing::new(Prefix::default(), true, Some(7), Some(start)).unwrap();
    let mut found = Vec::new();
    while !listing.is_complete() {
        listing.fetch(&storage).await.unwrap();
        while let Some(entry) = listing.ready() {
            found.push(entry.name);
        }
    }
    assert_eq!(found, ["05", "06", "07", "08", "09", "10", "11"]);
    assert!(Listing::new(Prefix::default(), true, Some(0), None).is_err());
}
