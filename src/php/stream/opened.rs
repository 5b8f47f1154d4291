//! The stream that `readStream` returns: a resource like any other, whose bytes are fetched while it is read.

use std::{
    cell::{Cell, RefCell},
    ffi::{c_char, c_int, c_void},
    sync::Arc,
    time::Instant,
};

use ext_php_rs::types::Zval;

use super::{
    Held, Operations, PhpStream, StatBuffer, s3storage_stream_hold, s3storage_stream_let_go, s3storage_stream_new,
    s3storage_stream_set_eof, s3storage_stream_stat, s3storage_stream_value, s3storage_stream_value_of,
    s3storage_stream_write,
};
use crate::{
    error::{Error, ErrorCode},
    php::{
        call::Fault,
        contained::{attempt, contained, raise},
        drive, interrupts,
        listening::{self, Family},
        progress::{Listener, PAUSE},
        results,
    },
    storage::{Bucket, Progress, Reader, Registry},
};

static OPERATIONS: Operations = Operations {
    write: Some(s3storage_stream_write),
    read: Some(read),
    close: Some(close),
    flush: None,
    label: c"S3Storage".as_ptr(),
    seek: Some(seek),
    cast: None,
    stat: Some(stat),
    set_option: None,
};

/// The mode of a file that can be read: `S_IFREG | 0444`.
const FILE: u32 = libc::S_IFREG | 0o444;

/// What a stream stands on.
struct Opened {
    /// Whoever listens hears of the reads, also where no handle is left.
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    /// Taken out while a read waits: a signal handler may look at the same stream meanwhile.
    reader: RefCell<Option<Reader>>,
    /// A read is under way, which nobody may enter or move: what it reads belongs behind what was read before.
    is_reading: Cell<bool>,
    /// Who is told how far the reading is, and what that was last, and when.
    listener: Listener,
    told: Cell<Option<(u64, Instant)>>,
}

/// Makes a stream of an open object, for a script. Its meta data carry what is known of the object.
pub(in crate::php) fn open(
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    reader: Reader,
    listener: Listener,
) -> Result<Zval, Fault> {
    let (stream, mut value) = (made(family, registry, bucket, reader, listener)?, Zval::new());
    // SAFETY: just made, and nobody else has it.
    unsafe { s3storage_stream_value_of(stream, &raw mut value) };
    Ok(value)
}

/// The same, for whoever opens streams in the name of the engine.
pub(in crate::php) fn made(
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    reader: Reader,
    listener: Listener,
) -> Result<*mut PhpStream, Fault> {
    let mut info = results::object_info(reader.info())?;
    let opened = Box::into_raw(Box::new(Opened {
        family,
        registry,
        bucket,
        reader: RefCell::new(Some(reader)),
        is_reading: Cell::new(false),
        listener,
        told: Cell::new(None),
    }));
    let mode = c"rb".as_ptr();
    // SAFETY: the engine gives the value back to `close`, once; it takes over our share of the info.
    let stream = unsafe { s3storage_stream_new(&raw const OPERATIONS, opened.cast::<c_void>(), &raw mut info, mode) };
    std::mem::forget(info);
    if stream.is_null() {
        // SAFETY: the engine did not take it.
        drop(unsafe { Box::from_raw(opened) });
        return Err(Fault::Thrown);
    }
    Ok(stream)
}

/// What a stream of ours stands on.
///
/// # Safety
/// The stream was made by [`open`] and is not closed yet.
unsafe fn opened<'a>(stream: *mut PhpStream) -> &'a Opened {
    // SAFETY: by contract.
    unsafe { &*s3storage_stream_value(stream).cast::<Opened>() }
}

impl Opened {
    /// Tells the listener how far the reading is, before it goes on.
    fn report(&self) -> Result<(), Fault> {
        let at = self.reader.borrow().as_ref().map(|reader| (reader.position(), reader.length()));
        let is_due = self.told.get().is_none_or(|(_, since)| since.elapsed() >= PAUSE);
        match at {
            Some((position @ 1.., length)) if is_due && !self.is_told(position) => self.tell(position, length),
            _ => Ok(()),
        }
    }

    fn is_told(&self, position: u64) -> bool {
        self.told.get().is_some_and(|(told, _)| told == position)
    }

    fn tell(&self, position: u64, length: Option<u64>) -> Result<(), Fault> {
        self.told.set(Some((position, Instant::now())));
        if self.listener.tell(length.map_or(position, |length| length.min(position)), length)? {
            return Ok(());
        }
        let error = Progress::default().cancel();
        if let Some(reader) = self.reader.borrow_mut().as_mut() {
            reader.cancelled(&error);
        }
        Err(error.into())
    }

