//! Objects in the memory of the process: the reference semantics, and what applications test with.
//!
//! A store that has a name lives as long as the process, whoever opens it: two handles with the same configuration see the same objects, as
//! with a server. Every bucket exists. What is in it counts towards nobody's `memory_limit`.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
};

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::{
    contract::{Backend, Content, Location, Part},
    kept::{Change, Draft, Kept, May, Record, Signed, Store, Upload, Walk, answer},
};
use crate::{
    error::{Error, ErrorCode, Result},
    types::{Chain, PerProcess},
};

/// Where URLs of objects in memory lead: nowhere (RFC 2606 §2 reserves the domain).
const BASE: &str = "https://memory.invalid";

/// The backend over the store of this name.
pub(super) fn open(name: &str) -> Arc<dyn Backend> {
    let (store, _) = STORES.find_or_append(|(known, _), _| known == name, || (name.to_owned(), Arc::default()));
    Arc::new(Kept(Memory(Arc::clone(&store.1))))
}

/// The backend over a store of its own, which is freed with it.
pub(super) fn alone() -> Arc<dyn Backend> {
    Arc::new(Kept(Memory(Arc::default())))
}

/// The stores that have a name.
static STORES: Chain<(String, Arc<Stored>)> = Chain::new();

/// A store in memory.
#[derive(Debug)]
struct Memory(Arc<Stored>);

/// What is in a store. A forked child has a copy of it, as of everything in memory.
type Stored = PerProcess<Mutex<Everything>>;

#[derive(Debug, Clone, Default)]
struct Everything {
    buckets: HashMap<String, Bucket>,
    /// Uploads that were ever begun; their names are numbers.
    begun: u64,
    /// It was being changed by another thread of the parent when this process was forked: nobody can say what is in it.
    is_lost: bool,
}

impl Everything {
    /// What a process begins with: what its parent had. Nobody would ever let go of a lock that was held there.
    fn first(of_parent: Option<&Mutex<Self>>) -> Mutex<Self> {
        Mutex::new(of_parent.map_or_else(Self::default, |parent| match parent.try_lock() {
            Ok(everything) => everything.clone(),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().clone(),
            Err(TryLockError::WouldBlock) => Self { is_lost: true, ..Self::default() },
        }))
    }
}

#[derive(Debug, Clone, Default)]
struct Bucket {
    objects: BTreeMap<String, (Record, Bytes)>,
    uploads: BTreeMap<String, Pending>,
}

#[derive(Debug, Clone)]
struct Pending {
    upload: Upload,
    parts: BTreeMap<u32, (Part, Bytes)>,
}

