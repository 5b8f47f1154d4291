//! What the operations of an alias did so far in this process.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use once_cell::race::OnceBox;

use super::{Account, End, Middleware, Name, Operation, Outcome, Step, is_an_answer};
use crate::error::ErrorCode;

/// Counts steps and operations.
#[derive(Debug, Clone, Copy)]
pub struct Metrics;

impl Metrics {
    pub(super) const NAME: &'static str = "metrics";
    /// The first: what others refuse is counted.
    pub(super) const WEIGHT: i32 = 100;
}

impl Middleware for Metrics {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn weight(&self) -> i32 {
        Self::WEIGHT
    }

    fn after(&self, step: &Step, outcome: Outcome<'_>) {
        let counters = step.account().counters();
        let which = match outcome {
            Outcome::Failed(error) if !is_an_answer(error) => &counters.failed,
            Outcome::Abandoned => &counters.abandoned,
            _ => &counters.done,
        };
        which.fetch_add(1, Relaxed);
        add(&counters.bytes_in, step.bytes_in());
        add(&counters.bytes_out, step.bytes_out());
    }

    fn ended(&self, operation: &Operation, outcome: Outcome<'_>) {
        let counters = operation.account().counters();
        let of_name = counters.operations[operation.name() as usize].get_or_init(Box::default);
        of_name.ends[End::from(outcome) as usize].fetch_add(1, Relaxed);
        let duration = operation.duration();
        add(&of_name.microseconds, u64::try_from(duration.as_micros()).unwrap_or(u64::MAX));
        if let Some(at) = BOUNDS.iter().position(|bound| duration.as_secs_f64() <= *bound) {
            of_name.buckets[at].fetch_add(1, Relaxed);
        }
        if let Outcome::Failed(error) = outcome {
            counters.errors[error.code as usize].fetch_add(1, Relaxed);
        }
    }
}

/// Most of the time there is nothing to add.
fn add(count: &AtomicU64, more: u64) {
    if more > 0 {
        count.fetch_add(more, Relaxed);
    }
}

/// The upper bounds of the buckets of durations, in seconds: those that Prometheus' clients begin with, and two more for transfers.
pub const BOUNDS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Counts that go up, and two that go down again. Shared by all operations of an alias.
#[derive(Debug)]
pub struct Counters {
    pub(super) running: AtomicU64,
    waiting: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    abandoned: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    retries: AtomicU64,
    errors: [AtomicU64; ErrorCode::ALL.len()],
    /// Made when the first operation of the name has ended.
    operations: [OnceBox<OfName>; Name::ALL.len()],
}

/// The operations of one name.
#[derive(Debug, Default)]
struct OfName {
    ends: [AtomicU64; End::ALL.len()],
    microseconds: AtomicU64,
    buckets: [AtomicU64; BOUNDS.len()],
}

impl Default for Counters {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            running: zero(),
            waiting: zero(),
            done: zero(),
            failed: zero(),
            abandoned: zero(),
            bytes_in: zero(),
            bytes_out: zero(),
            retries: zero(),
            errors: std::array::from_fn(|_| zero()),
            operations: std::array::from_fn(|_| OnceBox::new()),
        }
    }
}

/// The counts at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stats {
    /// Steps that have a place.
    pub running: u64,
    /// Steps that wait for one.
    pub waiting: u64,
    /// Steps that were answered.
    pub done: u64,
    /// Steps that failed.
    pub failed: u64,
    /// Steps that nobody waited for to the end.
    pub abandoned: u64,
    /// Bytes of contents that were received.
    pub bytes_in: u64,
    /// Bytes of contents of writes that were done.
    pub bytes_out: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Operations that failed, by the code of their error; those that there were.
    pub errors: Vec<(ErrorCode, u64)>,
    /// Operations by their names; those that there were.
    pub operations: Vec<(Name, OperationStats)>,
}

/// The counts of the operations of one name.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OperationStats {
    /// How many ended in which way, in the order of [`End::ALL`].
    pub ends: [u64; End::ALL.len()],
    /// How long they worked together, in seconds.
    pub seconds: f64,
    /// How many lasted up to each bound of [`BOUNDS`] and longer than the one before it; the rest lasted longer than the last.
    pub buckets: [u64; BOUNDS.len()],
}

impl OperationStats {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ends.iter().sum()
    }
}

/// One more that is waiting, until it is dropped.
#[derive(Debug)]
pub(super) struct OneMore(Arc<Account>);

impl OneMore {
    pub(super) fn waiting(account: &Arc<Account>) -> Self {
        account.counters.waiting.fetch_add(1, Relaxed);
        Self(Arc::clone(account))
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.counters.waiting.fetch_sub(1, Relaxed);
    }
}

impl Counters {
    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Relaxed);
    }

    /// The counts now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let errors = ErrorCode::ALL.iter().map(|code| (*code, self.errors[*code as usize].load(Relaxed)));
        let operations =
            Name::ALL.iter().filter_map(|name| Some((*name, self.operations[*name as usize].get()?.stats())));
        Stats {
            running: self.running.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
            done: self.done.load(Relaxed),
            failed: self.failed.load(Relaxed),
            abandoned: self.abandoned.load(Relaxed),
            bytes_in: self.bytes_in.load(Relaxed),
            bytes_out: self.bytes_out.load(Relaxed),
            retries: self.retries.load(Relaxed),
            errors: errors.filter(|(_, count)| *count > 0).collect(),
            operations: operations.collect(),
        }
    }
}

impl OfName {
    fn stats(&self) -> OperationStats {
        let counts = |counts: &[AtomicU64]| counts.iter().map(|count| count.load(Relaxed)).collect::<Vec<_>>();
        OperationStats {
            ends: counts(&self.ends).try_into().unwrap_or_default(),
            seconds: std::time::Duration::from_micros(self.microseconds.load(Relaxed)).as_secs_f64(),
            buckets: counts(&self.buckets).try_into().unwrap_or_default(),
        }
    }
}
