use aws_sdk_s3::types::{Delete, EncodingType, ObjectIdentifier};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::fixture::{BUCKET, Fixture, assert_fails};

/// Keys that have been mangled somewhere before.
fn odd_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "plain",
        "caf\u{e9}",
        "cafe\u{301}",
        "\u{1f600}/\u{10ffff}",
        "a b",
        " leading and trailing ",
        "a+b",
        "100%",
        "a%2Fb",
        "%",
        "%zz",
        "a//b",
        "//",
        "/leading",
        "//two",
        "trailing/",
        "new\nline",
        "return\rand\r\nboth",
        "tab\t",
        "control\u{1}",
        "\u{7f}\u{85}\u{2028}",
        "?#&<>\"'",
        "a?versionId=1",
        "&amp;",
        "]]>",
        "back\\slash",
        "dots/../in/./the middle",
        "~tilde*star!(bang)",
        "a=b;c:d@e,f$g",
        "nul\u{0}",
    ]
    .map(str::to_owned)
    .to_vec();
    keys.push("k".repeat(1024));
    keys.push("\u{e9}".repeat(512));
    keys
}

/// What a client does with a key of a listing with `encoding-type=url`.
fn decode(key: &str) -> String {
    let key = key.replace('+', " ");
    percent_decode_str(&key).decode_utf8().expect("utf-8").into_owned()
}

#[tokio::test]
async fn odd_keys_survive_put_get_head_and_delete() {
    let fixture = Fixture::start().await;
    for key in odd_keys() {
        fixture.put(&key, key.clone()).await;
    }
    for key in odd_keys() {
        assert_eq!(fixture.get(&key).await, key.as_bytes(), "{key:?}");
        let head = fixture.client.head_object().bucket(BUCKET).key(&key).send().await.expect("head");
        assert_eq!(head.content_length, i64::try_from(key.len()).ok(), "{key:?}");
    }
    for key in odd_keys() {
        fixture.client.delete_object().bucket(BUCKET).key(&key).send().await.expect("delete");
        assert_fails!(fixture.client.get_object().bucket(BUCKET).key(&key).send().await, 404, "NoSuchKey");
    }
    let output = fixture.client.list_objects_v2().bucket(BUCKET).send().await.expect("list");
    assert!(output.contents().is_empty());
}

#[tokio::test]
async fn odd_keys_survive_listings() {
    let fixture = Fixture::start().await;
    for key in odd_keys() {
        fixture.put(&key, "x").await;
    }
    let mut expected = odd_keys();
    expected.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));

    let list = fixture.client.list_objects_v2().bucket(BUCKET);
    let encoded = list.clone().encoding_type(EncodingType::Url).send().await.expect("list");
    let keys: Vec<String> = encoded.contents().iter().map(|object| decode(object.key().unwrap())).collect();
    assert_eq!(keys, expected);
    // Also as they are, written as character references where XML has no other way.
    let plain = list.send().await.expect("list");
    let keys: Vec<String> = plain.contents().iter().map(|object| object.key().unwrap().to_owned()).collect();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn odd_keys_survive_as_prefixes_and_over_pages() {
    let fixture = Fixture::start().await;
    let list = fixture.client.list_objects_v2().bucket(BUCKET).encoding_type(EncodingType::Url);
    for key in odd_keys() {
        fixture.put(&key, "x").await;
    }
    let mut found = Vec::new();
    let mut token = None;
    loop {
        let output = list.clone().max_keys(1).set_continuation_token(token).send().await.expect("list");
        found.extend(output.contents().iter().map(|object| decode(object.key().unwrap())));
        token = output.next_continuation_token;
        if token.is_none() {
            break;
        }
    }
    let mut expected = odd_keys();
    expected.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    assert_eq!(found, expected);

    for key in odd_keys() {
        let output = list.clone().prefix(&key).send().await.expect("list");
        assert_eq!(decode(output.prefix().expect("prefix")), key);
        let mut keys = output.contents().iter().map(|object| decode(object.key().unwrap()));
        assert_eq!(keys.next().as_ref(), Some(&key));
    }
}

#[tokio::test]
async fn odd_keys_survive_copies() {
    let fixture = Fixture::start().await;
    for (index, key) in odd_keys().iter().enumerate() {
        fixture.put(key, key.clone()).await;
        let source = format!("{BUCKET}/{}", utf8_percent_encode(key, NON_ALPHANUMERIC));
        let copy = fixture.client.copy_object().bucket(BUCKET).key(format!("copy-{index}"));
        copy.copy_source(source).send().await.unwrap_or_else(|error| panic!("{key:?}: {error:?}"));
        assert_eq!(fixture.get(&format!("copy-{index}")).await, key.as_bytes(), "{key:?}");
    }
}

#[tokio::test]
async fn odd_keys_survive_deletions_of_many() {
    let fixture = Fixture::start().await;
    // XML cannot carry NUL at all, not even as a reference.
    let keys: Vec<String> = odd_keys().into_iter().filter(|key| !key.contains('\0')).collect();
    for key in &keys {
        fixture.put(key, "x").await;
    }
    let objects = keys.iter().map(|key| ObjectIdentifier::builder().key(key).build().expect("identifier"));
    let delete = Delete::builder().set_objects(Some(objects.collect())).build().expect("delete");
    let output = fixture.client.delete_objects().bucket(BUCKET).delete(delete).send().await.expect("delete");
    let deleted: Vec<&str> = output.deleted().iter().filter_map(|object| object.key()).collect();
    assert_eq!(deleted, keys);
    let output = fixture.client.list_objects_v2().bucket(BUCKET).send().await.expect("list");
    assert!(output.contents().is_empty());
}

#[tokio::test]
async fn plus_in_a_path_is_a_plus() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a+b").body(b"plus".to_vec().into());
    put.acl(aws_sdk_s3::types::ObjectCannedAcl::PublicRead).send().await.expect("put");
    for target in ["/bucket/a+b", "/bucket/a%2Bb"] {
        assert_eq!(fixture.raw("GET", target, &[], b"").await.text(), "plus", "{target}");
    }
    assert_eq!(fixture.raw("GET", "/bucket/a%20b", &[], b"").await.status, 403);
}

#[tokio::test]
async fn key_of_more_than_1024_bytes_answers_400() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("k".repeat(1025));
    assert_fails!(put.send().await, 400, "KeyTooLongError");
}

#[tokio::test]
async fn path_that_is_not_utf8_answers_400() {
    let fixture = Fixture::start().await;
    let response = fixture.raw("GET", "/bucket/%ff%fe", &[], b"").await;
    assert_eq!((response.status, response.code().as_str()), (400, "InvalidURI"));
}
