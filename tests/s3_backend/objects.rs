//! Writes, reads, metadata, visibility.

use s3storage::{
    error::ErrorCode,
    types::{ByteRange, GetOptions, PutOptions, Visibility},
};

use crate::support::{COPY, DELETE, LOOK, collect, failed, get, name, names, put, server, storage};

/// Every key that must survive byte for byte.
fn odd_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "ä",
        " ",
        "\n ",
        "\u{3000}",
        "a\u{308}",
        "日本語/キー",
        "a b",
        " a",
        "a ",
        "a+b",
        "100%",
        "a%2Fb",
        "a//b",
        "//a",
        "/a",
        "a/",
        "a\nb",
        "a\tb",
        "\u{1}",
        "a\u{7f}",
        "?#&<>\"'",
        "a=b&c=d",
        "a;b:c@d,e!f*g(h)",
        "\\",
        "...",
        "a..",
        ".hidden",
        "[x]{y}|^`~",
        "\u{1F600}",
    ]
    .map(ToOwned::to_owned)
    .into();
    keys.push("k".repeat(1024));
    keys
}

#[tokio::test]
async fn odd_keys_survive_write_read_list_copy_presign_and_delete() {
    let server = server().await;
    let storage = storage(&server);
    for key in odd_keys() {
        put(&storage, &key, key.clone()).await;
        assert_eq!(get(&storage, &key).await.unwrap(), key.as_bytes(), "{key:?}");
        assert!(storage.exists(&name(&key)).await.unwrap(), "{key:?}");
        assert_eq!(storage.metadata(&name(&key), false, &LOOK).await.unwrap().name, key);
        assert_eq!(names(&storage, "").await, std::slice::from_ref(&key), "{key:?}");
        storage.copy(&name(&key), &name("copy"), None, &COPY).await.unwrap();
        assert_eq!(get(&storage, "copy").await.unwrap(), key.as_bytes(), "{key:?}");
        storage.delete(&name("copy"), &DELETE).await.unwrap();
        storage.delete(&name(&key), &DELETE).await.unwrap();
        assert!(!storage.exists(&name(&key)).await.unwrap(), "{key:?}");
    }
}

#[tokio::test]
async fn content_of_every_size_round_trips() {
    let server = server().await;
    let storage = storage(&server);
    let all_bytes: Vec<u8> = (0..=255).collect();
    for content in [Vec::new(), vec![0], all_bytes.clone(), all_bytes.repeat(20 * 1024)] {
        put(&storage, "o", content.clone()).await;
        assert!(get(&storage, "o").await.unwrap() == content, "{} bytes", content.len());
    }
}

#[tokio::test]
async fn a_range_is_read_and_the_size_is_that_of_the_whole_object() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "o", "0123456789").await;
    let range = async |offset, length| {
        let options = GetOptions { range: ByteRange::new(offset, length).unwrap(), ..GetOptions::default() };
        storage.read(&name("o"), &options).await
    };
    let object = range(2, Some(3)).await.unwrap();
    assert_eq!((object.info.size, object.length), (Some(10), Some(3)));
    assert_eq!(collect(object).await.unwrap(), b"234");
    assert_eq!(collect(range(7, None).await.unwrap()).await.unwrap(), b"789");
    assert_eq!(collect(range(8, Some(100)).await.unwrap()).await.unwrap(), b"89");
    let error = failed(range(10, None).await);
    assert_eq!((error.code, error.status), (ErrorCode::OperationFailed, Some(416)));
    assert!(error.to_string().contains("offset 10 is at or behind the end"), "{error}");
}

#[tokio::test]
async fn the_first_bytes_of_an_empty_object_are_no_bytes() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "empty", "").await;
    let options = GetOptions { range: ByteRange::new(0, Some(10)).unwrap(), ..GetOptions::default() };
    assert_eq!(collect(storage.read(&name("empty"), &options).await.unwrap()).await.unwrap(), b"");
}

#[tokio::test]
async fn conditions_of_reads_and_writes_have_their_own_codes() {
    let server = server().await;
    let storage = storage(&server);
    put(&storage, "o", "1").await;
    let etag = storage.metadata(&name("o"), false, &LOOK).await.unwrap().etag;
    let unchanged = GetOptions { if_none_match: etag.clone(), ..GetOptions::default() };
    assert_eq!(failed(storage.read(&name("o"), &unchanged).await).code, ErrorCode::NotModified);
    let other = GetOptions { if_match: Some("\"0\"".into()), ..GetOptions::default() };
    assert_eq!(failed(storage.read(&name("o"), &other).await).code, ErrorCode::PreconditionFailed);
    let write = async |options| storage.write(&name("o"), "2".into(), options).await;
    let if_absent = PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() };
    assert_eq!(failed(write(if_absent).await).code, ErrorCode::PreconditionFailed);
    assert!(write(PutOptions { if_match: etag, ..PutOptions::default() }).await.is_ok());
    assert_eq!(get(&storage, "o").await.unwrap(), b"2");
}

#[tokio::test]
async fn headers_metadata_and_tags_go_along() {
    let server = server().await;
    let storage = storage(&server);
    let options = PutOptions {
        content_type: Some("image/x-test".into()),
        cache_control: Some("max-age=60".into()),
        content_disposition: Some("attachment; filename=\"a b\"".into()),
        content_encoding: Some("gzip".into()),
        content_language: Some("de".into()),
        metadata: vec![("author".into(), "someone".into()), ("empty".into(), String::new())],
        tags: vec![("a b".into(), "c&d=e".into())],
        ..PutOptions::default()
    };
    storage.write(&name("o"), "x".into(), options.clone()).await.unwrap();
    let info = storage.metadata(&name("o"), false, &LOOK).await.unwrap();
    assert_eq!(info.content_type, options.content_type);
    assert_eq!(info.cache_control, options.cache_control);
    assert_eq!(info.content_disposition, options.content_disposition);
    assert_eq!(info.content_encoding, options.content_encoding);
    assert_eq!(info.content_language, options.content_language);
    assert_eq!(info.metadata, Some(options.metadata));
}

#[tokio::test]
async fn the_content_type_follows_the_extension() {
    let server = server().await;
    let storage = storage(&server);
    for (pathname, expected) in
        [("a.jpg", "image/jpeg"), ("a/b.PDF", "application/pdf"), ("a", "application/octet-stream")]
    {
        put(&storage, pathname, "x").await;
        assert_eq!(
            storage.metadata(&name(pathname), false, &LOOK).await.unwrap().content_type.as_deref(),
            Some(expected)
        );
    }
}

#[tokio::test]
async fn visibility_is_really_set() {
    let server = server().await;
    let storage = storage(&server);
    let public = PutOptions { visibility: Some(Visibility::Public), ..PutOptions::default() };
    storage.write(&name("o"), "x".into(), public).await.unwrap();
    assert_eq!(storage.visibility(&name("o")).await.unwrap(), Visibility::Public);
    storage.set_visibility(&name("o"), Visibility::Private).await.unwrap();
    assert_eq!(storage.metadata(&name("o"), true, &LOOK).await.unwrap().visibility, Some(Visibility::Private));
}
