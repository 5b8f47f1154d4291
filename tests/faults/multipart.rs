//! Uploads in parts that break: parts on the data plane, the beginning and the end on the control plane.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use s3storage::{
    backend::{self, Backend, Location, Part},
    config,
    error::{ErrorCode, Result},
    storage::Storage,
    types::{Key, ObjectInfo, Pathname, Prefix, PutOptions},
};
use serde_json::json;

use crate::{
    client::{BUCKET, COPY, failed, name, select, server_at},
    fault_server::{Answer, FaultServer, Script},
    operation::OBJECT,
};

/// The ETag of an object whose parts are `a` and `b`.
const WHOLE: &str = "\"96e024ba2074fe77e8e965ba43a704be-2\"";

async fn backend(server: &FaultServer) -> Arc<dyn Backend> {
    let tree = json!({"servers": {"s": server_at(&server.endpoint())}});
    let config = config::validate(tree, &|_: &str| None).unwrap();
    backend::open(&config.servers[0].1).await.unwrap()
}

fn key() -> Key {
    Pathname::parse(b"x").unwrap().key(&Prefix::default()).unwrap()
}

fn part(number: u32, etag: &str) -> Part {
    Part { number, etag: etag.to_owned(), size: 1 }
}

/// Completes an upload of the parts `a` and `b`, given in the wrong order.
async fn complete(server: &FaultServer) -> Result<ObjectInfo> {
    let parts = [part(2, "\"92eb5ffee6ae2fec3ad71c777531578f\""), part(1, "\"0cc175b9c0f1b6a831c399e269772661\"")];
    let key = key();
    backend(server)
        .await
        .complete_upload(Location { bucket: BUCKET, key: &key }, "id", &parts, &PutOptions::default())
        .await
}

fn completed() -> Answer {
    Answer::xml(format!("<CompleteMultipartUploadResult><ETag>{WHOLE}</ETag></CompleteMultipartUploadResult>"))
}

/// What a HEAD says of an object of this size.
fn there(size: u64, etag: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\netag: {etag}\r\n\r\n"))
}

/// Every request so far, with its query.
fn asked(server: &FaultServer) -> Vec<String> {
    server.requests().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
}

const POST: &str = "POST /test-bucket/x";
const HEAD: &str = "HEAD /test-bucket/x";

#[tokio::test]
async fn a_part_that_breaks_is_sent_again_from_its_first_byte() {
    let content = Bytes::from(vec![7; 3_000_000]);
    for fault in [Answer::stored().upload_reset_at(100_000), Answer::lost(), Answer::error(503, "SlowDown")] {
        let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [fault, Answer::stored()]));
        let key = key();
        let at = Location { bucket: BUCKET, key: &key };
        let part = backend(&server).await.upload_part(at, "an/id", 3, content.clone().into(), None).await.unwrap();
        assert_eq!((part.number, part.size), (3, 3_000_000));
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert!(requests.iter().all(|request| request.target.ends_with("?partNumber=3&uploadId=an%2Fid")));
        assert_eq!(server.stored(OBJECT).unwrap().len(), 3_000_000);
    }
}

#[tokio::test]
async fn a_part_without_an_etag_is_not_believed() {
    let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [Answer::new(200, "")]));
    let key = key();
    let at = Location { bucket: BUCKET, key: &key };
    let error = failed(backend(&server).await.upload_part(at, "id", 1, Bytes::from("x").into(), None).await);
    assert_eq!(error.code, ErrorCode::OperationFailed);
}

#[tokio::test]
async fn a_completion_names_its_parts_in_order() {
    let server = FaultServer::start(Script::new().on(POST, [completed().padded(5, Duration::from_millis(10))]));
    let info = complete(&server).await.unwrap();
    assert_eq!((info.size, info.etag.as_deref()), (Some(2), Some(WHOLE)));
    assert_eq!(asked(&server), ["POST /test-bucket/x?uploadId=id"]);
}

