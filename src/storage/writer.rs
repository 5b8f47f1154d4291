//! A content of unknown length that is written bit by bit: parts are gathered, and sent several at once.
//!
//! A part is only sent when it is whole, and nothing is under way while the caller fetches the next ones, however long that takes: a server
//! never waits for a slow source. In memory there are at most `concurrency` parts, and one that is being gathered.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    Progress, Storage, Target,
    upload::{MOST_PARTS, Upload},
    write::content_type,
};
use crate::{
    backend::contract::Part,
    error::{Error, ErrorCode, Result},
    middleware::{Name, Operation, Outcome},
    types::{Key, ObjectInfo, Pathname, PutOptions},
};

/// An object that is being written. Nothing is visible before [`Self::finish`].
pub struct Writer {
    to: Target,
    pathname: Pathname,
    key: Key,
    options: PutOptions,
    part_size: usize,
    at_once: usize,
    /// Whole parts that were not sent yet.
    ready: Vec<Bytes>,
    /// Begun with the second part.
    upload: Option<Upload>,
    sent: Vec<Part>,
    /// Parts were taken and did not arrive: without them it must never be finished.
    is_broken: bool,
    progress: Progress,
    operation: Arc<Operation>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("pathname", &self.pathname).finish_non_exhaustive()
    }
}

impl Storage {
    /// Prepares to write an object bit by bit. Sends nothing.
    ///
    /// # Errors
    /// INVALID_ARGUMENT, INVALID_PATHNAME, and UNSUPPORTED for a visibility that cannot be set.
    pub async fn create(&self, pathname: &Pathname, mut options: PutOptions, progress: Progress) -> Result<Writer> {
        let doing = self.begin(Name::WriteStream, pathname.as_str());
        let create = async {
            options.check()?;
            let to = doing.target().await?;
            let key = to.key(pathname)?;
            options.visibility = to.visibility(options.visibility)?;
            options.content_type.get_or_insert_with(|| content_type(pathname));
            let (_, at_once) = to.transfer(options.transfer);
            let part_size = usize::try_from(to.part_size(0, &options)?).unwrap_or(usize::MAX);
            let (pathname, ready, sent) = (pathname.clone(), Vec::new(), Vec::new());
            Ok(move |operation| Writer {
                to,
                pathname,
                key,
                options,
                part_size,
                at_once,
                ready,
                upload: None,
                sent,
                is_broken: false,
                progress,
                operation,
            })
        };
        let (writer, operation) = doing.open(create).await?;
        operation.rest();
        Ok(writer(operation))
    }
}

impl Writer {
    /// The size of a whole part, in bytes.
    #[must_use]
    pub const fn part_size(&self) -> usize {
        self.part_size
    }

    /// Takes a whole part. More than the object can have are refused.
    ///
    /// # Errors
    /// QUOTA_EXCEEDED, naming what would do.
    pub fn push(&mut self, part: Bytes) -> Result<()> {
        if (self.sent.len() + self.ready.len()) as u64 >= MOST_PARTS {
            let message = format!(
                "the content is longer than the {MOST_PARTS} parts of {} bytes that an upload may have; with a partSize of {} twice as much fits",
                self.part_size,
                self.part_size.saturating_mul(2)
            );
            return Err(self.named(Error::new(ErrorCode::QuotaExceeded, message)));
        }
        self.ready.push(part);
        Ok(())
    }

    /// Whether the parts that were taken should be sent before the next one is.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.ready.len() >= self.at_once
    }

    /// Sends the parts that were taken.
    ///
    /// # Errors
    /// Those of every request; the upload should be aborted then.
    pub async fn send(&mut self) -> Result<()> {
        let operation = Arc::clone(&self.operation);
        let _working = operation.working();
        self.send_ready().await.map_err(|error| self.named(error))
    }

    async fn send_ready(&mut self) -> Result<()> {
        if self.is_broken {
            return Err(Error::new(ErrorCode::OperationFailed, "a part could not be sent before; begin anew"));
        }
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(Upload::begin(&self.to, &self.key, &self.options).await?),
        };
        let upload = &*upload;
        let first = self.sent.len();
        let key = self.options.encryption.customer_key.as_ref();
        let progress = &self.progress;
        self.is_broken = true;
        let requests = std::mem::take(&mut self.ready).into_iter().zip(first + 1..).map(|(part, number)| async move {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            upload.put(number, part.into(), key).await.inspect(|part| progress.add(part.size))
        });
        let sent: Vec<Part> = stream::iter(requests).buffer_unordered(self.at_once).try_collect().await?;
        self.sent.extend(sent);
        self.is_broken = false;
        Ok(())
    }

    /// Writes the object, whose last bytes these are. One request for a content that fits into a part; else two, and one for each part.
    ///
    /// # Errors
    /// As for [`Storage::write`]. A failed upload is aborted.
    pub async fn finish(&mut self, last: Bytes) -> Result<ObjectInfo> {
        let operation = Arc::clone(&self.operation);
        let _working = operation.working();
        let finished = self.finish_upload(last).await;
        if finished.is_err() {
            self.abort().await;
        }
        let info = finished.map_err(|error| self.named(error))?;
        operation.end(Outcome::Done);
        Ok(Target::named(info, &self.pathname))
    }

    async fn finish_upload(&mut self, last: Bytes) -> Result<ObjectInfo> {
        if self.upload.is_none() && (self.ready.is_empty() || (self.ready.len() == 1 && last.is_empty())) {
            let content = self.ready.pop().unwrap_or(last);
            let size = content.len() as u64;
            let info = self.to.backend.put(self.to.at(&self.key), content.into(), &self.options).await?;
            self.progress.add(size);
            return Ok(info);
        }
        if !last.is_empty() {
            self.push(last)?;
        }
        self.send_ready().await?;
        self.progress.end();
        let Some(upload) = self.upload.take() else { return Err(Error::new(ErrorCode::OperationFailed, "no upload")) };
        let written = upload.complete(&self.sent, &self.options).await;
        upload.end(written).await
    }

    /// The error that ends it, with what it happened to.
    #[must_use]
    pub fn named(&self, error: Error) -> Error {
        let error = error.during(Name::WriteStream.words(), self.pathname.as_str());
        self.operation.end(Outcome::Failed(&error));
        error
    }

    /// Leaves nothing behind of an object that will not be finished.
    pub async fn abort(&mut self) {
        if let Some(mut upload) = self.upload.take() {
            upload.abort().await;
        }
    }
}
