//! A walk over the files below a directory of this machine, in the byte order of their names: the order of a listing.

use std::{
    fs::{self, DirEntry, Metadata, ReadDir},
    io::{self, ErrorKind},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::MetadataExt,
    },
    path::{Path, PathBuf},
};

use super::super::files::reason;
use crate::error::{Error, ErrorCode, Result, printable};

/// So many names are read at a time.
const READ_AT_ONCE: usize = 1_000;

/// What downloads of ours leave beside their destination when they are killed.
const OURS: [&[u8]; 3] = [b".s3storage-tmp", b".s3storage-part", b".s3storage-part.journal"];

/// Whether a link may be followed.
pub type Allow = dyn Fn(&Path) -> Result<()>;

/// What a walk does with symbolic links.
pub enum Links {
    /// They are left out, whatever they lead to.
    Skipped,
    /// They are followed, where this does not object.
    Followed(Box<Allow>),
}

/// A regular file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Regular {
    /// Bytes.
    pub(super) size: u64,
    /// Last change of the content, in Unix seconds.
    pub(super) modified: i64,
}

/// A file that was found, or what could not be looked at.
#[derive(Debug)]
pub(super) struct Found {
    /// Its name below the directory, with `/`.
    pub(super) relative: Vec<u8>,
    pub(super) file: Result<Regular>,
}

/// What a piece of the walk came to.
pub(super) enum Step {
    Found(Found),
    /// Nothing yet.
    More,
    End,
}

/// A walk. It holds the names of one folder for each level that it is deep, sorted, and nothing else.
pub(super) struct Walk {
    root: PathBuf,
    /// Device and inode of the directory; `None` for a walk over nothing.
    id: Option<(u64, u64)>,
    links: Links,
    levels: Vec<Level>,
}

/// A folder that is walked through.
struct Level {
    /// Its name below the directory, with a final `/`; empty for the directory itself.
    relative: Vec<u8>,
    /// Device and inode: what it is, however it is called.
    id: (u64, u64),
    /// There while it is read.
    reading: Option<ReadDir>,
    /// The last one is the next.
    entries: Vec<Entry>,
}

struct Entry {
    /// That of a folder ends with `/`, which is what its files are sorted by.
    name: Vec<u8>,
    kind: Kind,
}

enum Kind {
    File,
    Folder,
    Failed(Error),
}

impl Walk {
    /// Begins a walk.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what is no directory, or cannot be read.
    pub(super) fn new(root: &Path, links: Links) -> Result<Self> {
        let there = fs::metadata(root).map_err(|error| refused(root, &reason(&error)))?;
        if !there.is_dir() {
            return Err(refused(root, "is no directory"));
        }
        let reading = fs::read_dir(root).map_err(|error| refused(root, &reason(&error)))?;
        let level = Level { relative: Vec::new(), id: id(&there), reading: Some(reading), entries: Vec::new() };
        Ok(Self { root: root.to_owned(), id: Some(id(&there)), links, levels: vec![level] })
    }

    /// A walk over nothing.
    pub(super) fn empty() -> Self {
        Self { root: PathBuf::new(), id: None, links: Links::Skipped, levels: Vec::new() }
    }

    /// Whether the directory is still the one that the walk began in. Where it went away meanwhile, as a disk does that is unmounted, every
    /// file seems to be gone.
    ///
    /// # Errors
    /// INVALID_ARGUMENT where it is not.
    pub(super) fn check_root(&self) -> Result<()> {
        match (self.id, fs::metadata(&self.root)) {
            (None, _) => Ok(()),
            (Some(before), Ok(there)) if id(&there) == before => Ok(()),
            _ => Err(refused(&self.root, "was moved, replaced or unmounted meanwhile")),
        }
    }

    /// The path of a name below the directory.
    pub(super) fn path(root: &Path, relative: &[u8]) -> PathBuf {
        root.join(std::ffi::OsStr::from_bytes(relative))
    }

    /// Whether links are followed.
    pub(super) const fn follows(&self) -> bool {
        matches!(self.links, Links::Followed(_))
    }

