//! What stands between an application's operations and the backend, whatever the backend is.
//!
//! An *operation* is what an application asks for: one method, for one object or listing. It takes *steps*: calls of the backend, each of
//! which is a request with its repetitions, or a content that is received. Every middleware hears of both, in the order of weights: the
//! lightest comes first on the way in and last on the way out.
//!
//! | name | weight | what it does |
//! |---|---|---|
//! | `metrics` | 100 | counts, for `stats()` and Prometheus |
//! | `log` | 200 | tells a log, where a registry has one |
//! | `events` | 300 | tells listeners, where a registry has some |
//! | `limit` | 900 | a fair queue: so many steps of an alias at a time |
//!
//! One's own is given to a registry, and stands among them by its weight:
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
//! use s3storage::{config, error::{Error, ErrorCode}, middleware::{Entry, Middleware, Operation, Outcome, Step}, registry::Registry};
//! use serde_json::json;
//!
//! /// Refuses what would change anything, and counts what was refused.
//! #[derive(Debug, Default)]
//! struct ReadOnly(AtomicU64);
//!
//! impl Middleware for ReadOnly {
//!     fn name(&self) -> &'static str {
//!         "read only"
//!     }
//!
//!     fn weight(&self) -> i32 {
//!         500 // what is refused needs no place in the queue, and is counted
//!     }
//!
//!     fn before(&self, step: &mut Step) -> Entry {
//!         if matches!(step.name(), "get" | "head" | "list") {
//!             return Entry::go();
//!         }
//!         Entry::refuse(Error::new(ErrorCode::Unsupported, "nothing is written here"))
//!     }
//!
//!     fn ended(&self, _: &Operation, outcome: Outcome<'_>) {
//!         if matches!(outcome, Outcome::Failed(error) if error.code == ErrorCode::Unsupported) {
//!             self.0.fetch_add(1, Ordering::Relaxed);
//!         }
//!     }
//! }
//!
//! # fn main() -> s3storage::error::Result<()> {
//! # let config = config::validate(json!({"servers": {"s": {"endpoint": "http://127.0.0.1:9", "region": "x", "credentials": {"key": "k", "secret": "s"}}},
//! #     "buckets": {"b": {"server": "s", "bucket": "b"}}}), &|_: &str| None)?;
//! let registry = Registry::new(config);
//! registry.add(Arc::new(ReadOnly::default()))?;
//! assert_eq!(registry.chain().listed().map(|(name, _)| name).collect::<Vec<_>>(), ["metrics", "read only", "limit"]);
//! # Ok(())
//! # }
//! ```

mod account;
mod chain;
mod events;
mod limit;
mod log;
mod metrics;
mod operation;
mod prometheus;
mod step;

use std::{any::Any, fmt, future::Future, pin::Pin};

pub use account::Account;
pub use chain::Chain;
pub use events::{End, Event, Events};
pub use limit::{Limit, Permit, Suspension};
pub use log::{Level, Log, Record};
pub use metrics::{BOUNDS, Counters, Metrics, OperationStats, Stats};
pub use operation::{Name, Operation, Retried, Working};
pub use prometheus::text;
pub use step::Step;

use crate::error::{Error, ErrorCode, Result};

/// Something that stands between operations and the backend. Every method has a default that does nothing.
///
/// They are called on the thread that drives the operation, within its runtime: they must not block.
pub trait Middleware: fmt::Debug + Send + Sync {
    /// Its name, which no other middleware of a registry has.
    fn name(&self) -> &'static str;

    /// Its place: the lightest is the first to hear what begins, and the last to hear what has ended. The same weight is in the order
    /// in which they were added.
    fn weight(&self) -> i32;

    /// An operation begins.
    fn begun(&self, _operation: &Operation) {}

    /// A step wants to go on: at its beginning, and again when it was at rest ([`Step::is_resumed`]). What is refused is the outcome of the
    /// step.
    fn before(&self, _step: &mut Step) -> Entry {
        Entry::go()
    }

    /// A step that was let in has ended.
    fn after(&self, _step: &Step, _outcome: Outcome<'_>) {}

    /// An operation has ended. Called once for each that began, except in a child that was forked meanwhile.
    fn ended(&self, _operation: &Operation, _outcome: Outcome<'_>) {}
}

/// How something ended.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// It came to its end.
    Done,
    /// It failed.
    Failed(&'a Error),
    /// Whoever asked for it did not wait for the end: a content that is not read to its last byte, a listing that is left, a call that is
    /// interrupted.
    Abandoned,
}

impl<'a> Outcome<'a> {
    /// That of a result.
    pub const fn of<T>(result: &'a Result<T>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(error) => Self::Failed(error),
        }
    }
}

/// Whether an error is what the server was asked for rather than a failure.
#[must_use]
pub fn is_an_answer(error: &Error) -> bool {
    matches!(error.code, ErrorCode::FileNotFound | ErrorCode::NotModified | ErrorCode::PreconditionFailed)
}

/// Whether a step may go on.
pub enum Entry {
    /// At once, or not at all.
    Now(Result<Pass>),
    /// When this says so. It may outlive the call, so it owns what it needs.
    Later(Wait),
}

/// A wait for a pass.
pub type Wait = Pin<Box<dyn Future<Output = Result<Pass>> + Send>>;

impl Entry {
    /// At once.
    #[must_use]
    pub const fn go() -> Self {
        Self::Now(Ok(Pass::Free))
    }

    /// Not at all.
    #[must_use]
    pub const fn refuse(error: Error) -> Self {
        Self::Now(Err(error))
    }

    /// When a future says so.
    pub fn wait(until: impl Future<Output = Result<Pass>> + Send + 'static) -> Self {
        Self::Later(Box::pin(until))
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now(Ok(_)) => "Now",
            Self::Now(Err(_)) => "Refused",
            Self::Later(_) => "Later",
        })
    }
}

/// What a step holds while it is under way. It is dropped when the step ends or rests.
pub enum Pass {
    /// Nothing.
    Free,
    /// A place of the limit.
    Place(Permit),
    /// Whatever a middleware wants to have back.
    Held(Box<dyn Any + Send>),
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Free => "Free",
            Self::Place(_) => "Place",
            Self::Held(_) => "Held",
        })
    }
}

/// The built-in ones, by their weights: `metrics` and `limit` are always there, the others where somebody wants to hear.
#[must_use]
pub fn listed() -> [(&'static str, i32); 4] {
    [
        (Metrics::NAME, Metrics::WEIGHT),
        (Log::NAME, Log::WEIGHT),
        (Events::NAME, Events::WEIGHT),
        (Limit::NAME, Limit::WEIGHT),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_ones_are_listed_by_their_weights() {
        assert!(listed().is_sorted_by_key(|(_, weight)| *weight));
    }
}
