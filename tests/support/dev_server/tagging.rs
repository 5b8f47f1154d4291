//! Object tags.
//!
//! Limits: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>

use http::StatusCode;
use percent_encoding::percent_decode_str;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::error::custom;
use super::store::Store;

const MAX_TAGS: usize = 10;
const MAX_TAG_KEY_CHARS: usize = 128;
const MAX_TAG_VALUE_CHARS: usize = 256;

/// Parses an `x-amz-tagging` header, which is encoded like the query of a URL: `a=1&b=2`.
pub(crate) fn parse_header(header: Option<&str>) -> S3Result<Vec<Tag>> {
    let invalid = || {
        s3_error!(
            InvalidArgument,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag \
             name duplicates."
        )
    };
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8().map_err(|_| invalid())?;
        Ok::<_, S3Error>(decoded.into_owned())
    };
    let tags: Vec<Tag> = header
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok(Tag { key: Some(decode(key)?), value: Some(decode(value)?) })
        })
        .collect::<S3Result<_>>()?;
    check(&tags)?;
    Ok(tags)
}

pub(super) fn check(tags: &[Tag]) -> S3Result<()> {
    if tags.len() > MAX_TAGS {
        return Err(custom("BadRequest", StatusCode::BAD_REQUEST, "Object tags cannot be greater than 10"));
    }
    for (index, tag) in tags.iter().enumerate() {
        let key = tag.key.as_deref().unwrap_or_default();
        let value = tag.value.as_deref().unwrap_or_default();
        if key.is_empty() || key.chars().count() > MAX_TAG_KEY_CHARS {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > MAX_TAG_VALUE_CHARS {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if tags.iter().take(index).any(|other| other.key == tag.key) {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(())
}

pub(crate) fn get(
    store: &Store,
    req: &S3Request<GetObjectTaggingInput>,
) -> S3Result<S3Response<GetObjectTaggingOutput>> {
    let object = store.version(&req.input.bucket, &req.input.key, req.input.version_id.as_deref())?;
    let version_id = object.version_id.clone();
    Ok(S3Response::new(GetObjectTaggingOutput { tag_set: object.tags.clone(), version_id }))
}

pub(crate) fn put(
    store: &Store,
    req: S3Request<PutObjectTaggingInput>,
) -> S3Result<S3Response<PutObjectTaggingOutput>> {
    check(&req.input.tagging.tag_set)?;
    let input = req.input;
    replace(store, (&input.bucket, &input.key, input.version_id.as_deref()), input.tagging.tag_set)?;
    Ok(S3Response::new(PutObjectTaggingOutput::default()))
}

pub(crate) fn delete(
    store: &Store,
    req: &S3Request<DeleteObjectTaggingInput>,
) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
    replace(store, (&req.input.bucket, &req.input.key, req.input.version_id.as_deref()), Vec::new())?;
    Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
}

fn replace(store: &Store, (bucket, key, version_id): (&str, &str, Option<&str>), tags: Vec<Tag>) -> S3Result<()> {
    store.bucket_mut(bucket, |bucket| {
        bucket.change(key, version_id, |object| {
            object.tags = tags;
            Ok(())
        })
    })
}
