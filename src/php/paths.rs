//! Paths that an application gives: what PHP's own file functions would open, where `open_basedir` allows it.

use std::{
    ffi::{CStr, CString, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

use super::zend;
use crate::error::{Error, Result, printable};

/// The path of a file that is to be read or written.
pub(super) fn of_file(path: &[u8]) -> Result<PathBuf> {
    allowed(path).map_err(|problem| {
        let path = printable(&String::from_utf8_lossy(path));
        Error::invalid_argument(format!("the path \"{path}\" {problem}"))
    })
}

/// The path of a file that is to be received: it is made beside the destination first, so its folder must be allowed, too.
pub(super) fn of_destination(path: &[u8]) -> Result<PathBuf> {
    let file = of_file(path)?;
    if let Some(folder) = file.parent() {
        of_file(folder.as_os_str().as_bytes())?;
    }
    Ok(file)
}

/// The path that PHP would open, in the thread's own working directory, if `open_basedir` allows it. `Err` says why not.
pub(super) fn allowed(path: &[u8]) -> std::result::Result<PathBuf, &'static str> {
    if path.is_empty() {
        return Err("is empty");
    }
    let terminated = CString::new(path).map_err(|_| "must not contain a NUL")?;
    // SAFETY: the engine returns a copy that we own, or null.
    let expanded = unsafe {
        let expanded = zend::expand_filepath(terminated.as_ptr(), std::ptr::null_mut());
        if expanded.is_null() {
            return Err("is no path");
        }
        let copy = CStr::from_ptr(expanded).to_owned();
        ext_php_rs::alloc::efree(expanded.cast());
        copy
    };
    // SAFETY: reads the path and the ini setting.
    if unsafe { zend::php_check_open_basedir_ex(expanded.as_ptr(), 0) } != 0 {
        return Err("is not within open_basedir");
    }
    Ok(OsString::from_vec(expanded.into_bytes()).into())
}
