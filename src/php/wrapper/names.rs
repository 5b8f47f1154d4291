//! What needs no open stream: `stat`, `unlink`, `rename`, `mkdir`, `rmdir`.

use std::ffi::{CStr, c_char, c_int};

use bytes::Bytes;

use super::{Mount, answered, place::Place, s3storage_wrapper_changed, unsupported, url};
use crate::{
    error::{Error, ErrorCode, Result as Outcome},
    php::{
        call::Fault,
        contained::{attempt, raise},
        drive, listening,
        stream::{StatBuffer, engine},
    },
    storage::Storage,
    types::{CopyOptions, DeleteOptions, HeadOptions, ListOptions, PutOptions},
};

/// Modes of what a name stands for. The server alone knows what may be done with it.
const FILE: u32 = libc::S_IFREG | 0o666;
const DIRECTORY: u32 = libc::S_IFDIR | 0o777;

/// What a name stands for.
enum Found {
    Object { size: u64, modified: i64 },
    Directory,
    Nothing,
}

/// There is nothing of that name, in the words of PHP's file functions.
pub(super) fn missing() -> Error {
    Error::new(ErrorCode::FileNotFound, "No such file or directory")
}

fn is_missing(error: &Error) -> bool {
    error.code == ErrorCode::FileNotFound
}

