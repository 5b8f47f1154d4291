//! The answer of the running request: its headers and what is written to its client.

use std::ffi::{c_char, c_int};

use super::{call::Fault, interrupts::guarded};
use crate::error::{Error, ErrorCode};

unsafe extern "C" {
    fn s3storage_output_has_begun() -> bool;
    fn s3storage_output_unbuffer();
    fn s3storage_status(status: c_int);
    fn s3storage_header(line: *const c_char, length: usize) -> bool;
    fn s3storage_wants_headers_only() -> bool;
    fn s3storage_output_end();
    fn s3storage_output(bytes: *const c_char, length: usize) -> bool;
}

/// Whether the client asked with HEAD.
pub(super) fn wants_headers_only() -> bool {
    // SAFETY: a plain read of the globals of this thread's engine.
    unsafe { s3storage_wants_headers_only() }
}

/// Checks that nothing is sent yet.
///
/// # Errors
/// When a part of an answer is sent already, or waits in an output buffer: it would be mixed with the object.
pub(super) fn check_fresh() -> Result<(), Error> {
    // SAFETY: a plain read of the globals of this thread's engine.
    if unsafe { s3storage_output_has_begun() } {
        let message = "the answer has begun already: headers are sent, or an output buffer holds bytes";
        return Err(Error::new(ErrorCode::OperationFailed, message)
            .with_details("call it before anything is printed, and clean output buffers first (ob_end_clean)"));
    }
    Ok(())
}

/// Sets status and headers. Output buffers are ended: the content must not gather in memory.
pub(super) fn head(status: u16, headers: &[(&str, String)]) -> Result<(), Fault> {
    // SAFETY: ending a buffer may run PHP code; when that throws, no header is set.
    guarded(|| unsafe {
        s3storage_output_unbuffer();
        Ok(())
    })?;
    guarded(|| {
        // SAFETY: the engine copies each line.
        unsafe { s3storage_status(c_int::from(status)) };
        for (name, value) in headers {
            let line = format!("{name}: {value}");
            // SAFETY: as above.
            unsafe { s3storage_header(line.as_ptr().cast(), line.len()) };
        }
        Ok(())
    })
}

/// Writes to the client; false when it is gone.
pub(super) fn write(bytes: &[u8]) -> Result<bool, Fault> {
    // SAFETY: the engine reads the bytes. When the client is gone it may end the script.
    guarded(|| Ok(unsafe { s3storage_output(bytes.as_ptr().cast(), bytes.len()) }))
}

/// Nothing is written to the client any more, whatever the script prints.
pub(super) fn end() {
    // SAFETY: sets a flag of this thread's engine.
    unsafe { s3storage_output_end() };
}
