//! The body of a request. That of a file is read in the task that sends it, when the connection wants more: from a local disk that is
//! quicker than asking another thread, and no more of it is in memory than hyper buffers.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::{backend::contract::Content, error::Error};

/// What is still to be sent of a content.
#[derive(Debug)]
pub(super) struct Outgoing(Content);

impl<C: Into<Content>> From<C> for Outgoing {
    fn from(content: C) -> Self {
        Self(content.into())
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.take_piece().map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len())
    }
}
