use std::time::{Duration, SystemTime};

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::ObjectCannedAcl;

use crate::fixture::{BUCKET, Fixture, assert_fails, in_an_hour, target};

#[tokio::test]
async fn wrong_secret_answers_403_signature_does_not_match() {
    let fixture = Fixture::start().await;
    let client = fixture.client_of("devkey", "wrong");
    assert_fails!(client.list_objects_v2().bucket(BUCKET).send().await, 403, "SignatureDoesNotMatch");
    let body = vec![7; 3 << 20].into();
    assert_fails!(client.put_object().bucket(BUCKET).key("a").body(body).send().await, 403, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn unknown_access_key_answers_403_invalid_access_key_id() {
    let fixture = Fixture::start().await;
    let client = fixture.client_of("nobody", "devsecret");
    assert_fails!(client.list_buckets().send().await, 403, "InvalidAccessKeyId");
}

#[tokio::test]
async fn configured_keys_replace_the_default_ones() {
    let config = crate::dev_server::Config {
        access_key: "other".to_owned(),
        secret_key: "pair".to_owned(),
        ..Default::default()
    };
    let fixture = Fixture::with(config).await;
    assert_fails!(fixture.client.list_buckets().send().await, 403, "InvalidAccessKeyId");
    fixture.client_of("other", "pair").list_buckets().send().await.expect("list");
}

#[tokio::test]
async fn every_key_pair_may_do_the_same_and_the_log_tells_them_apart() {
    let path = std::env::temp_dir().join(format!("dev-server-keys-{}", std::process::id()));
    let config = crate::dev_server::Config {
        key_pairs: vec![("second".to_owned(), "another".to_owned())],
        access_log: Some(path.clone()),
        ..Default::default()
    };
    let fixture = Fixture::with(config).await;
    fixture.put("a", "x").await;
    let second = fixture.client_of("second", "another");
    second.get_object().bucket(BUCKET).key("a").send().await.expect("get");
    let presigned = second.get_object().bucket(BUCKET).key("a").presigned(in_an_hour()).await.expect("presign");
    assert_eq!(fixture.raw("GET", &target(presigned.uri()), &[], b"").await.status, 200);
    let wrong = fixture.client_of("second", "devsecret");
    assert_fails!(wrong.list_buckets().send().await, 403, "SignatureDoesNotMatch");
    let log = std::fs::read_to_string(&path).expect("read");
    std::fs::remove_file(&path).expect("remove");
    let keys: Vec<&str> = log.lines().filter_map(|line| line.rsplit(' ').next()).collect();
    assert_eq!(keys, ["devkey", "second", "second", "second"]);
}

#[tokio::test]
async fn unsigned_request_answers_403_access_denied() {
    let fixture = Fixture::start().await;
    fixture.put("private", "x").await;
    for (method, target) in [
        ("GET", "/bucket/private"),
        ("GET", "/bucket/missing"),
        ("GET", "/bucket"),
        ("GET", "/"),
        ("PUT", "/bucket/private"),
        ("DELETE", "/bucket/private"),
        ("PUT", "/another-bucket"),
        ("GET", "/bucket/private?acl"),
    ] {
        let response = fixture.raw(method, target, &[], b"").await;
        assert_eq!((response.status, response.code().as_str()), (403, "AccessDenied"), "{method} {target}");
    }
    let response = fixture.raw("HEAD", "/bucket/private", &[], b"").await;
    assert_eq!((response.status, response.body.as_slice()), (403, &b""[..]));
    assert_eq!(fixture.get("private").await, b"x");
}

#[tokio::test]
async fn unsigned_read_of_a_public_object_succeeds() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("public").body(b"hello".to_vec().into());
    put.acl(ObjectCannedAcl::PublicRead).send().await.expect("put");

    let response = fixture.raw("GET", "/bucket/public", &[], b"").await;
    assert_eq!((response.status, response.text().as_str()), (200, "hello"));
    let response = fixture.raw("HEAD", "/bucket/public", &[], b"").await;
    assert_eq!((response.status, response.header("content-length")), (200, Some("5")));

    // Reading is all that is public.
    for (method, target) in [
        ("PUT", "/bucket/public"),
        ("DELETE", "/bucket/public"),
        ("GET", "/bucket/public?acl"),
        ("GET", "/bucket/public?tagging"),
    ] {
        assert_eq!(fixture.raw(method, target, &[], b"").await.status, 403, "{method} {target}");
    }
}

#[tokio::test]
async fn unsigned_read_with_response_overrides_answers_400() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("public").body(b"hello".to_vec().into());
    put.acl(ObjectCannedAcl::PublicRead).send().await.expect("put");
    let response = fixture.raw("GET", "/bucket/public?response-content-type=a/b", &[], b"").await;
    assert_eq!((response.status, response.code().as_str()), (400, "InvalidRequest"));
}

