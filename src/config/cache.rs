//! Files that were read before, and the configurations that came of them.
//!
//! A configuration follows from the text of its file and from the answers to what was asked while it was validated: the
//! variables it names, those of the AWS chain, where paths lead, what the program may do. So the answers are the key. A file
//! serves two programs of one process with one configuration only if they get the same answers, credentials included.
//!
//! It belongs to a thread: there is no lock that a fork could inherit, and PHP without ZTS has one thread.

use std::{
    cell::RefCell,
    fs::Metadata,
    os::unix::fs::MetadataExt,
    rc::Rc,
    time::{Duration, SystemTime},
};

use super::{Config, Variables, place::Place};
use crate::error::Result;

/// How many files are kept, and how many configurations of each. The ones that were not used for longest go.
const MAX_FILES: usize = 16;
const MAX_CONFIGS: usize = 8;

/// A file that changed so recently may change again without looking different: file systems tell times in steps.
const SETTLED: Duration = Duration::from_secs(2);

thread_local! {
    /// Most recently used first.
    static FILES: RefCell<Vec<Rc<Known>>> = const { RefCell::new(Vec::new()) };
}

/// A file as it was read.
pub(super) struct Known {
    path: String,
    version: Version,
    pub(super) place: Place,
    /// Most recently used first.
    configs: RefCell<Vec<(Vec<Asked>, Config)>>,
}

/// What tells one content of a path from another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Version {
    pub(super) fn of(metadata: &Metadata) -> Self {
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

impl Known {
    pub(super) fn new(path: &str, version: Version, place: Place) -> Rc<Self> {
        Rc::new(Self { path: path.to_owned(), version, place, configs: RefCell::default() })
    }

    /// The file of a path, if it is as it was.
    pub(super) fn find(path: &str, version: Version) -> Option<Rc<Self>> {
        FILES.with_borrow_mut(|files| {
            let at = files.iter().position(|known| known.path == path)?;
            if files[at].version != version {
                files.remove(at);
                return None;
            }
            files[..=at].rotate_right(1);
            Some(Rc::clone(&files[0]))
        })
    }

    /// Keeps it, unless it may change without looking different.
    pub(super) fn keep(self: &Rc<Self>) {
        if self.version.is_settled() {
            FILES.with_borrow_mut(|files| {
                files.insert(0, Rc::clone(self));
                files.truncate(MAX_FILES);
            });
        }
    }

    /// The configuration for these variables: one that was made of the same answers, or a new one.
    pub(super) fn config(
        &self,
        variables: &dyn Variables,
        validate: impl FnOnce(Place, &dyn Variables) -> Result<Config>,
    ) -> Result<Config> {
        if let Some(config) = self.recent(variables) {
            return Ok(config);
        }
        let recorder = Recorder { variables, asked: RefCell::default() };
        let config = validate(self.place.clone(), &recorder)?;
        let mut configs = self.configs.borrow_mut();
        configs.insert(0, (recorder.asked.into_inner(), config.clone()));
        configs.truncate(MAX_CONFIGS);
        Ok(config)
    }

    fn recent(&self, variables: &dyn Variables) -> Option<Config> {
        // Taken out while the engine is asked: it may run out of memory there, which jumps over us, and no borrow must be left.
        let mut configs = self.configs.take();
        let at = configs.iter().position(|(asked, _)| asked.iter().all(|asked| asked.is_still(variables)));
        let found = at.map(|at| {
            configs[..=at].rotate_right(1);
            configs[0].1.clone()
        });
        self.configs.replace(configs);
        found
    }
}

/// A question and its answer.
#[derive(PartialEq)]
enum Asked {
    Variable(String, Option<String>),
    Path(String, Result<String, String>),
    Confined(bool),
    MayRunPrograms(bool),
}

impl Asked {
    fn is_still(&self, variables: &dyn Variables) -> bool {
        match self {
            Self::Variable(name, value) => variables.get(name) == *value,
            Self::Path(path, answer) => variables.path(path) == *answer,
            Self::Confined(answer) => variables.confined() == *answer,
            Self::MayRunPrograms(answer) => variables.may_run_programs() == *answer,
        }
    }
}

/// Variables that are remembered with their values as they are asked for.
struct Recorder<'a> {
    variables: &'a dyn Variables,
    asked: RefCell<Vec<Asked>>,
}

impl Recorder<'_> {
    fn note(&self, asked: Asked) {
        let mut all = self.asked.borrow_mut();
        if !all.contains(&asked) {
            all.push(asked);
        }
    }
}

impl Variables for Recorder<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name);
        self.note(Asked::Variable(name.to_owned(), value.clone()));
        value
    }

    fn confined(&self) -> bool {
        let answer = self.variables.confined();
        self.note(Asked::Confined(answer));
        answer
    }

    fn path(&self, path: &str) -> Result<String, String> {
        let answer = self.variables.path(path);
        self.note(Asked::Path(path.to_owned(), answer.clone()));
        answer
    }

    fn may_run_programs(&self) -> bool {
        let answer = self.variables.may_run_programs();
        self.note(Asked::MayRunPrograms(answer));
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;
    use crate::config::validate::validate_place;

    #[test]
    fn a_configuration_is_made_once_for_the_same_answers_and_anew_for_others() {
        let tree = json!({"storage": {"bucket": "b", "endpoint": "http://${HOST_NAME}"}});
        let version = Version { device: 0, inode: 0, size: 0, modified: (0, 0), changed: (0, 0) };
        let known = Known::new("/a.json", version, Place::of(tree));
        let made = Cell::new(0);
        let config = |host: &'static str, key: Option<&'static str>| {
            let variables = move |name: &str| match name {
                "HOST_NAME" => Some(host.to_owned()),
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_PROFILE" => key.map(ToOwned::to_owned),
                _ => None,
            };
            let config = known.config(&variables, |place, variables| {
                made.set(made.get() + 1);
                validate_place(place, variables)
            });
            let config = config.unwrap();
            let server = &config.servers[0].1;
            let found = server.credentials.as_ref().map(|credentials| credentials.key.expose().to_owned());
            assert_eq!((server.endpoint.as_deref(), found.as_deref()), (Some(format!("http://{host}").as_str()), key));
            made.get()
        };
        assert_eq!(config("one", Some("a")), 1);
        assert_eq!(config("one", Some("a")), 1);
        assert_eq!(config("two", Some("a")), 2);
        assert_eq!(config("one", Some("b")), 3);
        assert_eq!(config("one", None), 4);
        assert_eq!(config("one", Some("a")), 4);
        assert_eq!(config("one", None), 4);
    }

    #[test]
    fn a_file_of_another_version_is_unknown_and_a_fresh_one_is_not_kept() {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let old = Version { device: 1, inode: 2, size: 3, modified: (4, 5), changed: (6, 7) };
        let fresh = Version { changed: (now.try_into().unwrap(), 0), ..old };
        let known = |version| Known::new("/a.json", version, Place::of(json!({})));
        known(fresh).keep();
        assert!(Known::find("/a.json", fresh).is_none());
        known(old).keep();
        assert!(Known::find("/a.json", old).is_some());
        assert!(Known::find("/b.json", old).is_none());
        assert!(Known::find("/a.json", Version { modified: (4, 6), ..old }).is_none());
        assert!(Known::find("/a.json", old).is_none());
    }
}
