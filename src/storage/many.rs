//! Many objects in one call: so many operations at once, in rounds.
//!
//! A round ends with nothing under way. Between two rounds the caller does what it likes, for as long as it likes: no request waits for it, no
//! place of the limit is held, and one that never comes back leaves nothing running.

use std::{
    collections::VecDeque,
    future::Future,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream, stream::FuturesUnordered};
use tokio::time::Instant;

use super::Storage;
use crate::{
    backend::contract::Object,
    error::{Error, Result},
    types::{GetOptions, Owned, Pathname},
};

/// After so long a round begins nothing new, so that what is there reaches the caller. Long beside one request, so that the end of a round, where
/// fewer and fewer requests are under way, costs little.
const ROUND: Duration = Duration::from_millis(150);

/// What is taken of memory for a content before a byte of it has come.
const RESERVED: u64 = 1024 * 1024;

/// The numbers of operations at once that a call may ask for.
const AT_ONCE: std::ops::RangeInclusive<i64> = 1..=1000;

/// Checks a number of operations at once.
///
/// # Errors
/// INVALID_ARGUMENT outside of 1 to 1,000.
pub fn at_once(concurrency: i64) -> Result<usize> {
    let number = usize::try_from(concurrency).ok().filter(|_| AT_ONCE.contains(&concurrency));
    let (least, most) = (AT_ONCE.start(), AT_ONCE.end());
    number.ok_or_else(|| {
        Error::invalid_argument(format!("concurrency must be {least} to {most} operations at once, not {concurrency}"))
    })
}

/// Runs an operation for each item, so many at once; the outcomes stand in the order of the items.
pub async fn for_each<I, T, F: Future<Output = T>>(items: Vec<I>, at_once: usize, run: impl Fn(I) -> F) -> Vec<T> {
    let numbered = items.into_iter().enumerate().map(|(number, item)| {
        let outcome = run(item);
        async move { (number, outcome.await) }
    });
    let mut outcomes: Vec<_> = stream::iter(numbered).buffer_unordered(at_once).collect().await;
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// A read of many objects, whole, in the order in which they come.
#[derive(Debug)]
pub struct Reads {
    at_once: usize,
    /// The most bytes of contents in memory, unless a single one is larger.
    most: u64,
    /// What was not read yet.
    queue: VecDeque<Wanted>,
    /// What the running round has begun to read; left from a round that was given up.
    begun: Vec<Option<Pathname>>,
    ready: VecDeque<(Pathname, Result<Bytes>)>,
}

/// An object that is to be read.
#[derive(Debug)]
enum Wanted {
    Named(Pathname),
    /// It was opened, and there was no room for its content.
    Opened(Pathname, Owned<Box<Object>>),
}

/// What came of an object in a round.
enum Came {
    Content(Result<Bytes>),
    /// There is no room for its content in this round.
    TooMuch(Box<Object>),
}

impl Reads {
    /// A read of no object yet.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a limit of memory under 1 byte.
    pub fn new(at_once: usize, most_buffered: i64) -> Result<Self> {
        let most = u64::try_from(most_buffered).ok().filter(|most| *most > 0);
        let most = most.ok_or_else(|| {
            Error::invalid_argument(format!("maxBuffered must be 1 byte or more, not {most_buffered}"))
        })?;
        let (queue, begun, ready) = (VecDeque::new(), Vec::new(), VecDeque::new());
        Ok(Self { at_once, most, queue, begun, ready })
    }

    /// How many more objects a round could do with.
    #[must_use]
    pub fn room(&self) -> usize {
        (self.at_once * 8).saturating_sub(self.queue.len() + self.begun.len())
    }

    /// Adds an object.
    pub fn push(&mut self, pathname: Pathname) {
        self.queue.push_back(Wanted::Named(pathname));
    }

    /// What has come and was not taken yet.
    pub fn ready(&mut self) -> Option<(Pathname, Result<Bytes>)> {
        self.ready.pop_front()
    }

    /// Whether every object that was added was read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.queue.is_empty() && self.begun.is_empty() && self.ready.is_empty()
    }

    /// Reads on, until a while has passed, no memory is left, or there is nothing more to read. What is ready must have been taken. One request for
    /// each object; an object that fails is an outcome, too. A content of so many bytes that `fits` says no to is one that fails: before it is received
    /// where its size is known, else as soon as it is too large.
    pub async fn round(&mut self, storage: &Storage, fits: impl Fn(usize) -> Result<()>) {
        for pathname in self.begun.drain(..).flatten().rev() {
            self.queue.push_front(Wanted::Named(pathname));
        }
        // No more than the alias has places for: they would only wait for each other.
        let at_once = self.at_once.min(storage.bucket.config.max_concurrent_operations as usize);
        let room = &Room { held: AtomicU64::new(0), most: self.most, fits: &fits };
        let end = Instant::now() + ROUND;
        let mut is_full = false;
        let mut running = FuturesUnordered::new();
        let mut later = Vec::new();
        loop {
            let goes_on = !is_full && (Instant::now() < end || running.is_empty() && self.ready.is_empty());
            while goes_on
                && running.len() < at_once
                && room.held.load(Relaxed) < room.most
                && let Some(wanted) = self.queue.pop_front()
            {
                let (pathname, opened) = match wanted {
                    Wanted::Named(pathname) => (pathname, None),
                    Wanted::Opened(pathname, opened) => (pathname, opened.into_inner()),
                };
                let number = self.begun.len();
                self.begun.push(Some(pathname.clone()));
                running.push(async move { (number, fetch(storage, &pathname, opened, room).await) });
            }
            let Some((number, came)) = running.next().await else { break };
            let Some(pathname) = self.begun[number].take() else { continue };
            match came {
                Came::Content(content) => self.ready.push_back((pathname, content)),
                Came::TooMuch(object) => {
                    is_full = true;
                    later.push((pathname, object));
                }
            }
        }
        self.begun.clear();
        for (pathname, object) in later.into_iter().rev() {
            self.queue.push_front(Wanted::Opened(pathname, Owned::new(object)));
        }
    }
}