#[tokio::test]
async fn presigned_urls_read_and_write() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a b+c%2F");
    let url = put.presigned(in_an_hour()).await.expect("presign");
    let response = fixture.raw("PUT", &target(url.uri()), &[], b"presigned").await;
    assert_eq!(response.status, 200, "{}", response.text());

    let url = fixture.presigned_get("a b+c%2F").await;
    assert_eq!(fixture.raw("GET", &url, &[], b"").await.text(), "presigned");
    // A URL for GET is none for anything else.
    assert_eq!(fixture.raw("DELETE", &url, &[], b"").await.code(), "SignatureDoesNotMatch");
}

#[tokio::test]
async fn changed_presigned_url_answers_403() {
    let fixture = Fixture::start().await;
    fixture.put("one", "1").await;
    fixture.put("two", "2").await;
    let url = fixture.presigned_get("one").await.replace("/one?", "/two?");
    let response = fixture.raw("GET", &url, &[], b"").await;
    assert_eq!((response.status, response.code().as_str()), (403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn presigned_url_of_a_wrong_secret_answers_403() {
    let fixture = Fixture::start().await;
    fixture.put("one", "1").await;
    let request = fixture.client_of("devkey", "wrong").get_object().bucket(BUCKET).key("one");
    let url = request.presigned(in_an_hour()).await.expect("presign");
    let response = fixture.raw("GET", &target(url.uri()), &[], b"").await;
    assert_eq!((response.status, response.code().as_str()), (403, "SignatureDoesNotMatch"));
}

#[tokio::test]
async fn expired_presigned_url_answers_403() {
    let fixture = Fixture::start().await;
    fixture.put("one", "1").await;
    let presign = |age: u64| {
        let config = PresigningConfig::builder()
            .start_time(SystemTime::now() - Duration::from_secs(age))
            .expires_in(Duration::from_mins(1))
            .build()
            .expect("presigning");
        fixture.client.get_object().bucket(BUCKET).key("one").presigned(config)
    };
    let url = presign(30).await.expect("presign");
    assert_eq!(fixture.raw("GET", &target(url.uri()), &[], b"").await.status, 200);
    let url = presign(90).await.expect("presign");
    let response = fixture.raw("GET", &target(url.uri()), &[], b"").await;
    assert_eq!((response.status, response.code().as_str()), (403, "AccessDenied"));
    assert!(response.text().contains("expired"), "{}", response.text());
}

#[tokio::test]
async fn every_response_has_a_request_id_of_its_own() {
    let fixture = Fixture::start().await;
    let first = fixture.raw("GET", "/bucket", &[], b"").await;
    let second = fixture.raw("HEAD", "/bucket", &[], b"").await;
    let id = first.header("x-amz-request-id").expect("a request id");
    assert!(first.text().contains(&format!("<RequestId>{id}</RequestId>")), "{}", first.text());
    assert_ne!(Some(id), second.header("x-amz-request-id"));
    assert!(second.header("x-amz-request-id").is_some());

    fixture.put("one", "1").await;
    let url = fixture.presigned_get("one").await;
    assert!(fixture.raw("GET", &url, &[], b"").await.header("x-amz-request-id").is_some());
}