#[tokio::test]
async fn a_completion_that_is_an_error_in_a_200_is_a_failure_also_after_white_space() {
    let pause = Duration::from_millis(10);
    for answer in [Answer::error(200, "InvalidPart"), Answer::error(200, "InvalidPart").padded(5, pause)] {
        let server = FaultServer::start(Script::new().on(POST, [answer]));
        let error = failed(complete(&server).await);
        assert_eq!((error.code, error.server_code.as_deref()), (ErrorCode::OperationFailed, Some("InvalidPart")));
        assert_eq!(server.requests().len(), 1);
    }
    // One that may pass is tried again.
    let server = FaultServer::start(Script::new().on(POST, [Answer::error(200, "InternalError"), completed()]));
    complete(&server).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_completion_that_was_applied_before_its_answer_was_lost_has_succeeded() {
    let script = Script::new().on(POST, [Answer::lost(), Answer::error(404, "NoSuchUpload")]);
    let server = FaultServer::start(script.on(HEAD, [there(2, WHOLE)]));
    assert_eq!(complete(&server).await.unwrap().etag.as_deref(), Some(WHOLE));
    let expected = ["POST /test-bucket/x?uploadId=id", "POST /test-bucket/x?uploadId=id", "HEAD /test-bucket/x"];
    assert_eq!(asked(&server), expected);
}

#[tokio::test]
async fn a_completion_that_is_answered_without_an_etag_has_that_of_the_object_that_is_there() {
    let unnamed = "<CompleteMultipartUploadResult><Key>x</Key><ETag></ETag></CompleteMultipartUploadResult>";
    for (theirs, etag) in
        [(there(2, WHOLE), Some(WHOLE)), (there(2, "\"other-2\""), None), (Answer::error(404, ""), None)]
    {
        let script = Script::new().on(POST, [Answer::lost(), Answer::xml(unnamed)]).on(HEAD, [theirs]);
        let server = FaultServer::start(script);
        assert_eq!(complete(&server).await.unwrap().etag.as_deref(), etag);
        assert!(asked(&server).len() >= 3);
    }
}

#[tokio::test]
async fn a_completion_is_not_taken_for_another_object() {
    for theirs in [there(3, WHOLE), there(2, "\"other-2\""), Answer::error(404, "")] {
        let script = Script::new().on(POST, [Answer::lost(), Answer::error(404, "NoSuchUpload")]);
        let server = FaultServer::start(script.on(HEAD, [theirs]));
        assert_eq!(failed(complete(&server).await).server_code.as_deref(), Some("NoSuchUpload"));
    }
    // It cannot be looked at.
    let script = Script::new().on(POST, [Answer::lost(), Answer::error(404, "NoSuchUpload")]);
    let error = failed(complete(&FaultServer::start(script.on(HEAD, [Answer::hang_up()]))).await);
    assert_eq!((error.code, error.maybe_applied), (ErrorCode::ConnectionFailed, true), "{error}");
    assert!(error.message.contains("whether it was applied is not known"), "{error}");
    // Without a try before, nobody can have completed it but someone else.
    let script = Script::new().on(POST, [Answer::error(404, "NoSuchUpload")]).on(HEAD, [there(2, WHOLE)]);
    let server = FaultServer::start(script);
    failed(complete(&server).await);
    assert_eq!(server.requests().len(), 1);
}

const LARGE: usize = 6 * 1024 * 1024;

/// A large object on one server, and another server that takes uploads until the script says otherwise.
fn two(parts: Answer) -> (FaultServer, FaultServer, Storage) {
    let near = FaultServer::start(Script::new().object(OBJECT, &vec![7; LARGE], &[]));
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let script = Script::new()
        .on("POST /test-bucket/y?uploads", [Answer::xml(begun)])
        .on("PUT /test-bucket/y", [parts])
        .on("POST /test-bucket/y", [completed()])
        .on("DELETE /test-bucket/y", [Answer::new(204, "")]);
    let far = FaultServer::start(script);
    let tree = json!({
        "servers": {"near": server_at(&near.endpoint()), "far": server_at(&far.endpoint())},
        "buckets": {"a": {"server": "near", "bucket": BUCKET}, "b": {"server": "far", "bucket": BUCKET}},
    });
    let storage = select(tree, "a");
    (near, far, storage)
}

fn aborted(server: &FaultServer) -> bool {
    asked(server).iter().any(|asked| asked.starts_with("DELETE /test-bucket/y?") && asked.contains("uploadId=id"))
}

#[tokio::test]
async fn a_large_copy_between_servers_goes_in_parts() {
    let (_near, far, storage) = two(Answer::stored());
    storage.copy(&name("x"), &name("y"), Some("b"), &COPY).await.unwrap();
    let mut lengths: Vec<_> = far.requests().iter().filter(|r| r.method == "PUT").map(|r| r.content.len()).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [1024 * 1024, 5 * 1024 * 1024]);
    assert!(!aborted(&far));
}

