//! What a backend must do, and how: the contract between operations and storage.

mod content;
mod upload;

use std::{
    fmt,
    future::{Future, poll_fn},
    sync::Arc,
    task::{Context, Poll},
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

pub use content::{Content, FileSlice};
pub use upload::{Part, PartPage, PendingUpload, UploadMarker, UploadPage, Vouched, upload_is_gone};

use crate::{
    error::{Error, ErrorCode, Result},
    types::{
        CustomerKey, DeleteOptions, Expiry, GetOptions, Grants, HeadOptions, Key, ListOptions, ListPage, ObjectInfo,
        PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost, PresignedUrl, PutOptions, Retention,
        TraceContext, VersionMarker, VersionPage, Visibility,
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

macro_rules! capabilities {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// What not every backend can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Capability {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Capability {
            /// Every capability.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }
        }
    };
}

capabilities! {
    /// Copies between two buckets of the server without the bytes passing through this process.
    ServerSideCopy,
    /// A bucket's default visibility travels with each write.
    DefaultVisibility,
    /// Uploads under way can be listed by the start of their keys; elsewhere only by a whole key.
    UploadsByPrefix,
    /// Objects can be made public one by one. A server of an unknown kind counts as able until it refuses.
    ObjectVisibility,
    /// A write under the condition that nothing is there, or that the object still has an ETag.
    ConditionalWrite,
    /// A delete under the condition that the object still has an ETag. A server of an unknown kind counts as unable: it may
    /// delete and ignore the condition.
    ConditionalDelete,
    /// Objects have tags.
    Tags,
    /// Objects have permanent URLs.
    PublicUrl,
    /// URLs that carry their own permission.
    Presign,
    /// Forms that carry their own permission.
    PresignPost,
    /// Storage classes and object locks.
    ServerFeatures,
    /// Versions of objects, where the bucket has them.
    Versions,
    /// Buckets are made by somebody before they are used: one that was not is an error.
    MadeBuckets,
    /// There can be an object `a` and an object `a/b`.
    KeyBelowKey,
    /// Between two slashes there may be more than 255 bytes.
    LongSegments,
}

/// What a copy within a server is to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct CopyOrder<'a> {
    /// The visibility of the copy, if one is sent.
    pub visibility: Option<Visibility>,
    /// The version of the source.
    pub version_id: Option<&'a str>,
    /// Only if the source has this ETag.
    pub if_match: Option<&'a str>,
    /// Not tried again where the server says nothing for too long: it may be at it still.
    pub once_if_slow: bool,
    /// What the copy has in place of the source's headers and metadata, and of the server's defaults. Tags stay the source's.
    pub replace: Option<&'a PutOptions>,
}

/// What came of a copy in one request.
#[derive(Debug)]
pub enum Copied {
    /// The copy is there.
    Whole(Box<ObjectInfo>),
    /// Not in one request; nothing is there.
    Not(CopyLimit),
}

/// Why a server does not copy in one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyLimit {
    /// The source is larger than this many bytes, which is the most that it copies at once.
    Bytes(u64),
    /// It said nothing for too long; in parts each request has less to do.
    Time,
}

/// Bytes of an object, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first byte, counted from 0.
    pub first: u64,
    /// The last byte.
    pub last: u64,
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

/// Who is told what the requests of an operation do.
pub trait Witness: fmt::Debug + Send + Sync {
    /// A request is sent, for the first time or again.
    fn sent(&self, is_first: bool);

    /// A request failed like this and is sent again.
    fn retried(&self, error: &Error);

    /// Whether anybody wants to know of answers.
    fn is_watching(&self) -> bool;

    /// A request was answered, with this id.
    fn answered(&self, request_id: &str);
}

/// What an operation is run with.
#[derive(Debug)]
pub struct Run {
    /// When its time began: `operation_timeout` counts from there.
    pub began: Instant,
    /// Who is told of its requests.
    pub witness: Arc<dyn Witness>,
    /// What its requests carry for those who trace them.
    pub trace: Option<Arc<TraceContext>>,
}

impl Run {
    /// Runs an operation.
    pub async fn of<T>(self, operation: impl Future<Output = T>) -> T {
        RUN.scope(self, operation).await
    }

    /// The same for one poll of something that is polled by hand.
    pub fn of_poll<T>(self, poll: impl FnOnce() -> T) -> T {
        RUN.sync_scope(self, poll)
    }

