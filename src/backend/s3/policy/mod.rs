//! When a request is sent again, and when an operation has lasted long enough: the only home of both.
//!
//! - What may be sent again is what our own error says is retryable, up to `max_attempts`.
//! - Pauses are drawn at random between nothing and a bound that doubles ("full jitter"), so that clients that failed
//!   together do not come back together. A server that names a pause (`Retry-After`) gets it, up to 20 s.
//! - A budget keeps a client from multiplying the load of a server that fails all the time: retries draw from it, successes
//!   refill it.
//! - `operation_timeout` covers everything: attempts, pauses, and (in the stream that a read returns) the content.

mod classify;
mod patience;
mod redact;

use std::{
    future::Future,
    mem::{Discriminant, discriminant},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, SystemTime},
};

use tokio::time::{Instant, sleep, timeout_at};

pub(super) use classify::{Verdict, is_error, no_credentials, of_entry, of_sdk, of_transport, words};
pub(super) use patience::{Limits, Patience};
#[cfg(any(test, fuzzing))]
pub(super) use redact::error as redacted;

use super::connection::{Cached, Server};
use crate::{
    backend::contract::Run,
    config::ServerConfig,
    error::{Error, ErrorCode, Result},
};

/// The bound of the first pause.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// No pause is longer, whether drawn or named by the server.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// What the budget holds when it is full, what a retry takes out of it and what a success puts back. The figures are those
/// of the AWS SDKs' standard mode.
/// Source: AWS SDKs and Tools reference guide, "Retry behavior".
const BUDGET: u32 = 500;
const RETRY_COST: u32 = 5;
const SUCCESS_REFUND: u32 = 1;

/// The policy of one server. Whatever is sent is in memory or in a file, so everything can be sent again.
#[derive(Debug)]
pub(super) struct Policy {
    max_attempts: u32,
    operation_timeout: Option<Duration>,
    budget: AtomicU32,
}

/// Where an operation stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt {
    /// Counted from 1.
    pub(super) number: u32,
    /// The end of the whole operation's time.
    pub(super) deadline: Option<Instant>,
}

/// A failed attempt, and what may mend it, the most likely first.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) remedies: Vec<Remedy>,
}

/// What has to change before the same request can succeed. Each is tried once in an operation, beyond `max_attempts` too: it is
/// not the same request again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Credentials that have expired are asked for anew.
    Renew,
    /// Credentials that may have expired are asked for anew, and serve on if that fails.
    Refresh,
    /// The server told its own time.
    Clock(SystemTime),
    /// The server told the bucket's region.
    Region(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, remedies: Vec::new() }
    }
}

impl Policy {
    pub(super) fn of(server: &ServerConfig) -> Self {
        Self {
            max_attempts: server.max_attempts,
            operation_timeout: server.operation_timeout,
            budget: AtomicU32::new(BUDGET),
        }
    }

    /// When the running operation must have ended.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.operation_timeout.map(|limit| Run::began() + limit)
    }

    /// Sends one request of an operation on a bucket, again where that may help.
    pub(super) async fn run<T, F, M>(
        &self,
        mender: &M,
        deadline: Option<Instant>,
        mut send: impl FnMut(Attempt) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T, Failure>>,
        M: Mend,
    {
        let mut number = 1;
        // How often the same request was sent: one that was mended is another.
        let mut same = 1;
        let mut tried = Vec::new();
        let mut maybe_applied = false;
        loop {
            Run::tell(|witness| witness.sent(number == 1));
            let made_of = mender.made_of();
            let answer = send(Attempt { number, deadline });
            let outcome = match deadline {
                Some(deadline) => timeout_at(deadline, answer).await.unwrap_or_else(|_| Err(timed_out().into())),
                None => answer.await,
            };
            let Failure { mut error, remedies } = match outcome {
                Ok(output) => {
                    self.refund();
                    return Ok(output);
                }
                Err(failure) => failure,
            };
            // An attempt that failed before anything was sent is none.
            error.attempts += number - 1;
            maybe_applied |= error.maybe_applied;
            error.maybe_applied = maybe_applied;
            if mend(mender, remedies, &made_of, &mut tried).await {
                number += 1;
                Run::tell(|witness| witness.retried(&error));
                continue;
            }
            let pause = pause(same, error.retry_after);
            let again = error.retryable && same < self.max_attempts;
            if !again || deadline.is_some_and(|deadline| Instant::now() + pause >= deadline) || !self.draw() {
                mender.redact(&mut error);
                return Err(error);
            }
            sleep(pause).await;
            Run::tell(|witness| witness.retried(&error));
            number += 1;
            same += 1;
        }
    }

    /// Takes a retry out of the budget; false when there is not enough left.
    fn draw(&self) -> bool {
        self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(RETRY_COST)).is_ok()
    }

    fn refund(&self) {
        // Full most of the time, and then nothing is written.
        let refilled = |left: u32| (left < BUDGET).then(|| (left + SUCCESS_REFUND).min(BUDGET));
        let _ = self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, refilled);
    }
}

