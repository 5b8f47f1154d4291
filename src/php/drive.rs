//! Waiting for an operation on the PHP thread.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
};

use super::{call::Fault, exceptions, interrupts::PhpInterrupts, listening, progress::Reporting, tending::Tending};
use crate::{
    error::Result,
    lifecycle,
    runtime::{Interrupts, Stopped},
    storage::{Bucket, Registry, Storage},
};

/// Operations on a bucket, on the runtime of this thread, within the span of the application. Asking for that runs PHP code.
pub(super) fn storage(registry: &Arc<Registry>, bucket: &Arc<Bucket>) -> Result<Storage, Fault> {
    let trace = listening::trace_of(registry)?;
    let clients = Arc::clone(&lifecycle::serve()?.clients);
    Ok(Storage::new(Arc::clone(registry), clients, Arc::clone(bucket)).traced(trace))
}

/// Drives an operation to its end. Signal handlers of PHP run meanwhile, between two turns of the runtime.
pub(super) fn wait<T>(operation: impl Future<Output = Result<T>>) -> Result<T, Fault> {
    let interrupts = PhpInterrupts::default();
    drive(Box::pin(operation), &interrupts, || interrupts.reason())
}

/// The same, and a listener is told meanwhile how far it is.
pub(super) fn wait_reporting<T>(
    operation: impl Future<Output = Result<T>>,
    reporting: &Reporting<'_>,
) -> Result<T, Fault> {
    drive(Box::pin(operation), reporting, || reporting.reason())
}

/// The same, and more to do is planned meanwhile.
pub(super) fn wait_tending<T>(operation: impl Future<Output = Result<T>>, tending: &Tending<'_>) -> Result<T, Fault> {
    drive(Box::pin(operation), tending, || tending.reason())
}

fn drive<T>(
    operation: Pin<Box<impl Future<Output = Result<T>>>>,
    interrupts: &impl Interrupts,
    reason: impl FnOnce() -> Fault,
) -> Result<T, Fault> {
    let serving = lifecycle::serve()?;
    // A panic is an error here, so that whoever began something may still leave nothing behind.
    let driven = catch_unwind(AssertUnwindSafe(|| serving.drive(operation, interrupts)));
    if matches!(driven, Ok(Ok(Err(_)))) {
        attend()?;
    }
    match driven {
        Ok(Ok(result)) => Ok(result?),
        Ok(Err(Stopped::Abandoned)) => Err(reason()),
        Ok(Err(Stopped::Failed(error))) => Err(error.into()),
        Err(_) => Err(exceptions::internal().into()),
    }
}

/// Attends to the signals that have come since the last look, before something throws: the engine looks for signals when a function has thrown, too,
/// and calls no handler then, so they would be lost.
pub(super) fn attend() -> Result<(), Fault> {
    let signals = PhpInterrupts::default();
    if signals.pending() && signals.attend().is_err() { Err(signals.reason()) } else { Ok(()) }
}

/// Drives what leaves nothing behind of an operation that has failed, whatever else is pending.
pub(super) fn clean_up(work: impl Future<Output = ()>) {
    if let Ok(serving) = lifecycle::serve() {
        serving.clean_up_by(work);
    }
}
