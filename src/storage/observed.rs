//! A backend as one operation uses it: each step goes through the middleware.
//!
//! A place of the limit is held while a call drives a request, and by the content of a read until its end or until the caller turns to
//! something else ([`ContentStream::pause`]). Nothing that is idle holds one, or a thread could wait for itself.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use async_trait::async_trait;
use bytes::Bytes;

use super::Storage;
use crate::{
    backend::contract::{
        Backend, Capability, Connections, Content, ContentStream, Copied, CopyOrder, Location, Object, Part, PartPage,
        Span, UploadMarker, UploadPage, Vouched,
    },
    error::{Error, Result},
    middleware::{Account, Operation, Outcome, Stats, Step, text},
    registry::{self, Bucket, Registry},
    types::{
        CustomerKey, DeleteOptions, Expiry, GetOptions, Grants, HeadOptions, Key, ListOptions, ListPage, ObjectInfo,
        PerProcess, PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost, PresignedUrl, PutOptions,
        Retention, VersionMarker, VersionPage, Visibility,
    },
};

/// The accounts of a process, most recently used first.
type Accounts = Vec<(Arc<Bucket>, Arc<Account>)>;

/// How many aliases have their account kept; beyond it, that of the idle one that was not used for longest is forgotten.
const MAX_ACCOUNTS: usize = 1024;

/// All handles of a process, and all of its threads, share an account. A forked child has accounts of its own: the places that its parent
/// has taken do not come back there. Locked for a look-up only.
static ACCOUNTS: PerProcess<Mutex<Accounts>> = PerProcess::new();

/// Looks something up in the accounts of this process.
fn accounts<T>(look: impl FnOnce(&mut Accounts) -> T) -> T {
    look(&mut ACCOUNTS.get(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner))
}

/// The account of an alias with this configuration.
pub(super) fn account_of(registry: &Registry, bucket: &Arc<Bucket>) -> Arc<Account> {
    if let Some(own) = registry.own_account(bucket) {
        return own;
    }
    accounts(|of| {
        let known = of.iter().position(|(known, _)| Arc::ptr_eq(known, bucket) || known == bucket);
        if let Some(at) = known {
            if at > 0 {
                of[..=at].rotate_right(1);
            }
        } else {
            if of.len() >= MAX_ACCOUNTS
                && let Some(at) = of.iter().rposition(|(_, account)| account.is_idle())
            {
                of.remove(at);
            }
            of.insert(0, (Arc::clone(bucket), registry::account(bucket)));
        }
        Arc::clone(&of[0].1)
    })
}

/// Begins anew with all accounts: calls that will never go on have places that nobody gives back. Those of other threads stay where they are, and
/// count no more.
pub fn forget_running() {
    accounts(Vec::clear);
}

/// What the operations of an alias did so far in this process.
#[must_use]
pub fn stats(registry: &Registry, bucket: &Arc<Bucket>) -> Stats {
    account_of(registry, bucket).counters().stats()
}

impl Storage {
    /// What the operations of the selected bucket's alias did so far in this process.
    #[must_use]
    pub fn stats(&self) -> Stats {
        stats(&self.registry, &self.bucket)
    }
}

/// What all operations did so far in this process, in the text format of Prometheus.
#[must_use]
pub fn metrics() -> String {
    let all = accounts(|of| of.iter().map(|(_, account)| Arc::clone(account)).collect::<Vec<_>>());
    text(all.iter().map(|account| (account.alias().to_owned(), account.counters().stats())))
}

/// A backend, as one operation uses it.
#[derive(Debug)]
pub(super) struct Observed {
    inner: Arc<dyn Backend>,
    operation: Arc<Operation>,
    /// Where steps are counted, if not where the operation is.
    account: Option<Arc<Account>>,
}

impl Observed {
    pub(super) const fn new(inner: Arc<dyn Backend>, operation: Arc<Operation>, account: Option<Arc<Account>>) -> Self {
        Self { inner, operation, account }
    }

    fn step(&self, name: &'static str) -> Step {
        Step::new(Arc::clone(&self.operation), self.account.clone(), name)
    }

    /// Runs a step when it is let in. Its time began before the wait.
    fn run<T>(&self, name: &'static str, work: impl Future<Output = Result<T>>) -> impl Future<Output = Result<T>> {
        self.run_write(name, 0, work)
    }

    /// The same for a write of so many bytes.
    async fn run_write<T>(&self, name: &'static str, bytes: u64, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut step = self.step(name);
        step.enter().await?;
        let outcome = step.run(work).await;
        if outcome.is_ok() && bytes > 0 {
            step.sent(bytes);
        }
        step.leave(Outcome::of(&outcome));
        outcome
    }
}

