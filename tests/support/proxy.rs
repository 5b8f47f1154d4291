//! A bad line in front of any server, and an HTTP proxy whose table of hosts leads to local addresses.
//!
//! ```ignore
//! let proxy = Proxy::to(server.address(), Link::default(), Link { latency: Duration::from_millis(50), ..Link::default() });
//! let proxy = Proxy::http(&[("*.s3.eu-west-1.amazonaws.com", server.address())]);
//! ```

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until},
};

/// The most bytes that are forwarded at a time.
const PIECE: u32 = 16 * 1024;

/// One direction of every connection. Positions are counted for each connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    pub(crate) latency: Duration,
    /// Bytes a second.
    pub(crate) bandwidth: Option<u64>,
    /// From this byte on nothing arrives, and nobody is told.
    pub(crate) lost_from: Option<u64>,
    /// At this byte both ends are reset.
    pub(crate) reset_at: Option<u64>,
}

impl Link {
    /// Takes everything and forwards nothing.
    pub(crate) const BLACKHOLE: Self =
        Self { latency: Duration::ZERO, bandwidth: None, lost_from: Some(0), reset_at: None };
}

/// Where connections lead.
enum Route {
    Address(SocketAddr),
    /// By the host that the client asks for.
    Hosts(Vec<(String, SocketAddr)>),
}

/// A running proxy. Dropping it closes every connection.
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    resets: watch::Sender<u32>,
    _stop: oneshot::Sender<()>,
}

struct Shared {
    route: Route,
    up: Link,
    down: Link,
    /// What each connection asked for first; empty where nothing is asked.
    asked: Mutex<Vec<String>>,
}

impl Proxy {
    /// Forwards to an address: `up` from the client to it, `down` the other way.
    pub(crate) fn to(address: SocketAddr, up: Link, down: Link) -> Self {
        Self::start(Route::Address(address), up, down)
    }

    /// Tunnels (`CONNECT`) and forwards (`GET http://host/…`) to the hosts of a table, whatever their port; `*.` stands for
    /// any first labels. Other hosts are a 502.
    pub(crate) fn http(hosts: &[(&str, SocketAddr)]) -> Self {
        let hosts = hosts.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect();
        Self::start(Route::Hosts(hosts), Link::default(), Link::default())
    }

    fn start(route: Route, up: Link, down: Link) -> Self {
        let shared = Arc::new(Shared { route, up, down, asked: Mutex::default() });
        let (resets, reset) = watch::channel(0);
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let (ready, is_ready) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = listen(up.bandwidth).expect("a port");
                ready.send(listener.local_addr().expect("an address")).expect("a test that waits");
                tokio::select! {
                    () = accept(listener, serving, reset) => {}
                    _ = stopped => {}
                }
            });
        });
        let address = is_ready.recv().expect("a proxy that listens");
        Self { address, shared, resets, _stop: stop }
    }

    /// `http://127.0.0.1:PORT`: the endpoint that it stands for, or the proxy to configure.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What each connection so far asked for first, such as `CONNECT host:443`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.asked().len()
    }

    /// Resets every connection that is open now.
    pub(crate) fn reset_all(&self) {
        self.resets.send_modify(|count| *count += 1);
    }
}

fn listen(bandwidth: Option<u64>) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    if bandwidth.is_some() {
        // Accepted sockets have the same. What waits in a large buffer would not look slow to its sender.
        socket.set_recv_buffer_size(PIECE)?;
    }
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    socket.listen(1024)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, resets: watch::Receiver<u32>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        let mut resets = resets.clone();
        resets.mark_unchanged();
        tokio::spawn(async move {
            // Whoever ends a connection, the other end sees it.
            let _ = carry(client, &shared, resets).await;
        });
    }
}

async fn carry(mut client: TcpStream, shared: &Shared, mut resets: watch::Receiver<u32>) -> io::Result<()> {
    let mut first = BytesMut::new();
    let address = match &shared.route {
        Route::Address(address) => {
            shared.note(String::new());
            *address
        }
        Route::Hosts(hosts) => match ask(&mut client, &mut first, shared, hosts).await? {
            Some(address) => address,
            None => return client.write_all(b"HTTP/1.1 502 No Such Host\r\ncontent-length: 0\r\n\r\n").await,
        },
    };
    let mut server = TcpStream::connect(address).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let broken = {
        let (client_in, client_out) = client.split();
        let (server_in, server_out) = server.split();
        let up = flow(io::Cursor::new(first).chain(client_in), server_out, shared.up);
        let down = flow(server_in, client_out, shared.down);
        let both = async { tokio::try_join!(up, down) };
        tokio::select! {
            done = both => done.is_err(),
            _ = resets.changed() => true,
        }
    };
    if broken {
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    Ok(())
}

/// Reads what the client asks a proxy for; the address that it leads to.
async fn ask(
    client: &mut TcpStream,
    first: &mut BytesMut,
    shared: &Shared,
    hosts: &[(String, SocketAddr)],
) -> io::Result<Option<SocketAddr>> {
    let end = loop {
        if let Some(end) = first.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if client.read_buf(first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&first[..end]).into_owned();
    let line = head.split("\r\n").next().unwrap_or_default();
    let asked = line.rsplit_once(' ').map_or(line, |(asked, _version)| asked).to_owned();
    shared.note(asked.clone());
    let (method, target) = asked.split_once(' ').unwrap_or_default();
    let authority = target.split_once("://").map_or(target, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _port)| host);
    let found = hosts.iter().find(|(name, _)| match name.strip_prefix('*') {
        Some(suffix) => host.ends_with(suffix),
        None => host == name,
    });
    if method == "CONNECT" && found.is_some() {
        let _ = first.split_to(end + 4);
        client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    }
    // Other requests are forwarded as they are: an origin server has to accept absolute form (RFC 9112 §3.2.2).
    Ok(found.map(|(_, address)| *address))
}

impl Shared {
    fn note(&self, asked: String) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }
}

/// One direction, until its end; an error where both ends shall be reset.
async fn flow(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, link: Link) -> io::Result<()> {
    let (arrivals, mut underway) = mpsc::channel::<(Instant, Bytes)>(if link.bandwidth.is_some() { 1 } else { 1024 });
    let read = async move {
        loop {
            let mut piece = BytesMut::with_capacity(PIECE as usize);
            if from.read_buf(&mut piece).await? == 0 {
                return Ok::<_, io::Error>(());
            }
            if arrivals.send((Instant::now() + link.latency, piece.freeze())).await.is_err() {
                return Ok(());
            }
        }
    };
    let write = async move {
        let mut position = 0;
        let mut began = None;
        while let Some((due, piece)) = underway.recv().await {
            sleep_until(due).await;
            let left = |limit: Option<u64>| {
                let left = limit.map_or(u64::MAX, |limit| limit.saturating_sub(position));
                piece.len().min(usize::try_from(left).unwrap_or(usize::MAX))
            };
            let resets = left(link.reset_at) < piece.len() || link.reset_at == Some(position);
            let arriving = &piece[..left(link.lost_from).min(left(link.reset_at))];
            to.write_all(arriving).await?;
            position += piece.len() as u64;
            if resets {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            if let Some(bandwidth) = link.bandwidth {
                let began = *began.get_or_insert_with(Instant::now);
                sleep_until(began + Duration::from_micros(position * 1_000_000 / bandwidth)).await;
            }
        }
        if link.lost_from.is_none_or(|lost| position < lost) {
            to.shutdown().await?;
        }
        Ok::<_, io::Error>(())
    };
    tokio::try_join!(read, write).map(|_| ())
}
