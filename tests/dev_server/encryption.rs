use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};

use crate::fixture::{BUCKET, Fixture, assert_fails};

/// Keys and their digests: `printf … | base64`, `printf … | openssl md5 -binary | base64`.
const KEY: (&str, &str) = ("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "KYvwGXoFFJ42a2u2GDWhwQ==");
const OTHER: (&str, &str) = ("YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=", "Xsqb0+sHwAbNQ65I395/0w==");

fn get(fixture: &Fixture) -> GetObjectFluentBuilder {
    fixture.client.get_object().bucket(BUCKET).key("a")
}

/// With a customer key.
macro_rules! keyed {
    ($request:expr, $key:expr) => {
        $request.sse_customer_algorithm("AES256").sse_customer_key($key.0).sse_customer_key_md5($key.1)
    };
}

#[tokio::test]
async fn encryption_by_the_server_is_told_of() {
    let fixture = Fixture::start().await;
    let put = || fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    let plain = put().send().await.expect("put");
    assert_eq!(plain.server_side_encryption, None);
    let own = put().server_side_encryption(ServerSideEncryption::Aes256).send().await.expect("put");
    assert_eq!(own.server_side_encryption, Some(ServerSideEncryption::Aes256));
    assert_eq!(own.e_tag, plain.e_tag);
    let kms =
        put().server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id("mine").send().await.expect("put");
    assert_eq!(kms.ssekms_key_id.as_deref(), Some("mine"));
    assert_ne!(kms.e_tag, plain.e_tag);
    let head = fixture.client.head_object().bucket(BUCKET).key("a").send().await.expect("head");
    assert_eq!(head.server_side_encryption, Some(ServerSideEncryption::AwsKms));
}

#[tokio::test]
async fn what_was_written_with_a_key_is_read_with_it_only() {
    let fixture = Fixture::start().await;
    let put = || fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    assert_fails!(keyed!(put(), (KEY.0, OTHER.1)).send().await, 400, "InvalidArgument");
    assert_fails!(put().sse_customer_algorithm("AES256").send().await, 400, "InvalidArgument");
    let output = keyed!(put(), KEY).send().await.expect("put");
    assert_eq!(output.sse_customer_key_md5.as_deref(), Some(KEY.1));
    assert_fails!(get(&fixture).send().await, 400, "InvalidRequest");
    assert_fails!(keyed!(get(&fixture), OTHER).send().await, 403, "AccessDenied");
    keyed!(get(&fixture), KEY).send().await.expect("get");
    put().send().await.expect("put");
    assert_fails!(keyed!(get(&fixture), KEY).send().await, 400, "InvalidRequest");
}

#[tokio::test]
async fn every_part_of_an_upload_brings_the_key() {
    let fixture = Fixture::start().await;
    let create = fixture.client.create_multipart_upload().bucket(BUCKET).key("a");
    let id = keyed!(create, KEY).send().await.expect("create").upload_id.expect("id");
    let part = || {
        let part = fixture.client.upload_part().bucket(BUCKET).key("a").upload_id(&id).part_number(1);
        part.body(b"x".to_vec().into())
    };
    assert_fails!(part().send().await, 400, "InvalidRequest");
    let etag = keyed!(part(), KEY).send().await.expect("part").e_tag.expect("etag");
    let parts = CompletedMultipartUpload::builder().parts(CompletedPart::builder().part_number(1).e_tag(etag).build());
    let complete = fixture.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
    keyed!(complete.multipart_upload(parts.build()), KEY).send().await.expect("complete");
    assert_fails!(get(&fixture).send().await, 400, "InvalidRequest");
    keyed!(get(&fixture), KEY).send().await.expect("get");
}

#[tokio::test]
async fn a_copy_of_what_is_encrypted_needs_the_key() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    keyed!(put, KEY).send().await.expect("put");
    let copy = || fixture.client.copy_object().bucket(BUCKET).key("b").copy_source("bucket/a");
    assert_fails!(copy().send().await, 400, "InvalidRequest");
    let copy = copy().copy_source_sse_customer_algorithm("AES256").copy_source_sse_customer_key(KEY.0);
    copy.copy_source_sse_customer_key_md5(KEY.1).send().await.expect("copy");
    assert_eq!(fixture.get("b").await, b"x");
}
