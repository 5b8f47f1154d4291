//! Open folders. Every step is taken from an open folder to a name in it, and no symbolic link is followed: whatever is moved
//! or replaced meanwhile, nothing outside of the root is reached.

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::OwnedFd,
};

use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat, mkdirat, openat, statat, unlinkat},
    io::Errno,
};

use super::failure::{conflict, failed, link};
use crate::error::Result;

/// What a folder is made with; the process's umask counts.
const FOLDER: Mode = Mode::from_raw_mode(0o755);

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder(OwnedFd);

impl Folder {
    /// A folder that is opened by its path, links included: the root, which the configuration names.
    pub(super) fn root(path: &str) -> rustix::io::Result<Self> {
        openat(rustix::fs::CWD, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).map(Self)
    }

    /// A folder in this one; `None` where there is none.
    pub(super) fn folder(&self, name: &str) -> Result<Option<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.0, name, flags, Mode::empty()) {
            Ok(folder) => Ok(Some(Self(folder))),
            Err(Errno::NOTDIR | Errno::LOOP) if self.is_link(name) => Err(link(name)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(failed("open a folder", error)),
        }
    }

    /// A folder in this one, made if there is none; `None` where this one itself was removed meanwhile, since it was empty.
    pub(super) fn make(&self, name: &str) -> Result<Option<Self>> {
        // One that is removed between making and opening is made again.
        for _ in 0..100 {
            if let Some(folder) = self.folder(name)? {
                return Ok(Some(folder));
            }
            match mkdirat(&self.0, name, FOLDER) {
                Err(Errno::EXIST) if self.stat(name)?.is_some_and(|there| !is_folder(&there)) => {
                    return Err(conflict(name));
                }
                Ok(()) | Err(Errno::EXIST) => {}
                Err(Errno::NOENT) => return Ok(None),
                Err(error) => return Err(failed("make a folder", error)),
            }
        }
        Err(failed("make a folder", Errno::AGAIN))
    }

    /// What stands under a name.
    pub(super) fn stat(&self, name: &str) -> Result<Option<Stat>> {
        match statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(failed("look at a file", error)),
        }
    }

    /// Opens a file for reading; `None` where there is none, or something else.
    pub(super) fn open(&self, name: &str) -> Result<Option<File>> {
        // Nothing is waited for: a named pipe would never come to its end.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match openat(&self.0, name, flags, Mode::empty()) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Errno::NOENT | Errno::NXIO) => Ok(None),
            Err(Errno::LOOP) => Err(link(name)),
            Err(error) => Err(failed("open a file", error)),
        }
    }

    /// Makes a file that is not there yet; `None` where there is one.
    pub(super) fn create(&self, name: &str) -> Result<Option<File>> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.0, name, flags, Mode::from_raw_mode(0o600)) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Errno::EXIST) => Ok(None),
            Err(error) => Err(failed("make a file", error)),
        }
    }

    /// Opens a file for writing, made if there is none.
    pub(super) fn open_or_create(&self, name: &str) -> Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::from_raw_mode(0o600));
        file.map(File::from).map_err(|error| failed("make a file", error))
    }

    /// Reads a small file; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        let Some(mut file) = self.open(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        match file.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) => Err(failed("read a file", errno(&error))),
        }
    }

    /// Writes a small file in place of one that may be there: through another one, so that nobody sees a part of it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let draft = format!("{name}~{:x}-{:x}", std::process::id(), fastrand::u64(..));
        let Some(mut file) = self.create(&draft)? else { return Err(failed("make a file", Errno::EXIST)) };
        let written = file.write_all(bytes).map_err(|error| failed("write a file", errno(&error)));
        let placed =
            written.and_then(|()| self.rename(&draft, self, name).map_err(|error| failed("place a file", error)));
        placed.inspect_err(|_| self.forget(&draft))
    }

    /// Gives a file another place, over what is there.
    pub(super) fn rename(&self, name: &str, to: &Self, new: &str) -> rustix::io::Result<()> {
        rustix::fs::renameat(&self.0, name, &to.0, new)
    }

    /// Removes a file; `false` where there is none.
    pub(super) fn remove(&self, name: &str) -> Result<bool> {
        match unlinkat(&self.0, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(failed("remove a file", error)),
        }
    }

    /// Removes a file that nobody needs any more; where that does not work, it stays.
    pub(super) fn forget(&self, name: &str) {
        let _ = unlinkat(&self.0, name, AtFlags::empty());
    }

    /// Removes an empty folder; `false` where it is not empty, or not there.
    pub(super) fn remove_folder(&self, name: &str) -> bool {
        unlinkat(&self.0, name, AtFlags::REMOVEDIR).is_ok()
    }

    /// Names of files and folders in it; links and devices are left out.
    pub(super) fn entries(&self) -> Result<Vec<Entry>> {
        let reading = |error| failed("read a folder", error);
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.0).map_err(reading)? {
            let entry = entry.map_err(reading)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems leave it open.
                FileType::Unknown => match statat(&self.0, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                },
                known => known,
            };
            match kind {
                FileType::Directory => entries.push(Entry { name: name.to_vec(), is_folder: true }),
                FileType::RegularFile => entries.push(Entry { name: name.to_vec(), is_folder: false }),
                _ => {}
            }
        }
        Ok(entries)
    }

    fn is_link(&self, name: &str) -> bool {
        self.stat(name).ok().flatten().is_some_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
    }
}

/// A name in a folder.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) is_folder: bool,
}

/// Whether this is a file that has a content.
pub(super) fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

fn is_folder(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// The number of an error of the system.
pub(super) fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
