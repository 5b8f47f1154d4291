//! Configurations that were made before, and what they were made of.
//!
//! A configuration follows from its source (an array, the text of a file) and from the answers to what was asked while it was
//! validated: the variables it names, those of the AWS chain, where paths lead, what the program may do. So the answers are the
//! key. One source serves two programs of one process with one configuration only if they get the same answers, credentials
//! included.
//!
//! It belongs to a thread: there is no lock that a fork could inherit, and PHP without ZTS has one thread.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{Config, Variables, place::Place, validate::validate_place};
use crate::{error::Result, types::Secret};

/// How many sources of a kind are kept, and how many configurations of each. The ones that were not used for longest go.
const MAX_SOURCES: usize = 16;
const MAX_CONFIGS: usize = 8;

/// Sources of one kind, most recently used first.
pub(super) struct Shelf<S>(Vec<Rc<Known<S>>>);

/// A source, and what came of it.
pub(super) struct Known<S> {
    pub(super) source: S,
    /// Most recently used first.
    configs: RefCell<Vec<(Vec<Asked>, Arc<Config>)>>,
}

impl<S> Shelf<S> {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// The source that is meant. Nothing may be asked of the engine meanwhile.
    pub(super) fn find(&mut self, is: impl Fn(&S) -> bool) -> Option<Rc<Known<S>>> {
        let at = self.0.iter().position(|known| is(&known.source))?;
        self.0[..=at].rotate_right(1);
        Some(Rc::clone(&self.0[0]))
    }

    pub(super) fn keep(&mut self, known: Rc<Known<S>>) {
        self.0.insert(0, known);
        self.0.truncate(MAX_SOURCES);
    }

    /// How many configurations there are of these sources.
    pub(super) fn configurations(&self) -> usize {
        self.0.iter().map(|known| known.configs.borrow().len()).sum()
    }

    pub(super) fn forget(&mut self, is: impl Fn(&S) -> bool) {
        self.0.retain(|known| !is(&known.source));
    }
}

impl<S> Known<S> {
    pub(super) fn new(source: S) -> Rc<Self> {
        Rc::new(Self { source, configs: RefCell::default() })
    }

    /// The configuration for these variables: one that was made of the same answers, or a new one.
    pub(super) fn config(&self, place: impl FnOnce(&S) -> Place, variables: &dyn Variables) -> Result<Arc<Config>> {
        if let Some(config) = self.recent(variables) {
            return Ok(config);
        }
        let recorder = Recorder { variables, asked: RefCell::default() };
        let config = Arc::new(validate_place(place(&self.source), &recorder)?);
        let mut configs = self.configs.borrow_mut();
        configs.insert(0, (recorder.asked.into_inner(), Arc::clone(&config)));
        configs.truncate(MAX_CONFIGS);
        Ok(config)
    }

    fn recent(&self, variables: &dyn Variables) -> Option<Arc<Config>> {
        // Taken out while the engine is asked: it may run out of memory there, which jumps over us, and no borrow must be left.
        let mut configs = self.configs.take();
        let at = configs.iter().position(|(asked, _)| asked.iter().all(|asked| asked.is_still(variables)));
        let found = at.map(|at| {
            configs[..=at].rotate_right(1);
            Arc::clone(&configs[0].1)
        });
        self.configs.replace(configs);
        found
    }
}

/// A question and its answer.
#[derive(PartialEq)]
enum Asked {
    Variable(String, Option<Secret>),
    Path(String, Result<String, String>),
    Confined(bool),
    MayRunPrograms(bool),
}

impl Asked {
    fn is_still(&self, variables: &dyn Variables) -> bool {
        match self {
            Self::Variable(name, value) => variables.get(name).map(Secret::new) == *value,
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
        self.note(Asked::Variable(name.to_owned(), value.clone().map(Secret::new)));
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

    #[test]
    fn a_configuration_is_made_once_for_the_same_answers_and_anew_for_others() {
        let known = Known::new(json!({"storage": {"bucket": "b", "endpoint": "http://${HOST_NAME}"}}));
        let made = Cell::new(0);
        let config = |host: &'static str, key: Option<&'static str>| {
            let variables = move |name: &str| match name {
                "HOST_NAME" => Some(host.to_owned()),
                "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_PROFILE" => key.map(ToOwned::to_owned),
                _ => None,
            };
            let place = |tree: &serde_json::Value| {
                made.set(made.get() + 1);
                Place::of(tree.clone())
            };
            let config = known.config(place, &variables).unwrap();
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
    fn the_source_that_was_not_used_for_longest_is_forgotten() {
        let mut shelf = Shelf::new();
        for number in 0..MAX_SOURCES {
            shelf.keep(Known::new(number));
        }
        assert!(shelf.find(|number| *number == 0).is_some());
        shelf.keep(Known::new(MAX_SOURCES));
        assert!(shelf.find(|number| *number == 0).is_some());
        assert!(shelf.find(|number| *number == 1).is_none());
    }
}
