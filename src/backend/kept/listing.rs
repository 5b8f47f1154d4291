//! Pages of listings, as a server of S3 makes them.

use super::store::Walk;
use crate::{
    error::{Error, Result},
    types::{ListOptions, ListPage, MAX_PAGE},
};

/// One page of the keys that begin with a prefix.
pub(super) fn page(walk: &mut dyn Walk, prefix: &str, options: &ListOptions) -> Result<ListPage> {
    let limit = options.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE) as usize;
    let mut page = ListPage::default();
    let mut from = start(prefix, options)?;
    while let Some(at) = from {
        let Some(key) = walk.seek(&at)?.filter(|key| key.starts_with(prefix)) else { return Ok(page) };
        if page.objects.len() + page.prefixes.len() >= limit {
            page.next_token = Some(hex::encode(at));
            return Ok(page);
        }
        let common = common_prefix(&key, prefix, options.recursive);
        if let Some(common) = common {
            from = behind_all(common);
            page.prefixes.push(common.to_owned());
        } else {
            from = Some(behind(&key));
            page.objects.extend(walk.record(&key)?.map(|record| record.entry(&key)));
        }
    }
    Ok(page)
}

/// Where a page begins: a token is the place where the one before it ended.
fn start(prefix: &str, options: &ListOptions) -> Result<Option<String>> {
    let after = match (&options.token, &options.start_after) {
        (Some(token), _) => {
            let place = hex::decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            Some(place.ok_or_else(|| Error::invalid_argument("the continuation token is not one of this server"))?)
        }
        (None, Some(after)) => Some(behind(after)),
        (None, None) => None,
    };
    Ok(Some(after.filter(|after| after.as_str() > prefix).unwrap_or_else(|| prefix.to_owned())))
}

/// The part of a key that stands for all that begin with it, where those are not listed one by one.
fn common_prefix<'a>(key: &'a str, prefix: &str, recursive: bool) -> Option<&'a str> {
    let end = key[prefix.len()..].find('/').filter(|_| !recursive)?;
    Some(&key[..=prefix.len() + end])
}

/// The first string behind a key.
fn behind(key: &str) -> String {
    format!("{key}\0")
}

/// The first string behind all that begin with a common prefix, which ends with a slash.
fn behind_all(common: &str) -> Option<String> {
    common.strip_suffix('/').map(|start| format!("{start}0"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::backend::kept::record::Record;

    struct Keys(BTreeMap<String, Record>);

    impl Walk for Keys {
        fn seek(&mut self, from: &str) -> Result<Option<String>> {
            Ok(self.0.range(from.to_owned()..).next().map(|(key, _)| key.clone()))
        }

        fn record(&mut self, key: &str) -> Result<Option<Record>> {
            Ok(self.0.get(key).cloned())
        }
    }

    fn listed(keys: &[&str], prefix: &str, recursive: bool, limit: u32) -> (Vec<String>, Vec<String>, usize) {
        let mut keys = Keys(keys.iter().map(|key| ((*key).to_owned(), Record::default())).collect());
        let (mut objects, mut prefixes, mut pages) = (Vec::new(), Vec::new(), 0);
        let mut options = ListOptions { recursive, limit: Some(limit), ..ListOptions::default() };
        loop {
            let page = page(&mut keys, prefix, &options).unwrap();
            assert!(page.objects.len() + page.prefixes.len() <= limit as usize);
            objects.extend(page.objects.into_iter().map(|object| object.name));
            prefixes.extend(page.prefixes);
            pages += 1;
            options.token = page.next_token;
            if options.token.is_none() {
                return (objects, prefixes, pages);
            }
        }
    }

    #[test]
    fn pages_put_together_are_the_whole() {
        let keys = ["a", "a/b", "a/b/c", "a/d", "a//", "a0", "b/x", "b/y", "c", "/z", "ü"];
        let mut sorted = keys.map(ToOwned::to_owned).to_vec();
        sorted.sort();
        for limit in [1, 2, 3, 100] {
            assert_eq!(listed(&keys, "", true, limit).0, sorted, "{limit}");
            let (objects, prefixes, _) = listed(&keys, "", false, limit);
            assert_eq!(objects, ["a", "a0", "c", "ü"], "{limit}");
            assert_eq!(prefixes, ["/", "a/", "b/"], "{limit}");
            let (objects, prefixes, _) = listed(&keys, "a/", false, limit);
            assert_eq!((objects, prefixes), (vec!["a/b".into(), "a/d".into()], vec!["a//".into(), "a/b/".into()]));
        }
        assert_eq!(listed(&keys, "", true, 11).2, 1, "a page that is just full is the last");
        assert_eq!(listed(&keys, "nothing", true, 10).0, Vec::<String>::new());
    }

    #[test]
    fn a_listing_begins_behind_a_key() {
        let mut keys = Keys(["a/1", "a/2", "b"].map(|key| (key.to_owned(), Record::default())).into());
        let after = |after: &str, recursive| ListOptions {
            start_after: Some(after.to_owned()),
            recursive,
            ..ListOptions::default()
        };
        let names = |page: ListPage| page.objects.into_iter().map(|object| object.name).collect::<Vec<_>>();
        assert_eq!(names(page(&mut keys, "", &after("a/1", true)).unwrap()), ["a/2", "b"]);
        assert_eq!(page(&mut keys, "", &after("a/1", false)).unwrap().prefixes, ["a/"]);
        assert_eq!(page(&mut keys, "", &after("a/2", false)).unwrap().prefixes, Vec::<String>::new());
        let wrong = ListOptions { token: Some("zz".into()), ..ListOptions::default() };
        assert!(page(&mut keys, "", &wrong).is_err());
    }
}
