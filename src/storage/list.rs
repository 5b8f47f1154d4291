//! Listings: page by page, and lazily entry by entry.

use std::collections::VecDeque;

use super::{Storage, circle::Circle, operation::Walking};
use crate::{
    error::{Error, Result},
    middleware::{Name, Outcome},
    types::{ListOptions, ListPage, MAX_PAGE, ObjectInfo, Prefix},
};

impl Storage {
    /// One page of a listing. One request. Idempotent.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND, and those of every request.
    pub async fn list_page(&self, prefix: &Prefix, options: &ListOptions) -> Result<ListPage> {
        let doing = self.begin(Name::ListPage, prefix.as_str());
        let list = async {
            let target = doing.target().await?;
            let own = &target.bucket.config.prefix;
            let mut options = options.clone();
            options.start_after = options.start_after.map(|name| format!("{}{name}", own.as_str()));
            let page = target.backend.list(&target.bucket.config.bucket, &prefix.under(own), &options).await?;
            Ok(within(page, own))
        };
        doing.run(list).await
    }
}

/// A page in the caller's terms. The bucket's prefix as an object of its own (a "directory marker") has no pathname.
fn within(page: ListPage, own: &Prefix) -> ListPage {
    let objects = page.objects.into_iter().filter_map(|mut info| {
        info.name = own.strip(&info.name)?.to_owned();
        Some(info)
    });
    let prefixes = page.prefixes.iter().filter_map(|prefix| own.strip(prefix)).map(ToOwned::to_owned);
    ListPage { objects: objects.collect(), prefixes: prefixes.collect(), next_token: page.next_token }
}

/// A lazy listing: a page is asked for when the one before it is used up.
#[derive(Debug)]
pub struct Listing {
    prefix: Prefix,
    options: ListOptions,
    /// Entries that the caller still wants; `None` is all.
    left: Option<u64>,
    ready: VecDeque<ObjectInfo>,
    complete: bool,
    circle: Circle<String>,
    walking: Walking,
}

impl Listing {
    /// A listing that has asked for nothing yet.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a limit under 1.
    pub fn new(prefix: Prefix, recursive: bool, limit: Option<i64>, start_after: Option<Prefix>) -> Result<Self> {
        let left = limit.map(positive).transpose()?;
        let start_after = start_after.map(|name| name.as_str().to_owned());
        let options = ListOptions { recursive, start_after, ..ListOptions::default() };
        let (ready, circle, walking) = (VecDeque::new(), Circle::default(), Walking::default());
        Ok(Self { prefix, options, left, ready, complete: false, circle, walking })
    }

    /// The next entry, if it is here already; costs no request.
    pub fn ready(&mut self) -> Option<ObjectInfo> {
        let entry = self.ready.pop_front()?;
        self.left = self.left.map(|left| left.saturating_sub(1));
        Some(entry)
    }

    /// Whether there is nothing at all that was not handed out yet, as far as is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.complete && self.ready.is_empty()
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
    /// As for [`Storage::list_page`]; the listing can be asked again.
    pub async fn fetch(&mut self, storage: &Storage) -> Result<()> {
        storage.rehearse("list", self.prefix.as_str())?;
        let limit = self.left.and_then(|left| u32::try_from(left).ok()).unwrap_or(MAX_PAGE).min(MAX_PAGE);
        self.options.limit = Some(limit);
        let (operation, storage) = self.walking.go_on(storage, Name::List, self.prefix.as_str());
        let working = operation.working();
        let page = storage.list_page(&self.prefix, &self.options).await;
        drop(working);
        let page = page.and_then(|page| {
            let checked = self.circle.step(page.next_token.as_ref());
            checked.map(|()| page).map_err(|error| error.during(Name::List.words(), self.prefix.as_str()))
        });
        let page = self.walking.stepped(page)?;
        self.complete = page.next_token.is_none();
        self.options.token = page.next_token;
        let found = (page.objects.len() + page.prefixes.len()) as u64;
        if self.complete || self.left.is_some_and(|left| left <= found) {
            self.walking.end(Outcome::Done);
        }
        self.ready = merged(page.objects, page.prefixes);
        self.ready.truncate(most(self.left));
        Ok(())
    }
}

/// A limit that is one.
pub(super) fn positive(limit: i64) -> Result<u64> {
    match u64::try_from(limit) {
        Ok(positive @ 1..) => Ok(positive),
        _ => Err(Error::invalid_argument(format!("limit must be at least 1, not {limit}"))),
    }
}

/// How many entries of a page are handed out: a server may list more than it was asked for.
pub(super) fn most(left: Option<u64>) -> usize {
    left.and_then(|left| usize::try_from(left).ok()).unwrap_or(usize::MAX)
}

/// Objects and common prefixes in the one order of their names.
fn merged(objects: Vec<ObjectInfo>, prefixes: Vec<String>) -> VecDeque<ObjectInfo> {
    let directories = prefixes.into_iter().map(|name| ObjectInfo { name, is_directory: true, ..ObjectInfo::default() });
    let mut entries: Vec<_> = objects.into_iter().chain(directories).collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> ObjectInfo {
        ObjectInfo { name: name.into(), ..ObjectInfo::default() }
    }

    #[test]
    fn directories_stand_among_objects_in_the_order_of_names() {
        let names: Vec<_> =
            merged(vec![object("a"), object("c")], vec!["b/".into()]).into_iter().map(|e| e.name).collect();
        assert_eq!(names, ["a", "b/", "c"]);
    }

    #[test]
    fn a_bucket_prefix_is_taken_off_and_its_marker_left_out() {
        let own = Prefix::of_bucket(b"up").unwrap();
        let page = ListPage {
            objects: vec![object("up/"), object("up/a")],
            prefixes: vec!["up/dir/".into()],
            next_token: Some("t".into()),
        };
        let page = within(page, &own);
        assert_eq!(page.objects, [object("a")]);
        assert_eq!(page.prefixes, ["dir/"]);
        assert_eq!(page.next_token.as_deref(), Some("t"));
    }
}
