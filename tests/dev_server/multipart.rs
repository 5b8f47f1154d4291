use aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::upload_part::builders::UploadPartFluentBuilder;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, ObjectCannedAcl,
    StorageClass,
};

use crate::fixture::{BUCKET, Fixture, assert_fails};

const PART: usize = 5 << 20;

async fn create(fixture: &Fixture) -> String {
    let create = fixture.client.create_multipart_upload().bucket(BUCKET).key("a");
    create.send().await.expect("create").upload_id.expect("upload id")
}

fn part(fixture: &Fixture, id: &str, number: i32, body: Vec<u8>) -> UploadPartFluentBuilder {
    let part = fixture.client.upload_part().bucket(BUCKET).key("a").upload_id(id);
    part.part_number(number).body(body.into())
}

async fn upload(fixture: &Fixture, id: &str, number: i32, body: Vec<u8>) -> CompletedPart {
    let output = part(fixture, id, number, body).send().await.expect("upload part");
    completed(number, &output.e_tag.expect("etag"))
}

fn completed(number: i32, etag: &str) -> CompletedPart {
    CompletedPart::builder().part_number(number).e_tag(etag).build()
}

fn complete(
    fixture: &Fixture,
    id: &str,
    parts: impl IntoIterator<Item = CompletedPart>,
) -> CompleteMultipartUploadFluentBuilder {
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.into_iter().collect())).build();
    let complete = fixture.client.complete_multipart_upload().bucket(BUCKET).key("a");
    complete.upload_id(id).multipart_upload(parts)
}

#[tokio::test]
async fn parts_become_an_object() {
    let fixture = Fixture::start().await;
    let create = fixture.client.create_multipart_upload().bucket(BUCKET).key("a").content_type("text/x");
    let create = create.metadata("one", "1").tagging("t=1").storage_class(StorageClass::StandardIa);
    let create = create.acl(ObjectCannedAcl::PublicRead).send().await.expect("create");
    let id = create.upload_id.expect("upload id");

    // Out of order, with a gap, and one of them twice.
    let last = upload(&fixture, &id, 7, b"tail".to_vec()).await;
    upload(&fixture, &id, 2, vec![0; 10]).await;
    let first = upload(&fixture, &id, 2, vec![b'x'; PART]).await;
    assert_fails!(fixture.client.get_object().bucket(BUCKET).key("a").send().await, 404, "NoSuchKey");
    let output = complete(&fixture, &id, [first, last]).send().await.expect("complete");

    // md5(md5(5 MiB of "x") + md5("tail")), by another implementation.
    assert_eq!(output.e_tag(), Some("\"a45f1422f2dbe3d2890829dd76adba1b-2\""));
    assert!(output.location().is_some_and(|location| location.ends_with("/bucket/a")));
    let body = fixture.get("a").await;
    assert_eq!(body.len(), PART + 4);
    assert!(body.starts_with(b"xxx") && body.ends_with(b"xtail"));

    let head = fixture.client.head_object().bucket(BUCKET).key("a").send().await.expect("head");
    assert_eq!(head.content_type.as_deref(), Some("text/x"));
    assert_eq!(head.metadata.expect("metadata")["one"], "1");
    assert_eq!(head.storage_class, Some(StorageClass::StandardIa));
    assert_eq!(fixture.raw("HEAD", "/bucket/a", &[], b"").await.status, 200);
    let get = fixture.client.get_object().bucket(BUCKET).key("a");
    let output = get.clone().range(format!("bytes={}-{}", PART - 2, PART + 1)).send().await.expect("get");
    assert_eq!(output.tag_count, Some(1));
    assert_eq!(output.body.collect().await.expect("body").to_vec(), b"xxta");
    // A part of it again.
    let output = get.part_number(2).send().await.expect("get");
    assert_eq!(output.parts_count, Some(2));
    assert_eq!(output.body.collect().await.expect("body").to_vec(), b"tail");
    // It is done.
    assert_fails!(complete(&fixture, &id, [completed(7, "x")]).send().await, 404, "NoSuchUpload");
}

