//! Panics on purpose, for tests of what a panic does. Nothing of this is in a release build.

/// Panics where the variable `S3STORAGE_PANIC` names this place. What follows a colon in it is among the words of the panic, as secrets may be
/// among those of any. It may change later; who does not set it when the process starts does not pay for it.
#[cfg(debug_assertions)]
pub(crate) fn panic_at(place: &str) {
    use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
    const UNKNOWN: u8 = 0;
    const NEVER: u8 = 1;
    const WANTED: u8 = 2;
    static IS_WANTED: AtomicU8 = AtomicU8::new(UNKNOWN);
    if IS_WANTED.load(Relaxed) == UNKNOWN {
        let is_set = super::environment::locked(|| std::env::var_os("S3STORAGE_PANIC").is_some());
        IS_WANTED.store(if is_set { WANTED } else { NEVER }, Relaxed);
    }
    if IS_WANTED.load(Relaxed) == NEVER {
        return;
    }
    let Ok(wanted) = super::environment::locked(|| std::env::var("S3STORAGE_PANIC")) else { return };
    assert!(wanted.split(':').next() != Some(place), "on purpose at {wanted}");
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(crate) const fn panic_at(_: &str) {}
