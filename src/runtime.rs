//! How a thread waits: a current-thread tokio runtime, driven by the call itself, in turns that notice interrupts.

pub mod workers;

use std::{
    future::{Future, poll_fn},
    mem::ManuallyDrop,
    pin::{Pin, pin},
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    task::unconstrained,
};

use crate::{
    error::{Error, ErrorCode, Result},
    types::{environment, process},
};

/// How often a wait looks whether it was interrupted.
const TICK: Duration = Duration::from_millis(20);

/// How long an operation that is given up may take to clean up behind itself, such as to abort an upload.
const CLEANING_UP: Duration = Duration::from_secs(2);

/// What may interrupt a wait: in PHP, signals and the end of `max_execution_time`.
pub trait Interrupts {
    /// Whether something asks for attention. Called within the runtime: must not run PHP code.
    fn pending(&self) -> bool;

    /// Attends to it, outside of the runtime; PHP code may run.
    ///
    /// # Errors
    /// The wait is abandoned.
    fn attend(&self) -> Result<(), Abandoned>;
}

/// A wait was given up: whoever interrupted has said why (a PHP exception is pending).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abandoned;

/// For callers that are not interrupted.
#[derive(Debug, Clone, Copy)]
pub struct Uninterrupted;

impl Interrupts for Uninterrupted {
    fn pending(&self) -> bool {
        false
    }

    fn attend(&self) -> Result<(), Abandoned> {
        Ok(())
    }
}

/// Why a wait brought no result.
#[derive(Debug)]
pub enum Stopped {
    /// Interrupted; the reason is pending elsewhere.
    Abandoned,
    /// The operation could not run here.
    Failed(Error),
}

/// A runtime of one thread of one process.
#[derive(Debug)]
pub struct Local {
    pid: u32,
    runtime: Runtime,
}

impl Local {
    /// A runtime for this thread.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED when the system has no descriptors left for one.
    pub fn new() -> Result<Self> {
        tell_of_forks();
        // It looks at a variable.
        let mut builder = environment::locked(Builder::new_current_thread);
        let runtime = builder
            .enable_io()
            .enable_time()
            // Name look-ups run on helper threads; a signal of PHP must never be delivered to one of them.
            .on_thread_start(|| {
                block_signals();
            })
            .thread_keep_alive(Duration::from_secs(5))
            .thread_name("s3storage")
            .build()
            .map_err(|e| {
                Error::new(ErrorCode::OperationFailed, "no runtime could be started").with_details(e.to_string())
            })?;
        Ok(Self { pid: process::id(), runtime })
    }

    /// Whether this process made it; a forked child must leave it alone.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.pid == process::id()
    }

    /// Drives an operation to its end on this thread. Interrupts are noticed within 20 ms and attended to outside of the
    /// runtime; one that forks, or raises, ends the operation.
    ///
    /// # Errors
    /// [`Stopped::Abandoned`] after an interrupt; [`Stopped::Failed`] in a child that an interrupt forked.
    pub fn block_on<F: Future>(&self, operation: F, interrupts: &impl Interrupts) -> Result<F::Output, Stopped> {
        let earlier = self.runtime.metrics().num_alive_tasks();
        // On the heap, so that a forked child can leave it alone: dropping it would touch the parent's sockets.
        let mut operation = ManuallyDrop::new(Box::pin(operation));
        // Looked at first: whoever makes many short calls must be interrupted, too.
        let mut interrupted = interrupts.pending();
        let outcome = loop {
            if !std::mem::take(&mut interrupted)
                && let Some(output) = self.turn(operation.as_mut(), interrupts)
            {
                break Ok(output);
            }
            let attended = interrupts.attend();
            if !self.is_ours() {
                // What was thrown there goes before what we have to say.
                return Err(attended.map_or(Stopped::Abandoned, |()| Stopped::Failed(Error::forked())));
            }
            if attended.is_err() {
                break Err(Stopped::Abandoned);
            }
        };
        {
            // Within the runtime, where its timers and sockets are registered.
            let _within = self.runtime.enter();
            drop(ManuallyDrop::into_inner(operation));
        }
        if outcome.is_err() {
            self.clean_up(earlier);
        }
        outcome
    }

    /// What an operation that was given up left to do (it spawned that when it was dropped) is done now, as far as that is
    /// possible in a short time: there may be no later call. What earlier operations have left is not waited for again.
    fn clean_up(&self, earlier: usize) {
        let metrics = self.runtime.metrics();
        self.clean_up_by(async {
            while metrics.num_alive_tasks() > earlier {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }

    /// Drives what cleans up behind an operation that has failed. Nothing interrupts that, and it does not last long.
    pub fn clean_up_by(&self, work: impl Future<Output = ()>) {
        // Too late is all that can be said of it, and nobody would hear.
        let _ = self.runtime.block_on(async { tokio::time::timeout(CLEANING_UP, work).await });
    }

    /// Drives an operation until its end, or until an interrupt is pending (`None`).
    fn turn<F: Future>(&self, mut operation: Pin<&mut F>, interrupts: &impl Interrupts) -> Option<F::Output> {
        self.runtime.block_on(async {
            let (mut looked, mut alarm, mut leaving) = (None, None, false);
            poll_fn(|cx| {
                if leaving {
                    return Poll::Ready(None);
                }
                if let Poll::Ready(output) = operation.as_mut().poll(cx) {
                    return Poll::Ready(Some(output));
                }
                // By the clock and not by the alarm alone: a busy operation wakes itself before any alarm is looked at.
                let now = Instant::now();
                if now - *looked.get_or_insert(now) >= TICK {
                    looked = Some(now);
                    alarm = None;
                    if interrupts.pending() {
                        // Not at once: wake-ups of whoever has used up its budget, or gives way, are put off until the runtime
                        // parks, and would be lost with this turn. After the next wake-up they have been delivered.
                        leaving = true;
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                }
                let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until((now + TICK).into())));
                // Outside of the runtime's budget, which a busy operation uses up.
                if pin!(unconstrained(alarm)).poll(cx).is_ready() {
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            })
            .await
        })
    }

    /// Ends the runtime. Its connections are closed, nobody is waited for.
    pub fn shutdown(self) {
        self.runtime.shutdown_background();
    }
}

/// Blocks every signal that may come from outside; those of faults stay open. Answers what was blocked before.
fn block_signals() -> libc::sigset_t {
    // SAFETY: plain calls of libc on sets that live on this stack.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut set);
        for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTRAP] {
            libc::sigdelset(&raw mut set, fault);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before);
        before
    }
}

