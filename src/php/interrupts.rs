//! What the engine wants attended to during a wait: signals, and the end of `max_execution_time`.

use std::{
    cell::Cell,
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicBool, Ordering},
};

use ext_php_rs::{
    ffi::{ext_php_rs_executor_globals, zend_interrupt_function, zend_object, zend_op},
    zend::{CatchError, try_catch},
};

use super::{call::Fault, listening::own, zend::zend_is_unwind_exit};
use crate::{
    runtime::{Abandoned, Interrupts},
    storage::Suspension,
};

/// The interrupts of the thread's own engine during one wait.
#[derive(Default)]
pub(super) struct PhpInterrupts {
    /// A handler ended in a fatal error, which is held back until the operation is gone.
    bailed_out: Cell<bool>,
    /// Something was attended to, of which the VM has not heard.
    attended: Cell<bool>,
}

/// The VM looks for itself when it has control again: there are reasons that it alone attends to, such as a memory limit that was passed
/// within a function. Some engines let the allocation succeed and raise the fatal error only then, and never again if it is not raised.
impl Drop for PhpInterrupts {
    fn drop(&mut self) {
        if self.attended.get() {
            vm_interrupt().store(true, Ordering::SeqCst);
        }
    }
}

impl PhpInterrupts {
    /// Why a wait was abandoned.
    pub(super) fn reason(&self) -> Fault {
        if self.bailed_out.get() { Fault::Bailout } else { Fault::Thrown }
    }
}

impl Interrupts for PhpInterrupts {
    fn pending(&self) -> bool {
        vm_interrupt().load(Ordering::SeqCst)
    }

    fn attend(&self) -> Result<(), Abandoned> {
        if has_timed_out() {
            // The VM raises its fatal error as soon as it has control again.
            return Err(Abandoned);
        }
        vm_interrupt().store(false, Ordering::SeqCst);
        self.attended.set(true);
        let suspension = Suspension::begin();
        let attended = try_catch(AssertUnwindSafe(|| {
            // SAFETY: called the way the VM calls it, between two instructions: outside of the runtime, with no lock and
            // no borrow held, on the thread of this engine.
            unsafe {
                if let Some(interrupt) = zend_interrupt_function {
                    interrupt((*ext_php_rs_executor_globals()).current_execute_data);
                }
            }
        }));
        drop(suspension);
        if attended.is_err() {
            self.bailed_out.set(true);
            return Err(Abandoned);
        }
        if has_exception() { Err(Abandoned) } else { Ok(()) }
    }
}

/// Whether the engine has a reason of its own to leave the running function.
pub(super) fn is_unwinding() -> bool {
    has_exception() || has_timed_out()
}

/// An exception that PHP code has left behind.
pub(super) fn thrown() -> Result<(), Fault> {
    if is_unwinding() { Err(Fault::Thrown) } else { Ok(()) }
}

/// Runs PHP code; a fatal error in it is held back until Rust's values are gone.
pub(super) fn guarded<T>(code: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    match try_catch(AssertUnwindSafe(code)) {
        Ok(outcome) => outcome.and_then(|value| thrown().map(|()| value)),
        Err(CatchError::Bailout) => Err(Fault::Bailout),
        Err(_) => Err(Fault::Thrown),
    }
}

fn has_exception() -> bool {
    // SAFETY: a plain read of the globals of this thread's engine.
    unsafe { !(*ext_php_rs_executor_globals()).exception.is_null() }
}

pub(super) fn has_timed_out() -> bool {
    // SAFETY: as for `vm_interrupt`.
    unsafe { AtomicBool::from_ptr((&raw mut (*ext_php_rs_executor_globals()).timed_out).cast()) }.load(Ordering::SeqCst)
}

/// Whether the script has ended: what it left for its end runs, or the engine clears away what it left.
pub(super) fn is_request_over() -> bool {
    /// `EG_FLAGS_IN_SHUTDOWN` of `Zend/zend_globals.h`.
    const IN_SHUTDOWN: u32 = 1;
    // SAFETY: a plain read of the globals of this thread's engine.
    unsafe { u32::from((*ext_php_rs_executor_globals()).flags) & IN_SHUTDOWN != 0 }
}

/// Whether code of a script has called what runs now, and could catch something. What is thrown where there is none is a fatal error.
pub(super) fn is_called() -> bool {
    // SAFETY: as above.
    unsafe { !(*ext_php_rs_executor_globals()).current_execute_data.is_null() }
}

/// The end of a script that is on its way out of its functions, set aside for as long as this lives. Whatever else is thrown meanwhile is
/// nobody's to catch, and let go of.
pub(super) struct Exit {
    exception: *mut zend_object,
    before: *const zend_op,
}

impl Exit {
    pub(super) fn set_aside() -> Option<Self> {
        // SAFETY: the globals of this thread's engine; our share of the exception is the one that the engine had.
        unsafe {
            let globals = ext_php_rs_executor_globals();
            let (exception, before) = ((*globals).exception, (*globals).opline_before_exception);
            if exception.is_null() || !zend_is_unwind_exit(exception) {
                return None;
            }
            (*globals).exception = std::ptr::null_mut();
            Some(Self { exception, before })
        }
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        // SAFETY: as above; the engine itself does so around the destructor of an object.
        unsafe {
            let globals = ext_php_rs_executor_globals();
            let thrown = std::mem::replace(&mut (*globals).exception, self.exception);
            (*globals).opline_before_exception = self.before;
            if !thrown.is_null() {
                drop(own(thrown));
            }
        }
    }
}

fn vm_interrupt() -> &'static AtomicBool {
    // SAFETY: `zend_atomic_bool` is one byte that is only accessed atomically (`Zend/zend_atomic.h`); the globals live as
    // long as the thread.
    unsafe { AtomicBool::from_ptr((&raw mut (*ext_php_rs_executor_globals()).vm_interrupt).cast()) }
}
