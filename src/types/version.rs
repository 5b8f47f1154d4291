//! Versions of objects, and a page of a listing of them.

/// A version of an object, or the mark that it was deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The object's name: a key in a backend, a pathname above it.
    pub name: String,
    /// The opaque id; `null` for what was written without versioning.
    pub version_id: String,
    /// Whether this is what a read without a version finds.
    pub is_latest: bool,
    /// Whether this is the mark of a deletion, which has no content.
    pub is_delete_marker: bool,
    /// Size in bytes.
    pub size: Option<u64>,
    /// When it was written, in Unix seconds.
    pub last_modified: Option<i64>,
    /// The opaque ETag, as received.
    pub etag: Option<String>,
    /// Storage class.
    pub storage_class: Option<String>,
}

/// Where a page of versions ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMarker {
    /// The last key, in the server's words.
    pub key: String,
    /// The last version of it; `None` is all of them.
    pub version_id: Option<String>,
}

/// One page of versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionPage {
    /// By key, the newest version of each first.
    pub versions: Vec<ObjectVersion>,
    /// Where the next page begins; `None` on the last.
    pub next: Option<VersionMarker>,
}
