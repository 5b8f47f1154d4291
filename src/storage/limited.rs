//! A backend behind the limit of a bucket alias: each operation that sends something has a place first.
//!
//! A place is held while a call drives a request, and by the content of a read until its end or until the caller turns to
//! something else ([`ContentStream::pause`]). Nothing that is idle holds one, or a thread could wait for itself.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use crate::{
    backend::contract::{
        Backend, Capability, Connections, Content, ContentStream, Copied, CopyOrder, Location, Object, Part, PartPage,
        Run, Span, UploadMarker, UploadPage, Vouched,
    },
    error::{Error, ErrorCode, Result},
    middleware::{Limit, Permit, Stats},
    registry::Bucket,
    types::{
        CustomerKey, DeleteOptions, Expiry, GetOptions, Grants, HeadOptions, Key, ListOptions, ListPage, ObjectInfo,
        PerProcess, PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost, PresignedUrl, PutOptions,
        Retention, VersionMarker, VersionPage, Visibility, forced,
    },
};

/// How many aliases have their limit kept; beyond it, that of the idle one that was not used for longest is forgotten.
const MAX_LIMITS: usize = 1024;

/// The limits of a process, most recently used first.
type Limits = Vec<(Arc<Bucket>, Limit)>;

/// All handles of a process, and all of its threads, share a limit. A forked child has limits of its own: the places that its parent has
/// taken do not come back there. Locked for a look-up only.
static LIMITS: PerProcess<Mutex<Limits>> = PerProcess::new();

