//! `ListObjectsV2` and `ListObjects`.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use s3s::dto::{
    CommonPrefix, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object as ListedObject,
    ObjectStorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::owner;
use super::encoding::{KeyEncoding, Position};
use super::object::etag;
use super::store::{Key, Object, Store};

/// A page never has more entries, whatever the request asks for.
const MAX_KEYS: i32 = 1000;

type Objects = BTreeMap<Key, Arc<Object>>;

/// What a page is about.
pub(crate) struct Query<'a> {
    pub prefix: &'a str,
    pub delimiter: Option<&'a str>,
    pub position: Option<&'a Position>,
    pub max_keys: usize,
}

/// One page of a listing.
#[derive(Default)]
pub(crate) struct Page<'a> {
    pub objects: Vec<(&'a str, &'a Object)>,
    pub common_prefixes: Vec<&'a str>,
    /// Where the next page starts, if there is one.
    pub next: Option<Position>,
    /// How many keys were looked at. Grows with the page, not with the bucket.
    pub visited: usize,
}

impl<'a> Page<'a> {
    fn len(&self) -> usize {
        self.objects.len() + self.common_prefixes.len()
    }

    /// Scans from the first key that may belong to the page. Keys that roll up into one common prefix are passed
    /// over with one lookup.
    pub(crate) fn scan(objects: &'a Objects, query: &Query<'_>) -> Self {
        let mut page = Self::default();
        if query.max_keys == 0 {
            return page;
        }
        let Some(mut from) = first_bound(query) else {
            return page;
        };
        let mut last = None;
        'lookup: loop {
            for (Key(key), object) in objects.range::<[u8], _>((as_bytes(&from), Bound::Unbounded)) {
                page.visited += 1;
                if !key.starts_with(query.prefix) {
                    return page;
                }
                if page.len() == query.max_keys {
                    page.next = last;
                    return page;
                }
                if let Some(common) = common_prefix(key, query) {
                    page.common_prefixes.push(common);
                    last = Some(Position::AfterPrefix(common.to_owned()));
                    match after_prefix(common) {
                        Some(bound) => from = bound,
                        None => return page,
                    }
                    continue 'lookup;
                }
                page.objects.push((key, object));
                last = Some(Position::AfterKey(key.clone()));
            }
            return page;
        }
    }
}

