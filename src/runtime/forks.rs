//! What has to happen when the process forks.

use std::{
    cell::Cell,
    marker::PhantomData,
    sync::atomic::{
        AtomicBool,
        Ordering::{Acquire, Relaxed, Release},
    },
};

use crate::types::{environment, process};

/// Not a `Once`: a child that was forked while another thread was in it would wait for that thread forever.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Held while another thread does what a fork must not cut in two, and while the process forks. The thread that forks is the one that lets go
/// of it again, in parent and child.
static GATE: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// How often this thread holds the gate: what runs [`apart`] may fork itself.
    static HELD: Cell<u32> = const { Cell::new(0) };
}

/// From now on a forked child knows its own id before it does anything, so nobody has to ask the kernel for it; what runs [`apart`] from forks is
/// waited for, and so is whoever has the lock of the environment, since nobody would give it back in the child.
pub(super) fn tell() {
    extern "C" fn before() {
        close();
        environment::hold();
    }
    extern "C" fn in_the_parent() {
        environment::let_go();
        open();
    }
    extern "C" fn in_the_child() {
        process::remember();
        environment::let_go();
        open();
    }
    if !TOLD.swap(true, Relaxed) {
        // SAFETY: the handlers wait for a flag and a lock, ask the kernel, and store numbers, which any thread may do around a fork; the lock is given
        // back by the thread that took it, in parent and child. The library is never unmapped.
        let told = unsafe { libc::pthread_atfork(Some(before), Some(in_the_parent), Some(in_the_child)) };
        if told == 0 {
            process::remember();
        }
    }
}

/// Until what is answered is dropped, no other thread forks. Short work only, which waits for nobody that might fork.
pub(super) fn apart() -> Apart {
    close();
    Apart(PhantomData)
}

/// No fork happens, but those of this thread.
#[must_use]
pub(super) struct Apart(PhantomData<*const ()>);

impl Drop for Apart {
    fn drop(&mut self) {
        open();
    }
}

fn close() {
    let held = HELD.get();
    // Whoever else holds it is in the middle of something short.
    while held == 0 && GATE.compare_exchange_weak(false, true, Acquire, Relaxed).is_err() {
        std::thread::yield_now();
    }
    HELD.set(held + 1);
}

fn open() {
    let held = HELD.get().saturating_sub(1);
    HELD.set(held);
    if held == 0 {
        GATE.store(false, Release);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Forks a child that ends at once with what it answers here; 9 for one that had to be killed.
    fn forked(child: impl FnOnce() -> bool) -> i32 {
        // SAFETY: the child does nothing but look, and end; what is registered for the end of the test is not its business.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            // SAFETY: as above.
            unsafe {
                libc::alarm(5);
                libc::_exit(i32::from(!child()));
            }
        }
        let mut status = 0;
        // SAFETY: our child.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 9 }
    }

    #[test]
    fn a_fork_waits_for_what_must_not_be_cut_in_two() {
        tell();
        let since = Instant::now();
        let other = std::thread::spawn(|| {
            let _apart = apart();
            std::thread::sleep(Duration::from_millis(100));
        });
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(forked(|| !GATE.load(Relaxed)), 0, "the child found the gate closed");
        assert!(since.elapsed() >= Duration::from_millis(100), "{:?}", since.elapsed());
        other.join().unwrap();
    }

    #[test]
    fn what_is_apart_from_forks_may_fork_itself() {
        tell();
        let forking = std::thread::spawn(|| {
            let _apart = apart();
            let status = forked(|| {
                let still_held = GATE.load(Relaxed);
                drop(apart());
                still_held && GATE.load(Relaxed)
            });
            (status, GATE.load(Relaxed))
        });
        let since = Instant::now();
        while !forking.is_finished() {
            assert!(since.elapsed() < Duration::from_secs(10), "it waits for itself");
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(forking.join().unwrap(), (0, true), "held before and after, in parent and child");
        assert_eq!(forked(|| !GATE.load(Relaxed)), 0);
    }

    #[test]
    fn a_child_finds_the_environment_unlocked() {
        static LOCKED: AtomicBool = AtomicBool::new(false);
        thread_local! {
            /// How often this thread took it: other tests do so, too.
            static TAKEN: Cell<u32> = const { Cell::new(0) };
        }
        extern "C" fn take() {
            while LOCKED.swap(true, Acquire) {
                std::thread::yield_now();
            }
            TAKEN.set(TAKEN.get() + 1);
        }
        extern "C" fn give_back() {
            LOCKED.store(false, Release);
        }
        tell();
        environment::guard_with(take, give_back);
        let (told, hears) = std::sync::mpsc::channel();
        let other = std::thread::spawn(move || {
            environment::locked(|| {
                told.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(100));
            });
        });
        hears.recv().unwrap();
        assert_eq!(forked(|| !LOCKED.load(Relaxed)), 0, "the child found it locked");
        other.join().unwrap();
        let before = TAKEN.get();
        assert_eq!(environment::locked(|| forked(|| LOCKED.load(Relaxed))), 0, "whoever has it may fork");
        assert_eq!(TAKEN.get(), before + 1);
        environment::unguard();
        environment::locked(|| ());
        assert_eq!(TAKEN.get(), before + 1, "taken although it is nobody's any more");
    }
}
