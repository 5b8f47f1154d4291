//! Contents that are read and written bit by bit, with pauses: nothing counts while nobody waits, nothing is spliced, nothing is left behind.

use std::time::Duration;

use bytes::Bytes;
use s3storage::{
    error::{ErrorCode, Result},
    storage::{Progress, Reader, Storage},
    types::{GetOptions, HeadOptions, PutOptions},
};
use serde_json::json;

use crate::{
    client::{BUCKET, failed, name, put, select, server_at, storage_with},
    fault_server::{Answer, FaultServer, Request, Script},
    operation::{CONTENT, OBJECT},
};

const GET: &str = "GET /test-bucket/x";
const PART: u64 = 5 * 1024 * 1024;

async fn open(storage: &Storage) -> Reader {
    storage.open(&name("x"), GetOptions::default()).await.unwrap()
}

async fn read(reader: &mut Reader, storage: &Storage, bytes: usize) -> Result<Vec<u8>> {
    let mut buffer = vec![0; bytes];
    let length = reader.read(storage, &mut buffer).await?;
    buffer.truncate(length);
    Ok(buffer)
}

fn asked(request: &Request) -> (Option<&str>, bool) {
    (request.header("range"), request.header("if-match").is_some())
}

fn large() -> Vec<u8> {
    (0..3_000_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

#[tokio::test]
async fn a_pause_longer_than_every_patience_is_survived() {
    let content = large();
    // The server gives up in the middle; what the socket holds until then is less than the whole.
    let script =
        Script::new().object(OBJECT, &content, &[]).on(GET, [Answer::stored().reset_at(600_000), Answer::stored()]);
    let server = FaultServer::start(script);
    let impatient = json!({"operation_timeout": 2, "read_timeout": 1.5, "max_attempts": 1});
    let storage = storage_with(&server.endpoint(), impatient);
    let mut reader = open(&storage).await;
    let mut read_so_far = read(&mut reader, &storage, 1000).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    read_so_far.extend(read(&mut reader, &storage, 400_000).await.unwrap());
    tokio::time::sleep(Duration::from_secs(3)).await;
    read_so_far.extend(read(&mut reader, &storage, 4_000_000).await.unwrap());
    assert!(read_so_far == content && reader.is_at_end());
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let (range, matched) = asked(&requests[1]);
    assert!(range.unwrap().ends_with("-2999999") && matched, "{range:?}");
}

#[tokio::test]
async fn a_reader_that_rests_holds_no_place() {
    let server = FaultServer::start(Script::new().object(OBJECT, &large(), &[]));
    let tree = json!({
        "servers": {"s": server_at(&server.endpoint())},
        "buckets": {"b": {"server": "s", "bucket": BUCKET, "max_concurrent_operations": 1}},
    });
    let storage = select(tree, "b");
    let mut reader = open(&storage).await;
    put(&storage, "y", "while it rests").await;
    assert_eq!(read(&mut reader, &storage, 10).await.unwrap().len(), 10);
    put(&storage, "y", "while it rests").await;
    let info = storage.metadata(&name("x"), false, &HeadOptions::default()).await.unwrap();
    assert_eq!(info.size, Some(3_000_000));
}

#[tokio::test]
async fn a_leap_asks_for_the_same_object_from_there_on() {
    let content = large();
    let server = FaultServer::start(Script::new().object(OBJECT, &content, &[]));
    let storage = storage_with(&server.endpoint(), json!({}));
    let mut reader = open(&storage).await;
    // Near ones do not.
    for position in [5, 100, 50_000] {
        reader.seek(position);
        let at = usize::try_from(position).unwrap();
        assert!(read(&mut reader, &storage, 20).await.unwrap() == content[at..at + 20], "{position}");
    }
    assert_eq!(server.requests().len(), 1);
    reader.seek(2_000_000);
    assert!(read(&mut reader, &storage, 20).await.unwrap() == content[2_000_000..2_000_020]);
    reader.seek(10);
    assert!(read(&mut reader, &storage, 5_000_000).await.unwrap() == content[10..]);
    let requests = server.requests();
    let asked: Vec<_> = requests.iter().map(asked).collect();
    assert_eq!(asked, [(None, false), (Some("bytes=2000000-2999999"), true), (Some("bytes=10-2999999"), true)]);
    // Behind the end there is nothing to ask for.
    reader.seek(9_000_000);
    assert!(reader.is_at_end());
    assert!(read(&mut reader, &storage, 10).await.unwrap().is_empty());
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn another_object_is_never_joined_and_the_position_stays() {
    let script = Script::new().object(OBJECT, &large(), &[]);
    let answers = [Answer::stored(), Answer::error(412, "PreconditionFailed"), Answer::stored()];
    let server = FaultServer::start(script.on(GET, answers));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    let mut reader = open(&storage).await;
    reader.seek(1_000_000);
    let error = failed(read(&mut reader, &storage, 10).await);
    assert_eq!(error.code, ErrorCode::ConnectionFailed);
    assert!(error.to_string().contains("read x: the object is not the same any more"), "{error}");
    assert_eq!((reader.position(), reader.is_at_end()), (1_000_000, false));
    assert!(read(&mut reader, &storage, 10).await.unwrap() == large()[1_000_000..1_000_010]);
}

#[tokio::test]
async fn a_read_that_fails_half_way_is_taken_back() {
    let content = large();
    let cut = Answer::stored().stalled_at(500_000);
    let server = FaultServer::start(Script::new().object(OBJECT, &content, &[]).on(GET, [cut, Answer::stored()]));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1, "read_timeout": 1}));
    let mut reader = open(&storage).await;
    let begun = read(&mut reader, &storage, 1000).await.unwrap();
    let error = failed(read(&mut reader, &storage, 2_000_000).await);
    assert_eq!(error.code, ErrorCode::Timeout);
    assert_eq!(reader.position(), 1000);
    let rest = read(&mut reader, &storage, 3_000_000).await.unwrap();
    assert!([begun, rest].concat() == content);
    assert_eq!(asked(&server.requests()[1]), (Some("bytes=1000-2999999"), true));
}

