//! Byte ranges of an object.
//!
//! See <https://www.rfc-editor.org/rfc/rfc9110#section-14> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.

use std::ops::Range as Span;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::dto::Range;
use s3s::{S3Error, S3Result, s3_error};

use super::error::custom;
use super::store::Object;

/// The part of an object a request asks for.
pub(crate) struct Selection {
    pub span: Span<u64>,
    /// The value of `Content-Range`, unless the request asks for the whole object.
    pub content_range: Option<String>,
    /// The number of parts, if the request asks for one of them.
    pub parts_count: Option<i32>,
}

impl Selection {
    pub(crate) fn of(object: &Object, range: Option<Range>, part_number: Option<i32>) -> S3Result<Self> {
        let len = object.data.len();
        match (range, part_number) {
            (Some(_), Some(_)) => {
                Err(s3_error!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"))
            }
            (None, None) => Ok(Self { span: 0..len, content_range: None, parts_count: None }),
            (Some(range), None) => {
                let span = resolve(range, len).ok_or_else(|| not_satisfiable(len))?;
                Ok(Self { content_range: Some(content_range(&span, len)), span, parts_count: None })
            }
            (None, Some(number)) => {
                let span = part_span(object, number).ok_or_else(|| {
                    custom(
                        "InvalidPartNumber",
                        StatusCode::RANGE_NOT_SATISFIABLE,
                        "The requested partnumber is not satisfiable",
                    )
                })?;
                let parts = object.part_sizes.len();
                Ok(Self {
                    content_range: (!span.is_empty()).then(|| content_range(&span, len)),
                    span,
                    parts_count: (parts > 0).then_some(i32::try_from(parts).unwrap_or(i32::MAX)),
                })
            }
        }
    }
}

/// The bytes a range selects of `len`, or nothing if it selects none: then the answer is 416, also for any range of
/// an empty object.
pub(crate) fn resolve(range: Range, len: u64) -> Option<Span<u64>> {
    let span = match range {
        Range::Int { first, last } => first..last.map_or(len, |last| len.min(last.saturating_add(1))),
        Range::Suffix { length } => len.saturating_sub(length)..len,
    };
    (span.start < span.end).then_some(span)
}

fn content_range(span: &Span<u64>, len: u64) -> String {
    format!("bytes {}-{}/{len}", span.start, span.end.saturating_sub(1))
}

/// Where a part lies. An object that was stored in one piece has only part 1.
fn part_span(object: &Object, number: i32) -> Option<Span<u64>> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    if object.part_sizes.is_empty() {
        return (index == 0).then(|| 0..object.data.len());
    }
    let size = *object.part_sizes.get(index)?;
    let start: u64 = object.part_sizes.iter().take(index).sum();
    Some(start..start + size)
}

fn not_satisfiable(len: u64) -> S3Error {
    let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
    if let Ok(value) = HeaderValue::try_from(format!("bytes */{len}")) {
        error.set_headers(HeaderMap::from_iter([(HeaderName::from_static("content-range"), value)]));
    }
    error
}
