//! What is kept beside a file: a record, under a name that says which very file it belongs to.
//!
//! A file that becomes an object has its record before; the rename that makes it the object changes both at once. A file that
//! somebody else has put there, or written to, has no record, and is an object all the same.

use rustix::fs::Stat;

use super::folder::Folder;
use crate::{
    backend::kept::{Record, answer},
    error::{ErrorCode, Result},
    types::Key,
};

/// The very file: its number, its time of change, its size.
pub(super) fn identity(stat: &Stat) -> String {
    format!("{:x}-{:x}.{:x}-{:x}", stat.st_ino, stat.st_mtime, stat.st_mtime_nsec, stat.st_size)
}

/// The record of a file; `None` where it has none.
pub(super) fn read(records: Option<&Folder>, stat: &Stat) -> Result<Option<Record>> {
    let Some(bytes) = records.map(|records| records.read(&identity(stat))).transpose()?.flatten() else {
        return Ok(None);
    };
    // One that was cut off, by a full disk or the end of the machine, is none.
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Keeps the record of a file.
pub(super) fn write(records: &Folder, stat: &Stat, record: &Record) -> Result<()> {
    let bytes = serde_json::to_vec(record)
        .map_err(|_| answer(ErrorCode::OperationFailed, 500, "", "what is kept of the object cannot be written"))?;
    records.write(&identity(stat), &bytes)
}

/// What can be said of a file without a record.
pub(super) fn foreign(stat: &Stat, key: &Key) -> Record {
    Record {
        size: u64::try_from(stat.st_size).unwrap_or(0),
        modified: stat.st_mtime,
        // Another one with every change, and not the digest of a content.
        etag: format!("\"{}\"", identity(stat)),
        public: stat.st_mode & 0o004 != 0,
        content_type: mime_guess::from_path(key.as_str()).first().map(|guessed| guessed.essence_str().to_owned()),
        ..Record::default()
    }
}
