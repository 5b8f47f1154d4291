//! How a thread learns that a future has completed: a stream that an event loop watches, and a list of those that have.
//!
//! There is one for each thread of PHP, made with its first future. Only what completes writes to it, from another thread; nothing in it is a value of PHP's. A
//! forked child makes its own.

use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::c_int,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use ext_php_rs::{ffi::zend_object, types::Zval};

use crate::{
    error::{Error, ErrorCode, Result as Outcome},
    php::call::Fault,
    types::process,
};

unsafe extern "C" {
    fn s3storage_stream_of_descriptor(descriptor: c_int, result: *mut Zval) -> bool;
    fn s3storage_log(message: *const std::ffi::c_char);
}

/// What a thread hears.
struct Bell {
    pid: u32,
    /// Readable while something may have completed that nobody asked for yet.
    descriptor: OwnedFd,
    /// Somebody asks which have completed. Where nobody does, nothing is kept for them.
    is_watched: AtomicBool,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// Futures that have completed since they were last asked for.
    completed: Vec<u64>,
    /// Failures of operations whose futures were gone.
    unheard: Vec<Error>,
}

/// What is hung on a bell: whoever drops it rings.
pub(super) struct Rope {
    bell: Arc<Bell>,
    number: u64,
}

#[derive(Default)]
struct Here {
    bell: Option<Arc<Bell>>,
    number: u64,
    /// Futures that are alive, by number.
    alive: HashMap<u64, *mut zend_object>,
}

thread_local! {
    static HERE: RefCell<Here> = RefCell::default();
}

/// The number of a new future.
pub(super) fn next_number() -> u64 {
    HERE.with_borrow_mut(|here| {
        here.number += 1;
        here.number
    })
}

fn bell() -> Outcome<Arc<Bell>> {
    HERE.with_borrow_mut(|here| {
        if let Some(bell) = here.bell.as_ref().filter(|bell| bell.pid == process::id()) {
            return Ok(Arc::clone(bell));
        }
        let bell = Arc::new(Bell::new()?);
        // A parent's is left as it is: its descriptor is closed with the process.
        std::mem::forget(here.bell.replace(Arc::clone(&bell)));
        here.alive.clear();
        Ok(bell)
    })
}

/// A rope for a future of this thread. What went unheard is told first.
pub(super) fn rope(number: u64) -> Outcome<Rope> {
    let rope = Rope { bell: bell()?, number };
    report();
    Ok(rope)
}

/// A future is there for whoever asks which have completed.
pub(super) fn hang(number: u64, object: *mut zend_object) {
    HERE.with_borrow_mut(|here| here.alive.insert(number, object));
}

/// A future is gone.
pub(super) fn take_down(number: u64) {
    // At the very end of a thread there is nothing to take it from.
    let _ = HERE.try_with(|here| here.borrow_mut().alive.remove(&number));
}

/// An operation has failed, and its future is gone.
pub(super) fn nobody_heard(error: Error) {
    if let Ok(bell) = bell() {
        bell.heard.lock().unwrap_or_else(PoisonError::into_inner).unheard.push(error);
    }
    report();
}

/// Tells PHP's log of failures that nobody heard of.
pub(super) fn report() {
    let bell = HERE.with_borrow(|here| here.bell.clone()).filter(|bell| bell.pid == process::id());
    let Some(bell) = bell else { return };
    let unheard = std::mem::take(&mut bell.heard.lock().unwrap_or_else(PoisonError::into_inner).unheard);
    for error in unheard {
        let message = format!("s3storage: a future that nobody awaited failed: {error}").replace('\0', "\\0");
        if let Ok(message) = std::ffi::CString::new(message) {
            // SAFETY: a text that ends in a NUL.
            unsafe { s3storage_log(message.as_ptr()) };
        }
    }
}

/// A request has ended: nothing of it is alive, and nobody watches any more.
pub(super) fn end_request() {
    report();
    let bell = HERE.with_borrow_mut(|here| {
        here.alive.clear();
        here.bell.clone()
    });
    if let Some(bell) = bell.filter(|bell| bell.pid == process::id()) {
        bell.is_watched.store(false, SeqCst);
        bell.drain();
    }
}

/// The bell, watched from now on. What completed before may have rung unheard, so each that is alive is a candidate once.
fn watched() -> Outcome<Arc<Bell>> {
    let bell = bell()?;
    if !bell.is_watched.swap(true, SeqCst) {
        HERE.with_borrow(|here| here.alive.keys().for_each(|number| bell.ring(*number)));
    }
    Ok(bell)
}

/// A stream that is readable while a future of this thread has completed that [`completed`] has not told of.
pub(super) fn stream() -> Result<Zval, Fault> {
    let bell = watched()?;
    // SAFETY: a descriptor of ours; what is made is ours until the stream has it.
    let copy = unsafe { libc::fcntl(bell.descriptor.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 0) };
    if copy < 0 {
        return Err(no_descriptor().into());
    }
    let mut stream = Zval::new();
    // SAFETY: it takes the descriptor over, also when it fails.
    if unsafe { s3storage_stream_of_descriptor(copy, &raw mut stream) } { Ok(stream) } else { Err(Fault::Thrown) }
}

/// Those of this thread that may have completed since this was last asked, each alive.
pub(super) fn candidates() -> Outcome<Vec<*mut zend_object>> {
    let numbers = watched()?.drain();
    Ok(HERE.with_borrow(|here| numbers.iter().filter_map(|number| here.alive.get(number).copied()).collect()))
}

fn no_descriptor() -> Error {
    let reason = std::io::Error::last_os_error().to_string();
    Error::new(ErrorCode::OperationFailed, "no descriptor is left for futures").with_details(reason)
}

impl Bell {
    fn new() -> Outcome<Self> {
        // SAFETY: a plain call; what it answers is ours.
        let descriptor = unsafe {
            let descriptor = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            if descriptor < 0 {
                return Err(no_descriptor());
            }
            OwnedFd::from_raw_fd(descriptor)
        };
        Ok(Self { pid: process::id(), descriptor, is_watched: AtomicBool::new(false), heard: Mutex::default() })
    }

    fn ring(&self, number: u64) {
        if !self.is_watched.load(SeqCst) {
            return;
        }
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).completed.push(number);
        let one = 1_u64;
        // SAFETY: a descriptor of ours, and eight bytes.
        let _ = unsafe { libc::write(self.descriptor.as_raw_fd(), (&raw const one).cast(), size_of::<u64>()) };
    }

    fn drain(&self) -> Vec<u64> {
        let mut count = 0_u64;
        let mut ready = libc::pollfd { fd: self.descriptor.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // Asked first: a script can make the descriptor one that blocks, by way of its stream.
        // SAFETY: a descriptor of ours, and room for eight bytes.
        unsafe {
            if libc::poll(&raw mut ready, 1, 0) > 0 {
                libc::read(ready.fd, (&raw mut count).cast(), size_of::<u64>());
            }
        }
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner).completed)
    }
}

impl Rope {
    /// The operation has failed, and its future is gone.
    pub(super) fn nobody_heard(&self, error: Error) {
        self.bell.heard.lock().unwrap_or_else(PoisonError::into_inner).unheard.push(error);
    }
}

impl Drop for Rope {
    fn drop(&mut self) {
        self.bell.ring(self.number);
    }
}
