//! Contents that break off: taken up again where that is safe, refused where it is not.

use std::time::{Duration, Instant};

use s3storage::{
    error::{ErrorCode, Result},
    types::{ByteRange, GetOptions},
};
use serde_json::json;

use crate::{
    client::{SOON, collect, get, name, storage_with},
    fault_server::{Answer, FaultServer, Request, Script},
    operation::{CONTENT, OBJECT, good},
};

const E: &str = "\"e\"";
const GET: &str = "GET /test-bucket/x";

/// The ten bytes of the object, however many of them come.
fn whole(etag: &str) -> Answer {
    Answer::new(200, CONTENT).header("etag", etag)
}

/// A part of it.
fn part(etag: &str, range: &str, content: &'static str) -> Answer {
    Answer::new(206, content).header("etag", etag).header("content-range", range)
}

/// Reads `x` under these answers.
async fn read(answers: impl IntoIterator<Item = Answer>) -> (Result<Vec<u8>>, Vec<Request>) {
    read_under(good().on(GET, answers)).await
}

async fn read_under(script: Script) -> (Result<Vec<u8>>, Vec<Request>) {
    let server = FaultServer::start(script);
    let outcome = get(&storage_with(&server.endpoint(), json!({"max_attempts": 1})), "x").await;
    (outcome, server.requests())
}

fn range(request: &Request) -> Option<&str> {
    request.header("range")
}

#[tokio::test]
async fn a_truncated_content_is_resumed_byte_for_byte() {
    let answers =
        [whole(E).truncated_at(4), part(E, "bytes 4-9/10", "456789").truncated_at(2), part(E, "bytes 6-9/10", "6789")];
    let (content, requests) = read(answers).await;
    assert_eq!(content.unwrap(), CONTENT);
    assert_eq!((range(&requests[0]), requests[0].header("if-match")), (None, None));
    assert_eq!((range(&requests[1]), requests[1].header("if-match")), (Some("bytes=4-9"), Some(E)));
    assert_eq!((range(&requests[2]), requests[2].header("if-match")), (Some("bytes=6-9"), Some(E)));
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn a_reset_content_is_resumed_byte_for_byte() {
    let content: Vec<u8> = (0..1_000_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    for broken in [Answer::stored().reset_at(400_000), Answer::stored().truncated_at(400_000)] {
        let script = Script::new().object(OBJECT, &content, &[]).on(GET, [broken, Answer::stored()]);
        let (read, requests) = read_under(script).await;
        assert!(read.unwrap() == content);
        assert_eq!(requests.len(), 2);
        let asked = range(&requests[1]).and_then(|range| range.strip_prefix("bytes=")?.strip_suffix("-999999"));
        assert!(asked.unwrap().parse::<u32>().unwrap() <= 400_000);
        assert!(requests[1].header("if-match").is_some());
    }
}

#[tokio::test]
async fn a_content_that_breaks_off_before_its_first_or_last_byte_is_resumed() {
    for byte in [0, 9] {
        let (content, requests) = read([Answer::stored().truncated_at(byte), Answer::stored()]).await;
        assert_eq!(content.unwrap(), CONTENT);
        assert_eq!(requests.len(), 2);
    }
}

#[tokio::test]
async fn a_broken_range_is_resumed_within_the_range() {
    let script = good().on(GET, [Answer::stored().truncated_at(2), Answer::stored()]);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    let options = GetOptions { range: ByteRange::new(2, Some(6)).unwrap(), ..GetOptions::default() };
    let object = storage.read(&name("x"), &options).await.unwrap();
    assert_eq!(collect(object).await.unwrap(), b"234567");
    assert_eq!(range(&server.requests()[1]), Some("bytes=4-7"));
}

#[tokio::test]
async fn a_version_is_resumed_as_that_version() {
    let version = |answer: Answer| answer.header("x-amz-version-id", "v/1");
    let answers = [version(whole(E).truncated_at(4)), version(part(E, "bytes 4-9/10", "456789"))];
    let server = FaultServer::start(good().on(GET, answers));
    let options = GetOptions { version_id: Some("v/1".into()), ..GetOptions::default() };
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    assert_eq!(collect(storage.read(&name("x"), &options).await.unwrap()).await.unwrap(), CONTENT);
    let asked: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(asked, ["/test-bucket/x?versionId=v%2F1"; 2]);
}

#[tokio::test]
async fn a_content_that_is_resumed_has_the_deadline_of_the_operation_still() {
    let server = FaultServer::start(good().on(GET, [whole(E).truncated_at(4), Answer::silence()]));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 3, "operation_timeout": 1}));
    let started = Instant::now();
    let error = get(&storage, "x").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Timeout);
    assert!(error.to_string().contains("operation_timeout"), "{error}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_object_that_changed_meanwhile_is_never_spliced() {
    for (what, second) in [
        ("412", Answer::error(412, "PreconditionFailed")),
        ("another ETag", part("\"other\"", "bytes 4-9/10", "456789")),
        ("no ETag", Answer::new(206, "456789").header("content-range", "bytes 4-9/10")),
        ("an earlier range", part(E, "bytes 3-9/10", "3456789")),
        ("another size", part(E, "bytes 4-9/11", "456789")),
        ("an unknown size", part(E, "bytes 4-9/*", "456789")),
        ("no range", Answer::new(206, "456789").header("etag", E)),
        ("a 200 to the range", whole(E)),
    ] {
        let (content, requests) = read([whole(E).truncated_at(4), second]).await;
        let error = content.unwrap_err();
        assert_eq!(error.code, ErrorCode::ConnectionFailed, "{what}");
        assert!(error.to_string().contains("not the same any more"), "{what}: {error}");
        assert_eq!(requests.len(), 2, "{what}");
    }
}

#[tokio::test]
async fn a_content_without_a_strong_etag_is_not_resumed() {
    for first in [Answer::new(200, CONTENT), whole("W/\"e\"")] {
        let (content, requests) = read([first.truncated_at(4)]).await;
        assert_eq!(content.unwrap_err().code, ErrorCode::ConnectionFailed);
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn a_link_that_breaks_every_time_ends_in_an_error() {
    let content = vec![b'x'; 100];
    let script = Script::new().object(OBJECT, &content, &[]).on(GET, [Answer::stored().truncated_at(1)]);
    let (content, requests) = tokio::time::timeout(Duration::from_secs(20), read_under(script)).await.unwrap();
    let error = content.unwrap_err();
    assert_eq!((error.code, error.retryable), (ErrorCode::ConnectionFailed, true));
    assert!(requests.len() <= 10, "{}", requests.len());
    assert_eq!(error.attempts as usize, requests.len());
}

#[tokio::test]
async fn resuming_obeys_the_policy_for_retries() {
    let broken = Answer::stored().truncated_at(4);
    let script = good().on(GET, [broken, Answer::error(503, "SlowDown"), Answer::stored()]);
    let server = FaultServer::start(script);
    assert_eq!(get(&storage_with(&server.endpoint(), json!({"max_attempts": 2})), "x").await.unwrap(), CONTENT);
    assert_eq!(range(&server.requests()[2]), Some("bytes=4-9"));
}

#[tokio::test]
async fn a_server_that_ignores_the_range_is_not_believed() {
    let server = FaultServer::start(good().on(GET, [whole(E)]));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    let options = GetOptions { range: ByteRange::new(2, Some(6)).unwrap(), ..GetOptions::default() };
    assert_eq!(storage.read(&name("x"), &options).await.unwrap_err().code, ErrorCode::Unsupported);
}
