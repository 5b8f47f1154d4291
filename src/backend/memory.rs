//! Objects in the memory of the process: the reference semantics, and what applications test with.
//!
//! A store lives as long as the process, unless it is forgotten, whoever opens it: two handles with the same configuration see the same objects, as
//! with a server. Every bucket exists. What is in it counts towards nobody's `memory_limit`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{
    contract::{Backend, Content, Location, Part},
    kept::{Draft, Kept, May, Record, Signed, Store, Upload, Walk, answer},
};
use crate::error::{ErrorCode, Result};

/// Where URLs of objects in memory lead: nowhere (RFC 2606 §2 reserves the domain).
const BASE: &str = "https://memory.invalid";

/// The backend over the store of this name.
pub(super) fn open(name: &str) -> Arc<dyn Backend> {
    Arc::new(Kept(Memory(store(name))))
}

/// Frees a store, also where a backend still has it open.
pub(super) fn forget(name: &str) {
    let store = STORES.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    if let Some(store) = store {
        let everything = std::mem::take(&mut *store.lock().unwrap_or_else(PoisonError::into_inner));
        drop(everything);
    }
}

/// The stores of the process. A forked child has a copy of them, as of everything in memory.
static STORES: RwLock<BTreeMap<String, Arc<Mutex<Everything>>>> = RwLock::new(BTreeMap::new());

fn store(name: &str) -> Arc<Mutex<Everything>> {
    if let Some(store) = STORES.read().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Arc::clone(store);
    }
    let mut stores = STORES.write().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(stores.entry(name.to_owned()).or_default())
}

/// A store in memory.
#[derive(Debug)]
struct Memory(Arc<Mutex<Everything>>);

#[derive(Debug, Default)]
struct Everything {
    buckets: HashMap<String, Bucket>,
    /// Uploads that were ever begun; their names are numbers.
    begun: u64,
}

#[derive(Debug, Default)]
struct Bucket {
    objects: BTreeMap<String, (Record, Bytes)>,
    uploads: BTreeMap<String, Pending>,
}

#[derive(Debug)]
struct Pending {
    upload: Upload,
    parts: BTreeMap<u32, (Part, Bytes)>,
}

impl Memory {
    /// A panic elsewhere leaves no half-done change: each is one insertion or one removal.
    fn lock(&self) -> MutexGuard<'_, Everything> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending<T>(&self, bucket: &str, id: &str, of: impl FnOnce(&mut Pending) -> T) -> Option<T> {
        self.lock().buckets.get_mut(bucket)?.uploads.get_mut(id).map(of)
    }
}

impl Draft for Vec<u8> {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }
}

impl Store for Memory {
    type Draft = Vec<u8>;

    const HAS_URLS: bool = true;
    const HAS_ALL_KEYS: bool = true;

    fn find(&self, at: Location<'_>) -> Result<Option<Record>> {
        let everything = self.lock();
        let found = everything.buckets.get(at.bucket).and_then(|bucket| bucket.objects.get(at.key.as_str()));
        Ok(found.map(|(record, _)| record.clone()))
    }

    fn open(&self, at: Location<'_>) -> Result<Option<(Record, Content)>> {
        let everything = self.lock();
        let found = everything.buckets.get(at.bucket).and_then(|bucket| bucket.objects.get(at.key.as_str()));
        Ok(found.map(|(record, content)| (record.clone(), Content::Memory(content.clone()))))
    }

    fn draft(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn commit(&self, at: Location<'_>, draft: Vec<u8>, record: &Record, may: May<'_>) -> Result<()> {
        let content = Bytes::from(draft.into_boxed_slice());
        let mut everything = self.lock();
        let bucket = everything.buckets.entry(at.bucket.to_owned()).or_default();
        may(bucket.objects.get(at.key.as_str()).map(|(record, _)| record))?;
        bucket.objects.insert(at.key.as_str().to_owned(), (record.clone(), content));
        Ok(())
    }

    fn change(&self, at: Location<'_>, change: &dyn Fn(&mut Record)) -> Result<bool> {
        let mut everything = self.lock();
        let bucket = everything.buckets.get_mut(at.bucket);
        let found = bucket.and_then(|bucket| bucket.objects.get_mut(at.key.as_str()));
        Ok(found.map(|(record, _)| change(record)).is_some())
    }

    fn remove(&self, at: Location<'_>, may: May<'_>) -> Result<()> {
        let mut everything = self.lock();
        let Some(bucket) = everything.buckets.get_mut(at.bucket) else { return may(None) };
        may(bucket.objects.get(at.key.as_str()).map(|(record, _)| record))?;
        bucket.objects.remove(at.key.as_str());
        Ok(())
    }

    fn walk(&self, bucket: &str) -> Result<Box<dyn Walk + '_>> {
        Ok(Box::new(Keys { memory: self, bucket: bucket.to_owned() }))
    }

