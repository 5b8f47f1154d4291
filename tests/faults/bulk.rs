//! Deletes of many keys in one request: every key is accounted for, whatever the answer.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use md5::{Digest as _, Md5};
use s3storage::{
    error::{Error, ErrorCode},
    storage::{Batch, Storage},
};
use serde_json::json;

use crate::{
    client::{name, storage_with},
    fault_server::{Answer, FaultServer, Script},
};

const DELETE: &str = "POST *?delete";

fn result(deleted: &[&str], errors: &[(&str, &str)]) -> Answer {
    let deleted = deleted.iter().map(|key| format!("<Deleted><Key>{key}</Key></Deleted>"));
    let errors = errors
        .iter()
        .map(|(key, code)| format!("<Error><Key>{key}</Key><Code>{code}</Code><Message>because</Message></Error>"));
    let entries = deleted.chain(errors).collect::<Vec<_>>().concat();
    Answer::xml(format!("<?xml version=\"1.0\"?>\n<DeleteResult>{entries}</DeleteResult>"))
}

fn serve(answers: impl IntoIterator<Item = Answer>) -> (FaultServer, Storage) {
    let server = FaultServer::start(Script::new().on(DELETE, answers));
    let storage = storage_with(&server.endpoint(), json!({}));
    (server, storage)
}

async fn delete(storage: &Storage, pathnames: &[&str]) -> Batch {
    storage.delete_many(&pathnames.iter().map(|pathname| name(pathname)).collect::<Vec<_>>()).await
}

fn failures(batch: Batch) -> BTreeMap<String, Error> {
    batch.failed.into_iter().collect()
}

/// The keys that a request named.
fn keys(server: &FaultServer, request: usize) -> Vec<String> {
    let body = String::from_utf8(server.requests()[request].content.to_vec()).unwrap();
    body.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_refused_key_is_named_and_the_others_are_done() {
    let (server, storage) = serve([result(&["a", "c"], &[("b", "AccessDenied")])]);
    let batch = delete(&storage, &["a", "b", "c"]).await;
    assert_eq!(batch.succeeded, ["a", "c"]);
    let error = &failures(batch)["b"];
    assert_eq!((error.code, error.retryable), (ErrorCode::PermissionDenied, false));
    assert_eq!(error.to_string(), "delete b: access denied (AccessDenied): because");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_missing_key_is_done() {
    let (_server, storage) = serve([result(&["a"], &[("b", "NoSuchKey")])]);
    let batch = delete(&storage, &["a", "b"]).await;
    assert_eq!(batch.succeeded, ["a", "b"]);
}

#[tokio::test]
async fn a_key_that_the_answer_forgets_is_never_done() {
    let (server, storage) = serve([result(&["a", "z"], &[])]);
    let batch = delete(&storage, &["a", "b"]).await;
    assert_eq!(batch.succeeded, ["a"]);
    let error = &failures(batch)["b"];
    assert_eq!(error.code, ErrorCode::OperationFailed);
    assert!(error.to_string().contains("does not mention this key"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_request_that_fails_for_a_while_is_sent_again() {
    let lost = result(&["a", "b"], &[]);
    for fault in
        [Answer::error(503, "SlowDown"), Answer::lost(), Answer::error(200, "InternalError"), Answer::new(500, "")]
    {
        let (server, storage) = serve([fault, lost.clone()]);
        let batch = delete(&storage, &["a", "b"]).await;
        assert_eq!(batch.succeeded, ["a", "b"], "{:?}", batch.failed);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn keys_that_fail_for_a_while_are_asked_for_again_alone() {
    let busy = |keys: &[&str]| result(&[], &keys.iter().map(|key| (*key, "SlowDown")).collect::<Vec<_>>());
    let first = result(&["a"], &[("b", "InternalError"), ("c", "ServiceUnavailable"), ("d", "AccessDenied")]);
    let (server, storage) = serve([first, result(&["b"], &[("c", "SlowDown")]), busy(&["c"])]);
    let batch = delete(&storage, &["a", "b", "c", "d"]).await;
    assert_eq!(batch.succeeded, ["a", "b"]);
    assert_eq!(
        (keys(&server, 0), keys(&server, 1), keys(&server, 2)),
        (vec!["a".into(), "b".into(), "c".into(), "d".into()], vec!["b".into(), "c".into()], vec!["c".into()],)
    );
    assert_eq!(server.requests().len(), 3);
    let failed = failures(batch);
    assert_eq!((failed["c"].code, failed["c"].retryable), (ErrorCode::Throttled, true));
    assert_eq!(failed["d"].code, ErrorCode::PermissionDenied);
}

#[tokio::test]
async fn what_an_answer_decided_stays_decided_when_the_next_one_fails() {
    let (_server, storage) = serve([result(&["a"], &[("b", "InternalError")]), Answer::error(403, "AccessDenied")]);
    let batch = delete(&storage, &["a", "b"]).await;
    assert_eq!(batch.succeeded, ["a"]);
    assert_eq!(failures(batch)["b"].server_code.as_deref(), Some("InternalError"));
}

#[tokio::test]
async fn a_request_that_fails_for_good_fails_its_keys_and_not_those_of_the_next() {
    let names: Vec<String> = (0..1_001).map(|i| format!("{i:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (server, storage) = serve([Answer::error(403, "AccessDenied"), result(&["1000"], &[])]);
    let batch = delete(&storage, &names).await;
    assert_eq!((batch.succeeded.as_slice(), batch.failed.len()), (&["1000".to_owned()][..], 1_000));
    assert!(batch.failed.iter().all(|(_, error)| error.code == ErrorCode::PermissionDenied));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_success() {
    let (_server, storage) = serve([Answer::xml("<DeleteResult><Deleted><Key>a</Key></Deleted>")]);
    let batch = delete(&storage, &["a", "b"]).await;
    assert_eq!((batch.succeeded.len(), batch.failed.len()), (0, 2));
}

#[tokio::test]
async fn a_key_with_control_characters_goes_alone() {
    let (server, storage) = serve([result(&["a"], &[])]);
    let batch = delete(&storage, &["\u{1}", "a", " "]).await;
    assert_eq!(batch.succeeded, ["\u{1}", "a", " "]);
    assert_eq!(server.asked(), ["POST /test-bucket/", "DELETE /test-bucket/%01", "DELETE /test-bucket/%20"]);
}

#[tokio::test]
async fn content_md5_is_the_digest_off_aws_and_a_checksum_on_it() {
    for (provider, has_md5) in [("generic", true), ("minio", true), ("aws", false)] {
        let server = FaultServer::start(Script::new().on(DELETE, [result(&["a"], &[])]));
        let storage = storage_with(&server.endpoint(), json!({"provider": provider}));
        assert_eq!(delete(&storage, &["a"]).await.succeeded, ["a"]);
        let request = &server.requests()[0];
        let digest = base64::encode(Md5::digest(&request.content));
        assert_eq!(request.header("content-md5"), has_md5.then_some(digest.as_str()), "{provider}");
        let checksums: Vec<_> = request
            .headers
            .iter()
            .filter(|(name, _)| name.contains("checksum"))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(checksums.is_empty(), has_md5, "{provider}: {checksums:?}");
        assert!(!has_md5 || request.header("authorization").unwrap().contains("content-md5"), "signed");
    }
}
