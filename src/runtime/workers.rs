//! Helper threads for what only computes, so that the thread of the runtime goes on with its sockets meanwhile.
//!
//! They are those that the runtime has for name look-ups: each runtime starts its own when there is work for them, they end after five
//! seconds without any, and a forked child, which makes its own runtime, makes its own helpers with it. What is here is how many of them
//! compute at a time in a process, and how work ends that nobody waits for any more.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread::available_parallelism,
};

use tokio::task::{JoinHandle, spawn_blocking};

use super::signals_blocked;
use crate::{
    error::{Error, ErrorCode, Result},
    types::process,
};

/// More gain nothing: the thread of the runtime sends less than one of them digests.
const MOST: usize = 4;

/// Nobody has said how many yet, or looked how many cores there are.
const UNKNOWN: usize = usize::MAX;

/// How many may compute at a time in this process.
static ALLOWED: AtomicUsize = AtomicUsize::new(UNKNOWN);

/// How many do, in the lower half, and the process that they belong to: what a forked child inherits counts threads that it has not.
static BUSY: AtomicU64 = AtomicU64::new(0);

/// Sets how many may compute at a time in this process: 0 is none, `None` one less than there are cores, and at most 4.
pub fn allow(most: Option<usize>) {
    ALLOWED.store(most.unwrap_or(UNKNOWN), Relaxed);
}

fn allowed() -> usize {
    match ALLOWED.load(Relaxed) {
        UNKNOWN => {
            // Looks at affinity and quotas, which takes files: once.
            let cores = available_parallelism().map_or(1, usize::from);
            let allowed = (cores - 1).min(MOST);
            ALLOWED.store(allowed, Relaxed);
            allowed
        }
        known => known,
    }
}

/// Asked by work whether anybody still waits for it; it should end soon when nobody does.
#[derive(Debug, Clone)]
pub struct Wanted(Arc<AtomicBool>);

impl Wanted {
    /// Whether somebody waits.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// Has a helper do some work, within a runtime. `None` when no helper is free, or none may or can be started: then it was not begun.
///
/// # Errors
/// S3_OPERATION_FAILED when the work panicked.
pub async fn run<T: Send + 'static>(work: impl FnOnce(&Wanted) -> T + Send + 'static) -> Result<Option<T>> {
    let Some(place) = Place::take() else { return Ok(None) };
    let wanted = Wanted(Arc::new(AtomicBool::new(true)));
    let seen = wanted.clone();
    let task = move || {
        let _place = place;
        work(&seen)
    };
    // Panics where the system lets no thread start. It will not the next time, either.
    let Ok(task) = catch_unwind(AssertUnwindSafe(|| signals_blocked(|| spawn_blocking(task)))) else {
        allow(Some(0));
        return Ok(None);
    };
    let mut waiting = Waiting { task, wanted };
    let done = (&mut waiting.task).await;
    done.map(Some).map_err(|error| {
        Error::new(ErrorCode::OperationFailed, "a helper thread failed").with_details(error.to_string())
    })
}

/// Work that somebody waits for. Dropped, it is not begun any more, or told to end.
struct Waiting<T> {
    task: JoinHandle<T>,
    wanted: Wanted,
}

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        self.wanted.0.store(false, Relaxed);
        self.task.abort();
    }
}

/// One of the places of [`ALLOWED`].
struct Place {
    pid: u32,
}

/// How many places are taken in a process, of what [`BUSY`] says.
fn taken(busy: u64, pid: u32) -> u64 {
    if busy >> 32 == u64::from(pid) { busy & u64::from(u32::MAX) } else { 0 }
}

impl Place {
    fn take() -> Option<Self> {
        let (pid, allowed) = (process::id(), allowed() as u64);
        let take = |busy| {
            let taken = taken(busy, pid);
            (taken < allowed).then(|| u64::from(pid) << 32 | (taken + 1))
        };
        BUSY.fetch_update(Relaxed, Relaxed, take).ok().map(|_| Self { pid })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let give_back = |busy| taken(busy, self.pid).checked_sub(1).map(|left| u64::from(self.pid) << 32 | left);
        // A child may give back what its parent took: nothing is counted for it.
        let _ = BUSY.fetch_update(Relaxed, Relaxed, give_back);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        time::{Duration, Instant},
    };

    use tokio::sync::Mutex;

    use super::*;

    /// What is counted here is counted for the whole process.
    static ALONE: Mutex<()> = Mutex::const_new(());

    fn none_is_busy() -> bool {
        taken(BUSY.load(Relaxed), process::id()) == 0
    }

    async fn until(holds: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        while !holds() && start.elapsed() < Duration::from_secs(5) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        holds()
    }

    #[tokio::test]
    async fn work_is_done_on_another_thread() {
        let _alone = ALONE.lock().await;
        allow(Some(1));
        let here = std::thread::current().id();
        assert_eq!(run(move |_| std::thread::current().id() != here).await.unwrap(), Some(true));
        assert!(until(none_is_busy).await);
    }

    #[tokio::test]
    async fn no_more_than_allowed_compute_at_a_time() {
        let _alone = ALONE.lock().await;
        allow(Some(1));
        let (end, ended) = mpsc::channel::<()>();
        let busy = run(move |_| ended.recv().is_err());
        let other = async {
            let refused = run(|_| ()).await.unwrap();
            drop(end);
            refused
        };
        let (busy, other) = tokio::join!(busy, other);
        assert_eq!((busy.unwrap(), other), (Some(true), None));
        assert!(until(none_is_busy).await);
        allow(Some(0));
        assert_eq!(run(|_| ()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_place_is_free_again() {
        let _alone = ALONE.lock().await;
        allow(Some(1));
        let error = run(|_| assert!(std::hint::black_box(false), "on purpose")).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::OperationFailed);
        assert!(until(none_is_busy).await);
        assert_eq!(run(|_| 7).await.unwrap(), Some(7));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_ends() {
        let _alone = ALONE.lock().await;
        allow(Some(1));
        let (tell, told) = mpsc::channel();
        let work = run(move |wanted| {
            let _ = tell.send(());
            while wanted.is_true() {
                std::thread::yield_now();
            }
        });
        let begun = async {
            until(|| told.try_recv().is_ok()).await;
        };
        tokio::select! {
            biased;
            _ = work => unreachable!(),
            () = begun => {}
        }
        assert!(until(none_is_busy).await);
    }

    #[test]
    fn what_a_parent_has_taken_counts_for_no_child() {
        let parents = 7 << 32 | 3;
        assert_eq!((taken(parents, 7), taken(parents, 8)), (3, 0));
    }
}
