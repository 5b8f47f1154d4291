//! What a write carries: bytes in memory, or a slice of a file that is read as it is sent.

use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind},
    os::unix::fs::{FileExt, MetadataExt},
    sync::Arc,
};

use bytes::Bytes;

use crate::error::{Error, ErrorCode, Result};

/// How much of a file is read at a time. A connection buffers two of them at most: hyper takes more as long as it has less than
/// 408 KiB to send.
const PIECE: usize = 256 * 1024;

/// What a write carries. Clones share the bytes, or the open file.
#[derive(Debug, Clone)]
pub enum Content {
    /// Bytes in memory.
    Memory(Bytes),
    /// A slice of a file; a piece of it is in memory at a time.
    File(FileSlice),
}

/// A slice of a file that must not change. Clones are positions of their own in the same open file.
#[derive(Debug, Clone)]
pub struct FileSlice {
    file: Arc<Watched>,
    /// The next byte to read.
    offset: u64,
    /// Bytes from there to the end of the slice.
    length: u64,
}

/// An open file, and what it looked like when it was opened.
#[derive(Debug)]
struct Watched {
    file: File,
    stamp: Stamp,
}

/// What changes when a file is written to: size, and the time of the last change in seconds and nanoseconds.
type Stamp = (u64, i64, i64);

fn stamp(file: &Metadata) -> Stamp {
    (file.size(), file.mtime(), file.mtime_nsec())
}

impl Content {
    /// Bytes in it.
    #[must_use]
    pub const fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(slice) => slice.length,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes from `first` to before `end`.
    #[must_use]
    pub fn between(self, first: u64, end: u64) -> Self {
        match self {
            Self::Memory(bytes) => {
                let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                Self::Memory(bytes.slice(place(first)..place(end).max(place(first))))
            }
            Self::File(mut slice) => {
                let _ = slice.split_to(first);
                Self::File(slice.split_to(end.saturating_sub(first)))
            }
        }
    }

    /// Shows every byte to a digest, in order. Lets others have their turn between two pieces of a file: a part may have
    /// gigabytes, and a wait must notice interrupts.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED when a file cannot be read, or has changed.
    pub async fn show(&self, mut see: impl FnMut(&[u8])) -> Result<()> {
        let mut slice = match self {
            Self::Memory(bytes) => {
                see(bytes);
                return Ok(());
            }
            Self::File(slice) => slice.clone(),
        };
        let mut piece = vec![0; slice.next_length()];
        while !slice.is_empty() {
            let length = slice.next_length();
            slice.read(&mut piece[..length])?;
            see(&piece[..length]);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// The same on a thread that has nothing else to do. Ends early when nobody wants it any more.
    ///
    /// # Errors
    /// As for [`Self::show`].
    pub fn show_here(&self, is_wanted: impl Fn() -> bool, mut see: impl FnMut(&[u8])) -> Result<()> {
        let mut slice = match self {
            Self::Memory(bytes) => {
                bytes.chunks(PIECE).take_while(|_| is_wanted()).for_each(see);
                return Ok(());
            }
            Self::File(slice) => slice.clone(),
        };
        let mut piece = vec![0; slice.next_length()];
        while !slice.is_empty() && is_wanted() {
            let length = slice.next_length();
            slice.read(&mut piece[..length])?;
            see(&piece[..length]);
        }
        Ok(())
    }

    /// Takes the next bytes out, so many as are handed on at a time; `None` at the end.
    ///
    /// # Errors
    /// As for [`Self::show`].
    pub fn take_piece(&mut self) -> Option<Result<Bytes>> {
        if self.is_empty() {
            return None;
        }
        Some(match self {
            Self::Memory(bytes) => Ok(std::mem::take(bytes)),
            Self::File(slice) => {
                let mut piece = vec![0; slice.next_length()];
                slice.read(&mut piece).map(|()| piece.into())
            }
        })
    }
}

impl FileSlice {
    /// A whole file.
    ///
    /// # Errors
    /// What the system says of an open file that it cannot describe.
    pub fn whole(file: File) -> io::Result<Self> {
        let described = file.metadata()?;
        let length = described.len();
        Ok(Self { file: Arc::new(Watched { file, stamp: stamp(&described) }), offset: 0, length })
    }

    /// Bytes that are still to be read.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Takes the first bytes off, as a slice of their own; fewer where there are fewer.
    #[must_use]
    pub fn split_to(&mut self, length: u64) -> Self {
        let length = length.min(self.length);
        let first = Self { file: Arc::clone(&self.file), offset: self.offset, length };
        self.offset += length;
        self.length -= length;
        first
    }

    /// Whether the file is still what it was when it was opened, as far as its size and its time of change tell.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED when it is not.
    pub fn check(&self) -> Result<()> {
        let now = self.file.file.metadata().map_err(|error| unreadable(&error))?;
        if stamp(&now) == self.file.stamp { Ok(()) } else { Err(changed()) }
    }

    fn next_length(&self) -> usize {
        usize::try_from(self.length).unwrap_or(PIECE).min(PIECE)
    }

    /// Reads the next bytes. With the last ones of the slice the file is looked at: a slice whose file has changed never comes to
    /// its end, so that nobody takes it for whole.
    fn read(&mut self, piece: &mut [u8]) -> Result<()> {
        self.file.file.read_exact_at(piece, self.offset).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => changed(),
            _ => unreadable(&error),
        })?;
        self.offset += piece.len() as u64;
        self.length -= piece.len() as u64;
        if self.length == 0 { self.check() } else { Ok(()) }
    }
}

