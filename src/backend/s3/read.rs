//! GET and HEAD.

use http::{HeaderName, Method, header};

use super::{
    S3,
    body::{Body, Rest, Source},
    checksum::Verifier,
    control::send,
    data::{Answer, Request},
    described::{described, length_of},
};
use crate::{
    backend::contract::{Location, Object},
    error::{Error, ErrorCode, Result},
    types::{ByteRange, GetOptions, ObjectInfo},
};

/// The status of a range that begins behind the end (RFC 9110 §15.5.17).
const RANGE_NOT_SATISFIABLE: u16 = 416;

/// How many buckets are remembered to exist.
const MOST_BUCKETS: usize = 1000;

/// Asks for the checksum that is kept with an object.
const CHECKSUM_MODE: HeaderName = HeaderName::from_static("x-amz-checksum-mode");

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
        let vouched = (self.provider.keeps_checksums() && range.is_whole()).then_some("ENABLED");
        let request = Request::new(Method::GET)
            .query("versionId", options.version_id.as_deref())
            .header(header::RANGE, range.header().as_deref())?
            .header(header::IF_MATCH, options.if_match.as_deref())?
            .header(header::IF_NONE_MATCH, options.if_none_match.as_deref())?
            .header(CHECKSUM_MODE, vouched)?;
        let answer = self.data.send(at, &request, self.data.policy.deadline()).await?;
        self.saw(at.bucket);
        self.opened(at, answer, options, range)
    }

    fn opened(&self, at: Location<'_>, answer: Answer, options: &GetOptions, range: &ByteRange) -> Result<Object> {
        let content_range = answer.header("content-range");
        check_range(range, content_range)?;
        let length = length_of(&answer.head.headers);
        let size = whole_size(content_range).or(length);
        // Between a whole content and a broken one there must be a difference.
        if length.is_none() && !answer.body.is_framed() {
            let message = "the server announced neither a length nor chunks, so a broken content would look whole";
            return Err(Error::new(ErrorCode::Unsupported, message));
        }
        let info = described(&answer.head.headers, at.key, size);
        let verifier = content_range.is_none().then(|| Verifier::of(&answer.head.headers)).flatten();
        let source = Rest::of(&info, length, range.offset).map(|rest| Source {
            rest,
            data: self.data.clone(),
            bucket: at.bucket.to_owned(),
            key: at.key.clone(),
            version_id: options.version_id.clone(),
            resumes: 0,
        });
        Ok(Object { info, length, stream: Box::new(Body::new(answer.body, answer.attempt, source, verifier)) })
    }

    pub(super) async fn head_object(&self, at: Location<'_>) -> Result<ObjectInfo> {
        match self.data.send_whole(at, &Request::new(Method::HEAD)).await {
            Ok(head) => {
                self.saw(at.bucket);
                Ok(described(&head.headers, at.key, length_of(&head.headers)))
            }
            Err(error) if error.code == ErrorCode::FileNotFound => Err(self.missing(at.bucket, error).await),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn head_bucket(&self, bucket: &str) -> Result<()> {
        match send!(self, bucket, self.client.head_bucket().bucket(bucket)) {
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
            if seen.len() >= MOST_BUCKETS {
                seen.clear();
            }
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
