//! Versions: listed, read, restored, deleted for good; and conditional deletes.

use s3storage::{
    error::ErrorCode,
    storage::{Storage, Versions},
    types::{CopyOptions, DeleteOptions, GetOptions, HeadOptions, ObjectVersion, Prefix},
};

use crate::{
    dev_server::DevServer,
    support::{BUCKET, COPY, DELETE, LOOK, VERSIONED, bucket_of, collect, failed, get, name, put, server, storage},
};

fn versioned(server: &DevServer) -> Storage {
    bucket_of(server, VERSIONED, "generic")
}

/// All versions under a prefix.
async fn all(storage: &Storage, prefix: &str, limit: Option<i64>) -> Vec<ObjectVersion> {
    let mut listing = Versions::new(Prefix::parse(prefix.as_bytes()).unwrap(), limit).unwrap();
    let mut found = Vec::new();
    loop {
        while let Some(version) = listing.ready() {
            found.push(version);
        }
        if listing.is_complete() {
            return found;
        }
        listing.fetch(storage).await.unwrap();
    }
}

fn of_version(id: &str) -> GetOptions {
    GetOptions { version_id: Some(id.to_owned()), ..GetOptions::default() }
}

#[tokio::test]
async fn versions_are_listed_from_new_to_old_with_delete_markers() {
    let server = server().await;
    let storage = versioned(&server);
    for content in ["one", "three"] {
        put(&storage, "a+b c", content).await;
    }
    storage.delete(&name("a+b c"), &DELETE).await.unwrap();
    put(&storage, "z", "z").await;
    let found = all(&storage, "", None).await;
    let seen: Vec<_> = found.iter().map(|v| (v.name.as_str(), v.size, v.is_latest, v.is_delete_marker)).collect();
    let expected = [
        ("a+b c", None, true, true),
        ("a+b c", Some(5), false, false),
        ("a+b c", Some(3), false, false),
        ("z", Some(1), true, false),
    ];
    assert_eq!(seen, expected);
    assert_eq!(all(&storage, "z", None).await.len(), 1);
    assert_eq!(all(&storage, "", Some(2)).await, found[..2]);
    assert!(Versions::new(Prefix::default(), Some(0)).is_err());
}

#[tokio::test]
async fn a_listing_of_many_versions_is_complete() {
    let server = server().await;
    let storage = versioned(&server);
    for _ in 0..3 {
        put(&storage, "a", "x").await;
    }
    let mut listing = Versions::new(Prefix::default(), Some(3)).unwrap();
    let mut found = Vec::new();
    // A page of each size: the marker leads into the versions of one key.
    let page = storage.version_page(&Prefix::default(), None, 1).await.unwrap();
    let next = storage.version_page(&Prefix::default(), page.next.as_ref(), 2).await.unwrap();
    found.extend(page.versions.into_iter().chain(next.versions));
    listing.fetch(&storage).await.unwrap();
    let expected: Vec<_> = std::iter::from_fn(|| listing.ready()).collect();
    assert_eq!((found.len(), found), (3, expected));
    assert!(next.next.is_none());
}

#[tokio::test]
async fn a_version_is_read_and_looked_at() {
    let server = server().await;
    let storage = versioned(&server);
    put(&storage, "a", "one").await;
    let first = storage.metadata(&name("a"), false, &LOOK).await.unwrap().version_id.unwrap();
    put(&storage, "a", "other").await;
    let object = storage.read(&name("a"), &of_version(&first)).await.unwrap();
    assert_eq!(collect(object).await.unwrap(), b"one");
    let look = HeadOptions { version_id: Some(first), ..HeadOptions::default() };
    assert_eq!(storage.metadata(&name("a"), false, &look).await.unwrap().size, Some(3));
    let missing = storage.read(&name("a"), &of_version(&"0".repeat(32))).await.map(|_| ());
    assert_eq!(failed(missing).code, ErrorCode::FileNotFound);
}

#[tokio::test]
async fn a_deleted_version_is_gone_for_good_and_a_deleted_marker_brings_the_object_back() {
    let server = server().await;
    let storage = versioned(&server);
    put(&storage, "a", "one").await;
    put(&storage, "a", "two").await;
    storage.delete(&name("a"), &DELETE).await.unwrap();
    let ids: Vec<_> = all(&storage, "a", None).await.into_iter().map(|version| version.version_id).collect();
    let delete = async |id: &str| {
        let options = DeleteOptions { version_id: Some(id.to_owned()), ..DeleteOptions::default() };
        storage.delete(&name("a"), &options).await.unwrap();
    };
    delete(&ids[0]).await;
    assert_eq!(get(&storage, "a").await.unwrap(), b"two");
    delete(&ids[1]).await;
    delete(&ids[1]).await;
    assert_eq!(get(&storage, "a").await.unwrap(), b"one");
}

