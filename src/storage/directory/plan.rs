//! Planning: a walk over files and a listing of objects, both in the byte order of names, are gone through side by side. Runs outside of the
//! runtime, in small pieces, since an application may have a say in each name.

use std::{
    cmp::Ordering,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Direction, Order,
    compare::{Verdict, verdict},
    desk::{Desk, Doomed, Job, MOST_PLANNED},
    ground,
    walk::{Found, Regular, Step, Walk},
};
use crate::{
    error::{Error, ErrorCode, Result},
    types::{Key, ObjectInfo, Pathname, Prefix},
};

/// How long a piece of planning takes: what is under way rests meanwhile.
const PIECE: Duration = Duration::from_millis(10);

/// Who has a say in each pathname, with the path of its file.
pub type Say<'a, E> = dyn FnMut(&[u8], &Path) -> std::result::Result<bool, E> + 'a;

/// The planner of a call.
pub struct Planner {
    order: Order,
    root: PathBuf,
    prefix: Prefix,
    /// The bucket's own prefix.
    own: Prefix,
    desk: Arc<Desk>,
    walk: Walk,
    has_walked: bool,
    file: Option<Found>,
    object: Option<ObjectInfo>,
    /// The last name of the listing.
    last: Option<String>,
    /// Names of objects that are files, and may turn out to be folders, too.
    files: Vec<String>,
    /// Names that nobody wanted and that could not be looked at: what is below them is not known.
    unseen: Vec<Vec<u8>>,
}

impl Planner {
    pub(super) fn new(
        order: Order,
        root: PathBuf,
        (prefix, own): (Prefix, Prefix),
        desk: Arc<Desk>,
        walk: Walk,
    ) -> Self {
        let (file, object, last, files, unseen) = (None, None, None, Vec::new(), Vec::new());
        Self { order, root, prefix, own, desk, walk, has_walked: false, file, object, last, files, unseen }
    }

