//! Content checks: `Content-MD5` and the `x-amz-checksum-*` family.
//!
//! See "Checking object integrity in Amazon S3":
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};
use s3s::dto::{self, ChecksumType};
use s3s::{S3Result, s3_error};

use super::blob::Blob;

/// A checksum algorithm of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// The algorithm S3 itself applies to an object that was sent without a checksum.
    pub(crate) const DEFAULT: Self = Self::Crc64Nvme;

    /// The name as used in `x-amz-checksum-algorithm`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header (or trailer) that carries the value.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    pub(crate) fn parse(name: &str) -> S3Result<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported: {name}"))
    }

    /// The length of a value in bytes.
    fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn digest<'a>(self, chunks: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
        match self {
            Self::Crc32 => digest::<Crc32>(chunks),
            Self::Crc32c => digest::<Crc32c>(chunks),
            Self::Crc64Nvme => digest::<Crc64Nvme>(chunks),
            Self::Sha1 => digest::<Sha1>(chunks),
            Self::Sha256 => digest::<Sha256>(chunks),
        }
    }
}

fn digest<'a, H: s3s::crypto::Checksum>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut hasher = H::new();
    chunks.for_each(|chunk| hasher.update(chunk));
    hasher.finalize().as_ref().to_vec()
}

/// The MD5 of a blob: the heart of an `ETag`.
pub(crate) fn md5(blob: &Blob) -> [u8; 16] {
    let mut hasher = Md5::new();
    blob.chunks().for_each(|chunk| hasher.update(chunk));
    hasher.finalize()
}

/// Compares a `Content-MD5` header with the MD5 of what arrived.
pub(crate) fn check_content_md5(header: Option<&str>, actual: [u8; 16]) -> S3Result<()> {
    let Some(header) = header else { return Ok(()) };
    match BASE64.decode(header) {
        Ok(expected) if expected.len() == actual.len() => {
            if expected == actual {
                Ok(())
            } else {
                Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."))
            }
        }
        _ => Err(s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.")),
    }
}

/// A checksum of an object or part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredChecksum {
    pub algorithm: Algorithm,
    /// Of a multipart object: the checksum of the checksums of the parts, not of the bytes.
    pub composite: bool,
    /// Base64, as sent over the wire. A composite one ends with `-N`, N being the number of parts.
    pub value: String,
}

impl StoredChecksum {
    pub(crate) fn of(algorithm: Algorithm, blob: &Blob) -> Self {
        Self { algorithm, composite: false, value: BASE64.encode(algorithm.digest(blob.chunks())) }
    }

    /// The checksum of the parts' checksums, as S3 builds it for the `COMPOSITE` type.
    pub(crate) fn composite(algorithm: Algorithm, parts: &[&Self]) -> Self {
        let digests: Vec<Vec<u8>> = parts.iter().filter_map(|part| BASE64.decode(&part.value).ok()).collect();
        let digest = algorithm.digest(digests.iter().map(Vec::as_slice));
        Self { algorithm, composite: true, value: format!("{}-{}", BASE64.encode(digest), parts.len()) }
    }

    pub(crate) fn type_(&self) -> ChecksumType {
        ChecksumType::from_static(if self.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
    }

    /// The five optional fields of the API with the right one set.
    pub(crate) fn to_dto(&self) -> dto::Checksum {
        let mut checksum = dto::Checksum { checksum_type: Some(self.type_()), ..Default::default() };
        let value = Some(self.value.clone());
        match self.algorithm {
            Algorithm::Crc32 => checksum.checksum_crc32 = value,
            Algorithm::Crc32c => checksum.checksum_crc32c = value,
            Algorithm::Crc64Nvme => checksum.checksum_crc64nvme = value,
            Algorithm::Sha1 => checksum.checksum_sha1 = value,
            Algorithm::Sha256 => checksum.checksum_sha256 = value,
        }
        checksum
    }
}

/// The checksum a client says its bytes have.
#[derive(Clone, Debug)]
pub(crate) struct ExpectedChecksum {
    pub algorithm: Algorithm,
    value: String,
}

impl ExpectedChecksum {
    /// Looks for the one `x-amz-checksum-*` value among headers (or trailers).
    pub(crate) fn find(headers: &HeaderMap) -> S3Result<Option<Self>> {
        let mut found = None;
        for algorithm in Algorithm::ALL {
            let Some(value) = headers.get(algorithm.header()) else {
                continue;
            };
            if found.is_some() {
                return Err(s3_error!(
                    InvalidRequest,
                    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
                ));
            }
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            found = Some(Self { algorithm, value });
        }
        Ok(found)
    }

    /// The checksum of `blob`, if it is the expected one.
    pub(crate) fn verify(&self, blob: &Blob) -> S3Result<StoredChecksum> {
        let valid = BASE64.decode(&self.value).is_ok_and(|value| value.len() == self.algorithm.size());
        if !valid {
            return Err(s3_error!(InvalidRequest, "Value for {} header is invalid.", self.algorithm.header()));
        }
        let actual = StoredChecksum::of(self.algorithm, blob);
        self.compare(&actual)?;
        Ok(actual)
    }

    /// Compares with a checksum that is already known. A composite one may be sent with or without its `-N`.
    pub(crate) fn compare(&self, actual: &StoredChecksum) -> S3Result<()> {
        let plain = actual.value.split('-').next().unwrap_or_default();
        if self.algorithm == actual.algorithm && (self.value == actual.value || self.value == plain) {
            Ok(())
        } else {
            Err(s3_error!(
                BadDigest,
                "The {} you specified did not match the calculated checksum.",
                self.algorithm.name()
            ))
        }
    }
}

/// Moves the checksum fields of a [`dto::Checksum`] into a DTO that has fields of the same names.
macro_rules! set_checksum {
    ($target:expr, $checksum:expr) => {{
        let checksum = $checksum;
        $target.checksum_crc32 = checksum.checksum_crc32;
        $target.checksum_crc32c = checksum.checksum_crc32c;
        $target.checksum_crc64nvme = checksum.checksum_crc64nvme;
        $target.checksum_sha1 = checksum.checksum_sha1;
        $target.checksum_sha256 = checksum.checksum_sha256;
    }};
}
pub(super) use set_checksum;
