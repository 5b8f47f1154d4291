//! Where a download lands: a file beside its destination, which becomes the destination when it is whole, and is gone or kept for
//! another try when it is not.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::{
        fd::OwnedFd,
        unix::{
            ffi::{OsStrExt, OsStringExt},
            fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt},
        },
    },
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, renameat, statat, unlinkat};

use super::{
    files::reason,
    journal::{Journal, Plan},
};
use crate::error::{Error, ErrorCode, Result, printable};

/// So much of a name fits beside what is put around it into the 255 bytes that a name may have.
const MOST_OF_NAME: usize = 200;

/// What only its owner may do, while the content is not whole.
const OWN: u32 = 0o600;

/// What a destination hands on. Not that it runs as its owner, who may be another one now, and whose content it was not.
const PERMISSIONS: u32 = 0o777;

/// A file that is being received.
#[derive(Debug)]
pub(super) struct Landing {
    destination: PathBuf,
    path: PathBuf,
    /// The open folder in which both are, where that must be this very one.
    folder: Option<OwnedFd>,
    file: File,
    /// The permissions that the destination will have.
    mode: u32,
    /// Whether there is a file in its place already.
    replaces: bool,
    /// The time of the last change that the destination will have, in Unix seconds, if not the present.
    modified: Option<i64>,
    /// With one, what was received is kept for another try.
    journal: Option<Journal>,
    landed: bool,
}

impl Landing {
    /// Prepares a download that leaves nothing behind when it fails.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a destination that is something else than a file, or in whose folder no file can be made.
    pub(super) fn fresh(destination: &Path) -> Result<Self> {
        let (destination, existing) = resolved(destination)?;
        let (path, file) = unique(&destination, OWN)?;
        Self::over(destination, existing.as_ref(), path, file, None)
    }

    /// Prepares a download that another one may take up again, and takes up what an earlier one left.
    ///
    /// # Errors
    /// As for [`Self::fresh`]; S3_OPERATION_FAILED while another download to the same destination is under way.
    pub(super) fn resumable(destination: &Path) -> Result<Self> {
        let (destination, existing) = resolved(destination)?;
        let path = beside(&destination, ".s3storage-part");
        let file = locked(&path, &destination, own_uid(&destination)?)?;
        let journal = Journal::beside(&path);
        Self::over(destination, existing.as_ref(), path, file, Some(journal))
    }

