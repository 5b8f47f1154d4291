//! Between those who plan and those who carry out: what is to be done, what was listed, and what came of it.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::{super::Progress, compare::ETag};
use crate::{
    error::Error,
    storage::Batch,
    types::{Key, ObjectInfo, Pathname},
};

/// What is planned ahead: a page of a listing.
pub(super) const MOST_PLANNED: usize = 1_000;

/// One file or object that may have to be transferred.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) pathname: Pathname,
    /// Its name below prefix and directory.
    pub(super) relative: String,
    /// The file.
    pub(super) path: PathBuf,
    /// Bytes, as far as is known.
    pub(super) size: u64,
    /// Time of the object, in Unix seconds.
    pub(super) modified: Option<i64>,
    /// The digest of the other side: where the file has it, nothing is to be done.
    pub(super) doubt: Option<ETag>,
}

/// What is on the other side only.
#[derive(Debug)]
pub(super) enum Doomed {
    Object { pathname: String, key: Key },
    File { pathname: Vec<u8>, relative: Vec<u8> },
}

/// What came of two trees.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What was transferred, by pathname, and what failed.
    pub transferred: Batch<Vec<u8>>,
    /// What was deleted, by pathname.
    pub deleted: Vec<Vec<u8>>,
    /// How many were the same already.
    pub skipped: u64,
}

#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each of a side of its own")]
pub(super) struct State {
    pub(super) jobs: VecDeque<Job>,
    /// Whether all jobs are planned.
    pub(super) is_planned: bool,
    /// Objects that nobody has looked at yet.
    pub(super) listed: VecDeque<ObjectInfo>,
    /// Whether the listing has come to its end.
    pub(super) is_listed: bool,
    /// Whether the listing had anything.
    pub(super) has_listed: bool,
    /// Whether the walk found anything.
    pub(super) has_found: bool,
    pub(super) doomed: VecDeque<Doomed>,
    /// Jobs of which it is not known yet whether there is something to transfer.
    pub(super) undecided: u64,
    /// Bytes that are to be transferred.
    pub(super) bytes: u64,
    pub(super) outcome: Outcome,
}

/// The desk. It is locked for moments only, never while something waits.
#[derive(Debug, Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    news: Notify,
}

impl Desk {
    pub(super) fn open(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes who carries out.
    pub(super) fn tell(&self) {
        self.news.notify_one();
    }

    /// Waits for something new.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }
}

impl State {
    pub(super) fn plan(&mut self, job: Job) {
        match &job.doubt {
            Some(_) => self.undecided += 1,
            None => self.bytes += job.size,
        }
        self.jobs.push_back(job);
    }

    pub(super) fn fail(&mut self, pathname: impl Into<Vec<u8>>, error: Error) {
        self.outcome.transferred.failed.push((pathname.into(), error));
    }

    /// The total is told when it cannot change any more.
    pub(super) fn expect(&self, progress: &Progress) {
        if self.is_planned && self.undecided == 0 {
            progress.expect(self.bytes);
        }
    }
}