fn changed() -> Error {
    Error::new(ErrorCode::OperationFailed, "the file was changed while it was sent")
        .with_details("call again when nobody writes to it")
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(ErrorCode::OperationFailed, "the file cannot be read").with_details(error.to_string())
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Memory(bytes)
    }
}

impl From<FileSlice> for Content {
    fn from(slice: FileSlice) -> Self {
        Self::File(slice)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, FileSlice) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let slice = FileSlice::whole(File::open(file.path()).unwrap()).unwrap();
        (file, slice)
    }

    fn drained(mut content: Content) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(piece) = content.take_piece() {
            bytes.extend_from_slice(&piece?);
        }
        Ok(bytes)
    }

    #[tokio::test]
    async fn a_slice_is_read_in_pieces_as_often_as_wanted() {
        let bytes: Vec<u8> = (0..3 * PIECE + 5).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let (_file, mut whole) = file(&bytes);
        let _ = whole.split_to(10);
        let content = Content::from(whole.split_to(2 * PIECE as u64 + 1));
        for _ in 0..2 {
            let mut shown = Vec::new();
            content.show(|piece| shown.extend_from_slice(piece)).await.unwrap();
            assert_eq!(shown, bytes[10..2 * PIECE + 11]);
            assert_eq!(drained(content.clone()).unwrap(), shown);
        }
        assert_eq!(drained(whole.into()).unwrap(), bytes[2 * PIECE + 11..]);
    }

    #[test]
    fn a_file_that_becomes_shorter_or_longer_or_other_is_never_whole() {
        let changes: [fn(&File); 3] = [
            |file| file.set_len(PIECE as u64 / 2).unwrap(),
            |file| file.set_len(PIECE as u64 * 4).unwrap(),
            |file| file.write_all_at(b"x", 0).unwrap(),
        ];
        for change in changes {
            let (file, slice) = file(&vec![1; PIECE * 2]);
            // The clock of the file system may not have moved on since the file was made.
            std::thread::sleep(std::time::Duration::from_millis(20));
            let mut content = Content::from(slice);
            assert!(content.take_piece().unwrap().is_ok());
            change(file.as_file());
            let error = content.take_piece().unwrap().unwrap_err();
            assert_eq!(error.code, ErrorCode::OperationFailed);
            assert!(error.to_string().contains("changed while it was sent"), "{error}");
        }
    }
}