    fn begin(&self, bucket: &str, upload: &Upload) -> Result<String> {
        let mut everything = self.lock();
        everything.begun += 1;
        let id = format!("{:016}", everything.begun);
        let pending = Pending { upload: upload.clone(), parts: BTreeMap::new() };
        everything.buckets.entry(bucket.to_owned()).or_default().uploads.insert(id.clone(), pending);
        Ok(id)
    }

    fn upload(&self, bucket: &str, id: &str) -> Result<Option<Upload>> {
        Ok(self.pending(bucket, id, |pending| pending.upload.clone()))
    }

    fn uploads(&self, bucket: &str) -> Result<Vec<(String, Upload)>> {
        let everything = self.lock();
        let Some(bucket) = everything.buckets.get(bucket) else { return Ok(Vec::new()) };
        Ok(bucket.uploads.iter().map(|(id, pending)| (id.clone(), pending.upload.clone())).collect())
    }

    fn keep_part(&self, bucket: &str, id: &str, part: &Part, draft: Vec<u8>) -> Result<()> {
        let kept = self.pending(bucket, id, |pending| {
            pending.parts.insert(part.number, (part.clone(), draft.into()));
        });
        kept.ok_or_else(|| answer(ErrorCode::OperationFailed, 404, "NoSuchUpload", "the upload was aborted meanwhile"))
    }

    fn parts(&self, bucket: &str, id: &str) -> Result<Vec<Part>> {
        let parts = self.pending(bucket, id, |pending| pending.parts.values().map(|(part, _)| part.clone()).collect());
        Ok(parts.unwrap_or_default())
    }

    fn part(&self, bucket: &str, id: &str, part: &Part) -> Result<Content> {
        let bytes = self.pending(bucket, id, |pending| pending.parts.get(&part.number).map(|(_, bytes)| bytes.clone()));
        Ok(Content::Memory(bytes.flatten().unwrap_or_default()))
    }

    fn forget(&self, bucket: &str, id: &str) -> Result<()> {
        if let Some(bucket) = self.lock().buckets.get_mut(bucket) {
            bucket.uploads.remove(id);
        }
        Ok(())
    }

    /// The signature tells one URL from another, and nothing more: there is no secret behind it.
    fn url(&self, at: Location<'_>, signed: Option<&Signed>) -> Result<String> {
        let mut url = format!("{BASE}/{}/{}", at.bucket, at.key.url_path());
        if let Some(signed) = signed {
            let mut query: Vec<_> = signed.query.iter().map(|(name, value)| (*name, value.clone())).collect();
            query.push(("X-Amz-Expires-At", signed.expires_at.to_string()));
            let query: Vec<_> = query
                .into_iter()
                .map(|(name, value)| format!("{name}={}", utf8_percent_encode(&value, NON_ALPHANUMERIC)))
                .collect();
            url = format!("{url}?{}", query.join("&"));
            let signature = hex::encode(Sha256::digest(format!("{} {url}", signed.method)));
            url = format!("{url}&X-Amz-Signature={signature}");
        }
        Ok(url)
    }
}

/// A walk through the keys as they are at each step.
struct Keys<'a> {
    memory: &'a Memory,
    bucket: String,
}

impl Walk for Keys<'_> {
    fn seek(&mut self, from: &str) -> Result<Option<String>> {
        let everything = self.memory.lock();
        let Some(bucket) = everything.buckets.get(&self.bucket) else { return Ok(None) };
        let next = bucket.objects.range::<str, _>((std::ops::Bound::Included(from), std::ops::Bound::Unbounded)).next();
        Ok(next.map(|(key, _)| key.clone()))
    }

    fn record(&mut self, key: &str) -> Result<Option<Record>> {
        let everything = self.memory.lock();
        let found = everything.buckets.get(&self.bucket).and_then(|bucket| bucket.objects.get(key));
        Ok(found.map(|(record, _)| record.clone()))
    }
}
