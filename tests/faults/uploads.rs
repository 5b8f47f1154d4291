//! Uploads that break: retried where the content is still there, and a verdict on conditional ones whose answer was lost.

use s3storage::{
    error::{ErrorCode, Result},
    storage::Storage,
    types::{ObjectInfo, PutOptions},
};
use serde_json::json;

use crate::{
    client::{BUCKET, COPY, LOOK, failed, name, select, server_at, storage_with, write},
    fault_server::{Answer, FaultServer, Script},
    operation::{CONTENT, OBJECT, good},
};

const PUT: &str = "PUT /test-bucket/x";

fn storage(server: &FaultServer) -> Storage {
    storage_with(&server.endpoint(), json!({"max_attempts": 3}))
}

/// A server that is known to honour conditions: it is not asked whether it does.
fn known(server: &FaultServer) -> Storage {
    storage_with(&server.endpoint(), json!({"max_attempts": 3, "provider": "minio"}))
}

async fn write_if(storage: &Storage, condition: &PutOptions) -> Result<ObjectInfo> {
    storage.write(&name("x"), "ours".into(), condition.clone()).await
}

fn if_absent() -> PutOptions {
    PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() }
}

#[tokio::test]
async fn a_reset_inside_a_put_is_retried_from_its_first_byte() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    for fault in [Answer::stored().upload_reset_at(100_000), Answer::stored().upload_reset_at(0)] {
        let server = FaultServer::start(Script::new().on(PUT, [fault, Answer::stored()]));
        write(&storage(&server), "x", content.clone()).await.unwrap();
        assert!(server.stored(OBJECT).unwrap() == content);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_reset_inside_every_put_ends_after_the_configured_attempts() {
    let server = FaultServer::start(Script::new().on(PUT, [Answer::stored().upload_reset_at(1000)]));
    let error = failed(write(&storage(&server), "x", vec![0; 1_000_000]).await);
    assert_eq!((error.code, error.attempts, error.retryable), (ErrorCode::ConnectionFailed, 3, true));
    assert_eq!(server.stored(OBJECT), None);
}

/// A copy between servers holds what it sends, so it can send it again; and a move takes the source away only then.
#[tokio::test]
async fn a_reset_inside_a_put_of_a_copy_is_retried() {
    for fault in [Answer::stored().upload_reset_at(5), Answer::lost(), Answer::error(503, "SlowDown")] {
        let near = FaultServer::start(good());
        let far = FaultServer::start(Script::new().on("PUT /test-bucket/y", [fault.clone(), Answer::stored()]));
        select(two(&near, &far), "a").rename(&name("x"), &name("y"), Some("b"), &COPY).await.unwrap();
        assert_eq!(far.asked(), ["PUT /test-bucket/y", "PUT /test-bucket/y", "HEAD /test-bucket/y"]);
        assert_eq!(far.stored("/test-bucket/y").unwrap(), CONTENT);
        assert_eq!(near.stored(OBJECT), None);
        let near = FaultServer::start(good());
        let far = FaultServer::start(Script::new().on("PUT /test-bucket/y", [fault]));
        failed(select(two(&near, &far), "a").rename(&name("x"), &name("y"), Some("b"), &COPY).await);
        assert_eq!(near.stored(OBJECT).unwrap(), CONTENT);
    }
}

/// The bucket `a` on one server, `b` on the other.
fn two(near: &FaultServer, far: &FaultServer) -> serde_json::Value {
    json!({
        "servers": {"near": server_at(&near.endpoint()), "far": server_at(&far.endpoint())},
        "buckets": {"a": {"server": "near", "bucket": BUCKET}, "b": {"server": "far", "bucket": BUCKET}},
    })
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_is_sent_again() {
    let server = FaultServer::start(Script::new().on(PUT, [Answer::lost(), Answer::stored()]));
    write(&storage(&server), "x", CONTENT).await.unwrap();
    assert_eq!(server.asked(), ["PUT /test-bucket/x", "PUT /test-bucket/x"]);
}

/// The retry says 412, because the first attempt was applied: a HEAD shows that the object there is ours.
#[tokio::test]
async fn a_conditional_put_that_was_applied_before_its_answer_was_lost_has_succeeded() {
    // A raw answer does not touch the store: the object is there already.
    for (script, lost) in [
        (Script::new(), Answer::lost()),
        (Script::new(), Answer::hang_up()),
        (
            Script::new().object(OBJECT, b"ours", &[("content-type", "application/octet-stream")]),
            Answer::raw("HTTP/1.1 2"),
        ),
    ] {
        let server = FaultServer::start(script.on(PUT, [lost, Answer::stored()]));
        let info = write_if(&known(&server), &if_absent()).await.unwrap();
        assert!(info.etag.is_some());
        assert_eq!(info.size, Some(4));
        assert_eq!(server.asked(), ["PUT /test-bucket/x", "PUT /test-bucket/x", "HEAD /test-bucket/x"]);
        assert_eq!(server.stored(OBJECT).unwrap(), b"ours");
    }
}

/// Neither "it is written" nor "the condition does not hold" would be true for sure.
#[tokio::test]
async fn a_conditional_put_whose_outcome_cannot_be_looked_at_is_not_known() {
    for (answer, code) in [
        (Answer::hang_up(), ErrorCode::ConnectionFailed),
        (Answer::error(503, ""), ErrorCode::OperationFailed),
        (Answer::error(403, "AccessDenied"), ErrorCode::PermissionDenied),
    ] {
        let script = Script::new().on(PUT, [Answer::lost(), Answer::stored()]).on("HEAD /test-bucket/x", [answer]);
        let server = FaultServer::start(script);
        let error = failed(write_if(&known(&server), &if_absent()).await);
        assert_eq!((error.code, error.maybe_applied), (code, true), "{error}");
        assert!(
            error.message.starts_with("whether it was applied is not known, for the object cannot be looked at: "),
            "{error}"
        );
        assert_eq!(server.stored(OBJECT).unwrap(), b"ours");
    }
}

#[tokio::test]
async fn a_conditional_replacement_that_was_applied_before_its_answer_was_lost_has_succeeded() {
    let server = FaultServer::start(good().on(PUT, [Answer::lost(), Answer::stored()]));
    let storage = known(&server);
    let before = storage.metadata(&name("x"), false, &LOOK).await.unwrap().etag;
    let info = write_if(&storage, &PutOptions { if_match: before.clone(), ..PutOptions::default() }).await.unwrap();
    assert!(info.etag.is_some() && info.etag != before);
    assert_eq!(server.stored(OBJECT).unwrap(), b"ours");
}

#[tokio::test]
async fn a_conditional_put_that_lost_to_another_writer_is_precondition_failed() {
    // The first answer is lost, but it would have been a 412 as well.
    for theirs in [CONTENT, b"them"] {
        let script = Script::new().object(OBJECT, theirs, &[]).on(PUT, [Answer::lost(), Answer::stored()]);
        let server = FaultServer::start(script);
        let error = failed(write_if(&known(&server), &if_absent()).await);
        assert_eq!((error.code, error.status), (ErrorCode::PreconditionFailed, Some(412)));
        assert_eq!(server.stored(OBJECT).unwrap(), theirs);
    }
}

/// The same bytes under another description are somebody else's.
#[tokio::test]
async fn a_conditional_put_is_not_taken_for_another_one_of_the_same_bytes() {
    let ours = "content-type: application/octet-stream\r\nx-amz-meta-a: 1\r\n";
    let etag = "\"abdc793c700a0f9110566c092398985f\"";
    for (headers, is_ours) in [
        (ours.to_owned(), true),
        (ours.replace("octet-stream", "x"), false),
        (ours.replace(": 1", ": 2"), false),
        (ours.replace("x-amz-meta-a: 1\r\n", ""), false),
    ] {
        let there = Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\netag: {etag}\r\n{headers}\r\n"));
        let script = Script::new()
            .on(PUT, [Answer::raw("HTTP/1.1 2"), Answer::error(412, "PreconditionFailed")])
            .on("HEAD /test-bucket/x", [there]);
        let server = FaultServer::start(script);
        let options = PutOptions { metadata: vec![("a".into(), "1".into())], ..if_absent() };
        let outcome = write_if(&known(&server), &options).await;
        assert_eq!(outcome.is_ok(), is_ours, "{headers}");
        assert!(outcome.map_or_else(|error| error.code == ErrorCode::PreconditionFailed, |_| true));
    }
}

#[tokio::test]
async fn a_412_to_the_first_attempt_needs_no_head() {
    let server = FaultServer::start(good());
    let error = failed(write_if(&known(&server), &if_absent()).await);
    assert_eq!((error.code, error.attempts), (ErrorCode::PreconditionFailed, 1));
    assert_eq!(server.asked(), ["PUT /test-bucket/x"]);
}

/// A 503 is an answer: the request was not applied, and what is there now is somebody else's.
#[tokio::test]
async fn a_412_after_a_refusal_is_precondition_failed() {
    let script = good().on(PUT, [Answer::error(503, "SlowDown"), Answer::stored()]);
    let server = FaultServer::start(script);
    assert_eq!(failed(write_if(&known(&server), &if_absent()).await).code, ErrorCode::PreconditionFailed);
}

#[tokio::test]
async fn a_conditional_request_conflict_is_tried_again() {
    let script = Script::new().on(PUT, [Answer::error(409, "ConditionalRequestConflict"), Answer::stored()]);
    let server = FaultServer::start(script);
    write_if(&known(&server), &if_absent()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_refusal_before_the_upload_is_over_is_the_servers_word() {
    let server =
        FaultServer::start(Script::new().on(PUT, [Answer::error(400, "EntityTooLarge").before_upload_ends(1000)]));
    let error = failed(write(&storage(&server), "x", vec![0; 4_000_000]).await);
    // The reset that follows may overtake the answer on its way.
    assert!(matches!(error.code, ErrorCode::QuotaExceeded | ErrorCode::ConnectionFailed), "{error}");
}

#[tokio::test]
async fn a_success_before_the_upload_is_over_is_none() {
    let early = Answer::new(200, "").header("etag", "\"e\"").before_upload_ends(1000);
    let server = FaultServer::start(Script::new().on(PUT, [early]));
    let error = failed(write(&storage(&server), "x", vec![0; 32_000_000]).await);
    assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, 3), "{error}");
}
