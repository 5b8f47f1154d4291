//! Credentials that end: replaced in time, and when a server says so.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use s3storage::{
    error::ErrorCode,
    types::{ListOptions, Prefix, PutOptions},
};
use serde_json::json;

use super::{
    scripted::{Answer, Request, Scripted},
    support::{LATER, Variables, bucket, document, files, soon, storage},
};
use crate::support::{failed, get, name, storage_with};

const EXPIRED: &str = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>";
const MISSING: &str = "<Error><Code>NoSuchKey</Code></Error>";

/// A container's service that hands out KEY1, KEY2, … with these ends, then fails.
async fn service(ends: Vec<String>) -> (Scripted, Variables) {
    let asked = AtomicUsize::new(0);
    let service = Scripted::start(move |_| {
        let nth = asked.fetch_add(1, Ordering::Relaxed);
        match ends.get(nth) {
            Some(end) => Answer::ok(document(&format!("KEY{}", nth + 1), end).to_string()),
            None => Answer::status(400, "{}"),
        }
    })
    .await;
    let uri = format!("{}/", service.endpoint);
    let variables = Variables::of([("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)]);
    (service, variables)
}

/// A bucket whose server calls every key expired but this one.
async fn accepting(key: &'static str) -> Scripted {
    Scripted::start(
        move |request: &Request| {
            if request.key() == key { Answer::status(404, MISSING) } else { Answer::status(400, EXPIRED) }
        },
    )
    .await
}

fn keys(bucket: &Scripted) -> Vec<String> {
    bucket.requests().iter().map(|request| request.key().to_owned()).collect()
}

#[tokio::test]
async fn the_call_that_finds_little_time_left_replaces_them() {
    let (service, variables) = service(vec![soon(), LATER.to_owned()]).await;
    let bucket = bucket().await;
    let storage = storage(&bucket.endpoint, &variables);
    for _ in 0..4 {
        assert_eq!(failed(get(&storage, "x").await).code, ErrorCode::FileNotFound);
    }
    assert_eq!(keys(&bucket), ["KEY1", "KEY2", "KEY2", "KEY2"]);
    assert_eq!(service.count(), 2);
}

#[tokio::test]
async fn the_old_ones_serve_while_they_cannot_be_replaced() {
    let (service, variables) = service(vec![soon()]).await;
    let bucket = bucket().await;
    let storage = storage(&bucket.endpoint, &variables);
    for _ in 0..4 {
        assert_eq!(failed(get(&storage, "x").await).code, ErrorCode::FileNotFound);
    }
    assert_eq!(keys(&bucket), ["KEY1"; 4]);
    assert_eq!(service.count(), 2);
}

#[tokio::test]
async fn credentials_that_the_server_calls_expired_are_replaced_once_and_the_call_succeeds() {
    let (service, variables) = service(vec![LATER.to_owned(), LATER.to_owned()]).await;
    let bucket = accepting("KEY2").await;
    let storage = storage(&bucket.endpoint, &variables);
    let error = failed(get(&storage, "x").await);
    assert_eq!((error.code, error.attempts), (ErrorCode::FileNotFound, 2));
    assert_eq!(failed(get(&storage, "x").await).attempts, 1);
    assert_eq!(keys(&bucket), ["KEY1", "KEY2", "KEY2"]);
    assert_eq!(service.count(), 2);
}

#[tokio::test]
async fn a_write_and_a_listing_are_repeated_with_new_credentials_too() {
    let (_service, variables) = service(vec![LATER.to_owned(); 4]).await;
    let bucket = Scripted::start(|request: &Request| match (request.key(), request.method.as_str()) {
        ("KEY2", "PUT") if request.body == "content" => Answer::ok("").with("etag: \"x\""),
        ("KEY3", "GET") => Answer::ok("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"),
        _ => Answer::status(400, EXPIRED),
    })
    .await;
    let storage = storage(&bucket.endpoint, &variables);
    storage.write(&name("x"), "content".into(), PutOptions::default()).await.unwrap();
    let page = storage.list_page(&Prefix::default(), &ListOptions::default()).await.unwrap();
    assert_eq!(page.objects.len(), 0);
    assert_eq!(keys(&bucket), ["KEY1", "KEY2", "KEY2", "KEY3"]);
}

#[tokio::test]
async fn a_server_that_calls_the_new_ones_expired_as_well_is_not_asked_a_third_time() {
    let (service, variables) = service(vec![LATER.to_owned(); 9]).await;
    let bucket = accepting("none").await;
    let error = failed(get(&storage(&bucket.endpoint, &variables), "x").await);
    assert_eq!((error.code, error.server_code.as_deref()), (ErrorCode::PermissionDenied, Some("ExpiredToken")));
    assert_eq!((error.attempts, keys(&bucket), service.count()), (2, vec!["KEY1".to_owned(), "KEY2".to_owned()], 2));
}

#[tokio::test]
async fn keys_of_the_configuration_that_have_expired_are_permission_denied_at_once() {
    let bucket = accepting("none").await;
    let credentials = json!({"credentials": {"key": "FIXED", "secret": "s", "token": "t"}});
    let error = failed(get(&storage_with(&bucket.endpoint, credentials), "x").await);
    assert_eq!((error.code, error.attempts, error.retryable), (ErrorCode::PermissionDenied, 1, false));
    assert_eq!(keys(&bucket), ["FIXED"]);
    let variables = [("AWS_ACCESS_KEY_ID", "ENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_SESSION_TOKEN", "t")];
    let error = failed(get(&storage(&bucket.endpoint, &Variables::of(variables)), "x").await);
    assert_eq!((error.code, error.attempts), (ErrorCode::PermissionDenied, 1));
}

#[tokio::test]
async fn a_profile_file_is_read_anew_when_its_keys_have_expired() {
    let profile =
        |key: &str| format!("[default]\naws_access_key_id={key}\naws_secret_access_key=s\naws_session_token=t\n");
    let (_folder, path) = files(&[("credentials", &profile("KEY1"))]);
    let file = path.join("credentials");
    let new = Arc::new((file.clone(), profile("KEY2")));
    let bucket = Scripted::start(move |request: &Request| {
        if request.key() == "KEY2" {
            return Answer::status(404, MISSING);
        }
        // The tool that keeps the file up to date.
        fs::write(&new.0, &new.1).unwrap();
        Answer::status(400, EXPIRED)
    })
    .await;
    let variables = Variables::of([("AWS_SHARED_CREDENTIALS_FILE", file.display().to_string())]);
    assert_eq!(failed(get(&storage(&bucket.endpoint, &variables), "x").await).code, ErrorCode::FileNotFound);
    assert_eq!(keys(&bucket), ["KEY1", "KEY2"]);
}
