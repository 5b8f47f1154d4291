//! Reading the variables of the process where another thread may change them meanwhile: PHP with threads does so under a lock of its
//! own, which libraries that read variables know nothing of. Whatever reads some, or starts a program, does it here.

use std::sync::OnceLock;

static LOCK: OnceLock<(extern "C" fn(), extern "C" fn())> = OnceLock::new();

/// Names the lock under which variables are changed: how to take it, and how to give it back. The first one stays. Only a binding has one.
#[cfg(feature = "php")]
pub(crate) fn guard_with(take: extern "C" fn(), give_back: extern "C" fn()) {
    let _ = LOCK.set((take, give_back));
}

/// Runs what reads variables, which must not change any, wait for another thread or call this again.
pub(crate) fn locked<T>(read: impl FnOnce() -> T) -> T {
    struct Taken(extern "C" fn());
    impl Drop for Taken {
        fn drop(&mut self) {
            (self.0)();
        }
    }
    let _taken = LOCK.get().map(|(take, give_back)| {
        take();
        Taken(*give_back)
    });
    read()
}
