//! The directory that objects are written into: whatever their names are, nothing is made, replaced or removed outside of it.
//!
//! Every folder on the way is opened below the one before it, and no link is followed (`openat` with `O_NOFOLLOW`), so that there is no moment
//! between a check and what follows from it.

use std::{
    ffi::OsStr,
    fs,
    io::ErrorKind,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, mkdirat, openat, statat, unlinkat},
    io::Errno,
};

use super::{super::landing, walk::Walk};
use crate::error::{Error, ErrorCode, Result, printable};

/// A directory whose files are written.
#[derive(Debug)]
pub(super) struct Ground {
    root: OwnedFd,
    path: PathBuf,
    /// The permissions that a new file gets here.
    mode: u32,
}

/// How a folder on the way is opened.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Ground {
    /// Opens a directory, which is made if there is none. A link to a directory is followed, this once.
    ///
    /// # Errors
    /// INVALID_ARGUMENT where that is not possible, or no file can be made there.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let opened = fs::create_dir_all(path).and_then(|()| fs::canonicalize(path)).and_then(|path| {
            let root = openat(rustix::fs::CWD, &path, FOLDER, Mode::empty())?;
            Ok((root, path))
        });
        let (root, path) = opened.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists | ErrorKind::NotADirectory => refused(path, "is no directory"),
            _ => refused(path, &format!("cannot be used: {error}")),
        })?;
        let mode = landing::default_mode(&path.join("s3storage"))?;
        Ok(Self { root, path, mode })
    }

    /// Where a download of this name lands; the folders that it needs are made.
    ///
    /// # Errors
    /// INVALID_PATHNAME for a name that is none of a file; INVALID_ARGUMENT where something else is in the way.
    pub(super) fn landing(&self, relative: &str, modified: Option<i64>) -> Result<landing::Landing> {
        check(relative)?;
        let (folder, _) = self.folder(relative)?;
        landing::Landing::within(folder, self.path.join(relative), self.mode, modified)
    }

    /// Makes a folder of this name, which ends with `/`; false where it was there.
    ///
    /// # Errors
    /// As for [`Self::landing`].
    pub(super) fn make(&self, relative: &str) -> Result<bool> {
        check(relative.strip_suffix('/').unwrap_or(relative))?;
        Ok(self.folder(relative)?.1)
    }

    /// Removes a file; one that is not there is no error.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED where it cannot be removed.
    pub(super) fn remove(&self, relative: &[u8]) -> Result<()> {
        let (folders, name) = split(relative);
        let mut folder = self.root.try_clone().map_err(|error| self.failed(relative, &error.to_string()))?;
        for part in folders.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            folder = match openat(&folder, OsStr::from_bytes(part), FOLDER, Mode::empty()) {
                Ok(folder) => folder,
                Err(Errno::NOENT) => return Ok(()),
                Err(error) => return Err(self.failed(relative, &error.to_string())),
            };
        }
        match unlinkat(&folder, OsStr::from_bytes(name), AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed(relative, &error.to_string())),
        }
    }

    /// Opens the folder of a name, and tells whether it had to be made.
    fn folder(&self, relative: &str) -> Result<(OwnedFd, bool)> {
        let (folders, _) = split(relative.as_bytes());
        let (mut folder, mut made) = (self.root.try_clone().map_err(|error| unopened(&self.path, &error))?, false);
        let mut at = 0;
        for part in folders.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            at += part.len() + 1;
            let name = OsStr::from_bytes(part);
            let mut opened = openat(&folder, name, FOLDER, Mode::empty());
            if matches!(opened, Err(Errno::NOENT)) {
                made = match mkdirat(&folder, name, Mode::from_raw_mode(0o777)) {
                    Ok(()) => true,
                    Err(Errno::EXIST) => made,
                    Err(error) => return Err(unopened(&self.path.join(&relative[..at - 1]), &error.into())),
                };
                opened = openat(&folder, name, FOLDER, Mode::empty());
            }
            folder = opened.map_err(|error| {
                let path = self.path.join(&relative[..at - 1]);
                match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)
                    .map(|there| FileType::from_raw_mode(there.st_mode))
                {
                    Ok(FileType::Symlink) => refused(&path, "is a link, which is not followed; remove it"),
                    Ok(kind) if kind != FileType::Directory => {
                        refused(&path, "is a file; a folder cannot be there too")
                    }
                    _ => unopened(&path, &error.into()),
                }
            })?;
        }
        Ok((folder, made))
    }

    fn failed(&self, relative: &[u8], problem: &str) -> Error {
        let path = Walk::path(&self.path, relative);
        let message = format!("the file {} cannot be removed", printable(&path.to_string_lossy()));
        Error::new(ErrorCode::OperationFailed, message).with_details(problem)
    }
}

/// The folders of a name with their final `/`, and the rest.
fn split(relative: &[u8]) -> (&[u8], &[u8]) {
    relative.split_at(relative.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1))
}

