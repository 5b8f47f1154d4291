use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{MetadataDirective, ObjectCannedAcl, StorageClass, TaggingDirective};

use crate::fixture::{BUCKET, Fixture, assert_fails};

async fn with_source() -> (Fixture, String) {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("source").body(b"hello".to_vec().into());
    let put = put.content_type("text/plain").metadata("one", "1").tagging("t=1");
    let put = put.storage_class(StorageClass::StandardIa).acl(ObjectCannedAcl::PublicRead);
    let etag = put.send().await.expect("put").e_tag.expect("etag");
    (fixture, etag)
}

fn copy(fixture: &Fixture, key: &str) -> CopyObjectFluentBuilder {
    fixture.client.copy_object().bucket(BUCKET).key(key).copy_source("bucket/source")
}

async fn tag_count(fixture: &Fixture, key: &str) -> Option<i32> {
    fixture.client.get_object().bucket(BUCKET).key(key).send().await.expect("get").tag_count
}

#[tokio::test]
async fn copy_takes_metadata_and_tags_but_not_class_and_acl() {
    let (fixture, etag) = with_source().await;
    let output = copy(&fixture, "copy").send().await.expect("copy");
    assert_eq!(output.copy_object_result.and_then(|result| result.e_tag), Some(etag));
    assert_eq!(fixture.get("copy").await, b"hello");
    let head = fixture.client.head_object().bucket(BUCKET).key("copy").send().await.expect("head");
    assert_eq!(head.content_type.as_deref(), Some("text/plain"));
    assert_eq!(head.metadata.expect("metadata")["one"], "1");
    assert_eq!(head.storage_class, None);
    assert_eq!(tag_count(&fixture, "copy").await, Some(1));
    assert_eq!(fixture.raw("GET", "/bucket/copy", &[], b"").await.status, 403);
    assert_eq!(fixture.raw("GET", "/bucket/source", &[], b"").await.status, 200);
}

#[tokio::test]
async fn copy_can_replace_metadata_tags_class_and_acl() {
    let (fixture, _) = with_source().await;
    let copy = copy(&fixture, "copy").metadata_directive(MetadataDirective::Replace).content_type("text/x");
    let copy = copy.metadata("two", "2").tagging_directive(TaggingDirective::Replace).tagging("a=1&b=2");
    let copy = copy.storage_class(StorageClass::OnezoneIa).acl(ObjectCannedAcl::PublicRead);
    copy.send().await.expect("copy");
    let head = fixture.client.head_object().bucket(BUCKET).key("copy").send().await.expect("head");
    assert_eq!(head.content_type.as_deref(), Some("text/x"));
    let metadata = head.metadata.expect("metadata");
    assert_eq!((metadata.len(), metadata["two"].as_str()), (1, "2"));
    assert_eq!(head.storage_class, Some(StorageClass::OnezoneIa));
    assert_eq!(tag_count(&fixture, "copy").await, Some(2));
    assert_eq!(fixture.raw("GET", "/bucket/copy", &[], b"").await.text(), "hello");
}

#[tokio::test]
async fn copy_onto_itself_without_a_change_answers_400() {
    let (fixture, _) = with_source().await;
    assert_fails!(copy(&fixture, "source").send().await, 400, "InvalidRequest");
    let replace = copy(&fixture, "source").metadata_directive(MetadataDirective::Replace);
    replace.metadata("two", "2").send().await.expect("copy");
    let head = fixture.client.head_object().bucket(BUCKET).key("source").send().await.expect("head");
    assert_eq!(head.metadata.expect("metadata")["two"], "2");
    copy(&fixture, "source").storage_class(StorageClass::Standard).send().await.expect("copy");
}

#[tokio::test]
async fn copy_of_a_missing_source_answers_404() {
    let (fixture, _) = with_source().await;
    let copy = fixture.client.copy_object().bucket(BUCKET).key("copy");
    assert_fails!(copy.clone().copy_source("bucket/missing").send().await, 404, "NoSuchKey");
    assert_fails!(copy.copy_source("missing-bucket/source").send().await, 404, "NoSuchBucket");
}

#[tokio::test]
async fn copy_source_conditions_answer_412() {
    let (fixture, etag) = with_source().await;
    let hour = Duration::from_hours(1);
    let before = DateTime::from(SystemTime::now() - hour);
    let after = DateTime::from(SystemTime::now() + hour);
    let copy = || copy(&fixture, "copy");
    assert_fails!(copy().copy_source_if_match("\"0\"").send().await, 412, "PreconditionFailed");
    assert_fails!(copy().copy_source_if_none_match(&etag).send().await, 412, "PreconditionFailed");
    assert_fails!(copy().copy_source_if_modified_since(after).send().await, 412, "PreconditionFailed");
    assert_fails!(copy().copy_source_if_unmodified_since(before).send().await, 412, "PreconditionFailed");
    copy().copy_source_if_match(&etag).send().await.expect("copy");
    copy().copy_source_if_none_match("\"0\"").send().await.expect("copy");
    copy().copy_source_if_modified_since(before).send().await.expect("copy");
    copy().copy_source_if_unmodified_since(after).send().await.expect("copy");
    copy().copy_source_if_match(&etag).copy_source_if_unmodified_since(before).send().await.expect("copy");
}

#[tokio::test]
async fn copy_with_if_none_match_star_does_not_overwrite() {
    let (fixture, _) = with_source().await;
    fixture.put("taken", "mine").await;
    let to = |key: &str| {
        copy(&fixture, key).customize().mutate_request(|request| {
            request.headers_mut().insert("if-none-match", "*");
        })
    };
    assert_fails!(to("taken").send().await, 412, "PreconditionFailed");
    assert_eq!(fixture.get("taken").await, b"mine");
    to("free").send().await.expect("copy");
}

#[tokio::test]
async fn copy_of_a_copy_survives_the_original() {
    let (fixture, _) = with_source().await;
    copy(&fixture, "copy").send().await.expect("copy");
    fixture.client.delete_object().bucket(BUCKET).key("source").send().await.expect("delete");
    assert_eq!(fixture.get("copy").await, b"hello");
}
