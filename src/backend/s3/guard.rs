//! Every answer's body, whatever it is for: bounded in its silences, in its slowness, and in its size where it is only text.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::transport::TransportError;

/// The time over which the rate is looked at.
const RATE_WINDOW: Duration = Duration::from_secs(30);

/// What an answer may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The longest time without a byte.
    pub(super) silence: Option<Duration>,
    /// Bytes a second that must come on average.
    pub(super) minimum_rate: Option<u64>,
    /// The most bytes in all.
    pub(super) most: Option<u64>,
}

/// A body within limits. Time counts only while somebody waits for a piece.
pub(super) struct Guarded<B> {
    body: Pin<Box<B>>,
    limits: Limits,
    received: u64,
    /// Since when somebody waits for the next piece, and the alarm for it.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Time waited and bytes received in the present window.
    window: (Duration, u64),
}

impl<B> Guarded<B> {
    pub(super) fn new(body: B, limits: Limits) -> Self {
        Self { body: Box::pin(body), limits, received: 0, waiting: None, window: (Duration::ZERO, 0) }
    }

    /// Counts a piece that has come.
    fn count(&mut self, bytes: u64) -> Result<(), TransportError> {
        self.received += bytes;
        if let Some(most) = self.limits.most.filter(|most| self.received > *most) {
            return Err(TransportError::TooLarge(most));
        }
        let waited = self.waiting.take().map_or(Duration::ZERO, |(since, _)| since.elapsed());
        self.window = (self.window.0 + waited, self.window.1 + bytes);
        if self.window.0 >= RATE_WINDOW {
            let (seconds, bytes) = (self.window.0.as_secs(), self.window.1);
            self.window = (Duration::ZERO, 0);
            if let Some(rate) = self.limits.minimum_rate.filter(|rate| bytes < rate.saturating_mul(seconds)) {
                return Err(TransportError::TooSlow(rate));
            }
        }
        Ok(())
    }
}

impl<B> Body for Guarded<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let Poll::Ready(frame) = self.body.as_mut().poll_frame(cx) else {
            let Some(silence) = self.limits.silence else { return Poll::Pending };
            let (_, alarm) = self.waiting.get_or_insert_with(|| {
                let now = Instant::now();
                (now, Box::pin(sleep_until(now + silence)))
            });
            ready!(alarm.as_mut().poll(cx));
            return Poll::Ready(Some(Err(TransportError::Silent(silence).into())));
        };
        let Some(frame) = frame else { return Poll::Ready(None) };
        let counted = frame.map_err(Into::into).and_then(|frame| {
            self.count(frame.data_ref().map_or(0, |data| data.len() as u64))?;
            Ok(frame)
        });
        Poll::Ready(Some(counted))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use http_body_util::BodyExt;

    use super::*;

    /// Pieces of a size, each after a pause; then silence.
    struct Dripping {
        pieces: VecDeque<(Duration, usize)>,
        pause: Option<Pin<Box<Sleep>>>,
    }

    impl Body for Dripping {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            let Some((pause, size)) = self.pieces.front().copied() else { return Poll::Pending };
            let until = self.pause.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + pause)));
            ready!(until.as_mut().poll(cx));
            self.pause = None;
            self.pieces.pop_front();
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![0; size])))))
        }
    }

    async fn end_of(pieces: &[(u64, usize)], limits: Limits) -> (u64, String) {
        let pieces = pieces.iter().map(|(pause, size)| (Duration::from_secs(*pause), *size)).collect();
        let mut body = Guarded::new(Dripping { pieces, pause: None }, limits);
        let started = Instant::now();
        loop {
            match body.frame().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return (started.elapsed().as_secs(), error.to_string()),
                None => return (started.elapsed().as_secs(), "end".into()),
            }
        }
    }

    const LIMITS: Limits =
        Limits { silence: Some(Duration::from_secs(10)), minimum_rate: Some(1024), most: Some(100_000) };

    #[tokio::test(start_paused = true)]
    async fn a_silence_ends_the_wait_wherever_it_comes() {
        assert_eq!(end_of(&[], LIMITS).await, (10, "no byte within read_timeout (10s)".into()));
        assert_eq!(end_of(&[(9, 50_000), (9, 1)], LIMITS).await, (28, "no byte within read_timeout (10s)".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_ends_after_the_window_and_a_steady_flow_does_not() {
        let drip: Vec<_> = (0..100).map(|_| (1, 2)).collect();
        assert_eq!(end_of(&drip, LIMITS).await, (30, "less than minimum_rate (1024 bytes a second)".into()));
        let flow: Vec<_> = (0..60).map(|_| (1, 1100)).collect();
        assert_eq!(end_of(&flow, LIMITS).await, (70, "no byte within read_timeout (10s)".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn too_much_is_refused_when_it_comes() {
        assert_eq!(
            end_of(&[(0, 60_000), (0, 60_000)], LIMITS).await,
            (0, "the answer is larger than 100000 bytes".into())
        );
    }
}
