//! Uploads in parts: several at once, each whole in memory or in a file before it is sent, so that each can be sent again.

use std::sync::Arc;

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{Progress, Target, source::Source};
use crate::{
    backend::contract::{Backend, Location, Part},
    error::{Error, ErrorCode, Result},
    types::{Key, ObjectInfo, PART_SIZES, PutOptions},
};

/// The most parts of an upload.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
const MOST_PARTS: u64 = 10_000;

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
    let id = to.backend.begin_upload(to.at(key), options).await?;
    let bucket = to.bucket.config.bucket.clone();
    let upload = Upload { backend: Arc::clone(&to.backend), bucket, key: key.clone(), id };
    let written = async {
        let parts = upload.fill(&mut source, part_size, to.concurrency(options), progress).await?;
        source.check()?;
        upload.backend.complete_upload(upload.at(), &upload.id, &parts, options).await
    };
    let written = written.await;
    if written.is_err() {
        // The error of the upload says more than one of the cleaning up.
        let _ = upload.backend.abort_upload(upload.at(), &upload.id).await;
    }
    upload.ended();
    written
}

impl Target {
    /// The size of the parts of a content: what was asked for, or so much that there are not too many.
    fn part_size(&self, length: u64, options: &PutOptions) -> Result<u64> {
        let asked = options.transfer.part_size.unwrap_or(self.bucket.config.part_size);
        let part_size = asked.max(length.div_ceil(MOST_PARTS));
        if part_size > *PART_SIZES.end() {
            let message = format!("{length} bytes are more than {MOST_PARTS} parts of 5 GiB hold");
            return Err(Error::new(ErrorCode::QuotaExceeded, message));
        }
        Ok(part_size)
    }

    /// How many parts are sent at once: no more than the alias has places for, or they would only wait for each other.
    fn concurrency(&self, options: &PutOptions) -> usize {
        let config = &self.bucket.config;
        let asked = options.transfer.concurrency.map_or(config.concurrency, |parts| parts as usize);
        asked.min(config.max_concurrent_operations as usize)
    }
}

/// An upload that is aborted when it is dropped half-way: the request goes out with the next call of this thread.
struct Upload {
    backend: Arc<dyn Backend>,
    bucket: String,
    key: Key,
    /// Empty when it has ended.
    id: String,
}

impl Upload {
    fn at(&self) -> Location<'_> {
        Location { bucket: &self.bucket, key: &self.key }
    }

    /// Sends every part, so many at once; the next one is fetched meanwhile.
    async fn fill(
        &self,
        source: &mut Source,
        part_size: u64,
        concurrency: usize,
        progress: &Progress,
    ) -> Result<Vec<Part>> {
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
                    sending.push(self.backend.upload_part(self.at(), &self.id, number, content?));
                }
                else => return Ok(parts),
            }
        }
    }

    /// There is nothing to abort any more.
    fn ended(mut self) {
        self.id.clear();
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
