//! The content of a read: bounded by the operation's time, and taken up again where a connection breaks.
//!
//! A broken content is asked for again from the first missing byte on, under the condition that the object is still the
//! same (`Range` and `If-Match`). What comes is only joined to what was received if the server says that it is exactly the
//! missing part of the same object; in every other case the read fails.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::header;
use tokio::{
    task::unconstrained,
    time::{Instant, Sleep, sleep_until},
};

use super::{
    checksum::Verifier,
    connection::{Receiving, TransportError},
    data::{Answer, Data, Request},
    policy::{Attempt, of_transport, words},
};
use crate::{
    backend::contract::{ContentStream, Location, Vouched as _},
    error::{Error, ErrorCode, Result},
    types::{CustomerKey, Key, ObjectInfo},
};

/// How often one content is taken up again without progress worth waiting for, and what such progress is.
const MAX_RESUMES: u32 = 5;
const PROGRESS: u64 = 1024 * 1024;

/// The part of an object that has not arrived yet, and which object it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rest {
    etag: String,
    /// The first missing byte of the object.
    next: u64,
    /// The byte behind the last missing one.
    end: u64,
    /// Size of the whole object.
    size: u64,
}

impl Rest {
    /// Before anything has arrived. `None` when too little is known of the object to recognise it again.
    pub(super) fn of(info: &ObjectInfo, length: Option<u64>, offset: u64) -> Option<Self> {
        // A weak ETag does not promise the same bytes (RFC 9110 §8.8.3).
        let etag = info.etag.clone().filter(|etag| !etag.starts_with("W/"))?;
        Some(Self { etag, next: offset, end: offset.checked_add(length?)?, size: info.size? })
    }

    fn range(&self) -> String {
        format!("bytes={}-{}", self.next, self.end - 1)
    }

    /// Whether an answer is exactly this part of this object. The answer to a request without a range has no
    /// `Content-Range`.
    fn is_in(&self, content_range: Option<&str>, etag: Option<&str>) -> bool {
        let expected = format!("bytes {}-{}/{}", self.next, self.end - 1, self.size);
        content_range.map(str::trim) == Some(expected.as_str()) && etag == Some(self.etag.as_str())
    }
}

type Resuming = Pin<Box<dyn Future<Output = Result<Answer>> + Send>>;

/// What is needed to ask again.
pub(super) struct Source {
    pub(super) rest: Rest,
    pub(super) data: Data,
    pub(super) bucket: String,
    pub(super) key: Key,
    pub(super) version_id: Option<String>,
    pub(super) customer_key: Option<CustomerKey>,
    /// Every one so far.
    pub(super) resumes: u32,
    /// Those since the last progress, and where that was.
    pub(super) fruitless: (u32, u64),
}

impl Source {
    /// Asks for what is missing of the same object.
    async fn ask(data: Data, bucket: String, key: Key, request: Request, deadline: Option<Instant>) -> Result<Answer> {
        data.send(Location { bucket: &bucket, key: &key }, &request, deadline).await
    }

    fn request(&self) -> Result<Request> {
        Request::new(http::Method::GET)
            .query("versionId", self.version_id.as_deref())
            .header(header::RANGE, Some(&self.rest.range()))?
            .header(header::IF_MATCH, Some(&self.rest.etag))?
            .customer_key(self.customer_key.as_ref())
    }
}

/// The content of an answer.
pub(super) struct Body {
    content: Receiving,
    attempt: Attempt,
    source: Option<Source>,
    verifier: Option<Verifier>,
    resuming: Option<Resuming>,
    clock: Clock,
}

/// The end of the operation's time, of which only what is waited counts.
struct Clock {
    end: Option<Instant>,
    /// What is left while nobody waits.
    left: Option<Duration>,
    /// Wakes the reader then.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    fn until(end: Option<Instant>) -> Self {
        Self { end, left: None, alarm: None }
    }

    fn pause(&mut self) {
        if let Some(end) = self.end.take() {
            self.left = Some(end - Instant::now());
            self.alarm = None;
        }
    }

    fn go_on(&mut self) {
        if let Some(left) = self.left.take() {
            self.end = Some(Instant::now() + left);
        }
    }

    /// Ready when the time is over, also where there is always something to do: the alarm is asked outside of the runtime's
    /// budget, which a busy connection uses up.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(end) = self.end else { return Poll::Pending };
        if Instant::now() >= end {
            return Poll::Ready(());
        }
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
        pin!(unconstrained(alarm)).poll(cx)
    }
}

impl Body {
    pub(super) fn new(
        content: Receiving,
        attempt: Attempt,
        source: Option<Source>,
        verifier: Option<Verifier>,
    ) -> Self {
        Self { content, attempt, source, verifier, resuming: None, clock: Clock::until(attempt.deadline) }
    }

