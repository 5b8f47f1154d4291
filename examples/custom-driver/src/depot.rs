//! The backend: five methods, and what they need.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use bytes::Bytes;
use s3storage::{
    backend::{Backend, Content, ContentStream, Location, Object},
    error::{Error, ErrorCode, Result},
    types::{DeleteOptions, GetOptions, HeadOptions, ListOptions, ListPage, MAX_PAGE, ObjectInfo, PutOptions},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Makes a depot of what a server's table says. Called once for each runtime that the program uses the server on: what these shall share
/// would be kept outside, as a database is.
///
/// # Errors
/// `INVALID_CONFIG` for a key that is none, or has a wrong value.
pub fn open(table: &Value) -> Result<Arc<dyn Backend>> {
    let mut max_bytes = None;
    for (key, value) in table.as_object().into_iter().flatten() {
        let problem = |what: &str| Error::new(ErrorCode::InvalidConfig, format!("depot: {key}: {what}"));
        match key.as_str() {
            "max_bytes" => max_bytes = Some(value.as_u64().ok_or_else(|| problem("must be a number of bytes"))?),
            _ => return Err(problem("unknown key; known: max_bytes")),
        }
    }
    Ok(Arc::new(Depot { max_bytes, shelves: Mutex::default() }))
}

/// Objects by bucket and key, contents by their digests.
#[derive(Debug)]
struct Depot {
    max_bytes: Option<u64>,
    shelves: Mutex<Shelves>,
}

#[derive(Debug, Default)]
struct Shelves {
    objects: BTreeMap<(String, String), ObjectInfo>,
    contents: BTreeMap<String, Shelved>,
}

/// A content, and how many objects have it.
#[derive(Debug)]
struct Shelved {
    bytes: Bytes,
    objects: u64,
}

impl Depot {
    fn lock(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    fn find(&self, at: Location<'_>) -> Result<&ObjectInfo> {
        let found = self.objects.get(&(at.bucket.to_owned(), at.key.as_str().to_owned()));
        found.ok_or_else(|| Error::new(ErrorCode::FileNotFound, "no such object"))
    }

    /// Takes an object away, and its content if no other has it.
    fn remove(&mut self, at: Location<'_>) {
        let removed = self.objects.remove(&(at.bucket.to_owned(), at.key.as_str().to_owned()));
        let Some(digest) = removed.and_then(|info| info.etag) else { return };
        if let Some(shelved) = self.contents.get_mut(&digest) {
            shelved.objects -= 1;
            if shelved.objects == 0 {
                self.contents.remove(&digest);
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.contents.values().map(|shelved| shelved.bytes.len() as u64).sum()
    }
}

/// What is asked for and not done must not be passed over: the caller relies on it.
fn refuse(asked: bool, what: &str) -> Result<()> {
    if asked { Err(Error::new(ErrorCode::Unsupported, format!("a depot has no {what}"))) } else { Ok(()) }
}

#[async_trait]
impl Backend for Depot {
    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        refuse(options.if_match.is_some() || options.if_none_match.is_some(), "conditions")?;
        refuse(options.if_modified_since.is_some() || options.if_unmodified_since.is_some(), "conditions")?;
        refuse(options.version_id.is_some(), "versions")?;
        refuse(options.customer_key.is_some(), "encryption")?;
        let shelves = self.lock();
        let info = shelves.find(at)?.clone();
        let whole = info.etag.as_ref().and_then(|digest| shelves.contents.get(digest));
        let whole = whole.map(|shelved| shelved.bytes.clone()).unwrap_or_default();
        let (first, end) = options.range.within(whole.len() as u64);
        if first > 0 && first >= end {
            return Err(Error::new(ErrorCode::OperationFailed, "the range begins behind the end"));
        }
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(whole.len());
        let bytes = whole.slice(place(first)..place(end));
        Ok(Object { info, length: Some(bytes.len() as u64), stream: Box::new(Once(Some(bytes))) })
    }

    async fn head(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo> {
        refuse(options.version_id.is_some(), "versions")?;
        refuse(options.customer_key.is_some(), "encryption")?;
        self.lock().find(at).cloned()
    }

    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo> {
        refuse(options.if_match.is_some() || options.if_none_match.is_some(), "conditions")?;
        refuse(options.visibility.is_some() || options.grants.is_some(), "visibility")?;
        refuse(!options.tags.is_empty(), "tags")?;
        refuse(options.storage_class.is_some(), "storage classes")?;
        refuse(!options.encryption.is_empty(), "encryption")?;
        refuse(!options.lock.is_empty(), "object locks")?;
        let mut bytes = Vec::new();
        content.show(|piece| bytes.extend_from_slice(piece)).await?;
        let digest = format!("\"{}\"", hex::encode(Sha256::digest(&bytes)));
        let mut shelves = self.lock();
        let added = if shelves.contents.contains_key(&digest) { 0 } else { bytes.len() as u64 };
        if self.max_bytes.is_some_and(|most| shelves.bytes() + added > most) {
            return Err(Error::new(ErrorCode::QuotaExceeded, "the depot is full"));
        }
        let info = ObjectInfo {
            name: at.key.as_str().to_owned(),
            size: Some(bytes.len() as u64),
            last_modified: SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|t| t.as_secs().try_into().ok()),
            etag: Some(digest.clone()),
            content_type: options.content_type.clone(),
            cache_control: options.cache_control.clone(),
            content_disposition: options.content_disposition.clone(),
            content_encoding: options.content_encoding.clone(),
            content_language: options.content_language.clone(),
            expires: options.expires.clone(),
            website_redirect: options.website_redirect.clone(),
            metadata: Some(options.metadata.clone()),
            ..ObjectInfo::default()
        };
        let new = Shelved { bytes: bytes.into(), objects: 0 };
        shelves.contents.entry(digest).or_insert(new).objects += 1;
        // The new content is on its shelf before the old one may go: they may be the same.
        shelves.remove(at);
        shelves.objects.insert((at.bucket.to_owned(), at.key.as_str().to_owned()), info.clone());
        Ok(info)
    }

    async fn delete(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()> {
        refuse(options.if_match.is_some(), "conditions")?;
        refuse(options.version_id.is_some(), "versions")?;
        self.lock().remove(at);
        Ok(())
    }

    /// Tokens are keys: a page begins behind the entry that the one before it ended with.
    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        let most = options.limit.unwrap_or(MAX_PAGE).min(MAX_PAGE) as usize;
        let after = options.token.clone().or_else(|| options.start_after.clone()).unwrap_or_default();
        let shelves = self.lock();
        let mut page = ListPage::default();
        let mut last = None;
        let from = (Bound::Included((bucket.to_owned(), prefix.to_owned())), Bound::Unbounded);
        for ((_, key), info) in
            shelves.objects.range(from).take_while(|((b, k), _)| b == bucket && k.starts_with(prefix))
        {
            let folder = key[prefix.len()..].find('/').filter(|_| !options.recursive);
            let name = folder.map_or(key.as_str(), |slash| &key[..=prefix.len() + slash]);
            // A folder that a page has told of is not told of by the next one.
            if *name <= *after || page.prefixes.last().is_some_and(|known| known == name) {
                continue;
            }
            if page.objects.len() + page.prefixes.len() == most {
                page.next_token = last;
                break;
            }
            last = Some(name.to_owned());
            match folder {
                Some(_) => page.prefixes.push(name.to_owned()),
                None => page.objects.push(ObjectInfo { metadata: None, ..info.clone() }),
            }
        }
        Ok(page)
    }
}

/// A content that comes in one piece.
struct Once(Option<Bytes>);

impl ContentStream for Once {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Poll::Ready(self.0.take().filter(|bytes| !bytes.is_empty()).map(Ok))
    }
}
