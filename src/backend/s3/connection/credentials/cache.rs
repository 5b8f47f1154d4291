//! The AWS chain's credentials, kept until shortly before they expire.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use aws_credential_types::{
    Credentials,
    provider::{self, ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use aws_smithy_async::time::SharedTimeSource;
use futures_util::future::{BoxFuture, FutureExt, Shared, WeakShared};

/// Credentials with less time left than this are replaced by the call that finds it out.
const REFRESH_BEFORE: Duration = Duration::from_mins(5);

/// After the chain has failed, calls that still have usable credentials leave it alone for so long: otherwise each of them
/// would wait for a metadata service that does not answer.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(10);

/// The longest that the chain may take, with all of its requests, their retries, and a program of a profile.
const LONGEST: Duration = Duration::from_mins(1);

/// The chain's credentials, kept until shortly before they expire. Nothing runs in the background: the call that finds
/// little time left asks the chain, calls that come meanwhile wait for it, and the old ones serve if it fails.
#[derive(Debug)]
pub(in crate::backend::s3) struct Cached {
    chain: SharedCredentialsProvider,
    /// What says how much time is left.
    clock: SharedTimeSource,
    state: Arc<Mutex<State>>,
}

/// What the chain answers, for everybody who waits for it.
type Answer = Result<Credentials, Arc<CredentialsError>>;

/// A question to the chain, which goes on by whoever waits for it: the call that began it may be suspended, by one that needs the answer.
type Question = Shared<BoxFuture<'static, Answer>>;

#[derive(Debug, Default)]
struct State {
    /// Gone when nobody waits for it any more.
    asked: Option<WeakShared<BoxFuture<'static, Answer>>>,
    held: Option<Credentials>,
    /// Those that were held before: a server may still quote them.
    replaced: Option<Credentials>,
    /// No refresh before, as long as the held ones last.
    not_before: Option<SystemTime>,
    /// They may have expired before their time, so the next call replaces them if it can.
    suspected: bool,
    /// How often a server has called some into question.
    doubts: u64,
}

impl Cached {
    pub(super) fn new(chain: SharedCredentialsProvider, clock: SharedTimeSource) -> Self {
        Self { chain, clock, state: Arc::default() }
    }

    /// How often a server has called credentials into question.
    pub(in crate::backend::s3) fn doubts(&self) -> u64 {
        self.lock().doubts
    }

    /// Forgets the credentials, because a server says that those have expired that served after so many doubts. Others may be here by now.
    pub(in crate::backend::s3) fn invalidate(&self, after: u64) {
        let mut state = self.lock();
        if state.doubts == after {
            state.replace(None);
            (state.not_before, state.suspected, state.doubts) = (None, false, after + 1);
        }
    }

    /// Has the next call replace the credentials that served after so many doubts; they serve on if that fails.
    pub(in crate::backend::s3) fn suspect(&self, after: u64) {
        let mut state = self.lock();
        if state.doubts == after {
            (state.not_before, state.suspected, state.doubts) = (None, true, after + 1);
        }
    }

    /// Those that are here or were before, whether they still serve or not.
    pub(super) fn known(&self) -> Vec<Credentials> {
        let state = self.lock();
        state.held.iter().chain(&state.replaced).cloned().collect()
    }

    pub(super) async fn fresh(&self) -> Answer {
        match self.good() {
            Some(credentials) => Ok(credentials),
            None => self.question().await,
        }
    }

    /// The question that is under way, or a new one.
    fn question(&self) -> Question {
        let mut state = self.lock();
        let under_way = state.asked.as_ref().and_then(WeakShared::upgrade).filter(|asked| asked.peek().is_none());
        under_way.unwrap_or_else(|| {
            let question = ask(self.chain.clone(), self.clock.clone(), Arc::clone(&self.state)).boxed().shared();
            state.asked = question.downgrade();
            question
        })
    }

    /// The held credentials, unless it is time to replace them.
    fn good(&self) -> Option<Credentials> {
        let now = self.clock.now();
        let state = self.lock();
        if state.suspected {
            return None;
        }
        let paused = state.not_before.is_some_and(|end| now < end);
        state.lasting(if paused { now } else { now + REFRESH_BEFORE }).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks the chain, and keeps what it answers. If it fails, the old ones serve for as long as they last.
async fn ask(chain: SharedCredentialsProvider, clock: SharedTimeSource, state: Arc<Mutex<State>>) -> Answer {
    let answer = tokio::time::timeout(LONGEST, chain.provide_credentials()).await;
    let answer = answer.unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(LONGEST)));
    let mut state = lock(&state);
    state.suspected = false;
    match answer {
        Ok(credentials) => {
            state.replace(Some(credentials.clone()));
            state.not_before = None;
            Ok(credentials)
        }
        Err(error) => {
            let now = clock.now();
            state.not_before = Some(now + PAUSE_AFTER_FAILURE);
            state.lasting(now).cloned().ok_or_else(|| Arc::new(error))
        }
    }
}

/// An error that others have got, too, as the SDK takes it.
fn shared(error: Arc<CredentialsError>) -> CredentialsError {
    match &*error {
        CredentialsError::CredentialsNotLoaded(_) => CredentialsError::not_loaded(error),
        CredentialsError::ProviderTimedOut(_) => CredentialsError::provider_timed_out(LONGEST),
        _ => CredentialsError::provider_error(error),
    }
}

impl State {
    fn replace(&mut self, held: Option<Credentials>) {
        self.replaced = std::mem::replace(&mut self.held, held).or(self.replaced.take());
    }

    /// The held credentials, if they last longer than to that moment.
    fn lasting(&self, moment: SystemTime) -> Option<&Credentials> {
        self.held.as_ref().filter(|held| held.expiry().is_none_or(|end| end > moment))
    }
}

impl ProvideCredentials for Cached {
    fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        provider::future::ProvideCredentials::new(async { self.fresh().await.map_err(shared) })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    };

    use aws_smithy_async::time::TimeSource;

    use super::*;

    /// Hands out credentials that last so long, counts how often it was asked, and fails on demand.
    #[derive(Debug, Clone)]
    struct Chain {
        clock: Clock,
        lasts: Duration,
        asked: Arc<AtomicU32>,
        fails: Arc<AtomicBool>,
    }

    impl ProvideCredentials for Chain {
        fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            provider::future::ProvideCredentials::new(async {
                tokio::task::yield_now().await;
                let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
                if self.fails.load(Ordering::Relaxed) {
                    return Err(CredentialsError::not_loaded("gone"));
                }
                let end = self.clock.now() + self.lasts;
                Ok(Credentials::new(format!("key{asked}"), "secret", None, Some(end), "test"))
            })
        }
    }

    /// A clock that is set by hand.
    #[derive(Debug, Clone)]
    struct Clock(Arc<Mutex<SystemTime>>);

    impl Clock {
        fn advance(&self, time: Duration) {
            *self.0.lock().unwrap() += time;
        }
    }

    impl TimeSource for Clock {
        fn now(&self) -> SystemTime {
            *self.0.lock().unwrap()
        }
    }

    fn cached(lasts: Duration) -> (Cached, Chain) {
        let clock = Clock(Arc::new(Mutex::new(SystemTime::UNIX_EPOCH + Duration::from_hours(400_000))));
        let chain = Chain { clock: clock.clone(), lasts, asked: Arc::default(), fails: Arc::default() };
        (Cached::new(SharedCredentialsProvider::new(chain.clone()), SharedTimeSource::new(clock)), chain)
    }

    async fn key(cached: &Cached) -> String {
        cached.fresh().await.unwrap().access_key_id().to_owned()
    }

    #[tokio::test]
    async fn calls_that_come_together_ask_the_chain_once() {
        let (cached, chain) = cached(Duration::from_hours(1));
        let keys = tokio::join!(key(&cached), key(&cached), key(&cached));
        assert_eq!(keys, ("key1".into(), "key1".into(), "key1".into()));
        assert_eq!(key(&cached).await, "key1");
        assert_eq!(chain.asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn the_call_that_finds_less_than_five_minutes_left_replaces_them() {
        let (cached, chain) = cached(Duration::from_hours(1));
        assert_eq!(key(&cached).await, "key1");
        chain.clock.advance(Duration::from_mins(54));
        assert_eq!(key(&cached).await, "key1");
        chain.clock.advance(Duration::from_mins(2));
        assert_eq!(key(&cached).await, "key2");
        assert_eq!(key(&cached).await, "key2");
    }

    #[tokio::test]
    async fn the_old_ones_serve_while_the_chain_fails_and_it_is_asked_now_and_then() {
        let (cached, chain) = cached(Duration::from_hours(1));
        assert_eq!(key(&cached).await, "key1");
        chain.clock.advance(Duration::from_mins(56));
        chain.fails.store(true, Ordering::Relaxed);
        for _ in 0..3 {
            assert_eq!(key(&cached).await, "key1");
        }
        assert_eq!(chain.asked.load(Ordering::Relaxed), 2);
        chain.clock.advance(PAUSE_AFTER_FAILURE);
        assert_eq!(key(&cached).await, "key1");
        assert_eq!(chain.asked.load(Ordering::Relaxed), 3);
        chain.clock.advance(Duration::from_mins(4));
        assert!(cached.fresh().await.is_err());
        chain.fails.store(false, Ordering::Relaxed);
        assert_eq!(key(&cached).await, "key5");
    }

    #[tokio::test]
    async fn invalidated_credentials_are_asked_for_anew() {
        let (cached, _) = cached(Duration::from_hours(1));
        assert_eq!(key(&cached).await, "key1");
        cached.invalidate(cached.doubts());
        assert_eq!(key(&cached).await, "key2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_that_never_answers_is_given_up() {
        #[derive(Debug)]
        struct Silent;
        impl ProvideCredentials for Silent {
            fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
            where
                Self: 'a,
            {
                provider::future::ProvideCredentials::new(std::future::pending())
            }
        }
        let cached = Cached::new(SharedCredentialsProvider::new(Silent), SharedTimeSource::default());
        let started = tokio::time::Instant::now();
        let error = cached.fresh().await.unwrap_err();
        assert!(matches!(*error, CredentialsError::ProviderTimedOut(_)));
        assert_eq!(started.elapsed(), LONGEST);
    }
}
