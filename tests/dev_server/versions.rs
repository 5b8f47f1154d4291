use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{BucketVersioningStatus, Tag, Tagging, VersioningConfiguration};

use crate::fixture::{BUCKET, Fixture, VERSIONED, assert_fails};

/// Writes a version and answers its id.
async fn put(fixture: &Fixture, key: &str, body: &str) -> String {
    let body = body.as_bytes().to_vec().into();
    let output = fixture.client.put_object().bucket(VERSIONED).key(key).body(body).send().await.expect("put");
    output.version_id.expect("a version")
}

async fn get(fixture: &Fixture, key: &str, version: Option<&str>) -> String {
    let request = fixture.client.get_object().bucket(VERSIONED).key(key).set_version_id(version.map(Into::into));
    let bytes = request.send().await.expect("get").body.collect().await.expect("body").to_vec();
    String::from_utf8(bytes).expect("text")
}

async fn delete(fixture: &Fixture, key: &str, version: Option<&str>) -> (Option<bool>, Option<String>) {
    let request = fixture.client.delete_object().bucket(VERSIONED).key(key).set_version_id(version.map(Into::into));
    let output = request.send().await.expect("delete");
    (output.delete_marker, output.version_id)
}

async fn list(fixture: &Fixture, bucket: &str) -> ListObjectVersionsOutput {
    fixture.client.list_object_versions().bucket(bucket).send().await.expect("list")
}

#[tokio::test]
async fn every_version_can_be_read() {
    let fixture = Fixture::with_versions().await;
    let first = put(&fixture, "a", "one").await;
    let second = put(&fixture, "a", "two").await;
    assert_ne!(first, second);
    assert_eq!(get(&fixture, "a", None).await, "two");
    assert_eq!(get(&fixture, "a", Some(&first)).await, "one");
    let head = fixture.client.head_object().bucket(VERSIONED).key("a").send().await.expect("head");
    assert_eq!(head.version_id.as_deref(), Some(second.as_str()));
    let missing = "0".repeat(32);
    let read = |version: &str| fixture.client.get_object().bucket(VERSIONED).key("a").version_id(version);
    assert_fails!(read(&missing).send().await, 404, "NoSuchVersion");
    assert_fails!(read("nonsense").send().await, 400, "InvalidArgument");
}

#[tokio::test]
async fn a_delete_leaves_a_marker_that_can_be_taken_away() {
    let fixture = Fixture::with_versions().await;
    put(&fixture, "a", "one").await;
    let (is_marker, marker) = delete(&fixture, "a", None).await;
    assert_eq!(is_marker, Some(true));
    let marker = marker.expect("a version");
    assert_fails!(fixture.client.get_object().bucket(VERSIONED).key("a").send().await, 404, "NoSuchKey");
    let read = fixture.client.get_object().bucket(VERSIONED).key("a").version_id(&marker);
    assert_fails!(read.send().await, 405, "MethodNotAllowed");
    let listed = list(&fixture, VERSIONED).await;
    assert_eq!(listed.delete_markers()[0].is_latest, Some(true));
    assert_eq!(listed.versions()[0].is_latest, Some(false));
    assert_eq!(delete(&fixture, "a", Some(&marker)).await, (Some(true), Some(marker)));
    assert_eq!(get(&fixture, "a", None).await, "one");
}

#[tokio::test]
async fn a_deleted_version_is_gone_for_good() {
    let fixture = Fixture::with_versions().await;
    let first = put(&fixture, "a", "one").await;
    let second = put(&fixture, "a", "two").await;
    delete(&fixture, "a", Some(&second)).await;
    assert_eq!(get(&fixture, "a", None).await, "one");
    delete(&fixture, "a", Some(&first)).await;
    delete(&fixture, "a", Some(&first)).await;
    let listed = list(&fixture, VERSIONED).await;
    assert!(listed.versions().is_empty() && listed.delete_markers().is_empty());
}

