//! What all operations of an alias share in a process: its places, and its counts.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::Counters;

/// The account of an alias.
#[derive(Debug)]
pub struct Account {
    pub(super) alias: String,
    /// Fair: first come, first served (tokio's semaphore is).
    pub(super) places: Semaphore,
    pub(super) most: u32,
    /// How long an operation may last.
    pub(super) patience: Option<Duration>,
    pub(super) counters: Counters,
}

impl Account {
    /// An account with all places free.
    #[must_use]
    pub fn new(alias: &str, most: u32, patience: Option<Duration>) -> Arc<Self> {
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
        let (alias, places, counters) = (alias.to_owned(), Semaphore::new(places), Counters::default());
        Arc::new(Self { alias, places, most, patience, counters })
    }

    /// The alias.
    #[must_use]
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// What the operations did.
    #[must_use]
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether nobody has a place, waits for one, or could ask for one: this is the only share.
    #[must_use]
    pub fn is_idle(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1
    }
}
