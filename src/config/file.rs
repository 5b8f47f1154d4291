//! A configuration from a file.

use std::{
    cell::RefCell,
    fs::{File, Metadata, OpenOptions},
    io::{ErrorKind, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

use zeroize::Zeroizing;

use super::{
    Config, Variables,
    cache::{Known, Shelf},
    format::Format,
    place::Place,
};
use crate::error::{Error, ErrorCode, Result};

/// The most that a file may have. Configurations have a few kilobytes; a mistaken path must not fill the memory.
const MAX_BYTES: u64 = 1024 * 1024;

/// A file that changed so recently may change again without looking different: file systems tell times in steps.
const SETTLED: Duration = Duration::from_secs(2);

thread_local! {
    static FILES: RefCell<Shelf<Text>> = const { RefCell::new(Shelf::new()) };
}

/// How many configurations of files this thread keeps.
pub(super) fn kept() -> usize {
    FILES.with_borrow(Shelf::configurations)
}

/// A file as it was read.
struct Text {
    path: String,
    version: Version,
    place: Place,
}

/// What tells one content of a path from another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Version {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Version {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    fn is_settled(&self) -> bool {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let changed = u64::try_from(self.changed.0.max(self.modified.0)).unwrap_or(0);
        now.saturating_sub(SETTLED) > Duration::from_secs(changed)
    }
}

/// Reads, parses and validates a file, or takes what came of that before. The end of its name tells its format.
///
/// # Errors
/// INVALID_CONFIG that names the file: it may not be read, its text is wrong (with line and column), or its values are.
pub fn load(path: &str, variables: &dyn Variables) -> Result<Arc<Config>> {
    if path.is_empty() {
        return Err(invalid(
            "the path of the configuration is empty; give that of a file, or the configuration as an array",
        ));
    }
    let absolute = variables.path(path).map_err(|why| invalid(why).during("read", path))?;
    let config = known(&absolute).map_err(invalid).and_then(|known| known.config(|text| text.place.clone(), variables));
    // Named as it was found, so that a relative path tells where it led.
    config.map_err(|error| error.during("read", &absolute))
}

fn invalid(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidConfig, why)
}

fn known(path: &str) -> Result<Rc<Known<Text>>, String> {
    let format = Format::of(path).ok_or("the name of a configuration must end in .yaml, .yml, .toml or .json")?;
    // It is opened in any case: who may not read it shall not get what somebody else has read.
    let (file, version) = open(path).map_err(|error| reason(&error))?;
    if let Some(known) = find(path, version) {
        return Ok(known);
    }
    let bytes = read(file, version.size).map_err(|error| reason(&error))?;
    let known = Known::new(Text { path: path.to_owned(), version, place: Place::of(format.parse(&bytes)?) });
    keep(&known);
    Ok(known)
}

/// The text of a path, if it is as it was; what it is no more is forgotten.
fn find(path: &str, version: Version) -> Option<Rc<Known<Text>>> {
    FILES.with_borrow_mut(|files| {
        let known = files.find(|text| text.path == path && text.version == version);
        if known.is_none() {
            files.forget(|text| text.path == path);
        }
        known
    })
}

/// Keeps it, unless it may change without looking different.
fn keep(known: &Rc<Known<Text>>) {
    if known.source.version.is_settled() {
        FILES.with_borrow_mut(|files| files.keep(Rc::clone(known)));
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "the file may not be read (permission denied)".to_owned(),
        ErrorKind::FileTooLarge => format!("the file has more than {MAX_BYTES} bytes"),
        ErrorKind::InvalidInput => "is not a regular file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}

/// Opens a regular file; opening a pipe that nobody writes to does not wait.
fn open(path: &str) -> std::io::Result<(File, Version)> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, Version::of(&metadata))) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// In one piece from the start: growing would leave copies behind.
fn read(file: File, size: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let room = usize::try_from(size.min(MAX_BYTES) + 64).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &std::path::Path) -> String {
        load(path.to_str().unwrap(), &|_: &str| None).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_loaded_and_failures_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        assert_eq!(message(&path), format!("read {}: there is no such file", path.display()));
        std::fs::write(&path, "[storage]\nbucket = 'b'\nendpoint = 'http://x'\n").unwrap();
        let config = load(path.to_str().unwrap(), &|_: &str| None).unwrap();
        assert_eq!(config.buckets[0].config.bucket, "b");
        std::fs::write(&path, " ".repeat(1024 * 1024 + 1)).unwrap();
        assert_eq!(message(&path), format!("read {}: the file has more than 1048576 bytes", path.display()));
        assert!(message(folder.path()).contains("must end in .yaml, .yml, .toml or .json"));
    }

    #[test]
    fn a_file_of_another_version_is_unknown_and_a_fresh_one_is_not_kept() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let old = Version { device: 1, inode: 2, size: 3, modified: (4, 5), changed: (6, 7) };
        let fresh = Version { changed: (now.try_into().unwrap(), 0), ..old };
        let known =
            |version| Known::new(Text { path: "/a.json".to_owned(), version, place: Place::of(serde_json::json!({})) });
        keep(&known(fresh));
        assert!(find("/a.json", fresh).is_none());
        keep(&known(old));
        assert!(find("/a.json", old).is_some());
        assert!(find("/b.json", old).is_none());
        assert!(find("/a.json", Version { modified: (4, 6), ..old }).is_none());
        assert!(find("/a.json", old).is_none());
    }
}
