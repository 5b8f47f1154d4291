//! Receiving the bytes of an object or part, and checking them.

use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use s3s::dto::StreamingBlob;
use s3s::{Body, S3Error, S3Result, StdError, TrailingHeaders, s3_error};

use super::blob::Blob;
use super::checksum::{Algorithm, ExpectedChecksum, StoredChecksum, check_content_md5, md5};
use super::error::custom;
use super::store::hex;

/// The limit of one upload: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html>.
const MAX_UPLOAD: u64 = 5 << 30;
/// Room is reserved up to here on the word of the client alone.
const MAX_RESERVED: usize = 64 << 20;

/// Received bytes that passed all the checks their sender asked for.
pub(crate) struct Received {
    pub data: Blob,
    /// Lower-case hexadecimal MD5.
    pub etag: String,
    pub checksum: StoredChecksum,
}

/// What a request says about its body.
pub(crate) struct Announced<'a> {
    pub content_length: Option<i64>,
    pub content_md5: Option<&'a str>,
    pub headers: &'a HeaderMap,
    pub trailers: Option<&'a TrailingHeaders>,
    /// The checksum to keep when the request brings none.
    pub algorithm: Algorithm,
}

/// Receives a body to its end and checks it.
pub(crate) async fn receive(body: Option<StreamingBlob>, announced: &Announced<'_>) -> S3Result<Received> {
    let data = read(body, announced.content_length).await?;
    let digest = md5(&data);
    check_content_md5(announced.content_md5, digest)?;

    let mut expected = ExpectedChecksum::find(announced.headers)?;
    if let Some(trailers) = announced.trailers.and_then(TrailingHeaders::take)
        && let Some(trailing) = ExpectedChecksum::find(&trailers)?
    {
        expected = Some(trailing);
    }
    let checksum = match expected {
        Some(expected) => expected.verify(&data)?,
        None => StoredChecksum::of(announced.algorithm, &data),
    };
    Ok(Received { etag: hex(&digest), data, checksum })
}

async fn read(body: Option<StreamingBlob>, content_length: Option<i64>) -> S3Result<Blob> {
    let Some(body) = body else {
        return Ok(Blob::default());
    };
    let announced = content_length.and_then(|len| u64::try_from(len).ok()).unwrap_or(0);
    if announced > MAX_UPLOAD {
        return Err(too_large());
    }
    let reserved = usize::try_from(announced).map_or(MAX_RESERVED, |len| len.min(MAX_RESERVED));
    let mut data = BytesMut::with_capacity(reserved);
    let mut body = Body::from(body);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken_body(&error))?;
        if let Ok(bytes) = frame.into_data() {
            if (data.len() + bytes.len()) as u64 > MAX_UPLOAD {
                return Err(too_large());
            }
            data.extend_from_slice(&bytes);
        }
    }
    Ok(data.freeze().into())
}

fn too_large() -> S3Error {
    s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed object size.")
}

/// Translates an error of the body. The types of `s3s` for them are private, their texts are not.
fn broken_body(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        custom(
            "XAmzContentSHA256Mismatch",
            StatusCode::BAD_REQUEST,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )
    } else if text.contains("SignatureMismatch") {
        s3_error!(SignatureDoesNotMatch, "The signature of a chunk does not match the calculated one.")
    } else {
        s3_error!(
            IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header. ({text})"
        )
    }
}