#[tokio::test]
async fn a_large_move_that_fails_aborts_its_upload_and_keeps_the_source() {
    let (near, far, storage) = two(Answer::error(403, "AccessDenied"));
    let error = failed(storage.rename(&name("x"), &name("y"), Some("b"), &COPY).await);
    assert_eq!(error.code, ErrorCode::PermissionDenied);
    assert!(aborted(&far));
    assert_eq!(near.stored(OBJECT).unwrap().len(), LARGE);
}

#[tokio::test]
async fn a_large_copy_that_is_given_up_aborts_its_upload() {
    let (_near, far, storage) = two(Answer::silence());
    let (source, destination) = (name("x"), name("y"));
    let copy = storage.copy(&source, &destination, Some("b"), &COPY);
    assert!(tokio::time::timeout(Duration::from_millis(500), copy).await.is_err());
    for _ in 0..100 {
        if aborted(&far) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("not aborted: {:?}", asked(&far));
}

const MIB: usize = 1024 * 1024;

/// A bucket with upload settings, on a server that takes uploads.
fn taking(parts: Answer, concurrency: u32) -> (FaultServer, Storage) {
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let script = Script::new()
        .on("POST /test-bucket/x?uploads", [Answer::xml(begun)])
        .on("PUT /test-bucket/x", [parts])
        .on("POST /test-bucket/x", [completed()])
        .on("DELETE /test-bucket/x", [Answer::new(204, "")]);
    let server = FaultServer::start(script);
    let bucket = json!({"server": "s", "bucket": BUCKET, "part_size": 6 * MIB, "concurrency": concurrency});
    let tree = json!({"servers": {"s": server_at(&server.endpoint())}, "buckets": {"b": bucket}});
    let storage = select(tree, "b");
    (server, storage)
}

async fn write(storage: &Storage, size: usize) -> Result<ObjectInfo> {
    storage.write(&name("x"), vec![7; size].into(), PutOptions::default()).await
}

#[tokio::test]
async fn a_write_that_fits_into_a_part_is_one_request() {
    let (server, storage) = taking(Answer::stored(), 5);
    write(&storage, 6 * MIB).await.unwrap();
    assert_eq!(asked(&server), ["PUT /test-bucket/x"]);
}

#[tokio::test]
async fn a_larger_write_goes_in_equal_parts_as_many_at_once_as_configured() {
    for (concurrency, rounds, pause) in [(1, 4, 400), (2, 2, 2000), (5, 1, 2000)] {
        let pause = Duration::from_millis(pause);
        let (server, storage) = taking(Answer::stored().delayed(pause), concurrency);
        let started = std::time::Instant::now();
        write(&storage, 20 * MIB).await.unwrap();
        let requests = server.requests();
        let mut parts: Vec<_> = requests.iter().filter(|request| request.method == "PUT").collect();
        assert!(started.elapsed() >= pause * rounds, "{concurrency}: {:?}", started.elapsed());
        // The first of them were on their way before any was answered.
        let apart = parts[concurrency.min(4) as usize - 1].at.duration_since(parts[0].at);
        assert!(apart < pause, "{concurrency}: {apart:?}");
        parts.sort_by_key(|request| request.target.clone());
        let sizes: Vec<_> = parts.iter().map(|request| request.content.len() / MIB).collect();
        assert_eq!(sizes, [6, 6, 6, 2]);
        let completion = requests.last().unwrap();
        let text = String::from_utf8_lossy(&completion.content).into_owned();
        let numbers: Vec<_> =
            text.match_indices("<PartNumber>").map(|(at, tag)| &text[at + tag.len()..][..1]).collect();
        assert_eq!(numbers, ["1", "2", "3", "4"], "{text}");
    }
}

#[tokio::test]
async fn a_larger_write_that_fails_aborts_its_upload() {
    let (server, storage) = taking(Answer::error(403, "AccessDenied"), 5);
    assert_eq!(failed(write(&storage, 20 * MIB).await).code, ErrorCode::PermissionDenied);
    assert!(asked(&server).iter().any(|asked| asked.starts_with("DELETE ") && asked.contains("uploadId=id")));
    assert!(!asked(&server).iter().any(|asked| asked == "POST /test-bucket/x?uploadId=id"));
}
