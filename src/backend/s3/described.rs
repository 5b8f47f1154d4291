//! What the headers of an answer say of an object.

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat as Format};
use http::{HeaderMap, HeaderValue, header::AsHeaderName};

use super::{checksum, encryption, lock};
use crate::types::{Encryption, Key, ObjectInfo, ObjectLock};

/// In front of the names of S3's own headers.
const OURS: &str = "x-amz-";

/// The object that an answer to a GET or a HEAD describes; `size` is the whole object's.
pub(super) fn described(headers: &HeaderMap, key: &Key, size: Option<u64>) -> ObjectInfo {
    let text = |name: &'static str| text_of(headers, name);
    let last_modified = headers.get("last-modified").and_then(|value| value.to_str().ok());
    let last_modified = last_modified.and_then(|value| DateTime::from_str(value, Format::HttpDate).ok());
    let own = OwnHeaders::of(headers);
    ObjectInfo {
        name: key.as_str().to_owned(),
        size,
        last_modified: last_modified.map(|time| time.secs()),
        content_type: text("content-type"),
        etag: text("etag"),
        storage_class: own.storage_class,
        version_id: own.version_id,
        metadata: Some(own.metadata),
        cache_control: text("cache-control"),
        content_disposition: text("content-disposition"),
        content_encoding: text("content-encoding"),
        content_language: text("content-language"),
        expires: text("expires"),
        website_redirect: own.website_redirect,
        encryption: own.encryption.0,
        has_customer_key: own.encryption.1,
        lock: own.lock,
        tag_count: own.tag_count,
        checksum: own.checksum,
        ..ObjectInfo::default()
    }
}

/// What S3's own headers say. Most answers have few of them, so they are gone through once: looking for each that there could
/// be costs more than the rest of a HEAD.
struct OwnHeaders {
    storage_class: Option<String>,
    version_id: Option<String>,
    website_redirect: Option<String>,
    tag_count: Option<u32>,
    metadata: Vec<(String, String)>,
    encryption: (Encryption, bool),
    lock: Option<ObjectLock>,
    checksum: Option<(&'static str, String)>,
}

impl OwnHeaders {
    fn of(headers: &HeaderMap) -> Self {
        let mut own = Self {
            storage_class: None,
            version_id: None,
            website_redirect: None,
            tag_count: None,
            metadata: Vec::new(),
            encryption: (Encryption::default(), false),
            lock: Some(ObjectLock::default()),
            checksum: None,
        };
        let (mut is_encrypted, mut is_locked, mut has_checksum) = (false, false, false);
        for (name, value) in headers {
            let Some(name) = name.as_str().strip_prefix(OURS) else { continue };
            match name {
                "storage-class" => own.storage_class = filled(value),
                "version-id" => own.version_id = filled(value),
                "website-redirect-location" => own.website_redirect = filled(value),
                "tagging-count" => own.tag_count = filled(value).and_then(|count| count.trim().parse().ok()),
                _ if name.starts_with("meta-") => {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    own.metadata.push((name["meta-".len()..].to_owned(), value));
                }
                _ => {
                    is_encrypted |= name.starts_with("server-side-encryption");
                    is_locked |= name.starts_with("object-lock-");
                    has_checksum |= name.starts_with("checksum-");
                }
            }
        }
        own.metadata.sort();
        if is_encrypted {
            own.encryption = encryption::described(headers);
        }
        if is_locked {
            own.lock = lock::described(headers);
        }
        if has_checksum {
            own.checksum = checksum::described(headers);
        }
        own
    }
}

/// A header that has a value.
pub(super) fn text_of(headers: &HeaderMap, name: impl AsHeaderName) -> Option<String> {
    filled(headers.get(name)?)
}

/// A value that is not empty.
fn filled(value: &HeaderValue) -> Option<String> {
    (!value.is_empty()).then(|| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// `Content-Length`.
pub(super) fn length_of(headers: &HeaderMap) -> Option<u64> {
    headers.get(http::header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}
