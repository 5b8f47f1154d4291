//! A content that is read bit by bit, from anywhere, for as long as the caller likes.
//!
//! Nothing is fetched ahead: between two reads there is one piece in memory, and what the system's socket holds. A reader that is
//! left alone for longer than the server waits goes on where it was, as every content does that breaks off.

use std::sync::Arc;

use bytes::Bytes;

use super::Storage;
use crate::{
    backend::contract::ContentStream,
    error::{Error, ErrorCode, Result},
    middleware::{Name, Operation, Outcome},
    types::{ByteRange, GetOptions, ObjectInfo, Owned, Pathname},
};

/// So many bytes are rather received and thrown away than skipped by another request, on another connection.
const NEAR: u64 = 256 * 1024;

/// An open object, or a part of one. Positions count from the beginning of that part.
pub struct Reader {
    pathname: Pathname,
    options: GetOptions,
    info: ObjectInfo,
    /// The first byte of the object that is read, and the one behind the last.
    begin: u64,
    end: Option<u64>,
    /// The next byte, counted from `begin`.
    position: u64,
    /// Of the running content: bytes that have arrived, the first at `position`.
    window: Bytes,
    /// Bytes of the running content that are passed over before `position`.
    skip: u64,
    content: Option<Owned<Box<dyn ContentStream>>>,
    /// The end of the content has come, and was verified.
    is_over: bool,
    /// The bytes were not those that the server vouched for. Parts carry no checksum, so nothing that is asked for again could be told
    /// from them.
    is_wrong: bool,
    /// Until the end has come, or a read has failed.
    operation: Option<Arc<Operation>>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("info", &self.info).field("position", &self.position).finish_non_exhaustive()
    }
}

impl Storage {
    /// Opens an object to read it bit by bit. One request, and one more for each leap. Idempotent.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub async fn open(&self, pathname: &Pathname, options: GetOptions) -> Result<Reader> {
        let doing = self.begin(Name::ReadStream, pathname.as_str());
        let storage = doing.storage();
        let (object, operation) = doing.open(storage.read(pathname, &options)).await?;
        // Where it is a part of something else, the reading is not.
        operation.rest();
        let (begin, end) = match object.info.size {
            Some(size) => {
                let (begin, end) = options.range.within(size);
                (begin.min(end), Some(end))
            }
            None => (options.range.offset, None),
        };
        let mut content = Owned::new(object.stream);
        if let Some(content) = content.get() {
            content.pause();
        }
        Ok(Reader {
            pathname: pathname.clone(),
            options,
            info: object.info,
            begin,
            end,
            position: 0,
            window: Bytes::new(),
            skip: 0,
            content: Some(content),
            is_over: false,
            is_wrong: false,
            operation: Some(operation),
        })
    }
}

impl Reader {
    /// What the first answer said of the object; `size` is the whole object's.
    #[must_use]
    pub const fn info(&self) -> &ObjectInfo {
        &self.info
    }

