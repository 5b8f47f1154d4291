//! The contract for Rust programs, over buckets of every driver.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read, Write};

use s3storage::client::{BucketClient, PresignOp, PutOpts, StorageClient, StorageError, StreamingClient};

fn in_memory(name: &str) -> BucketClient {
    let configuration = format!(
        r#"{{"servers": {{"{name}": {{"driver": "memory"}}}}, "buckets": {{"b": {{"server": "{name}", "bucket": "b"}}}}}}"#
    );
    BucketClient::open(&configuration).unwrap()
}

/// What a service does with an upload.
fn upload(storage: &dyn StorageClient, key: &str, bytes: Vec<u8>) -> Result<u16, (u16, &'static str)> {
    match storage.put(key, bytes, PutOpts::default()) {
        Ok(()) => Ok(204),
        Err(StorageError::QuotaExceeded) => Err((413, "too large")),
        Err(StorageError::AccessDenied) => Err((403, "forbidden")),
        Err(StorageError::NotFound) => Err((404, "gone")),
        Err(StorageError::Backend(_)) => Err((500, "internal")),
    }
}

fn round_trip(storage: &BucketClient) {
    assert_eq!(upload(storage, "a/1", b"one".to_vec()), Ok(204));
    assert_eq!(storage.get("a/1").unwrap(), b"one");
    assert_eq!(storage.get("a/2"), Err(StorageError::NotFound));
    let if_absent = || PutOpts { if_absent: true, ..PutOpts::default() };
    assert!(matches!(storage.put("a/1", Vec::new(), if_absent()), Err(StorageError::Backend(_))));
    storage.put("a/2", b"two".to_vec(), if_absent()).unwrap();
    let (objects, next) = storage.list_page("a/", None).unwrap();
    let listed: Vec<_> = objects.iter().map(|object| (object.key.as_str(), object.size)).collect();
    assert_eq!((listed, next), (vec![("a/1", 3), ("a/2", 3)], None));
    assert_eq!(storage.list_page("nothing/", None).unwrap(), (Vec::new(), None));
    storage.delete("a/2").unwrap();
    storage.delete("a/1").unwrap();
    storage.delete("a/1").unwrap();
    assert_eq!(storage.get("a/1"), Err(StorageError::NotFound));
    assert_eq!(upload(storage, "../a", Vec::new()), Err((500, "internal")));
    assert!(storage.is_healthy());
}

#[test]
fn a_bucket_is_used_from_a_thread_without_a_runtime() {
    let storage = in_memory("plain");
    assert_eq!(storage.name(), "b");
    round_trip(&storage);
    assert!(storage.presigned_url("a", PresignOp::Get, 60).unwrap().starts_with("https://"));
    assert!(matches!(storage.presigned_url("a", PresignOp::Put, 0), Err(StorageError::Backend(_))));
}

#[test]
fn a_bucket_is_used_on_a_runtime_of_the_program() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let storage = in_memory("given").on(runtime.handle().clone());
    round_trip(&storage);
    // From within the very runtime, whose only thread the call blocks.
    runtime.block_on(async { tokio::spawn(async move { round_trip(&storage) }).await }).unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn a_bucket_is_used_within_a_runtime_of_one_thread() {
    round_trip(&in_memory("within"));
    round_trip(&in_memory("within").on(tokio::runtime::Handle::current()));
}

#[test]
fn threads_share_a_client() {
    let storage = in_memory("shared");
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let storage = &storage;
            scope.spawn(move || {
                for i in 0..50 {
                    let key = format!("{thread}/{i}");
                    storage.put(&key, key.clone().into_bytes(), PutOpts::default()).unwrap();
                    assert_eq!(storage.get(&key).unwrap(), key.as_bytes());
                }
            });
        }
    });
    assert_eq!(storage.list_page("", None).unwrap().0.len(), 400);
}

#[test]
fn contents_are_read_and_written_bit_by_bit() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        r#"{{"servers": {{"disk": {{"driver": "local", "root": "{}"}}}}, "buckets": {{"b": {{"server": "disk", "bucket": "b"}}}}}}"#,
        folder.path().display()
    );
    let storage = BucketClient::open(&configuration).unwrap();
    let content: Vec<u8> = (0..12 << 20).map(|i: u32| u8::try_from(i % 251).unwrap()).collect();
    let mut writer = storage.writer("large", PutOpts::default()).unwrap();
    for piece in content.chunks(100_000) {
        writer.write_all(piece).unwrap();
    }
    assert_eq!(storage.get("large"), Err(StorageError::NotFound), "nothing is visible before the end");
    writer.finish().unwrap();
    let mut read = Vec::new();
    storage.reader("large").unwrap().read_to_end(&mut read).unwrap();
    assert!(read == content);
    let mut start = [0; 10];
    storage.reader("large").unwrap().read_exact(&mut start).unwrap();
    assert_eq!(start, content[..10]);
    assert!(storage.reader("nothing").is_err());

    let mut dropped = storage.writer("dropped", PutOpts::default()).unwrap();
    dropped.write_all(&content).unwrap();
    drop(dropped);
    assert_eq!(storage.get("dropped"), Err(StorageError::NotFound));
    let uploads = folder.path().join("~s3storage/uploads/b");
    assert_eq!(std::fs::read_dir(uploads).unwrap().count(), 0, "no parts are left");
}

#[test]
fn a_wrong_configuration_is_told() {
    let Err(StorageError::Backend(told)) = BucketClient::open(r#"{"servers": {"a": {"driver": "ftp"}}}"#) else {
        panic!("it was taken")
    };
    assert!(told.contains("servers.a.driver: unknown driver \"ftp\"; known: s3, local, memory"), "{told}");
    assert!(matches!(BucketClient::open("{"), Err(StorageError::Backend(_))));
}

#[test]
fn a_runtime_of_one_thread_in_which_nobody_waits_holds_nothing_up() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let storage = in_memory("idle").on(runtime.handle().clone());
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        round_trip(&storage);
        done.send(()).unwrap();
    });
    finished.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
}

#[test]
fn a_reader_that_failed_has_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = format!(
        r#"{{"servers": {{"disk": {{"driver": "local", "root": "{}"}}}}, "buckets": {{"b": {{"server": "disk", "bucket": "b"}}}}}}"#,
        folder.path().display()
    );
    let storage = BucketClient::open(&configuration).unwrap();
    storage.put("a", vec![7; 1 << 20], PutOpts::default()).unwrap();
    let mut reader = storage.reader("a").unwrap();
    reader.read_exact(&mut [0; 10]).unwrap();
    std::fs::File::options().write(true).open(folder.path().join("b/a")).unwrap().set_len(300_000).unwrap();
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).unwrap_err();
    assert!(reader.read(&mut [0; 10]).is_err(), "whoever reads on must not meet an end");
    // An end stays one.
    storage.put("b", b"b".to_vec(), PutOpts::default()).unwrap();
    let mut reader = storage.reader("b").unwrap();
    reader.read_to_end(&mut rest).unwrap();
    assert_eq!(reader.read(&mut [0; 10]).unwrap(), 0);
}
