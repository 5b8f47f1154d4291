//! A TCP socket that counts its bytes, plain or under TLS.
//!
//! The counters tell whether a request moves, and whether any byte of an answer has come. The socket is shared between the
//! connection that uses it and the pool, which looks at it before a connection is used again.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// A connected socket and what has passed through it. Clones are the same socket.
#[derive(Debug, Clone)]
pub(super) struct Socket(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    tcp: TcpStream,
    received: AtomicU64,
    sent: AtomicU64,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream) -> Self {
        Self(Arc::new(Counted { tcp, received: AtomicU64::new(0), sent: AtomicU64::new(0) }))
    }

    /// Bytes that have come.
    pub(super) fn received(&self) -> u64 {
        self.0.received.load(Ordering::Relaxed)
    }

    /// Bytes that the system has taken.
    pub(super) fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Relaxed)
    }

    /// Whether an idle connection can be used: open, and nothing has come that nobody asked for (such as the notice that
    /// TLS sends before it closes). Asks the system, because the runtime was not driven since the last call and has not
    /// heard of anything.
    pub(super) fn is_quiet(&self) -> bool {
        let peeked = SockRef::from(&self.0.tcp).peek(&mut [MaybeUninit::uninit()]);
        matches!(peeked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Tells the peer at once what has come. A server that sends the head of an answer apart from a small content, and leaves Nagle's
    /// algorithm on, waits for that before it sends the content (Ceph's gateway as it comes does, and Garage), and the system would
    /// take 40 ms (`TCP_DELACK_MIN`). Holds for what has come, not for what will: tcp(7), `TCP_QUICKACK`. Where it cannot be told nothing is lost but time.
    pub(super) fn acknowledge(&self) {
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&self.0.tcp).set_tcp_quickack(true);
    }

    /// Reads what is there. After a short read nothing more is: the runtime is told so, which saves the read that would find it out, and the
    /// edge-triggered poll wakes for whatever comes later. Both are one step for the runtime, as in tokio's own `poll_read`: another
    /// thread may hear of more bytes between the two, and that must not be forgotten with what was known before.
    fn receive(&self, buffer: &mut ReadBuf<'_>) -> io::Result<usize> {
        let asked = buffer.remaining();
        let mut received = None;
        let outcome = self.0.tcp.try_io(Interest::READABLE, || {
            // Into memory that was never written: clearing it first would cost as much as the copy.
            let read = self.0.tcp.try_read_buf(buffer)?;
            received = Some(read);
            if read > 0 && read < asked { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
        });
        received.map_or_else(|| outcome.map(|()| 0), Ok)
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.tcp.poll_read_ready(cx))?;
            match self.receive(buffer) {
                Ok(read) => {
                    self.0.received.fetch_add(read as u64, Ordering::Relaxed);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl Socket {
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        try_send: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.tcp.poll_write_ready(cx))?;
            match try_send(&self.0.tcp) {
                Ok(sent) => {
                    self.0.sent.fetch_add(sent as u64, Ordering::Relaxed);
                    return Poll::Ready(Ok(sent));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_send(cx, |tcp| tcp.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(cx, |tcp| tcp.try_write_vectored(pieces))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(&self.0.tcp).shutdown(std::net::Shutdown::Write))
    }
}

/// What HTTP is spoken over.
#[derive(Debug)]
pub(super) enum Channel {
    Plain(TokioIo<Socket>),
    Tls(Box<TokioIo<TlsStream<Socket>>>),
}

/// Both kinds of channel do the same.
macro_rules! either {
    ($self:ident, $channel:ident => $call:expr) => {
        match $self.get_mut() {
            Channel::Plain(channel) => {
                let $channel = Pin::new(channel);
                $call
            }
            Channel::Tls(channel) => {
                let $channel = Pin::new(&mut **channel);
                $call
            }
        }
    };
}

impl hyper::rt::Read for Channel {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, channel => channel.poll_read(cx, buffer))
    }
}

impl hyper::rt::Write for Channel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, channel => channel.poll_write(cx, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, channel => channel.poll_write_vectored(cx, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(channel) => channel.is_write_vectored(),
            Self::Tls(channel) => channel.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, channel => channel.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, channel => channel.poll_shutdown(cx))
    }
}
