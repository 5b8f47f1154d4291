//! From one server's object to another server's, in memory of one part.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::Target;
use crate::{
    backend::contract::{Backend, ContentStream, Location, Object},
    error::{Error, ErrorCode, Result},
    types::{Key, ObjectInfo, PutOptions},
};

/// The smallest part that S3 takes (the last one may be smaller), and the most parts of an upload.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
const PART_SIZE: u64 = 5 * 1024 * 1024;
const MOST_PARTS: u64 = 10_000;

/// Writes the content of an object elsewhere: in one request where it fits into a part, else part by part. A part is sent when it is
/// whole, so that it can be sent again.
pub(super) async fn relay(object: Object, to: &Target, key: &Key, options: &PutOptions) -> Result<ObjectInfo> {
    let length = object.length.ok_or_else(|| {
        Error::new(ErrorCode::OperationFailed, "the source server does not tell the length of the object")
    })?;
    let part_size = PART_SIZE.max(length.div_ceil(MOST_PARTS));
    let mut source = Source { stream: object.stream, over: Bytes::new(), left: length };
    if length <= part_size {
        let content = source.next(part_size).await?;
        return to.backend.put(to.at(key), content, options).await;
    }
    let id = to.backend.begin_upload(to.at(key), options).await?;
    let upload =
        Upload { backend: Arc::clone(&to.backend), bucket: to.bucket.config.bucket.clone(), key: key.clone(), id };
    match upload.fill(&mut source, part_size, options).await {
        Ok(info) => {
            upload.keep();
            Ok(info)
        }
        Err(error) => {
            // The error of the copy says more than one of the cleaning up.
            let _ = upload.backend.abort_upload(upload.at(), &upload.id).await;
            upload.keep();
            Err(error)
        }
    }
}

/// What is still to come of a content.
struct Source {
    stream: Box<dyn ContentStream>,
    /// What came beyond the last part.
    over: Bytes,
    left: u64,
}

impl Source {
    /// The next part, whole and of exactly this size (some servers want equal parts), or what is left.
    async fn next(&mut self, part_size: u64) -> Result<Bytes> {
        let size = part_size.min(self.left);
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        let mut part = BytesMut::with_capacity(wanted);
        while part.len() < wanted {
            if self.over.is_empty() {
                let piece = self.stream.next().await.unwrap_or_else(|| Err(short(self.left)));
                self.over = piece?;
            }
            part.extend_from_slice(&self.over.split_to(self.over.len().min(wanted - part.len())));
        }
        self.left -= size;
        // The part is written now; holding a place for the reading meanwhile, two copies could wait for each other.
        self.stream.pause();
        Ok(part.freeze())
    }
}

fn short(left: u64) -> Error {
    Error::new(ErrorCode::ConnectionFailed, format!("the content ended {left} bytes early"))
}

/// An upload that is aborted when it is dropped half-way: the request goes out with the next call of this thread.
struct Upload {
    backend: Arc<dyn Backend>,
    bucket: String,
    key: Key,
    id: String,
}

impl Upload {
    fn at(&self) -> Location<'_> {
        Location { bucket: &self.bucket, key: &self.key }
    }

    async fn fill(&self, source: &mut Source, part_size: u64, options: &PutOptions) -> Result<ObjectInfo> {
        let mut parts = Vec::new();
        for number in 1.. {
            let content = source.next(part_size).await?;
            if content.is_empty() {
                break;
            }
            parts.push(self.backend.upload_part(self.at(), &self.id, number, content).await?);
        }
        self.backend.complete_upload(self.at(), &self.id, &parts, options).await
    }

    /// It has ended; there is nothing to abort.
    fn keep(mut self) {
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
