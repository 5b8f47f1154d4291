//! Copies in parts that break: aborted, never half done.

use std::time::Duration;

use s3storage::{error::ErrorCode, storage::Storage};
use serde_json::json;

use crate::{
    client::{COPY, failed, name, storage_with},
    fault_server::{Answer, FaultServer, Script},
};

const MIB: usize = 1 << 20;
const BEGIN: &str = "POST /test-bucket/y?uploads";
const PART: &str = "PUT /test-bucket/y?partNumber";
const COMPLETE: &str = "POST /test-bucket/y?uploadId";
const ABORT: &str = "DELETE /test-bucket/y";

fn too_large(limit: usize) -> Answer {
    Answer::new(
        400,
        format!(
            "<Error><Code>InvalidRequest</Code><Message>The specified copy source is larger than the maximum allowable \
             size for a copy source: {limit}</Message></Error>"
        ),
    )
}

fn part() -> Answer {
    Answer::xml("<CopyPartResult><ETag>\"0cc175b9c0f1b6a831c399e269772661\"</ETag></CopyPartResult>")
}

/// A server that copies 5 MiB at once and has an object of 11: three parts. Its faults come first.
fn script(faults: impl FnOnce(Script) -> Script) -> Script {
    let script = Script::new().object("/test-bucket/x", &vec![7; 11 * MIB], &[("content-type", "a/b")]);
    let tags = Answer::xml("<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>");
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let completed = "<CompleteMultipartUploadResult><ETag>\"e-3\"</ETag></CompleteMultipartUploadResult>";
    faults(script)
        .on("GET /test-bucket/x?tagging", [tags])
        .on(BEGIN, [Answer::xml(begun)])
        .on(PART, [part()])
        .on(COMPLETE, [Answer::xml(completed)])
        .on("PUT /test-bucket/y", [too_large(5 * MIB)])
        .on(ABORT, [Answer::new(204, "")])
}

fn storage(server: &FaultServer) -> Storage {
    storage_with(&server.endpoint(), json!({"max_attempts": 2}))
}

/// Requests of a method and path whose query has this in it.
fn count(server: &FaultServer, what: &str) -> usize {
    let (start, query) = what.split_once('?').unwrap_or((what, ""));
    let requests = server.requests().into_iter();
    requests
        .filter(|request| {
            format!("{} {}", request.method, request.path()).starts_with(start) && request.query().contains(query)
        })
        .count()
}

#[tokio::test]
async fn every_part_is_of_the_object_that_was_looked_at() {
    let server = FaultServer::start(script(|script| script));
    let info = storage(&server).copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert_eq!((info.size, info.etag.as_deref()), (Some(11 << 20), Some("\"e-3\"")));
    let requests = server.requests();
    let parts: Vec<_> = requests.iter().filter(|request| request.target.contains("partNumber")).collect();
    let mut ranges: Vec<_> = parts.iter().filter_map(|part| part.header("x-amz-copy-source-range")).collect();
    // They were asked for at once.
    ranges.sort_by_key(|range| range.len());
    assert_eq!(ranges, ["bytes=0-5242879", "bytes=5242880-10485759", "bytes=10485760-11534335"]);
    assert!(parts.iter().all(|part| part.header("x-amz-copy-source-if-match").is_some()));
    let begun = requests.iter().find(|request| request.target.contains("uploads")).unwrap();
    assert_eq!((begun.header("content-type"), begun.header("x-amz-tagging")), (Some("a/b"), Some("k=v")));
    assert_eq!(count(&server, "DELETE"), 0);
}

#[tokio::test]
async fn a_part_that_fails_for_a_while_is_asked_for_again() {
    let faults = [Answer::error(503, "SlowDown"), Answer::lost(), part()];
    let server = FaultServer::start(script(|script| script.on("PUT /test-bucket/y?partNumber=2", faults)));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 3}));
    storage.copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert_eq!(count(&server, "PUT /test-bucket/y?partNumber=2"), 3);
}

