//! GET and HEAD.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_checksums::body::validate::Error as ChecksumError;
use bytes::Bytes;
use tokio::time::{Instant, Sleep, sleep_until};

use super::{
    S3,
    blank_key::sdk_key,
    error::{classify, words},
    policy::{Attempt, Replay},
    seconds, send,
    transport::{chain, find},
};
use crate::{
    backend::contract::{ContentStream, Location, Object},
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
        let (output, Attempt { number, deadline }) = sent.await?;
        self.saw(at.bucket);
        let length = output.content_length.and_then(|length| u64::try_from(length).ok());
        let size = whole_size(output.content_range.as_deref()).or(length);
        let info = described!(output, at, size);
        let stream = Body {
            stream: Box::pin(output.body),
            read_timeout: self.read_timeout,
            deadline,
            silence: None,
            attempts: number,
        };
        Ok(Object { info, length, stream: Box::new(stream) })
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

/// The whole size in `bytes 0-9/1234` (RFC 9110 §14.4).
fn whole_size(content_range: Option<&str>) -> Option<u64> {
    content_range?.rsplit_once('/')?.1.trim().parse().ok()
}

fn sorted(metadata: Option<HashMap<String, String>>) -> Vec<(String, String)> {
    let mut entries: Vec<_> = metadata.unwrap_or_default().into_iter().collect();
    entries.sort();
    entries
}

/// The body of an answer. Bounded in its silences, and as a whole where the server has an operation timeout.
struct Body {
    stream: Pin<Box<ByteStream>>,
    read_timeout: Duration,
    deadline: Option<Instant>,
    /// The end of the present silence.
    silence: Option<Pin<Box<Sleep>>>,
    attempts: u32,
}

impl ContentStream for Body {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if let Poll::Ready(piece) = self.stream.as_mut().poll_next(cx) {
            self.silence = None;
            return Poll::Ready(piece.map(|piece| piece.map_err(|error| self.broken(&error))));
        }
        let until = Instant::now() + self.read_timeout;
        let until = self.deadline.map_or(until, |deadline| deadline.min(until));
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep_until(until)));
        silence.as_mut().poll(cx).map(|()| {
            let in_all = self.deadline.is_some_and(|deadline| deadline <= Instant::now());
            let what = if in_all { "operation_timeout passed" } else { "no byte within read_timeout" };
            Some(Err(self.failure(ErrorCode::Timeout, what, "")))
        })
    }
}

impl Body {
    fn broken(&self, error: &(dyn std::error::Error + 'static)) -> Error {
        if find::<ChecksumError>(error).is_some() {
            self.failure(ErrorCode::ChecksumMismatch, "the bytes are not those that the server vouched for", "")
        } else {
            self.failure(ErrorCode::ConnectionFailed, "the connection broke within the content", &chain(error))
        }
    }

    fn failure(&self, code: ErrorCode, message: &str, details: &str) -> Error {
        let mut error = Error::new(code, message).with_details(words(details));
        error.retryable = true;
        error.attempts = self.attempts;
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_size_is_read_from_a_content_range() {
        assert_eq!(whole_size(Some("bytes 0-9/1234")), Some(1234));
        assert_eq!(whole_size(Some("bytes 0-9/*")), None);
        assert_eq!(whole_size(None), None);
    }
}
