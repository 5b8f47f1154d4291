//! Deletes of many objects: by their names, and by what their names begin with.

use std::collections::HashMap;

use super::{
    Storage, Target,
    circle::Circle,
    operation::{Doing, Walking},
};
use crate::{
    backend::contract::MAX_DELETES,
    error::{Error, ErrorCode, Result},
    middleware::{Name, Outcome},
    types::{Key, ListOptions, Pathname, Prefix},
};

/// What came of each object of a batch, by what the caller calls it.
#[derive(Debug, Clone)]
pub struct Batch<N = String, S = N> {
    /// Done.
    pub succeeded: Vec<S>,
    /// Not done, or not known to be done.
    pub failed: Vec<(N, Error)>,
}

impl<N, S> Default for Batch<N, S> {
    fn default() -> Self {
        Self { succeeded: Vec::new(), failed: Vec::new() }
    }
}

impl<N> Batch<N> {
    /// Takes what another batch did into this one.
    pub fn extend<M: Into<N>>(&mut self, other: Batch<M>) {
        self.succeeded.extend(other.succeeded.into_iter().map(Into::into));
        self.failed.extend(other.failed.into_iter().map(|(name, error)| (name.into(), error)));
    }
}

impl<N, S> Batch<N, S> {
    /// BATCH_FAILED, naming the first failure, unless all succeeded. `more` have succeeded that are not in the list.
    #[must_use]
    pub fn error(&self, operation: &str, subject: &str, more: usize) -> Option<Error> {
        let (_, first) = self.failed.first()?;
        let (failed, all) = (self.failed.len(), self.failed.len() + self.succeeded.len() + more);
        let mut error = Error::new(ErrorCode::BatchFailed, format!("{failed} of {all} objects failed"));
        error.details = format!("the first of them: {first}");
        error.retryable = self.failed.iter().all(|(_, error)| error.retryable);
        error.attempts = self.failed.iter().map(|(_, error)| error.attempts).max().unwrap_or(0);
        Some(error.during(operation, subject))
    }
}

impl Batch {
    fn enter(&mut self, pathname: &str, outcome: Option<Error>) {
        match outcome {
            None => self.succeeded.push(pathname.to_owned()),
            Some(error) => self.failed.push((pathname.to_owned(), error.during("delete", pathname))),
        }
    }
}

impl Storage {
    /// Deletes objects; those that do not exist are no errors. One request for each 1,000, and one more for each name that XML
    /// does not carry safely. Each request is on its own: one that fails as a whole fails its objects, and the next one is
    /// sent. Idempotent.
    pub async fn delete_many(&self, pathnames: &[Pathname]) -> Batch {
        let doing = self.begin(Name::DeleteMany, "");
        let mut batch = Batch::default();
        for pathnames in pathnames.chunks(MAX_DELETES) {
            doing.delete_some(pathnames, &mut batch).await;
        }
        doing.end(batch.outcome());
        batch
    }
}

impl Storage {
    /// Deletes keys of this bucket, at most 1,000, and enters what came of each under its pathname.
    pub(super) async fn delete_keys<N: AsRef<str>>(&self, objects: Vec<(N, Key)>, batch: &mut Batch) {
        let doing = self.begin(Name::DeleteMany, "");
        match doing.target().await {
            Ok(target) => target.delete_all(objects, batch).await,
            Err(error) => objects.iter().for_each(|(name, _)| batch.enter(name.as_ref(), Some(error.clone()))),
        }
        doing.end(batch.outcome());
    }
}

impl<N, S> Batch<N, S> {
    /// What became of it: the first failure speaks for all.
    pub(super) fn outcome(&self) -> Outcome<'_> {
        self.failed.first().map_or(Outcome::Done, |(_, error)| Outcome::Failed(error))
    }
}