#[tokio::test]
async fn a_version_is_restored_by_a_copy_onto_itself() {
    let server = server().await;
    let storage = versioned(&server);
    put(&storage, "a", "one").await;
    put(&storage, "a", "two").await;
    let first = all(&storage, "a", None).await[1].version_id.clone();
    let options = CopyOptions { source_version_id: Some(first.clone()), ..CopyOptions::default() };
    let info = storage.copy(&name("a"), &name("a"), None, &options).await.unwrap();
    assert!(info.version_id.is_some_and(|id| id != first));
    assert_eq!(get(&storage, "a").await.unwrap(), b"one");
    assert_eq!(all(&storage, "a", None).await.len(), 3);
    let error = failed(storage.rename(&name("a"), &name("a"), None, &options).await);
    assert_eq!((error.code, error.attempts), (ErrorCode::InvalidArgument, 0));
}

#[tokio::test]
async fn a_moved_version_is_that_version_and_no_other() {
    let server = server().await;
    let storage = versioned(&server);
    put(&storage, "a", "one").await;
    put(&storage, "a", "two").await;
    let first = all(&storage, "a", None).await[1].version_id.clone();
    let options = CopyOptions { source_version_id: Some(first.clone()), ..CopyOptions::default() };
    storage.rename(&name("a"), &name("b"), None, &options).await.unwrap();
    assert_eq!(get(&storage, "b").await.unwrap(), b"one");
    assert_eq!(get(&storage, "a").await.unwrap(), b"two");
    assert!(all(&storage, "a", None).await.iter().all(|version| version.version_id != first));
}

#[tokio::test]
async fn a_conditional_delete_needs_a_provider_that_honours_it() {
    let server = server().await;
    let plain = storage(&server);
    put(&plain, "in/x", "content").await;
    let etag = plain.metadata(&name("in/x"), false, &LOOK).await.unwrap().etag;
    let if_match = |etag: Option<String>| DeleteOptions { if_match: etag, ..DeleteOptions::default() };
    let requests = server.requests();
    for provider in ["generic", "minio", "r2"] {
        let storage = bucket_of(&server, BUCKET, provider);
        let error = failed(storage.delete(&name("x"), &if_match(etag.clone())).await);
        assert_eq!((error.code, error.attempts), (ErrorCode::Unsupported, 0), "{provider}");
    }
    assert_eq!(server.requests(), requests);
    let storage = bucket_of(&server, BUCKET, "aws");
    let error = failed(storage.delete(&name("x"), &if_match(Some("\"0\"".into()))).await);
    assert_eq!(error.code, ErrorCode::PreconditionFailed);
    assert_eq!(get(&storage, "x").await.unwrap(), b"content");
    storage.delete(&name("x"), &if_match(etag)).await.unwrap();
    assert!(!storage.exists(&name("x")).await.unwrap());
}

#[tokio::test]
async fn a_move_deletes_the_source_under_a_condition_where_that_is_honoured() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "aws");
    put(&storage, "x", "content").await;
    let before = server.requests();
    storage.rename(&name("x"), &name("y"), None, &COPY).await.unwrap();
    // HEAD, copy, HEAD, delete.
    assert_eq!(server.requests() - before, 4);
    assert_eq!(get(&storage, "y").await.unwrap(), b"content");
    assert!(!storage.exists(&name("x")).await.unwrap());
}

#[tokio::test]
async fn conditions_on_time_are_those_of_http() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "x", "content").await;
    let modified = storage.metadata(&name("x"), false, &LOOK).await.unwrap().last_modified.unwrap();
    let read = async |since: Option<i64>, until: Option<i64>| {
        let options = GetOptions { if_modified_since: since, if_unmodified_since: until, ..GetOptions::default() };
        storage.read(&name("x"), &options).await.map(|_| ()).map_err(|error| error.code)
    };
    assert_eq!(read(Some(modified - 1), None).await, Ok(()));
    assert_eq!(read(Some(modified), None).await, Err(ErrorCode::NotModified));
    assert_eq!(read(None, Some(modified)).await, Ok(()));
    assert_eq!(read(None, Some(modified - 1)).await, Err(ErrorCode::PreconditionFailed));
    assert_eq!(read(Some(i64::MAX), None).await, Err(ErrorCode::InvalidArgument));
}
