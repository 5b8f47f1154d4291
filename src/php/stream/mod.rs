//! Streams of PHP: ours, which scripts read, and those of scripts, which we read. What only C can say is in `engine.c`.

mod opened;
mod source;

use std::ffi::{c_char, c_int, c_void};

use ext_php_rs::types::Zval;

pub(super) use opened::{made, open};
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
    was_open: bool,
    in_free: u8,
    resource: usize,
}

/// What the engine calls when a script uses a stream.
/// Source: `php_stream_ops` in `main/php_streams.h`.
#[repr(C)]
pub(super) struct Operations {
    pub(super) write: Option<unsafe extern "C" fn(*mut PhpStream, *const c_char, usize) -> isize>,
    pub(super) read: Option<unsafe extern "C" fn(*mut PhpStream, *mut c_char, usize) -> isize>,
    pub(super) close: Option<unsafe extern "C" fn(*mut PhpStream, c_int) -> c_int>,
    pub(super) flush: Option<unsafe extern "C" fn(*mut PhpStream) -> c_int>,
    pub(super) label: *const c_char,
    pub(super) seek: Option<unsafe extern "C" fn(*mut PhpStream, i64, c_int, *mut i64) -> c_int>,
    pub(super) cast: Option<unsafe extern "C" fn(*mut PhpStream, c_int, *mut *mut c_void) -> c_int>,
    pub(super) stat: Option<unsafe extern "C" fn(*mut PhpStream, *mut StatBuffer) -> c_int>,
    pub(super) set_option: Option<unsafe extern "C" fn(*mut PhpStream, c_int, c_int, *mut c_void) -> c_int>,
}

// SAFETY: a table of function pointers and a static label, which are only read.
unsafe impl Sync for Operations {}

/// What the engine offers streams; see `engine.c`.
pub(super) mod engine {
    pub(in crate::php) use super::{
        s3storage_stream_hold as hold, s3storage_stream_let_go as let_go, s3storage_stream_new as new,
        s3storage_stream_set_eof as set_eof, s3storage_stream_stat as stat, s3storage_stream_value as value,
        s3storage_stream_write as write,
    };
}

unsafe extern "C" {
    pub(in crate::php) fn s3storage_stream_new(
        operations: *const Operations,
        value: *mut c_void,
        wrapper_data: *mut Zval,
        mode: *const c_char,
    ) -> *mut PhpStream;
    fn s3storage_stream_value_of(stream: *mut PhpStream, result: *mut Zval);
    pub(in crate::php) fn s3storage_stream_value(stream: *const PhpStream) -> *mut c_void;
    pub(in crate::php) fn s3storage_stream_write(stream: *mut PhpStream, buffer: *const c_char, size: usize) -> isize;
    pub(in crate::php) fn s3storage_stream_hold(stream: *mut PhpStream, held: *mut Held);
    pub(in crate::php) fn s3storage_stream_let_go(stream: *mut PhpStream, held: *const Held);
    pub(in crate::php) fn s3storage_stream_set_eof(stream: *mut PhpStream);
    pub(in crate::php) fn s3storage_stream_stat(buffer: *mut StatBuffer, mode: u32, size: u64, modified: i64);
    fn s3storage_stream_is_open(value: *mut Zval) -> bool;
    fn s3storage_stream_read(value: *mut Zval, buffer: *mut c_char, size: usize) -> isize;
    fn s3storage_stream_is_at_end(value: *mut Zval) -> bool;
}
