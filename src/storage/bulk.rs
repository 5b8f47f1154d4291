//! Deletes of many objects: by their names, and by what their names begin with.

use std::collections::HashMap;

use super::{Storage, Target};
use crate::{
    backend::contract::MAX_DELETES,
    error::{Error, ErrorCode, Result},
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
        let mut batch = Batch::default();
        for pathnames in pathnames.chunks(MAX_DELETES) {
            self.delete_some(pathnames, &mut batch).await;
        }
        batch
    }

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
        Ok(Self { prefix, options, complete: false })
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
        let step = async {
            let target = storage.target().await?;
            let (bucket, own) = (&target.bucket.config.bucket, &target.bucket.config.prefix);
            let page = target.backend.list(bucket, &self.prefix.under(own), &self.options).await?;
            let objects = page.objects.into_iter().filter_map(|object| {
                // A server that lists what it was not asked for deletes nothing by it.
                let name = own.strip(&object.name).filter(|name| name.starts_with(self.prefix.as_str()))?.to_owned();
                Some((name, Key::listed(own, object.name)?))
            });
            let mut batch = Batch::default();
            target.delete_all(objects.collect(), &mut batch).await;
            self.complete = page.next_token.is_none();
            self.options.token = page.next_token;
            Ok(batch)
        };
        step.await.map_err(|error: Error| error.during("delete prefix", self.prefix.as_str()))
    }
}
