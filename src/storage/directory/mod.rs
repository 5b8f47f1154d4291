//! Directories of this machine and prefixes of a bucket: one written to the other, or made the same.
//!
//! [`Planner`] goes through both sides and decides; [`Carrier`] lists, transfers and deletes. The first runs between two turns of the runtime,
//! where an application's code may run, the second within; what they have to tell each other lies on a desk between them.

mod compare;
mod desk;
mod ground;
mod plan;
mod walk;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::{
    StreamExt,
    future::{BoxFuture, FutureExt},
    stream::FuturesUnordered,
};

pub use self::{
    desk::Outcome,
    plan::{Planner, Say},
    walk::{Allow, Links},
};
use self::{
    desk::{Desk, Doomed, Job},
    ground::Ground,
    walk::Walk,
};
use super::{
    Listing, Progress, Storage, Target,
    files::{open, open_below, type_of},
    source::Source,
    upload::{MOST_PARTS, upload},
};
use crate::{
    backend::contract::{FileSlice, MAX_DELETES},
    error::{Error, ErrorCode, Result},
    middleware::Name,
    storage::Batch,
    types::{Key, Prefix, PutOptions, TransferOptions},
};

/// Which side is made like the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The bucket is made like the directory.
    Up,
    /// The directory is made like the bucket.
    Down,
}

/// What is to be done with two trees.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Which side is written.
    pub direction: Direction,
    /// With it only what differs is transferred.
    pub sync: Option<Sync>,
}

/// How two trees are made the same.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sync {
    /// Whether what the other side does not have is deleted in the end.
    pub delete: bool,
    /// Whether nothing is written or deleted.
    pub dry_run: bool,
    /// Whether contents are compared where times say nothing against them.
    pub checksum: bool,
}

impl Order {
    const fn name(self) -> &'static str {
        match (self.sync, self.direction) {
            (Some(_), _) => "sync",
            (None, Direction::Up) => "upload directory",
            (None, Direction::Down) => "download directory",
        }
    }

    /// Whether the bucket is listed.
    fn lists(self) -> bool {
        self.sync.is_some() || self.direction == Direction::Down
    }

    fn deletes(self) -> bool {
        self.sync.is_some_and(|sync| sync.delete)
    }

    fn is_dry(self) -> bool {
        self.sync.is_some_and(|sync| sync.dry_run)
    }

    fn checksum(self) -> bool {
        self.sync.is_some_and(|sync| sync.checksum)
    }
}

/// How files are transferred.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// What uploads are written with. A type that is not given is guessed for each.
    pub put: PutOptions,
    /// How many files are under way at once.
    pub files_at_once: usize,
}

/// Carries out what is planned.
pub struct Carrier {
    order: Order,
    manner: Manner,
    desk: Arc<Desk>,
    /// Taken out while a page is asked for; gone when one could not be had.
    listing: Option<Listing>,
    /// Where files are written, if any are.
    ground: Option<Ground>,
    /// The directory.
    path: PathBuf,
    follows: bool,
    may_delete: bool,
}

impl Storage {
    /// Prepares what is to be done with a directory and the objects behind a prefix, which ends with `/` or is empty. Sends nothing.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a directory that does not exist (uploads), cannot be read, or cannot be made (downloads), and for options
    /// that cannot be sent.
    pub fn directory(
        &self,
        order: Order,
        directory: &Path,
        prefix: &Prefix,
        links: Links,
        manner: Manner,
    ) -> Result<(Planner, Carrier)> {
        let prepare = || {
            manner.put.check()?;
            let is_written = order.direction == Direction::Down;
            let ground = (is_written && !order.is_dry()).then(|| Ground::open(directory)).transpose()?;
            // Only a dry run leaves it missing.
            let walk = if is_written && (order.sync.is_none() || !directory.exists()) {
                Walk::empty()
            } else {
                Walk::new(directory, links)?
            };
            let listing = order.lists().then(|| Listing::new(prefix.clone(), true, None, None)).transpose()?;
            let (desk, follows) = (Arc::new(Desk::default()), walk.follows());
            desk.open().is_listed = listing.is_none();
            let prefixes = (prefix.clone(), self.bucket().config.prefix.clone());
            let planner = Planner::new(order, directory.to_owned(), prefixes, Arc::clone(&desk), walk);
            let path = directory.to_owned();
            Ok((planner, Carrier { order, manner, desk, listing, ground, path, follows, may_delete: false }))
        };
        prepare().map_err(|error: Error| error.during(order.name(), &directory.to_string_lossy()))
    }
}

/// What comes of something under way.
enum Done {
    Job { pathname: String, outcome: Result<bool> },
    Page(Listing, Result<()>),
}

