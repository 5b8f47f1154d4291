//! What the system says, in the codes of the crate.

use rustix::io::Errno;

use crate::{
    backend::kept::unsupported,
    error::{Error, ErrorCode, printable},
};

/// Something could not be done.
pub(super) fn failed(what: &str, error: Errno) -> Error {
    let code = match error {
        Errno::ACCESS | Errno::PERM | Errno::ROFS => ErrorCode::PermissionDenied,
        Errno::NOSPC | Errno::DQUOT | Errno::FBIG => ErrorCode::QuotaExceeded,
        Errno::NAMETOOLONG => ErrorCode::Unsupported,
        _ => ErrorCode::OperationFailed,
    };
    Error::new(code, format!("could not {what} below the server's root")).with_details(error.to_string())
}

/// A file is in the way of a folder, or the other way round.
pub(super) fn conflict(name: &str) -> Error {
    unsupported(&format!(
        "\"{}\" is there as a file and as a folder of others: a local server keeps objects in files, and cannot have both",
        printable(name)
    ))
}

/// A symbolic link is in the way.
pub(super) fn link(name: &str) -> Error {
    Error::new(
        ErrorCode::PermissionDenied,
        format!("\"{}\" is a symbolic link; a local server follows none", printable(name)),
    )
}
