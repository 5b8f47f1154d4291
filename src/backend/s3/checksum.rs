//! Checksums of contents: those that a server vouches for are verified as the bytes arrive, before the end is reported.

use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut};
use aws_smithy_checksums::{ChecksumAlgorithm, http::HttpChecksum};
use aws_smithy_types::base64;
use http::HeaderMap;
use md5::{Digest, Md5};

use crate::{
    backend::contract::{Content, Vouched},
    error::Result,
};

/// The headers that carry a checksum, the cheapest to compute first.
/// Source: Amazon S3 API reference, GetObject.
const HEADERS: &[(&str, ChecksumAlgorithm)] = &[
    ("x-amz-checksum-crc64nvme", ChecksumAlgorithm::Crc64Nvme),
    ("x-amz-checksum-crc32c", ChecksumAlgorithm::Crc32c),
    ("x-amz-checksum-crc32", ChecksumAlgorithm::Crc32),
    ("x-amz-checksum-sha1", ChecksumAlgorithm::Sha1),
    ("x-amz-checksum-sha256", ChecksumAlgorithm::Sha256),
];

/// What uploads carry where the provider knows it: covers the content from here to the disk of the server.
pub(super) const OF_UPLOADS: http::HeaderName = http::HeaderName::from_static("x-amz-checksum-crc64nvme");

/// The checksum of an upload as its header wants it.
///
/// # Errors
/// S3_OPERATION_FAILED for a file that cannot be read, or changes.
pub(super) async fn of_upload(content: &Content) -> Result<String> {
    let mut checksum = ChecksumAlgorithm::Crc64Nvme.into_impl();
    content.show(|piece| checksum.update(piece)).await?;
    Ok(base64::encode(checksum.finalize()))
}

/// The ETag that most servers give to a content that was written in one piece and is not encrypted with a key of the
/// customer's: its MD5.
/// Source: Amazon S3 API reference, "Object", `ETag`.
///
/// # Errors
/// As for [`of_upload`].
pub(super) async fn etag_of(content: &Content) -> Result<String> {
    let mut digest = Md5::new();
    content.show(|piece| digest.update(piece)).await?;
    Ok(format!("{:032x}", u128::from_be_bytes(digest.finalize().into())))
}

/// `Content-MD5` of a content.
///
/// # Errors
/// As for [`of_upload`].
pub(super) async fn md5_of_content(content: &Content) -> Result<String> {
    let mut digest = Md5::new();
    content.show(|piece| digest.update(piece)).await?;
    Ok(base64::encode(digest.finalize()))
}

/// `Content-MD5` of bytes.
pub(super) fn md5_of(bytes: &[u8]) -> String {
    base64::encode(Md5::digest(bytes))
}

/// The checksum of the whole content that an answer describes: its algorithm and value.
pub(super) fn described(headers: &HeaderMap) -> Option<(&'static str, String)> {
    let (name, _, value) = of_whole(headers)?;
    Some((name, value.to_owned()))
}

/// The first checksum of an answer, if it covers the content. One of a multipart upload (`…-3`) covers the checksums of the
/// parts.
fn of_whole(headers: &HeaderMap) -> Option<(&'static str, ChecksumAlgorithm, &str)> {
    // Most answers carry none: to look at each name once is cheaper than to look for each that there could be.
    if !headers.keys().any(|name| name.as_str().starts_with("x-amz-checksum-")) {
        return None;
    }
    let is_composite = headers.get("x-amz-checksum-type").is_some_and(|kind| kind == "COMPOSITE");
    let (name, algorithm, value) = HEADERS.iter().find_map(|(name, algorithm)| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some((*name, *algorithm, value))
    })?;
    (!is_composite && !value.contains('-')).then_some((name, algorithm, value))
}

/// Replaces the SDK's checksum by the one that S3 knew first: a few operations must carry a digest, and servers from before
/// 2022 take no other one.
/// Source: Amazon S3 API reference, DeleteObjects, `Content-MD5`.
#[derive(Debug)]
pub(super) struct ContentMd5;

impl Intercept for ContentMd5 {
    fn name(&self) -> &'static str {
        "ContentMd5"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_s3::error::BoxError> {
        let request = context.request_mut();
        let digest = md5_of(request.body().bytes().unwrap_or_default());
        let headers = request.headers_mut();
        headers.remove("x-amz-checksum-crc32");
        headers.remove("x-amz-sdk-checksum-algorithm");
        headers.insert("content-md5", digest);
        Ok(())
    }
}

/// Compares a whole content with the checksum that came with it.
pub(super) struct Verifier {
    expected: String,
    checksum: Box<dyn HttpChecksum>,
}

impl Verifier {
    /// For the whole content of an answer; `None` when no checksum of it came along.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let (_, algorithm, expected) = of_whole(headers)?;
        Some(Self { expected: expected.to_owned(), checksum: algorithm.into_impl() })
    }
}

impl Vouched for Verifier {
    fn update(&mut self, bytes: &[u8]) {
        self.checksum.update(bytes);
    }

    fn holds(self: Box<Self>) -> bool {
        base64::encode(self.checksum.finalize()) == self.expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(name: &'static str, value: &'static str, content: &[u8]) -> Option<bool> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let mut verifier = Verifier::of(&headers)?;
        verifier.update(content);
        Some(Box::new(verifier).holds())
    }

    #[tokio::test]
    async fn each_algorithm_accepts_its_content_and_no_other() {
        // The check values of the CRC catalogue for "123456789", and those of `openssl dgst`.
        for (name, value) in [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("x-amz-checksum-crc32c", "4waSgw=="),
            ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
            ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ] {
            assert_eq!(holds(name, value, b"123456789"), Some(true), "{name}");
            assert_eq!(holds(name, value, b"123456788"), Some(false), "{name}");
        }
        let crc64 = of_upload(&bytes::Bytes::from_static(b"123456789").into()).await.unwrap();
        assert_eq!(crc64, base64::encode(0xae8b_1486_0a79_9888_u64.to_be_bytes()));
    }

    #[test]
    fn a_checksum_of_parts_is_not_claimed() {
        assert_eq!(holds("x-amz-checksum-crc32", "y/Q5Jg==-3", b"123456789"), None);
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-checksum-crc32", "y/Q5Jg==".parse().unwrap());
        headers.insert("x-amz-checksum-type", "COMPOSITE".parse().unwrap());
        assert!(Verifier::of(&headers).is_none());
    }
}