#[tokio::test]
async fn wrong_or_missing_part_answers_400() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    let good = upload(&fixture, &id, 1, b"x".to_vec()).await;
    let wrong = completed(1, "\"00000000000000000000000000000000\"");
    assert_fails!(complete(&fixture, &id, [wrong]).send().await, 400, "InvalidPart");
    let missing = completed(2, good.e_tag().expect("etag"));
    assert_fails!(complete(&fixture, &id, [missing]).send().await, 400, "InvalidPart");
    assert_fails!(complete(&fixture, &id, []).send().await, 400, "MalformedXML");
    // The upload is still there.
    complete(&fixture, &id, [good]).send().await.expect("complete");
}

#[tokio::test]
async fn parts_out_of_order_answer_400() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    let one = upload(&fixture, &id, 1, vec![1; PART]).await;
    let two = upload(&fixture, &id, 2, vec![2; PART]).await;
    let reversed = complete(&fixture, &id, [two.clone(), one.clone()]);
    assert_fails!(reversed.send().await, 400, "InvalidPartOrder");
    let twice = complete(&fixture, &id, [one.clone(), one]);
    assert_fails!(twice.send().await, 400, "InvalidPartOrder");
}

#[tokio::test]
async fn small_part_before_the_last_answers_400() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    let one = upload(&fixture, &id, 1, vec![1; PART - 1]).await;
    let two = upload(&fixture, &id, 2, vec![2; 1]).await;
    assert_fails!(complete(&fixture, &id, [one, two.clone()]).send().await, 400, "EntityTooSmall");
    let one = upload(&fixture, &id, 1, vec![1; PART]).await;
    complete(&fixture, &id, [one, two]).send().await.expect("complete");
}

#[tokio::test]
async fn unknown_upload_answers_404() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    fixture.put("source", "x").await;
    assert_fails!(part(&fixture, "nope", 1, vec![1; 3 << 20]).send().await, 404, "NoSuchUpload");
    assert_fails!(complete(&fixture, "nope", [completed(1, "\"0\"")]).send().await, 404, "NoSuchUpload");
    let abort = client.abort_multipart_upload().bucket(BUCKET).key("a").upload_id("nope");
    assert_fails!(abort.send().await, 404, "NoSuchUpload");
    let list = client.list_parts().bucket(BUCKET).key("a").upload_id("nope");
    assert_fails!(list.send().await, 404, "NoSuchUpload");
    let copy = client.upload_part_copy().bucket(BUCKET).key("a").upload_id("nope").part_number(1);
    assert_fails!(copy.copy_source("bucket/source").send().await, 404, "NoSuchUpload");
    // An upload belongs to its key.
    let id = create(&fixture).await;
    let list = client.list_parts().bucket(BUCKET).key("b").upload_id(id);
    assert_fails!(list.send().await, 404, "NoSuchUpload");
}

#[tokio::test]
async fn aborted_upload_is_gone() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    let one = upload(&fixture, &id, 1, vec![1; 1]).await;
    let abort = fixture.client.abort_multipart_upload().bucket(BUCKET).key("a").upload_id(&id);
    abort.clone().send().await.expect("abort");
    assert_fails!(abort.send().await, 404, "NoSuchUpload");
    assert_fails!(complete(&fixture, &id, [one]).send().await, 404, "NoSuchUpload");
}

#[tokio::test]
async fn part_numbers_have_limits() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    for number in [0, 10_001] {
        assert_fails!(part(&fixture, &id, number, vec![1]).send().await, 400, "InvalidArgument");
    }
    part(&fixture, &id, 10_000, vec![1]).send().await.expect("upload part");
}