    /// Reads on; answers how many bytes, and whether these were the last.
    fn read(&self, buffer: &mut [u8]) -> Result<(usize, bool), Fault> {
        let entered_again =
            || Error::new(ErrorCode::OperationFailed, "the stream is waiting for bytes already; it was entered again");
        if self.is_reading.replace(true) {
            return Err(entered_again().into());
        }
        let read = self.read_alone(buffer, entered_again);
        self.is_reading.set(false);
        read
    }

    fn read_alone(&self, buffer: &mut [u8], entered_again: impl FnOnce() -> Error) -> Result<(usize, bool), Fault> {
        self.report()?;
        let storage = drive::storage(&self.registry, &self.bucket)?;
        let mut reader = self.reader.borrow_mut().take().ok_or_else(entered_again)?;
        let outcome = drive::wait(reader.read(&storage, buffer));
        let (position, length, is_at_end) = (reader.position(), reader.length(), reader.is_at_end());
        *self.reader.borrow_mut() = Some(reader);
        let read = outcome?;
        // Told once, however often the end is read.
        let is_news = is_at_end && (read > 0 || !self.is_told(position));
        // An answer changes nothing any more; an exception is pending, and the bytes are there all the same.
        if is_news && let Err(Fault::Bailout) = self.tell(position, length) {
            return Err(Fault::Bailout);
        }
        Ok((read, is_at_end))
    }

    /// Moves to another position, and answers it; `None` where that is not possible.
    fn seek(&self, offset: i64, whence: c_int) -> Option<i64> {
        if self.is_reading.get() {
            return None;
        }
        let mut slot = self.reader.try_borrow_mut().ok()?;
        let reader = slot.as_mut()?;
        let base = match whence {
            libc::SEEK_SET => Some(0),
            libc::SEEK_CUR => i64::try_from(reader.position()).ok(),
            _ => reader.length().and_then(|length| i64::try_from(length).ok()),
        };
        let position = base?.checked_add(offset).filter(|position| *position >= 0)?;
        reader.seek(position.unsigned_abs());
        Some(position)
    }
}

unsafe extern "C" fn read(stream: *mut PhpStream, buffer: *mut c_char, size: usize) -> isize {
    let mut held = Held::default();
    // SAFETY: one of ours, which is open.
    unsafe { s3storage_stream_hold(stream, &raw mut held) };
    let outcome = attempt("read", || {
        // SAFETY: one of ours; the engine lends a buffer of this size.
        let (opened, buffer) = unsafe { (opened(stream), std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size)) };
        listening::told(opened.read(buffer))
    });
    // SAFETY: held above, so it is still open.
    unsafe { s3storage_stream_let_go(stream, &raw const held) };
    match outcome {
        Ok((length, is_at_end)) => {
            if is_at_end {
                // SAFETY: one of ours.
                unsafe { s3storage_stream_set_eof(stream) };
            }
            return isize::try_from(length).unwrap_or(isize::MAX);
        }
        Err(fault) => raise(fault),
    }
    // SAFETY: one of ours. A loop that reads to the end must come to one; what went wrong is thrown.
    unsafe { s3storage_stream_set_eof(stream) };
    -1
}

unsafe extern "C" fn close(stream: *mut PhpStream, _: c_int) -> c_int {
    // SAFETY: the engine closes a stream once; the value is the one that `open` gave it.
    let opened = unsafe { Box::from_raw(s3storage_stream_value(stream).cast::<Opened>()) };
    // Whoever leaves a stream before its end has ended an operation. Not while an exception is on its way, or when the script has ended: then the
    // next method tells of it, or nobody hears.
    let closed = attempt("close", || {
        drop(opened.reader.take());
        let told =
            if interrupts::is_unwinding() || interrupts::is_request_over() { Ok(()) } else { listening::told(Ok(())) };
        // Not before: this may be the last that there is of the family.
        drop(opened.family);
        told
    });
    // A panic leaves nobody to tell; an exception of a listener is pending.
    if matches!(closed, Err(Fault::Bailout)) {
        raise(Fault::Bailout);
    }
    0
}

unsafe extern "C" fn seek(stream: *mut PhpStream, offset: i64, whence: c_int, new: *mut i64) -> c_int {
    let sought = || {
        // SAFETY: one of ours.
        let position = unsafe { opened(stream) }.seek(offset, whence)?;
        // SAFETY: the engine wants to know.
        unsafe { *new = position };
        Some(())
    };
    contained("seek", || None, sought).map_or(-1, |()| 0)
}

unsafe extern "C" fn stat(stream: *mut PhpStream, buffer: *mut StatBuffer) -> c_int {
    let told = || {
        // SAFETY: one of ours.
        let slot = unsafe { opened(stream) }.reader.try_borrow().ok()?;
        let reader = slot.as_ref()?;
        // SAFETY: the engine lends a buffer.
        unsafe {
            s3storage_stream_stat(buffer, FILE, reader.length()?, reader.info().last_modified.unwrap_or(0));
        }
        Some(())
    };
    contained("stat", || None, told).map_or(-1, |()| 0)
}
