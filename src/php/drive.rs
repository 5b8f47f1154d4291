//! Waiting for an operation on the PHP thread.

use std::future::Future;

use super::{
    call::Fault,
    interrupts::PhpInterrupts,
    progress::{Listener, Reporting},
};
use crate::{error::Result, lifecycle, runtime::Stopped, storage::Progress};

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

/// The same, and a listener is told how far it is: at most once in each tick of the runtime, and at the end.
pub(super) fn wait_reporting<T>(
    operation: impl Future<Output = Result<T>>,
    progress: &Progress,
    listener: &Listener,
) -> Result<T, Fault> {
    let serving = lifecycle::serve()?;
    let reporting = Reporting::new(progress, listener);
    match serving.runtime.block_on(operation, &reporting) {
        Ok(result) => {
            let output = result?;
            reporting.finish()?;
            Ok(output)
        }
        Err(Stopped::Abandoned) => Err(reporting.reason()),
        Err(Stopped::Failed(error)) => Err(error.into()),
    }
}
