//! What the headers of an answer say of an object.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat as Format};
use http::HeaderMap;

use super::{checksum, encryption, lock};
use crate::types::{Key, ObjectInfo};

/// In front of the names of user metadata.
const METADATA: &str = "x-amz-meta-";

/// The object that an answer to a GET or a HEAD describes; `size` is the whole object's.
pub(super) fn described(headers: &HeaderMap, key: &Key, size: Option<u64>) -> ObjectInfo {
    let text = |name: &'static str| text_of(headers, name);
    let last_modified = headers.get("last-modified").and_then(|value| value.to_str().ok());
    let last_modified = last_modified.and_then(|value| DateTime::from_str(value, Format::HttpDate).ok());
    let mut metadata: Vec<_> = headers
        .iter()
        .filter_map(|(name, value)| {
            let name = name.as_str().strip_prefix(METADATA)?;
            Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        })
        .collect();
    metadata.sort();
    let (encryption, has_customer_key) = encryption::described(headers);
    ObjectInfo {
        name: key.as_str().to_owned(),
        size,
        last_modified: last_modified.map(|time| time.secs()),
        content_type: text("content-type"),
        etag: text("etag"),
        storage_class: text("x-amz-storage-class"),
        version_id: text("x-amz-version-id"),
        metadata: Some(metadata),
        cache_control: text("cache-control"),
        content_disposition: text("content-disposition"),
        content_encoding: text("content-encoding"),
        content_language: text("content-language"),
        expires: text("expires"),
        website_redirect: text("x-amz-website-redirect-location"),
        encryption,
        has_customer_key,
        lock: lock::described(headers),
        tag_count: text("x-amz-tagging-count").and_then(|count| count.trim().parse().ok()),
        checksum: checksum::described(headers),
        ..ObjectInfo::default()
    }
}

/// A header that has a value.
pub(super) fn text_of(headers: &HeaderMap, name: &'static str) -> Option<String> {
    let value = headers.get(name)?;
    (!value.is_empty()).then(|| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// `Content-Length`.
pub(super) fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}
