//! A thread that drives what goes on while its caller does something else: futures.
//!
//! One for a process, from the first future on: its runtime has sockets of its own, since a connection belongs to the runtime that opened it. A
//! forked child makes its own; what it inherits has no thread there and is left alone.

use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError, mpsc},
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Handle},
    sync::watch,
    task::AbortHandle,
};

use super::{block_signals, forks, signals_blocked};
use crate::{
    error::{Error, ErrorCode, Result},
    types::environment,
};

/// The thread of a process, started by the first task.
#[derive(Debug, Default)]
pub struct Background(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Running(Thread),
    /// Nothing is taken any more.
    Over,
}

#[derive(Debug)]
struct Thread {
    runtime: Handle,
    /// Dropped, every task is, and the thread comes to its end.
    stop: watch::Sender<()>,
    /// Closed when it has.
    ended: mpsc::Receiver<()>,
}

impl Background {
    /// Begins a task, which goes on whatever the caller does. Cancelled by its handle, and by [`Self::end`].
    ///
    /// # Errors
    /// S3_OPERATION_FAILED when no thread can be started; CANCELLED after the end.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> Result<AbortHandle> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let State::Idle = *state {
            *state = State::Running(start()?);
        }
        match &*state {
            State::Running(thread) => {
                let mut stop = thread.stop.subscribe();
                let task = async move {
                    tokio::select! {
                        biased;
                        () = task => {}
                        // Dropped within the runtime, so that it can spawn what cleans up behind it.
                        _ = stop.changed() => {}
                    }
                };
                Ok(thread.runtime.spawn(ApartFromForks(Some(Box::pin(task)))).abort_handle())
            }
            _ => Err(Error::new(ErrorCode::Cancelled, "the process is shutting down")),
        }
    }

    /// Ends the thread. Tasks that are not finished are cancelled, and have this long to clean up behind themselves.
    pub fn end(&self, patience: Duration) {
        let state = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), State::Over);
        if let State::Running(Thread { stop, ended, .. }) = state {
            drop(stop);
            // It never says anything: the end is that nobody can.
            let _ = ended.recv_timeout(patience);
        }
    }

    /// Whether there is a thread.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(*self.0.lock().unwrap_or_else(PoisonError::into_inner), State::Running(_))
    }
}

/// A task that is never in the middle of something when its process forks: what it locks is not locked in the child.
struct ApartFromForks<F>(Option<Pin<Box<F>>>);

impl<F: Future<Output = ()>> Future for ApartFromForks<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _apart = forks::apart();
        self.0.as_mut().map_or(Poll::Ready(()), |task| task.as_mut().poll(cx))
    }
}

impl<F> Drop for ApartFromForks<F> {
    fn drop(&mut self) {
        let _apart = forks::apart();
        self.0 = None;
    }
}

/// How long cancelled tasks may clean up behind themselves.
const CLEANING_UP: Duration = Duration::from_secs(2);

fn start() -> Result<Thread> {
    forks::tell();
    let failed = |error: std::io::Error| {
        Error::new(ErrorCode::OperationFailed, "no thread could be started for futures").with_details(error.to_string())
    };
    let mut builder = environment::locked(Builder::new_current_thread);
    let runtime = builder
        .enable_io()
        .enable_time()
        .on_thread_start(|| {
            block_signals();
        })
        .thread_keep_alive(Duration::from_secs(5))
        .thread_name("s3storage")
        .build()
        .map_err(failed)?;
    let handle = runtime.handle().clone();
    let (stop, mut stopped) = watch::channel(());
    let (end, ended) = mpsc::channel::<()>();
    let driving = move || {
        block_signals();
        // Nothing is ever sent: it is an error when it comes.
        let _ = runtime.block_on(stopped.changed());
        // What was dropped with a task, such as an upload that is aborted, is spawned on the same runtime and may go on for a while.
        let since = Instant::now();
        runtime.block_on(async {
            while runtime.metrics().num_alive_tasks() > 0 && since.elapsed() < CLEANING_UP {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        runtime.shutdown_background();
        drop(end);
    };
    let builder = thread::Builder::new().name("s3storage-futures".to_owned());
    signals_blocked(|| builder.spawn(driving)).map_err(failed)?;
    Ok(Thread { runtime: handle, stop, ended })
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    };

    use super::*;

    #[test]
    fn a_task_goes_on_without_its_caller_and_none_is_taken_after_the_end() {
        let background = Background::default();
        let (told, hears) = mpsc::channel();
        let task = async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let _ = told.send(thread::current().name().map(ToOwned::to_owned));
        };
        background.spawn(task).unwrap();
        assert_eq!(hears.recv_timeout(Duration::from_secs(5)).unwrap().as_deref(), Some("s3storage-futures"));
        assert!(background.is_running());
        background.end(Duration::from_secs(5));
        assert_eq!(background.spawn(async {}).unwrap_err().code, ErrorCode::Cancelled);
    }

    #[test]
    fn the_end_cancels_what_is_not_finished() {
        /// Tells when it is dropped.
        struct Told(Arc<AtomicBool>);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.store(true, SeqCst);
            }
        }
        let (background, dropped) = (Background::default(), Arc::new(AtomicBool::new(false)));
        let told = Told(Arc::clone(&dropped));
        let handle = background
            .spawn(async move {
                let _told = told;
                std::future::pending::<()>().await;
            })
            .unwrap();
        let since = Instant::now();
        background.end(Duration::from_mins(1));
        assert!(dropped.load(SeqCst));
        assert!(handle.is_finished());
        assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    }
}
