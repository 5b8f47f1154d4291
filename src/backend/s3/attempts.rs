//! Counts the requests of one operation, for `getAttempts()`.

use std::{cell::Cell, future::Future};

tokio::task_local! {
    static ATTEMPTS: Cell<u32>;
}

/// Notes that a request is about to be sent.
pub(super) fn count() {
    // Outside of a counted operation (a credential provider's own calls) there is nothing to count.
    let _ = ATTEMPTS.try_with(|attempts| attempts.set(attempts.get() + 1));
}

/// How many requests were counted so far.
pub(super) fn so_far() -> u32 {
    ATTEMPTS.try_with(Cell::get).unwrap_or(0)
}

/// Runs an operation with a counter of its own.
pub(super) async fn counted<F: Future>(operation: F) -> F::Output {
    ATTEMPTS.scope(Cell::new(0), operation).await
}
