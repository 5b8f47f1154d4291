use std::time::{Duration, SystemTime};

use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::StorageClass;

use crate::fixture::{BUCKET, Fixture, assert_fails, in_an_hour, target};

#[tokio::test]
async fn object_comes_back_as_it_was_stored() {
    let fixture = Fixture::start().await;
    let body: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[1] ^ n.to_le_bytes()[0]).collect();
    let etag = fixture.put("large", body.clone()).await;
    assert_eq!(fixture.put("small", "hello").await, "\"5d41402abc4b2a76b9719d911017c592\"");

    let output = fixture.client.get_object().bucket(BUCKET).key("large").send().await.expect("get");
    assert_eq!(output.e_tag.as_deref(), Some(etag.as_str()));
    assert_eq!(output.content_length, Some(3_000_000));
    assert_eq!(output.accept_ranges.as_deref(), Some("bytes"));
    assert_eq!(output.content_range, None);
    let age =
        SystemTime::now().duration_since(SystemTime::try_from(output.last_modified.expect("date")).expect("date"));
    assert!(age.expect("in the past") < Duration::from_mins(1));
    assert!(output.body.collect().await.expect("body").to_vec() == body);
}

#[tokio::test]
async fn writing_again_replaces_the_object() {
    let fixture = Fixture::start().await;
    let first = fixture.put("a", "one").await;
    let second = fixture.put("a", "other").await;
    assert_ne!(first, second);
    assert_eq!(fixture.get("a").await, b"other");
}

#[tokio::test]
async fn missing_key_answers_404_no_such_key() {
    let fixture = Fixture::start().await;
    assert_fails!(fixture.client.get_object().bucket(BUCKET).key("no").send().await, 404, "NoSuchKey");
}

#[tokio::test]
async fn attributes_and_metadata_come_back_on_get_and_head() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    let expires = DateTime::from_secs(1_900_000_000);
    let put = put
        .content_type("text/html; charset=utf-8")
        .cache_control("max-age=60, public")
        .content_disposition("attachment; filename=\"a b.txt\"")
        .content_encoding("gzip")
        .content_language("de, en")
        .website_redirect_location("/elsewhere")
        .metadata("one", "1")
        .metadata("two-words", "zwei w\u{f6}rter");
    #[allow(deprecated, reason = "what is deprecated is reading it")]
    put.expires(expires).send().await.expect("put");

    macro_rules! check {
        ($output:expr) => {{
            let output = $output.bucket(BUCKET).key("a").send().await.expect("read");
            assert_eq!(output.content_type.as_deref(), Some("text/html; charset=utf-8"));
            assert_eq!(output.cache_control.as_deref(), Some("max-age=60, public"));
            assert_eq!(output.content_disposition.as_deref(), Some("attachment; filename=\"a b.txt\""));
            assert_eq!(output.content_encoding.as_deref(), Some("gzip"));
            assert_eq!(output.content_language.as_deref(), Some("de, en"));
            assert_eq!(output.website_redirect_location.as_deref(), Some("/elsewhere"));
            assert_eq!(output.expires_string.as_deref(), Some("Sun, 17 Mar 2030 17:46:40 GMT"));
            assert_eq!(output.content_length, Some(1));
            let metadata = output.metadata.expect("metadata");
            assert_eq!(metadata.len(), 2);
            assert_eq!(metadata["one"], "1");
            // Not ASCII: S3 answers such values as encoded words of RFC 2047.
            assert_eq!(metadata["two-words"], "=?UTF-8?B?endlaSB3w7ZydGVy?=");
        }};
    }
    check!(fixture.client.get_object());
    check!(fixture.client.head_object());
}

#[tokio::test]
async fn content_type_defaults_to_binary_octet_stream() {
    let fixture = Fixture::start().await;
    // Not by the SDK, which always names a type.
    let put = fixture.client.put_object().bucket(BUCKET).key("a").presigned(in_an_hour()).await;
    let response = fixture.raw("PUT", &target(put.expect("presign").uri()), &[], b"x").await;
    assert_eq!(response.status, 200);
    let output = fixture.client.head_object().bucket(BUCKET).key("a").send().await.expect("head");
    assert_eq!(output.content_type.as_deref(), Some("binary/octet-stream"));
}

#[tokio::test]
async fn storage_class_is_named_unless_standard() {
    let fixture = Fixture::start().await;
    for class in [StorageClass::Standard, StorageClass::StandardIa] {
        let put = fixture.client.put_object().bucket(BUCKET).key(class.as_str()).body(b"x".to_vec().into());
        put.storage_class(class).send().await.expect("put");
    }
    let head = async |key: &str| {
        let output = fixture.client.head_object().bucket(BUCKET).key(key).send().await;
        output.expect("head").storage_class
    };
    assert_eq!(head("STANDARD").await, None);
    assert_eq!(head("STANDARD_IA").await, Some(StorageClass::StandardIa));
    let output = fixture.client.list_objects_v2().bucket(BUCKET).send().await.expect("list");
    let listed: Vec<_> = output.contents().iter().map(|object| object.storage_class().unwrap().as_str()).collect();
    assert_eq!(listed, ["STANDARD", "STANDARD_IA"]);

    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    assert_fails!(put.storage_class("CHEAP".into()).send().await, 400, "InvalidStorageClass");
}

