//! A stream that writes an object: gathered into parts, and there as a whole when it is closed, or not at all.

use std::{
    cell::{Cell, RefCell},
    ffi::{c_char, c_int, c_void},
    mem::{forget, take},
    sync::Arc,
};

use bytes::BytesMut;
use ext_php_rs::types::Zval;

use super::{s3storage_wrapper_changed, s3storage_wrapper_script_failed, warn};
use crate::{
    error::{Error, ErrorCode},
    php::{
        call::Fault,
        contained::{attempt, contained, raise},
        drive,
        interrupts::{Exit, guarded, is_called, is_request_over, is_unwinding},
        listening,
        stream::{Held, Operations, PhpStream, StatBuffer, engine},
    },
    storage::{Bucket, Registry, Writer},
};

static OPERATIONS: Operations = Operations {
    write: Some(write),
    read: Some(read),
    close: Some(close),
    flush: None,
    label: c"S3Storage".as_ptr(),
    seek: None,
    cast: None,
    stat: Some(stat),
    set_option: None,
};

/// The mode of what is only written: `S_IFREG | 0222`.
const FILE: u32 = libc::S_IFREG | 0o222;

/// What a stream stands on. Registry and handle are kept until it is closed: whoever listens to the handle hears of the end.
struct Written {
    _registry: Arc<Registry>,
    _bucket: Arc<Bucket>,
    _handle: Zval,
    /// A child that was forked has no part in it.
    pid: u32,
    /// The script had failed before it was opened: what writes is what was left for the end, such as a report of the failure.
    is_of_the_end: bool,
    size: Cell<u64>,
    /// Taken out while parts are sent: a signal handler may use the same stream meanwhile.
    state: RefCell<State>,
}

enum State {
    Open {
        writer: Box<Writer>,
        gathered: BytesMut,
    },
    /// Parts are being sent.
    Busy,
    /// It cannot become an object any more, because of this.
    Failed(Error),
    /// An exception of the script has ended it.
    Ended,
}

/// Makes a stream that writes.
pub(super) fn made(
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    handle: Zval,
    writer: Writer,
) -> Result<*mut PhpStream, Fault> {
    let written = Box::into_raw(Box::new(Written {
        _registry: registry,
        _bucket: bucket,
        _handle: handle,
        pid: std::process::id(),
        is_of_the_end: s3storage_wrapper_script_failed(),
        size: Cell::new(0),
        state: RefCell::new(State::Open { writer: Box::new(writer), gathered: BytesMut::new() }),
    }));
    let mut nothing = Zval::new();
    // SAFETY: the engine gives the value back to `close`, once.
    let stream =
        unsafe { engine::new(&raw const OPERATIONS, written.cast::<c_void>(), &raw mut nothing, c"wb".as_ptr()) };
    if stream.is_null() {
        // SAFETY: the engine did not take it.
        drop(unsafe { Box::from_raw(written) });
        return Err(Fault::Thrown);
    }
    Ok(stream)
}

impl Written {
    /// Takes bytes, and sends the parts that are whole.
    fn take(&self, bytes: &[u8]) -> Result<(), Fault> {
        if self.pid != std::process::id() {
            // What a filter still has when a child ends is the parent's business.
            return if is_called() { Err(Error::forked().into()) } else { Ok(()) };
        }
        let (mut writer, mut gathered) = match self.state.replace(State::Busy) {
            State::Open { writer, gathered } => (writer, gathered),
            State::Busy => {
                let message = "the stream is sending already; it was entered again";
                return Err(Error::new(ErrorCode::OperationFailed, message).into());
            }
            ended => {
                let error = match &ended {
                    State::Failed(error) => error.clone(),
                    _ => Error::new(ErrorCode::Cancelled, "the write was ended by an exception"),
                };
                self.state.replace(ended);
                return Err(error.into());
            }
        };
        let sent = gather(&mut writer, &mut gathered, bytes);
        match sent {
            Ok(()) => {
                self.size.set(self.size.get() + bytes.len() as u64);
                self.state.replace(State::Open { writer, gathered });
                Ok(())
            }
            Err(fault) => {
                if self.pid == std::process::id() {
                    drive::clean_up(writer.abort());
                }
                Err(self.fail(&writer, fault))
            }
        }
    }

    /// Nothing comes of it any more.
    fn fail(&self, writer: &Writer, fault: Fault) -> Fault {
        let (state, fault) = match fault {
            Fault::Error(error) => {
                let error = writer.named(error);
                (State::Failed(error.clone()), error.into())
            }
            other => (State::Ended, other),
        };
        self.state.replace(state);
        fault
    }