    /// Prepares a download into an open folder, which no link leads out of: neither one in the file's place nor one that takes the place
    /// of the folder. `mode` is for a new file.
    ///
    /// # Errors
    /// INVALID_ARGUMENT where something else than a file is in its place, or no file can be made.
    pub(super) fn within(folder: OwnedFd, destination: PathBuf, mode: u32, modified: Option<i64>) -> Result<Self> {
        let existing = match statat(&folder, name_of(&destination), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) => match FileType::from_raw_mode(there.st_mode) {
                FileType::RegularFile => Some(Mode::from_raw_mode(there.st_mode).bits() & PERMISSIONS),
                FileType::Directory => return Err(refused(&destination, "is a folder; a file cannot be there too")),
                FileType::Symlink => return Err(refused(&destination, "is a link, which is not followed; remove it")),
                _ => return Err(refused(&destination, "is no regular file")),
            },
            Err(rustix::io::Errno::NOENT) => None,
            Err(error) => return Err(refused(&destination, &reason(&error.into()))),
        };
        let (path, file) = unique_in(&folder, &destination)?;
        let (replaces, mode) = (existing.is_some(), existing.unwrap_or(mode));
        let folder = Some(folder);
        Ok(Self { destination, path, folder, file, mode, replaces, modified, journal: None, landed: false })
    }

    fn over(
        destination: PathBuf,
        existing: Option<&Metadata>,
        path: PathBuf,
        file: File,
        journal: Option<Journal>,
    ) -> Result<Self> {
        let replaces = existing.is_some();
        let (folder, modified) = (None, None);
        let mut landing =
            Self { destination, path, folder, file, mode: OWN, replaces, modified, journal, landed: false };
        landing.mode =
            existing.map_or_else(|| default_mode(&landing.destination), |there| Ok(there.mode() & PERMISSIONS))?;
        Ok(landing)
    }

    /// What an earlier try of the same object has left: its plan, and the ranges that are there.
    pub(super) fn left(&self, bucket: &str, key: &str) -> Option<(Plan, Vec<u64>)> {
        let journal = self.journal.as_ref()?;
        let (plan, done) = journal.read()?;
        let is_there = |range: &u64| {
            let (offset, length) = plan.range(*range);
            self.file.metadata().is_ok_and(|file| file.len() >= offset + length)
        };
        let is_worth_something = plan.is_of(bucket, key) && done.iter().all(is_there);
        journal.keep(is_worth_something && !done.is_empty());
        is_worth_something.then_some((plan, done))
    }

    /// Begins from nothing.
    pub(super) fn begin(&mut self, plan: &Plan) -> Result<()> {
        // A new file is empty. Cutting it all the same would make ext4 write it out when it is closed (`auto_da_alloc`).
        let Some(journal) = &mut self.journal else { return Ok(()) };
        let begun = self.file.set_len(0).and_then(|()| journal.begin(plan));
        begun.map_err(|error| self.failed(&error))
    }

    /// Goes on with what is there.
    pub(super) fn go_on(&mut self) -> Result<()> {
        match &mut self.journal {
            Some(journal) => journal.go_on().map_err(|error| self.failed(&error)),
            None => Ok(()),
        }
    }

    /// Writes bytes at their place.
    pub(super) fn write(&self, bytes: &[u8], offset: u64) -> Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|error| self.failed(&error))
    }

    /// Reads bytes back.
    pub(super) fn read(&self, bytes: &mut [u8], offset: u64) -> Result<()> {
        self.file.read_exact_at(bytes, offset).map_err(|error| self.failed(&error))
    }

    /// A range is whole. It is only noted when its bytes are on the disk.
    pub(super) fn finished(&self, range: u64) -> Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        self.file.sync_data().and_then(|()| journal.note(range)).map_err(|error| self.failed(&error))
    }

    /// The content is whole: it takes the place of the destination. What is replaced is only let go of when the new content is on the
    /// disk, so that a crash leaves one or the other.
    pub(super) fn land(mut self) -> Result<()> {
        let landed = self.file.set_permissions(Permissions::from_mode(self.mode)).and_then(|()| {
            if let Some(modified) = self.modified {
                self.file.set_modified(moment(modified))?;
            }
            if self.replaces {
                self.file.sync_data()?;
            }
            let (from, to) = (name_of(&self.path), name_of(&self.destination));
            match &self.folder {
                None => fs::rename(&self.path, &self.destination),
                Some(folder) => Ok(renameat(folder, from, folder, to)?),
            }
        });
        landed.map_err(|error| self.failed(&error))?;
        self.landed = true;
        if let Some(journal) = &self.journal {
            journal.remove();
        }
        Ok(())
    }

    /// What was received is worth nothing.
    pub(super) fn discard(mut self) {
        if let Some(journal) = self.journal.take() {
            journal.remove();
        }
    }

    fn failed(&self, error: &io::Error) -> Error {
        let path = printable(&self.path.to_string_lossy());
        Error::new(ErrorCode::OperationFailed, format!("the file {path} cannot be written"))
            .with_details(error.to_string())
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if self.landed || self.journal.as_ref().is_some_and(Journal::has_ranges) {
            return;
        }
        if let Some(journal) = &self.journal {
            journal.remove();
        }
        let _ = match &self.folder {
            None => fs::remove_file(&self.path),
            Some(folder) => unlinkat(folder, name_of(&self.path), AtFlags::empty()).map_err(Into::into),
        };
    }
}