/// Who can change what a request is made of.
pub(super) trait Mend {
    /// What tells whether a remedy has changed something since.
    type MadeOf;

    /// What a request that begins now is made of.
    fn made_of(&self) -> Self::MadeOf;

    /// Applies a remedy to what a refused request was made of, unless another request has applied it meanwhile; false when nothing
    /// has changed since.
    fn mend(&self, remedy: &Remedy, made_of: &Self::MadeOf) -> impl Future<Output = bool> + Send;

    /// Takes secrets out of an error: servers, and what stands before them, may quote what they were sent.
    fn redact(&self, error: &mut Error);
}

/// A bucket of a server, as the place where remedies apply.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) server: &'a Server,
    pub(super) bucket: &'a str,
}

/// The state of what remedies change.
#[derive(Debug, Clone, Copy)]
pub(super) struct MadeOf {
    /// How far the clock was corrected.
    ahead: i64,
    /// How often a region was learnt.
    lessons: u64,
    /// How often credentials were doubted.
    doubts: u64,
}

impl Mend for At<'_> {
    type MadeOf = MadeOf;

    fn made_of(&self) -> MadeOf {
        let Server { clock, endpoints, credentials, .. } = self.server;
        MadeOf {
            ahead: clock.ahead(),
            lessons: endpoints.lessons(),
            doubts: credentials.cache().map_or(0, Cached::doubts),
        }
    }

    async fn mend(&self, remedy: &Remedy, made_of: &MadeOf) -> bool {
        let Server { clock, endpoints, credentials, .. } = self.server;
        match remedy {
            Remedy::Renew => credentials.cache().is_some_and(|cache| {
                cache.invalidate(made_of.doubts);
                true
            }),
            Remedy::Refresh => credentials.cache().is_some_and(|cache| {
                cache.suspect(made_of.doubts);
                true
            }),
            Remedy::Clock(time) => clock.correct(*time) || clock.ahead() != made_of.ahead,
            Remedy::Region(region) => {
                endpoints.learn(self.bucket, region).await || endpoints.lessons() != made_of.lessons
            }
        }
    }

    fn redact(&self, error: &mut Error) {
        for known in self.server.credentials.known() {
            for secret in [Some(known.secret_access_key()), known.session_token(), Some(known.access_key_id())] {
                redact::error(error, secret.unwrap_or_default());
            }
        }
    }
}

/// Applies the first remedy that was not tried yet and changes something.
async fn mend<M: Mend>(
    mender: &M,
    remedies: Vec<Remedy>,
    made_of: &M::MadeOf,
    tried: &mut Vec<Discriminant<Remedy>>,
) -> bool {
    for remedy in remedies {
        let kind = discriminant(&remedy);
        if !tried.contains(&kind) && mender.mend(&remedy, made_of).await {
            tried.push(kind);
            return true;
        }
    }
    false
}

/// The pause after a failed attempt.
fn pause(number: u32, named: Option<Duration>) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << (number - 1).min(16)).min(LONGEST_PAUSE);
    named.map_or_else(|| bound.mul_f64(fastrand::f64()), |named| named.min(LONGEST_PAUSE))
}

