//! One connection: requests in, answers out, until one of them ends it.

use std::{net::SocketAddr, sync::PoisonError, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};
use tokio_rustls::server::TlsStream;

use super::{
    Shared,
    answer::{Answer, End},
    delivery,
    request::Request,
};

/// The largest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// What was sent shall have arrived before a reset overtakes it.
const BEFORE_RESET: Duration = Duration::from_millis(10);

/// A stream over TCP.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin {
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

pub(super) async fn serve(mut stream: impl Socket, peer: SocketAddr, shared: &Shared) {
    let mut received = BytesMut::new();
    while let Some(mut request) = read_head(&mut stream, &mut received, peer.port()).await {
        let answer = shared.script.answer(&request);
        let faults = answer.as_ref().map(|answer| answer.faults).unwrap_or_default();
        let cut = faults.upload_cut.or(faults.early);
        let whole = read_content(&mut stream, &mut received, &mut request, cut).await;
        shared.log.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        if faults.upload_cut.is_some() {
            return end(stream, End::Reset).await;
        }
        if !whole {
            return;
        }
        let answer = answer.unwrap_or_else(Answer::stored).resolved(&request, &shared.script);
        match delivery::send(&mut stream, answer, &request).await {
            Ok(None) if faults.early.is_some() => return,
            Ok(None) => {}
            Ok(Some(how)) => return end(stream, how).await,
            // The client has gone.
            Err(_) => return,
        }
    }
}

async fn end(mut stream: impl Socket, how: End) {
    match how {
        End::Reset => {
            sleep(BEFORE_RESET).await;
            let _ = stream.tcp().set_zero_linger();
        }
        End::Close => {}
        // Until the client goes away.
        End::Stall => while stream.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0) {},
    }
}

async fn read_head(stream: &mut impl Socket, received: &mut BytesMut, port: u16) -> Option<Request> {
    loop {
        if let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = received.split_to(end + 4);
            return Request::parse(std::str::from_utf8(&head[..end]).ok()?, port);
        }
        if received.len() > MAX_HEAD || stream.read_buf(received).await.ok()? == 0 {
            return None;
        }
    }
}

/// Reads the content, up to a point if there is one; whether it came whole.
async fn read_content(
    stream: &mut impl Socket,
    received: &mut BytesMut,
    request: &mut Request,
    cut: Option<usize>,
) -> bool {
    if request.header("expect").is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue"))
        && stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.is_err()
    {
        return false;
    }
    if request.header("transfer-encoding").is_some() {
        let content = read_chunks(stream, received).await;
        request.content = content.clone().unwrap_or_default();
        return content.is_some();
    }
    let length = cut.map_or(usize::MAX, |cut| cut).min(request.content_length());
    let whole = fill(stream, received, length).await;
    request.content = received.split_to(length.min(received.len())).freeze();
    whole
}

/// Has so many bytes received.
async fn fill(stream: &mut impl Socket, received: &mut BytesMut, length: usize) -> bool {
    while received.len() < length {
        if !stream.read_buf(received).await.is_ok_and(|read| read > 0) {
            return false;
        }
    }
    true
}

async fn read_chunks(stream: &mut impl Socket, received: &mut BytesMut) -> Option<Bytes> {
    let mut content = BytesMut::new();
    loop {
        let Some(end) = received.windows(2).position(|two| two == b"\r\n") else {
            let length = received.len() + 1;
            if fill(stream, received, length).await {
                continue;
            }
            return None;
        };
        let line = received.split_to(end + 2);
        let size = usize::from_str_radix(std::str::from_utf8(&line[..end]).ok()?.split(';').next()?, 16).ok()?;
        if !fill(stream, received, size + 2).await {
            return None;
        }
        content.extend_from_slice(&received.split_to(size + 2)[..size]);
        if size == 0 {
            return Some(content.freeze());
        }
    }
}
