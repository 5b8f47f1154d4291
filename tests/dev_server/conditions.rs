use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::DateTime;

use crate::fixture::{BUCKET, Fixture, assert_fails, failure};

const OTHER: &str = "\"00000000000000000000000000000000\"";

fn get(fixture: &Fixture) -> GetObjectFluentBuilder {
    fixture.client.get_object().bucket(BUCKET).key("a")
}

fn an_hour_ago() -> DateTime {
    DateTime::from(SystemTime::now() - Duration::from_hours(1))
}

fn in_an_hour() -> DateTime {
    DateTime::from(SystemTime::now() + Duration::from_hours(1))
}

#[tokio::test]
async fn get_with_if_match_of_another_etag_answers_412() {
    let fixture = Fixture::start().await;
    let etag = fixture.put("a", "x").await;
    assert_fails!(get(&fixture).if_match(OTHER).send().await, 412, "PreconditionFailed");
    let head = fixture.client.head_object().bucket(BUCKET).key("a");
    assert_eq!(failure(head.clone().if_match(OTHER).send().await).status, 412);
    head.if_match(&etag).send().await.expect("head");
    get(&fixture).if_match(&etag).send().await.expect("get");
    get(&fixture).if_match("*").send().await.expect("get");
    get(&fixture).if_match(format!("{OTHER}, {etag}")).send().await.expect("get");
}

#[tokio::test]
async fn get_with_if_none_match_of_the_etag_answers_304() {
    let fixture = Fixture::start().await;
    let etag = fixture.put("a", "x").await;
    assert_eq!(failure(get(&fixture).if_none_match(&etag).send().await).status, 304);
    let head = fixture.client.head_object().bucket(BUCKET).key("a");
    assert_eq!(failure(head.if_none_match(&etag).send().await).status, 304);
    get(&fixture).if_none_match(OTHER).send().await.expect("get");

    let url = fixture.presigned_get("a").await;
    let response = fixture.raw("GET", &url, &[("If-None-Match", &etag)], b"").await;
    assert_eq!((response.status, response.body.len()), (304, 0));
    assert_eq!(response.header("etag"), Some(etag.as_str()));
    assert!(response.header("last-modified").is_some());
}

#[tokio::test]
async fn get_with_if_modified_since_answers_304_unless_modified() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    get(&fixture).if_modified_since(an_hour_ago()).send().await.expect("get");
    assert_eq!(failure(get(&fixture).if_modified_since(in_an_hour()).send().await).status, 304);
    // The very time of the object counts as not modified since.
    let output = get(&fixture).send().await.expect("get");
    let modified = output.last_modified.expect("date");
    assert_eq!(failure(get(&fixture).if_modified_since(modified).send().await).status, 304);
}

#[tokio::test]
async fn get_with_if_unmodified_since_answers_412_if_modified() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    get(&fixture).if_unmodified_since(in_an_hour()).send().await.expect("get");
    assert_fails!(get(&fixture).if_unmodified_since(an_hour_ago()).send().await, 412, "PreconditionFailed");
}

#[tokio::test]
async fn etag_conditions_take_precedence_over_dates() {
    let fixture = Fixture::start().await;
    let etag = fixture.put("a", "x").await;
    let both = get(&fixture).if_match(&etag).if_unmodified_since(an_hour_ago());
    both.send().await.expect("get");
    let both = get(&fixture).if_none_match(OTHER).if_modified_since(in_an_hour());
    both.send().await.expect("get");
    let both = get(&fixture).if_none_match(&etag).if_modified_since(an_hour_ago());
    assert_eq!(failure(both.send().await).status, 304);
}

#[tokio::test]
async fn put_with_if_none_match_star_answers_412_if_the_key_exists() {
    let fixture = Fixture::start().await;
    let put = || fixture.client.put_object().bucket(BUCKET).key("a").if_none_match("*");
    put().body(b"first".to_vec().into()).send().await.expect("put");
    let again = put().body(b"second".to_vec().into());
    assert_fails!(again.send().await, 412, "PreconditionFailed");
    assert_eq!(fixture.get("a").await, b"first");
    let other = fixture.client.put_object().bucket(BUCKET).key("a").if_none_match(OTHER);
    assert_fails!(other.send().await, 501, "NotImplemented");
}

#[tokio::test]
async fn put_with_if_match_replaces_only_that_etag() {
    let fixture = Fixture::start().await;
    let put = || fixture.client.put_object().bucket(BUCKET).key("a");
    assert_fails!(put().if_match(OTHER).send().await, 404, "NoSuchKey");
    let etag = fixture.put("a", "first").await;
    assert_fails!(put().if_match(OTHER).send().await, 412, "PreconditionFailed");
    assert_eq!(fixture.get("a").await, b"first");
    let put = put().if_match(etag).body(b"second".to_vec().into());
    put.send().await.expect("put");
    assert_eq!(fixture.get("a").await, b"second");
}

#[tokio::test]
async fn only_one_of_many_concurrent_creations_wins() {
    let fixture = Fixture::start().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..16_u8 {
        let put = fixture.client.put_object().bucket(BUCKET).key("a").if_none_match("*");
        tasks.spawn(async move { put.body(vec![n].into()).send().await.is_ok() });
    }
    let winners = tasks.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(winners, 1);
}