fn timed_out() -> Error {
    let mut error = Error::new(ErrorCode::Timeout, "operation_timeout passed");
    error.attempts = 1;
    error.maybe_applied = true;
    error.retryable = true;
    error
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn policy(max_attempts: u32, operation_timeout: Option<Duration>) -> Policy {
        Policy { max_attempts, operation_timeout, budget: AtomicU32::new(BUDGET) }
    }

    fn failure(retryable: bool) -> Error {
        let mut error = Error::new(ErrorCode::OperationFailed, "no");
        error.attempts = 1;
        error.retryable = retryable;
        error
    }

    /// Where nothing can be mended.
    struct Hopeless;

    impl Mend for Hopeless {
        type MadeOf = ();

        fn made_of(&self) {}

        async fn mend(&self, _: &Remedy, (): &()) -> bool {
            false
        }

        fn redact(&self, _: &mut Error) {}
    }

    /// Where everything can be.
    struct Hopeful;

    impl Mend for Hopeful {
        type MadeOf = ();

        fn made_of(&self) {}

        async fn mend(&self, _: &Remedy, (): &()) -> bool {
            true
        }

        fn redact(&self, _: &mut Error) {}
    }

    #[tokio::test(start_paused = true)]
    async fn each_remedy_is_tried_once_and_is_no_attempt_of_the_same_request() {
        let policy = policy(1, None);
        let calls = Cell::new(0);
        let outcome: Result<()> = policy
            .run(&Hopeful, None, |_| {
                calls.set(calls.get() + 1);
                let remedy = if calls.get() == 1 { Remedy::Renew } else { Remedy::Region("x".into()) };
                async move { Err(Failure { error: failure(false), remedies: vec![remedy] }) }
            })
            .await;
        assert_eq!((calls.get(), outcome.unwrap_err().attempts), (3, 3));
    }

    /// Fails so often, then succeeds; answers how often it was called.
    async fn fails(policy: &Policy, times: u32, error: &Error) -> (u32, Result<u32>) {
        let calls = Cell::new(0);
        let outcome = policy
            .run(&Hopeless, policy.deadline(), |attempt| {
                calls.set(calls.get() + 1);
                let outcome = if attempt.number > times { Ok(attempt.number) } else { Err(error.clone().into()) };
                async move { outcome }
            })
            .await;
        (calls.get(), outcome)
    }

    #[tokio::test(start_paused = true)]
    async fn a_retryable_failure_is_tried_again_up_to_the_limit() {
        let policy = policy(3, None);
        assert_eq!(fails(&policy, 2, &failure(true)).await.1.unwrap(), 3);
        let (calls, outcome) = fails(&policy, 9, &failure(true)).await;
        assert_eq!((calls, outcome.unwrap_err().attempts), (3, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn other_failures_are_not_tried_again() {
        let policy = policy(3, None);
        assert_eq!(fails(&policy, 9, &failure(false)).await.0, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_the_server_names_is_kept_but_never_past_the_deadline() {
        let mut asked = failure(true);
        asked.retry_after = Some(Duration::from_secs(5));
        let started = Instant::now();
        assert_eq!(fails(&policy(2, None), 1, &asked).await.0, 2);
        assert_eq!(started.elapsed().as_secs(), 5);
        let started = Instant::now();
        let hurried = policy(2, Some(Duration::from_secs(3)));
        assert_eq!(fails(&hurried, 1, &asked).await.0, 1);
        assert_eq!(started.elapsed().as_secs(), 0);
        asked.retry_after = Some(Duration::from_hours(1));
        let started = Instant::now();
        assert_eq!(fails(&policy(2, None), 1, &asked).await.0, 2);
        assert_eq!(started.elapsed(), LONGEST_PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_are_random_below_a_bound_that_doubles_to_a_limit() {
        for number in 1..40 {
            let bound = FIRST_PAUSE * 2_u32.pow((number - 1).min(16));
            assert!(pause(number, None) <= bound.min(LONGEST_PAUSE));
        }
        let drawn: std::collections::HashSet<_> = (0..20).map(|_| pause(5, None)).collect();
        assert!(drawn.len() > 10);
    }

    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_an_attempt() {
        let policy = policy(3, Some(Duration::from_secs(2)));
        let started = Instant::now();
        let never = |_| std::future::pending::<Result<(), Failure>>();
        let error = policy.run(&Hopeless, policy.deadline(), never).await.unwrap_err();
        assert_eq!((error.code, started.elapsed().as_secs()), (ErrorCode::Timeout, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_budget_stops_retries_until_successes_refill_it() {
        let policy = policy(2, None);
        for _ in 0..BUDGET / RETRY_COST {
            assert_eq!(fails(&policy, 9, &failure(true)).await.0, 2);
        }
        assert_eq!(fails(&policy, 9, &failure(true)).await.0, 1);
        for _ in 0..RETRY_COST {
            assert_eq!(fails(&policy, 0, &failure(true)).await.0, 1);
        }
        assert_eq!(fails(&policy, 9, &failure(true)).await.0, 2);
    }
}
