//! Listings that cannot be trusted: never a short one.

use s3storage::{
    error::{ErrorCode, Result},
    storage::{Listing, Storage},
    types::{ListOptions, Prefix},
};
use serde_json::json;

use crate::{
    client::storage_with,
    fault_server::{Answer, FaultServer, Script},
};

const LIST: &str = "GET *?list-type=2";

/// A page with one key.
fn page(key: &str, is_truncated: bool, token: Option<&str>) -> Answer {
    let token =
        token.map(|token| format!("<NextContinuationToken>{token}</NextContinuationToken>")).unwrap_or_default();
    Answer::xml(format!(
        "<ListBucketResult><Name>test-bucket</Name><IsTruncated>{is_truncated}</IsTruncated>{token}\
         <Contents><Key>{key}</Key><Size>1</Size></Contents></ListBucketResult>"
    ))
}

/// Every name of a listing, page by page.
async fn list_all(storage: &Storage) -> Result<Vec<String>> {
    let mut listing = Listing::new(Prefix::default(), true, None, None)?;
    let mut names = Vec::new();
    while !listing.is_complete() {
        listing.fetch(storage).await?;
        while let Some(entry) = listing.ready() {
            names.push(entry.name);
        }
        assert!(names.len() < 100, "the listing has no end");
    }
    Ok(names)
}

#[tokio::test]
async fn pages_that_follow_each_other_are_a_listing() {
    let script =
        Script::new().on(LIST, [page("a", true, Some("t1")), page("b", true, Some("t2")), page("c", false, None)]);
    let server = FaultServer::start(script);
    assert_eq!(list_all(&storage_with(&server.endpoint(), json!({}))).await.unwrap(), ["a", "b", "c"]);
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.query().contains("continuation-token")).collect();
    assert_eq!(tokens, [false, true, true]);
}

#[tokio::test]
async fn a_missing_token_is_an_error() {
    for pages in [vec![page("a", true, None)], vec![page("a", true, Some("t1")), page("b", true, None)]] {
        let server = FaultServer::start(Script::new().on(LIST, pages));
        let error = list_all(&storage_with(&server.endpoint(), json!({}))).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::OperationFailed, "{error}");
        assert!(error.to_string().contains("token"), "{error}");
    }
}

#[tokio::test]
async fn a_repeated_token_is_an_error() {
    let at_once = [page("a", true, Some("t1"))];
    let in_a_circle = [page("a", true, Some("t1")), page("b", true, Some("t2")), page("c", true, Some("t1"))];
    for (what, pages) in [("at once", at_once.to_vec()), ("in a circle", in_a_circle.to_vec())] {
        let server = FaultServer::start(Script::new().on(LIST, pages));
        let error = list_all(&storage_with(&server.endpoint(), json!({}))).await.expect_err(what);
        assert_eq!(error.code, ErrorCode::OperationFailed, "{what}: {error}");
        assert!(error.to_string().contains("token"), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_second_page_that_fails_is_never_a_short_list() {
    for fault in [
        Answer::error(500, "InternalError"),
        Answer::error(403, "AccessDenied"),
        Answer::error(200, "InternalError"),
        Answer::hang_up(),
        page("b", false, None).truncated_at(40),
        Answer::xml("<ListBucketResult/>").truncated_at(10),
    ] {
        let server = FaultServer::start(Script::new().on(LIST, [page("a", true, Some("t1")), fault]));
        assert!(list_all(&storage_with(&server.endpoint(), json!({"max_attempts": 2}))).await.is_err());
    }
}

#[tokio::test]
async fn a_second_page_that_fails_once_is_asked_for_again() {
    let script =
        Script::new().on(LIST, [page("a", true, Some("t1")), Answer::error(503, "SlowDown"), page("b", false, None)]);
    let server = FaultServer::start(script);
    assert_eq!(list_all(&storage_with(&server.endpoint(), json!({"max_attempts": 2}))).await.unwrap(), ["a", "b"]);
    let requests = server.requests();
    assert_eq!(requests[1].query(), requests[2].query());
}

#[tokio::test]
async fn an_entry_without_a_key_is_an_error() {
    let text =
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents></ListBucketResult>";
    let server = FaultServer::start(Script::new().on(LIST, [Answer::xml(text)]));
    let storage = storage_with(&server.endpoint(), json!({}));
    assert!(storage.list_page(&Prefix::default(), &ListOptions::default()).await.is_err());
}
