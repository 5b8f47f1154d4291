//! `opendir`, `scandir` and all that walks over a directory: the entries of one level, page by page.

use std::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
    sync::Arc,
};

use ext_php_rs::types::Zval;

use super::{
    LAST, Mount, Wrapper, names::missing, open::refused, place::Place, s3storage_wrapper_entry,
    s3storage_wrapper_errno, url,
};
use crate::{
    error::{Error, ErrorCode},
    php::{
        call::Fault,
        contained::{attempt, contained, raise},
        drive,
        interrupts::{is_request_over, is_unwinding},
        listening,
        stream::{Held, Operations, PhpStream, engine},
    },
    storage::{Bucket, Listing, Registry},
    types::Prefix,
};

static OPERATIONS: Operations = Operations {
    write: Some(engine::write),
    read: Some(read),
    close: Some(close),
    flush: None,
    label: c"S3Storage".as_ptr(),
    seek: Some(seek),
    cast: None,
    stat: None,
    set_option: None,
};

/// A directory that is being read.
struct Directory {
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    _handle: Zval,
    prefix: Prefix,
    /// Taken out while a page is asked for: a signal handler may read the same directory meanwhile.
    listing: RefCell<Option<Listing>>,
}

fn listing_of(prefix: &Prefix) -> Result<Listing, Error> {
    Listing::new(prefix.clone(), false, None, None)
}

impl Directory {
    /// The name of the next entry, within the directory; `None` at the end. A listing that fails is never an end.
    fn next(&self) -> Result<Option<String>, Fault> {
        let mut listing = self.listing.borrow_mut().take().ok_or_else(|| {
            Error::new(ErrorCode::OperationFailed, "the directory is waiting for entries already; it was entered again")
        })?;
        let entry = self.look(&mut listing);
        *self.listing.borrow_mut() = Some(listing);
        entry
    }

    fn look(&self, listing: &mut Listing) -> Result<Option<String>, Fault> {
        loop {
            if let Some(entry) = listing.ready() {
                // The marker of the directory itself is none of its entries, and one without a name cannot be named.
                let name = self.prefix.strip(&entry.name).map(|name| name.strip_suffix('/').unwrap_or(name));
                match name.filter(|name| !name.is_empty()) {
                    Some(name) => return Ok(Some(name.to_owned())),
                    None => continue,
                }
            }
            if listing.is_complete() {
                return Ok(None);
            }
            let storage = drive::storage(&self.registry, &self.bucket)?;
            drive::wait(listing.fetch(&storage))?;
        }
    }
}

/// Opens a directory. One request; a second one if nothing but the marker of the directory is in the first page.
fn open(mount: &Mount, url: &CStr) -> Result<*mut PhpStream, Fault> {
    let place = Place::of(mount, url)?;
    let (prefix, is_bucket) = (place.directory()?, place.is_bucket());
    let storage = place.storage("list")?;
    let mut listing = listing_of(&prefix)?;
    drive::wait(listing.fetch(&storage))?;
    if listing.is_empty() && !is_bucket {
        return Err(missing().into());
    }
    let directory = Box::into_raw(Box::new(Directory {
        registry: place.registry,
        bucket: place.bucket,
        _handle: mount.handle.shallow_clone(),
        prefix,
        listing: RefCell::new(Some(listing)),
    }));
    let mut nothing = Zval::new();
    // SAFETY: the engine gives the value back to `close`, once.
    let stream =
        unsafe { engine::new(&raw const OPERATIONS, directory.cast::<c_void>(), &raw mut nothing, c"rb".as_ptr()) };
    if stream.is_null() {
        // SAFETY: the engine did not take it.
        drop(unsafe { Box::from_raw(directory) });
        return Err(Fault::Thrown);
    }
    Ok(stream)
}

/// # Safety
/// Called by `engine.c`, with a mount of ours and a text that ends in a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_list(
    mount: *const Mount,
    wrapper: *mut Wrapper,
    address: *const c_char,
    options: c_int,
) -> *mut PhpStream {
    let opened = attempt("opendir", || {
        // SAFETY: by contract.
        let opened = listening::told(unsafe { open(&*mount, url(address)) });
        refused(wrapper, options, false, opened)
    });
    let stream = opened.unwrap_or_else(|fault| {
        raise(fault);
        std::ptr::null_mut()
    });
    if stream.is_null() {
        s3storage_wrapper_errno(LAST.with_borrow(|last| errno(last.as_ref())));
    }
    stream
}

/// The nearest that the system's errors have.
fn errno(error: Option<&Error>) -> c_int {
    match error.map(|error| error.code) {
        Some(ErrorCode::FileNotFound | ErrorCode::BucketNotFound) => libc::ENOENT,
        Some(ErrorCode::PermissionDenied) => libc::EACCES,
        Some(ErrorCode::Timeout) => libc::ETIMEDOUT,
        Some(ErrorCode::InvalidPathname | ErrorCode::InvalidArgument) => libc::EINVAL,
        _ => libc::EIO,
    }
}

/// # Safety
/// The stream was made by [`open`] and is not closed yet.
unsafe fn directory<'a>(stream: *mut PhpStream) -> &'a Directory {
    // SAFETY: by contract.
    unsafe { &*engine::value(stream).cast::<Directory>() }
}

unsafe extern "C" fn read(stream: *mut PhpStream, buffer: *mut c_char, size: usize) -> isize {
    let mut held = Held::default();
    // SAFETY: one of ours, which is open.
    unsafe { engine::hold(stream, &raw mut held) };
    let outcome = attempt("readdir", || {
        // SAFETY: one of ours.
        listening::told(unsafe { directory(stream) }.next())
    });
    // SAFETY: held above, so it is still open.
    unsafe { engine::let_go(stream, &raw const held) };
    match outcome {
        // SAFETY: the engine lends a buffer of this size; the name is as long as it says.
        Ok(Some(name)) => return unsafe { s3storage_wrapper_entry(buffer, size, name.as_ptr().cast(), name.len()) },
        // SAFETY: one of ours.
        Ok(None) => unsafe { engine::set_eof(stream) },
        Err(fault) => {
            // SAFETY: one of ours.
            unsafe { engine::set_eof(stream) };
            raise(fault);
        }
    }
    -1
}

unsafe extern "C" fn close(stream: *mut PhpStream, _: c_int) -> c_int {
    // SAFETY: the engine closes a stream once; the value is the one that `open` gave it.
    let directory = unsafe { Box::from_raw(engine::value(stream).cast::<Directory>()) };
    // As with any listing that is left before its end.
    let closed = attempt("closedir", || {
        drop(directory.listing.take());
        let told = if is_unwinding() || is_request_over() { Ok(()) } else { listening::told(Ok(())) };
        drop(directory);
        told
    });
    if matches!(closed, Err(Fault::Bailout)) {
        raise(Fault::Bailout);
    }
    0
}

/// `rewinddir`: from the beginning, with what is there now.
unsafe extern "C" fn seek(stream: *mut PhpStream, offset: i64, whence: c_int, new: *mut i64) -> c_int {
    let rewound = || {
        if offset != 0 || whence != libc::SEEK_SET {
            return None;
        }
        // SAFETY: one of ours.
        let directory = unsafe { directory(stream) };
        let mut listing = directory.listing.try_borrow_mut().ok()?;
        listing.as_ref()?;
        *listing = Some(listing_of(&directory.prefix).ok()?);
        // SAFETY: the engine wants to know.
        unsafe { *new = 0 };
        Some(())
    };
    contained("rewinddir", || None, rewound).map_or(-1, |()| 0)
}