impl Memory {
    /// A panic elsewhere leaves no half-done change: each is one insertion or one removal.
    fn lock(&self) -> Result<MutexGuard<'_, Everything>> {
        let everything = self.0.inherited(Everything::first).lock().unwrap_or_else(PoisonError::into_inner);
        if everything.is_lost {
            let message = "another thread was changing the store in memory when this process was forked";
            return Err(Error::new(ErrorCode::OperationFailed, message)
                .with_details("fork where no other thread uses the store; this process cannot use it"));
        }
        Ok(everything)
    }

    fn pending<T>(&self, bucket: &str, id: &str, of: impl FnOnce(&mut Pending) -> T) -> Result<Option<T>> {
        let mut everything = self.lock()?;
        Ok(everything.buckets.get_mut(bucket).and_then(|bucket| bucket.uploads.get_mut(id)).map(of))
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
        let everything = self.lock()?;
        let found = everything.buckets.get(at.bucket).and_then(|bucket| bucket.objects.get(at.key.as_str()));
        Ok(found.map(|(record, _)| record.clone()))
    }

    fn open(&self, at: Location<'_>) -> Result<Option<(Record, Content)>> {
        let everything = self.lock()?;
        let found = everything.buckets.get(at.bucket).and_then(|bucket| bucket.objects.get(at.key.as_str()));
        Ok(found.map(|(record, content)| (record.clone(), Content::Memory(content.clone()))))
    }

    fn draft(&self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn commit(&self, at: Location<'_>, draft: &mut Vec<u8>, record: &Record, may: May<'_>) -> Change<()> {
        let mut everything = self.lock()?;
        let bucket = everything.buckets.entry(at.bucket.to_owned()).or_default();
        may(bucket.objects.get(at.key.as_str()).map(|(record, _)| record))?;
        let content = Bytes::from(std::mem::take(draft).into_boxed_slice());
        bucket.objects.insert(at.key.as_str().to_owned(), (record.clone(), content));
        Ok(Some(()))
    }

    fn change(&self, at: Location<'_>, change: &dyn Fn(&mut Record)) -> Change<bool> {
        let mut everything = self.lock()?;
        let bucket = everything.buckets.get_mut(at.bucket);
        let found = bucket.and_then(|bucket| bucket.objects.get_mut(at.key.as_str()));
        Ok(Some(found.map(|(record, _)| change(record)).is_some()))
    }

    fn remove(&self, at: Location<'_>, may: May<'_>) -> Change<()> {
        let mut everything = self.lock()?;
        let Some(bucket) = everything.buckets.get_mut(at.bucket) else { return may(None).map(Some) };
        may(bucket.objects.get(at.key.as_str()).map(|(record, _)| record))?;
        bucket.objects.remove(at.key.as_str());
        Ok(Some(()))
    }

    fn walk(&self, bucket: &str) -> Result<Box<dyn Walk + '_>> {
        Ok(Box::new(Keys { memory: self, bucket: bucket.to_owned() }))
    }

    fn begin(&self, bucket: &str, upload: &Upload) -> Result<String> {
        let mut everything = self.lock()?;
        everything.begun += 1;
        let id = format!("{:016}", everything.begun);
        let pending = Pending { upload: upload.clone(), parts: BTreeMap::new() };
        everything.buckets.entry(bucket.to_owned()).or_default().uploads.insert(id.clone(), pending);
        Ok(id)
    }

    fn upload(&self, bucket: &str, id: &str) -> Result<Option<Upload>> {
        self.pending(bucket, id, |pending| pending.upload.clone())
    }

    fn uploads(&self, bucket: &str) -> Result<Vec<(String, Upload)>> {
        let everything = self.lock()?;
        let Some(bucket) = everything.buckets.get(bucket) else { return Ok(Vec::new()) };
        Ok(bucket.uploads.iter().map(|(id, pending)| (id.clone(), pending.upload.clone())).collect())
    }

    fn keep_part(&self, bucket: &str, id: &str, part: &Part, draft: Vec<u8>) -> Result<()> {
        let kept = self.pending(bucket, id, |pending| {
            pending.parts.insert(part.number, (part.clone(), draft.into()));
        })?;
        kept.ok_or_else(|| answer(ErrorCode::OperationFailed, 404, "NoSuchUpload", "the upload was aborted meanwhile"))
    }

    fn parts(&self, bucket: &str, id: &str) -> Result<Vec<Part>> {
        let parts =
            self.pending(bucket, id, |pending| pending.parts.values().map(|(part, _)| part.clone()).collect())?;
        Ok(parts.unwrap_or_default())
    }

    fn part(&self, bucket: &str, id: &str, part: &Part) -> Result<Content> {
        let bytes =
            self.pending(bucket, id, |pending| pending.parts.get(&part.number).map(|(_, bytes)| bytes.clone()))?;
        Ok(Content::Memory(bytes.flatten().unwrap_or_default()))
    }

    fn forget(&self, bucket: &str, id: &str) -> Result<()> {
        if let Some(bucket) = self.lock()?.buckets.get_mut(bucket) {
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
        let everything = self.memory.lock()?;
        let Some(bucket) = everything.buckets.get(&self.bucket) else { return Ok(None) };
        let next = bucket.objects.range::<str, _>((std::ops::Bound::Included(from), std::ops::Bound::Unbounded)).next();
        Ok(next.map(|(key, _)| key.clone()))
    }

    fn record(&mut self, key: &str) -> Result<Option<Record>> {
        let everything = self.memory.lock()?;
        let found = everything.buckets.get(&self.bucket).and_then(|bucket| bucket.objects.get(key));
        Ok(found.map(|(record, _)| record.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Pathname, Prefix};

    fn in_a_child(parent: Mutex<Everything>) -> Memory {
        Memory(Arc::new(PerProcess::of_a_parent(parent)))
    }

    #[test]
    fn a_child_has_a_copy_of_the_store_and_never_waits_for_a_thread_of_its_parent() {
        let key = Pathname::parse(b"a").unwrap().key(&Prefix::parse(b"").unwrap()).unwrap();
        let at = Location { bucket: "b", key: &key };
        let mut everything = Everything::default();
        let object = (Record::default(), Bytes::from_static(b"x"));
        everything.buckets.entry("b".into()).or_default().objects.insert("a".into(), object);
        let child = in_a_child(Mutex::new(everything));
        assert!(child.find(at).unwrap().is_some());
        child.remove(at, &|_| Ok(())).unwrap();
        assert!(child.find(at).unwrap().is_none());

        let parent = Mutex::new(Everything::default());
        // As another thread of the parent left it.
        std::mem::forget(parent.lock());
        let error = in_a_child(parent).find(at).unwrap_err();
        assert_eq!(error.code, ErrorCode::OperationFailed);
    }
}