#[deny(clippy::missing_trait_methods, reason = "what is left out would be UNSUPPORTED")]
#[async_trait]
impl Backend for Observed {
    fn has(&self, capability: Capability) -> bool {
        self.inner.has(capability)
    }

    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        let mut step = self.step("get");
        step.enter().await?;
        match step.run(self.inner.get(at, options)).await {
            Ok(mut object) => {
                object.stream = Box::new(Stream { inner: object.stream, step });
                Ok(object)
            }
            Err(error) => {
                step.leave(Outcome::Failed(&error));
                Err(error)
            }
        }
    }

    async fn head(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo> {
        self.run("head", self.inner.head(at, options)).await
    }

    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo> {
        self.run_write("put", content.len(), self.inner.put(at, content, options)).await
    }

    async fn begin_upload(&self, at: Location<'_>, options: &PutOptions) -> Result<String> {
        self.run("begin_upload", self.inner.begin_upload(at, options)).await
    }

    async fn upload_part(
        &self,
        at: Location<'_>,
        upload: &str,
        number: u32,
        content: Content,
        key: Option<&CustomerKey>,
    ) -> Result<Part> {
        self.run_write("upload_part", content.len(), self.inner.upload_part(at, upload, number, content, key)).await
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
        self.run("copy_part", self.inner.copy_part(from, to, upload, number, span, order)).await
    }

    async fn complete_upload(
        &self,
        at: Location<'_>,
        upload: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.run("complete_upload", self.inner.complete_upload(at, upload, parts, options)).await
    }

    async fn abort_upload(&self, at: Location<'_>, upload: &str) -> Result<()> {
        self.run("abort_upload", self.inner.abort_upload(at, upload)).await
    }

    async fn list_uploads(&self, bucket: &str, prefix: &str, after: Option<&UploadMarker>) -> Result<UploadPage> {
        self.run("list_uploads", self.inner.list_uploads(bucket, prefix, after)).await
    }

    async fn list_parts(&self, at: Location<'_>, upload: &str, after: Option<u32>) -> Result<PartPage> {
        self.run("list_parts", self.inner.list_parts(at, upload, after)).await
    }

    async fn vouched(&self, at: Location<'_>, etag: &str, options: &HeadOptions) -> Result<Option<Box<dyn Vouched>>> {
        self.run("vouched", self.inner.vouched(at, etag, options)).await
    }

    async fn delete(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()> {
        self.run("delete", self.inner.delete(at, options)).await
    }

    async fn delete_many(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>> {
        self.run("delete_many", self.inner.delete_many(bucket, keys)).await
    }

    async fn copy(&self, from: Location<'_>, to: Location<'_>, order: &CopyOrder<'_>) -> Result<Copied> {
        self.run("copy", self.inner.copy(from, to, order)).await
    }

    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        self.run("list", self.inner.list(bucket, prefix, options)).await
    }

    async fn versions(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&VersionMarker>,
        limit: u32,
    ) -> Result<VersionPage> {
        self.run("versions", self.inner.versions(bucket, prefix, after, limit)).await
    }

    async fn tags(&self, at: Location<'_>, version_id: Option<&str>) -> Result<Vec<(String, String)>> {
        self.run("tags", self.inner.tags(at, version_id)).await
    }

    async fn set_tags(&self, at: Location<'_>, tags: &[(String, String)]) -> Result<()> {
        self.run("set_tags", self.inner.set_tags(at, tags)).await
    }

    async fn set_retention(&self, at: Location<'_>, retention: Retention, bypass: bool) -> Result<()> {
        self.run("set_retention", self.inner.set_retention(at, retention, bypass)).await
    }

    async fn set_legal_hold(&self, at: Location<'_>, on: bool) -> Result<()> {
        self.run("set_legal_hold", self.inner.set_legal_hold(at, on)).await
    }

    async fn grants(&self, at: Location<'_>) -> Result<Option<Grants>> {
        self.run("grants", self.inner.grants(at)).await
    }

    async fn visibility(&self, at: Location<'_>) -> Result<Visibility> {
        self.run("visibility", self.inner.visibility(at)).await
    }

    async fn set_visibility(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        self.run("set_visibility", self.inner.set_visibility(at, visibility)).await
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
        self.run("probe", self.inner.probe(bucket)).await
    }
}

/// A content, which is a step until its end.
struct Stream {
    inner: Box<dyn ContentStream>,
    step: Step,
}

impl Stream {
    fn ended(&mut self, outcome: Outcome<'_>) {
        self.step.leave(outcome);
        let operation = self.step.operation();
        if operation.is_content() {
            operation.end(outcome);
        }
    }
}

impl ContentStream for Stream {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if self.step.is_over() {
            return self.inner.poll_next(cx);
        }
        if self.step.operation().is_content() {
            self.step.operation().resume();
        }
        if let Err(error) = ready!(self.step.poll_enter(cx)) {
            self.ended(Outcome::Failed(&error));
            return Poll::Ready(Some(Err(error)));
        }
        let Self { inner, step } = self;
        let next = ready!(step.polled(|| inner.poll_next(cx)));
        match &next {
            Some(Ok(bytes)) => self.step.received(bytes.len()),
            Some(Err(error)) => self.ended(Outcome::Failed(error)),
            None => self.ended(Outcome::Done),
        }
        Poll::Ready(next)
    }

    fn pause(&mut self) {
        self.step.rest();
        if self.step.operation().is_content() {
            self.step.operation().rest();
        }
        self.inner.pause();
    }
}