#[tokio::test]
async fn parts_can_be_copied_from_objects() {
    let fixture = Fixture::start().await;
    let source: Vec<u8> = (0..PART + 10).map(|n| n.to_le_bytes()[0]).collect();
    fixture.put("source", source.clone()).await;
    let id = create(&fixture).await;
    let copy = |number, range: Option<&str>| {
        let copy = fixture.client.upload_part_copy().bucket(BUCKET).key("a").upload_id(&id).part_number(number);
        copy.copy_source("bucket/source").set_copy_source_range(range.map(str::to_owned))
    };
    let etag = |output: aws_sdk_s3::operation::upload_part_copy::UploadPartCopyOutput| {
        output.copy_part_result.and_then(|result| result.e_tag).expect("etag")
    };
    let one = etag(copy(1, None).send().await.expect("copy"));
    let two = etag(copy(2, Some("bytes=3-5")).send().await.expect("copy"));
    assert_fails!(copy(3, Some("bytes=0-99999999")).send().await, 416, "InvalidRange");
    assert_fails!(copy(3, Some("bytes=5-")).send().await, 400, "InvalidArgument");
    let failed = copy(3, None).copy_source_if_match("\"0\"");
    assert_fails!(failed.send().await, 412, "PreconditionFailed");
    let missing = copy(3, None).copy_source("bucket/missing");
    assert_fails!(missing.send().await, 404, "NoSuchKey");
    complete(&fixture, &id, [completed(1, &one), completed(2, &two)]).send().await.expect("complete");
    let mut expected = source.clone();
    expected.extend_from_slice(&source[3..6]);
    assert!(fixture.get("a").await == expected);
}

#[tokio::test]
async fn parts_are_listed_in_pages() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    for number in [5, 1, 3] {
        upload(&fixture, &id, number, vec![1; usize::try_from(number).unwrap()]).await;
    }
    let list = fixture.client.list_parts().bucket(BUCKET).key("a").upload_id(&id);
    let first = list.clone().max_parts(2).send().await.expect("list");
    let numbers: Vec<_> = first.parts().iter().map(|part| (part.part_number(), part.size())).collect();
    assert_eq!(numbers, [(Some(1), Some(1)), (Some(3), Some(3))]);
    assert_eq!((first.is_truncated(), first.next_part_number_marker()), (Some(true), Some("3")));
    let second = list.part_number_marker("3").send().await.expect("list");
    assert_eq!(second.parts().len(), 1);
    assert_eq!(second.is_truncated(), Some(false));
}

#[tokio::test]
async fn uploads_are_listed_by_prefix_and_in_pages() {
    let fixture = Fixture::start().await;
    let mut ids = Vec::new();
    for key in ["b/1", "a", "b/2", "b/2", "c"] {
        let create = fixture.client.create_multipart_upload().bucket(BUCKET).key(key).send().await;
        ids.push(create.expect("create").upload_id.expect("upload id"));
    }
    let list = fixture.client.list_multipart_uploads().bucket(BUCKET);
    let output = list.clone().prefix("b/").send().await.expect("list");
    let found: Vec<_> =
        output.uploads().iter().map(|upload| (upload.key().unwrap(), upload.upload_id().unwrap())).collect();
    assert_eq!(found, [("b/1", ids[0].as_str()), ("b/2", ids[2].as_str()), ("b/2", ids[3].as_str())]);

    let output = list.clone().delimiter("/").send().await.expect("list");
    let keys: Vec<_> = output.uploads().iter().filter_map(|upload| upload.key()).collect();
    assert_eq!((keys, output.common_prefixes().len()), (vec!["a", "c"], 1));

    let (mut found, mut key, mut id) = (Vec::new(), None, None);
    loop {
        let request = list.clone().max_uploads(1).set_key_marker(key).set_upload_id_marker(id);
        let output = request.send().await.expect("list");
        found.extend(output.uploads().iter().filter_map(|upload| upload.upload_id.clone()));
        if output.is_truncated == Some(false) {
            break;
        }
        (key, id) = (output.next_key_marker, output.next_upload_id_marker);
    }
    assert_eq!(found, [&ids[1], &ids[0], &ids[2], &ids[3], &ids[4]].map(Clone::clone));
}