/// Starts threads, which begin with the signals blocked that this one has blocked: until they have blocked their own, one could be
/// delivered to them.
fn signals_blocked<T>(start: impl FnOnce() -> T) -> T {
    /// Restores what was blocked, also when a thread could not be started.
    struct Restored(libc::sigset_t);
    impl Drop for Restored {
        fn drop(&mut self) {
            // SAFETY: a plain call of libc on a set that it has filled itself.
            unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, std::ptr::null_mut()) };
        }
    }
    let _restored = Restored(block_signals());
    start()
}

/// From now on a forked child knows its own id before it does anything, so nobody has to ask the kernel for it.
fn tell_of_forks() {
    /// Not a `Once`: a child that was forked while another thread was in it would wait for that thread forever.
    static TOLD: AtomicBool = AtomicBool::new(false);
    extern "C" fn in_the_child() {
        process::remember();
    }
    if !TOLD.swap(true, Ordering::Relaxed) {
        // SAFETY: the handler asks the kernel and stores a number, which any thread may do after a fork. The library is never unmapped.
        if unsafe { libc::pthread_atfork(None, None, Some(in_the_child)) } == 0 {
            process::remember();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream::FuturesUnordered};

    use super::*;

    /// Wants attention at every look.
    struct Always;

    impl Interrupts for Always {
        fn pending(&self) -> bool {
            true
        }

        fn attend(&self) -> Result<(), Abandoned> {
            Ok(())
        }
    }

    /// Wants the wait to end.
    struct Enough;

    impl Interrupts for Enough {
        fn pending(&self) -> bool {
            true
        }

        fn attend(&self) -> Result<(), Abandoned> {
            Err(Abandoned)
        }
    }

    #[test]
    fn what_an_earlier_operation_left_does_not_hold_up_a_later_one() {
        let local = Local::new().unwrap();
        let leaves_something = async { drop(tokio::spawn(std::future::pending::<()>())) };
        local.block_on(leaves_something, &Uninterrupted).unwrap();
        let began = Instant::now();
        assert!(local.block_on(std::future::pending::<()>(), &Enough).is_err());
        assert!(began.elapsed() < CLEANING_UP / 2);
    }

    #[test]
    fn who_gives_way_is_woken_again_although_the_turn_ended() {
        let busy = || async {
            let end = Instant::now() + TICK * 5;
            while Instant::now() < end {
                std::thread::sleep(TICK / 10);
                tokio::task::yield_now().await;
            }
        };
        let together = async {
            let all: FuturesUnordered<_> = (0..3).map(|_| busy()).collect();
            tokio::time::timeout(Duration::from_secs(5), all.count()).await
        };
        assert_eq!(Local::new().unwrap().block_on(together, &Always).unwrap(), Ok(3));
    }
}
