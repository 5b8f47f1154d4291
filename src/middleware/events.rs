//! Events: what became of each operation, for whoever listens.

use std::{fmt, time::Duration};

use super::{Middleware, Name, Operation, Outcome};
use crate::error::Error;

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// It came to its end.
    Done,
    /// It failed.
    Failed,
    /// Nobody waited for its end.
    Abandoned,
}

impl End {
    /// Every end.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Abandoned];

    /// As events and counts call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
        }
    }
}

impl From<Outcome<'_>> for End {
    fn from(outcome: Outcome<'_>) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Abandoned => Self::Abandoned,
        }
    }
}

/// An operation that has ended.
#[derive(Debug, Clone)]
pub struct Event {
    /// What was asked for.
    pub name: Name,
    /// The alias of the bucket.
    pub bucket: String,
    /// The pathname or prefix; empty where there is none.
    pub subject: String,
    /// How long it worked.
    pub duration: Duration,
    /// Bytes of content that were received.
    pub bytes_in: u64,
    /// Bytes of content that were written.
    pub bytes_out: u64,
    /// Requests that it needed.
    pub requests: u32,
    /// Requests that were sent, those that were sent again included.
    pub attempts: u32,
    /// How it ended.
    pub end: End,
    /// Why it failed.
    pub error: Option<Error>,
    /// The server's id of the request that failed, or else of the last one that was answered.
    pub request_id: Option<String>,
}

impl Event {
    /// That of an operation.
    #[must_use]
    pub fn of(operation: &Operation, outcome: Outcome<'_>) -> Self {
        let error = match outcome {
            Outcome::Failed(error) => Some(error.clone()),
            _ => None,
        };
        let request_id = error.as_ref().and_then(|error| error.request_id.clone()).or_else(|| operation.request_id());
        Self {
            name: operation.name(),
            bucket: operation.alias().to_owned(),
            subject: operation.subject().to_owned(),
            duration: operation.duration(),
            bytes_in: operation.bytes_in(),
            bytes_out: operation.bytes_out(),
            requests: operation.requests(),
            attempts: operation.attempts(),
            end: outcome.into(),
            error,
            request_id,
        }
    }
}

/// Tells somebody of every operation that has ended.
pub struct Events {
    tell: Box<dyn Fn(Event) + Send + Sync>,
}

impl Events {
    /// Its name.
    pub const NAME: &'static str = "events";
    pub(super) const WEIGHT: i32 = 300;

    /// Tells this one, on the thread that drives the operation and within its runtime: it must not block.
    pub fn to(tell: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { tell: Box::new(tell) }
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

impl Middleware for Events {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn weight(&self) -> i32 {
        Self::WEIGHT
    }

    fn ended(&self, operation: &Operation, outcome: Outcome<'_>) {
        (self.tell)(Event::of(operation, outcome));
    }
}
