//! What stands beside a content is changed without the content.

use std::time::{SystemTime, UNIX_EPOCH};

use s3storage::{
    error::ErrorCode,
    types::{
        Changes, CustomerKey, Encryption, HeadOptions, ObjectLock, PutOptions, Retention, RetentionMode,
        ServerEncryption, Visibility,
    },
};

use crate::{
    dev_server::Config,
    support::{BUCKET, LOCKED, LOOK, bucket_of, failed, get, name, put, server, server_with},
};

fn full() -> PutOptions {
    let text = |text: &str| Some(text.to_owned());
    PutOptions {
        content_type: text("a/b"),
        cache_control: text("no-store"),
        content_disposition: text("inline"),
        content_encoding: text("x-own"),
        content_language: text("en"),
        metadata: vec![("k".into(), "v".into())],
        storage_class: text("STANDARD_IA"),
        tags: vec![("t".into(), "1".into())],
        expires: text("Fri, 01 Jan 2100 00:00:00 GMT"),
        website_redirect: text("/elsewhere"),
        encryption: Encryption { by_server: Some(ServerEncryption::Aes256), ..Encryption::default() },
        ..PutOptions::default()
    }
}

#[tokio::test]
async fn only_what_is_named_changes() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "aws");
    let options = PutOptions { visibility: Some(Visibility::Public), ..full() };
    storage.write(&name("x"), "content".into(), options).await.unwrap();
    let before = storage.metadata(&name("x"), true, &LOOK).await.unwrap();
    let changes = Changes { content_type: Some("c/d".into()), ..Changes::default() };
    let info = storage.update_metadata(&name("x"), &changes).await.unwrap();
    assert_eq!((info.name.as_str(), info.content_type.as_deref(), info.size), ("x", Some("c/d"), Some(7)));
    let mut after = storage.metadata(&name("x"), true, &LOOK).await.unwrap();
    assert_eq!(after.content_type.take().as_deref(), Some("c/d"));
    after.last_modified = before.last_modified;
    after.content_type.clone_from(&before.content_type);
    assert_eq!(after, before);
    assert_eq!(get(&storage, "x").await.unwrap(), b"content");
    assert_eq!(storage.tags(&name("x")).await.unwrap(), full().tags);
}

#[tokio::test]
async fn metadata_is_replaced_as_a_whole() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "generic");
    storage.write(&name("x"), "content".into(), full()).await.unwrap();
    let changes = Changes { metadata: Some(vec![("new".into(), "1".into())]), ..Changes::default() };
    storage.update_metadata(&name("x"), &changes).await.unwrap();
    let info = storage.metadata(&name("x"), false, &LOOK).await.unwrap();
    assert_eq!(info.metadata, changes.metadata);
    assert_eq!((info.content_type.as_deref(), info.cache_control.as_deref()), (Some("a/b"), Some("no-store")));
    let none = Changes { metadata: Some(Vec::new()), storage_class: Some("STANDARD".into()), ..Changes::default() };
    storage.update_metadata(&name("x"), &none).await.unwrap();
    let info = storage.metadata(&name("x"), false, &LOOK).await.unwrap();
    assert_eq!((info.metadata, info.storage_class), (Some(Vec::new()), None));
}

#[tokio::test]
async fn nothing_to_change_is_one_look() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "generic");
    put(&storage, "x", "content").await;
    let requests = server.requests();
    let info = storage.update_metadata(&name("x"), &Changes::default()).await.unwrap();
    assert_eq!((info.size, server.requests() - requests), (Some(7), 1));
    let changes = Changes { content_type: Some("a/b".into()), ..Changes::default() };
    assert_eq!(failed(storage.update_metadata(&name("none"), &changes).await).code, ErrorCode::FileNotFound);
    let wrong = Changes { cache_control: Some("a\r\nb".into()), ..Changes::default() };
    assert_eq!(failed(storage.update_metadata(&name("x"), &wrong).await).code, ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn an_object_too_large_for_one_copy_is_changed_in_parts() {
    let server = server_with(Config { copy_limit: 5 << 20, ..Config::default() }).await;
    let storage = bucket_of(&server, BUCKET, "aws");
    let content: Vec<u8> = (0..(11_u32 << 20)).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let options = PutOptions { visibility: Some(Visibility::Public), ..full() };
    storage.write(&name("x"), content.clone().into(), options).await.unwrap();
    let before = storage.metadata(&name("x"), true, &LOOK).await.unwrap();
    let changes = Changes { cache_control: Some("max-age=1".into()), ..Changes::default() };
    storage.update_metadata(&name("x"), &changes).await.unwrap();
    let mut after = storage.metadata(&name("x"), true, &LOOK).await.unwrap();
    assert_eq!(after.cache_control.as_deref(), Some("max-age=1"));
    (after.cache_control, after.last_modified) = (before.cache_control.clone(), before.last_modified);
    (after.etag, after.checksum) = (before.etag.clone(), before.checksum.clone());
    assert_eq!(after, before);
    assert!(get(&storage, "x").await.unwrap() == content);
    assert_eq!(storage.tags(&name("x")).await.unwrap(), full().tags);
}

#[tokio::test]
async fn a_lock_goes_along_to_the_new_version() {
    let server = server().await;
    let storage = bucket_of(&server, LOCKED, "aws");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let until = i64::try_from(now).unwrap() + 3600;
    let retention = Some(Retention { mode: RetentionMode::Governance, until });
    let lock = ObjectLock { retention, legal_hold: Some(true) };
    let options = PutOptions { lock, ..PutOptions::default() };
    storage.write(&name("x"), "content".into(), options).await.unwrap();
    let changes = Changes { content_type: Some("c/d".into()), ..Changes::default() };
    storage.update_metadata(&name("x"), &changes).await.unwrap();
    assert_eq!(storage.object_lock(&name("x")).await.unwrap(), lock);
}

#[tokio::test]
async fn an_object_with_a_customer_key_is_left_as_it_is() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "aws");
    let customer_key = CustomerKey::new(&[7; 32]).ok();
    let encryption = Encryption { customer_key: customer_key.clone(), ..Encryption::default() };
    storage.write(&name("x"), "content".into(), PutOptions { encryption, ..PutOptions::default() }).await.unwrap();
    let changes = Changes { content_type: Some("c/d".into()), ..Changes::default() };
    failed(storage.update_metadata(&name("x"), &changes).await);
    let look = HeadOptions { customer_key, ..HeadOptions::default() };
    assert_ne!(storage.metadata(&name("x"), false, &look).await.unwrap().content_type.as_deref(), Some("c/d"));
}