    /// Begins to ask for what is missing; `None` when that is not possible any more.
    fn resume(&mut self) -> Option<Resuming> {
        let source = self.source.as_mut()?;
        let missing = source.rest.next < source.rest.end;
        if source.rest.next - source.fruitless.1 >= PROGRESS {
            source.fruitless = (0, source.rest.next);
        }
        if !missing || source.fruitless.0 == MAX_RESUMES {
            return None;
        }
        source.resumes += 1;
        source.fruitless.0 += 1;
        let request = source.request().ok()?;
        let (data, bucket, key) = (source.data.clone(), source.bucket.clone(), source.key.clone());
        Some(Box::pin(Source::ask(data, bucket, key, request, self.clock.end)))
    }

    /// Joins the answer to a resumed request, if it is what was asked for.
    fn join(&mut self, answer: Result<Answer>) -> Result<()> {
        let Some(source) = &self.source else { return Ok(()) };
        let answer = answer.map_err(|mut error| {
            if error.code == ErrorCode::PreconditionFailed {
                return self.failure(ErrorCode::ConnectionFailed, CHANGED, "");
            }
            error.message =
                format!("the connection broke within the content, and asking again failed: {}", error.message);
            error.attempts += self.attempt.number + source.resumes - 1;
            error
        })?;
        if !source.rest.is_in(answer.header("content-range"), answer.header("etag")) {
            return Err(self.failure(ErrorCode::ConnectionFailed, CHANGED, ""));
        }
        self.content = answer.body;
        Ok(())
    }

    /// The end of the content, if it is the one that the server vouched for.
    fn end(&mut self) -> Option<Result<Bytes>> {
        let verifier = self.verifier.take()?;
        if Box::new(verifier).holds() {
            return None;
        }
        Some(Err(self.failure(ErrorCode::ChecksumMismatch, "the bytes are not those that the server vouched for", "")))
    }

    fn failure(&self, code: ErrorCode, message: &str, details: &str) -> Error {
        let mut error = Error::new(code, message).with_details(words(details));
        error.retryable = true;
        error.attempts = self.attempts();
        error
    }

    fn attempts(&self) -> u32 {
        self.attempt.number + self.source.as_ref().map_or(0, |source| source.resumes)
    }
}

const CHANGED: &str = "the connection broke within the content, and the object is not the same any more";

impl ContentStream for Body {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.clock.go_on();
        loop {
            if let Some(resuming) = &mut self.resuming {
                let answer = ready!(resuming.as_mut().poll(cx));
                self.resuming = None;
                if let Err(error) = self.join(answer) {
                    self.source = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
            if self.clock.poll(cx).is_ready() {
                return Poll::Ready(Some(Err(self.failure(ErrorCode::Timeout, "operation_timeout passed", ""))));
            }
            let piece = ready!(self.content.poll_next(cx));
            match piece {
                Some(Ok(bytes)) => {
                    if let Some(source) = &mut self.source {
                        source.rest.next += bytes.len() as u64;
                    }
                    if let Some(verifier) = &mut self.verifier {
                        verifier.update(&bytes);
                    }
                    return Poll::Ready(Some(Ok(bytes)));
                }
                None => return Poll::Ready(self.end()),
                Some(Err(fault @ TransportError::Broken(_))) => {
                    self.resuming = self.resume();
                    if self.resuming.is_none() {
                        let message = "the connection broke within the content";
                        let error = self.failure(ErrorCode::ConnectionFailed, message, &fault.to_string());
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                // A server that is too slow: asking again would hide that.
                Some(Err(fault)) => {
                    let mut error = of_transport(&fault).error;
                    error.attempts = self.attempts();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn pause(&mut self) {
        self.clock.pause();
        self.content.rest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest() -> Rest {
        let info = ObjectInfo { etag: Some("\"e\"".into()), size: Some(100), ..ObjectInfo::default() };
        let mut rest = Rest::of(&info, Some(50), 10).unwrap();
        rest.next += 5;
        rest
    }

    #[test]
    fn only_the_missing_part_of_the_same_object_is_joined() {
        assert_eq!(rest().range(), "bytes=15-59");
        assert!(rest().is_in(Some("bytes 15-59/100"), Some("\"e\"")));
        for (range, etag) in [
            (None, Some("\"e\"")),
            (Some("bytes 15-59/100"), Some("\"other\"")),
            (Some("bytes 15-59/100"), None),
            (Some("bytes 14-59/100"), Some("\"e\"")),
            (Some("bytes 15-99/100"), Some("\"e\"")),
            (Some("bytes 15-59/101"), Some("\"e\"")),
            (Some("bytes 15-59/*"), Some("\"e\"")),
        ] {
            assert!(!rest().is_in(range, etag), "{range:?} {etag:?}");
        }
    }

    #[test]
    fn an_object_that_cannot_be_recognised_is_not_resumed() {
        let info =
            |etag: Option<&str>| ObjectInfo { etag: etag.map(Into::into), size: Some(1), ..ObjectInfo::default() };
        assert_eq!(Rest::of(&info(None), Some(1), 0), None);
        assert_eq!(Rest::of(&info(Some("W/\"e\"")), Some(1), 0), None);
        assert_eq!(Rest::of(&info(Some("\"e\"")), None, 0), None);
    }
}
