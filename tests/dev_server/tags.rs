use aws_sdk_s3::types::{Tag, Tagging};

use crate::fixture::{BUCKET, Fixture, assert_fails};

async fn tags(fixture: &Fixture, key: &str) -> Vec<(String, String)> {
    let output = fixture.client.get_object_tagging().bucket(BUCKET).key(key).send().await.expect("tags");
    output.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn tagging<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tagging {
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build().expect("tag"));
    Tagging::builder().set_tag_set(Some(tags.collect())).build().expect("tagging")
}

fn pair(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

#[tokio::test]
async fn tags_of_a_write_are_stored() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
    put.tagging("one=1&two+words=%26%3D&empty=").send().await.expect("put");
    assert_eq!(tags(&fixture, "a").await, [pair("one", "1"), pair("two words", "&="), pair("empty", "")]);
    let output = fixture.client.get_object().bucket(BUCKET).key("a").send().await.expect("get");
    assert_eq!(output.tag_count, Some(3));
}

#[tokio::test]
async fn tags_can_be_replaced_and_deleted() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    assert_eq!(tags(&fixture, "a").await, []);
    let put = fixture.client.put_object_tagging().bucket(BUCKET).key("a");
    put.clone().tagging(tagging([("k", "v"), ("l", "<&>")])).send().await.expect("put tags");
    assert_eq!(tags(&fixture, "a").await, [pair("k", "v"), pair("l", "<&>")]);
    put.tagging(tagging([("m", "w")])).send().await.expect("put tags");
    assert_eq!(tags(&fixture, "a").await, [pair("m", "w")]);
    fixture.client.delete_object_tagging().bucket(BUCKET).key("a").send().await.expect("delete tags");
    assert_eq!(tags(&fixture, "a").await, []);
    assert_eq!(fixture.get("a").await, b"x");
}

#[tokio::test]
async fn tags_beyond_the_limits_answer_400() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    let put = fixture.client.put_object_tagging().bucket(BUCKET).key("a");
    let names: Vec<String> = (0..11).map(|n| format!("k{n}")).collect();
    let many = tagging(names.iter().map(|name| (name.as_str(), "v")));
    assert_fails!(put.clone().tagging(many).send().await, 400, "BadRequest");
    assert_fails!(put.clone().tagging(tagging([("k", "1"), ("k", "2")])).send().await, 400, "InvalidTag");
    let long = "k".repeat(129);
    assert_fails!(put.tagging(tagging([(long.as_str(), "v")])).send().await, 400, "InvalidTag");
}

#[tokio::test]
async fn tags_of_a_missing_key_answer_404() {
    let fixture = Fixture::start().await;
    let get = fixture.client.get_object_tagging().bucket(BUCKET).key("no");
    assert_fails!(get.send().await, 404, "NoSuchKey");
}
