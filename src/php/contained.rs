//! The boundary to C, which no panic crosses. Every function that the engine calls goes through [`contained`], or, where it may throw, through
//! [`attempt`]; `tests/layering.rs` sees to that.

use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind, set_hook},
};

use ext_php_rs::zend::{CatchError, bailout, try_catch};

use super::{call::Fault, exceptions, interrupts};
use crate::types::forced;

/// Runs the body of a function that the engine calls and that cannot throw. After a panic there is nobody to tell, and the answer is
/// `otherwise`.
pub(super) fn contained<T>(place: &str, otherwise: impl FnOnce() -> T, body: impl FnOnce() -> T) -> T {
    let body = || {
        forced::panic_at(place);
        body()
    };
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| otherwise())
}

/// Runs the body of a function that may throw. A panic becomes an error, and a fatal error is held back until Rust's values are gone.
pub(super) fn attempt<T>(place: &str, body: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let body = || {
        forced::panic_at(place);
        body()
    };
    match try_catch(AssertUnwindSafe(body)) {
        Ok(outcome) => outcome,
        Err(CatchError::Bailout) => Err(Fault::Bailout),
        Err(_) => Err(exceptions::internal().into()),
    }
}

/// Hands a fault to the engine. No Rust value with a destructor may be alive in the frame of the caller.
pub(super) fn raise(fault: Fault) {
    match fault {
        // Nothing is returned without a reason: an exception, or the fatal error of a time limit that the VM is about to raise.
        Fault::Thrown if interrupts::is_unwinding() => {}
        Fault::Thrown => contained("raise", || (), || exceptions::throw(&exceptions::internal())),
        Fault::Error(error) => contained("raise", || (), || exceptions::throw(&error)),
        // SAFETY: neither here nor, by contract, in the caller's frame is a Rust value with a destructor alive, and the engine's own frame is
        // above that.
        Fault::Bailout => unsafe { bailout() },
    }
}

/// From now on a panic tells standard error where it happened, and its own words only where they are a part of the program: what was put together may quote
/// anything, secrets included. Concerns the Rust code of this library only.
pub(super) fn hush() {
    set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let words = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("its words are not told");
        // Where nothing can be written nobody is told.
        let _ = writeln!(std::io::stderr(), "s3storage: internal error at {place}: {words}");
    }));
}
