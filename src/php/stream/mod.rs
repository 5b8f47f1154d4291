//! Streams of PHP: ours, which scripts read, and those of scripts, which we read. What only C can say is in `engine.c`.

mod opened;
mod source;

use std::ffi::{c_char, c_int, c_void};

use ext_php_rs::types::Zval;

pub(super) use opened::open;
pub(super) use source::Source;

/// `php_stream`, of which only the engine and `engine.c` know what is in it.
#[repr(C)]
pub(super) struct PhpStream([u8; 0]);

/// `php_stream_statbuf`, as above.
#[repr(C)]
pub(super) struct StatBuffer([u8; 0]);

/// What a stream was before a read began that may run PHP code; see `engine.c`.
#[repr(C)]
#[derive(Default)]
pub(super) struct Held {
    buffer: usize,
    length: usize,
    read: i64,
    write: i64,
    chunk: usize,
    at_end: bool,
    may_close: bool,
}

/// What the engine calls when a script uses a stream.
/// Source: `php_stream_ops` in `main/php_streams.h`.
#[repr(C)]
pub(super) struct Operations {
    write: Option<unsafe extern "C" fn(*mut PhpStream, *const c_char, usize) -> isize>,
    read: Option<unsafe extern "C" fn(*mut PhpStream, *mut c_char, usize) -> isize>,
    close: Option<unsafe extern "C" fn(*mut PhpStream, c_int) -> c_int>,
    flush: Option<unsafe extern "C" fn(*mut PhpStream) -> c_int>,
    label: *const c_char,
    seek: Option<unsafe extern "C" fn(*mut PhpStream, i64, c_int, *mut i64) -> c_int>,
    cast: Option<unsafe extern "C" fn(*mut PhpStream, c_int, *mut *mut c_void) -> c_int>,
    stat: Option<unsafe extern "C" fn(*mut PhpStream, *mut StatBuffer) -> c_int>,
    set_option: Option<unsafe extern "C" fn(*mut PhpStream, c_int, c_int, *mut c_void) -> c_int>,
}

// SAFETY: a table of function pointers and a static label, which are only read.
unsafe impl Sync for Operations {}

unsafe extern "C" {
    fn s3storage_stream_new(
        operations: *const Operations,
        value: *mut c_void,
        wrapper_data: *mut Zval,
        result: *mut Zval,
    ) -> *mut PhpStream;
    fn s3storage_stream_value(stream: *const PhpStream) -> *mut c_void;
    fn s3storage_stream_write(stream: *mut PhpStream, buffer: *const c_char, size: usize) -> isize;
    fn s3storage_stream_hold(stream: *mut PhpStream, held: *mut Held);
    fn s3storage_stream_let_go(stream: *mut PhpStream, held: *const Held);
    fn s3storage_stream_set_eof(stream: *mut PhpStream);
    fn s3storage_stream_stat(buffer: *mut StatBuffer, size: u64, modified: i64);
    fn s3storage_stream_is_open(value: *mut Zval) -> bool;
    fn s3storage_stream_read(value: *mut Zval, buffer: *mut c_char, size: usize) -> isize;
    fn s3storage_stream_is_at_end(value: *mut Zval) -> bool;
}