    /// How many bytes there are to read, from position 0 on; `None` when the server did not say.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        match self.end {
            Some(end) => Some(end - self.begin),
            None => None,
        }
    }

    /// The first byte of the object that is read.
    #[must_use]
    pub const fn begin(&self) -> u64 {
        self.begin
    }

    /// The position of the next byte.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether every byte was read.
    #[must_use]
    pub fn is_at_end(&self) -> bool {
        match self.length() {
            Some(length) => {
                self.position > length || (self.position == length && (self.is_over || self.content.is_none()))
            }
            None => self.is_over && self.window.is_empty(),
        }
    }

    /// Its caller has cancelled the reading, for this reason.
    pub fn cancelled(&mut self, error: &Error) {
        if let Some(operation) = self.operation.take() {
            let error = error.clone().during("read", self.pathname.as_str());
            operation.end(Outcome::Failed(&error));
        }
    }

    /// Reads on: as many bytes as fit, fewer only at the end. The position moves when all of them are there; a read that fails, or is given
    /// up, leaves it where it was.
    ///
    /// # Errors
    /// CONNECTION_FAILED when the object is not the same any more, CHECKSUM_MISMATCH at the end, and those of every request.
    pub async fn read(&mut self, storage: &Storage, buffer: &mut [u8]) -> Result<usize> {
        if self.operation.is_none() && self.is_at_end() && !self.is_wrong {
            return Ok(0);
        }
        let begun = self.operation.take();
        let operation = begun.unwrap_or_else(|| storage.operation(Name::ReadStream, self.pathname.as_str()));
        let filled = {
            let _working = operation.working();
            self.read_within(&storage.within(&operation), buffer).await
        };
        match &filled {
            Ok(_) if self.is_at_end() => operation.end(Outcome::Done),
            Ok(_) => self.operation = Some(operation),
            Err(error) => operation.end(Outcome::Failed(error)),
        }
        filled
    }

    async fn read_within(&mut self, storage: &Storage, buffer: &mut [u8]) -> Result<usize> {
        let start = self.position;
        let mut undo = Undo { reader: self, start, is_done: false };
        let filled = undo.reader.fill(storage, buffer).await;
        undo.is_done = filled.is_ok();
        undo.reader.is_wrong |= filled.as_ref().is_err_and(|error| error.code == ErrorCode::ChecksumMismatch);
        drop(undo);
        filled.map_err(|error| error.during("read", self.pathname.as_str()))
    }

    async fn fill(&mut self, storage: &Storage, buffer: &mut [u8]) -> Result<usize> {
        if self.is_wrong {
            let message = "the bytes are not those that the server vouched for; open the object anew";
            return Err(Error::new(ErrorCode::ChecksumMismatch, message));
        }
        let mut filled = 0;
        while filled < buffer.len() && self.more(storage).await? {
            let piece = self.window.split_to(self.window.len().min(buffer.len() - filled));
            buffer[filled..filled + piece.len()].copy_from_slice(&piece);
            filled += piece.len();
            self.position += piece.len() as u64;
        }
        if let Some(content) = self.content.as_mut().and_then(Owned::get) {
            content.pause();
        }
        Ok(filled)
    }

    /// Sees to it that there are bytes in the window; false at the end.
    async fn more(&mut self, storage: &Storage) -> Result<bool> {
        loop {
            if !self.window.is_empty() {
                return Ok(true);
            }
            if self.is_over || self.length().is_some_and(|length| self.position >= length && self.content.is_none()) {
                return Ok(false);
            }
            let content = match self.content.as_mut().and_then(Owned::get) {
                Some(content) => content,
                None => self.reopen(storage).await?,
            };
            match content.next().await {
                Some(Ok(piece)) => self.take(piece).await?,
                Some(Err(error)) => {
                    self.content = None;
                    return Err(error);
                }
                None => self.finish()?,
            }
        }
    }

    /// Takes a piece that has arrived. Behind the last one the end is waited for at once: there the content is verified, which must have
    /// happened before its last bytes are handed out.
    async fn take(&mut self, mut piece: Bytes) -> Result<()> {
        let skipped = piece.split_to(usize::try_from(self.skip).unwrap_or(usize::MAX).min(piece.len()));
        self.skip -= skipped.len() as u64;
        self.window = piece;
        let arrived = self.position + self.window.len() as u64;
        if self.length().is_none_or(|length| arrived < length) {
            return Ok(());
        }
        let Some(content) = self.content.as_mut().and_then(Owned::get) else { return Ok(()) };
        match content.next().await {
            None => {
                (self.content, self.is_over) = (None, true);
                Ok(())
            }
            Some(more) => {
                self.content = None;
                more?;
                Err(Error::new(ErrorCode::OperationFailed, "the server sent more than it announced"))
            }
        }
    }

    /// The end of the content, if it is the one that was announced.
    fn finish(&mut self) -> Result<()> {
        self.content = None;
        match self.length() {
            Some(length) if self.position < length => {
                let message = format!("the content ended {} bytes early", length - self.position);
                Err(Error::new(ErrorCode::ConnectionFailed, message))
            }
            _ => {
                self.is_over = true;
                Ok(())
            }
        }
    }

    /// Asks for the object from the present position on, if it is still the same.
    async fn reopen(&mut self, storage: &Storage) -> Result<&mut Box<dyn ContentStream>> {
        let Some(etag) = self.info.etag.clone() else {
            let message = "the server gave the object no ETag, so it cannot be recognised: it can only be read from its beginning to its end";
            return Err(Error::new(ErrorCode::Unsupported, message));
        };
        let mut options = self.options.clone();
        options.range = ByteRange::between(self.begin + self.position, self.end);
        options.if_match = Some(etag);
        // They were asked about the first time.
        (options.if_none_match, options.if_modified_since, options.if_unmodified_since) = (None, None, None);
        let object = storage.read(&self.pathname, &options).await.map_err(|mut error| {
            if error.code == ErrorCode::PreconditionFailed {
                error.code = ErrorCode::ConnectionFailed;
                error.message = format!("{CHANGED}: {}", error.message);
            }
            error
        })?;
        // A server may ignore the condition.
        if object.info.etag != self.info.etag || (self.info.size.is_some() && object.info.size != self.info.size) {
            return Err(Error::new(ErrorCode::ConnectionFailed, CHANGED));
        }
        self.skip = 0;
        let content = self.content.insert(Owned::new(object.stream));
        content.get().ok_or_else(Error::forked)
    }

    /// Moves to another position, which may lie behind the end. Sends nothing: the next read does.
    pub fn seek(&mut self, position: u64) {
        let forward = position.checked_sub(self.position);
        match forward {
            Some(0) => return,
            Some(distance) if distance <= self.window.len() as u64 => {
                let _ = self.window.split_to(usize::try_from(distance).unwrap_or(usize::MAX));
            }
            Some(distance)
                if self.content.is_some()
                    && distance - self.window.len() as u64 <= NEAR
                    && self.length().is_some_and(|length| position < length) =>
            {
                self.skip += distance - self.window.len() as u64;
                self.window = Bytes::new();
            }
            _ => self.leap(),
        }
        self.position = position;
    }

    /// What has arrived is of no use any more.
    fn leap(&mut self) {
        (self.window, self.content, self.is_over, self.skip) = (Bytes::new(), None, false, 0);
    }
}

const CHANGED: &str = "the object is not the same any more";

/// Takes a read back that did not come to its end: its caller never sees the bytes.
struct Undo<'a> {
    reader: &'a mut Reader,
    start: u64,
    is_done: bool,
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        // What has arrived in this read may be the last piece, which was not verified yet.
        if self.reader.position != self.start || !self.reader.window.is_empty() {
            self.reader.leap();
            self.reader.position = self.start;
        } else if let Some(content) = self.reader.content.as_mut().and_then(Owned::get) {
            // Nobody waits for it any more.
            content.pause();
        }
    }
}
