//! An operation: what an application asked for, and what becomes of it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{
        AtomicBool, AtomicU32, AtomicU64,
        Ordering::{AcqRel, Relaxed},
    },
};

use tokio::time::{Duration, Instant};

use super::{Account, Chain, Outcome};
use crate::{
    backend::contract::Witness,
    error::Error,
    types::{TraceContext, process},
};

/// Declares the names of operations: as events, counts and PHP call them, and the words that errors use.
macro_rules! names {
    ($($name:ident $method:literal $words:literal,)*) => {
        /// What is asked for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Name {
            $(#[doc = concat!("`", $method, "`.")] $name,)*
        }

        impl Name {
            /// Every name.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name of the method.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $method,)*
                }
            }

            /// The words in front of a pathname, as errors use them.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)*
                }
            }
        }
    };
}

names! {
    Write "write" "write",
    WriteStream "writeStream" "write",
    UploadFile "uploadFile" "upload file",
    DownloadFile "downloadFile" "download file",
    Read "read" "read",
    ReadStream "readStream" "read",
    OpenResponse "openResponse" "read",
    Exists "exists" "exists",
    GetMetadata "getMetadata" "metadata of",
    UpdateMetadata "updateMetadata" "update metadata of",
    GetVisibility "getVisibility" "visibility of",
    SetVisibility "setVisibility" "set visibility of",
    GetTags "getTags" "tags of",
    SetTags "setTags" "set tags of",
    GetObjectLock "getObjectLock" "object lock of",
    SetRetention "setRetention" "set retention of",
    SetLegalHold "setLegalHold" "set legal hold of",
    Copy "copy" "copy",
    Move "move" "move",
    Delete "delete" "delete",
    DeleteMany "deleteMany" "delete",
    DeletePrefix "deletePrefix" "delete prefix",
    List "list" "list",
    ListPage "listPage" "list",
    ListVersions "listVersions" "list versions",
    ListUploads "listUploads" "list uploads",
    AbortUploads "abortUploads" "abort uploads",
    IsHealthy "isHealthy" "probe",
}

/// How many repetitions of requests an operation remembers; the others are counted.
const MOST_RETRIED: usize = 50;

/// A request that was sent again.
#[derive(Debug, Clone)]
pub struct Retried {
    /// How the try before it failed.
    pub error: Error,
}

/// An operation from its beginning to its end. Shared by whatever works for it.
#[derive(Debug)]
pub struct Operation {
    name: Name,
    account: Arc<Account>,
    /// Empty where nobody wants to know.
    subject: String,
    chain: Chain,
    trace: Option<Arc<TraceContext>>,
    pid: u32,
    began: Instant,
    /// Nanoseconds from the beginning to the end of the last rest, and one; 0 while it rests.
    since: AtomicU64,
    /// Nanoseconds that it worked before that.
    worked: AtomicU64,
    is_over: AtomicBool,
    ends_with_content: AtomicBool,
    requests: AtomicU32,
    attempts: AtomicU32,
    retries: AtomicU32,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    known: Mutex<Known>,
}

/// What is only kept where somebody wants to know.
#[derive(Debug, Default)]
struct Known {
    request_id: Option<String>,
    retried: Vec<Retried>,
}

impl Operation {
    /// Begins an operation on something: a pathname or a prefix.
    #[must_use]
    pub fn begin(
        name: Name,
        account: Arc<Account>,
        subject: &str,
        chain: Chain,
        trace: Option<Arc<TraceContext>>,
    ) -> Arc<Self> {
        let subject = if chain.is_watched() { subject.to_owned() } else { String::new() };
        let operation = Arc::new(Self {
            name,
            account,
            subject,
            chain,
            trace,
            pid: process::id(),
            began: Instant::now(),
            since: AtomicU64::new(1),
            worked: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            ends_with_content: AtomicBool::new(false),
            requests: AtomicU32::new(0),
            attempts: AtomicU32::new(0),
            retries: AtomicU32::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            known: Mutex::default(),
        });
        operation.chain.begun(&operation);
        operation
    }

    /// What was asked for.
    #[must_use]
    pub const fn name(&self) -> Name {
        self.name
    }

    /// The account of the alias.
    #[must_use]
    pub const fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// The alias of the bucket.
    #[must_use]
    pub fn alias(&self) -> &str {
        self.account.alias()
    }

