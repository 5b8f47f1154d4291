//! Uploads in parts: several at once, each whole in memory or in a file before it is sent, so that each can be sent again.

use std::sync::Arc;

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{Progress, Target, source::Source};
use crate::{
    backend::contract::{Backend, Content, Location, Part},
    error::{Error, ErrorCode, Result},
    types::{CustomerKey, Key, ObjectInfo, PART_SIZES, PutOptions},
};

/// The most parts of an upload.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
pub(super) const MOST_PARTS: u64 = 10_000;

/// Writes a content: in one request where it fits into a part, else part by part. Nothing is visible before the end.
///
/// # Errors
/// Those of every request, and those of the source. A failed upload is aborted.
pub(super) async fn upload(
    to: &Target,
    key: &Key,
    mut source: Source,
    options: &PutOptions,
    progress: &Progress,
) -> Result<ObjectInfo> {
    progress.expect(source.left());
    let part_size = to.part_size(source.left(), options)?;
    if source.left() <= part_size {
        let content = source.next(part_size).await?;
        let size = content.len();
        let info = to.backend.put(to.at(key), content, options).await?;
        progress.add(size);
        return Ok(info);
    }
    let upload = Upload::begin(to, key, options).await?;
    let written = async {
        let parts =
            upload.fill(&mut source, part_size, to.concurrency(options), options, progress).await.map_err(unmade)?;
        source.check().map_err(unmade)?;
        upload.complete(&parts, options).await
    };
    let written = written.await;
    upload.end(written).await
}

/// The error of an upload that was not completed: nothing of it can be there.
pub(super) fn unmade(mut error: Error) -> Error {
    error.maybe_applied = false;
    error
}

impl Target {
    /// The size of the parts of a content: what was asked for, or so much that there are not too many.
    pub(super) fn part_size(&self, length: u64, options: &PutOptions) -> Result<u64> {
        let asked = options.transfer.part_size.unwrap_or(self.bucket.config.part_size);
        let part_size = asked.max(length.div_ceil(MOST_PARTS));
        if part_size > *PART_SIZES.end() {
            let message = format!("{length} bytes are more than {MOST_PARTS} parts of 5 GiB hold");
            return Err(Error::new(ErrorCode::QuotaExceeded, message));
        }
        Ok(part_size)
    }

    /// How many parts are sent at once: no more than the alias has places for, or they would only wait for each other.
    pub(super) fn concurrency(&self, options: &PutOptions) -> usize {
        let config = &self.bucket.config;
        let asked = options.transfer.concurrency.map_or(config.concurrency, |parts| parts as usize);
        asked.min(config.max_concurrent_operations as usize)
    }
}

/// An upload that is aborted when it is dropped half-way: the request goes out with the next call of this thread.
pub(super) struct Upload {
    backend: Arc<dyn Backend>,
    bucket: String,
    key: Key,
    /// Empty when it has ended.
    pub(super) id: String,
}

impl Upload {
    pub(super) async fn begin(to: &Target, key: &Key, options: &PutOptions) -> Result<Self> {
        let id = to.backend.begin_upload(to.at(key), options).await.map_err(unmade)?;
        let bucket = to.bucket.config.bucket.clone();
        Ok(Self { backend: Arc::clone(&to.backend), bucket, key: key.clone(), id })
    }

    pub(super) async fn complete(&self, parts: &[Part], options: &PutOptions) -> Result<ObjectInfo> {
        self.backend.complete_upload(self.at(), &self.id, parts, options).await
    }

    /// The upload is over; what failed is aborted.
    pub(super) async fn end(mut self, written: Result<ObjectInfo>) -> Result<ObjectInfo> {
        if written.is_err() {
            self.abort().await;
        }
        self.id.clear();
        written
    }

    /// Leaves nothing of it on the server. The error that led here says more than one of this would.
    pub(super) async fn abort(&mut self) {
        let _ = self.backend.abort_upload(self.at(), &self.id).await;
        self.id.clear();
    }

    /// Sends a part.
    pub(super) async fn put(&self, number: u32, content: Content, key: Option<&CustomerKey>) -> Result<Part> {
        self.backend.upload_part(self.at(), &self.id, number, content, key).await
    }

    pub(super) fn at(&self) -> Location<'_> {
        Location { bucket: &self.bucket, key: &self.key }
    }

    /// Sends every part, so many at once; the next one is fetched meanwhile.
    async fn fill(
        &self,
        source: &mut Source,
        part_size: u64,
        concurrency: usize,
        options: &PutOptions,
        progress: &Progress,
    ) -> Result<Vec<Part>> {
        let key = options.encryption.customer_key.as_ref();
        let mut parts = Vec::new();
        let mut sending = FuturesUnordered::new();
        let mut number = 0;
        loop {
            let is_free = source.left() > 0 && sending.len() < concurrency;
            tokio::select! {
                biased;
                Some(part) = sending.next() => {
                    let part: Part = part?;
                    progress.add(part.size);
                    parts.push(part);
                }
                content = source.next(part_size), if is_free => {
                    number += 1;
                    sending.push(self.put(number, content?, key));
                }
                else => return Ok(parts),
            }
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.id.is_empty() {
            return;
        }
        let (backend, bucket, key) = (Arc::clone(&self.backend), self.bucket.clone(), self.key.clone());
        let id = std::mem::take(&mut self.id);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _ = backend.abort_upload(Location { bucket: &bucket, key: &key }, &id).await;
            });
        }
    }
}