impl Carrier {
    /// Carries out what is planned so far; true when all is done. What fails by itself is entered in the outcome.
    ///
    /// # Errors
    /// Those of the listing, and of options that the bucket cannot honour; FILE_NOT_FOUND where everything of one side would be deleted, since
    /// there is nothing on the other.
    pub async fn step(&mut self, storage: &Storage, progress: &Progress) -> Result<bool> {
        let target = storage.unobserved().await?;
        self.manner.put.visibility = target.visibility(self.manner.put.visibility)?;
        self.transfer(storage, &target, progress).await?;
        let is_all_planned = {
            let desk = self.desk.open();
            desk.expect(progress);
            desk.is_planned && desk.jobs.is_empty()
        };
        if !is_all_planned {
            return Ok(false);
        }
        self.check_deletions()?;
        Ok(self.delete_some(storage).await)
    }

    /// What came of it so far.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.desk.open().outcome.clone()
    }

    /// Lists and transfers until there is nothing more to do, or until more has to be planned and nothing is under way.
    async fn transfer(&mut self, storage: &Storage, target: &Target, progress: &Progress) -> Result<()> {
        let (files_at_once, transfer) = self.shares(target);
        let places = target.bucket.config.max_concurrent_operations as usize;
        let (desk, mut listing, mut failure) = (Arc::clone(&self.desk), self.listing.take(), None);
        let this = &*self;
        let mut running: FuturesUnordered<BoxFuture<'_, Done>> = FuturesUnordered::new();
        loop {
            let is_next_page_wanted = {
                let desk = desk.open();
                desk.listed.is_empty() && !desk.is_listed && failure.is_none()
            };
            if is_next_page_wanted && let Some(mut listing) = listing.take() {
                running.push(
                    async move {
                        let page = listing.fetch(storage).await;
                        Done::Page(listing, page)
                    }
                    .boxed(),
                );
            }
            let pages = usize::from(listing.is_none() && this.order.lists());
            while failure.is_none() && running.len() < (files_at_once + pages).min(places) {
                let Some(job) = desk.open().jobs.pop_front() else { break };
                running.push(this.carry(storage, target, job, transfer, progress).boxed());
            }
            tokio::select! {
                biased;
                Some(done) = running.next() => match done {
                    Done::Job { pathname, outcome } => this.enter(pathname, outcome, progress),
                    Done::Page(mut walked, page) => {
                        failure = page.err();
                        this.listed(&mut walked);
                        listing = Some(walked);
                    }
                },
                () = desk.news(), if !running.is_empty() => {}
                else => break,
            }
        }
        drop(running);
        self.listing = listing;
        failure.map_or(Ok(()), Err)
    }

    /// How many files are under way at once, and how each is transferred: together they have no more requests than the alias has places for.
    fn shares(&self, target: &Target) -> (usize, TransferOptions) {
        let places = target.bucket.config.max_concurrent_operations as usize;
        let files = self.manner.files_at_once.clamp(1, places);
        let (_, parts) = target.transfer(self.manner.put.transfer);
        let concurrency = u32::try_from(parts.min(places / files).max(1)).ok();
        (files, TransferOptions { concurrency, ..self.manner.put.transfer })
    }

    fn listed(&self, listing: &mut Listing) {
        let mut desk = self.desk.open();
        while let Some(object) = listing.ready() {
            desk.listed.push_back(object);
        }
        desk.has_listed |= !desk.listed.is_empty();
        desk.is_listed = listing.is_complete();
    }

    async fn carry(
        &self,
        storage: &Storage,
        target: &Target,
        job: Job,
        transfer: TransferOptions,
        progress: &Progress,
    ) -> Done {
        let pathname = job.pathname.as_str().to_owned();
        let (name, outcome) = match self.order.direction {
            Direction::Up => (Name::UploadFile, self.send(storage, target, &job, transfer, progress).await),
            Direction::Down => (Name::DownloadFile, self.fetch(storage, target, &job, transfer, progress).await),
        };
        Done::Job { outcome: outcome.map_err(|error| error.during(name.words(), &pathname)), pathname }
    }

    /// Opens the file of a job. Unless links are followed, no folder on the way to it can have become one since it was found.
    fn open(&self, job: &Job) -> Result<FileSlice> {
        if self.follows { open(&job.path, true) } else { open_below(&self.path, &job.relative) }
    }

    /// Whether a job has to be done, now that its file can be read.
    async fn is_needed(&self, target: &Target, job: &Job) -> Result<bool> {
        let Some(etag) = &job.doubt else { return Ok(true) };
        let (part_size, _) = target.transfer(self.manner.put.transfer);
        let compared = async {
            let file = self.open(job)?;
            compare::has_digest(file, etag, part_size.max(job.size.div_ceil(MOST_PARTS))).await
        };
        let is_needed = compared.await.map(|is_same| !is_same);
        let mut desk = self.desk.open();
        desk.undecided -= 1;
        desk.bytes += if matches!(is_needed, Ok(false)) { 0 } else { job.size };
        is_needed
    }

    async fn send(
        &self,
        storage: &Storage,
        to: &Target,
        job: &Job,
        transfer: TransferOptions,
        progress: &Progress,
    ) -> Result<bool> {
        if !self.is_needed(to, job).await? {
            return Ok(false);
        }
        let key = to.key(&job.pathname)?;
        let file = self.open(job)?;
        if self.order.is_dry() {
            return Ok(true);
        }
        let mut options = PutOptions { transfer, ..self.manner.put.clone() };
        options.content_type.get_or_insert_with(|| type_of(&job.pathname, &job.path));
        let doing = storage.begin(Name::UploadFile, job.pathname.as_str());
        let sent = async {
            upload(&doing.target().await?, &key, Source::file(file), &options, &progress.share()).await.map(drop)
        };
        doing.run(sent).await?;
        Ok(true)
    }

    async fn fetch(
        &self,
        storage: &Storage,
        from: &Target,
        job: &Job,
        transfer: TransferOptions,
        progress: &Progress,
    ) -> Result<bool> {
        if !self.is_needed(from, job).await? {
            return Ok(false);
        }
        let key = from.key(&job.pathname)?;
        let Some(ground) = &self.ground else { return Ok(!job.relative.ends_with('/') || !job.path.is_dir()) };
        if job.relative.ends_with('/') {
            return Ok(ground.make(&job.relative)? || self.order.sync.is_none());
        }
        let landing = ground.landing(&job.relative, job.modified)?;
        let doing = storage.begin(Name::DownloadFile, job.pathname.as_str());
        let received =
            async { doing.target().await?.receive(&key, landing, job.size, transfer, &progress.share()).await };
        doing.run(received).await?;
        Ok(true)
    }

    fn enter(&self, pathname: String, outcome: Result<bool>, progress: &Progress) {
        let mut desk = self.desk.open();
        match outcome {
            Ok(true) => desk.outcome.transferred.succeeded.push(pathname.into_bytes()),
            Ok(false) => desk.outcome.skipped += 1,
            Err(error) => desk.fail(pathname, error),
        }
        desk.expect(progress);
    }

    /// Whether anything may be deleted: only when everything else succeeded.
    fn check_deletions(&mut self) -> Result<()> {
        let mut desk = self.desk.open();
        let empty = |message, details| Err(Error::new(ErrorCode::FileNotFound, message).with_details(details));
        match self.order.direction {
            Direction::Down if self.order.deletes() && !desk.has_listed => {
                return empty(
                    "there is no object behind the prefix; nothing was deleted",
                    "delete the files themselves if that is meant, since a prefix with a typo looks the same",
                );
            }
            Direction::Up if !desk.has_found && !desk.doomed.is_empty() => {
                return empty(
                    "there is no file in the directory; nothing was deleted",
                    "delete the objects themselves (deletePrefix) if that is meant, since a disk that is not mounted looks the same",
                );
            }
            _ => {}
        }
        if !self.may_delete && !desk.outcome.transferred.failed.is_empty() {
            desk.doomed.clear();
        }
        self.may_delete = true;
        Ok(())
    }

    /// Deletes as many as fit into a request; true when there is nothing more to delete.
    async fn delete_some(&self, storage: &Storage) -> bool {
        let (mut objects, mut files) = (Vec::<(String, Key)>::new(), Vec::new());
        let is_last = {
            let mut desk = self.desk.open();
            let count = desk.doomed.len().min(MAX_DELETES);
            for doomed in desk.doomed.drain(..count) {
                match doomed {
                    Doomed::Object { pathname, key } => objects.push((pathname, key)),
                    Doomed::File { pathname, relative } => files.push((pathname, relative)),
                }
            }
            desk.doomed.is_empty()
        };
        let mut batch = Batch::<Vec<u8>>::default();
        match (&self.ground, self.order.is_dry()) {
            (_, true) => {
                batch.succeeded.extend(objects.into_iter().map(|(pathname, _)| pathname.into_bytes()));
                batch.succeeded.extend(files.into_iter().map(|(pathname, _)| pathname));
            }
            (Some(ground), false) => {
                for (pathname, relative) in files {
                    match ground.remove(&relative) {
                        Ok(()) => batch.succeeded.push(pathname),
                        Err(error) => batch.failed.push((pathname, error)),
                    }
                }
            }
            (None, false) if !objects.is_empty() => {
                let mut deleted = Batch::default();
                storage.delete_keys(objects, &mut deleted).await;
                batch.extend(deleted);
            }
            (None, false) => {}
        }
        let mut desk = self.desk.open();
        desk.outcome.deleted.extend(batch.succeeded);
        desk.outcome.transferred.failed.extend(batch.failed);
        is_last
    }
}