    /// The pathname, or the prefix, that it is about; empty where it is about the whole bucket or many objects.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// How long it worked: what its caller does between two pages or pieces does not count.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let worked = Duration::from_nanos(self.worked.load(Relaxed));
        match self.since.load(Relaxed) {
            0 => worked,
            since => worked + self.began.elapsed().saturating_sub(Duration::from_nanos(since - 1)),
        }
    }

    /// Requests that it needed, each counted once.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.requests.load(Relaxed)
    }

    /// Requests that were sent, those that were sent again included.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Relaxed)
    }

    /// Requests that were sent again.
    #[must_use]
    pub fn retries(&self) -> u32 {
        self.retries.load(Relaxed)
    }

    /// Bytes of content that were received.
    #[must_use]
    pub fn bytes_in(&self) -> u64 {
        self.bytes_in.load(Relaxed)
    }

    /// Bytes of content that were written.
    #[must_use]
    pub fn bytes_out(&self) -> u64 {
        self.bytes_out.load(Relaxed)
    }

    /// The server's id of the last request that was answered.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        self.known().request_id.clone()
    }

    /// What was sent again, the first 50 of it.
    #[must_use]
    pub fn retried(&self) -> Vec<Retried> {
        self.known().retried.clone()
    }

    pub(super) const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(super) fn trace(&self) -> Option<Arc<TraceContext>> {
        self.trace.clone()
    }

    pub(super) const fn is_watched(&self) -> bool {
        self.chain.is_watched()
    }

    pub(super) fn received(&self, bytes: u64) {
        self.bytes_in.fetch_add(bytes, Relaxed);
    }

    pub(super) fn sent(&self, bytes: u64) {
        self.bytes_out.fetch_add(bytes, Relaxed);
    }

    /// Its caller turns to something else.
    pub fn rest(&self) {
        let since = self.since.swap(0, Relaxed);
        if since > 0 {
            self.worked.fetch_add(self.now().saturating_sub(since), Relaxed);
        }
    }

    /// It goes on after a rest.
    pub fn resume(&self) {
        if self.since.load(Relaxed) == 0 {
            self.since.store(self.now(), Relaxed);
        }
    }

    /// It works for as long as the answer lives.
    pub fn working(&self) -> Working<'_> {
        self.resume();
        Working(self)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX - 1).saturating_add(1)
    }

    /// It is over when its content is.
    pub fn ends_with_content(&self) {
        self.ends_with_content.store(true, Relaxed);
    }

    /// Whether it is over when its content is.
    pub(crate) fn is_content(&self) -> bool {
        self.ends_with_content.load(Relaxed)
    }

    /// It is over. Only the first end counts, and none in a process that was forked since it began.
    pub fn end(&self, outcome: Outcome<'_>) {
        if !self.is_over.swap(true, AcqRel) && self.pid == process::id() {
            self.chain.ended(self, outcome);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.end(Outcome::Abandoned);
    }
}

impl Witness for Operation {
    fn sent(&self, is_first: bool) {
        self.requests.fetch_add(u32::from(is_first), Relaxed);
        self.attempts.fetch_add(1, Relaxed);
    }

    fn retried(&self, error: &Error) {
        self.retries.fetch_add(1, Relaxed);
        self.account.counters().retried();
        if self.is_watched() {
            let mut known = self.known();
            if known.retried.len() < MOST_RETRIED {
                known.retried.push(Retried { error: error.clone() });
            }
        }
    }

    fn is_watching(&self) -> bool {
        self.is_watched()
    }

    fn answered(&self, request_id: &str) {
        self.known().request_id = Some(request_id.to_owned());
    }
}

/// An operation works while this lives.
#[derive(Debug)]
pub struct Working<'a>(&'a Operation);

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rests_do_not_count() {
        let account = Account::new("a", 1, None);
        let operation = Operation::begin(Name::List, account, "", Chain::default(), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        operation.rest();
        tokio::time::advance(Duration::from_secs(5)).await;
        {
            let _working = operation.working();
            tokio::time::advance(Duration::from_secs(2)).await;
            assert_eq!(operation.duration().as_secs(), 3);
        }
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(operation.duration().as_secs(), 3);
    }
}
