//! Uploads in parts: several at once, each whole in memory or in a file before it is sent, so that each can be sent again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{sync::oneshot, time::timeout};

use super::{
    Progress, Target,
    resume::{self, Adopted},
    source::Source,
};
use crate::{
    backend::contract::{Backend, Content, FileSlice, Location, Part, upload_is_gone},
    error::{Error, ErrorCode, Result},
    types::{CustomerKey, Key, ObjectInfo, PART_SIZES, PutOptions, TransferOptions},
};

/// The most parts of an upload.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
pub(super) const MOST_PARTS: u64 = 10_000;

/// How long an operation that has failed may take to abort its upload: a server that does not answer is likely the reason why it failed,
/// and the caller waits for that error.
const ABORTING: Duration = Duration::from_secs(2);

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
        let (_, content) = source.next(part_size).await?;
        let size = content.len();
        let info = to.backend.put(to.at(key), content, options).await?;
        progress.add(size);
        return Ok(info);
    }
    let upload = Upload::begin(to, key, options).await?;
    let written = async {
        let (_, at_once) = to.transfer(options.transfer);
        let parts =
            upload.fill(&mut source, part_size, HashMap::new(), options, at_once, progress).await.map_err(unmade)?;
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

/// Writes a file as [`upload`] does, but goes on with what an earlier call has left of the same file, and leaves what it has sent itself
/// for another one when it fails.
///
/// # Errors
/// As for [`upload`], and S3_OPERATION_FAILED where the object that was written is described otherwise than was asked for, since that was
/// decided when the earlier upload began.
pub(super) async fn upload_resuming(
    to: &Target,
    key: &Key,
    file: FileSlice,
    options: &PutOptions,
    progress: &Progress,
) -> Result<ObjectInfo> {
    let part_size = to.part_size(file.len(), options)?;
    if file.len() <= part_size {
        return upload(to, key, Source::file(file), options, progress).await;
    }
    progress.expect(file.len());
    // What tags, encryption and lock an earlier upload was begun with is not told anywhere.
    let is_plain = options.tags.is_empty() && options.encryption.is_empty() && options.lock.is_empty();
    let found = if is_plain { resume::find(to, key, &file, MOST_PARTS).await? } else { None };
    let is_resumed = found.is_some();
    let (mut upload, part_size, kept) = match found {
        Some(Adopted { id, part_size, parts }) => (Upload::of(to, key, id), part_size, parts),
        None => (Upload::begin(to, key, options).await?, part_size, HashMap::new()),
    };
    upload.keeps = true;
    progress.add(kept.values().map(|part| part.size).sum());
    let (_, at_once) = to.transfer(options.transfer);
    let mut source = Source::file(file.clone());
    let written = async {
        let parts = upload.fill(&mut source, part_size, kept, options, at_once, progress).await.map_err(unmade)?;
        upload.complete(&parts, options).await
    };
    let (info, is_known) = match written.await {
        Err(gone) if is_plain && upload_is_gone(&gone) => {
            (resume::completed_by_another(to, key, &file, part_size, options, gone).await?, true)
        }
        other => (other?, false),
    };
    if is_resumed && !is_known {
        resume::check_described(to, to.at(key), options).await?;
    }
    if let Some(visibility) = options.visibility.filter(|_| is_resumed || is_known) {
        to.backend.set_visibility(to.at(key), visibility).await?;
    }
    Ok(info)
}

impl Target {
    /// The size of the parts of a content: what was asked for, or so much that there are not too many.
    pub(super) fn part_size(&self, length: u64, options: &PutOptions) -> Result<u64> {
        let (asked, _) = self.transfer(options.transfer);
        let part_size = asked.max(length.div_ceil(MOST_PARTS));
        if part_size > *PART_SIZES.end() {
            let message = format!("{length} bytes are more than {MOST_PARTS} parts of 5 GiB hold");
            return Err(Error::new(ErrorCode::QuotaExceeded, message));
        }
        Ok(part_size)
    }

    /// The size of a part, and how many are under way at once: no more than the alias has places for, or they would only wait
    /// for each other.
    pub(super) fn transfer(&self, asked: TransferOptions) -> (u64, usize) {
        let config = &self.bucket.config;
        let concurrency = asked.concurrency.map_or(config.concurrency, |parts| parts as usize);
        let places = config.max_concurrent_operations as usize;
        (asked.part_size.unwrap_or(config.part_size), concurrency.min(places))
    }
}

/// An upload that is aborted when it is dropped half-way, by a task of the runtime that drove it, unless it is left for another try.
pub(super) struct Upload {
    backend: Arc<dyn Backend>,
    bucket: String,
    key: Key,
    /// Empty when it has ended.
    pub(super) id: String,
    /// Whether it is left for another try instead.
    keeps: bool,
}

impl Upload {
    fn of(to: &Target, key: &Key, id: String) -> Self {
        let bucket = to.bucket.config.bucket.clone();
        Self { backend: Arc::clone(&to.backend), bucket, key: key.clone(), id, keeps: false }
    }

    /// Begins one. The request is a task of its own: whoever gives up before the answer has come would leave an upload whose id nobody
    /// knows.
    pub(super) async fn begin(to: &Target, key: &Key, options: &PutOptions) -> Result<Self> {
        let (mut upload, options) = (Self::of(to, key, String::new()), options.clone());
        let (tell, begun) = oneshot::channel();
        tokio::spawn(async move {
            let id = upload.backend.begin_upload(upload.at(), &options).await;
            // Where nobody listens any more it is dropped here, and aborted.
            let _ = tell.send(id.map(|id| {
                upload.id = id;
                upload
            }));
        });
        let lost = |_| Error::new(ErrorCode::OperationFailed, "the upload could not be begun");
        begun.await.map_err(lost)?.map_err(unmade)
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

    /// Leaves nothing of it on the server, if that is possible in a short time. The error that led here says more than one of this would.
    pub(super) async fn abort(&mut self) {
        let _ = timeout(ABORTING, self.backend.abort_upload(self.at(), &self.id)).await;
        self.id.clear();
    }

    /// Sends a part.
    pub(super) async fn put(&self, number: u32, content: Content, key: Option<&CustomerKey>) -> Result<Part> {
        self.backend.upload_part(self.at(), &self.id, number, content, key).await
    }

    pub(super) fn at(&self) -> Location<'_> {
        Location { bucket: &self.bucket, key: &self.key }
    }

    /// Sends every part that the server does not have yet, so many at once; the next one is fetched meanwhile.
    async fn fill(
        &self,
        source: &mut Source,
        part_size: u64,
        kept: HashMap<u32, Part>,
        options: &PutOptions,
        at_once: usize,
        progress: &Progress,
    ) -> Result<Vec<Part>> {
        let key = options.encryption.customer_key.as_ref();
        let mut parts = Vec::new();
        let mut sending = FuturesUnordered::new();
        loop {
            source.skip(part_size, |number| kept.contains_key(&number));
            let is_free = source.left() > 0 && sending.len() < at_once;
            tokio::select! {
                biased;
                Some(part) = sending.next() => {
                    let part: Part = part?;
                    progress.add(part.size);
                    parts.push(part);
                }
                content = source.next(part_size), if is_free => {
                    let (number, content) = content?;
                    sending.push(self.put(number, content, key));
                }
                else => break,
            }
        }
        drop(sending);
        source.check()?;
        parts.extend(kept.into_values());
        Ok(parts)
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if self.keeps || self.id.is_empty() {
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
