//! Listings that cannot be trusted: never a short one.

use std::time::Duration;

use s3storage::{
    error::{ErrorCode, Result},
    storage::{Listing, Storage},
    types::{ListOptions, ListPage, Prefix},
};
use serde_json::json;

use crate::{
    client::storage_with,
    fault_server::{Answer, FaultServer, Script},
    operation::LISTING,
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
    let [first, second, third] = in_a_circle.clone();
    // As a server does that answers each token as it always does.
    let for_ever = std::iter::once(first).chain([second, third].into_iter().cycle().take(400)).collect();
    for (what, pages) in
        [("at once", at_once.to_vec()), ("in a circle", in_a_circle.to_vec()), ("in a circle for ever", for_ever)]
    {
        let server = FaultServer::start(Script::new().on(LIST, pages));
        let error = list_all(&storage_with(&server.endpoint(), json!({}))).await.expect_err(what);
        assert_eq!(error.code, ErrorCode::OperationFailed, "{what}: {error}");
        assert!(error.to_string().contains("token"), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_lists_more_than_it_was_asked_for_does_not_pass_the_limit() {
    let keys: String =
        ["a", "b", "c"].map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>")).concat();
    let page = format!("<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>");
    let server = FaultServer::start(Script::new().on(LIST, [Answer::xml(page)]));
    let mut listing = Listing::new(Prefix::default(), true, Some(2), None).unwrap();
    listing.fetch(&storage_with(&server.endpoint(), json!({}))).await.unwrap();
    let names: Vec<_> = std::iter::from_fn(|| listing.ready()).map(|entry| entry.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(listing.is_complete());
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

async fn first_page(server: &FaultServer) -> Result<ListPage> {
    storage_with(&server.endpoint(), json!({"max_attempts": 1}))
        .list_page(&Prefix::default(), &ListOptions::default())
        .await
}

#[tokio::test]
async fn pieces_of_any_size_make_the_same_page() {
    let text = format!("{LISTING}\n<!-- \u{e9} -->");
    let mut pages = Vec::new();
    for bytes in [1, 2, 7, text.len()] {
        let answer = Answer::xml(text.clone()).chunked().dripping(bytes, Duration::ZERO);
        pages.push(first_page(&FaultServer::start(Script::new().on(LIST, [answer]))).await.unwrap());
    }
    assert_eq!(pages[0].objects[0].etag.as_deref(), Some("\"e\""));
    assert_eq!(pages[0].objects[0].last_modified, Some(1_767_225_600));
    assert!(pages.iter().all(|page| *page == pages[0]));
}

#[tokio::test]
async fn a_listing_is_asked_for_once_when_it_cannot_be_read() {
    for text in ["<ListBucketResult>", "<!DOCTYPE x><ListBucketResult/>", "<ListBucketResult/>", "<Other/>"] {
        let server = FaultServer::start(Script::new().on(LIST, [Answer::xml(text)]));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 3}));
        let error = storage.list_page(&Prefix::default(), &ListOptions::default()).await.unwrap_err();
        assert_eq!((error.code, error.status, error.attempts), (ErrorCode::OperationFailed, Some(200), 1), "{text}");
        assert_eq!((server.requests().len(), error.retryable), (1, false), "{text}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_encoding_sends_keys_as_they_are() {
    let text = "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key> a+%41\r\n&#13;&#x1;&amp; </Key></Contents>\
                <CommonPrefixes><Prefix>+/</Prefix></CommonPrefixes></ListBucketResult>";
    let page = first_page(&FaultServer::start(Script::new().on(LIST, [Answer::xml(text)]))).await.unwrap();
    assert_eq!(page.objects[0].name, " a+%41\r\n\r\u{1}& ");
    assert_eq!(page.prefixes, ["+/"]);
}

#[tokio::test]
async fn what_is_asked_stands_in_the_query_in_order() {
    let server = FaultServer::start(Script::new().on(LIST, [page("a", false, None)]));
    let options =
        ListOptions { recursive: false, limit: Some(5), start_after: Some("a b".into()), token: Some("t/+=".into()) };
    let prefix = Prefix::parse("é/".as_bytes()).unwrap();
    storage_with(&server.endpoint(), json!({})).list_page(&prefix, &options).await.unwrap();
    assert_eq!(
        server.requests()[0].target,
        "/test-bucket/?continuation-token=t%2F%2B%3D&delimiter=%2F&encoding-type=url&list-type=2&max-keys=5&prefix=%C3%A9%2F&start-after=a%20b"
    );
}
