//! How an answer gets onto the wire, faults included.

use std::{fmt::Write as _, io, time::Duration};

use aws_smithy_types::{DateTime, date_time::Format};
use bytes::{Bytes, BytesMut};
use tokio::{io::AsyncWriteExt as _, time::sleep};

use super::{
    answer::{Answer, Content, End, Framing},
    connection::Socket,
    request::Request,
    script::Script,
};

/// Endless content ends here, should the client take it all.
const ENDLESS: usize = 256 * 1024 * 1024;

impl Answer {
    /// The answer with the store's word in it, and with what every answer of S3 has.
    pub(super) fn resolved(mut self, request: &Request, script: &Script) -> Self {
        if matches!(self.content, Content::Stored) {
            let honest = script.store.answer(request);
            let own = std::mem::take(&mut self.headers);
            self.status = honest.status;
            self.content = honest.content;
            self.headers = honest.headers;
            self = own.iter().fold(self, |answer, (name, value)| answer.header(name, value));
        }
        let has = |name: &str| self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
        let (has_date, has_id) = (has("date"), has("x-amz-request-id"));
        if !has_date && let Ok(date) = DateTime::from_secs(script.now()).fmt(Format::HttpDate) {
            self = self.header("date", &date);
        }
        if has_id { self } else { self.header("x-amz-request-id", "FAULT") }
    }

    fn head(&self, length: usize) -> String {
        let mut head = format!("HTTP/1.1 {} Answer\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = match self.framing {
            _ if matches!(self.status, 204 | 304) => Ok(()),
            Framing::Length => write!(head, "content-length: {length}\r\n"),
            Framing::Claimed(length) => write!(head, "content-length: {length}\r\n"),
            Framing::Chunked => write!(head, "transfer-encoding: chunked\r\n"),
            Framing::Close => write!(head, "connection: close\r\n"),
        };
        head.push_str("\r\n");
        head
    }
}

/// Sends an answer; how the connection ends if it does.
pub(super) async fn send(stream: &mut impl Socket, answer: Answer, request: &Request) -> io::Result<Option<End>> {
    let faults = answer.faults;
    sleep(faults.delay).await;
    if faults.instead.is_some() {
        return Ok(faults.instead);
    }
    let (mut content, repeat) = match &answer.content {
        Content::Bytes(bytes) => (bytes.clone(), 1),
        Content::Endless(piece) => (piece.clone(), ENDLESS.div_ceil(piece.len().max(1))),
        Content::Stored => (Bytes::new(), 1),
        Content::Raw(bytes) => {
            stream.write_all(bytes).await?;
            stream.flush().await?;
            return Ok(faults.after);
        }
    };
    let (spaces, pause) = faults.padding.unwrap_or_default();
    let mut head = answer.head(content.len() + spaces);
    if request.method == "HEAD" || matches!(answer.status, 204 | 304) {
        stream.write_all(head.as_bytes()).await?;
        stream.flush().await?;
        return Ok(faults.after);
    }
    if let Some(byte) = faults.flip {
        content = flipped(&content, byte);
    }
    let limit = faults.cut.map_or(usize::MAX, |(byte, _)| byte);
    let chunked = matches!(answer.framing, Framing::Chunked);
    if spaces > 0 {
        stream.write_all(std::mem::take(&mut head).as_bytes()).await?;
    }
    for _ in 0..spaces {
        write(stream, b" ", chunked).await?;
        sleep(pause).await;
    }
    // One write for the whole of a small answer, as servers do.
    let mut begin = BytesMut::from(head.as_bytes());
    let mut sent = 0;
    let (size, pause) = faults.drip.unwrap_or((usize::MAX, Duration::ZERO));
    'content: for _ in 0..repeat {
        for piece in content.chunks(size.min(content.len().max(1))) {
            let piece = &piece[..piece.len().min(limit - sent)];
            frame(&mut begin, piece, chunked);
            stream.write_all(&begin.split()).await?;
            stream.flush().await?;
            sent += piece.len();
            if sent == limit {
                break 'content;
            }
            if faults.drip.is_some() {
                sleep(pause).await;
            }
        }
    }
    stream.write_all(&begin).await?;
    if let Some((_, end)) = faults.cut {
        stream.flush().await?;
        return Ok(Some(end));
    }
    if chunked {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    stream.flush().await?;
    let closes = matches!(answer.framing, Framing::Close);
    if closes || faults.after == Some(End::Close) {
        stream.shutdown().await?;
    }
    Ok(faults.after.or(closes.then_some(End::Close)))
}

async fn write(stream: &mut impl Socket, piece: &[u8], chunked: bool) -> io::Result<()> {
    let mut framed = BytesMut::new();
    frame(&mut framed, piece, chunked);
    stream.write_all(&framed).await
}

fn frame(to: &mut BytesMut, piece: &[u8], chunked: bool) {
    match (chunked, piece.is_empty()) {
        (true, false) => {
            to.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            to.extend_from_slice(piece);
            to.extend_from_slice(b"\r\n");
        }
        _ => to.extend_from_slice(piece),
    }
}

fn flipped(content: &Bytes, byte: usize) -> Bytes {
    let mut content = content.to_vec();
    if let Some(byte) = content.get_mut(byte) {
        *byte ^= 1;
    }
    content.into()
}