/// What a name stands for: an object, else a directory where other names begin with it. One request for an object, two for anything else.
async fn look(place: &Place<'_>, storage: &Storage) -> Outcome<Found> {
    if !place.names_only_a_directory() {
        match storage.metadata(&place.pathname()?, false, &HeadOptions::default()).await {
            Ok(info) => {
                let (size, modified) = (info.size.unwrap_or(0), info.last_modified.unwrap_or(0));
                return Ok(Found::Object { size, modified });
            }
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    // A bucket is there when it can be listed, however empty it is.
    Ok(if in_directory(place, storage, 1).await?.is_empty() && !place.is_bucket() {
        Found::Nothing
    } else {
        Found::Directory
    })
}

/// The first names in a directory, its own marker among them. One request.
async fn in_directory(place: &Place<'_>, storage: &Storage, limit: u32) -> Outcome<Vec<String>> {
    let options = ListOptions { recursive: true, limit: Some(limit), ..ListOptions::default() };
    let page = storage.list_page(&place.directory()?, &options).await?;
    Ok(page.objects.into_iter().map(|info| info.name).collect())
}

fn find(mount: &Mount, url: &CStr) -> Result<Found, Fault> {
    let place = Place::of(mount, url)?;
    let storage = place.storage("getMetadata")?;
    drive::wait(look(&place, &storage))
}

fn unlink(mount: &Mount, url: &CStr) -> Result<(), Fault> {
    let place = Place::of(mount, url)?;
    let (storage, pathname) = (place.storage("delete")?, place.pathname()?);
    drive::wait(async {
        // A delete of nothing is no error of S3, and one of PHP's.
        if !storage.exists(&pathname).await? {
            return Err(missing());
        }
        storage.delete(&pathname, &DeleteOptions::default()).await
    })
}

fn rename(mount: &Mount, from: &CStr, to: &CStr) -> Result<(), Fault> {
    let (source, destination) = (Place::of(mount, from)?, Place::of(mount, to)?);
    let storage = source.storage("move")?;
    let (from, to) = (source.pathname()?, destination.pathname()?);
    let bucket = (!source.shares_bucket(&destination)).then_some(destination.bucket.alias.as_str());
    drive::wait(async {
        match storage.rename(&from, &to, bucket, &CopyOptions::default()).await {
            Err(error) if is_missing(&error) && !in_directory(&source, &storage, 1).await?.is_empty() => {
                Err(unsupported("a directory has no name of its own; move each of its objects"))
            }
            other => other.map(drop),
        }
    })
}

fn mkdir(mount: &Mount, url: &CStr) -> Result<(), Fault> {
    let place = Place::of(mount, url)?;
    let storage = place.storage("write")?;
    drive::wait(async {
        if !matches!(look(&place, &storage).await?, Found::Nothing) {
            return Err(Error::new(ErrorCode::PreconditionFailed, "File exists"));
        }
        storage.write(&place.marker()?, Bytes::new(), PutOptions::default()).await.map(drop)
    })
}

fn rmdir(mount: &Mount, url: &CStr) -> Result<(), Fault> {
    let place = Place::of(mount, url)?;
    let storage = place.storage("delete")?;
    drive::wait(async {
        let names = in_directory(&place, &storage, 2).await?;
        // Of a bucket the marker would be an object without a name.
        let marker = place.marker().map_err(|_| unsupported("a bucket is not removed by way of its objects"))?;
        match names.as_slice() {
            [] => Err(missing()),
            [only] if only == marker.as_str() => storage.delete(&marker, &DeleteOptions::default()).await,
            _ => Err(Error::new(ErrorCode::PreconditionFailed, "Directory not empty")),
        }
    })
}

/// # Safety
/// Called by `engine.c`, with a mount of ours, a text that ends in a NUL, and a buffer.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_stat(
    mount: *const Mount,
    address: *const c_char,
    buffer: *mut StatBuffer,
) -> c_int {
    let found = attempt("stat", || {
        // SAFETY: by contract.
        let address = unsafe { url(address) };
        // SAFETY: by contract.
        let found = listening::told(find(unsafe { &*mount }, address));
        let (mode, size, modified) = match found {
            Ok(Found::Object { size, modified }) => (FILE, size, modified),
            Ok(Found::Directory) => (DIRECTORY, 0, 0),
            // Where it matters PHP's own functions give the warning.
            Ok(Found::Nothing) => return Ok(false),
            // That a server did not answer is no answer: `file_exists()` says false, but not without a word.
            Err(fault) => return answered(address, Err(fault)),
        };
        // SAFETY: by contract.
        unsafe { engine::stat(buffer, mode, size, modified) };
        Ok(true)
    });
    match found {
        Ok(true) => return 0,
        Ok(false) => {}
        Err(fault) => raise(fault),
    }
    -1
}

/// What the engine takes for yes and no.
fn finished(done: Result<bool, Fault>) -> c_int {
    s3storage_wrapper_changed();
    match done {
        Ok(done) => return c_int::from(done),
        Err(fault) => raise(fault),
    }
    0
}

/// # Safety
/// Called by `engine.c`, with a mount of ours and a text that ends in a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_unlink(mount: *const Mount, address: *const c_char) -> c_int {
    finished(attempt("unlink", || {
        // SAFETY: by contract.
        let (mount, address) = unsafe { (&*mount, url(address)) };
        answered(address, listening::told(unlink(mount, address)))
    }))
}

/// # Safety
/// Called by `engine.c`, with a mount of ours and texts that end in a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_rename(mount: *const Mount, from: *const c_char, to: *const c_char) -> c_int {
    finished(attempt("rename", || {
        // SAFETY: by contract.
        let (mount, from, to) = unsafe { (&*mount, url(from), url(to)) };
        answered(from, listening::told(rename(mount, from, to)))
    }))
}

/// # Safety
/// Called by `engine.c`, with a mount of ours and a text that ends in a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_mkdir(mount: *const Mount, address: *const c_char) -> c_int {
    finished(attempt("mkdir", || {
        // SAFETY: by contract.
        let (mount, address) = unsafe { (&*mount, url(address)) };
        answered(address, listening::told(mkdir(mount, address)))
    }))
}

/// # Safety
/// Called by `engine.c`, with a mount of ours and a text that ends in a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn s3storage_wrapper_rmdir(mount: *const Mount, address: *const c_char) -> c_int {
    finished(attempt("rmdir", || {
        // SAFETY: by contract.
        let (mount, address) = unsafe { (&*mount, url(address)) };
        answered(address, listening::told(rmdir(mount, address)))
    }))
}