#[tokio::test]
async fn versions_are_listed_from_new_to_old_page_by_page() {
    let fixture = Fixture::with_versions().await;
    let mut expected = Vec::new();
    for key in ["a/1", "b\u{1}", "b/2"] {
        let first = put(&fixture, key, "one").await;
        let second = put(&fixture, key, "two").await;
        expected.extend([(key.to_owned(), second), (key.to_owned(), first)]);
    }
    expected.sort_by(|(a, _), (b, _)| a.cmp(b));
    for size in [1, 2, 3, 1000] {
        let (mut found, mut key, mut version) = (Vec::new(), None, None);
        loop {
            let page = fixture.client.list_object_versions().bucket(VERSIONED).max_keys(size);
            let page = page.set_key_marker(key.clone()).set_version_id_marker(version.clone());
            let page = page.encoding_type("url".into()).send().await.expect("list");
            let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
            let entry = |entry: &aws_sdk_s3::types::ObjectVersion| {
                (decode(entry.key().expect("key")), entry.version_id().expect("id").to_owned())
            };
            found.extend(page.versions().iter().map(entry));
            if page.is_truncated != Some(true) {
                break;
            }
            key = page.next_key_marker().map(decode);
            version = page.next_version_id_marker;
        }
        assert_eq!(found, expected, "{size}");
    }
    let page = fixture.client.list_object_versions().bucket(VERSIONED).prefix("b/").send().await.expect("list");
    assert_eq!(page.versions().len(), 2);
}

#[tokio::test]
async fn a_bucket_without_versions_has_the_version_null() {
    let fixture = Fixture::with_versions().await;
    fixture.put("a", "x").await;
    let listed = list(&fixture, BUCKET).await;
    assert_eq!(listed.versions()[0].version_id(), Some("null"));
    let configuration = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let enable = fixture.client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(configuration);
    enable.send().await.expect("enable");
    let status = fixture.client.get_bucket_versioning().bucket(BUCKET).send().await.expect("status").status;
    assert_eq!(status, Some(BucketVersioningStatus::Enabled));
    fixture.put("a", "y").await;
    let old = fixture.client.get_object().bucket(BUCKET).key("a").version_id("null").send().await.expect("get");
    assert_eq!(old.body.collect().await.expect("body").to_vec(), b"x");
}

#[tokio::test]
async fn a_version_can_be_copied_and_tagged_by_itself() {
    let fixture = Fixture::with_versions().await;
    let first = put(&fixture, "a", "one").await;
    put(&fixture, "a", "two").await;
    let tags = Tagging::builder().tag_set(Tag::builder().key("k").value("v").build().expect("tag")).build();
    let tag = fixture.client.put_object_tagging().bucket(VERSIONED).key("a").version_id(&first);
    tag.tagging(tags.expect("tags")).send().await.expect("tag");
    let of = |version: Option<String>| {
        fixture.client.get_object_tagging().bucket(VERSIONED).key("a").set_version_id(version)
    };
    assert_eq!(of(Some(first.clone())).send().await.expect("tags").tag_set.len(), 1);
    assert_eq!(of(None).send().await.expect("tags").tag_set.len(), 0);
    // The documented way to restore a version is a copy onto itself.
    let source = format!("{VERSIONED}/a?versionId={first}");
    let copy = fixture.client.copy_object().bucket(VERSIONED).key("a").copy_source(source).send().await.expect("copy");
    assert_eq!(copy.copy_source_version_id, Some(first));
    assert_eq!(get(&fixture, "a", None).await, "one");
    assert_eq!(of(None).send().await.expect("tags").tag_set.len(), 1);
}

#[tokio::test]
async fn a_copy_that_is_too_large_names_the_limit() {
    let config = crate::dev_server::Config { copy_limit: 4, ..crate::dev_server::Config::default() };
    let fixture = Fixture::with(config).await;
    fixture.put("large", "12345").await;
    fixture.put("small", "1234").await;
    let copy = |key: &str| fixture.client.copy_object().bucket(BUCKET).key("y").copy_source(format!("{BUCKET}/{key}"));
    copy("small").send().await.expect("copy");
    let refused = copy("large").send().await.expect_err("too large").into_service_error();
    let message = refused.meta().message().unwrap_or_default();
    assert_eq!(message, "The specified copy source is larger than the maximum allowable size for a copy source: 4");
}
