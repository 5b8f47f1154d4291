//! Versions: what a versioned bucket keeps of a key, and what writing, deleting and reading do with it.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html>.

use std::sync::Arc;

use s3s::dto::Timestamp;
use s3s::{S3Result, s3_error};

use super::error::no_such_key;
use super::store::{Bucket, Key, Object, hex, now};

/// The version of what was written without versioning.
pub(crate) const NULL: &str = "null";

/// A version of a key.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub id: String,
    pub modified: Timestamp,
    /// `None` is a delete marker.
    pub object: Option<Arc<Object>>,
}

/// What a delete did.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    pub version_id: Option<String>,
    /// Whether a delete marker was made, or taken away.
    pub is_delete_marker: bool,
}

impl Bucket {
    /// Keeps versions from now on; what is there is the version `null`.
    pub(crate) fn enable_versioning(&mut self) {
        if self.versioned {
            return;
        }
        self.versioned = true;
        for (key, object) in &mut self.objects {
            Arc::make_mut(object).version_id = Some(NULL.to_owned());
            let (modified, object) = (object.modified.clone(), Some(Arc::clone(object)));
            self.versions.insert(key.clone(), vec![Version { id: NULL.to_owned(), modified, object }]);
        }
    }

    /// Not in the order of time, as the ids of S3 are not either.
    fn new_version_id(&mut self) -> String {
        self.next_version += 1;
        hex(&super::checksum::md5(&bytes::Bytes::from(self.next_version.to_string()).into()))
    }

    /// Stores an object, and answers its version if the bucket has versions.
    pub(crate) fn put(&mut self, key: String, mut object: Object) -> Option<String> {
        let id = self.versioned.then(|| self.new_version_id());
        object.version_id.clone_from(&id);
        let object = Arc::new(object);
        if let Some(id) = &id {
            let version =
                Version { id: id.clone(), modified: object.modified.clone(), object: Some(Arc::clone(&object)) };
            self.versions.entry(Key(key.clone())).or_default().push(version);
        }
        self.objects.insert(Key(key), object);
        id
    }

    /// The object of a key, or one version of it.
    pub(crate) fn version(&self, key: &str, version_id: Option<&str>) -> S3Result<&Arc<Object>> {
        let Some(id) = version_id.filter(|id| !id.is_empty()) else { return self.object(key) };
        if !self.versioned && id == NULL {
            return self.object(key);
        }
        check_id(self, id)?;
        let version = self.versions.get(key.as_bytes()).and_then(|all| all.iter().find(|version| version.id == id));
        match version.map(|version| &version.object) {
            Some(Some(object)) => Ok(object),
            Some(None) => {
                Err(s3_error!(MethodNotAllowed, "The specified method is not allowed against this resource."))
            }
            None => Err(s3_error!(NoSuchVersion, "The specified version does not exist.")),
        }
    }

    /// Changes what stands beside the content of an object, in place.
    pub(crate) fn change(
        &mut self,
        key: &str,
        version_id: Option<&str>,
        change: impl FnOnce(&mut Object) -> S3Result<()>,
    ) -> S3Result<()> {
        let mut object = Arc::clone(self.version(key, version_id)?);
        change(Arc::make_mut(&mut object))?;
        if let Some(versions) = self.versions.get_mut(key.as_bytes()) {
            for version in versions.iter_mut().filter(|version| Some(&version.id) == object.version_id.as_ref()) {
                version.object = Some(Arc::clone(&object));
            }
        }
        let current = self.objects.get_mut(key.as_bytes()).filter(|current| current.version_id == object.version_id);
        if let Some(current) = current {
            *current = object;
        }
        Ok(())
    }

    /// Deletes the object of a key, which leaves a delete marker where there are versions, or one version for good.
    pub(crate) fn remove(&mut self, key: &str, version_id: Option<&str>, bypass: bool) -> S3Result<Removed> {
        match version_id.filter(|id| !id.is_empty()) {
            Some(id) if self.versioned => self.remove_version(key, id, bypass),
            Some(id) if id != NULL => Err(invalid_id()),
            None if self.versioned => {
                let id = self.new_version_id();
                let marker = Version { id: id.clone(), modified: now(), object: None };
                self.versions.entry(Key(key.to_owned())).or_default().push(marker);
                self.objects.remove(key.as_bytes());
                Ok(Removed { version_id: Some(id), is_delete_marker: true })
            }
            _ => {
                self.objects.remove(key.as_bytes());
                Ok(Removed::default())
            }
        }
    }

    fn remove_version(&mut self, key: &str, id: &str, bypass: bool) -> S3Result<Removed> {
        check_id(self, id)?;
        let mut removed = Removed { version_id: Some(id.to_owned()), is_delete_marker: false };
        let Some(versions) = self.versions.get_mut(key.as_bytes()) else { return Ok(removed) };
        let Some(at) = versions.iter().position(|version| version.id == id) else { return Ok(removed) };
        if let Some(object) = &versions[at].object {
            object.lock.check_delete(bypass)?;
        }
        removed.is_delete_marker = versions.remove(at).object.is_none();
        let latest = versions.last().and_then(|version| version.object.clone());
        if versions.is_empty() {
            self.versions.remove(key.as_bytes());
        }
        match latest {
            Some(object) => self.objects.insert(Key(key.to_owned()), object),
            None => self.objects.remove(key.as_bytes()),
        };
        Ok(removed)
    }
}

/// Ids that are none of ours are refused, as S3 does.
fn check_id(bucket: &Bucket, id: &str) -> S3Result<()> {
    let is_ours = id == NULL || id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if bucket.versioned && is_ours { Ok(()) } else { Err(invalid_id()) }
}

fn invalid_id() -> s3s::S3Error {
    s3_error!(InvalidArgument, "Invalid version id specified")
}

/// The current object of a key, for conditions of writes.
pub(crate) fn current<'a>(bucket: &'a Bucket, key: &str) -> Option<&'a Object> {
    bucket.objects.get(key.as_bytes()).map(Arc::as_ref)
}

impl Bucket {
    pub(crate) fn object(&self, key: &str) -> S3Result<&Arc<Object>> {
        self.objects.get(key.as_bytes()).ok_or_else(no_such_key)
    }
}
