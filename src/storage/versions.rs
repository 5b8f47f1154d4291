//! Listings of versions, page by page and lazily version by version.

use std::collections::VecDeque;

use super::{
    Storage,
    circle::Circle,
    list::{most, positive},
    operation::Walking,
};
use crate::{
    error::Result,
    middleware::{Name, Outcome},
    types::{MAX_PAGE, ObjectVersion, Prefix, VersionMarker, VersionPage},
};

impl Storage {
    /// One page of a listing of versions. One request. Idempotent.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND, UNSUPPORTED where the server has no versions, and those of every request.
    pub async fn version_page(
        &self,
        prefix: &Prefix,
        after: Option<&VersionMarker>,
        limit: u32,
    ) -> Result<VersionPage> {
        let doing = self.begin(Name::ListVersions, prefix.as_str());
        let list = async {
            let target = doing.target().await?;
            let own = &target.bucket.config.prefix;
            let mut page =
                target.backend.versions(&target.bucket.config.bucket, &prefix.under(own), after, limit).await?;
            // The bucket's prefix as an object of its own has no pathname.
            page.versions.retain_mut(|version| {
                let name = own.strip(&version.name).map(ToOwned::to_owned);
                name.map(|name| version.name = name).is_some()
            });
            Ok(page)
        };
        doing.run(list).await
    }
}

/// A lazy listing of versions: a page is asked for when the one before it is used up.
#[derive(Debug)]
pub struct Versions {
    prefix: Prefix,
    /// Versions that the caller still wants; `None` is all.
    left: Option<u64>,
    after: Option<VersionMarker>,
    ready: VecDeque<ObjectVersion>,
    complete: bool,
    circle: Circle<VersionMarker>,
    walking: Walking,
}

impl Versions {
    /// A listing that has asked for nothing yet.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a limit under 1.
    pub fn new(prefix: Prefix, limit: Option<i64>) -> Result<Self> {
        let left = limit.map(positive).transpose()?;
        let (ready, circle, walking) = (VecDeque::new(), Circle::default(), Walking::default());
        Ok(Self { prefix, left, after: None, ready, complete: false, circle, walking })
    }

    /// The next version, if it is here already; costs no request.
    pub fn ready(&mut self) -> Option<ObjectVersion> {
        let version = self.ready.pop_front()?;
        self.left = self.left.map(|left| left.saturating_sub(1));
        Some(version)
    }

    /// Whether there is nothing more to ask for.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete || self.left == Some(0)
    }

    /// Its caller does not wait for the end: the operation is abandoned. Whoever asks for another page begins a new one.
    pub fn leave(&mut self) {
        self.walking.end(Outcome::Abandoned);
    }

    /// Asks for the next page.
    ///
    /// # Errors
    /// As for [`Storage::version_page`]; the listing can be asked again.
    pub async fn fetch(&mut self, storage: &Storage) -> Result<()> {
        storage.rehearse("listVersions", self.prefix.as_str())?;
        let limit = self.left.and_then(|left| u32::try_from(left).ok()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        let (operation, storage) = self.walking.go_on(storage, Name::ListVersions, self.prefix.as_str());
        let working = operation.working();
        let page = storage.version_page(&self.prefix, self.after.as_ref(), limit).await;
        drop(working);
        let page = page.and_then(|page| {
            let checked = self.circle.step(page.next.as_ref());
            checked.map(|()| page).map_err(|error| error.during(Name::ListVersions.words(), self.prefix.as_str()))
        });
        let page = self.walking.stepped(page)?;
        self.complete = page.next.is_none();
        if self.complete || self.left.is_some_and(|left| left <= page.versions.len() as u64) {
            self.walking.end(Outcome::Done);
        }
        self.after = page.next;
        self.ready = page.versions.into();
        self.ready.truncate(most(self.left));
        Ok(())
    }
}