fn moment(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let moment = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    };
    moment.unwrap_or(SystemTime::UNIX_EPOCH)
}

fn name_of(path: &Path) -> &OsStr {
    path.file_name().unwrap_or_default()
}

/// The file that a destination means, as PHP's `fopen` would open it, and what is there.
fn resolved(destination: &Path) -> Result<(PathBuf, Option<Metadata>)> {
    let is_link = fs::symlink_metadata(destination).is_ok_and(|there| there.file_type().is_symlink());
    let path = if is_link { fs::canonicalize(destination) } else { Ok(destination.to_owned()) };
    let path = path.map_err(|error| refused(destination, &format!("is a link that leads nowhere: {error}")))?;
    match fs::metadata(&path) {
        Ok(there) if there.is_file() => Ok((path, Some(there))),
        Ok(there) if there.is_dir() => Err(refused(destination, "is a directory; name a file in it")),
        Ok(_) => Err(refused(destination, "is no regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound && path.file_name().is_some() => Ok((path, None)),
        Err(error) => Err(refused(destination, &reason(&error))),
    }
}

/// A name beside the destination that tells where it comes from.
fn beside(destination: &Path, suffix: &str) -> PathBuf {
    let name = destination.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    let mut hidden = b".".to_vec();
    if name.len() <= MOST_OF_NAME {
        hidden.extend_from_slice(name);
    } else {
        // Two long names that begin alike must stay two.
        use sha2::{Digest, Sha256};
        hidden.extend_from_slice(hex::encode(Sha256::digest(name)).as_bytes());
    }
    hidden.extend_from_slice(suffix.as_bytes());
    destination.with_file_name(OsString::from_vec(hidden))
}

/// Makes a file that was not there before.
fn unique(destination: &Path, mode: u32) -> Result<(PathBuf, File)> {
    unique_by(destination, |path| OpenOptions::new().read(true).write(true).create_new(true).mode(mode).open(path))
}

/// The same in an open folder.
fn unique_in(folder: &OwnedFd, destination: &Path) -> Result<(PathBuf, File)> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    unique_by(destination, |path| Ok(File::from(openat(folder, name_of(path), flags, mode)?)))
}

fn unique_by(destination: &Path, make: impl Fn(&Path) -> io::Result<File>) -> Result<(PathBuf, File)> {
    for _ in 0..16 {
        let path = beside(destination, &format!(".{:016x}.s3storage-tmp", fastrand::u64(..)));
        match make(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(unwritable(destination, &error)),
        }
    }
    Err(refused(destination, "has a folder in which every name is taken"))
}

/// The permissions that a new file gets here: the umask tells, which is asked by making one.
pub(super) fn default_mode(destination: &Path) -> Result<u32> {
    let (path, file) = unique(destination, 0o666)?;
    let mode = file.metadata().map(|made| made.mode() & 0o7777);
    let _ = fs::remove_file(path);
    mode.map_err(|error| unwritable(destination, &error))
}

/// Who we are, as the owner of files: that of one that is made here.
fn own_uid(destination: &Path) -> Result<u32> {
    let (path, file) = unique(destination, OWN)?;
    let uid = file.metadata().map(|made| made.uid());
    let _ = fs::remove_file(path);
    uid.map_err(|error| unwritable(destination, &error))
}

/// The file that downloads which may be taken up again use, for this process alone. What belongs to somebody else could be changed
/// when it is whole, by whoever has it open.
fn locked(path: &Path, destination: &Path, uid: u32) -> Result<File> {
    for _ in 0..16 {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(OWN)
            // Whatever somebody else has put there is not followed, and not waited for.
            .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
            .open(path)
            .map_err(|error| unwritable(destination, &error))?;
        if file.try_lock().is_err() {
            let message = format!("another download to {} is under way", printable(&destination.to_string_lossy()));
            return Err(Error::new(ErrorCode::OperationFailed, message));
        }
        let opened = file.metadata().map_err(|error| unwritable(destination, &error))?;
        // It may have landed, or been removed, between opening and locking.
        let is_there =
            fs::symlink_metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (opened.dev(), opened.ino()));
        let is_ours = opened.is_file() && opened.nlink() == 1 && opened.mode() & 0o7777 == OWN && opened.uid() == uid;
        if is_there && is_ours {
            return Ok(file);
        }
        if is_there {
            fs::remove_file(path).map_err(|error| unwritable(destination, &error))?;
        }
    }
    Err(refused(destination, "is downloaded to by others all the time"))
}