    /// Goes on a little.
    pub(super) fn step(&mut self) -> Step {
        let Some(level) = self.levels.last_mut() else { return Step::End };
        if level.reading.is_some() {
            read(level, &self.root, &self.links);
            return Step::More;
        }
        let Some(entry) = level.entries.pop() else {
            self.levels.pop();
            return Step::More;
        };
        let mut relative = level.relative.clone();
        relative.extend_from_slice(&entry.name);
        match entry.kind {
            Kind::File => self.file(relative),
            Kind::Folder => self.enter(relative),
            Kind::Failed(error) => Step::Found(Found { relative, file: Err(error) }),
        }
    }

    fn file(&self, relative: Vec<u8>) -> Step {
        match self.look(&relative) {
            Ok(file) if file.is_file() => {
                let file = Ok(Regular { size: file.len(), modified: file.mtime() });
                Step::Found(Found { relative, file })
            }
            // It became something else, or went away, since its folder was read.
            Ok(_) => Step::More,
            Err(error) if error.kind() == ErrorKind::NotFound => Step::More,
            Err(error) => failed(relative, &self.root, &reason(&error)),
        }
    }

    fn enter(&mut self, relative: Vec<u8>) -> Step {
        let folder = match self.look(&relative) {
            Ok(folder) if folder.is_dir() => folder,
            Ok(_) => return Step::More,
            Err(error) if error.kind() == ErrorKind::NotFound => return Step::More,
            Err(error) => return failed(relative, &self.root, &reason(&error)),
        };
        let id = id(&folder);
        if self.levels.iter().any(|level| level.id == id) {
            return failed(relative, &self.root, "is a link to a folder that it lies in");
        }
        match fs::read_dir(Self::path(&self.root, &relative)) {
            Ok(reading) => {
                self.levels.push(Level { relative, id, reading: Some(reading), entries: Vec::new() });
                Step::More
            }
            Err(error) => failed(relative, &self.root, &reason(&error)),
        }
    }

    fn look(&self, relative: &[u8]) -> io::Result<Metadata> {
        let path = Self::path(&self.root, relative);
        if self.follows() {
            return fs::metadata(path);
        }
        // A final slash would follow a link.
        fs::symlink_metadata(Self::path(&self.root, relative.strip_suffix(b"/").unwrap_or(relative)))
    }
}

/// Reads some names of a folder; sorts them when there are no more.
fn read(level: &mut Level, root: &Path, links: &Links) {
    let Some(reading) = &mut level.reading else { return };
    for _ in 0..READ_AT_ONCE {
        match reading.next() {
            Some(Ok(entry)) => level.entries.extend(classified(&entry, links)),
            Some(Err(error)) => {
                let path = Walk::path(root, &level.relative);
                let kind = Kind::Failed(refused(&path, &format!("cannot be read: {error}")));
                level.entries.push(Entry { name: Vec::new(), kind });
                level.reading = None;
                break;
            }
            None => {
                level.reading = None;
                break;
            }
        }
    }
    if level.reading.is_none() {
        level.entries.sort_unstable_by(|a, b| b.name.cmp(&a.name));
    }
}

/// What an entry is; `None` for what is no file and no folder, and for what is not looked at.
fn classified(entry: &DirEntry, links: &Links) -> Option<Entry> {
    let mut name = entry.file_name().into_vec();
    if name.starts_with(b".") && OURS.iter().any(|suffix| name.ends_with(suffix)) {
        return None;
    }
    let kind = match (entry.file_type(), links) {
        (Ok(kind), _) if kind.is_file() => Kind::File,
        (Ok(kind), _) if kind.is_dir() => Kind::Folder,
        (Ok(kind), Links::Followed(allow)) if kind.is_symlink() => led_to(&entry.path(), allow)?,
        (Ok(_), _) => return None,
        (Err(error), _) => Kind::Failed(refused(&entry.path(), &reason(&error))),
    };
    if matches!(kind, Kind::Folder) {
        name.push(b'/');
    }
    Some(Entry { name, kind })
}

fn led_to(link: &Path, allow: &Allow) -> Option<Kind> {
    if let Err(error) = allow(link) {
        return Some(Kind::Failed(error));
    }
    match fs::metadata(link) {
        Ok(there) if there.is_file() => Some(Kind::File),
        Ok(there) if there.is_dir() => Some(Kind::Folder),
        Ok(_) => None,
        Err(error) => Some(Kind::Failed(refused(link, &format!("is a link that leads nowhere: {error}")))),
    }
}

fn id(there: &Metadata) -> (u64, u64) {
    (there.dev(), there.ino())
}

