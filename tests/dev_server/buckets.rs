use aws_sdk_s3::types::{
    BucketLocationConstraint, CompletedMultipartUpload, CreateBucketConfiguration, Delete, ObjectCannedAcl,
    ObjectIdentifier, Tagging,
};

use crate::fixture::{BUCKET, Fixture, assert_fails, in_an_hour, target};

#[tokio::test]
async fn bucket_can_be_created_found_listed_and_deleted() {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    client.create_bucket().bucket("another").send().await.expect("create");
    client.head_bucket().bucket("another").send().await.expect("head");
    let names = |output: aws_sdk_s3::operation::list_buckets::ListBucketsOutput| -> Vec<String> {
        output.buckets().iter().filter_map(|bucket| bucket.name.clone()).collect()
    };
    let output = client.list_buckets().send().await.expect("list");
    assert_eq!(names(output), ["another", BUCKET]);
    client.delete_bucket().bucket("another").send().await.expect("delete");
    let output = client.list_buckets().send().await.expect("list");
    assert_eq!(names(output), [BUCKET]);
}

#[tokio::test]
async fn creating_a_bucket_twice_answers_409() {
    let fixture = Fixture::start().await;
    let create = fixture.client.create_bucket().bucket(BUCKET);
    assert_fails!(create.send().await, 409, "BucketAlreadyOwnedByYou");
}

#[tokio::test]
async fn deleting_a_bucket_with_objects_answers_409() {
    let fixture = Fixture::start().await;
    fixture.put("a", "1").await;
    let delete = fixture.client.delete_bucket().bucket(BUCKET);
    assert_fails!(delete.clone().send().await, 409, "BucketNotEmpty");
    fixture.client.delete_object().bucket(BUCKET).key("a").send().await.expect("delete");
    delete.send().await.expect("delete");
}

#[tokio::test]
async fn bucket_location_is_the_one_it_was_created_with() {
    let fixture = Fixture::start().await;
    let location = async |bucket: &str| {
        let output = fixture.client.get_bucket_location().bucket(bucket).send().await;
        output.expect("location").location_constraint
    };
    // The SDK reads the empty element of us-east-1 as an unknown constraint without a name.
    let default = location(BUCKET).await;
    assert_eq!(default.as_ref().map_or("", BucketLocationConstraint::as_str), "");
    let configuration =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    let create = fixture.client.create_bucket().bucket("in-europe");
    create.create_bucket_configuration(configuration).send().await.expect("create");
    assert_eq!(location("in-europe").await, Some(BucketLocationConstraint::EuWest1));
}

#[tokio::test]
async fn every_operation_on_a_missing_bucket_answers_no_such_bucket() {
    const MISSING: &str = "missing-bucket";
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    fixture.put("source", "x").await;
    macro_rules! assert_no_such_bucket {
        ($($request:expr),+ $(,)?) => {
            $(assert_fails!($request.bucket(MISSING).send().await, 404, "NoSuchBucket");)+
        };
    }
    let identifier = ObjectIdentifier::builder().key("k").build().expect("identifier");
    let delete = Delete::builder().objects(identifier).build().expect("delete");
    let tagging = Tagging::builder().set_tag_set(Some(Vec::new())).build().expect("tagging");
    assert_no_such_bucket!(
        client.delete_bucket(),
        client.get_bucket_location(),
        client.get_bucket_versioning(),
        client.list_objects_v2(),
        client.list_objects(),
        client.list_multipart_uploads(),
        client.get_object().key("k"),
        client.put_object().key("k").body(vec![1; 2 << 20].into()),
        client.delete_object().key("k"),
        client.delete_objects().delete(delete),
        client.copy_object().key("k").copy_source("bucket/source"),
        client.get_object_acl().key("k"),
        client.put_object_acl().key("k").acl(ObjectCannedAcl::Private),
        client.get_object_tagging().key("k"),
        client.put_object_tagging().key("k").tagging(tagging),
        client.delete_object_tagging().key("k"),
        client.create_multipart_upload().key("k"),
        client.upload_part().key("k").upload_id("u").part_number(1).body(vec![1; 100].into()),
        client.upload_part_copy().key("k").upload_id("u").part_number(1).copy_source("bucket/source"),
        client.list_parts().key("k").upload_id("u"),
        client
            .complete_multipart_upload()
            .key("k")
            .upload_id("u")
            .multipart_upload(CompletedMultipartUpload::builder().build()),
        client.abort_multipart_upload().key("k").upload_id("u"),
    );
    let copy = client.copy_object().bucket(BUCKET).key("k").copy_source("missing-bucket/source");
    assert_fails!(copy.send().await, 404, "NoSuchBucket");
    // Also without a signature.
    assert_eq!(fixture.raw("GET", "/missing-bucket/k", &[], b"").await.code(), "NoSuchBucket");
}

#[tokio::test]
async fn head_of_what_is_missing_answers_a_bare_404() {
    let fixture = Fixture::start().await;
    for bucket in [BUCKET, "missing-bucket"] {
        let head = fixture.client.head_object().bucket(bucket).key("missing");
        assert_fails!(head.clone().send().await, 404, "NotFound");
        let url = head.presigned(in_an_hour()).await.expect("presign");
        let response = fixture.raw("HEAD", &target(url.uri()), &[], b"").await;
        assert_eq!((response.status, response.body.as_slice()), (404, &b""[..]));
    }
    assert_fails!(fixture.client.head_bucket().bucket("missing-bucket").send().await, 404, "NotFound");
}

#[tokio::test]
async fn invalid_bucket_name_answers_400() {
    let fixture = Fixture::start().await;
    let create = fixture.client.create_bucket().bucket("Not_A_Bucket");
    assert_fails!(create.send().await, 400, "InvalidBucketName");
}

#[tokio::test]
async fn operation_the_server_does_not_have_answers_501() {
    let fixture = Fixture::start().await;
    let request = fixture.client.get_bucket_policy().bucket(BUCKET);
    assert_fails!(request.send().await, 501, "NotImplemented");
}
