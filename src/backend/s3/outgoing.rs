//! The content of a request.

use std::{
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::{
    backend::contract::ContentStream,
    error::{Error, Result},
};

/// What a request carries.
pub(super) enum Outgoing {
    /// All of it; taken as one piece.
    Whole(Bytes),
    /// Bytes that arrive while they are sent, and cannot be sent twice.
    Stream {
        /// Never locked: polled with exclusive access only. It makes the body `Sync`.
        stream: Mutex<Box<dyn ContentStream>>,
        left: u64,
    },
}

impl Outgoing {
    pub(super) fn stream(stream: Box<dyn ContentStream>, length: u64) -> Self {
        Self::Stream { stream: Mutex::new(stream), left: length }
    }

    /// Bytes that are still to be sent.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Stream { left, .. } => *left,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Stream { stream, left } => {
                let piece = stream.get_mut().unwrap_or_else(PoisonError::into_inner).poll_next(cx);
                if let Poll::Ready(Some(Ok(bytes))) = &piece {
                    *left = left.saturating_sub(bytes.len() as u64);
                }
                piece.map_ok(Frame::data)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len())
    }
}
