//! How a thread waits: a current-thread tokio runtime, driven by the call itself, in turns that notice interrupts.

pub mod background;
mod forks;
pub mod workers;

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    mem::ManuallyDrop,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    pin::{Pin, pin},
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

    /// How long in all may be waited for what an operation that is given up leaves to do: at once, and later by [`Local::settle`].
    fn patience(&self) -> Duration {
        Duration::MAX
    }
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
    /// How much longer may be waited for what is left to do.
    patience: Cell<Duration>,
}

impl Local {
    /// A runtime for this thread.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED when the system has no descriptors left for one.
    pub fn new() -> Result<Self> {
        forks::tell();
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
        Ok(Self { pid: process::id(), runtime, patience: Cell::new(Duration::MAX) })
    }

    /// Whether this process made it; a forked child must leave it alone.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.pid == process::id()
    }

    /// Drives an operation to its end on this thread. Interrupts are noticed within 20 ms and attended to outside of the
    /// runtime; one that forks, or raises, ends the operation. A panic goes on when the operation is gone.
    ///
    /// It is on the heap, so that a forked child can leave it alone: to drop it would touch the parent's sockets.
    ///
    /// # Errors
    /// [`Stopped::Abandoned`] after an interrupt; [`Stopped::Failed`] in a child that an interrupt forked.
    pub fn block_on<F: Future>(
        &self,
        operation: Pin<Box<F>>,
        interrupts: &impl Interrupts,
    ) -> Result<F::Output, Stopped> {
        let earlier = self.runtime.metrics().num_alive_tasks();
        let mut operation = ManuallyDrop::new(operation);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.turns(operation.as_mut(), interrupts)));
        if self.is_ours() {
            {
                // Within the runtime, where its timers and sockets are registered.
                let _within = self.runtime.enter();
                drop(ManuallyDrop::into_inner(operation));
            }
            if !matches!(outcome, Ok(Ok(_))) {
                // There may be no later call. What earlier operations have left is not waited for again.
                self.patience.set(interrupts.patience());
                self.finish(CLEANING_UP, earlier);
            }
        }
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Drives an operation to its end, or until an interrupt ends it or forks.
    fn turns<F: Future>(&self, mut operation: Pin<&mut F>, interrupts: &impl Interrupts) -> Result<F::Output, Stopped> {
        // Looked at first: whoever makes many short calls must be interrupted, too.
        let mut interrupted = interrupts.pending();
        loop {
            if !std::mem::take(&mut interrupted)
                && let Some(output) = self.turn(operation.as_mut(), interrupts)
            {
                return Ok(output);
            }
            let attended = interrupts.attend();
            if !self.is_ours() {
                // What was thrown there goes before what we have to say.
                return Err(attended.map_or(Stopped::Abandoned, |()| Stopped::Failed(Error::forked())));
            }
            if attended.is_err() {
                return Err(Stopped::Abandoned);
            }
        }
    }

    /// What operations have left to do (they spawned that when they were dropped) is done, as far as that is possible in this time and in
    /// what is left of their patience. Nothing interrupts that.
    pub fn settle(&self, most: Duration) {
        if self.runtime.metrics().num_alive_tasks() == 0 {
            self.patience.set(Duration::MAX);
            return;
        }
        self.finish(most, 0);
    }

    /// The same, until there is no more to do than so many tasks.
    fn finish(&self, most: Duration, but: usize) {
        let metrics = self.runtime.metrics();
        if metrics.num_alive_tasks() > but {
            self.spend(most, async {
                while metrics.num_alive_tasks() > but {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
        }
    }

    /// Drives what cleans up behind an operation that has failed. Nothing interrupts that, and it does not last long; what it could not
    /// finish may be waited for later, for so long in all.
    pub fn clean_up_by(&self, work: impl Future<Output = ()>, patience: Duration) {
        self.patience.set(patience);
        self.spend(CLEANING_UP, work);
    }

    fn spend(&self, most: Duration, work: impl Future<Output = ()>) {
        let (began, patience) = (Instant::now(), self.patience.get());
        let most = most.min(patience);
        if !most.is_zero() {
            // Too late is all that can be said of it, and nobody would hear.
            let _ = self.runtime.block_on(async { tokio::time::timeout(most, work).await });
        }
        self.patience.set(patience.saturating_sub(began.elapsed()));
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
pub(crate) fn signals_blocked<T>(start: impl FnOnce() -> T) -> T {
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

    /// Panics when it is driven.
    struct Panics {
        _held: std::rc::Rc<()>,
    }

    impl Future for Panics {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<()> {
            panic!("on purpose")
        }
    }

    #[test]
    fn an_operation_that_panics_gives_back_what_it_holds_and_the_runtime_goes_on() {
        let (local, held) = (Local::new().unwrap(), std::rc::Rc::new(()));
        let operation = Panics { _held: held.clone() };
        let outcome = catch_unwind(AssertUnwindSafe(|| local.block_on(Box::pin(operation), &Uninterrupted)));
        assert!(outcome.is_err());
        assert_eq!(std::rc::Rc::strong_count(&held), 1);
        assert_eq!(local.block_on(Box::pin(async { 7 }), &Uninterrupted).unwrap(), 7);
    }

    /// Leaves a task behind that lasts this long, when it is dropped.
    struct Leaves(Duration);

    impl Drop for Leaves {
        fn drop(&mut self) {
            tokio::spawn(tokio::time::sleep(self.0));
        }
    }

    /// Gives up at once, with so much patience.
    struct GivesUp(Duration);

    impl Interrupts for GivesUp {
        fn pending(&self) -> bool {
            true
        }

        fn attend(&self) -> Result<(), Abandoned> {
            Err(Abandoned)
        }

        fn patience(&self) -> Duration {
            self.0
        }
    }

    #[test]
    fn what_is_left_to_do_has_so_much_time_in_all() {
        let local = Local::new().unwrap();
        let since = Instant::now();
        let leave = |lasts, patience| {
            let leaves = Leaves(lasts);
            let given_up = local.block_on(
                Box::pin(async move {
                    let _leaves = leaves;
                    std::future::pending::<()>().await;
                }),
                &GivesUp(patience),
            );
            assert!(matches!(given_up, Err(Stopped::Abandoned)));
        };
        leave(Duration::from_mins(1), Duration::from_millis(300));
        for _ in 0..5 {
            local.settle(Duration::from_secs(5));
        }
        assert!((300..2000).contains(&since.elapsed().as_millis()), "{:?}", since.elapsed());
        assert_eq!(local.runtime.metrics().num_alive_tasks(), 1);
        let local = Local::new().unwrap();
        let _ = local.block_on(
            Box::pin(async {
                tokio::spawn(tokio::time::sleep(Duration::from_millis(50)));
            }),
            &Uninterrupted,
        );
        local.settle(Duration::from_secs(5));
        assert_eq!(local.runtime.metrics().num_alive_tasks(), 0);
    }

    #[test]
    fn what_an_earlier_operation_left_does_not_hold_up_a_later_one() {
        let local = Local::new().unwrap();
        let leaves_something = async { drop(tokio::spawn(std::future::pending::<()>())) };
        local.block_on(Box::pin(leaves_something), &Uninterrupted).unwrap();
        let began = Instant::now();
        assert!(local.block_on(Box::pin(std::future::pending::<()>()), &GivesUp(Duration::MAX)).is_err());
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
        assert_eq!(Local::new().unwrap().block_on(Box::pin(together), &Always).unwrap(), Ok(3));
    }
}