/// The part of `key` up to the first delimiter after the prefix.
fn common_prefix<'a>(key: &'a str, query: &Query<'_>) -> Option<&'a str> {
    let delimiter = query.delimiter?;
    let rest = key.get(query.prefix.len()..)?;
    let end = query.prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

/// The later of the start of the prefix and the position to continue from.
fn first_bound(query: &Query<'_>) -> Option<Bound<Vec<u8>>> {
    let prefix = Bound::Included(query.prefix.as_bytes().to_vec());
    let position = match query.position {
        None => return Some(prefix),
        Some(Position::AfterKey(key)) => Bound::Excluded(key.as_bytes().to_vec()),
        Some(Position::AfterPrefix(common)) => after_prefix(common)?,
    };
    let (Bound::Included(key) | Bound::Excluded(key)) = &position else {
        return Some(prefix);
    };
    Some(if key.as_slice() < query.prefix.as_bytes() { prefix } else { position })
}

/// The smallest byte string that is greater than all that start with `prefix`. UTF-8 has no byte 255, so the last
/// byte can always be incremented; only the empty prefix has no successor.
fn after_prefix(prefix: &str) -> Option<Bound<Vec<u8>>> {
    let mut successor = prefix.as_bytes().to_vec();
    let last = successor.last_mut()?;
    *last = last.saturating_add(1);
    Some(Bound::Included(successor))
}

fn as_bytes(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// Checks `max-keys`, `max-uploads` or `max-parts`.
pub(crate) fn page_size(requested: Option<i32>) -> S3Result<i32> {
    match requested {
        None => Ok(MAX_KEYS),
        Some(requested) if requested < 0 => {
            Err(s3_error!(InvalidArgument, "Argument maxKeys must be an integer between 0 and 2147483647"))
        }
        Some(requested) => Ok(requested.min(MAX_KEYS)),
    }
}

fn listed(page: &Page<'_>, encoding: KeyEncoding, with_owner: bool) -> Vec<ListedObject> {
    let objects = page.objects.iter();
    objects
        .map(|(key, object)| ListedObject {
            e_tag: Some(etag(object)),
            key: Some(encoding.encode(key)),
            last_modified: Some(object.modified.clone()),
            owner: with_owner.then(owner),
            size: i64::try_from(object.data.len()).ok(),
            storage_class: Some(ObjectStorageClass::from(object.storage_class.clone())),
            ..Default::default()
        })
        .collect()
}

fn prefixes(page: &Page<'_>, encoding: KeyEncoding) -> Vec<CommonPrefix> {
    let prefixes = page.common_prefixes.iter();
    prefixes.map(|prefix| CommonPrefix { prefix: Some(encoding.encode(prefix)) }).collect()
}

pub(crate) fn list_v2(store: &Store, req: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = req.input;
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let position = match &input.continuation_token {
        Some(token) => Some(Position::from_token(token)?),
        None => input.start_after.clone().map(Position::AfterKey),
    };
    let query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
        position: position.as_ref(),
        max_keys: usize::try_from(max_keys).unwrap_or_default(),
    };
    store.bucket(&input.bucket, |bucket| {
        let page = Page::scan(&bucket.objects, &query);
        Ok(S3Response::new(ListObjectsV2Output {
            common_prefixes: Some(prefixes(&page, encoding)),
            contents: Some(listed(&page, encoding, input.fetch_owner.unwrap_or(false))),
            continuation_token: input.continuation_token.clone(),
            delimiter: input.delimiter.as_deref().map(|text| encoding.encode(text)),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(page.next.is_some()),
            key_count: i32::try_from(page.len()).ok(),
            max_keys: Some(max_keys),
            name: Some(input.bucket.clone()),
            next_continuation_token: page.next.as_ref().map(Position::to_token),
            prefix: Some(encoding.encode(query.prefix)),
            start_after: input.start_after.as_deref().map(|text| encoding.encode(text)),
            ..Default::default()
        }))
    })
}

/// The older listing, whose marker is a plain key or common prefix.
pub(crate) fn list_v1(store: &Store, req: S3Request<ListObjectsInput>) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = req.input;
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let mut query = Query {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty()),
        position: None,
        max_keys: usize::try_from(max_keys).unwrap_or_default(),
    };
    let marker = input.marker.clone().filter(|marker| !marker.is_empty());
    // A marker that is itself a common prefix was the last entry of a page: none of its keys come again.
    let position = marker.map(|marker| {
        let rolls_up = marker.starts_with(query.prefix) && common_prefix(&marker, &query) == Some(marker.as_str());
        if rolls_up { Position::AfterPrefix(marker) } else { Position::AfterKey(marker) }
    });
    query.position = position.as_ref();
    store.bucket(&input.bucket, |bucket| {
        let page = Page::scan(&bucket.objects, &query);
        // "This element is returned only if you have the delimiter request parameter specified":
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
        let next_marker = page.next.as_ref().filter(|_| query.delimiter.is_some()).map(|next| {
            let (Position::AfterKey(text) | Position::AfterPrefix(text)) = next;
            encoding.encode(text)
        });
        Ok(S3Response::new(ListObjectsOutput {
            common_prefixes: Some(prefixes(&page, encoding)),
            contents: Some(listed(&page, encoding, true)),
            delimiter: input.delimiter.as_deref().map(|text| encoding.encode(text)),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(page.next.is_some()),
            marker: Some(encoding.encode(input.marker.as_deref().unwrap_or_default())),
            max_keys: Some(max_keys),
            name: Some(input.bucket.clone()),
            next_marker,
            prefix: Some(encoding.encode(query.prefix)),
            ..Default::default()
        }))
    })
}
