//! Objects in files below a folder of this machine.
//!
//! ```text
//! root/
//!   bucket/images/photo.jpg     the content of an object, where one would look for it
//!   ~s3storage/
//!     records/                  what is kept beside contents, under a name that says of which file
//!     drafts/                   contents that are being written
//!     uploads/bucket/id/        uploads in parts
//!     locks/                    held for the moment in which an object changes
//! ```
//!
//! An object changes by one rename, also for other processes and for one that is killed: there is the old one or the new one. A
//! machine that loses its power may lose what was written last; files are not flushed to the disk one by one.

mod draft;
mod failure;
mod folder;
mod names;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod sidecar;
mod uploads;
mod walk;

use std::{
    fs::File,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use md5::{Digest, Md5};
use rustix::{
    fs::{FlockOperation, Stat, flock, fstat},
    io::Errno,
};

use self::{
    draft::Draft,
    failure::{conflict, failed},
    folder::{Folder, is_file},
    walk::Keys,
};
use super::{
    contract::{Backend, Content, FileSlice, Location, Part},
    kept::{Change, Kept, May, Record, Signed, Store, Upload, Walk, busy, unsupported},
};
use crate::{
    error::{Result, printable},
    types::Key,
};

/// Where everything is that is no object. No bucket can have this name.
const OWN: &str = "~s3storage";

/// How often something is done again that others have got in the way of.
const TRIES: usize = 100;

/// The backend over a folder; it is made with the first write.
pub(super) fn open(root: &str) -> Arc<dyn Backend> {
    let local = Local { root: root.to_owned() };
    if let Ok(Some(drafts)) = local.place(Place::Drafts, false) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        draft::sweep(&drafts, i64::try_from(now).unwrap_or(i64::MAX));
    }
    Arc::new(Kept(local))
}

/// A folder of objects. Nothing of it stays open between two operations.
#[derive(Debug)]
struct Local {
    root: String,
}

/// What is beside the buckets.
#[derive(Debug, Clone, Copy)]
enum Place {
    Records,
    Drafts,
    Uploads,
    Locks,
}

/// The way to an object: the folder that its file is in, as far as it is there, and the file's name.
struct Way {
    folder: Option<Folder>,
    name: String,
}

impl Local {
    fn root(&self, make: bool) -> Result<Option<Folder>> {
        match Folder::root(&self.root) {
            Ok(root) => Ok(Some(root)),
            Err(Errno::NOENT) if !make => Ok(None),
            Err(Errno::NOENT) => {
                std::fs::create_dir_all(&self.root).map_err(|error| failed("make the root", folder::errno(&error)))?;
                Folder::root(&self.root).map(Some).map_err(|error| failed("open the root", error))
            }
            Err(error) => Err(failed("open the root", error)
                .with_details(format!("the server's `root` is \"{}\": {error}", printable(&self.root)))),
        }
    }

    /// A folder in a folder that is there already, or made.
    fn step(folder: Option<Folder>, name: &str, make: bool) -> Result<Option<Folder>> {
        match folder {
            Some(folder) if make => folder.make(name),
            Some(folder) => folder.folder(name),
            None => Ok(None),
        }
    }

    fn bucket(&self, bucket: &str) -> Result<Option<Folder>> {
        Self::step(self.root(false)?, bucket, false)
    }

    fn place(&self, place: Place, make: bool) -> Result<Option<Folder>> {
        let own = Self::step(self.root(make)?, OWN, make)?;
        let name = match place {
            Place::Records => "records",
            Place::Drafts => "drafts",
            Place::Uploads => "uploads",
            Place::Locks => "locks",
        };
        Self::step(own, name, make)
    }

    fn made(&self, place: Place) -> Result<Folder> {
        self.place(place, true)?.ok_or_else(|| failed("make a folder", Errno::NOENT))
    }

    fn way(&self, bucket: &str, key: &Key, make: bool) -> Result<Way> {
        let mut names = names::of_key(key)?;
        let name = names.pop().unwrap_or_default();
        let mut folder = Self::step(self.root(make)?, bucket, make)?;
        for name in names {
            folder = Self::step(folder, &name, make)?;
        }
        Ok(Way { folder, name })
    }

