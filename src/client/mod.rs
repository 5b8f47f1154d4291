//! Blobs behind keys, for Rust programs: a small contract without futures, and an implementation of it over any bucket.
//!
//! A program that stores files is written against [`StorageClient`] and does not know what stands behind it: S3 or one of the
//! servers that speak it, a folder of this machine, the memory of the process, or a backend of its own
//! ([`crate::backend::register`]). Which one is a matter of the configuration.
//!
//! ```
//! use s3storage::client::{BucketClient, PutOpts, StorageClient, StorageError};
//!
//! let storage = BucketClient::open(r#"{
//!     "servers": {"here": {"driver": "memory"}},
//!     "buckets": {"uploads": {"server": "here", "bucket": "uploads"}}
//! }"#)?;
//!
//! storage.put("images/photo.jpg", b"bytes".to_vec(), PutOpts::default())?;
//! assert_eq!(storage.get("images/photo.jpg")?, b"bytes");
//! assert!(matches!(storage.get("images/other.jpg"), Err(StorageError::NotFound)));
//!
//! let (objects, next) = storage.list_page("images/", None)?;
//! assert_eq!(objects[0].key, "images/photo.jpg");
//! assert!(next.is_none());
//! # Ok::<(), StorageError>(())
//! ```
//!
//! [`StreamingClient`] is for contents that do not belong into memory as a whole.

mod bucket;
mod drive;
mod stream;

pub use bucket::BucketClient;
pub use stream::{ObjectWriter, StreamingClient};

use crate::error::{Category, Error};

/// Bytes behind keys.
pub trait StorageClient: Send + Sync {
    /// A short name, for logs and metrics: the alias of the bucket.
    fn name(&self) -> &str;

    /// The content of an object, all of it. One request. Idempotent.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for a key that does not exist.
    fn get(&self, key: &str) -> Result<Vec<u8>, StorageError>;

    /// Writes an object, all or nothing, in place of one that may be there. One request, or two and one for each part of a
    /// content that is larger than the bucket's part size. Idempotent.
    ///
    /// # Errors
    /// [`StorageError::QuotaExceeded`] for an object that is too large, a bucket that is full, or too many requests.
    fn put(&self, key: &str, body: Vec<u8>, opts: PutOpts) -> Result<(), StorageError>;

    /// Deletes an object; one that does not exist is no error. One request. Idempotent.
    ///
    /// # Errors
    /// [`StorageError::AccessDenied`], [`StorageError::Backend`].
    fn delete(&self, key: &str) -> Result<(), StorageError>;

    /// One page of the objects whose keys begin with a prefix, at most 1,000, in the order of their keys; and the token of the next page,
    /// `None` on the last. A prefix that no key begins with has an empty page. One request. Idempotent.
    ///
    /// # Errors
    /// [`StorageError::Backend`], also for a token that is not one of this client's.
    fn list_page(
        &self,
        prefix: &str,
        continuation_token: Option<&str>,
    ) -> Result<(Vec<ObjectMeta>, Option<String>), StorageError>;

    /// A URL with which its holder may read or write an object for `ttl_secs` seconds, 1 second to 7 days. Made without a request, so
    /// it is not asked whether the object exists, and [`StorageError::NotFound`] is never the answer.
    ///
    /// # Errors
    /// [`StorageError::Backend`] where URLs cannot be signed, as by a local folder, and for a time out of bounds.
    fn presigned_url(&self, key: &str, op: PresignOp, ttl_secs: u64) -> Result<String, StorageError>;

    /// Whether the storage answers. One request, unless an implementation says otherwise.
    fn is_healthy(&self) -> bool {
        true
    }
}

/// What a write says besides its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutOpts {
    /// MIME type; without one, that of the key's extension.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// Metadata of one's own.
    pub metadata: Vec<(String, String)>,
    /// Only if there is no object yet.
    pub if_absent: bool,
}

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectMeta {
    /// Its key.
    pub key: String,
    /// Bytes of its content.
    pub size: u64,
    /// The opaque ETag, as received.
    pub etag: Option<String>,
    /// Last change, in Unix seconds.
    pub last_modified: Option<i64>,
}

/// What a presigned URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PresignOp {
    /// Reading the object.
    Get,
    /// Writing it.
    Put,
}

/// Why something failed, as far as a program decides by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The key, or the bucket, does not exist.
    #[error("not found")]
    NotFound,
    /// Credentials are missing, wrong, or not allowed to do this.
    #[error("access denied")]
    AccessDenied,
    /// Too large, the storage is full, or too many requests.
    #[error("quota exceeded")]
    QuotaExceeded,
    /// Anything else. The text is for logs; it holds no secret.
    #[error("{0}")]
    Backend(String),
}

impl StorageError {
    /// The HTTP status with which a service would answer.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::AccessDenied => 403,
            Self::QuotaExceeded => 413,
            Self::Backend(_) => 500,
        }
    }
}

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        match error.code.category() {
            Category::NotFound => Self::NotFound,
            Category::AccessDenied => Self::AccessDenied,
            Category::QuotaExceeded => Self::QuotaExceeded,
            Category::Backend => Self::Backend(error.to_string()),
        }
    }
}

impl From<StorageError> for std::io::Error {
    fn from(error: StorageError) -> Self {
        let kind = match error {
            StorageError::NotFound => std::io::ErrorKind::NotFound,
            StorageError::AccessDenied => std::io::ErrorKind::PermissionDenied,
            StorageError::QuotaExceeded => std::io::ErrorKind::QuotaExceeded,
            StorageError::Backend(_) => std::io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn every_code_of_the_crate_has_one_of_the_four_variants_and_its_status() {
        for code in ErrorCode::ALL {
            let error = StorageError::from(Error::new(*code, "why"));
            let status = match code.category() {
                Category::NotFound => 404,
                Category::AccessDenied => 403,
                Category::QuotaExceeded => 413,
                Category::Backend => 500,
            };
            assert_eq!(error.http_status(), status, "{code:?}");
            assert_eq!(matches!(error, StorageError::Backend(_)), status == 500, "{code:?}");
        }
    }
}
