//! What a backend must do, and how: the contract between operations and storage.

mod content;
mod upload;

use std::{
    fmt,
    future::{Future, poll_fn},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

pub use content::{Content, FileSlice};
pub use upload::{Part, PartPage, PendingUpload, UploadMarker, UploadPage, Vouched};

use crate::{
    error::{Error, Result},
    types::{
        CopyOptions, Expiry, GetOptions, Key, ListOptions, ListPage, ObjectInfo, PresignGetOptions, PresignPutOptions,
        PresignedUrl, PutOptions, Visibility,
    },
};

/// An object's place on a server.
#[derive(Debug, Clone, Copy)]
pub struct Location<'a> {
    /// The bucket's name on the server.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a Key,
}

/// What not every backend can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Copies between two buckets of the server without the bytes passing through this process.
    ServerSideCopy,
    /// A bucket's default visibility travels with each write.
    DefaultVisibility,
    /// Uploads under way can be listed by the start of their keys; elsewhere only by a whole key.
    UploadsByPrefix,
    /// Objects can be made public one by one. A server of an unknown kind counts as able until it refuses.
    ObjectVisibility,
}

/// The most keys that one request deletes.
/// Source: Amazon S3 API reference, DeleteObjects.
pub const MAX_DELETES: usize = 1000;

/// Bytes that arrive piece by piece.
pub trait ContentStream: Send + Unpin {
    /// The next piece; `None` at the end, which is only reached when every byte has arrived.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>>;

    /// The caller turns to something else before the end: what is shared with others, such as a place among the operations of
    /// the bucket, is given back until the next piece is asked for.
    fn pause(&mut self) {}
}

impl dyn ContentStream + '_ {
    /// Waits for the next piece.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }
}

tokio::task_local! {
    static RUN: Run;
}

/// What an operation is run with.
#[derive(Debug)]
pub struct Run {
    /// When its time began: `operation_timeout` counts from there.
    pub began: Instant,
    /// Where requests that are sent again are counted.
    pub retries: Arc<AtomicU64>,
}

impl Run {
    /// Runs an operation.
    pub async fn of<T>(self, operation: impl Future<Output = T>) -> T {
        RUN.scope(self, operation).await
    }

    /// When the time of the running operation began: now, unless it had to wait before.
    #[must_use]
    pub fn began() -> Instant {
        RUN.try_with(|run| run.began).unwrap_or_else(|_| Instant::now())
    }

    /// Counts a request of the running operation that is sent again.
    pub fn retried() {
        let _ = RUN.try_with(|run| run.retries.fetch_add(1, Ordering::Relaxed));
    }
}

/// An object that is being read.
pub struct Object {
    /// What the response said of it. `size` is the whole object's, also for a range.
    pub info: ObjectInfo,
    /// How many bytes the stream brings; `None` when the server did not say.
    pub length: Option<u64>,
    /// The bytes.
    pub stream: Box<dyn ContentStream>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object").field("info", &self.info).field("length", &self.length).finish_non_exhaustive()
    }
}

/// A kind of storage. Names in results are keys; visibility is `None` unless it was asked for or set by the call.
///
/// A backend classifies its server's errors into the codes of [`crate::error`]; it retries what may be retried.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// Whether the backend can do this.
    fn has(&self, capability: Capability) -> bool;

    /// Opens an object for reading. One request.
    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object>;

    /// What is known of an object. One request; two when it does not exist and the bucket was not seen before.
    async fn head(&self, at: Location<'_>) -> Result<ObjectInfo>;

    /// Writes an object, all or nothing.
    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo>;

    /// Begins to write an object part by part, and answers the upload's id. Nothing is visible before it is completed.
    async fn begin_upload(&self, at: Location<'_>, options: &PutOptions) -> Result<String>;

    /// Writes a part. Parts may come in any order; one that is written again replaces itself.
    async fn upload_part(&self, at: Location<'_>, upload: &str, number: u32, content: Content) -> Result<Part>;

    /// Makes an object of the parts, in the order of their numbers; all or nothing.
    async fn complete_upload(
        &self,
        at: Location<'_>,
        upload: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo>;

    /// Forgets an upload and its parts; one that does not exist is no error.
    async fn abort_upload(&self, at: Location<'_>, upload: &str) -> Result<()>;

    /// One page of the uploads under way whose keys begin with `prefix`.
    async fn list_uploads(&self, bucket: &str, prefix: &str, after: Option<&UploadMarker>) -> Result<UploadPage>;

    /// One page of the parts that an upload has so far.
    async fn list_parts(&self, at: Location<'_>, upload: &str, after: Option<u32>) -> Result<PartPage>;

    /// What the server vouches for of the whole content of an object with this ETag; `None` where it keeps nothing of the kind.
    /// One request, or none where the server is known to keep nothing.
    async fn vouched(&self, at: Location<'_>, etag: &str, version_id: Option<&str>)
    -> Result<Option<Box<dyn Vouched>>>;

    /// Deletes an object; one that does not exist is no error.
    async fn delete(&self, at: Location<'_>) -> Result<()>;

    /// Deletes objects of a bucket, [`MAX_DELETES`] in a request, and answers the keys that may still be there, each with the
    /// reason; one that does not exist is no error. Fails as a whole when a request does: then nothing is known of its keys.
    async fn delete_many(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>>;

    /// Copies within the server.
    async fn copy(&self, from: Location<'_>, to: Location<'_>, options: &CopyOptions) -> Result<ObjectInfo>;

    /// One page of keys that begin with `prefix`.
    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage>;

    /// Who may read an object, as the server tells.
    async fn visibility(&self, at: Location<'_>) -> Result<Visibility>;

    /// Sets who may read an object.
    async fn set_visibility(&self, at: Location<'_>, visibility: Visibility) -> Result<()>;

    /// The permanent URL of an object, made without a request.
    async fn public_url(&self, at: Location<'_>) -> Result<String>;

    /// A URL that downloads an object, made without a request.
    async fn presign_get(&self, at: Location<'_>, expiry: Expiry, options: &PresignGetOptions) -> Result<PresignedUrl>;

    /// A URL that uploads an object, made without a request.
    async fn presign_put(&self, at: Location<'_>, expiry: Expiry, options: &PresignPutOptions) -> Result<PresignedUrl>;

    /// Whether the bucket answers. One request.
    async fn probe(&self, bucket: &str) -> Result<()>;
}
