//! The bytes of an object: one or more shared, immutable segments.
//!
//! An object made of parts keeps the segments of its parts, so completing an upload or copying an object moves no
//! bytes, and a ranged read hands out slices of the stored memory.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use s3s::Body;

/// Frames of a response are at most this long, so that a slow reader does not hold back the others of its worker.
const MAX_FRAME: usize = 1 << 20;

/// Immutable bytes in one or more segments. Cloning shares the memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blob {
    segments: Vec<Bytes>,
    len: u64,
}

impl Blob {
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The stored segments, in order.
    pub(crate) fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        self.segments.iter().map(AsRef::as_ref)
    }

    /// The bytes of `range`, sharing this blob's memory. A range beyond the end is cut off there.
    pub(crate) fn slice(&self, range: &Range<u64>) -> Self {
        let mut start_of_segment = 0_u64;
        let mut segments = Vec::new();
        for segment in &self.segments {
            let end_of_segment = start_of_segment + segment.len() as u64;
            let from = range.start.clamp(start_of_segment, end_of_segment) - start_of_segment;
            let to = range.end.clamp(start_of_segment, end_of_segment) - start_of_segment;
            // Both fit: they are not greater than the length of a segment, which is a `usize`.
            if let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to))
                && from < to
            {
                segments.push(segment.slice(from..to));
            }
            start_of_segment = end_of_segment;
        }
        Self::from_iter(segments)
    }

    /// A response body that hands out the segments without copying them.
    pub(crate) fn into_body(self) -> Body {
        Body::http_body(BlobBody { remaining: self.len, segments: self.segments.into() })
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        Self::from_iter([bytes])
    }
}

impl FromIterator<Bytes> for Blob {
    fn from_iter<I: IntoIterator<Item = Bytes>>(segments: I) -> Self {
        let segments: Vec<Bytes> = segments.into_iter().filter(|segment| !segment.is_empty()).collect();
        let len = segments.iter().map(|segment| segment.len() as u64).sum();
        Self { segments, len }
    }
}

impl<'a> FromIterator<&'a Self> for Blob {
    fn from_iter<I: IntoIterator<Item = &'a Self>>(blobs: I) -> Self {
        blobs.into_iter().flat_map(|blob| blob.segments.iter().cloned()).collect()
    }
}

/// A [`Blob`] on its way to a client.
struct BlobBody {
    segments: VecDeque<Bytes>,
    remaining: u64,
}

impl HttpBody for BlobBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Some(mut frame) = self.segments.pop_front() else {
            return Poll::Ready(None);
        };
        if frame.len() > MAX_FRAME {
            let rest = frame.split_off(MAX_FRAME);
            self.segments.push_front(rest);
        }
        self.remaining -= frame.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