    /// The end: what was written becomes the object.
    fn commit(&self) -> Result<(), Fault> {
        match self.state.replace(State::Ended) {
            State::Open { mut writer, gathered } => {
                let finished = drive::wait(writer.finish(gathered.freeze()));
                if matches!(finished, Err(Fault::Thrown | Fault::Bailout)) && self.pid == std::process::id() {
                    drive::clean_up(writer.abort());
                }
                finished.map(drop)
            }
            State::Failed(error) => Err(error.into()),
            // Whatever ended it was told.
            State::Busy | State::Ended => Ok(()),
        }
    }

    /// The end of what must not become an object, since it may not be whole.
    fn abandon(&self) {
        if let State::Open { mut writer, .. } = self.state.replace(State::Ended) {
            drive::clean_up(writer.abort());
        }
    }
}

fn gather(writer: &mut Writer, gathered: &mut BytesMut, mut bytes: &[u8]) -> Result<(), Fault> {
    let size = writer.part_size();
    while !bytes.is_empty() {
        // A part is sent when there is more than it: the last one may be whole, too.
        if gathered.len() == size {
            if writer.is_full() {
                drive::wait(writer.send())?;
            }
            writer.push(take(gathered).freeze())?;
        }
        let (now, later) = bytes.split_at(bytes.len().min(size - gathered.len()));
        gathered.extend_from_slice(now);
        bytes = later;
    }
    Ok(())
}

/// # Safety
/// The stream was made by [`made`] and is not closed yet.
unsafe fn written<'a>(stream: *mut PhpStream) -> &'a Written {
    // SAFETY: by contract.
    unsafe { &*engine::value(stream).cast::<Written>() }
}

unsafe extern "C" fn write(stream: *mut PhpStream, buffer: *const c_char, size: usize) -> isize {
    let mut held = Held::default();
    // SAFETY: one of ours, which is open.
    unsafe { engine::hold(stream, &raw mut held) };
    let outcome = attempt("write", || {
        // SAFETY: one of ours; the engine lends a buffer of this size.
        let (written, bytes) = unsafe { (written(stream), std::slice::from_raw_parts(buffer.cast::<u8>(), size)) };
        match listening::told(written.take(bytes)) {
            // As with a file: the call that writes gives a warning and answers false. That nothing came of it is thrown when the stream is closed.
            Err(Fault::Error(error)) => guarded(|| {
                warn(c"", &error);
                Ok(false)
            }),
            other => other.map(|()| true),
        }
    });
    // SAFETY: held above, so it is still open.
    unsafe { engine::let_go(stream, &raw const held) };
    match outcome {
        Ok(true) => return isize::try_from(size).unwrap_or(isize::MAX),
        Ok(false) => {}
        Err(fault) => raise(fault),
    }
    -1
}

/// No stream of this kind is read. There is a function for it all the same: a filter for reading calls it without looking.
unsafe extern "C" fn read(stream: *mut PhpStream, _: *mut c_char, _: usize) -> isize {
    contained(
        "read",
        || (),
        || {
            // SAFETY: one of ours.
            unsafe { engine::set_eof(stream) };
        },
    );
    -1
}

unsafe extern "C" fn close(stream: *mut PhpStream, _: c_int) -> c_int {
    // SAFETY: the engine closes a stream once; the value is the one that `made` gave it.
    let written = unsafe { Box::from_raw(engine::value(stream).cast::<Written>()) };
    if let Err(fault) = attempt("close", || end(written)) {
        raise(fault);
        return -1;
    }
    0
}

/// The stream is closed: by the script, by the last of its variables, or by the end of all.
fn end(written: Box<Written>) -> Result<(), Fault> {
    if written.pid != std::process::id() {
        // The parent's: what it is made of are the parent's connections.
        forget(written);
        return Ok(());
    }
    // What `exit()` closes on its way out of functions is closed by the end of the script.
    let exit = Exit::set_aside();
    let is_over = exit.is_some() || is_request_over();
    if is_unwinding() || (is_over && s3storage_wrapper_script_failed() && !written.is_of_the_end) {
        // An exception is on its way, or was the end of the script: it may have come in the middle of the content.
        written.abandon();
        return Ok(());
    }
    let committed = written.commit();
    s3storage_wrapper_changed();
    if exit.is_none() && is_called() {
        return listening::told(committed);
    }
    // Nobody is left to catch anything.
    if let Err(Fault::Error(error)) = committed {
        return guarded(|| {
            warn(c"", &error);
            Ok(())
        });
    }
    Ok(())
}

unsafe extern "C" fn stat(stream: *mut PhpStream, buffer: *mut StatBuffer) -> c_int {
    let told = || {
        // SAFETY: one of ours; the engine lends a buffer.
        unsafe { engine::stat(buffer, FILE, written(stream).size.get(), 0) };
        0
    };
    contained("stat", || -1, told)
}
