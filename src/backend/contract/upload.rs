//! What is told of uploads in parts that are under way.

use crate::error::Error;

/// An upload that was begun, and neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingUpload {
    /// The key of the object that it would become.
    pub key: String,
    /// The opaque id.
    pub id: String,
    /// When it was begun, in Unix seconds.
    pub initiated: Option<i64>,
}

/// Where a page of uploads ended: the next one begins behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadMarker {
    /// The key of the last upload.
    pub key: String,
    /// Its id.
    pub id: Option<String>,
}

/// One page of uploads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UploadPage {
    /// By key, in the order of the server.
    pub uploads: Vec<PendingUpload>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<UploadMarker>,
}

/// A part of an upload, as the server took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Counted from 1.
    pub number: u32,
    /// The opaque ETag of the part.
    pub etag: String,
    /// Bytes in it.
    pub size: u64,
}

/// One page of the parts of an upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartPage {
    /// In the order of their numbers.
    pub parts: Vec<Part>,
    /// The number behind which the next page begins; `None` on the last.
    pub next: Option<u32>,
}

/// Whether a call about an upload failed since it was completed or aborted. Ceph then says that there is no such key.
#[must_use]
pub fn upload_is_gone(error: &Error) -> bool {
    matches!(error.server_code.as_deref(), Some("NoSuchUpload" | "NoSuchKey"))
}

/// What a server vouches for of the content of an object, to compare bytes with.
pub trait Vouched: Send {
    /// Takes the next bytes of the content.
    fn update(&mut self, bytes: &[u8]);

    /// Whether the bytes were those that the server vouches for.
    fn holds(self: Box<Self>) -> bool;
}
