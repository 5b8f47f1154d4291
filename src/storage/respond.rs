//! An object as the answer to an HTTP request: status, headers, content (RFC 9110 §13 to §15).

use std::time::{Duration, UNIX_EPOCH};

use super::{Reader, Storage};
use crate::{
    error::{Error, ErrorCode, Result},
    middleware::{Name, Outcome},
    types::{ByteRange, GetOptions, HeadOptions, ObjectInfo, Pathname, check_header_value},
};

/// The status of a range that begins behind the end (RFC 9110 §15.5.17).
const RANGE_NOT_SATISFIABLE: u16 = 416;

/// What a client asked for, as its headers say it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `Range`. What is malformed, in another unit or more than one range is ignored, as a server may.
    pub range: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Range`: the range counts only while the object is still this one.
    pub if_range: Option<String>,
    /// Only status and headers are wanted.
    pub head: bool,
}

/// The answer.
#[derive(Debug)]
pub struct Response {
    /// 200, 206, 304 or 416.
    pub status: u16,
    /// Names in the usual spelling, each once.
    pub headers: Vec<(&'static str, String)>,
    /// The content of a 200 or a 206.
    pub content: Option<Reader>,
}

impl Storage {
    /// Answers an HTTP request for an object. One request; one more where `If-None-Match` is `*` or a list, where `If-Range` does not hold,
    /// and for the size behind which an impossible range lies; two more where both is so. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn respond(&self, pathname: &Pathname, asked: &Asked, options: GetOptions) -> Result<Response> {
        let doing = self.begin(Name::OpenResponse, pathname.as_str());
        let storage = doing.storage();
        let (response, operation) = doing.open(storage.answer(pathname, asked, options)).await?;
        if response.content.is_none() {
            operation.end(Outcome::Done);
        }
        Ok(response)
    }

    async fn answer(&self, pathname: &Pathname, asked: &Asked, options: GetOptions) -> Result<Response> {
        let about = HeadOptions {
            version_id: options.version_id.clone(),
            customer_key: options.customer_key.clone(),
            checksum: false,
        };
        let condition = asked.if_none_match.as_deref().map(Tags::parse);
        if let Some(tags @ (Tags::Any | Tags::Several(_))) = &condition {
            let info = self.metadata(pathname, false, &about).await?;
            if info.etag.as_deref().is_some_and(|etag| tags.contain(etag)) {
                return Ok(not_modified(headers_of(&info)));
            }
        }
        if asked.head {
            return self.respond_head(pathname, condition.as_ref(), &about).await;
        }
        let mut options = options;
        options.range = asked.range.as_deref().and_then(ByteRange::parse).unwrap_or_default();
        if let Some(Tags::One(etag)) = condition {
            check_header_value("ifNoneMatch", &etag)?;
            options.if_none_match = Some(etag);
        }
        let counts = |info: &ObjectInfo| asked.if_range.as_deref().is_none_or(|condition| is_same(info, condition));
        let opened = match self.open(pathname, options.clone()).await {
            Err(error) if error.code == ErrorCode::NotModified => {
                let headers = match options.if_none_match {
                    Some(etag) => vec![("ETag", etag)],
                    None => headers_of(&self.metadata(pathname, false, &about).await?),
                };
                return Ok(not_modified(headers));
            }
            Err(error) if error.status == Some(RANGE_NOT_SATISFIABLE) => {
                let info = self.metadata(pathname, false, &about).await?;
                // A range of another object is ignored, wherever it lies.
                if counts(&info) {
                    return Ok(unsatisfiable(&info));
                }
                None
            }
            other => Some(other?),
        };
        if let Some(opened) = opened
            && (options.range.is_whole() || counts(opened.info()))
        {
            return Ok(content(opened, &options.range));
        }
        options.range = ByteRange::default();
        Ok(content(self.open(pathname, options).await?, &ByteRange::default()))
    }

    async fn respond_head(
        &self,
        pathname: &Pathname,
        condition: Option<&Tags>,
        about: &HeadOptions,
    ) -> Result<Response> {
        let info = self.metadata(pathname, false, about).await?;
        let mut headers = headers_of(&info);
        if info.etag.as_deref().is_some_and(|etag| condition.is_some_and(|tags| tags.contain(etag))) {
            return Ok(not_modified(headers));
        }
        headers.extend(info.size.map(|size| ("Content-Length", size.to_string())));
        Ok(Response { status: 200, headers, content: None })
    }
}

/// A range that no byte of the object is in; the answer tells its size.
fn unsatisfiable(info: &ObjectInfo) -> Response {
    let size = info.size.map_or_else(|| "*".to_owned(), |size| size.to_string());
    let headers = vec![("Content-Range", format!("bytes */{size}")), ("Accept-Ranges", "bytes".into())];
    Response { status: RANGE_NOT_SATISFIABLE, headers, content: None }
}

fn content(reader: Reader, range: &ByteRange) -> Response {
    let mut headers = headers_of(reader.info());
    let length = reader.length();
    headers.extend(length.map(|length| ("Content-Length", length.to_string())));
    let size = reader.info().size;
    // The first bytes of an empty object are the whole of it.
    let part = length.filter(|length| !range.is_whole() && *length > 0).zip(size);
    let status = match part {
        Some((length, size)) => {
            let (first, last) = (reader.begin(), reader.begin() + length - 1);
            headers.push(("Content-Range", format!("bytes {first}-{last}/{size}")));
            206
        }
        None => 200,
    };
    Response { status, headers, content: Some(reader) }
}

fn not_modified(headers: Vec<(&'static str, String)>) -> Response {
    // Those of a content have nothing to say here (RFC 9110 §15.4.5).
    let says = |name: &str| !name.starts_with("Content-") && name != "Accept-Ranges";
    let headers = headers.into_iter().filter(|(name, _)| says(name)).collect();
    Response { status: 304, headers, content: None }
}

/// What describes the object.
fn headers_of(info: &ObjectInfo) -> Vec<(&'static str, String)> {
    let modified = info.last_modified.and_then(http_date);
    let headers = [
        ("Content-Type", info.content_type.clone()),
        ("Content-Disposition", info.content_disposition.clone()),
        ("Content-Encoding", info.content_encoding.clone()),
        ("Content-Language", info.content_language.clone()),
        ("Cache-Control", info.cache_control.clone()),
        ("ETag", info.etag.clone()),
        ("Last-Modified", modified),
        ("Accept-Ranges", Some("bytes".to_owned())),
    ];
    headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn http_date(seconds: i64) -> Option<String> {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))?;
    Some(httpdate::fmt_http_date(time))
}

/// Whether the object is the one of an `If-Range`: a strong ETag, or exactly its date (RFC 9110 §13.1.5).
fn is_same(info: &ObjectInfo, condition: &str) -> bool {
    let condition = condition.trim();
    if condition.starts_with('"') {
        return info.etag.as_deref() == Some(condition);
    }
    let date = httpdate::parse_http_date(condition).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    date.is_some_and(|date| info.last_modified == i64::try_from(date.as_secs()).ok())
}

/// The entity tags of an `If-None-Match`. It compares weakly (RFC 9110 §13.1.2), so the mark of weakness, which proxies add, is taken away.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tags {
    Any,
    One(String),
    Several(Vec<String>),
}

impl Tags {
    pub(super) fn parse(header: &str) -> Self {
        if header.trim() == "*" {
            return Self::Any;
        }
        let mut tags = Vec::new();
        let mut rest = header;
        // Commas may stand within a tag, quotes may not.
        while let Some((_, after)) = rest.split_once('"') {
            let Some((tag, next)) = after.split_once('"') else { break };
            tags.push(format!("\"{tag}\""));
            rest = next;
        }
        match <[String; 1]>::try_from(tags) {
            Ok([tag]) => Self::One(tag),
            Err(tags) => Self::Several(tags),
        }
    }

    pub(super) fn contain(&self, etag: &str) -> bool {
        let etag = etag.strip_prefix("W/").unwrap_or(etag);
        match self {
            Self::Any => true,
            Self::One(tag) => tag == etag,
            Self::Several(tags) => tags.iter().any(|tag| tag == etag),
        }
    }
}

/// A `Content-Disposition` for a download under this name (RFC 6266): a plain form that every client reads, and where that loses something the
/// exact one (RFC 8187).
///
/// # Errors
/// INVALID_ARGUMENT for anything but `attachment` and `inline`, and for control characters in the name.
pub fn disposition(kind: &str, name: &str) -> Result<String> {
    if !matches!(kind, "attachment" | "inline") {
        return Err(Error::invalid_argument("disposition must be \"attachment\" or \"inline\""));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid_argument("filename must not contain control characters such as CR, LF or NUL"));
    }
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = name.chars().map(|c| if c.is_ascii() && !"\"\\%".contains(c) { c } else { '_' }).collect();
    if name.is_empty() {
        return Ok(kind.to_owned());
    }
    if plain == name {
        return Ok(format!("{kind}; filename=\"{plain}\""));
    }
    let exact = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    Ok(format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_apart_whatever_is_in_them() {
        assert_eq!(Tags::parse(" * "), Tags::Any);
        assert_eq!(Tags::parse("\"a,b\""), Tags::One("\"a,b\"".into()));
        assert_eq!(Tags::parse("W/\"a\""), Tags::One("\"a\"".into()));
        assert_eq!(Tags::parse("\"a\", W/\"b\""), Tags::Several(vec!["\"a\"".into(), "\"b\"".into()]));
        assert_eq!(Tags::parse("nonsense"), Tags::Several(vec![]));
        assert!(Tags::parse("\"a\", \"b\"").contain("W/\"b\"") && !Tags::parse("\"a\", \"b\"").contain("\"c\""));
    }

    #[test]
    fn a_download_has_a_name_that_every_client_reads() {
        assert_eq!(disposition("attachment", "a b.txt").unwrap(), "attachment; filename=\"a b.txt\"");
        assert_eq!(
            disposition("inline", "x/y/ä\".txt").unwrap(),
            "inline; filename=\"__.txt\"; filename*=UTF-8''%C3%A4%22%2Etxt"
        );
        assert_eq!(disposition("attachment", "dir/").unwrap(), "attachment");
        for (kind, name) in [("evil", "a"), ("attachment", "a\r\nSet-Cookie: x"), ("attachment", "a\0")] {
            assert!(disposition(kind, name).is_err(), "{kind} {name:?}");
        }
    }

    #[test]
    fn a_range_counts_only_for_the_object_that_it_was_begun_with() {
        let info = ObjectInfo { etag: Some("\"e\"".into()), last_modified: Some(784_111_777), ..ObjectInfo::default() };
        assert!(is_same(&info, "\"e\"") && is_same(&info, "Sun, 06 Nov 1994 08:49:37 GMT"));
        for other in ["\"f\"", "W/\"e\"", "Sun, 06 Nov 1994 08:49:38 GMT", "nonsense", ""] {
            assert!(!is_same(&info, other), "{other}");
        }
    }
}
