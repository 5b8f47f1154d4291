//! Uploads by HTML forms, signed by hand: the SDK makes none.

use base64::Engine as _;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::fixture::{BUCKET, Fixture, RawResponse};
use crate::signer::seal;

type Fields = Vec<(String, String)>;

/// A form that is signed, with a condition for each of its fields and `more`.
fn form(fields: &[(&str, &str)], more: &[Value], life: Duration) -> Fields {
    let now = OffsetDateTime::now_utc();
    let day = format!("{:04}{:02}{:02}", now.year(), u8::from(now.month()), now.day());
    let date = format!("{day}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second());
    let credential = format!("devkey/{day}/us-east-1/s3/aws4_request");
    let mut form: Fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    form.push(("x-amz-algorithm".to_owned(), "AWS4-HMAC-SHA256".to_owned()));
    form.push(("x-amz-credential".to_owned(), credential));
    form.push(("x-amz-date".to_owned(), date));
    let exact = |(name, value): &(String, String)| json!(["eq", format!("${name}"), value]);
    let is_free = |name: &str| more.iter().any(|condition| condition[1] == format!("${name}"));
    let mut conditions: Vec<Value> = form.iter().filter(|(name, _)| !is_free(name)).map(exact).collect();
    conditions.push(json!({"bucket": BUCKET}));
    conditions.extend_from_slice(more);
    let end = now + life;
    let (year, month, date) = end.to_calendar_date();
    let (hour, minute, second) = end.to_hms();
    let month = u8::from(month);
    let expiration = format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z");
    let policy = json!({"expiration": expiration, "conditions": conditions}).to_string();
    let policy = base64::engine::general_purpose::STANDARD.encode(policy);
    form.push(("x-amz-signature".to_owned(), seal(&day, &policy)));
    form.push(("policy".to_owned(), policy));
    form
}

async fn post(fixture: &Fixture, form: &Fields, file_name: &str, content: &str) -> RawResponse {
    let field = |disposition: &str, value: &str| {
        format!("--b0undary\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{value}\r\n")
    };
    let mut parts: Vec<String> = form.iter().map(|(name, value)| field(&format!("name=\"{name}\""), value)).collect();
    parts.push(field(&format!("name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: text/plain"), content));
    let body = parts.concat() + "--b0undary--\r\n";
    let headers = [("Content-Type", "multipart/form-data; boundary=b0undary")];
    fixture.raw("POST", &format!("/{BUCKET}"), &headers, body.as_bytes()).await
}

const HOUR: Duration = Duration::HOUR;

#[tokio::test]
async fn a_signed_form_stores_the_file() {
    let fixture = Fixture::start().await;
    let form = form(&[("key", "a b"), ("Content-Type", "a/b"), ("x-amz-meta-k", "v")], &[], HOUR);
    assert_eq!(post(&fixture, &form, "x", "hello\r\n--b").await.status, 204);
    assert_eq!(fixture.get("a b").await, b"hello\r\n--b");
    let head = fixture.client.head_object().bucket(BUCKET).key("a b").send().await.expect("head");
    assert_eq!(head.content_type(), Some("a/b"));
    assert_eq!(head.metadata().and_then(|metadata| metadata.get("k")).map(String::as_str), Some("v"));
}

#[tokio::test]
async fn the_last_segment_of_the_file_name_stands_in_the_key() {
    let fixture = Fixture::start().await;
    let prefix = json!(["starts-with", "$key", "in/"]);
    let form = form(&[("key", "in/${filename}!")], &[prefix], HOUR);
    for (file_name, key) in [("a b.txt", "in/a b.txt!"), ("C:\\x\\y.txt", "in/y.txt!"), ("/etc/z", "in/z!")] {
        assert_eq!(post(&fixture, &form, file_name, "x").await.status, 204, "{file_name}");
        assert_eq!(fixture.get(key).await, b"x");
    }
}

#[tokio::test]
async fn acl_and_tagging_of_a_form_are_stored() {
    let fixture = Fixture::start().await;
    let tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>&lt;v&gt;</Value></Tag></TagSet></Tagging>";
    let form = form(&[("key", "a"), ("acl", "public-read"), ("tagging", tags)], &[], HOUR);
    assert_eq!(post(&fixture, &form, "x", "hello").await.status, 204);
    let anonymous = fixture.raw("GET", &format!("/{BUCKET}/a"), &[], b"").await;
    assert_eq!((anonymous.status, anonymous.text().as_str()), (200, "hello"));
    let stored = fixture.client.get_object_tagging().bucket(BUCKET).key("a").send().await.expect("tags");
    assert_eq!((stored.tag_set[0].key(), stored.tag_set[0].value()), ("k", "<v>"));
}

#[tokio::test]
async fn what_the_policy_does_not_cover_is_refused() {
    let fixture = Fixture::start().await;
    let signed = form(&[("key", "a")], &[json!(["content-length-range", 2, 4])], HOUR);
    for (name, value) in [("acl", "public-read"), ("tagging", "<Tagging/>"), ("x-amz-meta-a", "b")] {
        let mut more = signed.clone();
        more.push((name.to_owned(), value.to_owned()));
        assert_eq!(post(&fixture, &more, "x", "abc").await.code(), "AccessDenied", "{name}");
    }
    assert_eq!(post(&fixture, &signed, "x", "a").await.code(), "EntityTooSmall");
    assert_eq!(post(&fixture, &signed, "x", "abcde").await.code(), "EntityTooLarge");
    let mut other = signed.clone();
    other[0].1 = "b".to_owned();
    assert_eq!(post(&fixture, &other, "x", "abc").await.code(), "InvalidPolicyDocument");
    assert_eq!(post(&fixture, &signed, "x", "abc").await.status, 204);
}

#[tokio::test]
async fn a_form_without_a_good_signature_is_refused() {
    let fixture = Fixture::start().await;
    let unsigned: Fields = vec![("key".to_owned(), "a".to_owned())];
    assert_eq!(post(&fixture, &unsigned, "x", "abc").await.code(), "AccessDenied");
    let mut changed = form(&[("key", "a")], &[], HOUR);
    for (name, value) in &mut changed {
        if name == "x-amz-signature" {
            *value = "0".repeat(64);
        }
    }
    assert_eq!(post(&fixture, &changed, "x", "abc").await.code(), "SignatureDoesNotMatch");
    let expired = form(&[("key", "a")], &[], Duration::seconds(-1));
    assert_eq!(post(&fixture, &expired, "x", "abc").await.code(), "AccessDenied");
}
