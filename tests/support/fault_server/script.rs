//! Which answer a request gets.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{answer::Answer, request::Request, store::Store};

/// The furthest that a signature's time may be from the server's.
/// Source: Amazon S3 API reference, "Error responses", `RequestTimeTooSkewed`.
const MAX_SKEW: u64 = 15 * 60;

/// Lines, objects and a clock.
#[derive(Default)]
pub(crate) struct Script {
    lines: Vec<Line>,
    pub(super) store: Store,
    clock: Option<i64>,
}

struct Line {
    method: Option<String>,
    path: String,
    query: Option<String>,
    answers: Vec<Answer>,
    next: AtomicUsize,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Answers for `[METHOD ]PATH[?QUERY]`, where a path that ends with `*` is any that begins so, and a query stands anywhere in the request's: one for
    /// each request, the last one again and again. The first line that fits is taken.
    pub(crate) fn on(mut self, pattern: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        let (method, target) = match pattern.split_once(' ') {
            Some((method, target)) => (Some(method.to_owned()), target),
            None => (None, pattern),
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (target.to_owned(), None),
        };
        let answers: Vec<_> = answers.into_iter().collect();
        assert!(!answers.is_empty(), "no answer for {pattern}");
        self.lines.push(Line { method, path, query, answers, next: AtomicUsize::new(0) });
        self
    }

    /// Puts an object into the store, with more headers such as a checksum's.
    pub(crate) fn object(self, path: &str, content: &[u8], headers: &[(&str, &str)]) -> Self {
        self.store.put(path, content, headers);
        self
    }

    /// Sets the server's clock ahead of this machine's by some seconds, or behind it. A request that was signed at another
    /// time is refused.
    pub(crate) fn clock(mut self, seconds: i64) -> Self {
        self.clock = Some(seconds);
        self
    }

    /// The server's time, in Unix seconds.
    pub(super) fn now(&self) -> i64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_secs()).unwrap_or(i64::MAX).saturating_add(self.clock.unwrap_or(0))
    }

    /// The next answer to a request; `None` leaves it to the store.
    pub(super) fn answer(&self, request: &Request) -> Option<Answer> {
        let signed = request.signed_at().filter(|_| self.clock.is_some());
        if signed.is_some_and(|signed| signed.abs_diff(self.now()) > MAX_SKEW) {
            return Some(Answer::error(403, "RequestTimeTooSkewed"));
        }
        let line = self.lines.iter().find(|line| line.is_for(request))?;
        let next = line.next.fetch_add(1, Ordering::Relaxed);
        line.answers.get(next).or(line.answers.last()).cloned()
    }
}

impl Line {
    fn is_for(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| *method == request.method)
            && (self.path.strip_suffix('*').is_some_and(|start| request.path().starts_with(start))
                || self.path == request.path())
            && self.query.as_ref().is_none_or(|query| request.query().contains(query.as_str()))
    }
}