#[tokio::test]
async fn completion_with_conditions_answers_412() {
    let fixture = Fixture::start().await;
    let etag = fixture.put("a", "taken").await;
    let id = create(&fixture).await;
    let one = upload(&fixture, &id, 1, b"new".to_vec()).await;
    let request = || complete(&fixture, &id, [one.clone()]);
    assert_fails!(request().if_none_match("*").send().await, 412, "PreconditionFailed");
    assert_fails!(request().if_match("\"0\"").send().await, 412, "PreconditionFailed");
    assert_eq!(fixture.get("a").await, b"taken");
    request().if_match(etag).send().await.expect("complete");
    assert_eq!(fixture.get("a").await, b"new");

    fixture.client.delete_object().bucket(BUCKET).key("a").send().await.expect("delete");
    let id = create(&fixture).await;
    let one = upload(&fixture, &id, 1, b"new".to_vec()).await;
    assert_fails!(complete(&fixture, &id, [one]).if_match("\"0\"").send().await, 404, "NoSuchKey");
}

#[tokio::test]
async fn checksums_and_md5_of_parts_are_verified() {
    let fixture = Fixture::start().await;
    let id = create(&fixture).await;
    let request = || part(&fixture, &id, 1, b"hello".to_vec());
    assert_fails!(
        request().checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").send().await,
        400,
        "BadDigest"
    );
    assert_fails!(request().checksum_crc32("AAAAAA==").send().await, 400, "BadDigest");
    assert_fails!(request().content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await, 400, "BadDigest");
    request().checksum_crc32("NhCmhg==").send().await.expect("upload part");
}

#[tokio::test]
async fn composite_checksum_is_built_from_those_of_the_parts() {
    let fixture = Fixture::start().await;
    let create = fixture.client.create_multipart_upload().bucket(BUCKET).key("a");
    let create = create.checksum_algorithm(ChecksumAlgorithm::Sha256).send().await.expect("create");
    let id = create.upload_id.expect("upload id");
    let client = fixture.checking_client();
    let request = |algorithm| {
        let part = client.upload_part().bucket(BUCKET).key("a").upload_id(&id).part_number(1);
        part.body(b"hello".to_vec().into()).checksum_algorithm(algorithm).send()
    };
    assert_fails!(request(ChecksumAlgorithm::Crc32).await, 400, "InvalidRequest");
    let right = request(ChecksumAlgorithm::Sha256).await.expect("upload part");
    let one = CompletedPart::builder().part_number(1).e_tag(right.e_tag.expect("etag"));
    let stale = one.clone().checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").build();
    assert_fails!(complete(&fixture, &id, [stale]).send().await, 400, "InvalidPart");
    let one = one.set_checksum_sha256(right.checksum_sha256).build();
    complete(&fixture, &id, [one]).send().await.expect("complete");
    let head = fixture.client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
    let head = head.send().await.expect("head");
    // base64(sha256(sha256("hello"))), by another implementation.
    assert_eq!(head.checksum_sha256.as_deref(), Some("lZXJ35AHUUjrBoYDZd8zWEt1v/eCpRDGzUiDpBmDPVA=-1"));
    assert_eq!(head.checksum_type, Some(ChecksumType::Composite));
}

#[tokio::test]
async fn full_object_checksum_is_verified_on_completion() {
    let fixture = Fixture::start().await;
    let create = fixture.client.create_multipart_upload().bucket(BUCKET).key("a");
    let create = create.checksum_algorithm(ChecksumAlgorithm::Crc32).checksum_type(ChecksumType::FullObject);
    let id = create.send().await.expect("create").upload_id.expect("upload id");
    let one = part(&fixture, &id, 1, b"hello".to_vec()).checksum_crc32("NhCmhg==").send().await;
    let one = completed(1, &one.expect("upload part").e_tag.expect("etag"));
    let wrong = complete(&fixture, &id, [one.clone()]).checksum_crc32("AAAAAA==");
    assert_fails!(wrong.send().await, 400, "BadDigest");
    let wrong = complete(&fixture, &id, [one.clone()]).mpu_object_size(6);
    assert_fails!(wrong.send().await, 400, "InvalidRequest");
    let right = complete(&fixture, &id, [one]).checksum_crc32("NhCmhg==").mpu_object_size(5);
    let output = right.send().await.expect("complete");
    assert_eq!(output.checksum_type, Some(ChecksumType::FullObject));
}
