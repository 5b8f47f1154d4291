//! Files on disk as sources of objects.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::{CWD, Mode, OFlags, openat};

use super::{
    Progress, Storage, Target,
    source::Source,
    upload::{upload, upload_resuming},
    write::content_type,
};
use crate::{
    backend::contract::FileSlice,
    error::{Error, Result, printable},
    middleware::Name,
    types::{ObjectInfo, Pathname, PutOptions},
};

impl Storage {
    /// Writes a file to an object, all or nothing, as [`Self::write`] does a content in memory. The file is read while it is sent, a
    /// piece at a time; it must not change meanwhile. With `resume` a failed upload in parts is left on the server, and the next call
    /// sends only what is missing of the same file. Paths are taken as they are: who may open what is for the caller to say.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a file that cannot be opened or is no regular one; S3_OPERATION_FAILED when it changes; those of a
    /// write.
    pub async fn upload_file(
        &self,
        pathname: &Pathname,
        file: &Path,
        mut options: PutOptions,
        resume: bool,
        progress: &Progress,
    ) -> Result<ObjectInfo> {
        let doing = self.begin(Name::UploadFile, pathname.as_str());
        let write = async {
            options.check()?;
            let content = open(file, true)?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            options.visibility = target.visibility(options.visibility)?;
            options.content_type.get_or_insert_with(|| type_of(pathname, file));
            let info = if resume {
                upload_resuming(&target, &key, content, &options, progress).await?
            } else {
                upload(&target, &key, Source::file(content), &options, progress).await?
            };
            Ok(Target::named(info, pathname))
        };
        doing.run_cancellable(progress, write).await
    }
}

/// The MIME type of an object by its own name, or else by the file's.
pub(super) fn type_of(pathname: &Pathname, file: &Path) -> String {
    let own = mime_guess::from_path(pathname.as_str()).first();
    own.or_else(|| mime_guess::from_path(file).first())
        .map_or_else(|| content_type(pathname), |guessed| guessed.essence_str().to_owned())
}

/// Opens a regular file, or with `follow` also one that a link leads to.
pub(super) fn open(path: &Path, follow: bool) -> Result<FileSlice> {
    // Without O_NONBLOCK the opening of a pipe waits until somebody writes to it.
    let flags = libc::O_NONBLOCK | if follow { 0 } else { libc::O_NOFOLLOW };
    checked(path, OpenOptions::new().read(true).custom_flags(flags).open(path))
}

/// The same below a directory, through no link at all: neither one in the file's place nor one that has taken the place of a folder. The
/// directory itself may be one.
pub(super) fn open_below(directory: &Path, relative: &str) -> Result<FileSlice> {
    checked(&directory.join(relative), descend(directory, relative).map_err(Into::into))
}

fn descend(directory: &Path, relative: &str) -> rustix::io::Result<File> {
    let folder_of = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let (folders, name) = relative.rsplit_once('/').unwrap_or(("", relative));
    let mut folder = openat(CWD, directory, folder_of, Mode::empty())?;
    for part in folders.split('/').filter(|part| !part.is_empty()) {
        folder = openat(&folder, part, folder_of | OFlags::NOFOLLOW, Mode::empty())?;
    }
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(&folder, name, flags, Mode::empty()).map(File::from)
}

fn checked(path: &Path, opened: io::Result<File>) -> Result<FileSlice> {
    let file = opened.map_err(|error| refused(path, &reason(&error)))?;
    check_regular(path, &file)?;
    check_size(path, &file)?;
    FileSlice::whole(file).map_err(|error| refused(path, &reason(&error)))
}

fn check_regular(path: &Path, file: &File) -> Result<()> {
    let kind = file.metadata().map_err(|error| refused(path, &reason(&error)))?.file_type();
    if kind.is_file() {
        return Ok(());
    }
    let what = if kind.is_dir() {
        "is a directory, not a file"
    } else if kind.is_fifo() || kind.is_socket() {
        "is a pipe, whose end is not known; use writeStream"
    } else {
        "is a device, not a regular file"
    };
    Err(refused(path, what))
}

/// Files that the kernel makes up, such as those of /proc, claim to be empty.
fn check_size(path: &Path, file: &File) -> Result<()> {
    let is_empty = |file: &File| Ok(file.metadata()?.len() == 0 && file.read_at(&mut [0], 0)? > 0);
    match is_empty(file) {
        Ok(false) => Ok(()),
        Ok(true) => Err(refused(path, "does not tell its size; use writeStream")),
        Err(error) => Err(refused(path, &reason(&error))),
    }
}

/// What the system says, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "cannot be opened: permission denied".to_owned(),
        _ => format!("cannot be opened: {error}"),
    }
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::invalid_argument(format!("the file {} {problem}", printable(&path.to_string_lossy())))
}