#[tokio::test]
async fn a_part_that_fails_aborts_the_copy() {
    for (fault, code) in [
        (Answer::error(403, "AccessDenied"), ErrorCode::PermissionDenied),
        (Answer::error(200, "InternalError"), ErrorCode::OperationFailed),
        (Answer::error(412, "PreconditionFailed"), ErrorCode::PreconditionFailed),
        (Answer::xml("<CopyPartResult></CopyPartResult>"), ErrorCode::OperationFailed),
    ] {
        let server = FaultServer::start(script(|script| script.on("PUT /test-bucket/y?partNumber=2", [fault.clone()])));
        let error = failed(storage(&server).copy(&name("x"), &name("y"), None, &COPY).await);
        assert_eq!(error.code, code, "{fault:?}");
        assert_eq!((count(&server, COMPLETE), count(&server, ABORT)), (0, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_move_whose_parts_fail_keeps_the_source_and_says_so() {
    let refused = [Answer::error(403, "AccessDenied")];
    let server = FaultServer::start(script(|script| script.on("PUT /test-bucket/y?partNumber=3", refused)));
    let error = failed(storage(&server).rename(&name("x"), &name("y"), None, &COPY).await);
    assert!(error.to_string().contains("the source was kept, nothing was copied"), "{error}");
    assert_eq!((count(&server, "DELETE /test-bucket/x"), count(&server, ABORT)), (0, 1));
}

#[tokio::test]
async fn a_copy_that_is_dropped_half_way_is_aborted() {
    let server = FaultServer::start(script(|script| script.on("PUT /test-bucket/y?partNumber=2", [Answer::silence()])));
    let storage = storage(&server);
    let (source, destination) = (name("x"), name("y"));
    let copy = storage.copy(&source, &destination, None, &COPY);
    assert!(tokio::time::timeout(Duration::from_secs(1), copy).await.is_err());
    for _ in 0..100 {
        if count(&server, ABORT) == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!((count(&server, COMPLETE), count(&server, ABORT)), (0, 1));
}

#[tokio::test]
async fn a_server_without_tags_copies_without_them() {
    let none = [Answer::error(501, "NotImplemented")];
    let server = FaultServer::start(script(|script| script.on("GET /test-bucket/x?tagging", none)));
    storage(&server).copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    // Tags that may not be read are not left out in silence.
    let denied = [Answer::error(403, "AccessDenied")];
    let server = FaultServer::start(script(|script| script.on("GET /test-bucket/x?tagging", denied)));
    let error = failed(storage(&server).copy(&name("x"), &name("y"), None, &COPY).await);
    assert_eq!((error.code, count(&server, BEGIN)), (ErrorCode::PermissionDenied, 0));
}

#[tokio::test]
async fn a_limit_that_the_object_does_not_exceed_is_no_reason_for_parts() {
    let server = FaultServer::start(script(|script| script.on("PUT /test-bucket/y", [too_large(64 * MIB)])));
    let error = failed(storage(&server).copy(&name("x"), &name("y"), None, &COPY).await);
    assert_eq!((error.code, count(&server, BEGIN)), (ErrorCode::QuotaExceeded, 0));
}

#[tokio::test]
async fn a_server_that_says_nothing_while_it_copies_is_asked_once_and_then_for_parts() {
    let large = vec![7; 130 * MIB];
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let completed = "<CompleteMultipartUploadResult><ETag>\"e-2\"</ETag></CompleteMultipartUploadResult>";
    let script = Script::new()
        .object("/test-bucket/x", &large, &[("content-type", "a/b")])
        .on("GET /test-bucket/x?tagging", [Answer::xml("<Tagging><TagSet></TagSet></Tagging>")])
        .on(BEGIN, [Answer::xml(begun)])
        .on(PART, [part()])
        .on(COMPLETE, [Answer::xml(completed)])
        .on("PUT /test-bucket/y", [Answer::silence()]);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({"read_timeout": 3, "max_attempts": 3}));
    let copy = storage.copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    assert_eq!(copy.size, Some(large.len() as u64));
    assert_eq!((count(&server, PART), count(&server, COMPLETE)), (2, 1));
    assert_eq!(count(&server, "PUT /test-bucket/y"), 3, "one CopyObject and two parts");
}

#[tokio::test]
async fn a_small_copy_that_takes_too_long_is_tried_again_as_it_is() {
    let copied = Answer::xml("<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>");
    for (answers, requests) in [(vec![Answer::silence(), copied], 2), (vec![Answer::silence()], 3)] {
        let script = Script::new().object("/test-bucket/x", b"small", &[]).on("PUT /test-bucket/y", answers);
        let server = FaultServer::start(script);
        let storage = storage_with(&server.endpoint(), json!({"read_timeout": 1, "max_attempts": 2}));
        let outcome = storage.copy(&name("x"), &name("y"), None, &COPY).await;
        assert_eq!(outcome.is_ok(), requests == 2, "{outcome:?}");
        assert_eq!(count(&server, "PUT /test-bucket/y"), requests);
    }
}

#[tokio::test]
async fn parts_of_an_object_that_cannot_be_recognised_are_not_joined() {
    let unnamed = Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\netag: W/\"weak\"\r\n\r\n", 11 * MIB));
    let server = FaultServer::start(script(|script| script.on("HEAD /test-bucket/x", [unnamed])));
    let error = failed(storage(&server).copy(&name("x"), &name("y"), None, &COPY).await);
    assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
    assert_eq!((count(&server, BEGIN), count(&server, PART)), (0, 0));
}

/// The copy of an object in parts has another ETag, so that the change itself fails the condition of its repetition.
#[tokio::test]
async fn an_update_whose_answer_was_lost_is_not_told_to_have_changed_nothing() {
    let none = "<Tagging><TagSet/></Tagging>";
    let acl = "<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList/></AccessControlPolicy>";
    let refused = || Answer::error(412, "PreconditionFailed");
    for (answers, code) in [
        (vec![refused()], ErrorCode::PreconditionFailed),
        (vec![Answer::raw("HTTP/1.1 2"), refused()], ErrorCode::OperationFailed),
    ] {
        let script = Script::new()
            .object("/test-bucket/x", b"small", &[])
            .on("GET /test-bucket/x?tagging", [Answer::xml(none)])
            .on("GET /test-bucket/x?acl", [Answer::xml(acl)])
            .on("PUT /test-bucket/x", answers);
        let server = FaultServer::start(script);
        let change = s3storage::types::Changes { content_type: Some("a/b".into()), ..Default::default() };
        let error = failed(storage(&server).update_metadata(&name("x"), &change).await);
        assert_eq!(error.code, code, "{error}");
        assert_eq!(error.to_string().contains("nothing was changed"), code == ErrorCode::PreconditionFailed, "{error}");
    }
}

#[tokio::test]
async fn an_update_in_parts_does_not_replace_what_was_written_behind_the_last_part() {
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let completed = "<CompleteMultipartUploadResult><ETag>\"e-3\"</ETag></CompleteMultipartUploadResult>";
    let none = "<Tagging><TagSet/></Tagging>";
    let acl = "<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList/></AccessControlPolicy>";
    let script = Script::new()
        .object("/test-bucket/x", &vec![7; 11 * MIB], &[])
        .on("GET /test-bucket/x?tagging", [Answer::xml(none)])
        .on("GET /test-bucket/x?acl", [Answer::xml(acl)])
        .on("POST /test-bucket/x?uploads", [Answer::xml(begun)])
        .on("PUT /test-bucket/x?partNumber", [part()])
        .on("POST /test-bucket/x?uploadId", [Answer::xml(completed)])
        .on("PUT /test-bucket/x", [too_large(5 * MIB)]);
    let server = FaultServer::start(script);
    let changes = s3storage::types::Changes { cache_control: Some("no-store".into()), ..Default::default() };
    storage(&server).update_metadata(&name("x"), &changes).await.unwrap();
    let requests = server.requests();
    let complete = requests.iter().find(|request| request.method == "POST" && request.target.contains("uploadId"));
    let seen = requests.iter().find_map(|request| request.header("x-amz-copy-source-if-match"));
    assert!(seen.is_some() && complete.unwrap().header("if-match") == seen, "{seen:?}");
}

#[tokio::test]
async fn an_update_keeps_an_expiry_that_is_no_date() {
    let expired = [("expires", "0"), ("content-type", "a/b")];
    let acl = "<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList/></AccessControlPolicy>";
    let script = Script::new().object("/test-bucket/x", b"content", &expired);
    let server = FaultServer::start(script.on("GET /test-bucket/x?acl", [Answer::xml(acl)]));
    let changes = s3storage::types::Changes { cache_control: Some("no-store".into()), ..Default::default() };
    storage(&server).update_metadata(&name("x"), &changes).await.unwrap();
    let requests = server.requests();
    let copy = requests.iter().find(|request| request.method == "PUT").unwrap();
    assert_eq!(copy.header("expires"), Some("0"));
}