    /// When the time of the running operation began: now, unless it had to wait before.
    #[must_use]
    pub fn began() -> Instant {
        RUN.try_with(|run| run.began).unwrap_or_else(|_| Instant::now())
    }

    /// Tells the witness of the running operation something, if there is one.
    pub fn tell(what: impl FnOnce(&dyn Witness)) {
        let _ = RUN.try_with(|run| what(&*run.witness));
    }

    /// The trace context of the running operation, and its witness if that wants to know of answers.
    #[must_use]
    pub fn watch() -> (Option<Arc<TraceContext>>, Option<Arc<dyn Witness>>) {
        let watch = |run: &Self| {
            let witness = run.witness.is_watching().then(|| Arc::clone(&run.witness));
            (run.trace.clone(), witness)
        };
        RUN.try_with(watch).unwrap_or_default()
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

/// Open connections of a backend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Connections {
    /// Kept for the next request.
    pub idle: usize,
    /// A request or a content uses them.
    pub in_use: usize,
}

/// A kind of storage. Names in results are keys; visibility is `None` unless it was asked for or set by the call.
///
/// A backend classifies its server's errors into the codes of [`crate::error`]; it retries what may be retried.
///
/// A small one reads, writes, deletes and lists, which are the five methods without a body. What it lacks answers UNSUPPORTED: uploads in parts,
/// so that a content that is larger than the bucket's `part_size` cannot be written; copies by itself, in whose place the bytes pass
/// through this process; visibility, tags, URLs.
#[async_trait]
pub trait Backend: fmt::Debug + Send + Sync {
    /// Whether the backend can do this. It can do nothing beyond reading, writing, deleting and listing unless it says so.
    fn has(&self, _capability: Capability) -> bool {
        false
    }

    /// Opens an object for reading. One request.
    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object>;