#[tokio::test]
async fn response_parameters_override_headers() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    let get = fixture.client.get_object().bucket(BUCKET).key("a");
    let get = get
        .response_content_type("text/x")
        .response_cache_control("no-store")
        .response_content_disposition("inline")
        .response_content_encoding("br")
        .response_content_language("fr")
        .response_expires(DateTime::from_secs(1_900_000_000));
    let output = get.send().await.expect("get");
    assert_eq!(output.content_type.as_deref(), Some("text/x"));
    assert_eq!(output.cache_control.as_deref(), Some("no-store"));
    assert_eq!(output.content_disposition.as_deref(), Some("inline"));
    assert_eq!(output.content_encoding.as_deref(), Some("br"));
    assert_eq!(output.content_language.as_deref(), Some("fr"));
    assert_eq!(output.expires_string.as_deref(), Some("Sun, 17 Mar 2030 17:46:40 GMT"));
}

#[tokio::test]
async fn ranges_answer_206_with_the_bytes_asked_for() {
    let fixture = Fixture::start().await;
    fixture.put("a", "0123456789").await;
    for (range, bytes, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-30", "0123456789", "bytes 0-9/10"),
        ("bytes=8-100", "89", "bytes 8-9/10"),
    ] {
        let get = fixture.client.get_object().bucket(BUCKET).key("a").range(range);
        let url = get.clone().presigned(in_an_hour()).await.expect("presign");
        let response = fixture.raw("GET", &target(url.uri()), &[("Range", range)], b"").await;
        assert_eq!((response.status, response.text().as_str()), (206, bytes), "{range}");
        assert_eq!(response.header("content-range"), Some(content_range), "{range}");
        assert_eq!(response.header("content-length"), Some(bytes.len().to_string().as_str()), "{range}");
        let output = get.send().await.expect("get");
        assert_eq!(output.body.collect().await.expect("body").to_vec(), bytes.as_bytes(), "{range}");
        let head = fixture.client.head_object().bucket(BUCKET).key("a").range(range);
        let output = head.clone().send().await.expect("head");
        assert_eq!(output.content_length, i64::try_from(bytes.len()).ok(), "{range}");
        let url = head.presigned(in_an_hour()).await.expect("presign");
        let response = fixture.raw("HEAD", &target(url.uri()), &[("Range", range)], b"").await;
        assert_eq!(response.status, 206, "{range}");
    }
}

#[tokio::test]
async fn range_beyond_the_end_answers_416() {
    let fixture = Fixture::start().await;
    fixture.put("a", "0123456789").await;
    fixture.put("empty", "").await;
    for (key, range) in [
        ("a", "bytes=10-"),
        ("a", "bytes=10-20"),
        ("a", "bytes=-0"),
        ("empty", "bytes=0-"),
        ("empty", "bytes=0-0"),
        ("empty", "bytes=-5"),
    ] {
        let get = fixture.client.get_object().bucket(BUCKET).key(key).range(range);
        assert_fails!(get.send().await, 416, "InvalidRange");
    }
    let url = fixture.presigned_get("a").await;
    let response = fixture.raw("GET", &url, &[("Range", "bytes=10-")], b"").await;
    assert_eq!(response.header("content-range"), Some("bytes */10"));
}

#[tokio::test]
async fn empty_object_has_a_content_length() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.put("empty", "").await, "\"d41d8cd98f00b204e9800998ecf8427e\"");
    let url = fixture.presigned_get("empty").await;
    let response = fixture.raw("GET", &url, &[], b"").await;
    assert_eq!((response.status, response.body.len()), (200, 0));
    assert_eq!(response.header("content-length"), Some("0"));
}

#[tokio::test]
async fn too_much_metadata_answers_400() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    let put = put.metadata("one", "1".repeat(2048));
    assert_fails!(put.send().await, 400, "MetadataTooLarge");
}

#[tokio::test]
async fn object_that_is_xml_comes_back_unchanged() {
    let fixture = Fixture::start().await;
    let xml = "<a>\r\n\u{85}</a>";
    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(xml.as_bytes().to_vec().into());
    put.content_type("application/xml").send().await.expect("put");
    assert_eq!(fixture.get("a").await, xml.as_bytes());
}

#[tokio::test]
async fn other_version_than_null_answers_400() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    let get = fixture.client.get_object().bucket(BUCKET).key("a");
    get.clone().version_id("null").send().await.expect("get");
    assert_fails!(get.version_id("1").send().await, 400, "InvalidArgument");
}

#[tokio::test]
async fn repeated_metadata_header_becomes_a_list() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").presigned(in_an_hour()).await;
    let headers = [("x-amz-meta-list", "one"), ("x-amz-meta-list", " two ")];
    let response = fixture.raw("PUT", &target(put.expect("presign").uri()), &headers, b"x").await;
    assert_eq!(response.status, 200, "{}", response.text());
    let output = fixture.client.head_object().bucket(BUCKET).key("a").send().await.expect("head");
    assert_eq!(output.metadata.expect("metadata")["list"], "one,two");
}