/// The limit of an alias with this configuration.
fn limit_of(bucket: &Arc<Bucket>) -> Limit {
    let mut limits = LIMITS.get(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    let known = limits.iter().position(|(known, _)| Arc::ptr_eq(known, bucket) || known == bucket);
    if let Some(at) = known {
        limits[..=at].rotate_right(1);
    } else {
        if limits.len() >= MAX_LIMITS
            && let Some(at) = limits.iter().rposition(|(_, limit)| limit.is_idle())
        {
            limits.remove(at);
        }
        limits.insert(0, (Arc::clone(bucket), Limit::new(bucket.config.max_concurrent_operations)));
    }
    limits[0].1.clone()
}

/// A backend, as one alias uses it.
#[derive(Debug)]
pub(super) struct Limited {
    inner: Arc<dyn Backend>,
    limit: Limit,
    operation_timeout: Option<Duration>,
}

impl Limited {
    pub(super) fn new(inner: Arc<dyn Backend>, bucket: &Arc<Bucket>) -> Self {
        Self { inner, limit: limit_of(bucket), operation_timeout: bucket.server.operation_timeout }
    }

    /// Runs an operation when there is a place for it. Its time began before the wait.
    async fn run<T>(&self, operation: impl Future<Output = Result<T>>) -> Result<T> {
        let (outcome, _place) = self.placed(operation).await?;
        self.limit.counters().ended(outcome.as_ref().err().is_none_or(is_an_answer));
        outcome
    }

    /// The same for a write of so many bytes.
    async fn run_write<T>(&self, bytes: u64, operation: impl Future<Output = Result<T>>) -> Result<T> {
        let output = self.run(operation).await?;
        self.limit.counters().sent(bytes);
        Ok(output)
    }

    async fn placed<T>(&self, operation: impl Future<Output = Result<T>>) -> Result<(Result<T>, Permit)> {
        let began = Instant::now();
        let place = self.limit.place(self.operation_timeout).await;
        let place = place.inspect_err(|_| self.limit.counters().ended(false))?;
        forced::panic_at("operation");
        let run = Run { began, retries: self.limit.counters().retries() };
        Ok((run.of(operation).await, place))
    }
}

/// Whether an error is what the server was asked for rather than a failure.
fn is_an_answer(error: &Error) -> bool {
    matches!(error.code, ErrorCode::FileNotFound | ErrorCode::NotModified | ErrorCode::PreconditionFailed)
}

/// What the operations of an alias did so far in this process.
#[must_use]
pub fn stats(bucket: &Arc<Bucket>) -> Stats {
    limit_of(bucket).counters().stats()
}

#[deny(clippy::missing_trait_methods, reason = "what is left out would be UNSUPPORTED")]
#[async_trait]
impl Backend for Limited {
    fn has(&self, capability: Capability) -> bool {
        self.inner.has(capability)
    }

    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        let (outcome, permit) = self.placed(self.inner.get(at, options)).await?;
        let mut object = outcome.inspect_err(|error| self.limit.counters().ended(is_an_answer(error)))?;
        let place = Place::Held(permit);
        let (limit, patience) = (self.limit.clone(), self.operation_timeout);
        object.stream = Box::new(Stream { inner: object.stream, limit, patience, place, failed: false });
        Ok(object)
    }

    async fn head(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo> {
        self.run(self.inner.head(at, options)).await
    }

    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo> {
        self.run_write(content.len(), self.inner.put(at, content, options)).await
    }

    async fn begin_upload(&self, at: Location<'_>, options: &PutOptions) -> Result<String> {
        self.run(self.inner.begin_upload(at, options)).await
    }

    async fn upload_part(
        &self,
        at: Location<'_>,
        upload: &str,
        number: u32,
        content: Content,
        key: Option<&CustomerKey>,
    ) -> Result<Part> {
        self.run_write(content.len(), self.inner.upload_part(at, upload, number, content, key)).await
    }

    async fn copy_part(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        upload: &str,
        number: u32,
        span: Span,
        order: &CopyOrder<'_>,
    ) -> Result<Part> {
        self.run(self.inner.copy_part(from, to, upload, number, span, order)).await
    }

    async fn complete_upload(
        &self,
        at: Location<'_>,
        upload: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.run(self.inner.complete_upload(at, upload, parts, options)).await
    }

    async fn abort_upload(&self, at: Location<'_>, upload: &str) -> Result<()> {
        self.run(self.inner.abort_upload(at, upload)).await
    }

    async fn list_uploads(&self, bucket: &str, prefix: &str, after: Option<&UploadMarker>) -> Result<UploadPage> {
        self.run(self.inner.list_uploads(bucket, prefix, after)).await
    }

    async fn list_parts(&self, at: Location<'_>, upload: &str, after: Option<u32>) -> Result<PartPage> {
        self.run(self.inner.list_parts(at, upload, after)).await
    }

    async fn vouched(&self, at: Location<'_>, etag: &str, options: &HeadOptions) -> Result<Option<Box<dyn Vouched>>> {
        self.run(self.inner.vouched(at, etag, options)).await
    }

    async fn delete(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()> {
        self.run(self.inner.delete(at, options)).await
    }

    async fn delete_many(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>> {
        self.run(self.inner.delete_many(bucket, keys)).await
    }

    async fn copy(&self, from: Location<'_>, to: Location<'_>, order: &CopyOrder<'_>) -> Result<Copied> {
        self.run(self.inner.copy(from, to, order)).await
    }

    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        self.run(self.inner.list(bucket, prefix, options)).await
    }

    async fn versions(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&VersionMarker>,
        limit: u32,
    ) -> Result<VersionPage> {
        self.run(self.inner.versions(bucket, prefix, after, limit)).await
    }

    async fn tags(&self, at: Location<'_>, version_id: Option<&str>) -> Result<Vec<(String, String)>> {
        self.run(self.inner.tags(at, version_id)).await
    }

    async fn set_tags(&self, at: Location<'_>, tags: &[(String, String)]) -> Result<()> {
        self.run(self.inner.set_tags(at, tags)).await
    }

    async fn set_retention(&self, at: Location<'_>, retention: Retention, bypass: bool) -> Result<()> {
        self.run(self.inner.set_retention(at, retention, bypass)).await
    }

    async fn set_legal_hold(&self, at: Location<'_>, on: bool) -> Result<()> {
        self.run(self.inner.set_legal_hold(at, on)).await
    }

    async fn grants(&self, at: Location<'_>) -> Result<Option<Grants>> {
        self.run(self.inner.grants(at)).await
    }

    async fn visibility(&self, at: Location<'_>) -> Result<Visibility> {
        self.run(self.inner.visibility(at)).await
    }

    async fn set_visibility(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        self.run(self.inner.set_visibility(at, visibility)).await
    }

    async fn public_url(&self, at: Location<'_>) -> Result<String> {
        self.inner.public_url(at).await
    }

    async fn presign_get(&self, at: Location<'_>, expiry: Expiry, options: &PresignGetOptions) -> Result<PresignedUrl> {
        self.inner.presign_get(at, expiry, options).await
    }

    async fn presign_put(&self, at: Location<'_>, expiry: Expiry, options: &PresignPutOptions) -> Result<PresignedUrl> {
        self.inner.presign_put(at, expiry, options).await
    }

    async fn presign_post(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignPostOptions,
    ) -> Result<PresignedPost> {
        self.inner.presign_post(at, expiry, options).await
    }

    fn connections(&self) -> Connections {
        self.inner.connections()
    }

    async fn probe(&self, bucket: &str) -> Result<()> {
        self.run(self.inner.probe(bucket)).await
    }
}

/// A content that has a place while it is read.
struct Stream {
    inner: Box<dyn ContentStream>,
    limit: Limit,
    patience: Option<Duration>,
    place: Place,
    failed: bool,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.limit.counters().ended(!self.failed);
    }
}

enum Place {
    #[allow(dead_code, reason = "it is held, not read")]
    Held(Permit),
    Wanted(Pin<Box<dyn Future<Output = Result<Permit>> + Send>>),
    None,
}

impl ContentStream for Stream {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            match &mut self.place {
                Place::Held(_) => break,
                Place::Wanted(wait) => match ready!(wait.as_mut().poll(cx)) {
                    Ok(permit) => self.place = Place::Held(permit),
                    Err(error) => {
                        (self.place, self.failed) = (Place::None, true);
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Place::None => {
                    let (limit, patience) = (self.limit.clone(), self.patience);
                    self.place = Place::Wanted(Box::pin(async move { limit.place(patience).await }));
                }
            }
        }
        let next = ready!(self.inner.poll_next(cx));
        match &next {
            Some(Ok(bytes)) => self.limit.counters().received(bytes.len()),
            Some(Err(_)) => (self.place, self.failed) = (Place::None, true),
            None => self.place = Place::None,
        }
        Poll::Ready(next)
    }

    fn pause(&mut self) {
        self.place = Place::None;
        self.inner.pause();
    }
}