fn failed(relative: Vec<u8>, root: &Path, problem: &str) -> Step {
    let error = refused(&Walk::path(root, &relative), problem);
    Step::Found(Found { relative, file: Err(error) })
}

fn refused(path: &Path, problem: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, format!("{} {problem}", printable(&path.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn tree(files: &[&str]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        folder
    }

    fn all(root: &Path, links: Links) -> Vec<(String, Result<u64>)> {
        let (mut walk, mut found) = (Walk::new(root, links).unwrap(), Vec::new());
        loop {
            match walk.step() {
                Step::Found(file) => {
                    found.push((String::from_utf8_lossy(&file.relative).into_owned(), file.file.map(|file| file.size)));
                }
                Step::More => {}
                Step::End => return found,
            }
        }
    }

    fn names(root: &Path, links: Links) -> Vec<String> {
        all(root, links).into_iter().filter(|(_, file)| file.is_ok()).map(|(name, _)| name).collect()
    }

    #[test]
    fn files_come_in_the_byte_order_of_their_whole_names() {
        let files = ["a/b/c", "a/b.c", "a-b", "a.txt", "a/b/c.d", "a0", "B", "ä/x", "a/bb", "zz/y/x/w"];
        let folder = tree(&files);
        fs::create_dir(folder.path().join("empty")).unwrap();
        let mut expected: Vec<_> = files.iter().map(ToString::to_string).collect();
        expected.sort_unstable();
        assert_eq!(names(folder.path(), Links::Skipped), expected);
        let sizes: Vec<_> = all(folder.path(), Links::Skipped).into_iter().map(|(_, size)| size.unwrap()).collect();
        assert_eq!(sizes, expected.iter().map(|name| name.len() as u64).collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_of_more_names_than_are_read_at_a_time_is_sorted_as_a_whole() {
        let folder = TempDir::new().unwrap();
        let mut expected: Vec<_> = (0..2_500).map(|i| format!("{i}")).collect();
        for name in &expected {
            fs::write(folder.path().join(name), "").unwrap();
        }
        expected.sort_unstable();
        assert_eq!(names(folder.path(), Links::Skipped), expected);
    }

    #[test]
    fn links_are_left_out_or_followed_and_never_in_a_circle() {
        let (folder, outside) = (tree(&["a/file"]), tree(&["there"]));
        let links = [("a/file", "file-link"), ("a", "folder-link"), (".", "a/up"), ("missing", "dangling")];
        for (to, link) in links {
            symlink(folder.path().join(to), folder.path().join(link)).unwrap();
        }
        symlink(outside.path(), folder.path().join("outside")).unwrap();
        assert_eq!(names(folder.path(), Links::Skipped), ["a/file"]);
        let outside = outside.path().to_owned();
        let inside = move |path: &Path| match fs::canonicalize(path) {
            Ok(path) if path.starts_with(&outside) => Err(Error::invalid_argument("is outside")),
            _ => Ok(()),
        };
        let found = all(folder.path(), Links::Followed(Box::new(inside)));
        let told: Vec<_> = found.iter().map(|(name, file)| (name.as_str(), file.is_ok())).collect();
        assert_eq!(
            told,
            [
                ("a/file", true),
                ("a/up/", false),
                ("dangling", false),
                ("file-link", true),
                ("folder-link/file", true),
                ("folder-link/up/", false),
                ("outside", false),
            ]
        );
        let all_of_them = Links::Followed(Box::new(|_: &Path| Ok(())));
        assert!(names(folder.path(), all_of_them).contains(&"outside/there".to_owned()));
    }

    #[test]
    fn pipes_and_what_killed_downloads_leave_are_no_files() {
        let folder =
            tree(&["file", ".file.0123.s3storage-tmp", ".file.s3storage-part", ".file.s3storage-part.journal"]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
        assert_eq!(names(folder.path(), Links::Skipped), ["file"]);
    }

    #[test]
    fn what_is_no_directory_is_refused_at_once() {
        let folder = tree(&["file"]);
        for (path, problem) in [("missing", "does not exist"), ("file", "is no directory")] {
            let error = Walk::new(&folder.path().join(path), Links::Skipped).err().unwrap();
            assert_eq!(error.code, ErrorCode::InvalidArgument);
            assert!(error.message.contains(problem), "{error}");
        }
    }
}
