//! GET and HEAD.

use std::{collections::HashMap, sync::Arc};

use super::{
    S3,
    blank_key::sdk_key,
    body::{Body, Rest},
    error::classify,
    policy::Replay,
    seconds, send,
};
use crate::{
    backend::contract::{Location, Object},
    error::{Error, ErrorCode, Result},
    types::{ByteRange, GetOptions, ObjectInfo},
};

/// The status of a range that begins behind the end (RFC 9110 §15.5.17).
const RANGE_NOT_SATISFIABLE: u16 = 416;

/// What the answer to a GET or a HEAD says of the object: two types of the SDK with the same fields.
macro_rules! described {
    ($output:ident, $at:ident, $size:ident) => {
        ObjectInfo {
            name: $at.key.as_str().to_owned(),
            size: $size,
            last_modified: seconds($output.last_modified.as_ref()),
            content_type: $output.content_type,
            etag: $output.e_tag,
            storage_class: $output.storage_class.map(|class| class.as_str().to_owned()),
            version_id: $output.version_id,
            metadata: Some(sorted($output.metadata)),
            cache_control: $output.cache_control,
            content_disposition: $output.content_disposition,
            content_encoding: $output.content_encoding,
            content_language: $output.content_language,
            ..ObjectInfo::default()
        }
    };
}

impl S3 {
    pub(super) async fn read_object(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        let first = self.get_object(at, options, &options.range).await;
        match first {
            // The first bytes of an empty object are no bytes, but no range of it can be satisfied.
            Err(error) if error.status == Some(RANGE_NOT_SATISFIABLE) && options.range.offset == 0 => {
                self.get_object(at, options, &ByteRange::default()).await
            }
            Err(mut error) if error.status == Some(RANGE_NOT_SATISFIABLE) => {
                error.message = format!("offset {} is at or behind the end of the object", options.range.offset);
                Err(error)
            }
            other => other,
        }
    }

    async fn get_object(&self, at: Location<'_>, options: &GetOptions, range: &ByteRange) -> Result<Object> {
        let request = self
            .client
            .get_object()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .set_range(range.header())
            .set_if_match(options.if_match.clone())
            .set_if_none_match(options.if_none_match.clone())
            .set_version_id(options.version_id.clone());
        let sent = self.policy.run(Replay::Possible, |attempt| {
            let request = request.clone();
            async move {
                let output = Box::pin(request.send()).await.map_err(|error| classify(&error))?;
                Ok((output, attempt))
            }
        });
        let (mut output, attempt) = sent.await?;
        self.saw(at.bucket);
        check_range(range, output.content_range.as_deref())?;
        let length = output.content_length.and_then(|length| u64::try_from(length).ok());
        let content = std::mem::take(&mut output.body);
        let size = whole_size(output.content_range.as_deref()).or(length);
        let info = described!(output, at, size);
        let rest = Rest::of(&info, length, range.offset).map(|rest| (rest, request, Arc::clone(&self.policy)));
        Ok(Object { info, length, stream: Box::new(Body::new(content, attempt, rest)) })
    }

    pub(super) async fn head_object(&self, at: Location<'_>) -> Result<ObjectInfo> {
        let output = match send!(self, self.client.head_object().bucket(at.bucket).key(sdk_key(at.key))) {
            Ok(output) => output,
            Err(error) if error.code == ErrorCode::FileNotFound => return Err(self.missing(at.bucket, error).await),
            Err(error) => return Err(error),
        };
        self.saw(at.bucket);
        let size = output.content_length.and_then(|length| u64::try_from(length).ok());
        Ok(described!(output, at, size))
    }

    pub(super) async fn head_bucket(&self, bucket: &str) -> Result<()> {
        match send!(self, self.client.head_bucket().bucket(bucket)) {
            Ok(_) => {
                self.saw(bucket);
                Ok(())
            }
            Err(mut error) => {
                if error.code == ErrorCode::FileNotFound {
                    error.code = ErrorCode::BucketNotFound;
                    error.message = "no such bucket on the server".into();
                }
                Err(error)
            }
        }
    }

    /// The answer to a HEAD has no body, so a 404 does not say what is missing; the bucket is asked for once.
    async fn missing(&self, bucket: &str, error: Error) -> Error {
        if self.seen_buckets.lock().is_ok_and(|seen| seen.contains(bucket)) {
            return error;
        }
        match self.head_bucket(bucket).await {
            Err(missing) if missing.code == ErrorCode::BucketNotFound => missing,
            _ => error,
        }
    }

    /// Notes that a bucket exists.
    pub(super) fn saw(&self, bucket: &str) {
        if let Ok(mut seen) = self.seen_buckets.lock()
            && !seen.contains(bucket)
        {
            seen.insert(bucket.to_owned());
        }
    }
}

/// A server may ignore a range and answer with the whole object (RFC 9110 §14.2); these would be the wrong bytes.
fn check_range(asked: &ByteRange, answered: Option<&str>) -> Result<()> {
    let begins = format!("bytes {}-", asked.offset);
    if asked.is_whole() || answered.is_some_and(|range| range.starts_with(&begins)) {
        return Ok(());
    }
    Err(Error::new(ErrorCode::Unsupported, "the server did not answer with the range that was asked for"))
}

/// The whole size in `bytes 0-9/1234` (RFC 9110 §14.4).
fn whole_size(content_range: Option<&str>) -> Option<u64> {
    content_range?.rsplit_once('/')?.1.trim().parse().ok()
}

fn sorted(metadata: Option<HashMap<String, String>>) -> Vec<(String, String)> {
    let mut entries: Vec<_> = metadata.unwrap_or_default().into_iter().collect();
    entries.sort();
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_another_range_is_refused() {
        let asked = ByteRange::new(5, Some(5)).unwrap();
        assert!(check_range(&asked, Some("bytes 5-9/100")).is_ok());
        assert!(check_range(&asked, Some("bytes 5-7/8")).is_ok());
        assert!(check_range(&asked, Some("bytes 50-54/100")).is_err());
        assert!(check_range(&asked, None).is_err());
        assert!(check_range(&ByteRange::default(), None).is_ok());
    }

    #[test]
    fn the_whole_size_is_read_from_a_content_range() {
        assert_eq!(whole_size(Some("bytes 0-9/1234")), Some(1234));
        assert_eq!(whole_size(Some("bytes 0-9/*")), None);
        assert_eq!(whole_size(None), None);
    }
}
