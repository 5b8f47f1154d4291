//! Corrupted contents: the checksum that came with them tells, before their end is reported.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use s3s::crypto::{Checksum, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3storage::{
    error::{ErrorCode, Result},
    types::{ByteRange, GetOptions},
};
use serde_json::json;

use crate::{
    client::{collect, get, name, storage_with},
    fault_server::{Answer, FaultServer, Script},
    operation::{CONTENT, OBJECT},
};

const GET: &str = "GET /test-bucket/x";

fn of<C: Checksum>(content: &[u8]) -> String {
    BASE64.encode(C::checksum(content))
}

/// Header and value of every checksum that S3 knows.
fn checksums(content: &[u8]) -> [(&'static str, String); 5] {
    [
        ("x-amz-checksum-crc32", of::<Crc32>(content)),
        ("x-amz-checksum-crc32c", of::<Crc32c>(content)),
        ("x-amz-checksum-crc64nvme", of::<Crc64Nvme>(content)),
        ("x-amz-checksum-sha1", of::<Sha1>(content)),
        ("x-amz-checksum-sha256", of::<Sha256>(content)),
    ]
}

/// Reads the object under a checksum and these answers.
async fn read(content: &[u8], checksum: (&str, &str), answers: impl IntoIterator<Item = Answer>) -> Result<Vec<u8>> {
    let server = FaultServer::start(Script::new().object(OBJECT, content, &[checksum]).on(GET, answers));
    get(&storage_with(&server.endpoint(), json!({"max_attempts": 1})), "x").await
}

#[tokio::test]
async fn a_content_that_fits_its_checksum_is_whole() {
    for content in [CONTENT, b"", &vec![7; 300_000]] {
        for (header, value) in checksums(content) {
            assert_eq!(read(content, (header, &value), [Answer::stored()]).await.unwrap(), content, "{header}");
        }
    }
}

#[tokio::test]
async fn a_flipped_bit_is_a_checksum_mismatch_and_never_an_end() {
    for content in [CONTENT, &vec![7; 300_000]] {
        for (header, value) in checksums(content) {
            for byte in [0, content.len() - 1] {
                let outcome = read(content, (header, &value), [Answer::stored().flipped_at(byte)]).await;
                assert_eq!(outcome.unwrap_err().code, ErrorCode::ChecksumMismatch, "{header}");
            }
        }
    }
}

#[tokio::test]
async fn a_flipped_bit_is_found_without_a_length_too() {
    for (header, value) in checksums(CONTENT) {
        let outcome = read(CONTENT, (header, &value), [Answer::stored().chunked().flipped_at(3)]).await;
        assert_eq!(outcome.unwrap_err().code, ErrorCode::ChecksumMismatch, "{header}");
    }
}

/// The checksum of the first answer counts for the whole content, however many answers that takes.
#[tokio::test]
async fn a_flipped_bit_is_found_in_a_resumed_content() {
    for (header, value) in checksums(CONTENT) {
        let checksum = (header, value.as_str());
        let clean = [Answer::stored().truncated_at(4), Answer::stored()];
        assert_eq!(read(CONTENT, checksum, clean).await.unwrap(), CONTENT, "{header}");
        for broken in [
            [Answer::stored().truncated_at(4).flipped_at(1), Answer::stored()],
            [Answer::stored().truncated_at(4), Answer::stored().flipped_at(1)],
        ] {
            assert_eq!(
                read(CONTENT, checksum, broken).await.unwrap_err().code,
                ErrorCode::ChecksumMismatch,
                "{header}"
            );
        }
    }
}

/// That of a multipart upload is a checksum of checksums, which the content alone cannot confirm.
#[tokio::test]
async fn a_composite_checksum_is_never_compared() {
    for (header, value) in checksums(b"something else") {
        let composite = format!("{value}-3");
        let typed = Answer::stored().header("x-amz-checksum-type", "COMPOSITE");
        assert_eq!(read(CONTENT, (header, &composite), [Answer::stored()]).await.unwrap(), CONTENT, "{header}");
        assert_eq!(read(CONTENT, (header, &composite), [typed]).await.unwrap(), CONTENT, "{header}");
    }
}

#[tokio::test]
async fn a_checksum_of_a_kind_that_nobody_knows_is_not_compared() {
    let future = ("x-amz-checksum-xxh3", "AAAA");
    assert_eq!(read(CONTENT, future, [Answer::stored()]).await.unwrap(), CONTENT);
}

#[tokio::test]
async fn the_checksum_of_the_whole_is_not_that_of_a_range() {
    for (header, value) in checksums(CONTENT) {
        // Some servers send it with a range as well.
        let ranged = Answer::stored().header(header, &value);
        let server = FaultServer::start(Script::new().object(OBJECT, CONTENT, &[]).on(GET, [ranged]));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
        let options = GetOptions { range: ByteRange::new(2, Some(3)).unwrap(), ..GetOptions::default() };
        let object = storage.read(&name("x"), &options).await.unwrap();
        assert_eq!(collect(object).await.unwrap(), b"234", "{header}");
    }
}

/// A second request would cost as much as the first, and a caller may have used the bytes already.
#[tokio::test]
async fn a_corrupted_content_is_not_asked_for_again() {
    let (header, value) = &checksums(CONTENT)[0];
    let script = Script::new().object(OBJECT, CONTENT, &[(header, value)]);
    let server = FaultServer::start(script.on(GET, [Answer::stored().flipped_at(3), Answer::stored()]));
    let error = get(&storage_with(&server.endpoint(), json!({"max_attempts": 3})), "x").await.unwrap_err();
    assert_eq!((error.code, error.attempts), (ErrorCode::ChecksumMismatch, 1));
    assert_eq!(server.requests().len(), 1);
}
