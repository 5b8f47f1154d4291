//! Servers of others: what is known of each (`servers.json`), and what a run has found.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Mutex, PoisonError},
};

use s3storage::error::ErrorCode;
use serde::{Deserialize, Serialize};

/// `servers.json`: the servers that the suite runs on, and those whose differences are known from documents only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Servers {
    pub(crate) servers: Vec<Known>,
    pub(crate) documented: Vec<Documented>,
}

/// A server, and where it differs from the table. What is not listed holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) title: String,
    /// Capabilities that its profile assumes and that it does not have: asked for, they are UNSUPPORTED.
    #[serde(default)]
    pub(crate) lacks: Vec<String>,
    #[serde(default)]
    pub(crate) differences: Vec<Difference>,
}

/// Cases that fail, why, and what of the failure must be seen in each of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    pub(crate) cases: Vec<String>,
    pub(crate) what: String,
    pub(crate) seen: String,
}

/// A service that no test can reach: what its documents say, and the tests that play it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Documented {
    pub(crate) title: String,
    pub(crate) differences: Vec<Promise>,
}

/// A documented difference.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Promise {
    pub(crate) what: String,
    pub(crate) source: String,
    pub(crate) test: String,
}

/// Why a case does not hold: the code of the call that failed, if one did, and everything for a person.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Option<ErrorCode>,
    pub(crate) text: String,
}

/// What came of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Holds,
    /// UNSUPPORTED: the caller is told before anything else happens.
    Refused,
    Differs,
}

/// How many cases of a group came out how.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counts {
    pub(crate) holds: usize,
    pub(crate) refused: usize,
    pub(crate) differs: usize,
}

/// What a run has found, by the names of the cases.
#[derive(Debug, Default)]
pub(crate) struct Found(Mutex<BTreeMap<String, Outcome>>);

impl Servers {
    pub(crate) fn read() -> Self {
        serde_json::from_str(&text("tests/contract/servers.json"))
            .unwrap_or_else(|error| panic!("servers.json: {error}"))
    }

    /// The server of a name; of one that is on no list nothing is known.
    pub(crate) fn of(&self, name: &str) -> Known {
        let unknown = || Known { name: name.to_owned(), title: name.to_owned(), ..Known::default() };
        self.servers.iter().find(|known| known.name == name).cloned().unwrap_or_else(unknown)
    }

    /// Every case that is listed is one, listed once, with evidence; every test that is named is one.
    pub(crate) fn check(&self, cases: &BTreeSet<String>) -> Result<(), String> {
        for known in &self.servers {
            let mut seen = BTreeSet::new();
            for difference in &known.differences {
                if difference.seen.is_empty() || difference.what.is_empty() {
                    return Err(format!("{}: a difference needs `what` and `seen`: {difference:?}", known.name));
                }
                for case in &difference.cases {
                    if !cases.contains(case) {
                        return Err(format!("{}: there is no case {case}", known.name));
                    }
                    if !seen.insert(case) {
                        return Err(format!("{}: {case} is listed twice", known.name));
                    }
                }
            }
        }
        let tests = text("tests/faults/profiles.rs");
        let promises = self.documented.iter().flat_map(|documented| &documented.differences);
        match promises.into_iter().find(|promise| !tests.contains(&format!("fn {}()", promise.test))) {
            Some(promise) => Err(format!("tests/faults/profiles.rs has no test {}", promise.test)),
            None => Ok(()),
        }
    }
}

/// A file of the project, as it is now: a list that was changed needs no build.
fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Known {
    /// Whether what came of a case is what is known. `lacks` is a capability that the case needs and the server's profile has not.
    pub(crate) fn judge(&self, case: &str, lacks: bool, ended: Result<(), Failure>) -> Result<Outcome, String> {
        let listed = self.differences.iter().find(|difference| difference.cases.iter().any(|listed| listed == case));
        let refused = |failure: &Failure| failure.code == Some(ErrorCode::Unsupported);
        match (ended, listed) {
            (Ok(()), None) => Ok(Outcome::Holds),
            (Ok(()), Some(difference)) => {
                Err(format!("servers.json lists {case} as different ({}), and it holds: take it off", difference.what))
            }
            (Err(failure), Some(difference)) if failure.text.contains(&difference.seen) => {
                Ok(if refused(&failure) { Outcome::Refused } else { Outcome::Differs })
            }
            (Err(failure), Some(difference)) => {
                Err(format!("servers.json says that {case} shows `{}`; {}", difference.seen, failure.text))
            }
            (Err(failure), None) if lacks && refused(&failure) => Ok(Outcome::Refused),
            (Err(failure), None) => Err(failure.text),
        }
    }
}

impl Found {
    pub(crate) fn add(&self, case: String, outcome: Outcome) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(case, outcome);
    }

    /// Counts by group, which is what stands before the slash.
    pub(crate) fn groups(&self) -> BTreeMap<String, Counts> {
        let mut groups = BTreeMap::<String, Counts>::new();
        for (case, outcome) in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let group = case.split_once('/').map_or(case.as_str(), |(group, _)| group);
            let counts = groups.entry(group.to_owned()).or_default();
            *match outcome {
                Outcome::Holds => &mut counts.holds,
                Outcome::Refused => &mut counts.refused,
                Outcome::Differs => &mut counts.differs,
            } += 1;
        }
        groups
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Counts {
    pub(crate) const fn all(self) -> usize {
        self.holds + self.refused + self.differs
    }
}
