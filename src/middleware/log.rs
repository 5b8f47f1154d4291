//! A log: what an operator wants to read, in the levels of PSR-3 (those of RFC 5424).

use std::fmt;

use super::{End, Event, Middleware, Operation, Outcome, is_an_answer};
use crate::error::{Error, ErrorCode, printable};

/// How grave a record is, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every operation that is done.
    Debug,
    /// An operation whose answer is "no such object", "not modified" or "the condition does not hold"; one that nobody waited for.
    Info,
    /// An operation that its caller cancelled.
    Notice,
    /// A request that is sent again.
    Warning,
    /// An operation that failed.
    Error,
    /// Nothing of ours is as grave; a log that begins here hears nothing.
    Critical,
    /// As above.
    Alert,
    /// As above.
    Emergency,
}

impl Level {
    /// Every level, the least first.
    pub const ALL: [Self; 8] = [
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    /// The name in PSR-3.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }

    /// The level of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// A line of a log. No secret and no signed URL is in it.
#[derive(Debug, Clone)]
pub struct Record {
    /// How grave it is.
    pub level: Level,
    /// In words, without control characters.
    pub message: String,
    /// The operation, as far as it had come.
    pub event: Event,
}

/// Writes records of operations.
pub struct Log {
    write: Box<dyn Fn(Record) + Send + Sync>,
}

impl Log {
    /// Its name.
    pub const NAME: &'static str = "log";
    pub(super) const WEIGHT: i32 = 200;

    /// Gives every record to this one, which takes those that it wants, on the thread that drives the operation and within its runtime: it
    /// must not block.
    pub fn to(write: impl Fn(Record) + Send + Sync + 'static) -> Self {
        Self { write: Box::new(write) }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log")
    }
}

impl Middleware for Log {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn weight(&self) -> i32 {
        Self::WEIGHT
    }

    fn ended(&self, operation: &Operation, outcome: Outcome<'_>) {
        let event = Event::of(operation, outcome);
        let retried = operation.retried();
        let more = (operation.retries() as usize).saturating_sub(retried.len());
        for retried in retried {
            (self.write)(Record {
                level: Level::Warning,
                message: again(&event, &retried.error),
                event: event.clone(),
            });
        }
        if more > 0 {
            let message = format!("{}: {more} more requests were sent again", about(&event));
            (self.write)(Record { level: Level::Warning, message, event: event.clone() });
        }
        let (level, message) = ended(&event);
        (self.write)(Record { level, message, event });
    }
}

/// `write a.txt in uploads`.
fn about(event: &Event) -> String {
    let words = event.name.words();
    let bucket = printable(&event.bucket);
    if event.subject.is_empty() {
        format!("{words} in {bucket}")
    } else {
        format!("{words} {} in {bucket}", printable(&event.subject))
    }
}

fn again(event: &Event, error: &Error) -> String {
    format!("{}: a request was sent again after: {}", about(event), printable(&error.to_string()))
}

fn ended(event: &Event) -> (Level, String) {
    let (seconds, requests) = (event.duration.as_secs_f64(), event.requests);
    let took = format!("{seconds:.3} s, {requests} request{}", if requests == 1 { "" } else { "s" });
    match (event.end, &event.error) {
        (End::Failed, Some(error)) => {
            let level = match error.code {
                _ if is_an_answer(error) => Level::Info,
                ErrorCode::Cancelled => Level::Notice,
                _ => Level::Error,
            };
            // The error names the operation itself; the bucket is in the context.
            (level, printable(&error.to_string()))
        }
        (End::Abandoned, _) => (Level::Info, format!("{}: ended early by its caller ({took})", about(event))),
        _ => (Level::Debug, format!("{}: done ({took})", about(event))),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use super::{super::Name, *};

    fn event(end: End, error: Option<Error>) -> Event {
        Event {
            name: Name::Read,
            bucket: "b".into(),
            subject: "a\nb".into(),
            duration: Duration::from_millis(12),
            bytes_in: 0,
            bytes_out: 0,
            requests: 1,
            attempts: 1,
            end,
            error,
            request_id: None,
        }
    }

    #[test]
    fn levels_are_what_an_operator_expects_and_lines_cannot_be_forged() {
        let failed = |code| ended(&event(End::Failed, Some(Error::new(code, "no").during("read", "a\nb"))));
        assert_eq!(failed(ErrorCode::FileNotFound), (Level::Info, "read a\\nb: no".into()));
        assert_eq!(failed(ErrorCode::Timeout).0, Level::Error);
        assert_eq!(failed(ErrorCode::Cancelled).0, Level::Notice);
        assert_eq!(ended(&event(End::Done, None)), (Level::Debug, "read a\\nb in b: done (0.012 s, 1 request)".into()));
        assert_eq!(ended(&event(End::Abandoned, None)).0, Level::Info);
        assert_eq!(Level::parse("warning"), Some(Level::Warning));
        assert_eq!(Level::parse("loud"), None);
    }

    #[test]
    fn every_record_reaches_the_log() {
        use super::super::{Account, Chain};
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        let log = Log::to(move |record| sink.lock().unwrap().push((record.level, record.message)));
        let chain = Chain::default().with(Arc::new(log)).unwrap();
        let operation = Operation::begin(Name::Write, Account::new("b", 1, None), "x", chain, None);
        for _ in 0..60 {
            let mut error = Error::new(ErrorCode::Throttled, "slow down");
            error.status = Some(503);
            crate::backend::contract::Witness::retried(&*operation, &error);
        }
        operation.end(Outcome::Done);
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 52);
        assert_eq!(lines[0], (Level::Warning, "write x in b: a request was sent again after: slow down (503)".into()));
        assert_eq!(lines[50], (Level::Warning, "write x in b: 10 more requests were sent again".into()));
    }
}
