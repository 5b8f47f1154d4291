//! Reading the variables of the process where another thread may change them meanwhile: PHP with threads does so under a lock of its
//! own, which libraries that read variables know nothing of. Whatever reads some, or starts a program, does it here.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

static LOCK: OnceLock<(extern "C" fn(), extern "C" fn())> = OnceLock::new();

/// Whether whoever named the lock still has it.
static IS_GUARDED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// How often this thread holds the lock, and whether there was one to take.
    static HELD: Cell<(u32, bool)> = const { Cell::new((0, false)) };
}

/// Names the lock under which variables are changed: how to take it, and how to give it back. The first one stays. Only a binding has one.
#[cfg(any(test, feature = "php"))]
pub(crate) fn guard_with(take: extern "C" fn(), give_back: extern "C" fn()) {
    let _ = LOCK.set((take, give_back));
    IS_GUARDED.store(true, SeqCst);
}

/// There is no such lock any more: its owner comes to its end.
#[cfg(any(test, feature = "php"))]
pub(crate) fn unguard() {
    IS_GUARDED.store(false, SeqCst);
}

/// Runs what reads variables, which must not change any, or wait for another thread. A program may be started, by `posix_spawn`, which
/// runs no handlers of forks; a fork would take the gate of `runtime::forks` behind this lock, and what runs apart from forks takes both
/// the other way round.
pub(crate) fn locked<T>(read: impl FnOnce() -> T) -> T {
    struct Taken;
    impl Drop for Taken {
        fn drop(&mut self) {
            let_go();
        }
    }
    hold();
    let _taken = Taken;
    read()
}

/// Takes the lock, unless this thread has it.
pub(crate) fn hold() {
    let (held, mut is_taken) = HELD.get();
    if held == 0 {
        let lock = LOCK.get().filter(|_| IS_GUARDED.load(SeqCst));
        is_taken = lock.is_some();
        if let Some((take, _)) = lock {
            take();
        }
    }
    HELD.set((held + 1, is_taken));
}

/// Gives it back, when this was the first time that this thread took it.
pub(crate) fn let_go() {
    let (held, is_taken) = HELD.get();
    let held = held.saturating_sub(1);
    HELD.set((held, is_taken && held > 0));
    if held == 0
        && is_taken
        && let Some((_, give_back)) = LOCK.get()
    {
        give_back();
    }
}
