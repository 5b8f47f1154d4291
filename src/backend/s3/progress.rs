//! Patience with a request: the limit for an answer starts anew whenever a piece of the request's body was taken, so that
//! a long upload over a slow link is not mistaken for a silent server.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper_util::client::legacy::connect::CaptureConnection;
use tokio::time::{Instant, timeout_at};

/// When a request last moved.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    started: Instant,
    /// Milliseconds after `started`.
    moved: Arc<AtomicU64>,
}

impl Progress {
    /// Progress of a request that is given this long to be connected.
    pub(super) fn starting_after(grace: Duration) -> Self {
        Self { started: Instant::now(), moved: Arc::new(AtomicU64::new(millis(grace))) }
    }

    fn note(&self) {
        self.moved.fetch_max(millis(self.started.elapsed()), Ordering::Relaxed);
    }

    fn limit(&self, silence: Duration) -> Instant {
        self.started + Duration::from_millis(self.moved.load(Ordering::Relaxed)) + silence
    }

    /// Waits for an answer; `None` when nothing moved for `silence` once there is a connection.
    pub(super) async fn within<F: Future>(
        &self,
        silence: Duration,
        mut connection: CaptureConnection,
        answer: F,
    ) -> Option<F::Output> {
        let mut answer = pin!(answer);
        tokio::select! {
            biased;
            answer = &mut answer => return Some(answer),
            _ = timeout_at(self.limit(silence), connection.wait_for_connection_metadata()) => {}
        }
        self.moved.store(millis(self.started.elapsed()), Ordering::Relaxed);
        self.patiently(silence, answer).await
    }

    async fn patiently<F: Future>(&self, silence: Duration, answer: F) -> Option<F::Output> {
        let mut answer = pin!(answer);
        loop {
            let until = self.limit(silence);
            match timeout_at(until, answer.as_mut()).await {
                Ok(answer) => return Some(answer),
                Err(_) if self.limit(silence) > Instant::now() => {}
                Err(_) => return None,
            }
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The body of a request, with an eye on its progress.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) body: SdkBody,
    pub(super) progress: Progress,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = aws_smithy_types::body::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.progress.note();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn silence_ends_the_wait_and_progress_prolongs_it() {
        let progress = Progress::starting_after(Duration::ZERO);
        let silent = progress.patiently(Duration::from_secs(1), std::future::pending::<()>());
        assert!(silent.await.is_none());

        let progress = Progress::starting_after(Duration::ZERO);
        let moving = progress.clone();
        let upload = async move {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(700)).await;
                moving.note();
            }
        };
        assert!(progress.patiently(Duration::from_secs(1), upload).await.is_some());
    }
}