    /// What is known of an object. One request; two when it does not exist and the bucket was not seen before.
    async fn head(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo>;

    /// Writes an object, all or nothing.
    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo>;

    /// Begins to write an object part by part, and answers the upload's id. Nothing is visible before it is completed.
    async fn begin_upload(&self, _at: Location<'_>, _options: &PutOptions) -> Result<String> {
        Err(lacks("uploads in parts"))
    }

    /// Writes a part, with the key that the upload was begun with. Parts may come in any order; one that is written again
    /// replaces itself.
    async fn upload_part(
        &self,
        _at: Location<'_>,
        _upload: &str,
        _number: u32,
        _content: Content,
        _key: Option<&CustomerKey>,
    ) -> Result<Part> {
        Err(lacks("uploads in parts"))
    }

    /// Makes a part of bytes of another object of the server, of the version and under the condition of an order.
    async fn copy_part(
        &self,
        _from: Location<'_>,
        _to: Location<'_>,
        _upload: &str,
        _number: u32,
        _span: Span,
        _order: &CopyOrder<'_>,
    ) -> Result<Part> {
        Err(lacks("copies in parts"))
    }

    /// Makes an object of the parts, in the order of their numbers; all or nothing.
    async fn complete_upload(
        &self,
        _at: Location<'_>,
        _upload: &str,
        _parts: &[Part],
        _options: &PutOptions,
    ) -> Result<ObjectInfo> {
        Err(lacks("uploads in parts"))
    }

    /// Forgets an upload and its parts; one that does not exist is no error.
    async fn abort_upload(&self, _at: Location<'_>, _upload: &str) -> Result<()> {
        Err(lacks("uploads in parts"))
    }

    /// One page of the uploads under way whose keys begin with `prefix`.
    async fn list_uploads(&self, _bucket: &str, _prefix: &str, _after: Option<&UploadMarker>) -> Result<UploadPage> {
        Err(lacks("uploads in parts"))
    }

    /// One page of the parts that an upload has so far.
    async fn list_parts(&self, _at: Location<'_>, _upload: &str, _after: Option<u32>) -> Result<PartPage> {
        Err(lacks("uploads in parts"))
    }

    /// What the server vouches for of the whole content of an object with this ETag; `None` where it keeps nothing of the kind.
    /// One request, or none where the server is known to keep nothing.
    async fn vouched(
        &self,
        _at: Location<'_>,
        _etag: &str,
        _options: &HeadOptions,
    ) -> Result<Option<Box<dyn Vouched>>> {
        Ok(None)
    }

    /// Deletes an object; one that does not exist is no error, unless there is a condition.
    async fn delete(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()>;

    /// Deletes objects of a bucket, [`MAX_DELETES`] in a request, and answers the keys that may still be there, each with the
    /// reason; one that does not exist is no error. Fails as a whole when a request does: then nothing is known of its keys.
    async fn delete_many(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>> {
        let mut failed = Vec::new();
        for key in keys {
            if let Err(error) = self.delete(Location { bucket, key }, &DeleteOptions::default()).await {
                failed.push((key.clone(), error));
            }
        }
        Ok(failed)
    }

    /// Copies within the server, in one request.
    async fn copy(&self, _from: Location<'_>, _to: Location<'_>, _order: &CopyOrder<'_>) -> Result<Copied> {
        Err(lacks("copies by itself"))
    }

    /// One page of keys that begin with `prefix`.
    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage>;

    /// One page of versions of keys that begin with `prefix`.
    async fn versions(
        &self,
        _bucket: &str,
        _prefix: &str,
        _after: Option<&VersionMarker>,
        _limit: u32,
    ) -> Result<VersionPage> {
        Err(lacks("versions"))
    }

    /// The tags of an object, or of a version of it.
    async fn tags(&self, _at: Location<'_>, _version_id: Option<&str>) -> Result<Vec<(String, String)>> {
        Err(lacks("tags"))
    }

    /// Gives an object these tags in place of those that it has.
    async fn set_tags(&self, _at: Location<'_>, _tags: &[(String, String)]) -> Result<()> {
        Err(lacks("tags"))
    }

    /// Keeps the latest version of an object for a time, in place of the time that it has; `bypass` shortens also a time in
    /// governance mode.
    async fn set_retention(&self, _at: Location<'_>, _retention: Retention, _bypass: bool) -> Result<()> {
        Err(lacks("object locks"))
    }

    /// Keeps the latest version of an object until the hold is lifted, or lifts it.
    async fn set_legal_hold(&self, _at: Location<'_>, _on: bool) -> Result<()> {
        Err(lacks("object locks"))
    }

    /// Who may do what with an object, where that is more than its owner may; UNSUPPORTED where there are no ACLs.
    async fn grants(&self, _at: Location<'_>) -> Result<Option<Grants>> {
        Err(lacks("ACLs"))
    }

    /// Who may read an object, as the server tells.
    async fn visibility(&self, _at: Location<'_>) -> Result<Visibility> {
        Err(lacks("visibility"))
    }

    /// Sets who may read an object.
    async fn set_visibility(&self, _at: Location<'_>, _visibility: Visibility) -> Result<()> {
        Err(lacks("visibility"))
    }

    /// The permanent URL of an object, made without a request.
    async fn public_url(&self, _at: Location<'_>) -> Result<String> {
        Err(lacks("public URLs"))
    }

    /// A URL that downloads an object, made without a request.
    async fn presign_get(
        &self,
        _at: Location<'_>,
        _expiry: Expiry,
        _options: &PresignGetOptions,
    ) -> Result<PresignedUrl> {
        Err(lacks("presigned URLs"))
    }

    /// A URL that uploads an object, made without a request.
    async fn presign_put(
        &self,
        _at: Location<'_>,
        _expiry: Expiry,
        _options: &PresignPutOptions,
    ) -> Result<PresignedUrl> {
        Err(lacks("presigned URLs"))
    }

    /// A form that uploads an object, made without a request.
    async fn presign_post(
        &self,
        _at: Location<'_>,
        _expiry: Expiry,
        _options: &PresignPostOptions,
    ) -> Result<PresignedPost> {
        Err(lacks("forms for uploads"))
    }

    /// Whether the bucket answers. One request.
    async fn probe(&self, bucket: &str) -> Result<()> {
        let one = ListOptions { limit: Some(1), ..ListOptions::default() };
        self.list(bucket, "", &one).await.map(drop)
    }

    /// The connections that are open now; none for who needs none.
    fn connections(&self) -> Connections {
        Connections::default()
    }
}

fn lacks(what: &str) -> Error {
    Error::new(ErrorCode::Unsupported, format!("this storage has no {what}"))
}
