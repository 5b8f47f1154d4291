//! Where the bytes of a write come from, part by part.

use bytes::{Bytes, BytesMut};

use crate::{
    backend::contract::{Content, ContentStream, FileSlice},
    error::{Error, ErrorCode, Result},
};

/// What is taken of memory before a byte has come.
const RESERVED: usize = 5 * 1024 * 1024;

/// What is still to come of a content of known length.
pub(super) struct Source {
    from: From,
    /// The next part, as far as it is there.
    part: BytesMut,
    left: u64,
    /// Parts that were taken out so far.
    number: u32,
}

enum From {
    Memory(Bytes),
    File(FileSlice),
    Stream {
        stream: Box<dyn ContentStream>,
        /// What came beyond the last part.
        over: Bytes,
    },
}

impl Source {
    /// A content in memory. Its parts are pieces of it, not copies.
    pub(super) fn memory(content: Bytes) -> Self {
        Self { left: content.len() as u64, from: From::Memory(content), part: BytesMut::new(), number: 0 }
    }

    /// A file. Its parts are read when they are sent.
    pub(super) fn file(file: FileSlice) -> Self {
        Self { left: file.len(), from: From::File(file), part: BytesMut::new(), number: 0 }
    }

    /// A content that arrives piece by piece.
    pub(super) fn stream(stream: Box<dyn ContentStream>, length: u64) -> Self {
        Self { left: length, from: From::Stream { stream, over: Bytes::new() }, part: BytesMut::new(), number: 0 }
    }

    /// Bytes that are still to come.
    pub(super) const fn left(&self) -> u64 {
        self.left
    }

    /// Whether all that was taken out is of one state of the source: a file must not have changed meanwhile.
    pub(super) fn check(&self) -> Result<()> {
        match &self.from {
            From::File(file) => file.check(),
            From::Memory(_) | From::Stream { .. } => Ok(()),
        }
    }

    /// Passes over parts of a file that need not be sent.
    pub(super) fn skip(&mut self, part_size: u64, is_there: impl Fn(u32) -> bool) {
        let From::File(file) = &mut self.from else { return };
        while self.left > 0 && is_there(self.number + 1) {
            self.left -= file.split_to(part_size).len();
            self.number += 1;
        }
    }

    /// The next part with its number, whole and of exactly this size (some servers want equal parts), or what is left. Loses nothing when it is
    /// dropped half-way.
    pub(super) async fn next(&mut self, part_size: u64) -> Result<(u32, Content)> {
        let size = part_size.min(self.left);
        let wanted = usize::try_from(size).unwrap_or(usize::MAX);
        let part: Content = match &mut self.from {
            From::Memory(content) => content.split_to(wanted.min(content.len())).into(),
            From::File(file) => file.split_to(size).into(),
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
                std::mem::take(&mut self.part).freeze().into()
            }
        };
        self.left -= size;
        self.number += 1;
        Ok((self.number, part))
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
