//! Uploads in parts: several at once, each whole in memory before it is sent, so that each can be sent again.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::Target;
use crate::{
    backend::contract::{Backend, ContentStream, Location, Part},
    error::{Error, ErrorCode, Result},
    types::{CustomerKey, Key, ObjectInfo, PutOptions},
};

/// The most parts of an upload.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
pub(super) const MOST_PARTS: u64 = 10_000;

/// What is taken of memory before a byte has come.
const RESERVED: usize = 5 * 1024 * 1024;

/// The largest part.
/// Source: as above.
pub(super) const LARGEST_PART: u64 = 5 * 1024 * 1024 * 1024;

/// Writes a content: in one request where it fits into a part, else part by part. Nothing is visible before the end.
///
/// # Errors
/// Those of every request, and those of the source. A failed upload is aborted.
pub(super) async fn upload(to: &Target, key: &Key, mut source: Source, options: &PutOptions) -> Result<ObjectInfo> {
    let part_size = to.bucket.config.part_size.max(source.left.div_ceil(MOST_PARTS));
    if part_size > LARGEST_PART {
        let message = format!("{} bytes are more than {MOST_PARTS} parts of 5 GiB hold", source.left);
        return Err(Error::new(ErrorCode::QuotaExceeded, message));
    }
    if source.left <= part_size {
        let content = source.next(part_size).await?;
        return to.backend.put(to.at(key), content, options).await;
    }
    let upload = Upload::begin(to, key, options).await?;
    let written = async {
        let key = options.encryption.customer_key.as_ref();
        let parts = upload.fill(&mut source, part_size, to.parts_at_once(), key).await.map_err(unmade)?;
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

/// What is still to come of a content of known length.
pub(super) struct Source {
    from: From,
    /// The next part, as far as it is there.
    part: BytesMut,
    left: u64,
}

enum From {
    Memory(Bytes),
    Stream {
        stream: Box<dyn ContentStream>,
        /// What came beyond the last part.
        over: Bytes,
    },
}

impl Source {
    /// A content in memory. Its parts are pieces of it, not copies.
    pub(super) fn memory(content: Bytes) -> Self {
        Self { left: content.len() as u64, from: From::Memory(content), part: BytesMut::new() }
    }

    /// A content that arrives piece by piece.
    pub(super) fn stream(stream: Box<dyn ContentStream>, length: u64) -> Self {
        Self { left: length, from: From::Stream { stream, over: Bytes::new() }, part: BytesMut::new() }
    }

    /// The next part, whole and of exactly this size (some servers want equal parts), or what is left. Loses nothing when it is
    /// dropped half-way.
    async fn next(&mut self, part_size: u64) -> Result<Bytes> {
        let size = part_size.min(self.left);
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        let part = match &mut self.from {
            From::Memory(content) => content.split_to(wanted.min(content.len())),
            From::Stream { stream, over } => {
                // Grows with what comes: a size that a server made up must not take memory.
                self.part.reserve(wanted.min(RESERVED).saturating_sub(self.part.len()));
                while self.part.len() < wanted {
                    if over.is_empty() {
                        *over = stream.next().await.unwrap_or_else(|| Err(short(self.left)))?;
                    }
                    self.part.extend_from_slice(&over.split_to(over.len().min(wanted - self.part.len())));
                }
                if size == self.left {
                    check_end(&mut **stream, over).await?;
                }
                // The part is written now; holding a place for the reading meanwhile, two copies could wait for each other.
                stream.pause();
                std::mem::take(&mut self.part).freeze()
            }
        };
        self.left -= size;
        Ok(part)
    }
}

/// The end is where a content is verified, and nothing may come behind it.
async fn check_end(stream: &mut dyn ContentStream, over: &Bytes) -> Result<()> {
    let more = if over.is_empty() { stream.next().await.transpose()?.is_some() } else { true };
    if more {
        return Err(Error::new(ErrorCode::OperationFailed, "the source server sent more than it announced"));
    }
    Ok(())
}

fn short(left: u64) -> Error {
    Error::new(ErrorCode::ConnectionFailed, format!("the content ended {left} bytes early"))
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
    pub(super) async fn put(&self, number: u32, content: Bytes, key: Option<&CustomerKey>) -> Result<Part> {
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
        key: Option<&CustomerKey>,
    ) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut sending = FuturesUnordered::new();
        let mut number = 0;
        loop {
            let is_free = source.left > 0 && sending.len() < concurrency;
            tokio::select! {
                biased;
                Some(part) = sending.next() => parts.push(part?),
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
