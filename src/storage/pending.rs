//! Uploads that were begun and never ended: what processes leave behind that were killed half-way.

use super::{Batch, Storage, circle::Circle, operation::Walking};
use crate::{
    backend::contract::{Backend, Capability, Location, PendingUpload, UploadMarker},
    error::{Error, ErrorCode, Result},
    middleware::{Name, Outcome},
    registry::Bucket,
    types::{Key, Prefix},
};

/// A walk over the uploads under way whose pathnames begin with a prefix, a page at a time.
#[derive(Debug)]
pub struct Uploads {
    prefix: Prefix,
    after: Option<UploadMarker>,
    complete: bool,
    circle: Circle<UploadMarker>,
    walking: Walking,
    /// The first abort that failed.
    failed: Option<Error>,
}

impl Drop for Uploads {
    fn drop(&mut self) {
        if let Some(error) = &self.failed {
            self.walking.end(Outcome::Failed(error));
        }
    }
}

impl Uploads {
    /// A walk at its beginning.
    #[must_use]
    pub fn new(prefix: Prefix) -> Self {
        let (circle, walking) = (Circle::default(), Walking::default());
        Self { prefix, after: None, complete: false, circle, walking, failed: None }
    }

    /// Whether the end was reached.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The next page, by pathnames. One request.
    ///
    /// # Errors
    /// UNSUPPORTED where the server lists uploads by a whole key only, and those of every request.
    pub async fn step(&mut self, storage: &Storage) -> Result<Vec<PendingUpload>> {
        let (operation, storage) = self.walking.go_on(storage, Name::ListUploads, self.prefix.as_str());
        let _working = operation.working();
        let prefix = self.prefix.clone();
        let doing = storage.begin(Name::ListUploads, prefix.as_str());
        let step = async {
            let target = doing.target().await?;
            let page = self.page(&*target.backend, &target.bucket).await?;
            let own = &target.bucket.config.prefix;
            Ok(page.into_iter().filter_map(|upload| named(upload, own)).collect())
        };
        let page = doing.run(step).await;
        self.stepped(page)
    }

    /// Lists the next page, and aborts what was begun by a moment, in Unix seconds; what does not tell when it was begun stays. One
    /// request, and one for each upload that is aborted.
    ///
    /// # Errors
    /// As for [`Self::step`]. What failed of the aborts is in the batch.
    pub async fn abort_step(&mut self, storage: &Storage, begun_by: i64) -> Result<Batch> {
        let (operation, storage) = self.walking.go_on(storage, Name::AbortUploads, self.prefix.as_str());
        let _working = operation.working();
        let prefix = self.prefix.clone();
        let doing = storage.begin(Name::AbortUploads, prefix.as_str());
        let step = async {
            let target = doing.target().await?;
            let (bucket, own) = (&target.bucket.config.bucket, &target.bucket.config.prefix);
            let mut batch = Batch::default();
            for upload in self.page(&*target.backend, &target.bucket).await? {
                let is_old = upload.initiated.is_some_and(|initiated| initiated <= begun_by);
                let Some(key) = Key::listed(own, upload.key.clone()).filter(|_| is_old) else { continue };
                let Some(PendingUpload { key: name, id, .. }) = named(upload, own) else { continue };
                match target.backend.abort_upload(Location { bucket, key: &key }, &id).await {
                    Ok(()) => batch.succeeded.push(name),
                    Err(error) => {
                        let error = error.during("abort upload", &name);
                        batch.failed.push((name, error));
                    }
                }
            }
            Ok(batch)
        };
        let batch: Batch = doing.run(step).await.or_else(|error| self.stepped(Err(error)))?;
        if self.failed.is_none() {
            self.failed = batch.failed.first().map(|(_, error)| error.clone());
        }
        self.stepped(Ok(batch))
    }

    fn stepped<T>(&mut self, outcome: Result<T>) -> Result<T> {
        let outcome = self.walking.stepped(outcome)?;
        if self.complete && self.failed.is_none() {
            self.walking.end(Outcome::Done);
        }
        Ok(outcome)
    }

    async fn page(&mut self, backend: &dyn Backend, bucket: &Bucket) -> Result<Vec<PendingUpload>> {
        if !backend.has(Capability::UploadsByPrefix) {
            let message = "the server lists uploads by a whole key only, so what is left of others would not be seen";
            return Err(Error::new(ErrorCode::Unsupported, message)
                .with_details("MinIO removes them itself after a day (`api stale_uploads_expiry`)"));
        }
        let prefix = self.prefix.under(&bucket.config.prefix);
        let page = backend.list_uploads(&bucket.config.bucket, &prefix, self.after.as_ref()).await?;
        self.circle.step(page.next.as_ref())?;
        self.complete = page.next.is_none();
        self.after = page.next;
        // A server that lists what it was not asked for aborts nothing by it.
        Ok(page.uploads.into_iter().filter(|upload| upload.key.starts_with(&prefix)).collect())
    }
}

/// An upload by its pathname.
fn named(upload: PendingUpload, own: &Prefix) -> Option<PendingUpload> {
    let name = own.strip(&upload.key).filter(|name| !name.is_empty())?.to_owned();
    Some(PendingUpload { key: name, ..upload })
}