#[tokio::test]
async fn bytes_that_nobody_vouches_for_do_not_end_a_stream() {
    // The CRC of "0123456789" (catalogue value of CRC-32/ISO-HDLC).
    let headers = [("x-amz-checksum-crc32", "poTDxw==")];
    let script = Script::new().object(OBJECT, CONTENT, &headers).on(GET, [Answer::stored().flipped_at(3)]);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({}));
    let mut reader = open(&storage).await;
    let error = failed(read(&mut reader, &storage, 4).await);
    assert_eq!((error.code, reader.is_at_end()), (ErrorCode::ChecksumMismatch, false));
}

/// Writes so many bytes, `size` of them at a time.
async fn write(storage: &Storage, bytes: usize) -> Result<Option<u64>> {
    let mut writer = storage.create(&name("x"), PutOptions::default(), Progress::default()).await?;
    let content = vec![7; writer.part_size()];
    let mut left = bytes;
    loop {
        let part = Bytes::copy_from_slice(&content[..left.min(writer.part_size())]);
        left -= part.len();
        if part.len() < writer.part_size() {
            return Ok(writer.finish(part).await?.size);
        }
        if writer.is_full() {
            writer.send().await?;
        }
        writer.push(part)?;
    }
}

fn in_parts(server: &FaultServer, concurrency: u32) -> Storage {
    let mut section = server_at(&server.endpoint());
    section["max_attempts"] = json!(1);
    let bucket = json!({"server": "s", "bucket": BUCKET, "part_size": PART, "concurrency": concurrency});
    select(json!({"servers": {"s": section}, "buckets": {"b": bucket}}), "b")
}

/// A server that takes every upload but for one request.
fn multipart_but(request: &str, answer: Answer) -> Script {
    uploads(Script::new().on(request, [answer]))
}

fn multipart() -> Script {
    uploads(Script::new())
}

fn uploads(script: Script) -> Script {
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let done = "<CompleteMultipartUploadResult><ETag>\"e-2\"</ETag></CompleteMultipartUploadResult>";
    script
        .on("POST /test-bucket/x?uploads", [Answer::xml(begun)])
        .on("POST /test-bucket/x?uploadId=id", [Answer::xml(done)])
        .on("DELETE /test-bucket/x?uploadId=id", [Answer::new(204, "")])
}

/// Methods and queries of the requests so far.
fn lines(server: &FaultServer) -> Vec<String> {
    let line = |request: &Request| format!("{} {}", request.method, request.query());
    server.requests().iter().map(line).collect()
}

#[tokio::test]
async fn what_fits_into_a_part_is_one_request_also_where_it_fills_it() {
    for size in [0, 1, PART] {
        let server = FaultServer::start(multipart());
        let size = usize::try_from(size).unwrap();
        assert_eq!(write(&in_parts(&server, 2), size).await.unwrap(), Some(size as u64));
        assert_eq!(lines(&server), ["PUT "], "{size}");
        assert_eq!(server.stored(OBJECT).unwrap().len(), size);
    }
}

