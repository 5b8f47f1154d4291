//! Files to objects and back.

use std::{fs, path::PathBuf};

use s3storage::{
    backend::{self, Location},
    config,
    error::{ErrorCode, Result},
    storage::{Progress, Storage, Uploads},
    types::{ObjectInfo, Pathname, Prefix, PutOptions, TransferOptions},
};
use tempfile::TempDir;

use crate::support::{BUCKET, failed, get, name, select, server, server_at, storage};

const MIB: usize = 1024 * 1024;

/// Bytes in which no two parts are equal.
fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|i| u8::try_from((i / 7 + i / MIB) % 251).unwrap()).collect()
}

fn file(folder: &TempDir, content: &[u8]) -> PathBuf {
    let path = folder.path().join("file.png");
    fs::write(&path, content).unwrap();
    path
}

fn in_parts() -> PutOptions {
    let transfer = TransferOptions::new(Some(5 << 20), Some(3)).unwrap();
    PutOptions { transfer, ..PutOptions::default() }
}

async fn upload(storage: &Storage, path: &std::path::Path) -> (Result<ObjectInfo>, Progress) {
    let progress = Progress::default();
    (storage.upload_file(&name("x"), path, in_parts(), false, &progress).await, progress)
}

#[tokio::test]
async fn files_of_every_size_arrive_byte_for_byte() {
    let (server, folder) = (server().await, TempDir::new().unwrap());
    let storage = storage(&server);
    for size in [0, 1, 300_000, 5 * MIB, 5 * MIB + 1, 17 * MIB + 3] {
        let content = bytes(size);
        let (info, progress) = upload(&storage, &file(&folder, &content)).await;
        assert_eq!(info.unwrap().size, Some(size as u64));
        assert!(get(&storage, "x").await.unwrap() == content, "{size}");
        assert_eq!((progress.done(), progress.total()), (size as u64, Some(size as u64)));
    }
}

#[tokio::test]
async fn the_type_is_that_of_the_pathname_or_else_of_the_file() {
    let (server, folder) = (server().await, TempDir::new().unwrap());
    let storage = storage(&server);
    let path = file(&folder, b"x");
    for (pathname, expected) in [("a.txt", "text/plain"), ("a", "image/png"), ("a.unheard-of", "image/png")] {
        let progress = Progress::default();
        let info = storage.upload_file(&name(pathname), &path, PutOptions::default(), false, &progress).await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn only_a_regular_file_is_uploaded_and_nothing_is_sent_of_another() {
    let folder = TempDir::new().unwrap();
    let tree = serde_json::json!({
        "servers": {"s": server_at("http://127.0.0.1:9")},
        "buckets": {"b": {"server": "s", "bucket": "b"}},
    });
    let storage = select(tree, "b");
    let socket = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, problem) in [
        (folder.path().join("missing"), "does not exist"),
        (folder.path().to_owned(), "is a directory"),
        ("/dev/null".into(), "is a device"),
        (socket, "cannot be opened"),
    ] {
        let error = failed(upload(&storage, &path).await.0);
        assert_eq!((error.code, error.attempts), (ErrorCode::InvalidArgument, 0), "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn uploads_under_way_are_listed_page_by_page_and_aborted() {
    let server = server().await;
    let storage = storage(&server);
    let tree = serde_json::json!({"servers": {"s": server_at(&server.endpoint())}});
    let backend = backend::open(&config::validate(tree, &|_: &str| None).unwrap().servers[0].1).await.unwrap();
    for i in 0..1_001 {
        let key = Pathname::parse(format!("many/ü {i}").as_bytes()).unwrap().key(&Prefix::default()).unwrap();
        backend.begin_upload(Location { bucket: BUCKET, key: &key }, &PutOptions::default()).await.unwrap();
    }
    let mut walk = Uploads::new(Prefix::parse(b"many/").unwrap());
    let mut pages = Vec::new();
    while !walk.is_complete() {
        pages.push(walk.step(&storage).await.unwrap().len());
    }
    assert_eq!(pages, [1000, 1]);
    let mut walk = Uploads::new(Prefix::default());
    let mut aborted = 0;
    while !walk.is_complete() {
        let batch = walk.abort_step(&storage, i64::MAX).await.unwrap();
        assert!(batch.failed.is_empty());
        aborted += batch.succeeded.len();
    }
    assert_eq!(aborted, 1_001);
    assert!(Uploads::new(Prefix::default()).step(&storage).await.unwrap().is_empty());
}
