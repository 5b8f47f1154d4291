use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::fixture::{BUCKET, Fixture, assert_fails};

fn delete<'a>(keys: impl IntoIterator<Item = &'a str>, quiet: bool) -> Delete {
    let objects = keys.into_iter().map(|key| ObjectIdentifier::builder().key(key).build().expect("identifier"));
    let delete = Delete::builder().set_objects(Some(objects.collect())).quiet(quiet);
    delete.build().expect("delete")
}

async fn keys(fixture: &Fixture) -> Vec<String> {
    let output = fixture.client.list_objects_v2().bucket(BUCKET).send().await.expect("list");
    output.contents().iter().filter_map(|object| object.key.clone()).collect()
}

#[tokio::test]
async fn deleting_is_idempotent() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    for _ in 0..2 {
        fixture.client.delete_object().bucket(BUCKET).key("a").send().await.expect("delete");
    }
    assert_fails!(fixture.client.get_object().bucket(BUCKET).key("a").send().await, 404, "NoSuchKey");
}

#[tokio::test]
async fn deleting_answers_204() {
    let fixture = Fixture::start().await;
    let request = fixture.client.delete_object().bucket(BUCKET).key("a");
    let url = request.presigned(crate::fixture::in_an_hour()).await.expect("presign");
    let response = fixture.raw("DELETE", &crate::fixture::target(url.uri()), &[], b"").await;
    assert_eq!((response.status, response.body.len()), (204, 0));
}

#[tokio::test]
async fn many_keys_are_deleted_at_once_and_named() {
    let fixture = Fixture::start().await;
    for key in ["a", "b/c", "d e", "keep"] {
        fixture.put(key, "x").await;
    }
    let request = fixture.client.delete_objects().bucket(BUCKET);
    let output = request.delete(delete(["a", "b/c", "d e", "missing"], false)).send().await.expect("delete");
    let deleted: Vec<_> = output.deleted().iter().filter_map(|object| object.key()).collect();
    assert_eq!(deleted, ["a", "b/c", "d e", "missing"]);
    assert!(output.errors().is_empty());
    assert_eq!(keys(&fixture).await, ["keep"]);
}

#[tokio::test]
async fn quiet_deletion_names_only_failures() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    fixture.put("b", "x").await;
    let stale = ObjectIdentifier::builder().key("b").e_tag("\"0\"").build().expect("identifier");
    let plain = ObjectIdentifier::builder().key("a").build().expect("identifier");
    let delete = Delete::builder().objects(plain).objects(stale).quiet(true).build().expect("delete");
    let output = fixture.client.delete_objects().bucket(BUCKET).delete(delete).send().await.expect("delete");
    assert!(output.deleted().is_empty());
    let errors: Vec<_> = output.errors().iter().map(|error| (error.key(), error.code())).collect();
    assert_eq!(errors, [(Some("b"), Some("PreconditionFailed"))]);
    assert_eq!(keys(&fixture).await, ["b"]);
}

#[tokio::test]
async fn more_than_a_thousand_keys_answer_400() {
    let fixture = Fixture::start().await;
    let names: Vec<String> = (0..1001).map(|n| format!("k{n}")).collect();
    let request = fixture.client.delete_objects().bucket(BUCKET);
    let thousand = delete(names.iter().take(1000).map(String::as_str), false);
    let output = request.clone().delete(thousand).send().await.expect("delete");
    assert_eq!(output.deleted().len(), 1000);
    let more = delete(names.iter().map(String::as_str), false);
    assert_fails!(request.delete(more).send().await, 400, "MalformedXML");
}
