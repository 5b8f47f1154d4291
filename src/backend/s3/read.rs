//! GET and HEAD.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat as Format};
use http::{HeaderName, Method, StatusCode, header};

use super::{
    S3,
    body::{Body, Rest, Source},
    checksum::Verifier,
    control::send,
    data::{Answer, Request},
    described::{described, length_of},
};
use crate::{
    backend::contract::{Location, Object, Vouched},
    error::{Error, ErrorCode, Result},
    types::{ByteRange, GetOptions, HeadOptions, ObjectInfo},
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
            Err(error) if error.status == Some(RANGE_NOT_SATISFIABLE) && options.range.begins_at_first() => {
                let whole = self.get_object(at, options, &ByteRange::default()).await?;
                if whole.info.size == Some(0) { Ok(whole) } else { Err(changed(error)) }
            }
            Err(mut error) if error.status == Some(RANGE_NOT_SATISFIABLE) => {
                error.message = format!("offset {} is at or behind the end of the object", options.range.offset);
                Err(error)
            }
            other => other,
        }
    }

    async fn get_object(&self, at: Location<'_>, options: &GetOptions, range: &ByteRange) -> Result<Object> {
        self.check_version(options.version_id.as_deref())?;
        let vouched = (self.provider.keeps_checksums() && range.is_whole()).then_some("ENABLED");
        let request = Request::new(Method::GET)
            .query("versionId", options.version_id.as_deref())
            .header(header::RANGE, range.header().as_deref())?
            .header(header::IF_MATCH, options.if_match.as_deref())?
            .header(header::IF_NONE_MATCH, options.if_none_match.as_deref())?
            .header(header::IF_MODIFIED_SINCE, http_date(options.if_modified_since)?.as_deref())?
            .header(header::IF_UNMODIFIED_SINCE, http_date(options.if_unmodified_since)?.as_deref())?
            .header(CHECKSUM_MODE, vouched)?
            .customer_key(options.customer_key.as_ref())?;
        let answer = self.data.send(at, &request, self.data.policy.deadline()).await?;
        self.saw(at.bucket);
        self.opened(at, answer, options, range)
    }

    fn opened(&self, at: Location<'_>, answer: Answer, options: &GetOptions, range: &ByteRange) -> Result<Object> {
        let length = length_of(&answer.head.headers);
        let content_range = answer.header("content-range");
        let size = if range.is_whole() {
            check_whole(answer.head.status, content_range)?;
            length
        } else {
            Some(check_range(range, content_range, length)?)
        };
        // Between a whole content and a broken one there must be a difference.
        if length.is_none() && !answer.body.is_framed() {
            let message = "the server announced neither a length nor chunks, so a broken content would look whole";
            return Err(Error::new(ErrorCode::Unsupported, message));
        }
        let info = described(&answer.head.headers, at.key, size);
        self.check_answered_version(options.version_id.as_deref(), &info)?;
        let verifier = range.is_whole().then(|| Verifier::of(&answer.head.headers)).flatten();
        let first = size.map_or(range.offset, |size| range.within(size).0);
        let source = Rest::of(&info, length, first).map(|rest| Source {
            rest,
            data: self.data.clone(),
            bucket: at.bucket.to_owned(),
            key: at.key.clone(),
            version_id: options.version_id.clone(),
            customer_key: options.customer_key.clone(),
            resumes: 0,
            fruitless: (0, first),
        });
        Ok(Object { info, length, stream: Box::new(Body::new(answer.body, answer.attempt, source, verifier)) })
    }

    pub(super) async fn head_object(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo> {
        self.check_version(options.version_id.as_deref())?;
        let checksum = (options.checksum && self.provider.keeps_checksums()).then_some("ENABLED");
        let request = Request::new(Method::HEAD)
            .query("versionId", options.version_id.as_deref())
            .header(CHECKSUM_MODE, checksum)?
            .customer_key(options.customer_key.as_ref())?;
        match self.data.send_whole(at, &request).await {
            Ok(head) => {
                self.saw(at.bucket);
                let info = described(&head.headers, at.key, length_of(&head.headers));
                self.check_answered_version(options.version_id.as_deref(), &info)?;
                Ok(info)
            }
            Err(error) if error.code == ErrorCode::FileNotFound => Err(self.missing(at.bucket, error).await),
            Err(error) => Err(error),
        }
    }

    /// Ranged answers tell nothing of the whole, so it is asked for.
    pub(super) async fn vouched_object(
        &self,
        at: Location<'_>,
        etag: &str,
        options: &HeadOptions,
    ) -> Result<Option<Box<dyn Vouched>>> {
        if !self.provider.keeps_checksums() {
            return Ok(None);
        }
        let request = Request::new(Method::HEAD)
            .query("versionId", options.version_id.as_deref())
            .header(header::IF_MATCH, Some(etag))?
            .header(CHECKSUM_MODE, Some("ENABLED"))?
            .customer_key(options.customer_key.as_ref())?;
        let head = self.data.send_whole(at, &request).await?;
        Ok(Verifier::of(&head.headers).map(|verifier| Box::new(verifier) as Box<dyn Vouched>))
    }

    pub(super) async fn head_bucket(&self, bucket: &str) -> Result<()> {
        match send!(self, bucket, self.client().head_bucket().bucket(bucket)) {
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

/// A point in time as conditions have it.
fn http_date(seconds: Option<i64>) -> Result<Option<String>> {
    let date = seconds.map(|seconds| DateTime::from_secs(seconds).fmt(Format::HttpDate)).transpose();
    date.map_err(|_| Error::invalid_argument("ifModifiedSince or ifUnmodifiedSince is a time that has no date"))
}

/// A part must never pass as the whole.
fn check_whole(status: StatusCode, content_range: Option<&str>) -> Result<()> {
    if status == StatusCode::OK && content_range.is_none() {
        return Ok(());
    }
    Err(Error::new(ErrorCode::Unsupported, "the server answered with a part of the object, which was not asked for"))
}

/// The size of the whole object, if an answer is exactly the range that was asked for. A server may ignore a range and answer
/// with the whole object (RFC 9110 §14.2), or with less than was asked for; these would be the wrong bytes.
pub(super) fn check_range(asked: &ByteRange, answered: Option<&str>, length: Option<u64>) -> Result<u64> {
    let fits = |(first, last, size): &(u64, u64, u64)| {
        let (begin, end) = asked.within(*size);
        *first == begin
            && last.checked_add(1) == Some(end)
            && first <= last
            && length.is_none_or(|length| length == end - first)
    };
    let part = answered.and_then(parse_range).filter(fits);
    let message = "the server did not answer with the range that was asked for";
    part.map(|(_, _, size)| size).ok_or_else(|| Error::new(ErrorCode::Unsupported, message))
}

/// First byte, last byte and whole size in `bytes 0-9/1234` (RFC 9110 §14.4).
pub(super) fn parse_range(content_range: &str) -> Option<(u64, u64, u64)> {
    let (part, size) = content_range.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = part.split_once('-')?;
    // Digits only: `parse` would take a sign, too.
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    Some((number(first)?, number(last)?, number(size)?))
}

/// A range that could not be satisfied of an object that is not empty: it was replaced between two requests.
fn changed(mut error: Error) -> Error {
    error.message = "the object was replaced while it was read".into();
    error.retryable = true;
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_another_range_is_refused() {
        let asked = ByteRange::new(5, Some(5)).unwrap();
        assert_eq!(check_range(&asked, Some("bytes 5-9/100"), Some(5)).unwrap(), 100);
        assert_eq!(check_range(&asked, Some("bytes 5-7/8"), None).unwrap(), 8);
        let to_the_end = ByteRange::new(5, None).unwrap();
        assert_eq!(check_range(&to_the_end, Some("bytes 5-99/100"), None).unwrap(), 100);
        for (answered, length) in [
            (None, None),
            (Some("bytes 50-54/100"), None),
            (Some("bytes 5-8/100"), None),
            (Some("bytes 5-10/100"), None),
            (Some("bytes 5-9/100"), Some(4)),
            (Some("bytes 5-9/*"), None),
            (Some("bytes 5-18446744073709551615/100"), None),
            (Some("bytes 5-4/5"), Some(0)),
            (Some("octets 5-9/100"), None),
        ] {
            assert!(check_range(&asked, answered, length).is_err(), "{answered:?} {length:?}");
        }
    }

    #[test]
    fn a_range_is_written_in_digits_only() {
        for answered in
            ["bytes +5-9/100", "bytes 5-+9/100", "bytes 5-9/+100", "bytes -5-9/100", "bytes 5-9/", "bytes  5-9/100"]
        {
            assert_eq!(parse_range(answered), None, "{answered}");
        }
    }

    #[test]
    fn a_part_does_not_pass_as_the_whole() {
        assert!(check_whole(StatusCode::OK, None).is_ok());
        assert!(check_whole(StatusCode::PARTIAL_CONTENT, Some("bytes 0-4/10")).is_err());
        assert!(check_whole(StatusCode::PARTIAL_CONTENT, None).is_err());
        assert!(check_whole(StatusCode::OK, Some("bytes 0-4/10")).is_err());
    }
}
