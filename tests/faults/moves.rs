//! Moves that break: whatever happens, the content is there at least once, and the message says where.

use s3storage::{
    error::{Error, ErrorCode},
    storage::Storage,
    types::{CopyOptions, DeleteOptions},
};
use serde_json::json;

use crate::{
    client::{BUCKET, COPY, failed, name, select, server_at, storage_with},
    fault_server::{Answer, FaultServer, Script},
    operation::{CONTENT, OBJECT, good},
};

const COPIED: &str = "/test-bucket/y";
const DELETE: &str = "DELETE /test-bucket/x";
const HEAD_OF_COPY: &str = "HEAD /test-bucket/y";
const HEAD_OF_SOURCE: &str = "HEAD /test-bucket/x";

/// A bucket of a server of a provider, without retries.
fn at(server: &FaultServer, provider: &str) -> Storage {
    storage_with(&server.endpoint(), json!({"max_attempts": 1, "provider": provider, "region": "us-east-1"}))
}

async fn moved(server: &FaultServer, provider: &str) -> Result<(), Error> {
    at(server, provider).rename(&name("x"), &name("y"), None, &COPY).await.map(|_| ())
}

/// An answer to a HEAD.
fn there(size: usize, etag: &str) -> Answer {
    Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\netag: {etag}\r\n\r\n"))
}

/// The honest answer to a HEAD of the source.
fn source() -> Answer {
    Answer::stored()
}

fn assert_kept(server: &FaultServer, error: &Error, words: &str) {
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(server.stored(OBJECT).unwrap(), CONTENT, "{words}");
    assert!(!server.asked().iter().any(|asked| asked.starts_with("DELETE")), "{words}");
}

#[tokio::test]
async fn a_move_looks_at_the_source_and_at_the_copy_before_it_deletes() {
    let server = FaultServer::start(good());
    moved(&server, "generic").await.unwrap();
    let looks = [HEAD_OF_SOURCE, "PUT /test-bucket/y", HEAD_OF_COPY, HEAD_OF_SOURCE, DELETE];
    assert_eq!(server.asked(), looks);
    let copy = &server.requests()[1];
    assert_eq!(copy.header("x-amz-copy-source-if-match"), Some("\"781e5e245d69b566979b86e28d23f2c7\""));
    assert_eq!(server.stored(COPIED).unwrap(), CONTENT);
    // Where a condition is honoured, it stands in for the second look.
    let server = FaultServer::start(good());
    moved(&server, "aws").await.unwrap();
    assert_eq!(server.asked(), [HEAD_OF_SOURCE, "PUT /test-bucket/y", HEAD_OF_COPY, DELETE]);
    assert_eq!(server.requests()[3].header("if-match"), Some("\"781e5e245d69b566979b86e28d23f2c7\""));
    assert_eq!(server.stored(OBJECT), None);
}

#[tokio::test]
async fn a_source_that_cannot_be_looked_at_is_kept() {
    for fault in [Answer::error(403, "AccessDenied"), Answer::lost(), Answer::error(503, "SlowDown")] {
        let server = FaultServer::start(good().on(HEAD_OF_SOURCE, [fault]));
        let error = moved(&server, "generic").await.unwrap_err();
        assert_kept(&server, &error, "the source was kept, nothing was copied");
        assert_eq!(server.asked(), [HEAD_OF_SOURCE]);
    }
}

#[tokio::test]
async fn a_copy_that_is_not_there_keeps_the_source() {
    let server = FaultServer::start(good().on(HEAD_OF_COPY, [Answer::error(404, "NoSuchKey")]));
    let error = moved(&server, "generic").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::OperationFailed);
    assert_kept(&server, &error, "the copy is not there; the source was kept");
}

#[tokio::test]
async fn a_copy_that_cannot_be_looked_at_keeps_the_source() {
    for fault in [Answer::error(403, "AccessDenied"), Answer::lost(), Answer::error(503, "SlowDown")] {
        let server = FaultServer::start(good().on(HEAD_OF_COPY, [fault]));
        let error = moved(&server, "generic").await.unwrap_err();
        assert_kept(&server, &error, "could not be looked at; the source was kept, so both exist");
    }
}

