//! What a store of this machine does: few things, none of which waits for a network.

use std::fmt;

use super::record::Record;
use crate::{
    backend::contract::{Content, Location, Part},
    error::Result,
};

/// Decides over what is there (nothing, or an object) whether a change goes on.
pub(in super::super) type May<'a> = &'a (dyn Fn(Option<&Record>) -> Result<()> + Sync);

/// What came of a change. `None`: others are changing the object, and nothing was done; it is to be tried again in a moment.
pub(in super::super) type Change<T> = Result<Option<T>>;

/// Objects of this machine: records and contents. Every change is whole or not there, also for those who look at the same moment,
/// in this process or another.
pub(in super::super) trait Store: fmt::Debug + Send + Sync + 'static {
    /// A content that is being written; nobody sees it.
    type Draft: Draft;

    /// Whether there are URLs of objects.
    const HAS_URLS: bool;

    /// Whether there can be an object of every key, whatever others there are.
    const HAS_ALL_KEYS: bool;

    /// What is kept of an object.
    fn find(&self, at: Location<'_>) -> Result<Option<Record>>;

    /// An object with its content, of one and the same moment.
    fn open(&self, at: Location<'_>) -> Result<Option<(Record, Content)>>;

    /// A draft that has no bytes yet.
    fn draft(&self) -> Result<Self::Draft>;

    /// Makes a draft the object, if it may. Called once for each draft that it takes.
    fn commit(&self, at: Location<'_>, draft: &mut Self::Draft, record: &Record, may: May<'_>) -> Change<()>;

    /// Changes what is kept of an object, which stays otherwise as it is; `false` where there is none.
    fn change(&self, at: Location<'_>, change: &dyn Fn(&mut Record)) -> Change<bool>;

    /// Removes an object, if it may; one that is not there is no error.
    fn remove(&self, at: Location<'_>, may: May<'_>) -> Change<()>;

    /// Begins a walk through the keys of a bucket.
    fn walk(&self, bucket: &str) -> Result<Box<dyn Walk + '_>>;

    /// Notes an upload in parts, and names it.
    fn begin(&self, bucket: &str, upload: &Upload) -> Result<String>;

    /// An upload; `None` where there is none.
    fn upload(&self, bucket: &str, id: &str) -> Result<Option<Upload>>;

    /// Every upload of a bucket, with its name.
    fn uploads(&self, bucket: &str) -> Result<Vec<(String, Upload)>>;

    /// Makes a draft a part of an upload.
    fn keep_part(&self, bucket: &str, id: &str, part: &Part, draft: Self::Draft) -> Result<()>;

    /// The parts of an upload, by number.
    fn parts(&self, bucket: &str, id: &str) -> Result<Vec<Part>>;

    /// The content of a part.
    fn part(&self, bucket: &str, id: &str, part: &Part) -> Result<Content>;

    /// Forgets an upload and its parts; one that is not there is no error.
    fn forget(&self, bucket: &str, id: &str) -> Result<()>;

    /// A URL of an object, permanent or signed.
    ///
    /// # Errors
    /// UNSUPPORTED where nobody would answer it.
    fn url(&self, at: Location<'_>, signed: Option<&Signed>) -> Result<String>;
}

/// A content that is being written. Dropped, it is gone.
pub(in super::super) trait Draft: Send {
    /// Appends bytes.
    fn append(&mut self, bytes: &[u8]) -> Result<()>;
}

/// A walk through keys, in the order of their bytes.
pub(in super::super) trait Walk: Send {
    /// The first key that is `from` or comes behind it.
    fn seek(&mut self, from: &str) -> Result<Option<String>>;

    /// What is kept of the object of a key that was found; `None` where it is gone since.
    fn record(&mut self, key: &str) -> Result<Option<Record>>;
}

/// An upload in parts.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(in super::super) struct Upload {
    /// The key of the object that it becomes.
    pub(in super::super) key: String,
    /// When it was begun, in Unix seconds.
    pub(in super::super) initiated: i64,
    /// What the object will have beside its content.
    pub(in super::super) record: Record,
}

/// What a URL is signed for.
#[derive(Debug, Clone)]
pub(in super::super) struct Signed {
    /// The method of the request.
    pub(in super::super) method: &'static str,
    /// What the request asks for, by name.
    pub(in super::super) query: Vec<(&'static str, String)>,
    /// The end of its life, in Unix seconds.
    pub(in super::super) expires_at: i64,
}