/// The memory of a round.
struct Room<'a> {
    held: AtomicU64,
    most: u64,
    fits: &'a dyn Fn(usize) -> Result<()>,
}

/// Reads an object whole, if there is room for it.
async fn fetch(storage: &Storage, pathname: &Pathname, opened: Option<Box<Object>>, room: &Room<'_>) -> Came {
    let opened = match opened {
        Some(object) => Ok(object),
        None => storage.read(pathname, &GetOptions::default()).await.map(Box::new),
    };
    let mut object = match opened {
        Ok(object) => object,
        Err(error) => return Came::Content(Err(error)),
    };
    let length = object.length.unwrap_or(0);
    let during = |error: Error| error.during("read", pathname.as_str());
    if let Err(error) = (room.fits)(usize::try_from(length).unwrap_or(usize::MAX)) {
        return Came::Content(Err(during(error)));
    }
    // A single one has room in any case.
    let fits = |held: u64| (held == 0 || held.saturating_add(length) <= room.most).then(|| held.saturating_add(length));
    if room.held.fetch_update(Relaxed, Relaxed, fits).is_err() {
        // It rests until the next round: its connection and its first bytes are not lost.
        object.stream.pause();
        return Came::TooMuch(object);
    }
    Came::Content(collect(&mut object, length, room).await.map_err(during))
}

async fn collect(object: &mut Object, length: u64, room: &Room<'_>) -> Result<Bytes> {
    let mut content = BytesMut::with_capacity(usize::try_from(length.min(RESERVED)).unwrap_or(0));
    while let Some(piece) = object.stream.next().await {
        let piece = piece?;
        if object.length.is_none() {
            room.held.fetch_add(piece.len() as u64, Relaxed);
            (room.fits)(content.len() + piece.len())?;
        }
        content.extend_from_slice(&piece);
    }
    if object.length.is_some_and(|length| content.len() as u64 != length) {
        let message = format!("the content ended after {} of {length} bytes", content.len());
        return Err(Error::new(crate::error::ErrorCode::ConnectionFailed, message));
    }
    Ok(content.freeze())
}
