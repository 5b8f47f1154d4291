//! A stream of a script, read until its end: a file, a pipe, a socket, one of its own making. Reading may run PHP code, so it happens
//! between two waits and never within one.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use ext_php_rs::{exception::PhpException, types::Zval, zend::ce};

use super::{s3storage_stream_is_at_end, s3storage_stream_is_open, s3storage_stream_read};
use crate::{
    error::{Error, ErrorCode},
    php::{call::Fault, drive, interrupts::guarded},
};

/// How much is asked for at once, and taken of memory before it has come.
const PIECE: usize = 256 * 1024;

/// How long a source that does not block is left alone when it has nothing.
const PAUSE: Duration = Duration::from_millis(5);

/// A stream that is being read.
pub(in crate::php) struct Source<'a> {
    stream: &'a Zval,
    /// How long it may have nothing.
    patience: Duration,
}

impl<'a> Source<'a> {
    /// A stream that was given as an argument; anything else is PHP's own `TypeError`.
    pub(in crate::php) fn of(stream: &'a Zval, argument: &str, patience: Duration) -> Result<Self, Fault> {
        // SAFETY: the value is only looked at.
        if unsafe { s3storage_stream_is_open(std::ptr::from_ref(stream).cast_mut()) } {
            return Ok(Self { stream, patience });
        }
        let kind = if stream.is_resource() { "closed or other resource".into() } else { stream.get_type().to_string() };
        let message = format!("S3Storage::{argument} must be an open stream (a resource), {kind} given");
        PhpException::new(message, 0, ce::type_error()).throw();
        Err(Fault::Thrown)
    }

    /// The next so many bytes; fewer only at the end of the stream.
    pub(in crate::php) fn next(&self, size: usize) -> Result<Bytes, Fault> {
        let mut bytes = BytesMut::with_capacity(size.min(PIECE));
        let mut since = Instant::now();
        while bytes.len() < size {
            let length = bytes.len();
            if length >= PIECE {
                // A part of this size is likely now; growing step by step would take up to twice of it.
                bytes.reserve(size - length);
            }
            bytes.resize(size.min(length + PIECE), 0);
            let read = self.read(&mut bytes[length..])?;
            bytes.truncate(length + read);
            if read > 0 {
                since = Instant::now();
            } else if self.is_at_end()? {
                break;
            } else if since.elapsed() >= self.patience {
                let message = format!("the source stream had nothing for {} seconds", since.elapsed().as_secs());
                return Err(Error::new(ErrorCode::Timeout, message).into());
            } else {
                // A stream that does not block. Signals are attended to meanwhile.
                drive::wait(async {
                    tokio::time::sleep(PAUSE).await;
                    Ok(())
                })?;
            }
        }
        Ok(bytes.freeze())
    }

    fn read(&self, buffer: &mut [u8]) -> Result<usize, Fault> {
        let value = std::ptr::from_ref(self.stream).cast_mut();
        // SAFETY: the engine writes into the buffer and no further; a stream that was closed meanwhile is told apart.
        let read = guarded(|| Ok(unsafe { s3storage_stream_read(value, buffer.as_mut_ptr().cast(), buffer.len()) }))?;
        usize::try_from(read).map_err(|_| {
            let message = "the source stream failed; nothing was written";
            Fault::Error(Error::new(ErrorCode::OperationFailed, message))
        })
    }

    fn is_at_end(&self) -> Result<bool, Fault> {
        let value = std::ptr::from_ref(self.stream).cast_mut();
        // SAFETY: as above.
        guarded(|| Ok(unsafe { s3storage_stream_is_at_end(value) }))
    }
}