fn unwritable(destination: &Path, error: &io::Error) -> Error {
    let folder = destination.parent().unwrap_or(destination).to_string_lossy();
    let message = match error.kind() {
        ErrorKind::NotFound => format!("the folder {} does not exist", printable(&folder)),
        _ => format!("no file can be made in the folder {}: {error}", printable(&folder)),
    };
    Error::invalid_argument(message)
}

fn refused(destination: &Path, problem: &str) -> Error {
    Error::invalid_argument(format!("the destination {} {problem}", printable(&destination.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_the_longest_names_fit_and_stay_apart() {
        let longest = |last: &str| PathBuf::from(format!("/f/{}{last}", "n".repeat(254)));
        let names: Vec<_> = ["a", "b"].map(|last| beside(&longest(last), ".0123456789abcdef.s3storage-tmp")).into();
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.file_name().unwrap().len() <= 255 && name.starts_with("/f")));
        assert_eq!(beside(Path::new("/f/n"), ".s3storage-part"), Path::new("/f/.n.s3storage-part"));
    }

    #[test]
    fn a_second_landing_at_the_same_place_is_refused_until_the_first_has_ended() {
        let folder = tempfile::TempDir::new().unwrap();
        let destination = folder.path().join("file");
        let first = Landing::resumable(&destination).unwrap();
        assert!(Landing::resumable(&destination).unwrap_err().to_string().contains("is under way"));
        first.land().unwrap();
        drop(Landing::resumable(&destination).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_somebody_else_has_put_there_is_neither_followed_nor_written_to() {
        let folder = tempfile::TempDir::new().unwrap();
        let (destination, bait) = (folder.path().join("file"), folder.path().join("bait"));
        fs::write(&bait, "bait").unwrap();
        std::os::unix::fs::symlink(&bait, folder.path().join(".file.s3storage-part")).unwrap();
        assert!(Landing::resumable(&destination).is_err());
        fs::remove_file(folder.path().join(".file.s3storage-part")).unwrap();
        // A second name of the same file.
        fs::set_permissions(&bait, Permissions::from_mode(OWN)).unwrap();
        fs::hard_link(&bait, folder.path().join(".file.s3storage-part")).unwrap();
        let landing = Landing::resumable(&destination).unwrap();
        landing.write(b"new", 0).unwrap();
        landing.land().unwrap();
        assert_eq!((fs::read(&bait).unwrap(), fs::read(&destination).unwrap()), (b"bait".to_vec(), b"new".to_vec()));
    }

    #[test]
    fn what_another_user_has_put_there_is_not_written_to() {
        let folder = tempfile::TempDir::new().unwrap();
        let (destination, part) = (folder.path().join("file"), folder.path().join(".file.s3storage-part"));
        fs::write(&part, "bait").unwrap();
        fs::set_permissions(&part, Permissions::from_mode(OWN)).unwrap();
        // Only root can give a file away, and only root could open what others have shut.
        if std::os::unix::fs::chown(&part, Some(12_345), None).is_err() {
            return;
        }
        let theirs = File::open(&part).unwrap();
        let landing = Landing::resumable(&destination).unwrap();
        landing.write(b"new", 0).unwrap();
        landing.land().unwrap();
        assert_ne!(fs::metadata(&destination).unwrap().uid(), 12_345);
        assert_eq!(io::read_to_string(theirs).unwrap(), "bait");
    }
}
