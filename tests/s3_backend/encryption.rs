//! Encryption at the server's side, in one request and in parts.

use s3storage::{
    error::ErrorCode,
    storage::Storage,
    types::{CustomerKey, Encryption, GetOptions, HeadOptions, PutOptions, ServerEncryption},
};

use crate::support::{BUCKET, LOOK, bucket_of, collect, failed, name, server};

const CANARY: &[u8; 32] = b"CANARY-customer-key-of-32-bytes!";

fn own(key: &[u8]) -> PutOptions {
    let encryption = Encryption { customer_key: CustomerKey::new(key).ok(), ..Encryption::default() };
    PutOptions { encryption, ..PutOptions::default() }
}

async fn read(storage: &Storage, key: Option<&[u8]>) -> Result<Vec<u8>, ErrorCode> {
    let customer_key = key.and_then(|key| CustomerKey::new(key).ok());
    let options = GetOptions { customer_key, ..GetOptions::default() };
    match storage.read(&name("x"), &options).await {
        Ok(object) => collect(object).await.map_err(|error| error.code),
        Err(error) => {
            assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
            Err(error.code)
        }
    }
}

#[tokio::test]
async fn what_was_written_with_a_key_is_read_with_it_only() {
    let server = server().await;
    for provider in ["generic", "aws"] {
        let storage = bucket_of(&server, BUCKET, provider);
        // One request, and in parts: 5 MiB fit into one.
        for size in [7, 11 << 20] {
            let content = vec![7_u8; size];
            storage.write(&name("x"), content.clone().into(), own(CANARY)).await.unwrap();
            assert!(read(&storage, Some(CANARY)).await.unwrap() == content, "{provider} {size}");
            assert_eq!(read(&storage, Some(&[1; 32])).await, Err(ErrorCode::PermissionDenied));
            assert_eq!(read(&storage, None).await, Err(ErrorCode::OperationFailed));
            let look = HeadOptions { customer_key: CustomerKey::new(CANARY).ok(), ..HeadOptions::default() };
            let info = storage.metadata(&name("x"), false, &look).await.unwrap();
            assert_eq!((info.size, info.has_customer_key), (Some(size as u64), true));
        }
    }
}

#[tokio::test]
async fn encryption_by_the_server_is_asked_for_and_told_of() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "aws");
    for size in [7, 6 << 20] {
        for (by_server, id) in [
            (ServerEncryption::Aes256, None),
            (ServerEncryption::Kms, Some("my-key")),
            (ServerEncryption::KmsDsse, None),
        ] {
            let kms_key_id = id.map(ToOwned::to_owned);
            let encryption = Encryption { by_server: Some(by_server), kms_key_id, customer_key: None };
            let options = PutOptions { encryption, ..PutOptions::default() };
            storage.write(&name("x"), vec![0; size].into(), options).await.unwrap();
            let there = storage.metadata(&name("x"), false, &LOOK).await.unwrap().encryption;
            assert_eq!(there.by_server, Some(by_server));
            assert!(id.is_none() || there.kms_key_id.as_deref() == id);
        }
    }
}

#[tokio::test]
async fn keys_that_contradict_are_refused_before_anything_is_sent() {
    let server = server().await;
    let storage = bucket_of(&server, BUCKET, "aws");
    let requests = server.requests();
    let mut both = own(CANARY);
    both.encryption.by_server = Some(ServerEncryption::Aes256);
    let mut id = PutOptions::default();
    id.encryption.kms_key_id = Some("id".into());
    let mut header = PutOptions::default();
    header.encryption.by_server = Some(ServerEncryption::Kms);
    header.encryption.kms_key_id = Some("a\r\nx-evil: 1".into());
    for wrong in [both, id, header] {
        assert_eq!(failed(storage.write(&name("x"), "x".into(), wrong).await).code, ErrorCode::InvalidArgument);
    }
    assert_eq!(server.requests(), requests);
}
