//! Telling an application how far a transfer is: a callable of PHP, called between two turns of the runtime.

use std::{
    cell::{Cell, RefCell},
    ffi::c_char,
    os::unix::ffi::OsStrExt,
    path::Path,
    time::{Duration, Instant},
};

use ext_php_rs::{
    ffi::{_call_user_function_impl, zval},
    types::Zval,
};

use super::{
    call::Fault,
    interrupts::{PhpInterrupts, guarded},
    results,
};
use crate::{
    error::Error,
    runtime::{Abandoned, Interrupts},
    storage::{Progress, Suspension},
};

unsafe extern "C" {
    fn s3storage_callable(given: *mut Zval, callable: *mut Zval, reason: *mut *mut c_char) -> bool;
}

/// The least time between two calls of a listener.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// Who is told: a callable of the application, or nobody.
pub(super) struct Listener(Option<Zval>);

impl Listener {
    /// Nobody.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// What is called, if anybody is.
    pub(super) fn into_callable(self) -> Option<Zval> {
        self.0
    }

    /// Whoever a value calls. `Err` is the engine's own word on why it calls nobody, which `zend_wrong_callback_error` wants.
    pub(super) fn of(value: &Zval) -> Result<Self, *mut c_char> {
        let (mut reason, mut callable) = (std::ptr::null_mut(), Zval::new());
        let given = std::ptr::from_ref(value).cast_mut();
        // SAFETY: reads the value in the scope of the running call, as the engine's own parameter parsing does.
        if !unsafe { s3storage_callable(given, &raw mut callable, &raw mut reason) } {
            return Err(reason);
        }
        if !reason.is_null() {
            // SAFETY: a text that the engine gave to us.
            unsafe { ext_php_rs::alloc::efree(reason.cast()) };
        }
        Ok(Self(Some(callable)))
    }

    /// Calls it; false when it said that exactly.
    pub(super) fn tell(&self, done: u64, total: Option<u64>) -> Result<bool, Fault> {
        let Some(callable) = &self.0 else { return Ok(true) };
        let mut arguments = [Zval::new(), Zval::null()];
        arguments[0].set_long(i64::try_from(done).unwrap_or(i64::MAX));
        if let Some(total) = total {
            arguments[1].set_long(i64::try_from(total).unwrap_or(i64::MAX));
        }
        Ok(called(callable, arguments)?.bool() != Some(false))
    }

    /// Asks it about a name and its file; nobody has nothing against it.
    pub(super) fn ask(&self, pathname: &[u8], file: &Path) -> Result<bool, Fault> {
        let Some(callable) = &self.0 else { return Ok(true) };
        // There may be no memory for them, and this is within a wait: its operation must not be jumped over.
        let arguments = guarded(|| Ok([results::string(pathname), results::string(file.as_os_str().as_bytes())]))?;
        let answer = called(callable, arguments)?;
        let refused = || Error::invalid_argument(format!("the filter must return a bool, not {}", answer.get_type()));
        Ok(answer.bool().ok_or_else(refused)?)
    }
}

/// Calls a callable. Other calls may be made meanwhile.
fn called(callable: &Zval, mut arguments: [Zval; 2]) -> Result<Zval, Fault> {
    let mut answer = Zval::new();
    let _suspension = Suspension::begin();
    guarded(|| {
        let callable = std::ptr::from_ref(callable).cast_mut().cast::<zval>();
        let none = std::ptr::null_mut();
        // SAFETY: a callable and two arguments that live until it returns; the answer is ours.
        unsafe {
            _call_user_function_impl(
                none,
                callable,
                (&raw mut answer).cast::<zval>(),
                2,
                arguments.as_mut_ptr().cast::<zval>(),
                std::ptr::null_mut(),
            );
        }
        Ok(())
    })?;
    Ok(answer)
}

/// The interrupts of a wait, and the count that is told meanwhile.
pub(super) struct Reporting<'a> {
    interrupts: PhpInterrupts,
    progress: &'a Progress,
    listener: &'a Listener,
    /// The count that was told last, and when.
    told: Cell<Option<(u64, Instant)>>,
    /// Why the listener ended the wait.
    reason: RefCell<Option<Fault>>,
}

impl<'a> Reporting<'a> {
    pub(super) fn new(progress: &'a Progress, listener: &'a Listener) -> Self {
        let (interrupts, told, reason) = (PhpInterrupts::default(), Cell::new(None), RefCell::new(None));
        Self { interrupts, progress, listener, told, reason }
    }

    /// Why the last wait was abandoned.
    pub(super) fn reason(&self) -> Fault {
        self.reason.take().unwrap_or_else(|| self.interrupts.reason())
    }

    /// All has succeeded: the final count is told, if it was not told yet. An answer changes nothing any more.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.has_moved() { self.tell().map(|_| ()) } else { Ok(()) }
    }

    fn has_moved(&self) -> bool {
        self.listener.0.is_some() && self.told.get().is_none_or(|(told, _)| told != self.progress.done())
    }

    /// Whether something is to be told: not before there is anything, since an operation may still wait for its turn, not
    /// again at once, and the final count when all has succeeded.
    fn is_due(&self) -> bool {
        self.progress.done() > 0
            && !self.progress.is_final()
            && self.has_moved()
            && self.told.get().is_none_or(|(_, since)| since.elapsed() >= PAUSE)
    }

    fn tell(&self) -> Result<bool, Fault> {
        let (done, total) = (self.progress.done(), self.progress.total());
        self.told.set(Some((done, Instant::now())));
        self.listener.tell(done, total)
    }
}

impl Interrupts for Reporting<'_> {
    fn pending(&self) -> bool {
        self.interrupts.pending() || self.is_due()
    }

    fn attend(&self) -> Result<(), Abandoned> {
        if self.interrupts.pending() {
            self.interrupts.attend()?;
        }
        if !self.is_due() {
            return Ok(());
        }
        let fault = match self.tell() {
            Ok(true) => return Ok(()),
            Ok(false) => self.progress.cancel().into(),
            Err(fault) => fault,
        };
        self.reason.replace(Some(fault));
        Err(Abandoned)
    }
}
