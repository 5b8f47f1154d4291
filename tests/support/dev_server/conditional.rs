//! Conditional requests.
//!
//! Reads: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html>, which follows
//! [RFC 9110 section 13](https://www.rfc-editor.org/rfc/rfc9110#section-13).
//! Writes: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.

use http::HeaderMap;
use http::header::{CACHE_CONTROL, ETAG, EXPIRES, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED};
use s3s::dto::{ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::error::no_such_key;
use super::store::Object;

/// The conditions of a GET, a HEAD, or of the source of a copy.
#[derive(Default)]
#[allow(clippy::struct_field_names, reason = "the names of the headers")]
pub(crate) struct ReadConditions {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

enum Verdict {
    Proceed,
    NotModified,
    Failed,
}

impl ReadConditions {
    /// `If-Match` takes precedence over `If-Unmodified-Since` and `If-None-Match` over `If-Modified-Since`.
    fn evaluate(&self, object: &Object) -> Verdict {
        if let Some(condition) = &self.if_match {
            if !matches(condition, &object.etag) {
                return Verdict::Failed;
            }
        } else if let Some(time) = &self.if_unmodified_since
            && object.modified > *time
        {
            return Verdict::Failed;
        }
        if let Some(condition) = &self.if_none_match {
            if matches(condition, &object.etag) {
                return Verdict::NotModified;
            }
        } else if let Some(time) = &self.if_modified_since
            && object.modified <= *time
        {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }

    /// For GET and HEAD: a condition that does not hold answers 304 or 412.
    pub(crate) fn check_read(&self, object: &Object) -> S3Result<()> {
        match self.evaluate(object) {
            Verdict::Proceed => Ok(()),
            Verdict::NotModified => Err(not_modified(object)),
            Verdict::Failed => Err(precondition_failed()),
        }
    }

    /// For the source of a copy: there is no 304, everything that does not hold answers 412.
    pub(crate) fn check_copy_source(&self, object: &Object) -> S3Result<()> {
        match self.evaluate(object) {
            Verdict::Proceed => Ok(()),
            Verdict::NotModified | Verdict::Failed => Err(precondition_failed()),
        }
    }
}

/// The conditions of a write, on what is stored under its key at that moment.
#[derive(Default)]
pub(crate) struct WriteConditions {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
}

impl WriteConditions {
    /// From the headers, for operations whose input type lacks them (`CopyObject`).
    pub(crate) fn from_headers(headers: &HeaderMap) -> S3Result<Self> {
        let condition = |name: HeaderName| match headers.get(&name) {
            None => Ok(None),
            Some(value) => ETagCondition::parse_http_header(value.as_bytes())
                .map(Some)
                .map_err(|_| s3_error!(InvalidArgument, "invalid header: {name}")),
        };
        Ok(Self { if_match: condition(IF_MATCH)?, if_none_match: condition(IF_NONE_MATCH)? })
    }

    pub(crate) fn check(&self, stored: Option<&Object>) -> S3Result<()> {
        if let Some(condition) = &self.if_none_match {
            // S3 knows only `*` here.
            if !condition.is_any() {
                return Err(s3_error!(
                    NotImplemented,
                    "A header you provided implies functionality that is not implemented"
                ));
            }
            if stored.is_some() {
                return Err(precondition_failed());
            }
        }
        if let Some(condition) = &self.if_match {
            let stored = stored.ok_or_else(no_such_key)?;
            if !matches(condition, &stored.etag) {
                return Err(precondition_failed());
            }
        }
        Ok(())
    }
}

/// Whether the condition names the etag (without quotes). A header may list several: `"a", "b"`.
fn matches(condition: &ETagCondition, etag: &str) -> bool {
    let Some(value) = condition.as_etag() else {
        return true;
    };
    value.value().split(',').any(|one| {
        let one = one.trim();
        one.strip_prefix("W/").unwrap_or(one).trim_matches('"') == etag
    })
}

fn precondition_failed() -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// A 304 carries the headers a cache needs to refresh its copy (RFC 9110 section 15.4.5).
fn not_modified(object: &Object) -> S3Error {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &[u8]| {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(name, value);
        }
    };
    set(ETAG, format!("\"{}\"", object.etag).as_bytes());
    set(LAST_MODIFIED, &http_date(&object.modified));
    if let Some(value) = &object.attributes.cache_control {
        set(CACHE_CONTROL, value.as_bytes());
    }
    if let Some(value) = &object.attributes.expires {
        set(EXPIRES, &http_date(value));
    }
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    error.set_headers(headers);
    error
}

fn http_date(time: &Timestamp) -> Vec<u8> {
    let mut text = Vec::new();
    // Writing to a `Vec` cannot fail; a date that cannot be formatted is left out by the caller.
    let _ = time.format(TimestampFormat::HttpDate, &mut text);
    text
}
