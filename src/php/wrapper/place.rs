//! What a URL names: a bucket by its alias, and an object or a directory in it.

use std::{ffi::CStr, sync::Arc};

use super::Mount;
use crate::{
    error::{Error, Result, printable},
    php::{call::Fault, drive, storage},
    storage::{Bucket, Registry, Storage},
    types::{Pathname, Prefix},
};

/// A place in a bucket.
pub(super) struct Place<'a> {
    pub(super) registry: Arc<Registry>,
    pub(super) bucket: Arc<Bucket>,
    /// What comes behind the alias, as it was given: nothing in it is an escape.
    path: &'a [u8],
}

impl<'a> Place<'a> {
    /// What a URL names. Sends nothing.
    pub(super) fn of(mount: &Mount, url: &'a CStr) -> Result<Self> {
        let wrong = || {
            let (url, protocol) = (printable(&url.to_string_lossy()), mount.protocol.to_string_lossy());
            Error::invalid_argument(format!("\"{url}\" names no bucket: it should be {protocol}://alias/path"))
        };
        let rest = url.to_bytes().get(mount.protocol.as_bytes().len()..).and_then(|rest| rest.strip_prefix(b"://"));
        let rest = rest.ok_or_else(wrong)?;
        let end = rest.iter().position(|byte| *byte == b'/');
        let (alias, path) = end.map_or((rest, &b""[..]), |end| (&rest[..end], &rest[end + 1..]));
        let alias = std::str::from_utf8(alias).ok().filter(|alias| !alias.is_empty()).ok_or_else(wrong)?;
        let registry = storage::mounted(&mount.handle)?;
        Ok(Self { bucket: registry.bucket(alias)?, registry, path })
    }

    /// Operations on its bucket, unless a test has scripted that this one fails.
    pub(super) fn storage(&self, operation: &str) -> std::result::Result<Storage, Fault> {
        let storage = drive::storage(&self.registry, &self.bucket)?;
        storage.rehearse(operation, &String::from_utf8_lossy(self.path))?;
        Ok(storage)
    }

    /// The object of this name.
    pub(super) fn pathname(&self) -> Result<Pathname> {
        Pathname::parse(self.path)
    }

    /// What is in a directory of this name: the whole bucket where there is none.
    pub(super) fn directory(&self) -> Result<Prefix> {
        Prefix::of_directory(self.path)
    }

    /// The object that marks an empty directory of this name.
    pub(super) fn marker(&self) -> Result<Pathname> {
        Pathname::parse(self.directory()?.as_str().as_bytes())
    }

    /// Whether it can be no object: it is the bucket, or ends in a slash.
    pub(super) fn names_only_a_directory(&self) -> bool {
        self.path.is_empty() || self.path.ends_with(b"/")
    }

    pub(super) fn is_bucket(&self) -> bool {
        self.path.is_empty()
    }

    /// Whether both are in one bucket.
    pub(super) fn shares_bucket(&self, other: &Self) -> bool {
        self.bucket.alias == other.bucket.alias
    }
}
