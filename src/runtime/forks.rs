//! What has to happen when the process forks.

use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};

use crate::types::process;

/// Not a `Once`: a child that was forked while another thread was in it would wait for that thread forever.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Held while another thread does what a fork must not cut in two, and while the process forks. The thread that forks is the one that lets go
/// of it again, in parent and child.
static GATE: AtomicBool = AtomicBool::new(false);

/// From now on a forked child knows its own id before it does anything, so nobody has to ask the kernel for it; and what runs
/// [`apart`] from forks is waited for.
pub(super) fn tell() {
    extern "C" fn before() {
        close();
    }
    extern "C" fn in_the_parent() {
        open();
    }
    extern "C" fn in_the_child() {
        process::remember();
        open();
    }
    if !TOLD.swap(true, Relaxed) {
        // SAFETY: the handlers wait for a flag, ask the kernel, and store numbers, which any thread may do around a fork. The library is
        // never unmapped.
        let told = unsafe { libc::pthread_atfork(Some(before), Some(in_the_parent), Some(in_the_child)) };
        if told == 0 {
            process::remember();
        }
    }
}

/// Until what is answered is dropped, no other thread forks. Short work only, which waits for nobody that might fork.
pub(super) fn apart() -> Apart {
    close();
    Apart(())
}

/// No fork happens.
#[must_use]
pub(super) struct Apart(());

impl Drop for Apart {
    fn drop(&mut self) {
        open();
    }
}

fn close() {
    // Whoever holds it is in the middle of something short.
    while GATE.compare_exchange_weak(false, true, Acquire, Relaxed).is_err() {
        std::thread::yield_now();
    }
}

fn open() {
    GATE.store(false, Release);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_fork_waits_for_what_must_not_be_cut_in_two() {
        tell();
        let since = Instant::now();
        let other = std::thread::spawn(|| {
            let _apart = apart();
            std::thread::sleep(Duration::from_millis(100));
        });
        std::thread::sleep(Duration::from_millis(20));
        // SAFETY: the child does nothing but end.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: as above; what is registered for the end of the test is not the child's.
            unsafe { libc::_exit(i32::from(GATE.load(Relaxed))) };
        }
        assert!(since.elapsed() >= Duration::from_millis(100), "{:?}", since.elapsed());
        let mut status = 0;
        // SAFETY: our child.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "the child found the gate closed");
        other.join().unwrap();
    }
}