impl Doing<'_> {
    async fn delete_some(&self, pathnames: &[Pathname], batch: &mut Batch) {
        let target = match self.target().await {
            Ok(target) => target,
            Err(error) => return pathnames.iter().for_each(|name| batch.enter(name.as_str(), Some(error.clone()))),
        };
        let mut keys = Vec::with_capacity(pathnames.len());
        for pathname in pathnames {
            match target.key(pathname) {
                Ok(key) => keys.push((pathname.as_str(), key)),
                Err(error) => batch.enter(pathname.as_str(), Some(error)),
            }
        }
        target.delete_all(keys, batch).await;
    }
}

impl Target {
    /// Deletes keys of this bucket and enters what came of each under its pathname.
    pub(super) async fn delete_all<N: AsRef<str>>(&self, objects: Vec<(N, Key)>, batch: &mut Batch) {
        let (names, keys): (Vec<N>, Vec<Key>) = objects.into_iter().unzip();
        let outcome = self.backend.delete_many(&self.bucket.config.bucket, &keys).await;
        let failed: Result<HashMap<Key, Error>> = outcome.map(|failed| failed.into_iter().collect());
        for (name, key) in names.iter().zip(&keys) {
            batch.enter(
                name.as_ref(),
                failed.as_ref().map_or_else(|error| Some(error.clone()), |f| f.get(key).cloned()),
            );
        }
    }
}

/// A walk that deletes every object whose pathname begins with a prefix, a page of the listing at a time.
#[derive(Debug)]
pub struct Sweep {
    prefix: Prefix,
    options: ListOptions,
    complete: bool,
    circle: Circle<String>,
    walking: Walking,
    /// The first delete that failed.
    failed: Option<Error>,
}

impl Drop for Sweep {
    fn drop(&mut self) {
        if let Some(error) = &self.failed {
            self.walking.end(Outcome::Failed(error));
        }
    }
}

impl Sweep {
    /// A walk that has deleted nothing yet.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for an empty prefix, unless everything in the bucket (under its own prefix) is meant.
    pub fn new(prefix: Prefix, all: bool) -> Result<Self> {
        if prefix.as_str().is_empty() && !all {
            let message = "an empty prefix would delete every object of the bucket; say `all: true` if that is meant";
            return Err(Error::invalid_argument(message).during("delete prefix", "\"\""));
        }
        let options = ListOptions { recursive: true, ..ListOptions::default() };
        let (circle, walking) = (Circle::default(), Walking::default());
        Ok(Self { prefix, options, complete: false, circle, walking, failed: None })
    }

    /// Whether the end of the listing was reached.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Lists the next page and deletes its objects. Two requests, and one more for each name that XML does not carry safely.
    ///
    /// # Errors
    /// Those of the listing; the step can be tried again. What failed of the deletes is in the batch.
    pub async fn step(&mut self, storage: &Storage) -> Result<Batch> {
        let (operation, storage) = self.walking.go_on(storage, Name::DeletePrefix, self.prefix.as_str());
        let _working = operation.working();
        let prefix = self.prefix.clone();
        let doing = storage.begin(Name::DeletePrefix, prefix.as_str());
        let step = async {
            let target = doing.target().await?;
            let (bucket, own) = (&target.bucket.config.bucket, &target.bucket.config.prefix);
            let page = target.backend.list(bucket, &self.prefix.under(own), &self.options).await?;
            let objects = page.objects.into_iter().filter_map(|object| {
                // A server that lists what it was not asked for deletes nothing by it.
                let name = own.strip(&object.name).filter(|name| name.starts_with(self.prefix.as_str()))?.to_owned();
                Some((name, Key::listed(own, object.name)?))
            });
            let mut batch = Batch::default();
            target.delete_all(objects.collect(), &mut batch).await;
            // Not before: a step that is given up in the middle is taken again.
            self.circle.step(page.next_token.as_ref())?;
            self.complete = page.next_token.is_none();
            self.options.token = page.next_token;
            Ok(batch)
        };
        let batch = doing.run(step).await;
        let batch = self.walking.stepped(batch)?;
        if self.failed.is_none() {
            self.failed = batch.failed.first().map(|(_, error)| error.clone());
        }
        if self.complete && self.failed.is_none() {
            self.walking.end(Outcome::Done);
        }
        Ok(batch)
    }
}
