//! Panics on purpose, for tests of what a panic does. Nothing of this is in a release build.

/// Panics where the variable `S3STORAGE_PANIC` names this place. What follows a colon in it is among the words of the panic, as secrets may be
/// among those of any.
#[cfg(debug_assertions)]
pub(crate) fn panic_at(place: &str) {
    let Ok(wanted) = super::environment::locked(|| std::env::var("S3STORAGE_PANIC")) else { return };
    assert!(wanted.split(':').next() != Some(place), "on purpose at {wanted}");
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub(crate) const fn panic_at(_: &str) {}