    /// The record of an object.
    fn found(&self, bucket: &str, key: &Key) -> Result<Option<Record>> {
        let way = self.way(bucket, key, false)?;
        let Some(folder) = way.folder else { return Ok(None) };
        Ok(self.look(&folder, &way.name, key)?.map(|(_, record)| record))
    }

    /// A file and its record, of one moment.
    fn look(&self, folder: &Folder, name: &str, key: &Key) -> Result<Option<(Stat, Record)>> {
        let Some(mut stat) = folder.stat(name)?.filter(is_file) else { return Ok(None) };
        for _ in 0..TRIES {
            if let Some(record) = sidecar::read(self.place(Place::Records, false)?.as_ref(), &stat)? {
                return Ok(Some((stat, record)));
            }
            // Somebody else's file, or one that was replaced since, and its record with it.
            match folder.stat(name)?.filter(is_file) {
                None => return Ok(None),
                Some(now) if sidecar::identity(&now) == sidecar::identity(&stat) => {
                    return Ok(Some((now, sidecar::foreign(&now, key))));
                }
                Some(now) => stat = now,
            }
        }
        Err(busy())
    }

    /// Holds off all other changes of an object, in every process, until it is dropped. `None` while others do.
    fn hold(&self, at: Location<'_>) -> Result<Option<File>> {
        // The same in every process, of whatever version.
        let digest = Md5::digest(format!("{}/{}", at.bucket, at.key.as_str()));
        let lock = self.made(Place::Locks)?.open_or_create(&hex::encode(&digest[..1]))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(lock)),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(failed("lock an object", error)),
        }
    }

    /// Removes the folders on the way to an object that are empty now: a bucket has no folders of its own.
    fn prune(&self, at: Location<'_>) -> Result<()> {
        let Some(bucket) = self.bucket(at.bucket)? else { return Ok(()) };
        let mut names = names::of_key(at.key)?;
        names.pop();
        let mut folders = vec![bucket];
        for name in &names {
            let Some(folder) = folders.last().map(|above| above.folder(name)).transpose()?.flatten() else { break };
            folders.push(folder);
        }
        for (above, name) in folders.iter().zip(&names).rev() {
            if !above.remove_folder(name) {
                break;
            }
        }
        Ok(())
    }
}

impl Store for Local {
    type Draft = Draft;

    const HAS_URLS: bool = false;
    const HAS_ALL_KEYS: bool = false;

    fn find(&self, at: Location<'_>) -> Result<Option<Record>> {
        self.found(at.bucket, at.key)
    }

    fn open(&self, at: Location<'_>) -> Result<Option<(Record, Content)>> {
        for _ in 0..TRIES {
            let way = self.way(at.bucket, at.key, false)?;
            let Some(folder) = way.folder else { return Ok(None) };
            let Some((stat, record)) = self.look(&folder, &way.name, at.key)? else { return Ok(None) };
            let Some(file) = folder.open(&way.name)? else { continue };
            let opened = fstat(&file).map_err(|error| failed("look at a file", error))?;
            // Otherwise it was replaced between the two.
            if is_file(&opened) && sidecar::identity(&opened) == sidecar::identity(&stat) {
                let content = FileSlice::whole(file).map_err(|error| failed("open a file", folder::errno(&error)))?;
                return Ok(Some((record, Content::File(content))));
            }
        }
        Err(busy())
    }

    fn draft(&self) -> Result<Draft> {
        Draft::new(self.made(Place::Drafts)?)
    }

