//! Waiting for an operation on the PHP thread.

use std::future::Future;

use super::{call::Fault, interrupts::PhpInterrupts, progress::Reporting, tending::Tending};
use crate::{error::Result, lifecycle, runtime::Stopped};

/// Drives an operation to its end. Signal handlers of PHP run meanwhile, between two turns of the runtime.
pub(super) fn wait<T>(operation: impl Future<Output = Result<T>>) -> Result<T, Fault> {
    let serving = lifecycle::serve()?;
    let interrupts = PhpInterrupts::default();
    match serving.runtime.block_on(operation, &interrupts) {
        Ok(result) => Ok(result?),
        Err(Stopped::Abandoned) => Err(interrupts.reason()),
        Err(Stopped::Failed(error)) => Err(error.into()),
    }
}

/// Drives what leaves nothing behind of an operation that has failed, whatever else is pending.
pub(super) fn clean_up(work: impl Future<Output = ()>) {
    if let Ok(serving) = lifecycle::serve() {
        serving.runtime.clean_up_by(work);
    }
}

/// The same as [`wait`], and a listener is told meanwhile how far it is.
pub(super) fn wait_reporting<T>(
    operation: impl Future<Output = Result<T>>,
    reporting: &Reporting<'_>,
) -> Result<T, Fault> {
    let serving = lifecycle::serve()?;
    match serving.runtime.block_on(operation, reporting) {
        Ok(result) => Ok(result?),
        Err(Stopped::Abandoned) => Err(reporting.reason()),
        Err(Stopped::Failed(error)) => Err(error.into()),
    }
}

/// The same, and more to do is planned meanwhile.
pub(super) fn wait_tending<T>(operation: impl Future<Output = Result<T>>, tending: &Tending<'_>) -> Result<T, Fault> {
    let serving = lifecycle::serve()?;
    match serving.runtime.block_on(operation, tending) {
        Ok(result) => Ok(result?),
        Err(Stopped::Abandoned) => Err(tending.reason()),
        Err(Stopped::Failed(error)) => Err(error.into()),
    }
}
