//! What the operations of an alias did so far in this process.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// Counts that go up, and two that go down again. Shared by all operations of an alias.
#[derive(Debug, Default)]
pub struct Counters {
    running: AtomicU64,
    waiting: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    retries: Arc<AtomicU64>,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Operations that have a place.
    pub running: u64,
    /// Operations that wait for one.
    pub waiting: u64,
    /// Operations that were answered.
    pub done: u64,
    /// Operations that failed.
    pub failed: u64,
    /// Bytes of contents that were received.
    pub bytes_in: u64,
    /// Bytes of contents of writes that were done.
    pub bytes_out: u64,
    /// Requests that were sent again.
    pub retries: u64,
}

/// One more that is running, or waiting, until it is dropped.
#[derive(Debug)]
pub(super) struct OneMore(Arc<Counters>, fn(&Counters) -> &AtomicU64);

impl OneMore {
    pub(super) fn running(counters: &Arc<Counters>) -> Self {
        Self::of(counters, |counters| &counters.running)
    }

    pub(super) fn waiting(counters: &Arc<Counters>) -> Self {
        Self::of(counters, |counters| &counters.waiting)
    }

    fn of(counters: &Arc<Counters>, which: fn(&Counters) -> &AtomicU64) -> Self {
        which(counters).fetch_add(1, Relaxed);
        Self(Arc::clone(counters), which)
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.1(&self.0).fetch_sub(1, Relaxed);
    }
}

impl Counters {
    /// An operation has ended.
    pub fn ended(&self, well: bool) {
        let which = if well { &self.done } else { &self.failed };
        which.fetch_add(1, Relaxed);
    }

    /// Content came in.
    pub fn received(&self, bytes: usize) {
        self.bytes_in.fetch_add(bytes as u64, Relaxed);
    }

    /// Content went out.
    pub fn sent(&self, bytes: u64) {
        self.bytes_out.fetch_add(bytes, Relaxed);
    }

    /// The count of requests that were sent again, for whoever sends them.
    #[must_use]
    pub fn retries(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.retries)
    }

    /// The counts now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            running: self.running.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            done: self.done.load(Relaxed),
            failed: self.failed.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            retries: self.retries.load(Relaxed),
        }
    }
}
