//! A server that misbehaves on purpose: it answers each request with the next line of a script, over plain TCP or TLS, and
//! logs what it was asked.
//!
//! ```ignore
//! let script = Script::new()
//!     .object("/bucket/x", b"0123456789")
//!     .on("GET /bucket/x", [Answer::stored().reset_at(4), Answer::stored()]);
//! let server = FaultServer::start(script);
//! // ... a client reads `x` at server.endpoint() ...
//! assert_eq!(server.requests()[1].header("range"), Some("bytes=4-9"));
//! ```
//!
//! What no line of the script is for is answered honestly from a small store of objects.

mod answer;
mod connection;
mod delivery;
mod request;
mod script;
mod store;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use rustls::ServerConfig;
use tokio::{net::TcpListener, sync::oneshot};
use tokio_rustls::TlsAcceptor;

pub(crate) use answer::{Answer, End};
pub(crate) use request::Request;
pub(crate) use script::Script;

/// A running server. Dropping it closes every connection.
pub(crate) struct FaultServer {
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    /// Its end is the server's.
    _stop: oneshot::Sender<()>,
}

struct Shared {
    script: Script,
    log: Mutex<Vec<Request>>,
}

impl FaultServer {
    pub(crate) fn start(script: Script) -> Self {
        Self::spawn(script, None)
    }

    pub(crate) fn start_tls(script: Script, tls: Arc<ServerConfig>) -> Self {
        Self::spawn(script, Some(tls.into()))
    }

    /// On a thread and a runtime of its own: clients may block theirs.
    fn spawn(script: Script, tls: Option<TlsAcceptor>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared { script, log: Mutex::default() });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = accept(listener, tls, serving) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, scheme, shared, _stop: stop }
    }

    /// The base URL.
    pub(crate) fn endpoint(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Every request so far, in the order of their arrival. One is here before its answer begins.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests so far as `METHOD PATH`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.path())).collect()
    }

    /// The content of an object in the store.
    pub(crate) fn stored(&self, path: &str) -> Option<Vec<u8>> {
        self.shared.script.store.content(path)
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((stream, peer)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            match tls {
                None => connection::serve(stream, peer, &shared).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection::serve(stream, peer, &shared).await;
                    }
                }
            }
        });
    }
}
