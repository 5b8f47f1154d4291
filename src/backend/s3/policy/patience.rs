//! Patience with one exchange: how long nothing may move, and how slow it may be. Time counts only while somebody waits.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::backend::s3::connection::TransportError;

/// The time over which the rate is looked at.
const RATE_WINDOW: Duration = Duration::from_secs(30);

/// How long an exchange may take at each of its stages.
#[derive(Debug, Clone, Copy)]
pub(in crate::backend::s3) struct Limits {
    /// For name look-up, TCP and TLS together.
    pub(in crate::backend::s3) connect: Duration,
    /// The longest time in which no byte moves.
    pub(in crate::backend::s3) silence: Duration,
    /// Bytes a second that contents must move on average.
    pub(in crate::backend::s3) minimum_rate: Option<u64>,
}

/// Watches one exchange by the number of bytes that have moved.
#[derive(Debug)]
pub(in crate::backend::s3) struct Patience {
    limits: Limits,
    /// Whether an answer has begun, for the words of a failure.
    answered: bool,
    /// The bytes at the last look.
    seen: u64,
    /// Since when nothing has moved while somebody waited.
    still: Instant,
    /// Since when somebody waits.
    waiting: Option<Instant>,
    /// Time waited and bytes moved in the present window.
    window: (Duration, u64),
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    pub(in crate::backend::s3) fn new(limits: Limits, moved: u64) -> Self {
        let window = (Duration::ZERO, 0);
        Self { limits, answered: false, seen: moved, still: Instant::now(), waiting: None, window, alarm: None }
    }

    /// Notes that an answer has begun; from now on its bytes are what moves.
    pub(in crate::backend::s3) fn answered(&mut self, received: u64) {
        self.answered = true;
        self.waiting = None;
        self.window = (Duration::ZERO, 0);
        self.seen = received;
    }

    /// The wait is over for now: what was waited for has come.
    pub(in crate::backend::s3) fn rest(&mut self) {
        if let Some(since) = self.waiting.take() {
            self.window.0 += since.elapsed();
        }
    }

    /// Waits on. Ready when that has lasted too long. `flowing` says whether content is under way, so that slowness counts;
    /// a server that thinks is only silent.
    pub(in crate::backend::s3) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        moved: u64,
        flowing: bool,
    ) -> Poll<TransportError> {
        let now = Instant::now();
        let since = *self.waiting.get_or_insert_with(|| {
            self.still = now;
            now
        });
        if moved != self.seen {
            self.window.1 += moved - self.seen;
            self.seen = moved;
            self.still = now;
        }
        if !flowing {
            self.window = (Duration::ZERO, 0);
            self.waiting = Some(now);
        } else if self.window.0 + (now - since) >= RATE_WINDOW {
            let (seconds, bytes) = ((self.window.0 + (now - since)).as_secs(), self.window.1);
            self.window = (Duration::ZERO, 0);
            self.waiting = Some(now);
            if let Some(rate) = self.limits.minimum_rate.filter(|rate| bytes < rate.saturating_mul(seconds)) {
                return Poll::Ready(TransportError::TooSlow(rate));
            }
        }
        self.poll_silence(cx, now)
    }

    fn poll_silence(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<TransportError> {
        let until = self.still + self.limits.silence;
        if until > now {
            // The alarm is only set anew when it goes off: most exchanges end long before.
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(until)));
            loop {
                ready!(alarm.as_mut().poll(cx));
                alarm.as_mut().reset(until);
            }
        }
        let silence = self.limits.silence;
        let fault =
            if self.answered { TransportError::Silent(silence) } else { TransportError::FirstByteTimeout(silence) };
        Poll::Ready(fault)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const LIMITS: Limits =
        Limits { connect: Duration::from_secs(3), silence: Duration::from_secs(10), minimum_rate: Some(1024) };

    /// Bytes that move, each after a pause, then nothing; answers after how many seconds patience ended, and why.
    async fn end_of(pieces: &[(u64, u64)], flowing: bool) -> (u64, String) {
        let started = Instant::now();
        let mut patience = Patience::new(LIMITS, 0);
        let (mut moved, mut pieces) = (0, pieces.iter());
        let mut next =
            pieces.next().map(|(pause, bytes)| (Box::pin(sleep_until(started + Duration::from_secs(*pause))), *bytes));
        let error = poll_fn(|cx| {
            while let Some((pause, bytes)) = &mut next {
                if pause.as_mut().poll(cx).is_pending() {
                    break;
                }
                moved += *bytes;
                next = pieces.next().map(|(pause, bytes)| {
                    (Box::pin(sleep_until(Instant::now() + Duration::from_secs(*pause))), *bytes)
                });
            }
            patience.poll(cx, moved, flowing)
        });
        let error = error.await.to_string();
        (started.elapsed().as_secs(), error)
    }

    #[tokio::test(start_paused = true)]
    async fn a_silence_ends_the_wait_wherever_it_comes() {
        let silent = "no answer within read_timeout (10s)".to_owned();
        assert_eq!(end_of(&[], true).await, (10, silent.clone()));
        assert_eq!(end_of(&[(9, 50_000), (9, 1)], true).await, (28, silent));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_ends_after_the_window_and_a_steady_flow_does_not() {
        let drip: Vec<_> = (0..100).map(|_| (1, 2)).collect();
        assert_eq!(end_of(&drip, true).await, (30, "less than minimum_rate (1024 bytes a second)".into()));
        let flow: Vec<_> = (0..60).map(|_| (1, 1100)).collect();
        assert_eq!(end_of(&flow, true).await.0, 70);
        assert_eq!(end_of(&drip, false).await.0, 110, "a drip that is no content is not measured");
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_waits_does_not_count() {
        let mut patience = Patience::new(LIMITS, 0);
        for _ in 0..10 {
            let waited = poll_fn(|cx| Poll::Ready(patience.poll(cx, 0, true)));
            assert!(waited.await.is_pending());
            patience.rest();
            tokio::time::advance(Duration::from_mins(1)).await;
        }
    }
}