#[tokio::test]
async fn more_goes_in_whole_parts_and_a_rest() {
    for (size, parts, concurrency) in [(2 * PART, 2, 1), (2 * PART + 1, 3, 2), (7 * PART, 7, 3)] {
        let server = FaultServer::start(multipart());
        let written = write(&in_parts(&server, concurrency), usize::try_from(size).unwrap()).await;
        assert_eq!(written.unwrap(), Some(size));
        let lines = lines(&server);
        assert_eq!(lines.len(), parts + 2, "{lines:?}");
        for number in 1..=parts {
            let expected = format!("PUT partNumber={number}&uploadId=id");
            assert_eq!(lines.iter().filter(|line| **line == expected).count(), 1, "{lines:?}");
        }
        assert_eq!(lines.last().unwrap(), "POST uploadId=id");
    }
}

#[tokio::test]
async fn a_part_that_fails_leaves_no_upload() {
    for (request, answer) in [
        ("PUT /test-bucket/x?partNumber=2", Answer::error(403, "AccessDenied")),
        ("POST /test-bucket/x?uploadId=id", Answer::error(400, "InvalidPart")),
    ] {
        let server = FaultServer::start(multipart_but(request, answer));
        let storage = in_parts(&server, 2);
        assert!(write(&storage, usize::try_from(2 * PART + 5).unwrap()).await.is_err());
        // The other part was given up on its way; when its beginning is noted does not matter.
        let lines = lines(&server);
        let aborts = lines.iter().filter(|line| **line == "DELETE x-id=AbortMultipartUpload&uploadId=id").count();
        assert_eq!(aborts, 1, "{request}: {lines:?}");
    }
}

#[tokio::test]
async fn a_content_with_too_many_parts_is_refused_with_a_size_that_does() {
    let server = FaultServer::start(multipart());
    let storage = in_parts(&server, 2);
    let mut writer = storage.create(&name("x"), PutOptions::default(), Progress::default()).await.unwrap();
    for _ in 0..10_000 {
        writer.push(Bytes::new()).unwrap();
    }
    let error = writer.push(Bytes::new()).unwrap_err();
    assert_eq!(error.code, ErrorCode::QuotaExceeded);
    assert!(error.to_string().contains("a partSize of 10485760"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn bytes_that_nobody_vouches_for_are_not_handed_out_by_the_next_read_either() {
    let headers = [("x-amz-checksum-crc32", "poTDxw==")];
    let script = Script::new().object(OBJECT, CONTENT, &headers).on(GET, [Answer::stored().flipped_at(3)]);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({}));
    let mut reader = open(&storage).await;
    for _ in 0..2 {
        let error = failed(read(&mut reader, &storage, 20).await);
        assert_eq!((error.code, reader.is_at_end()), (ErrorCode::ChecksumMismatch, false));
    }
}

#[tokio::test]
async fn another_object_is_never_joined_by_a_server_that_ignores_the_condition() {
    let whole = format!("bytes 2000000-2999999/{}", large().len());
    let longer = "bytes 2000000-2999999/3000001";
    let first = format!("\"{}\"", "0".repeat(32));
    for (etag, range) in [("\"other\"", whole.as_str()), (first.as_str(), longer)] {
        let opened = Answer::new(200, large()).header("etag", &first);
        let other = Answer::new(206, vec![0; 1_000_000]).header("etag", etag).header("content-range", range);
        let server = FaultServer::start(Script::new().on(GET, [opened, other]));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
        let mut reader = open(&storage).await;
        reader.seek(2_000_000);
        let error = failed(read(&mut reader, &storage, 10).await);
        assert_eq!(error.code, ErrorCode::ConnectionFailed);
        assert!(error.to_string().contains("the object is not the same any more"), "{error}");
    }
}

#[tokio::test]
async fn a_writer_that_has_lost_parts_never_finishes_without_them() {
    let server = FaultServer::start(multipart_but("PUT /test-bucket/x", Answer::error(403, "AccessDenied")));
    let storage = in_parts(&server, 1);
    let mut writer = storage.create(&name("x"), PutOptions::default(), Progress::default()).await.unwrap();
    writer.push(Bytes::from(vec![7; writer.part_size()])).unwrap();
    assert!(writer.send().await.is_err());
    assert!(writer.finish(Bytes::new()).await.is_err());
    let lines = lines(&server);
    assert!(!lines.iter().any(|line| line == "POST uploadId=id"), "{lines:?}");
    assert!(lines.last().unwrap().starts_with("DELETE"), "{lines:?}");
}
