//! A bad line in front of any server, and an HTTP proxy whose table of hosts leads to local addresses.
//!
//! A line is the same for every connection, or drawn anew for each (`Proxy::drawn`), as the program `chaos_proxy` does.
//!
//! ```ignore
//! let proxy = Proxy::to(server.address(), Link::default(), Link { latency: Duration::from_millis(50), ..Link::default() });
//! let proxy = Proxy::http(&[("*.s3.eu-west-1.amazonaws.com", server.address())]);
//! ```

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, Interest, Ready},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, sleep_until},
};

/// The most bytes that are forwarded at a time.
const PIECE: u32 = 16 * 1024;

/// One direction of every connection. Positions are counted for each connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link {
    pub(crate) latency: Duration,
    /// Bytes a second.
    pub(crate) bandwidth: Option<u64>,
    /// The byte from which on the bandwidth holds.
    pub(crate) slow_from: u64,
    /// From this byte on nothing arrives, and nobody is told.
    pub(crate) lost_from: Option<u64>,
    /// At this byte both ends are reset.
    pub(crate) reset_at: Option<u64>,
    /// At this byte both ends are closed, as if the other one had nothing more to say.
    pub(crate) closed_at: Option<u64>,
}

impl Link {
    /// Takes everything and forwards nothing.
    pub(crate) const BLACKHOLE: Self = Self {
        latency: Duration::ZERO,
        bandwidth: None,
        slow_from: 0,
        lost_from: Some(0),
        reset_at: None,
        closed_at: None,
    };
}

/// The lines of a connection: up, from the client to the server, and down.
type Draw = Box<dyn Fn() -> (Link, Link) + Send + Sync>;

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
    draw: Draw,
    /// Whether a client that is done, or gone, takes its connection with it: nothing of it arrives later.
    is_abandoned: bool,
    /// What each connection asked for first; empty where nothing is asked.
    asked: Mutex<Vec<String>>,
    /// What went wrong how often, and bytes.
    counts: Mutex<BTreeMap<&'static str, u64>>,
}

impl Proxy {
    /// Forwards to an address: `up` from the client to it, `down` the other way.
    pub(crate) fn to(address: SocketAddr, up: Link, down: Link) -> Self {
        Self::start(Route::Address(address), Box::new(move || (up, down)), up.bandwidth.is_some(), false)
    }

    /// Forwards to an address, over lines that are drawn for each connection. A client that closes its connection takes
    /// it down with all that is under way, so nothing that it has given up arrives later.
    pub(crate) fn drawn(address: SocketAddr, draw: impl Fn() -> (Link, Link) + Send + Sync + 'static) -> Self {
        Self::start(Route::Address(address), Box::new(draw), true, true)
    }

    /// Tunnels (`CONNECT`) and forwards (`GET http://host/…`) to the hosts of a table, whatever their port; `*.` stands for
    /// any first labels. Other hosts are a 502.
    pub(crate) fn http(hosts: &[(&str, SocketAddr)]) -> Self {
        let hosts = hosts.iter().map(|(name, address)| ((*name).to_owned(), *address)).collect();
        Self::start(Route::Hosts(hosts), Box::new(<(Link, Link)>::default), false, false)
    }

    fn start(route: Route, draw: Draw, may_be_slow: bool, is_abandoned: bool) -> Self {
        let shared = Arc::new(Shared { route, draw, is_abandoned, asked: Mutex::default(), counts: Mutex::default() });
        let (resets, reset) = watch::channel(0);
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let (ready, is_ready) = std::sync::mpsc::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = listen(may_be_slow).expect("a port");
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

    /// What went wrong how often (`reset`, `closed`, `lost`, `slow`, `late`), and the bytes that arrived (`up`, `down`).
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.shared.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Resets every connection that is open now.
    pub(crate) fn reset_all(&self) {
        self.resets.send_modify(|count| *count += 1);
    }
}

fn listen(may_be_slow: bool) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    if may_be_slow {
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
    let (up, down) = (shared.draw)();
    if up.latency + down.latency > Duration::ZERO {
        shared.count("late", 1);
    }
    // A second descriptor of the same socket, since the first one is lent out.
    let (seen, lent) = twice(client)?;
    client = lent;
    let ended = {
        let (client_in, client_out) = client.split();
        let (server_in, server_out) = server.split();
        let up = flow(io::Cursor::new(first).chain(client_in), server_out, up, |event, n| shared.count(event, n), "up");
        let down = flow(server_in, client_out, down, |event, n| shared.count(event, n), "down");
        let both = async { tokio::try_join!(up, down).map_or_else(|end| end, |_| End::Done) };
        tokio::select! {
            end = both => end,
            _ = resets.changed() => End::Reset,
            () = gone(&seen), if shared.is_abandoned => End::Reset,
        }
    };
    if matches!(ended, End::Reset) {
        client.set_zero_linger()?;
        server.set_zero_linger()?;
    }
    Ok(())
}

/// How a connection ends.
enum End {
    Done,
    Closed,
    Reset,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Reset
    }
}

