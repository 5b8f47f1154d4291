//! How far a transfer is: a count that goes up while it runs, for whoever looks at it meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

use crate::error::{Error, ErrorCode};

/// Bytes that have arrived where they shall be, of a total that may not be known. Clones are the same one.
///
/// A part of an upload counts when the server has taken it, a piece of a download when it is written: what has to be sent again
/// does not make the count go back.
#[derive(Debug, Clone)]
pub struct Progress {
    counts: Arc<Counts>,
    /// Whether it counts one of many transfers.
    is_share: bool,
}

#[derive(Debug)]
struct Counts {
    done: AtomicU64,
    total: AtomicU64,
    is_final: AtomicBool,
    is_cancelled: AtomicBool,
}

/// A total that is not known.
const UNKNOWN: u64 = u64::MAX;

impl Default for Progress {
    fn default() -> Self {
        let (done, total) = (AtomicU64::new(0), AtomicU64::new(UNKNOWN));
        let (is_final, is_cancelled) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { counts: Arc::new(Counts { done, total, is_final, is_cancelled }), is_share: false }
    }
}

impl Progress {
    /// The progress of one of many transfers: its bytes count here, and the total is not its own.
    pub(super) fn share(&self) -> Self {
        Self { counts: Arc::clone(&self.counts), is_share: true }
    }

    /// The total has become known.
    pub fn expect(&self, total: u64) {
        if !self.is_share {
            self.counts.total.store(total, Relaxed);
        }
    }

    /// More bytes have arrived.
    pub fn add(&self, bytes: u64) {
        self.counts.done.fetch_add(bytes, Relaxed);
    }

    /// No more bytes will arrive; for a transfer whose total is not known.
    pub(super) fn end(&self) {
        self.counts.is_final.store(true, Relaxed);
    }

    /// Whether every byte has arrived. What is left to do, such as the completion of an upload, cannot be taken back once it is under way.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.counts.is_final.load(Relaxed) || self.total() == Some(self.done())
    }

    /// Bytes that have arrived so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.counts.done.load(Relaxed)
    }

    /// Bytes there are, where that is known.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        Some(self.counts.total.load(Relaxed)).filter(|total| *total != UNKNOWN)
    }

    /// Whoever looks at it wants the transfer to end, and stops waiting for it: why it has failed then.
    #[must_use]
    pub fn cancel(&self) -> Error {
        self.counts.is_cancelled.store(true, Relaxed);
        cancelled()
    }

    /// Why the transfer has failed, if it was cancelled.
    pub(super) fn cancelled(&self) -> Option<Error> {
        self.counts.is_cancelled.load(Relaxed).then(cancelled)
    }
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "the progress callback returned false")
}