    /// Whether there is something to plan now.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        let desk = self.desk.open();
        let can_go_on = self.object.is_some() || !desk.listed.is_empty() || desk.is_listed;
        !desk.is_planned && desk.jobs.len() < MOST_PLANNED && can_go_on
    }

    /// Plans for a short time. `ask` has a say in each name, with the path of its file: what it does not want is left as it is on both sides.
    ///
    /// # Errors
    /// Those of `ask`; UNSUPPORTED for a listing that is not in order.
    pub fn advance<E: From<Error>>(&mut self, ask: &mut Say<'_, E>) -> std::result::Result<(), E> {
        let until = Instant::now() + PIECE;
        while self.is_wanted() && Instant::now() < until {
            if !self.look_at_file() || !self.look_at_object()? {
                continue;
            }
            let order = match (&self.file, &self.object) {
                (None, None) => {
                    self.desk.open().is_planned = true;
                    break;
                }
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(file), Some(object)) => file.relative.as_slice().cmp(self.relative(object).as_bytes()),
            };
            let file = if order.is_le() { self.file.take() } else { None };
            let object = if order.is_ge() { self.object.take() } else { None };
            self.consider(file, object, ask)?;
        }
        self.desk.tell();
        Ok(())
    }

    /// Whether it is known which file is the next.
    fn look_at_file(&mut self) -> bool {
        if self.file.is_some() || self.has_walked {
            return true;
        }
        match self.walk.step() {
            Step::Found(found) => {
                self.file = Some(found);
                self.desk.open().has_found = true;
            }
            Step::More => return false,
            Step::End => {
                self.has_walked = true;
                if let Err(error) = self.walk.check_root() {
                    self.desk.open().fail(self.prefix.as_str(), error);
                }
            }
        }
        true
    }

    /// Whether it is known which object is the next.
    fn look_at_object(&mut self) -> Result<bool> {
        if self.object.is_some() {
            return Ok(true);
        }
        let (object, is_listed) = {
            let mut desk = self.desk.open();
            (desk.listed.pop_front(), desk.is_listed)
        };
        let Some(object) = object else { return Ok(is_listed) };
        // The prefix itself is the directory; and a server may list what it was not asked for.
        if object.name.strip_prefix(self.prefix.as_str()).is_none_or(str::is_empty) {
            return Ok(false);
        }
        if self.order.sync.is_some() && self.last.as_ref().is_some_and(|last| *last >= object.name) {
            let message = "the server does not list objects in the order of their names, so they cannot be compared";
            return Err(Error::new(ErrorCode::Unsupported, message).during("list", &object.name));
        }
        self.last = Some(object.name.clone());
        self.object = Some(object);
        Ok(true)
    }

    /// The name of an object below the prefix.
    fn relative<'a>(&self, object: &'a ObjectInfo) -> &'a str {
        object.name.strip_prefix(self.prefix.as_str()).unwrap_or_default()
    }

    fn consider<E: From<Error>>(
        &mut self,
        file: Option<Found>,
        object: Option<ObjectInfo>,
        ask: &mut Say<'_, E>,
    ) -> std::result::Result<(), E> {
        let relative = match (&file, &object) {
            (Some(file), _) => file.relative.clone(),
            (None, Some(object)) => self.relative(object).as_bytes().to_vec(),
            (None, None) => return Ok(()),
        };
        let (pathname, path) =
            ([self.prefix.as_str().as_bytes(), &relative].concat(), Walk::path(&self.root, &relative));
        // Of these names only those that this one begins with may have something below them still.
        self.unseen.retain(|unseen| relative.starts_with(unseen));
        if !ask(&pathname, &path)? {
            if file.is_some_and(|file| file.file.is_err()) {
                self.unseen.push(relative);
            }
            return Ok(());
        }
        let planned = match (file.map(|file| file.file), object) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(file)), object) if self.order.direction == Direction::Up => {
                self.send(&pathname, path, file, object.as_ref())
            }
            (file, Some(object)) if self.order.direction == Direction::Down => {
                self.fetch(&pathname, path, file.and_then(Result::ok), &object)
            }
            (Some(Ok(_)), _) => {
                self.doom(Doomed::File { pathname: pathname.clone(), relative });
                Ok(())
            }
            (None, Some(object)) => {
                self.doom_object(object);
                Ok(())
            }
            (None, None) => Ok(()),
        };
        if let Err(error) = planned {
            self.desk.open().fail(pathname, error);
        }
        Ok(())
    }

    /// A file, and the object of its name.
    fn send(&self, pathname: &[u8], path: PathBuf, file: Regular, object: Option<&ObjectInfo>) -> Result<()> {
        let pathname = Pathname::parse(pathname)?;
        let relative = self.below(&pathname);
        let verdict = object.map(|object| verdict(Direction::Up, file, object, self.order.checksum()));
        self.plan(Job { pathname, relative, path, size: file.size, modified: None, doubt: None }, verdict);
        Ok(())
    }

    /// An object, and the file of its name.
    fn fetch(&mut self, pathname: &[u8], path: PathBuf, file: Option<Regular>, object: &ObjectInfo) -> Result<()> {
        let relative = self.relative(object).to_owned();
        let is_folder = relative.ends_with('/');
        ground::check(relative.strip_suffix('/').unwrap_or(&relative))?;
        // Of the names before this one only those that it begins with may still turn out to be folders.
        self.files.retain(|file| relative.starts_with(file.as_str()));
        if let Some(file) = self.files.iter().find(|file| relative.as_bytes().get(file.len()) == Some(&b'/')) {
            let message = format!("{file} is an object itself, and a file cannot be a folder, too");
            return Err(Error::new(ErrorCode::InvalidPathname, message));
        }
        let pathname = Pathname::parse(pathname)?;
        if !is_folder {
            self.files.push(relative.clone());
        }
        let verdict = file.map(|file| verdict(Direction::Down, file, object, self.order.checksum()));
        let size = if is_folder { 0 } else { object.size.unwrap_or(0) };
        let modified = object.last_modified.filter(|_| self.order.sync.is_some());
        self.plan(Job { pathname, relative, path, size, modified, doubt: None }, verdict);
        Ok(())
    }

    fn plan(&self, mut job: Job, verdict: Option<Verdict>) {
        let mut desk = self.desk.open();
        match verdict {
            Some(Verdict::Same) => return desk.outcome.skipped += 1,
            Some(Verdict::Doubt(etag)) => job.doubt = Some(etag),
            Some(Verdict::Different) | None => {}
        }
        desk.plan(job);
    }

    fn below(&self, pathname: &Pathname) -> String {
        pathname.as_str().strip_prefix(self.prefix.as_str()).unwrap_or_default().to_owned()
    }

    /// An object that has no file. What stands for a folder has none in any case, and what is below a folder that was not seen may have one.
    fn doom_object(&self, object: ObjectInfo) {
        if object.name.ends_with('/') || self.is_unseen(self.relative(&object).as_bytes()) {
            return;
        }
        if let Some(key) = Key::listed(&self.own, format!("{}{}", self.own.as_str(), object.name)) {
            self.doom(Doomed::Object { pathname: object.name, key });
        }
    }

    fn is_unseen(&self, relative: &[u8]) -> bool {
        let is_below = |unseen: &Vec<u8>| {
            let rest = relative.strip_prefix(unseen.as_slice());
            rest.is_some_and(|rest| unseen.is_empty() || unseen.ends_with(b"/") || rest.starts_with(b"/"))
        };
        self.unseen.iter().any(is_below)
    }

    fn doom(&self, doomed: Doomed) {
        if self.order.deletes() {
            self.desk.open().doomed.push_back(doomed);
        }
    }
}
