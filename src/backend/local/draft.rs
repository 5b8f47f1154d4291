//! A content that is being written, where nobody looks for objects.

use std::{fs::File, io::Write};

use rustix::{
    fs::{Mode, Stat, fchmod, fstat},
    io::Errno,
};

use super::{
    failure::failed,
    folder::{Folder, errno},
};
use crate::{backend::kept, error::Result};

/// How long the drafts of a process that has died stay, in seconds.
const STALE: i64 = 24 * 3600;

/// Permissions of files: what anyone may read, and what nobody else may.
const PUBLIC: Mode = Mode::from_raw_mode(0o644);
const PRIVATE: Mode = Mode::from_raw_mode(0o600);

/// A content that is being written.
#[derive(Debug)]
pub(super) struct Draft {
    folder: Folder,
    name: String,
    file: File,
    is_placed: bool,
}

impl Draft {
    /// A new file in this folder.
    pub(super) fn new(folder: Folder) -> Result<Self> {
        for _ in 0..100 {
            let name = format!("{:x}-{:x}", std::process::id(), fastrand::u64(..));
            if let Some(file) = folder.create(&name)? {
                return Ok(Self { folder, name, file, is_placed: false });
            }
        }
        Err(failed("make a file", Errno::EXIST))
    }

    /// What the system says of the file; nothing is written to it any more.
    pub(super) fn stat(&self) -> Result<Stat> {
        fstat(&self.file).map_err(|error| failed("look at a file", error))
    }

    /// Says who may read the file.
    pub(super) fn show(&self, public: bool) -> Result<()> {
        show(&self.file, public)
    }

    /// Gives the file its place.
    pub(super) fn place(&mut self, folder: &Folder, name: &str) -> rustix::io::Result<()> {
        self.folder.rename(&self.name, folder, name)?;
        self.is_placed = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_placed {
            self.folder.forget(&self.name);
        }
    }
}

impl kept::Draft for Draft {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| failed("write a file", errno(&error)))
    }
}

/// Says who may read a file.
pub(super) fn show(file: &File, public: bool) -> Result<()> {
    let mode = if public { PUBLIC } else { PRIVATE };
    fchmod(file, mode).map_err(|error| failed("set the permissions of a file", error))
}

/// Removes what processes have left that died while they wrote.
pub(super) fn sweep(folder: &Folder, now: i64) {
    for entry in folder.entries().unwrap_or_default() {
        if let Ok(name) = std::str::from_utf8(&entry.name)
            && let Ok(Some(stat)) = folder.stat(name)
            && now.saturating_sub(stat.st_mtime) > STALE
        {
            folder.forget(name);
        }
    }
}
