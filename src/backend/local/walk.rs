//! A walk through the keys of a bucket, in the order of their bytes.

use super::{Local, folder::Folder, names};
use crate::{
    backend::kept::{Record, Walk},
    error::Result,
    types::{Key, Prefix},
};

/// A walk. The folders on the way to where it is were read once.
pub(super) struct Keys<'a> {
    local: &'a Local,
    bucket: String,
    /// The bucket's folder, and one below the other.
    levels: Vec<Level>,
}

/// A folder that was read.
struct Level {
    /// What every key below it begins with.
    start: String,
    folder: Folder,
    /// Sorted by their keys.
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    /// The key of a file, or what every key in a folder begins with: the order of these is the order of all keys.
    key: String,
    name: String,
    is_folder: bool,
}

impl<'a> Keys<'a> {
    /// A walk through a bucket; one without a folder has no keys.
    pub(super) fn of(local: &'a Local, bucket: &str) -> Result<Self> {
        let levels = match local.bucket(bucket)? {
            Some(folder) => vec![Level::read(folder, String::new())?],
            None => Vec::new(),
        };
        Ok(Self { local, bucket: bucket.to_owned(), levels })
    }

    /// The first key at a depth, and below it, that is `from` or comes behind it.
    fn first(&mut self, depth: usize, from: &str) -> Result<Option<String>> {
        let Some(level) = self.levels.get(depth) else { return Ok(None) };
        let first = level.entries.partition_point(|entry| entry.key.as_str() < from);
        // A folder that `from` is in comes before it.
        let before = first.checked_sub(1).filter(|before| {
            let entry = &level.entries[*before];
            entry.is_folder && from.starts_with(&entry.key)
        });
        let mut at = before.unwrap_or(first);
        while let Some(entry) = self.levels.get(depth).and_then(|level| level.entries.get(at)).cloned() {
            if !entry.is_folder {
                return Ok(Some(entry.key));
            }
            if self.enter(depth, entry)?
                && let Some(found) = self.first(depth + 1, from)?
            {
                return Ok(Some(found));
            }
            at += 1;
        }
        Ok(None)
    }

    /// Reads a folder, unless it is the one that was read there last; `false` where it is gone.
    fn enter(&mut self, depth: usize, entry: Entry) -> Result<bool> {
        if self.levels.get(depth + 1).is_some_and(|level| level.start == entry.key) {
            return Ok(true);
        }
        self.levels.truncate(depth + 1);
        let Some(folder) = self.levels[depth].folder.folder(&entry.name)? else { return Ok(false) };
        self.levels.push(Level::read(folder, entry.key)?);
        Ok(true)
    }
}

impl Level {
    fn read(folder: Folder, start: String) -> Result<Self> {
        let mut entries = Vec::new();
        for found in folder.entries()? {
            let Some(segment) = names::segment(&found.name) else { continue };
            let Ok(name) = String::from_utf8(found.name) else { continue };
            let key = format!("{start}{segment}{}", if found.is_folder { "/" } else { "" });
            if !key.is_empty() {
                entries.push(Entry { key, name, is_folder: found.is_folder });
            }
        }
        entries.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(Self { start, folder, entries })
    }
}

impl Walk for Keys<'_> {
    fn seek(&mut self, from: &str) -> Result<Option<String>> {
        self.first(0, from)
    }

    fn record(&mut self, key: &str) -> Result<Option<Record>> {
        match Key::listed(&Prefix::default(), key.to_owned()) {
            Some(key) => self.local.found(&self.bucket, &key),
            None => Ok(None),
        }
    }
}
