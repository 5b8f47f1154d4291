//! One line of a script: an answer, and what goes wrong with it.

use std::time::Duration;

use bytes::Bytes;

/// An answer. The methods that follow its makers spoil it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) content: Content,
    pub(super) framing: Framing,
    pub(super) faults: Faults,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Bytes(Bytes),
    /// These bytes again and again.
    Endless(Bytes),
    /// What the store honestly answers; the answer's own headers go on top.
    Stored,
    /// Sent as it is, in place of head and content.
    Raw(Bytes),
}

/// How the client knows the end of the content.
#[derive(Clone, Copy, Debug)]
pub(super) enum Framing {
    Length,
    /// A `Content-Length` that is not true.
    Claimed(u64),
    Chunked,
    /// By the end of the connection.
    Close,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// RST: the peer's next read or write fails.
    Reset,
    /// FIN: the peer reads an early end.
    Close,
    /// Open for ever, without another byte.
    Stall,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    /// Before the head.
    pub(super) delay: Duration,
    /// In place of the whole answer, after the whole request.
    pub(super) instead: Option<End>,
    /// After so many bytes of the request's content.
    pub(super) upload_cut: Option<usize>,
    /// The answer comes after so many bytes of the request's content, and the connection ends behind it.
    pub(super) early: Option<usize>,
    /// So many bytes at a time, with a pause behind each.
    pub(super) drip: Option<(usize, Duration)>,
    /// So many spaces before the content, with a pause behind each.
    pub(super) padding: Option<(usize, Duration)>,
    /// The byte of the content whose lowest bit is wrong.
    pub(super) flip: Option<usize>,
    /// The end of the connection after so many bytes of the content.
    pub(super) cut: Option<(usize, End)>,
    /// The end of the connection after the whole answer, unannounced.
    pub(super) after: Option<End>,
}

impl Answer {
    pub(crate) fn new(status: u16, content: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            content: Content::Bytes(content.into()),
            framing: Framing::Length,
            faults: Faults::default(),
        }
    }

    /// 200 with XML.
    pub(crate) fn xml(content: impl Into<Bytes>) -> Self {
        Self::new(200, content).header("content-type", "application/xml")
    }

    /// An error as S3 answers it.
    pub(crate) fn error(status: u16, code: &str) -> Self {
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>because</Message></Error>"
        );
        Self { status, ..Self::xml(content) }
    }

    /// The honest answer of the store, which the request has changed if it is a PUT or a DELETE.
    pub(crate) fn stored() -> Self {
        Self { content: Content::Stored, ..Self::new(200, "") }
    }

    /// Bytes in place of head and content, then the end of the connection.
    pub(crate) fn raw(bytes: impl Into<Bytes>) -> Self {
        Self { content: Content::Raw(bytes.into()), ..Self::new(200, "").then(End::Close) }
    }

    /// Content without an end.
    pub(crate) fn endless(piece: impl Into<Bytes>) -> Self {
        Self { content: Content::Endless(piece.into()), ..Self::new(200, "").unframed() }
    }

    /// The request is read to its end and then the connection is reset, whatever the request has changed in the store.
    pub(crate) fn lost() -> Self {
        Self::stored().instead(End::Reset)
    }

    /// The request is read to its end and then the connection is closed.
    pub(crate) fn hang_up() -> Self {
        Self::stored().instead(End::Close)
    }

    /// No answer, ever.
    pub(crate) fn silence() -> Self {
        Self::stored().instead(End::Stall)
    }

    fn instead(mut self, end: End) -> Self {
        self.faults.instead = Some(end);
        self
    }

    /// Adds a header; one of the same name gives way.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn delayed(mut self, delay: Duration) -> Self {
        self.faults.delay = delay;
        self
    }

    pub(crate) fn dripping(mut self, bytes: usize, pause: Duration) -> Self {
        self.faults.drip = Some((bytes, pause));
        self
    }

    /// Keep-alive white space before the content, after the head.
    pub(crate) fn padded(mut self, spaces: usize, pause: Duration) -> Self {
        self.faults.padding = Some((spaces, pause));
        self
    }

    pub(crate) fn flipped_at(mut self, byte: usize) -> Self {
        self.faults.flip = Some(byte);
        self
    }

    pub(crate) fn reset_at(self, byte: usize) -> Self {
        self.cut_at(byte, End::Reset)
    }

    pub(crate) fn truncated_at(self, byte: usize) -> Self {
        self.cut_at(byte, End::Close)
    }

    pub(crate) fn stalled_at(self, byte: usize) -> Self {
        self.cut_at(byte, End::Stall)
    }

    fn cut_at(mut self, byte: usize, end: End) -> Self {
        self.faults.cut = Some((byte, end));
        self
    }

    /// Resets the connection within the request's content.
    pub(crate) fn upload_reset_at(mut self, byte: usize) -> Self {
        self.faults.upload_cut = Some(byte);
        self
    }

    /// Answers within the request's content, and ends the connection.
    pub(crate) fn before_upload_ends(mut self, byte: usize) -> Self {
        self.faults.early = Some(byte);
        self
    }

    /// Ends the connection after the answer, without saying so in it.
    pub(crate) fn then(mut self, end: End) -> Self {
        self.faults.after = Some(end);
        self
    }

    pub(crate) fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// Without a `Content-Length`: the end of the connection is that of the content.
    pub(crate) fn unframed(mut self) -> Self {
        self.framing = Framing::Close;
        self
    }

    /// With a `Content-Length` that is not true.
    pub(crate) fn claiming(mut self, length: u64) -> Self {
        self.framing = Framing::Claimed(length);
        self
    }
}
