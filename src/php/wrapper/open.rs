//! `fopen` and all that opens a file by its name: a stream that reads, or one that writes.

use std::ffi::{CStr, c_char, c_int};

use ext_php_rs::types::Zval;

use super::{Mount, Wrapper, c_text, place::Place, remember, s3storage_wrapper_refuse, unsupported, url, written};
use crate::{
    error::{Error, Result as Outcome, printable},
    php::{
        call::Fault,
        contained::{attempt, raise},
        drive, listening,
        progress::Listener,
        storage::{context_throws, family_of, of_context},
        stream::{self, PhpStream},
    },
    storage::Progress,
    types::{GetOptions, PutOptions},
};

/// What a mode of `fopen` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Read,
    Write,
    /// A write that must find nothing there.
    Create,
}

impl Mode {
    /// Text and binary are one; whether a stream blocks or outlives an `exec` concerns files alone.
    fn parse(mode: &str) -> Outcome<Self> {
        let bare: String = mode.chars().filter(|letter| !"bten".contains(*letter)).collect();
        match bare.as_str() {
            "r" => Ok(Self::Read),
            "w" => Ok(Self::Write),
            "x" => Ok(Self::Create),
            "a" | "a+" => {
                Err(unsupported("mode \"a\": nothing can be appended to an object; read it and write it anew"))
            }
            _ => {
                let mode = printable(mode);
                Err(unsupported(format!("mode \"{mode}\": an object is either read (r) or written as a whole (w, x)")))
            }
        }
    }
}

/// Opens the stream of a URL.
fn open(mount: &Mount, url: &CStr, mode: &str, context: Option<&Zval>) -> Result<*mut PhpStream, Fault> {
    let (mode, place) = (Mode::parse(mode)?, Place::of(mount, url)?);
    let pathname = place.pathname()?;
    let (mut get, mut put) = (GetOptions::default(), PutOptions::default());
    of_context(&mut get, &mut put, context)?;
    if mode == Mode::Read {
        let storage = place.storage("readStream")?;
        let reader = drive::wait(storage.open(&pathname, get))?;
        return stream::made(family_of(&mount.handle)?, place.registry, place.bucket, reader, Listener::none());
    }
    let storage = place.storage("writeStream")?;
    if mode == Mode::Create {
        if drive::wait(storage.exists(&pathname))? {
            return Err(Error::new(crate::error::ErrorCode::PreconditionFailed, "File exists").into());
        }
        put.if_none_match = Some("*".to_owned());
    }
    let writer = drive::wait(storage.create(&pathname, put, Progress::default()))?;
    written::made(place.registry, place.bucket, mount.handle.shallow_clone(), writer)
}

/// # Safety
/// Called by `engine.c`, with a mount of ours, texts that end in a NUL, and perhaps the options of a context.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_open(
    mount: *const Mount,
    wrapper: *mut Wrapper,
    address: *const c_char,
    mode: *const c_char,
    options: c_int,
    context: *const Zval,
) -> *mut PhpStream {
    let opened = attempt("open", || {
        // SAFETY: by contract.
        let (mount, address, mode, context) = unsafe { (&*mount, url(address), url(mode), context.as_ref()) };
        // A share of our own: a script may change the options of the context meanwhile.
        let context = context.map(Zval::shallow_clone);
        let opened = listening::told(open(mount, address, &mode.to_string_lossy(), context.as_ref()));
        refused(wrapper, options, context_throws(context.as_ref()), opened)
    });
    opened.unwrap_or_else(|fault| {
        raise(fault);
        std::ptr::null_mut()
    })
}

/// A stream that was not opened is no exception, unless the context says so: whoever opens it gives a warning with the reason.
pub(super) fn refused(
    wrapper: *mut Wrapper,
    options: c_int,
    throws: bool,
    opened: Result<*mut PhpStream, Fault>,
) -> Result<*mut PhpStream, Fault> {
    match opened {
        Err(Fault::Error(error)) => {
            remember(&error);
            if throws {
                return Err(error.into());
            }
            let reason = c_text(&error.to_string());
            // SAFETY: a wrapper of the engine's and a text that ends in a NUL.
            unsafe { s3storage_wrapper_refuse(wrapper, options, reason.as_ptr()) };
            Ok(std::ptr::null_mut())
        }
        other => other,
    }
}