/// Whether a name below a prefix is one below a directory, too.
///
/// # Errors
/// INVALID_PATHNAME where it would lead elsewhere, or to the file of another name.
pub(super) fn check(relative: &str) -> Result<()> {
    let has_drive = matches!(relative.as_bytes(), [drive, b':', rest @ ..]
        if drive.is_ascii_alphabetic() && matches!(rest, [] | [b'/' | b'\\', ..]));
    let problem = if relative.starts_with('/') {
        "begins with a `/` behind the prefix"
    } else if relative.split('/').any(str::is_empty) {
        "has an empty segment"
    } else if relative.split('/').any(|segment| matches!(segment, "." | "..")) {
        "has a `.` or `..` segment"
    } else if relative.contains('\0') {
        "has a NUL"
    } else if has_drive {
        "begins with a drive"
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorCode::InvalidPathname, format!("the name {problem}, so it is not written to a file"))
        .with_details("download it by itself, to a file of your choice"))
}

fn unopened(path: &Path, error: &std::io::Error) -> Error {
    refused(path, &format!("cannot be opened or made: {error}"))
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::invalid_argument(format!("the directory {} {problem}", printable(&path.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use tempfile::TempDir;

    use super::*;

    fn ground() -> (TempDir, Ground) {
        let outer = TempDir::new().unwrap();
        let ground = Ground::open(&outer.path().join("made/ground")).unwrap();
        (outer, ground)
    }

    fn write(ground: &Ground, relative: &str) -> Result<()> {
        let landing = ground.landing(relative, Some(1_000))?;
        landing.write(b"new", 0)?;
        landing.land()
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions_and_runs_as_nobody_else() {
        let (outer, ground) = ground();
        let file = outer.path().join("made/ground/file");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o6750)).unwrap();
        write(&ground, "file").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o750);
    }

    fn everything(folder: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if fs::symlink_metadata(&path).unwrap().is_dir() {
                found.extend(everything(&path));
            }
            found.push(path);
        }
        found.sort();
        found
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused_and_make_nothing() {
        let (outer, ground) = ground();
        let before = everything(outer.path());
        for name in ["../x", "a/../../x", "/etc/x", "a//b", "a/", "", ".", "a/./b", "a\0b", "C:/x", "c:\\x", "C:"] {
            assert_eq!(write(&ground, name).unwrap_err().code, ErrorCode::InvalidPathname, "{name:?}");
        }
        assert_eq!(everything(outer.path()), before);
        for name in ["..x", "a/...", "C:x", "\\..\\x", "a/b/c", " ", "ä\n"] {
            write(&ground, name).unwrap();
            assert_eq!(fs::read(ground.path.join(name)).unwrap(), b"new");
        }
    }

    #[test]
    fn no_link_is_followed_wherever_it_stands() {
        let (outer, ground) = ground();
        let secret = outer.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        symlink(outer.path(), ground.path.join("folder")).unwrap();
        symlink(&secret, ground.path.join("file")).unwrap();
        for name in ["folder/secret", "folder/new", "folder/deep/new", "file"] {
            let error = write(&ground, name).unwrap_err();
            assert!(error.to_string().contains("is a link, which is not followed"), "{error}");
        }
        assert!(ground.remove(b"folder/secret").is_err());
        assert!(ground.make("folder/x/").is_err());
        assert_eq!(fs::read(&secret).unwrap(), b"secret");
        assert_eq!(everything(outer.path()).len(), 5);
        // A folder that is exchanged for a link while a download to it is under way.
        let landing = ground.landing("sub/file", None).unwrap();
        landing.write(b"new", 0).unwrap();
        fs::rename(ground.path.join("sub"), ground.path.join("sub2")).unwrap();
        symlink(outer.path(), ground.path.join("sub")).unwrap();
        landing.land().unwrap();
        assert!(ground.path.join("sub2/file").is_file() && !outer.path().join("file").exists());
    }

    #[test]
    fn a_file_keeps_its_permissions_and_gets_the_time_that_was_asked_for() {
        let (_outer, ground) = ground();
        write(&ground, "a/file").unwrap();
        let path = ground.path.join("a/file");
        assert_eq!(std::os::unix::fs::MetadataExt::mtime(&fs::metadata(&path).unwrap()), 1_000);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        write(&ground, "a/file").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
        drop(ground.landing("a/other", None).unwrap());
        assert_eq!(everything(&ground.path), [ground.path.join("a"), path]);
    }

    #[test]
    fn what_is_a_file_is_no_folder_and_a_folder_no_file() {
        let (_outer, ground) = ground();
        write(&ground, "a").unwrap();
        assert!(write(&ground, "a/b").unwrap_err().to_string().contains("is a file"));
        assert!(ground.make("b/c/").unwrap() && !ground.make("b/c/").unwrap());
        assert!(write(&ground, "b/c").unwrap_err().to_string().contains("is a folder"));
        ground.remove(b"a").unwrap();
        ground.remove(b"a").unwrap();
        assert!(!ground.path.join("a").exists() && ground.remove(b"b/c").is_err());
    }
}