    fn commit(&self, at: Location<'_>, draft: &mut Draft, record: &Record, may: May<'_>) -> Change<()> {
        // Checked before anything is made.
        names::of_key(at.key)?;
        let (records, stat) = (self.made(Place::Records)?, draft.stat()?);
        draft.show(record.public)?;
        let Some(_hold) = self.hold(at)? else { return Ok(None) };
        let mut is_noted = false;
        for _ in 0..TRIES {
            let way = self.way(at.bucket, at.key, true)?;
            // A folder on the way was removed, since it was empty.
            let Some(folder) = way.folder else { continue };
            let there = self.look(&folder, &way.name, at.key)?;
            if let Err(error) = may(there.as_ref().map(|(_, record)| record)) {
                // The folders that were made for it.
                self.prune(at)?;
                return Err(error);
            }
            if !is_noted {
                sidecar::write(&records, &stat, record)?;
                is_noted = true;
            }
            let _alive = there.is_some().then(|| kept_alive(&folder, &way.name));
            match draft.place(&folder, &way.name) {
                Ok(()) => {
                    if let Some((old, _)) = there {
                        records.forget(&sidecar::identity(&old));
                    }
                    return Ok(Some(()));
                }
                Err(Errno::NOENT) => {}
                // Only an empty folder is in the way.
                Err(Errno::ISDIR | Errno::EXIST | Errno::NOTEMPTY) if folder.remove_folder(&way.name) => {}
                Err(error) => {
                    records.forget(&sidecar::identity(&stat));
                    return Err(match error {
                        Errno::ISDIR | Errno::EXIST | Errno::NOTEMPTY => conflict(at.key.as_str()),
                        error => failed("place a file", error),
                    });
                }
            }
        }
        records.forget(&sidecar::identity(&stat));
        Err(busy())
    }

    fn change(&self, at: Location<'_>, change: &dyn Fn(&mut Record)) -> Change<bool> {
        let Some(_hold) = self.hold(at)? else { return Ok(None) };
        let way = self.way(at.bucket, at.key, false)?;
        let Some(folder) = way.folder else { return Ok(Some(false)) };
        let Some((stat, mut record)) = self.look(&folder, &way.name, at.key)? else { return Ok(Some(false)) };
        let was_public = record.public;
        change(&mut record);
        sidecar::write(&self.made(Place::Records)?, &stat, &record)?;
        if record.public != was_public
            && let Some(file) = folder.open(&way.name)?
        {
            draft::show(&file, record.public)?;
        }
        Ok(Some(true))
    }

    fn remove(&self, at: Location<'_>, may: May<'_>) -> Change<()> {
        // What is not there needs no lock, and makes no root.
        if self.way(at.bucket, at.key, false)?.folder.is_none() {
            return may(None).map(Some);
        }
        let Some(_hold) = self.hold(at)? else { return Ok(None) };
        let way = self.way(at.bucket, at.key, false)?;
        let Some(folder) = way.folder else { return may(None).map(Some) };
        let there = self.look(&folder, &way.name, at.key)?;
        may(there.as_ref().map(|(_, record)| record))?;
        let Some((stat, _)) = there else { return Ok(Some(())) };
        let _alive = kept_alive(&folder, &way.name);
        folder.remove(&way.name)?;
        if let Some(records) = self.place(Place::Records, false)? {
            records.forget(&sidecar::identity(&stat));
        }
        self.prune(at).map(Some)
    }

    fn walk(&self, bucket: &str) -> Result<Box<dyn Walk + '_>> {
        Ok(Box::new(Keys::of(self, bucket)?))
    }

    fn begin(&self, bucket: &str, upload: &Upload) -> Result<String> {
        self.begin_upload(bucket, upload)
    }

    fn upload(&self, bucket: &str, id: &str) -> Result<Option<Upload>> {
        self.find_upload(bucket, id)
    }

    fn uploads(&self, bucket: &str) -> Result<Vec<(String, Upload)>> {
        self.all_uploads(bucket)
    }

    fn keep_part(&self, bucket: &str, id: &str, part: &Part, draft: Draft) -> Result<()> {
        self.place_part(bucket, id, part, draft)
    }

    fn parts(&self, bucket: &str, id: &str) -> Result<Vec<Part>> {
        self.all_parts(bucket, id)
    }

    fn part(&self, bucket: &str, id: &str, part: &Part) -> Result<Content> {
        self.open_part(bucket, id, part)
    }

    fn forget(&self, bucket: &str, id: &str) -> Result<()> {
        self.forget_upload(bucket, id)
    }

    fn url(&self, _: Location<'_>, signed: Option<&Signed>) -> Result<String> {
        Err(unsupported(match signed {
            Some(_) => "presigned URLs are not supported by a local server: nobody would answer them",
            None => "a local server has no URLs; set the bucket's `url` to where its folder is served",
        }))
    }
}

/// Holds a file open that is about to go: as long as it is, no new file gets its number, so that the record that is forgotten afterwards
/// cannot be that of another object. One that cannot be opened goes without.
fn kept_alive(folder: &Folder, name: &str) -> Option<File> {
    folder.open(name).ok().flatten()
}
