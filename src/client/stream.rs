//! Contents that do not belong into memory as a whole: an extension of the contract.

use std::{
    io::{self, Read, Write},
    mem,
};

use bytes::{Buf, Bytes, BytesMut};

use super::{BucketClient, PutOpts, StorageClient, StorageError, bucket::pathname, drive::Side};
use crate::{
    storage::{ContentStream, Progress, Writer},
    types::GetOptions,
};

/// Reads and writes bit by bit. Memory is bounded by the bucket's configuration, not by the size of an object.
pub trait StreamingClient: StorageClient {
    /// Opens an object for reading. One request; more only where the content breaks off, and is taken up again where it did.
    ///
    /// # Errors
    /// As for [`StorageClient::get`]; those of reading come as [`io::Error`]s, with the [`StorageError`] inside. The end is only
    /// reached when every byte has arrived.
    fn reader(&self, key: &str) -> Result<Box<dyn Read + Send + '_>, StorageError>;

    /// Begins to write an object. Nothing is sent before a part is whole, and nothing is visible before
    /// [`ObjectWriter::finish`]. A writer that is dropped before leaves no object and no parts behind.
    ///
    /// # Errors
    /// As for [`StorageClient::put`]; those of writing come as [`io::Error`]s.
    fn writer(&self, key: &str, opts: PutOpts) -> Result<Box<dyn ObjectWriter + Send + '_>, StorageError>;
}

/// An object that is being written.
pub trait ObjectWriter: Write {
    /// Makes the object of all that was written.
    ///
    /// # Errors
    /// As for [`StorageClient::put`]; there is no object then.
    fn finish(self: Box<Self>) -> Result<(), StorageError>;
}

impl StreamingClient for BucketClient {
    fn reader(&self, key: &str) -> Result<Box<dyn Read + Send + '_>, StorageError> {
        let (name, side) = (pathname(key)?, self.drive.side());
        let storage = self.storage(side);
        let opened = self.drive.run(side, async move {
            let object = storage.read(&name, &GetOptions::default()).await?;
            Ok(object.stream)
        })?;
        Ok(Box::new(Reader { client: self, side, source: Source::Open(opened), piece: Bytes::new() }))
    }

    fn writer(&self, key: &str, opts: PutOpts) -> Result<Box<dyn ObjectWriter + Send + '_>, StorageError> {
        let (name, side) = (pathname(key)?, self.drive.side());
        let storage = self.storage(side);
        let writer =
            self.drive.run(side, async move { Ok(storage.create(&name, opts.into(), Progress::default()).await?) })?;
        let part = BytesMut::new();
        Ok(Box::new(Written { client: self, side, writer: Some(writer), part }))
    }
}

/// A content that is read. The stream goes to where it is driven and comes back, with each piece.
struct Reader<'a> {
    client: &'a BucketClient,
    side: Side,
    source: Source,
    piece: Bytes,
}

/// What is left to be read.
enum Source {
    Open(Box<dyn ContentStream>),
    /// Every byte has arrived.
    Ended,
    /// Whoever reads on must not take it for the end.
    Failed,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() && !buffer.is_empty() {
            let mut stream = match mem::replace(&mut self.source, Source::Failed) {
                Source::Open(stream) => stream,
                Source::Ended => {
                    self.source = Source::Ended;
                    return Ok(0);
                }
                Source::Failed => return Err(unread().into()),
            };
            let next = self.client.drive.run(self.side, async move {
                let piece = stream.next().await.transpose()?;
                Ok(piece.map(|piece| (stream, piece)))
            })?;
            let Some((stream, piece)) = next else {
                self.source = Source::Ended;
                return Ok(0);
            };
            (self.source, self.piece) = (Source::Open(stream), piece);
        }
        let length = buffer.len().min(self.piece.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

impl Drop for Reader<'_> {
    /// Where it is driven: its socket belongs there.
    fn drop(&mut self) {
        if let Source::Open(stream) = mem::replace(&mut self.source, Source::Ended) {
            // There is nobody to tell.
            let _ = self.client.drive.run(self.side, async move {
                drop(stream);
                Ok(())
            });
        }
    }
}

/// An object that is being written.
struct Written<'a> {
    client: &'a BucketClient,
    side: Side,
    /// `None` after an error.
    writer: Option<Writer>,
    part: BytesMut,
}

impl Written<'_> {
    /// Hands the part on, when it is whole.
    fn pass_on(&mut self) -> Result<(), StorageError> {
        let mut writer = self.writer.take().ok_or_else(broken)?;
        writer.push(self.part.split().freeze())?;
        if !writer.is_full() {
            self.writer = Some(writer);
            return Ok(());
        }
        let sent = self.client.drive.run(self.side, async move {
            let outcome = writer.send().await;
            if outcome.is_err() {
                writer.abort().await;
            }
            outcome?;
            Ok(writer)
        });
        self.writer = Some(sent?);
        Ok(())
    }
}

impl Write for Written<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let part_size = self.writer.as_ref().ok_or_else(broken)?.part_size();
        let length = bytes.len().min(part_size - self.part.len());
        self.part.extend_from_slice(&bytes[..length]);
        if self.part.len() == part_size {
            self.pass_on()?;
        }
        Ok(length)
    }

    /// Does nothing: what is not a whole part cannot be sent before the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ObjectWriter for Written<'_> {
    fn finish(mut self: Box<Self>) -> Result<(), StorageError> {
        let mut writer = self.writer.take().ok_or_else(broken)?;
        let last = self.part.split().freeze();
        self.client.drive.run(self.side, async move { Ok(writer.finish(last).await.map(|_| ())?) })
    }
}

impl Drop for Written<'_> {
    fn drop(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            // There is nobody to tell.
            let _ = self.client.drive.run(self.side, async move {
                writer.abort().await;
                Ok(())
            });
        }
    }
}

fn unread() -> StorageError {
    StorageError::Backend("the content could not be read before; open it again".to_owned())
}

fn broken() -> StorageError {
    StorageError::Backend("a part could not be written before; there is no object".to_owned())
}
