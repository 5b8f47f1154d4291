//! Operations begin and end here: this is where errors learn what they happened to, and where the middleware learns what is done.

use std::{future::Future, sync::Arc};

use super::{
    Progress, Storage, Target,
    observed::{Observed, account_of},
};
use crate::{
    error::Result,
    middleware::{Events, Log, Name, Operation, Outcome},
    registry::Bucket,
};

/// The operation of a walk that is made page by page, with pauses in between.
#[derive(Debug, Default)]
pub(super) struct Walking(Option<Arc<Operation>>);

impl Walking {
    /// Goes on, or begins: the operation, and a storage where everything is a part of it.
    pub(super) fn go_on(&mut self, storage: &Storage, name: Name, subject: &str) -> (Arc<Operation>, Storage) {
        let operation = self.0.get_or_insert_with(|| storage.operation(name, subject));
        (Arc::clone(operation), storage.within(operation))
    }

    /// A step was made. One that failed is the end; whoever tries again begins anew.
    pub(super) fn stepped<T>(&mut self, outcome: Result<T>) -> Result<T> {
        outcome.inspect_err(|error| self.end(Outcome::Failed(error)))
    }

    /// It is at its end.
    pub(super) fn end(&mut self, outcome: Outcome<'_>) {
        if let Some(operation) = self.0.take() {
            operation.end(outcome);
        }
    }
}

/// An operation on a bucket, or a part of one.
pub(super) struct Doing<'a> {
    pub(super) storage: &'a Storage,
    name: Name,
    subject: &'a str,
    operation: Arc<Operation>,
    /// Whether it ends with this, and is no part of another one.
    is_whole: bool,
}

impl Storage {
    /// Begins an operation on something (a pathname, a prefix), or a part of the one that is running.
    pub(super) fn begin<'a>(&'a self, name: Name, subject: &'a str) -> Doing<'a> {
        let is_whole = self.operation.is_none();
        let operation = self.operation.clone().unwrap_or_else(|| self.operation(name, subject));
        Doing { storage: self, name, subject, operation, is_whole }
    }

    /// An operation of its own, which goes on for as long as its owner likes.
    pub(super) fn operation(&self, name: Name, subject: &str) -> Arc<Operation> {
        let (account, mut chain) = (account_of(&self.registry, &self.bucket), self.registry.chain());
        if self.is_quiet {
            chain = chain.without(Events::NAME).without(Log::NAME);
        }
        Operation::begin(name, account, subject, chain, self.trace.clone())
    }

    /// The same storage, where everything is a part of an operation.
    pub(super) fn within(&self, operation: &Arc<Operation>) -> Self {
        Self { operation: Some(Arc::clone(operation)), ..self.clone() }
    }
}

impl Doing<'_> {
    /// The bucket as this operation uses it.
    pub(super) async fn target(&self) -> Result<Target> {
        self.target_of(&self.storage.bucket).await
    }

    /// Another bucket as this operation uses it, with the places and counts of that bucket.
    pub(super) async fn target_of(&self, bucket: &Arc<Bucket>) -> Result<Target> {
        let backend = self.storage.registry.open(&bucket.server, &self.storage.clients).await?;
        let account = (!Arc::ptr_eq(bucket, &self.storage.bucket)).then(|| account_of(&self.storage.registry, bucket));
        let backend = Arc::new(Observed::new(backend, Arc::clone(&self.operation), account));
        Ok(Target { bucket: Arc::clone(bucket), backend })
    }

    /// A storage where everything is a part of this.
    pub(super) fn storage(&self) -> Storage {
        self.storage.within(&self.operation)
    }

    /// It is over with the content that it opens, unless it is a part of something else.
    pub(super) fn ends_with_content(&self) {
        if self.is_whole {
            self.operation.ends_with_content();
        }
    }

    /// It is over, unless it is a part of something else.
    pub(super) fn end(&self, outcome: Outcome<'_>) {
        if self.is_whole {
            self.operation.end(outcome);
        }
    }

    /// Runs it to its end.
    pub(super) async fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let outcome = work.await.map_err(|error| error.during(self.name.words(), self.subject));
        self.end(Outcome::of(&outcome));
        outcome
    }

    /// The same for a transfer: one that is given up since its progress was cancelled has failed.
    pub(super) async fn run_cancellable<T>(
        &self,
        progress: &Progress,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let _given_up = GivenUp { doing: self, progress };
        self.run(work).await
    }

    /// Runs what opens something: unless that fails, the operation goes on in what was opened.
    pub(super) async fn open<T>(&self, work: impl Future<Output = Result<T>>) -> Result<(T, Arc<Operation>)> {
        match work.await {
            Ok(opened) => Ok((opened, Arc::clone(&self.operation))),
            Err(error) => {
                let error = error.during(self.name.words(), self.subject);
                self.end(Outcome::Failed(&error));
                Err(error)
            }
        }
    }
}

/// Tells why an operation has failed that nobody waits for any more.
struct GivenUp<'a> {
    doing: &'a Doing<'a>,
    progress: &'a Progress,
}

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        if let Some(error) = self.progress.cancelled() {
            let error = error.during(self.doing.name.words(), self.doing.subject);
            self.doing.end(Outcome::Failed(&error));
        }
    }
}
