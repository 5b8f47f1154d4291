//! Contents on their way into a store and out of it.

use std::task::{Context, Poll};

use bytes::Bytes;
use md5::{Digest, Md5};

use super::{
    conditions::answer,
    store::{Draft, Store},
};
use crate::{
    backend::contract::{Content, ContentStream},
    error::{ErrorCode, Result},
    types::ByteRange,
};

/// How much is taken at a time, before others have their turn.
const PIECE: usize = 1024 * 1024;

/// A draft with a content, the number of its bytes, and its digest.
pub(super) struct Filled<D> {
    pub(super) draft: D,
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
}

impl<D> Filled<D> {
    /// The ETag of a content that was written at once.
    /// Source: Amazon S3 user guide, "Checking object integrity", "Content-MD5".
    pub(super) fn etag(&self) -> String {
        format!("\"{}\"", hex::encode(self.md5))
    }
}

/// Takes contents in, one behind the other. Each is only asked for when its turn comes: there may be more of them than a process can have
/// files open.
pub(super) async fn fill<S: Store>(
    store: &S,
    contents: impl Iterator<Item = Result<Content>> + Send,
) -> Result<Filled<S::Draft>> {
    let (mut draft, mut size, mut digest) = (store.draft()?, 0, Md5::new());
    for content in contents {
        let mut content = content?;
        while let Some(piece) = content.take_piece() {
            for piece in piece?.chunks(PIECE) {
                digest.update(piece);
                draft.append(piece)?;
                size += piece.len() as u64;
                tokio::task::yield_now().await;
            }
        }
    }
    Ok(Filled { draft, size, md5: digest.finalize().into() })
}

/// The bytes of a content that a range means, and how many these are.
///
/// # Errors
/// The answer of a server for a range that has no byte in the content, with the status 416.
pub(super) fn cut(content: Content, range: &ByteRange) -> Result<(Content, u64)> {
    if range.is_whole() {
        let length = content.len();
        return Ok((content, length));
    }
    let (first, end) = range.within(content.len());
    // The first bytes of an empty object are no bytes.
    if first >= end && !(content.is_empty() && range.begins_at_first()) {
        let message = format!("offset {} is at or behind the end of the object", range.offset);
        return Err(answer(ErrorCode::OperationFailed, 416, "InvalidRange", &message));
    }
    Ok((content.between(first, end), end - first))
}

/// A content that is read.
pub(super) struct Stream(pub(super) Content);

impl ContentStream for Stream {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Poll::Ready(self.0.take_piece())
    }
}
