//! A few objects, served honestly: ranges, conditions, ETags. No buckets, no listings, no signatures.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use s3s::crypto::{Checksum as _, Md5};

use super::{
    answer::Answer,
    request::{Request, hex},
};

/// Objects by their percent-encoded path, bucket included.
#[derive(Default)]
pub(super) struct Store {
    objects: Mutex<BTreeMap<String, Object>>,
}

#[derive(Clone)]
struct Object {
    content: Bytes,
    etag: String,
    headers: Vec<(String, String)>,
}

impl Object {
    fn new(content: Bytes, headers: Vec<(String, String)>) -> Self {
        let etag = format!("\"{}\"", hex(&Md5::checksum(&content)));
        Self { content, etag, headers }
    }
}

impl Store {
    pub(super) fn put(&self, path: &str, content: &[u8], headers: &[(&str, &str)]) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.insert(path, Object::new(Bytes::copy_from_slice(content), headers));
    }

    pub(super) fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.get(path).map(|object| object.content.to_vec())
    }

    fn get(&self, path: &str) -> Option<Object> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    fn insert(&self, path: &str, object: Object) {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), object);
    }

    /// The answer to a request, which may change an object.
    pub(super) fn answer(&self, request: &Request) -> Answer {
        let found = self.get(request.path());
        let etag = found.as_ref().map(|object| object.etag.as_str());
        if request.header("if-match").is_some_and(|wanted| etag != Some(wanted)) {
            return Answer::error(412, "PreconditionFailed");
        }
        let unwanted = request.header("if-none-match");
        let is_unwanted =
            unwanted.is_some_and(|unwanted| etag.is_some() && (unwanted == "*" || etag == Some(unwanted)));
        match (request.method.as_str(), found) {
            ("GET" | "HEAD", _) if is_unwanted => Answer::new(304, ""),
            ("GET" | "HEAD", Some(object)) => read(&object, request.header("range")),
            ("GET" | "HEAD", None) => Answer::error(404, "NoSuchKey"),
            ("PUT", _) if is_unwanted => Answer::error(412, "PreconditionFailed"),
            ("PUT", _) => self.write(request),
            ("DELETE", _) => {
                self.objects.lock().unwrap_or_else(PoisonError::into_inner).remove(request.path());
                Answer::new(204, "")
            }
            _ => Answer::error(501, "NotImplemented"),
        }
    }

    fn write(&self, request: &Request) -> Answer {
        let Some(source) = request.header("x-amz-copy-source") else {
            let kept = ["content-type", "cache-control"];
            let headers = request.headers.iter();
            let headers = headers.filter(|(name, _)| kept.contains(&name.as_str()) || name.starts_with("x-amz-meta-"));
            let object = Object::new(decoded(request), headers.cloned().collect());
            let etag = object.etag.clone();
            self.insert(request.path(), object);
            return Answer::new(200, "").header("etag", &etag);
        };
        let source = source.trim_start_matches('/').split('?').next().unwrap_or_default();
        let Some(object) = self.get(&format!("/{source}")) else {
            return Answer::error(404, "NoSuchKey");
        };
        let etag = object.etag.trim_matches('"').to_owned();
        self.insert(request.path(), object);
        Answer::xml(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CopyObjectResult><ETag>&quot;{etag}&quot;</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></CopyObjectResult>"
        ))
    }
}

fn read(object: &Object, range: Option<&str>) -> Answer {
    let size = object.content.len();
    let part = range.and_then(|range| part(range, size));
    let answer = match part {
        Some(Err(Unsatisfiable)) => return Answer::error(416, "InvalidRange"),
        Some(Ok((first, last))) => Answer::new(206, object.content.slice(first..=last))
            .header("content-range", &format!("bytes {first}-{last}/{size}")),
        None => Answer::new(200, object.content.clone()),
    };
    // A checksum is that of the whole object.
    let is_part = part.is_some();
    let headers = object.headers.iter().filter(|(name, _)| !is_part || !name.starts_with("x-amz-checksum-"));
    headers
        .fold(answer, |answer, (name, value)| answer.header(name, value))
        .header("etag", &object.etag)
        .header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        .header("accept-ranges", "bytes")
}

/// There is no such byte.
#[derive(Clone, Copy)]
struct Unsatisfiable;

/// First and last byte of `bytes=A-B` or `bytes=A-`; `None` for ranges of another kind.
fn part(range: &str, size: usize) -> Option<Result<(usize, usize), Unsatisfiable>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() { usize::MAX } else { last.parse().ok()? };
    Some(if first < size && first <= last { Ok((first, last.min(size - 1))) } else { Err(Unsatisfiable) })
}

/// The content of an upload, without the chunks of `aws-chunked`.
/// Source: Amazon S3 API reference, "Signature calculations: transferring a payload in multiple chunks".
fn decoded(request: &Request) -> Bytes {
    if request.header("x-amz-decoded-content-length").is_none() {
        return request.content.clone();
    }
    let mut content = Vec::new();
    let mut rest = &request.content[..];
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|line| line.split(';').next());
        let size = size.and_then(|size| usize::from_str_radix(size, 16).ok()).unwrap_or(0);
        rest = &rest[end + 2..];
        if size == 0 || size > rest.len() {
            break;
        }
        content.extend_from_slice(&rest[..size]);
        rest = rest.get(size + 2..).unwrap_or_default();
    }
    content.into()
}