#[tokio::test]
async fn a_destination_that_is_something_else_keeps_the_source() {
    let right = "\"781e5e245d69b566979b86e28d23f2c7\"";
    for (answer, words) in
        [(there(9, right), "9 bytes in place of 10"), (there(10, "\"another\""), "another ETag than the copy")]
    {
        let server = FaultServer::start(good().on(HEAD_OF_COPY, [answer]));
        let error = moved(&server, "generic").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::OperationFailed);
        assert_kept(&server, &error, words);
        assert!(error.to_string().contains("the source was kept, so both exist"), "{error}");
    }
    // The server copied other bytes than it should have: its own ETag tells.
    let other = "0cc175b9c0f1b6a831c399e269772661";
    let answer = Answer::xml(format!("<CopyObjectResult><ETag>\"{other}\"</ETag></CopyObjectResult>"));
    let script = good().on("PUT *", [answer]).on(HEAD_OF_COPY, [there(10, &format!("\"{other}\""))]);
    let server = FaultServer::start(script);
    assert_kept(&server, &moved(&server, "generic").await.unwrap_err(), "the digest of other bytes");
}

#[tokio::test]
async fn a_source_that_is_written_again_is_kept() {
    // Before the copy: the condition of the copy fails.
    let server = FaultServer::start(good().on("PUT *", [Answer::error(412, "PreconditionFailed")]));
    let error = moved(&server, "generic").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PreconditionFailed);
    assert_kept(&server, &error, "nothing was copied");
    assert_eq!(server.stored(COPIED), None);
    // After the copy: the second look tells.
    let script = good().on(HEAD_OF_SOURCE, [source(), there(3, "\"new\"")]);
    let server = FaultServer::start(script);
    let error = moved(&server, "generic").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PreconditionFailed);
    assert_kept(&server, &error, "written again meanwhile and was kept, so both exist");
    // Or the condition of the delete.
    let server = FaultServer::start(good().on(DELETE, [Answer::error(412, "PreconditionFailed")]));
    let error = moved(&server, "aws").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PreconditionFailed);
    assert!(error.to_string().contains("written again meanwhile and was kept, so both exist"), "{error}");
    assert_eq!((server.stored(OBJECT), server.stored(COPIED)), (Some(CONTENT.to_vec()), Some(CONTENT.to_vec())));
}

#[tokio::test]
async fn a_source_that_cannot_be_looked_at_again_is_kept() {
    let server = FaultServer::start(good().on(HEAD_OF_SOURCE, [source(), Answer::error(503, "SlowDown")]));
    let error = moved(&server, "generic").await.unwrap_err();
    assert_kept(&server, &error, "could not be told; it was kept, so both exist");
}

#[tokio::test]
async fn a_source_that_somebody_else_deleted_is_moved() {
    let server = FaultServer::start(good().on(HEAD_OF_SOURCE, [source(), Answer::error(404, "NoSuchKey")]));
    moved(&server, "generic").await.unwrap();
    assert_eq!(server.stored(COPIED).unwrap(), CONTENT);
}

#[tokio::test]
async fn a_copy_that_failed_says_what_it_left() {
    for (fault, words) in [
        (Answer::error(403, "AccessDenied"), "the source was kept, nothing was copied: access denied"),
        (Answer::error(500, "InternalError"), "the source was kept, and the copy may exist"),
        (Answer::lost(), "the source was kept, and the copy may exist"),
    ] {
        let server = FaultServer::start(good().on("PUT *", [fault]));
        assert_kept(&server, &moved(&server, "generic").await.unwrap_err(), words);
    }
}

#[tokio::test]
async fn a_delete_without_an_answer_is_decided_by_a_look() {
    // It was applied: the move is done.
    for provider in ["generic", "aws"] {
        let server = FaultServer::start(good().on(DELETE, [Answer::lost()]));
        moved(&server, provider).await.unwrap();
        assert_eq!(server.stored(OBJECT), None);
    }
    // It was not.
    let server = FaultServer::start(good().on(DELETE, [Answer::raw("HTTP/1.1 2")]));
    let error = moved(&server, "generic").await.unwrap_err();
    assert!(error.to_string().contains("could not be deleted, so both exist"), "{error}");
    assert_eq!(server.stored(OBJECT).unwrap(), CONTENT);
    // That cannot be told either.
    let script = good().on(DELETE, [Answer::lost()]).on(HEAD_OF_SOURCE, [source(), source(), Answer::lost()]);
    let server = FaultServer::start(script);
    let error = moved(&server, "generic").await.unwrap_err();
    assert!(error.to_string().contains("whether the source was deleted is not known"), "{error}");
}

