//! The stream wrapper: `s3://alias/path` wherever PHP takes a file name. What only C can say is in `engine.c`.
//!
//! Errors are told as PHP's own file functions tell them: as a warning, and by what the function returns. The exception of the last one can be
//! asked for, and a context can ask for exceptions instead.

mod directory;
mod names;
mod open;
mod place;
mod written;

use std::{
    cell::RefCell,
    ffi::{CStr, CString, c_char, c_int, c_void},
};

use ext_php_rs::types::Zval;

use super::{
    arguments::{Arguments, text},
    call::{Call, Fault, handler},
    contained::contained,
    exceptions, storage,
};
use crate::error::{Error, ErrorCode, Result as Outcome};

/// `php_stream_wrapper`, of which only the engine and `engine.c` know what is in it.
#[repr(C)]
struct Wrapper([u8; 0]);

unsafe extern "C" {
    safe fn s3storage_wrapper_start(module_number: c_int);
    fn s3storage_wrapper_register(protocol: *const c_char, length: usize, mount: *mut c_void) -> bool;
    fn s3storage_wrapper_refuse(wrapper: *mut Wrapper, options: c_int, reason: *const c_char);
    fn s3storage_wrapper_warn(url: *const c_char, reason: *const c_char);
    fn s3storage_wrapper_entry(buffer: *mut c_char, size: usize, name: *const c_char, length: usize) -> isize;
    safe fn s3storage_wrapper_script_failed() -> bool;
    safe fn s3storage_wrapper_errno(reason: c_int);
    safe fn s3storage_wrapper_changed();
}

#[repr(C)]
/// What a protocol stands for: a handle, whose aliases are the hosts of its URLs.
pub(super) struct Mount {
    protocol: CString,
    /// The handle as PHP knows it: who listens to it hears of what is done through the wrapper.
    handle: Zval,
}

thread_local! {
    /// What went wrong last in this request.
    static LAST: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Only while the module starts.
pub(super) fn start(module_number: c_int) {
    s3storage_wrapper_start(module_number);
}

/// The request is over.
pub(super) fn end_request() {
    LAST.take();
}

/// Remembers an error, so that a script can ask for it.
fn remember(error: &Error) {
    LAST.set(Some(error.clone()));
}

/// A text as C wants it.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\\0")).unwrap_or_default()
}

/// Tells a script of an error in the way of PHP's file functions. It may make an exception of it, by an error handler of its own.
fn warn(url: &CStr, error: &Error) {
    remember(error);
    let reason = c_text(&error.to_string());
    // SAFETY: both are texts that end in a NUL.
    unsafe { s3storage_wrapper_warn(url.as_ptr(), reason.as_ptr()) };
}

/// The answer of a function that tells of errors by a warning.
fn answered(url: &CStr, outcome: Result<(), Fault>) -> Result<bool, Fault> {
    match outcome {
        Ok(()) => Ok(true),
        Err(Fault::Error(error)) => {
            super::interrupts::guarded(|| {
                warn(url, &error);
                Ok(())
            })?;
            Ok(false)
        }
        Err(other) => Err(other),
    }
}

/// The URL that the engine lends for a call.
///
/// # Safety
/// It is a text that ends in a NUL and lives as long as the call.
unsafe fn url<'a>(text: *const c_char) -> &'a CStr {
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(text) }
}

fn do_register(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 2)?;
    let handle = arguments.object(storage::class(), c"S3Storage")?;
    let protocol = match arguments.optional_string()? {
        Some(protocol) => protocol_of(&text(protocol, "protocol")?)?,
        None => c"s3".to_owned(),
    };
    // A handle that was never constructed stands for nothing.
    storage::mounted(handle)?;
    let (text, length) = (protocol.as_ptr(), protocol.as_bytes().len());
    let mount = Box::into_raw(Box::new(Mount { handle: handle.shallow_clone(), protocol: protocol.clone() }));
    // SAFETY: a text of this length, and a mount that nobody else has; it comes back to `free`, unless it was not taken.
    if unsafe { s3storage_wrapper_register(text, length, mount.cast::<c_void>()) } {
        return Ok(());
    }
    // SAFETY: it was not taken.
    drop(unsafe { Box::from_raw(mount) });
    let protocol = protocol.to_string_lossy();
    let message = format!("the protocol \"{protocol}\" belongs to another stream wrapper");
    Err(Error::invalid_argument(message)
        .with_details("choose another, or call stream_wrapper_unregister() first")
        .into())
}

/// A protocol that the engine takes.
/// Source: `php_stream_wrapper_scheme_validate` in `main/streams/streams.c`.
fn protocol_of(text: &str) -> Outcome<CString> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if text.is_empty() || !text.bytes().all(is_valid) {
        let text = crate::error::printable(text);
        let message = format!("a protocol consists of letters, digits, \"+\", \"-\" and \".\": not \"{text}\"");
        return Err(Error::invalid_argument(message));
    }
    Ok(c_text(text))
}

fn do_last_error(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let last = LAST.with_borrow(Clone::clone);
    *call.result = last.map_or_else(|| Ok(Zval::null()), |error| exceptions::object(&error))?;
    Ok(())
}

handler!(pub(super) register, do_register);
handler!(pub(super) last_error, do_last_error);

/// # Safety
/// Called by `engine.c` with a mount that it was given.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_protocol(mount: *const Mount) -> *const c_char {
    // SAFETY: by contract.
    contained("protocol", || c"".as_ptr(), || unsafe { (*mount).protocol.as_ptr() })
}

/// # Safety
/// As above, once and last.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_free(mount: *mut Mount) {
    // SAFETY: by contract.
    contained("free", || (), || drop(unsafe { Box::from_raw(mount) }));
}

/// Not what a wrapper can do for anybody.
fn unsupported(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::Unsupported, message)
}
