//! What the server keeps in memory: buckets, objects and unfinished multipart uploads.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use s3s::S3Result;
use s3s::dto::{Tag, Timestamp};
use time::OffsetDateTime;

use super::acl::Acl;
use super::blob::Blob;
use super::checksum::{Algorithm, StoredChecksum};
use super::encryption::Encryption;
use super::error::{no_such_bucket, no_such_upload};
use super::lock::Lock;
use super::version::Version;

/// The storage class of an object that was stored without naming one.
pub(crate) const STANDARD: &str = "STANDARD";

/// An object key. Orders by its UTF-8 bytes, which is the order of S3's listings; `String` orders the same way, so
/// that a listing can look up any byte string, even one that is no valid UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub String);

impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// The headers that are stored with an object and returned as they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes {
    pub content_type: Option<String>,
    pub cache_control: Option<String>,
    pub content_disposition: Option<String>,
    pub content_encoding: Option<String>,
    pub content_language: Option<String>,
    pub expires: Option<Timestamp>,
    pub website_redirect_location: Option<String>,
    /// `x-amz-meta-*` without that prefix.
    pub metadata: Option<HashMap<String, String>>,
}

/// Collects the [`Attributes`] of an input (`PutObject`, `CopyObject`, `CreateMultipartUpload`).
macro_rules! take_attributes {
    ($input:expr) => {
        super::store::Attributes {
            content_type: $input.content_type.take(),
            cache_control: $input.cache_control.take(),
            content_disposition: $input.content_disposition.take(),
            content_encoding: super::store::without_aws_chunked($input.content_encoding.as_deref()),
            content_language: $input.content_language.take(),
            expires: $input.expires.take(),
            website_redirect_location: $input.website_redirect_location.take(),
            metadata: $input.metadata.take(),
        }
    };
}
pub(super) use take_attributes;

/// `aws-chunked` describes the transfer, not the object: S3 stores only the other encodings.
///
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>.
pub(crate) fn without_aws_chunked(content_encoding: Option<&str>) -> Option<String> {
    let encodings: Vec<&str> = content_encoding?
        .split(',')
        .map(str::trim)
        .filter(|encoding| !encoding.eq_ignore_ascii_case("aws-chunked") && !encoding.is_empty())
        .collect();
    (!encodings.is_empty()).then(|| encodings.join(","))
}

/// A stored object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub data: Blob,
    /// Without quotes.
    pub etag: String,
    /// In whole seconds, as `Last-Modified` cannot tell more.
    pub modified: Timestamp,
    pub attributes: Attributes,
    pub storage_class: String,
    pub acl: Acl,
    pub tags: Vec<Tag>,
    pub encryption: Encryption,
    pub lock: Lock,
    /// In a bucket that has versions.
    pub version_id: Option<String>,
    pub checksum: StoredChecksum,
    /// The sizes of its parts, for `?partNumber=`; empty if it was stored in one piece.
    pub part_sizes: Vec<u64>,
}

/// An unfinished multipart upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub initiated: Timestamp,
    pub attributes: Attributes,
    pub storage_class: String,
    pub acl: Acl,
    pub tags: Vec<Tag>,
    pub encryption: Encryption,
    pub lock: Lock,
    /// As named when the upload was created.
    pub algorithm: Option<Algorithm>,
    pub composite: bool,
    pub parts: BTreeMap<i32, Part>,
}

/// An uploaded part.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub data: Blob,
    pub etag: String,
    pub modified: Timestamp,
    pub checksum: StoredChecksum,
}

/// A bucket with its objects and uploads.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub created: Timestamp,
    /// The location constraint, if one was given.
    pub location: Option<String>,
    pub objects: BTreeMap<Key, Arc<Object>>,
    /// By key and upload id: upload ids grow with time, so this is the order of `ListMultipartUploads`.
    pub uploads: BTreeMap<(String, String), Upload>,
    /// Whether it keeps versions.
    pub versioned: bool,
    /// Whether its versions can be locked.
    pub lockable: bool,
    /// Every version of each key, the oldest first; `objects` has the current ones.
    pub versions: BTreeMap<Key, Vec<Version>>,
    pub next_version: u64,
}

impl Bucket {
    pub(crate) fn upload(&self, key: &str, upload_id: &str) -> S3Result<&Upload> {
        self.uploads.get(&(key.to_owned(), upload_id.to_owned())).ok_or_else(no_such_upload)
    }

    pub(crate) fn upload_mut(&mut self, key: &str, upload_id: &str) -> S3Result<&mut Upload> {
        self.uploads.get_mut(&(key.to_owned(), upload_id.to_owned())).ok_or_else(no_such_upload)
    }
}

/// All buckets. One lock guards everything: operations hold it only to look up and to swap pointers, never while
/// bytes are received, sent or hashed.
#[derive(Debug, Default)]
pub(crate) struct Store {
    buckets: RwLock<BTreeMap<String, Bucket>>,
    next_upload: AtomicU64,
    /// The most bytes that `CopyObject` takes.
    pub copy_limit: u64,
}

impl Store {
    pub(crate) fn with_copy_limit(copy_limit: u64) -> Self {
        Self { copy_limit, ..Self::default() }
    }

    /// Reads all buckets.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&BTreeMap<String, Bucket>) -> T) -> T {
        f(&self.buckets.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the set of buckets.
    pub(crate) fn write<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Bucket>) -> T) -> T {
        f(&mut self.buckets.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads a bucket, or answers `NoSuchBucket`.
    pub(crate) fn bucket<T>(&self, name: &str, f: impl FnOnce(&Bucket) -> S3Result<T>) -> S3Result<T> {
        self.read(|buckets| f(buckets.get(name).ok_or_else(no_such_bucket)?))
    }

    /// Changes a bucket, or answers `NoSuchBucket`.
    pub(crate) fn bucket_mut<T>(&self, name: &str, f: impl FnOnce(&mut Bucket) -> S3Result<T>) -> S3Result<T> {
        self.write(|buckets| f(buckets.get_mut(name).ok_or_else(no_such_bucket)?))
    }

    /// An object, or `NoSuchBucket` or `NoSuchKey`.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> S3Result<Arc<Object>> {
        self.bucket(bucket, |bucket| bucket.object(key).cloned())
    }

    /// A version of an object.
    pub(crate) fn version(&self, bucket: &str, key: &str, version_id: Option<&str>) -> S3Result<Arc<Object>> {
        self.bucket(bucket, |bucket| bucket.version(key, version_id).cloned())
    }

    /// Creates a bucket unless it exists; answers whether it did not.
    pub(crate) fn create_bucket(&self, name: &str, location: Option<String>) -> bool {
        self.write(|buckets| {
            if buckets.contains_key(name) {
                return false;
            }
            let bucket = Bucket {
                created: now(),
                location,
                objects: BTreeMap::new(),
                uploads: BTreeMap::new(),
                versioned: false,
                lockable: false,
                versions: BTreeMap::new(),
                next_version: 0,
            };
            buckets.insert(name.to_owned(), bucket);
            true
        })
    }

    /// A new upload id; later ones order after earlier ones.
    pub(crate) fn new_upload_id(&self) -> String {
        let number = self.next_upload.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}{:016x}", number, OffsetDateTime::now_utc().unix_timestamp())
    }
}

/// The current time in whole seconds.
pub(crate) fn now() -> Timestamp {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now).into()
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