#[tokio::test]
async fn a_move_between_servers_is_verified_too() {
    let tree = |near: &FaultServer, far: &FaultServer| {
        json!({
            "servers": {"near": server_at(&near.endpoint()), "far": server_at(&far.endpoint())},
            "buckets": {"a": {"server": "near", "bucket": BUCKET}, "b": {"server": "far", "bucket": BUCKET}},
        })
    };
    for (script, words) in [
        (Script::new().on(HEAD_OF_COPY, [Answer::error(404, "NoSuchKey")]), "the copy is not there"),
        (Script::new().on(HEAD_OF_COPY, [there(11, "\"e\"")]), "11 bytes in place of 10"),
        (Script::new().on("PUT *", [Answer::error(403, "AccessDenied")]), "nothing was copied"),
    ] {
        let (near, far) = (FaultServer::start(good()), FaultServer::start(script));
        let storage = select(tree(&near, &far), "a");
        let error = failed(storage.rename(&name("x"), &name("y"), Some("b"), &COPY).await);
        assert_kept(&near, &error, words);
    }
    let (near, far) = (FaultServer::start(good()), FaultServer::start(Script::new()));
    select(tree(&near, &far), "a").rename(&name("x"), &name("y"), Some("b"), &COPY).await.unwrap();
    assert_eq!(near.asked(), ["GET /test-bucket/x", HEAD_OF_SOURCE, DELETE]);
    assert_eq!(far.asked(), ["PUT /test-bucket/y", HEAD_OF_COPY]);
}

#[tokio::test]
async fn a_version_is_moved_without_a_look_behind() {
    let version = Answer::stored().header("x-amz-version-id", "v/1");
    let server = FaultServer::start(good().on("HEAD /test-bucket/x?versionId=v%2F1", [version]));
    let options = CopyOptions { source_version_id: Some("v/1".into()), ..COPY.clone() };
    at(&server, "generic").rename(&name("x"), &name("y"), None, &options).await.unwrap();
    let targets: Vec<_> = server.requests().iter().map(|request| request.target.clone()).collect();
    assert_eq!(targets[0], "/test-bucket/x?versionId=v%2F1");
    assert_eq!(server.requests()[1].header("x-amz-copy-source"), Some("test-bucket/x?versionId=v%2F1"));
    assert_eq!(targets[3], "/test-bucket/x?versionId=v%2F1");
}

/// A conditional delete whose answer is lost finds nothing when it is sent again, which is what was asked for.
#[tokio::test]
async fn a_conditional_delete_that_was_applied_before_its_answer_was_lost_has_succeeded() {
    let etag = Some("\"781e5e245d69b566979b86e28d23f2c7\"".to_owned());
    let options = DeleteOptions { if_match: etag, ..DeleteOptions::default() };
    let patient = |server: &FaultServer| {
        storage_with(&server.endpoint(), json!({"max_attempts": 3, "provider": "aws", "region": "us-east-1"}))
    };
    let server = FaultServer::start(good().on(DELETE, [Answer::lost(), Answer::stored()]));
    patient(&server).delete(&name("x"), &options).await.unwrap();
    assert_eq!(server.asked(), [DELETE, DELETE, HEAD_OF_SOURCE]);
    // It cannot be looked at.
    let script = good().on(DELETE, [Answer::lost(), Answer::stored()]).on(HEAD_OF_SOURCE, [Answer::hang_up()]);
    let error = failed(patient(&FaultServer::start(script)).delete(&name("x"), &options).await);
    assert_eq!((error.code, error.maybe_applied), (ErrorCode::ConnectionFailed, true), "{error}");
    // Somebody else's object is in its place: nothing of it is deleted.
    let script = good().on(DELETE, [Answer::raw("HTTP/1.1 2"), Answer::error(412, "PreconditionFailed")]);
    let server = FaultServer::start(script);
    let error = failed(patient(&server).delete(&name("x"), &options).await);
    assert_eq!(error.code, ErrorCode::PreconditionFailed);
    assert_eq!(server.stored(OBJECT).unwrap(), CONTENT);
}
