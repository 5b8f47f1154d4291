//! What is known of an object, and a page of a listing.

use super::{Encryption, ObjectLock, Visibility};

/// What a response said of an object. What it did not carry is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The object's name: a key in a backend, a pathname above it.
    pub name: String,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Last change, in Unix seconds.
    pub last_modified: Option<i64>,
    /// MIME type.
    pub content_type: Option<String>,
    /// The opaque ETag, as received.
    pub etag: Option<String>,
    /// Who may read it; only known when it was asked for or just set.
    pub visibility: Option<Visibility>,
    /// Storage class, where it is not the server's default.
    pub storage_class: Option<String>,
    /// Version, in a versioned bucket.
    pub version_id: Option<String>,
    /// User metadata; `None` when the response does not carry any (a listing).
    pub metadata: Option<Vec<(String, String)>>,
    /// `Cache-Control`, kept for copies between servers.
    pub cache_control: Option<String>,
    /// `Content-Disposition`, kept for copies between servers.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, kept for copies between servers.
    pub content_encoding: Option<String>,
    /// `Content-Language`, kept for copies between servers.
    pub content_language: Option<String>,
    /// `Expires`, kept for copies.
    pub expires: Option<String>,
    /// Where a website's visitors are sent, kept for copies.
    pub website_redirect: Option<String>,
    /// How the server encrypts it, as far as it tells. A customer key is not told.
    pub encryption: Encryption,
    /// Whether it is encrypted by a customer key.
    pub has_customer_key: bool,
    /// What keeps it from being deleted; `None` where the answer about it cannot be read.
    pub lock: Option<ObjectLock>,
    /// How many tags it has, where the server tells.
    pub tag_count: Option<u32>,
    /// A checksum of the whole content that the server keeps: its algorithm and value.
    pub checksum: Option<(&'static str, String)>,
    /// A common prefix of a listing that is not recursive, not an object.
    pub is_directory: bool,
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// Objects in the order of the server (UTF-8 bytes on S3).
    pub objects: Vec<ObjectInfo>,
    /// Common prefixes, each with its final `/`; empty in a recursive listing.
    pub prefixes: Vec<String>,
    /// The opaque token of the next page; `None` on the last.
    pub next_token: Option<String>,
}
