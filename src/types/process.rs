//! Which process this is. Sockets, and whatever else must not be touched by a forked child, remember it; it is asked for several times in
//! each operation, so the kernel is not asked each time once somebody tells of forks (the runtime sees to that).

use std::sync::atomic::{AtomicU32, Ordering};

/// 0 while nobody tells of forks.
static KNOWN: AtomicU32 = AtomicU32::new(0);

/// The id of this process.
#[must_use]
pub fn id() -> u32 {
    match KNOWN.load(Ordering::Relaxed) {
        0 => std::process::id(),
        known => known,
    }
}

/// Remembers the id. Whoever calls this calls it again in every child that this process forks, before anything else runs there.
pub(crate) fn remember() {
    KNOWN.store(std::process::id(), Ordering::Relaxed);
}