fn twice(stream: TcpStream) -> io::Result<(TcpStream, TcpStream)> {
    let stream = stream.into_std()?;
    Ok((TcpStream::from_std(stream.try_clone()?)?, TcpStream::from_std(stream)?))
}

/// Waits until the other end has closed, also while bytes of it are still to be read.
async fn gone(stream: &TcpStream) {
    while !stream.ready(Interest::READABLE).await.is_ok_and(Ready::is_read_closed) {
        sleep(Duration::from_millis(20)).await;
    }
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
    fn count(&self, event: &'static str, by: u64) {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(event).or_default() += by;
    }

    fn note(&self, asked: String) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
    }
}

/// One direction, until its end; an error where that is the end of both.
async fn flow(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    link: Link,
    count: impl Fn(&'static str, u64),
    direction: &'static str,
) -> Result<(), End> {
    let (arrivals, mut underway) = mpsc::channel::<(Instant, Bytes)>(if link.bandwidth.is_some() { 1 } else { 1024 });
    let read = async move {
        loop {
            let mut piece = BytesMut::with_capacity(PIECE as usize);
            if from.read_buf(&mut piece).await? == 0 {
                return Ok::<_, End>(());
            }
            if arrivals.send((Instant::now() + link.latency, piece.freeze())).await.is_err() {
                return Ok(());
            }
        }
    };
    let write = async move {
        let mut position = 0;
        let mut slow_since: Option<Instant> = None;
        let mut is_lost = false;
        while let Some((due, piece)) = underway.recv().await {
            sleep_until(due).await;
            let start = position;
            let left = |limit: Option<u64>| {
                let left = limit.map_or(u64::MAX, |limit| limit.saturating_sub(start));
                piece.len().min(usize::try_from(left).unwrap_or(usize::MAX))
            };
            let ends = |limit: Option<u64>| left(limit) < piece.len() || limit == Some(start);
            let arriving = &piece[..left(link.lost_from).min(left(link.reset_at)).min(left(link.closed_at))];
            let (resets, closes) = (ends(link.reset_at), ends(link.closed_at));
            if ends(link.lost_from) && !std::mem::replace(&mut is_lost, true) {
                count("lost", 1);
            }
            let behind = position + piece.len() as u64;
            let pace = link.bandwidth.filter(|_| behind > link.slow_from);
            if pace.is_some() && slow_since.is_none() {
                count("slow", 1);
                slow_since = Some(Instant::now());
            }
            // A tenth of a second's bytes at a time.
            let step = pace.map_or(usize::MAX, |pace| usize::try_from(pace / 10).unwrap_or(usize::MAX).max(1));
            for some in arriving.chunks(step) {
                to.write_all(some).await?;
                count(direction, some.len() as u64);
                position += some.len() as u64;
                if let (Some(pace), Some(since)) = (pace, slow_since) {
                    let slow = position.saturating_sub(link.slow_from);
                    sleep_until(since + Duration::from_micros(slow * 1_000_000 / pace)).await;
                }
            }
            position = behind;
            if resets {
                count("reset", 1);
                return Err(End::Reset);
            }
            if closes {
                count("closed", 1);
                return Err(End::Closed);
            }
        }
        if link.lost_from.is_none_or(|lost| position < lost) {
            to.shutdown().await?;
        }
        Ok::<_, End>(())
    };
    tokio::try_join!(read, write).map(|_| ())
}
