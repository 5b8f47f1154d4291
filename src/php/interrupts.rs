//! What the engine wants attended to during a wait: signals, and the end of `max_execution_time`.

use std::sync::atomic::{AtomicBool, Ordering};

use ext_php_rs::ffi::{ext_php_rs_executor_globals, zend_interrupt_function};

use crate::runtime::{Abandoned, Interrupts};

/// The interrupts of the thread's own engine.
pub(super) struct PhpInterrupts;

impl Interrupts for PhpInterrupts {
    fn pending(&self) -> bool {
        vm_interrupt().load(Ordering::SeqCst)
    }

    fn attend(&self) -> Result<(), Abandoned> {
        // SAFETY: the globals of this thread's engine; the interrupt function is called the way the VM calls it, between
        // two instructions: outside of the runtime, with no lock and no borrow held.
        unsafe {
            let globals = ext_php_rs_executor_globals();
            if AtomicBool::from_ptr((&raw mut (*globals).timed_out).cast()).load(Ordering::SeqCst) {
                // The VM raises its fatal error as soon as it has control again.
                return Err(Abandoned);
            }
            vm_interrupt().store(false, Ordering::SeqCst);
            if let Some(interrupt) = zend_interrupt_function {
                interrupt((*globals).current_execute_data);
            }
            if (*globals).exception.is_null() { Ok(()) } else { Err(Abandoned) }
        }
    }
}

fn vm_interrupt() -> &'static AtomicBool {
    // SAFETY: `zend_atomic_bool` is one byte that is only accessed atomically (`Zend/zend_atomic.h`); the globals live as
    // long as the thread.
    unsafe { AtomicBool::from_ptr((&raw mut (*ext_php_rs_executor_globals()).vm_interrupt).cast()) }
}
