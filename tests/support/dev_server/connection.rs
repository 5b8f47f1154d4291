//! Accepting connections, and closing those that idle.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::http_layer::HttpLayer;

/// How long requests in progress may take to finish when the server stops.
const STOP_TIME: Duration = Duration::from_secs(2);

/// How long a client may take to agree on TLS.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Whether a connection is answering requests, and since when it is not.
#[derive(Debug)]
struct Activity {
    requests: usize,
    idle_since: Instant,
}

/// Held while a request is being answered.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Mutex<Activity>>);

impl InFlight {
    fn new(activity: &Arc<Mutex<Activity>>) -> Self {
        activity.lock().unwrap_or_else(PoisonError::into_inner).requests += 1;
        Self(Arc::clone(activity))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut activity = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        activity.requests -= 1;
        activity.idle_since = Instant::now();
    }
}

/// Accepts connections until `stop` changes, then lets requests in progress finish.
pub(crate) async fn serve(
    listener: TcpListener,
    layer: HttpLayer,
    tls: Option<TlsAcceptor>,
    idle_timeout: Option<Duration>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            // A closed channel means that the handle is gone.
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let layer = HttpLayer { connection: layer.log.connection(), ..layer.clone() };
                connections.spawn(open(stream, layer, tls.clone(), idle_timeout, stop.clone()));
            }
            Err(error) => {
                // Most often out of file descriptors: wait for some to be closed.
                eprintln!("dev_server: cannot accept a connection: {error}");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    // What has not finished by then is cut off.
    let _ = timeout(STOP_TIME, async { while connections.join_next().await.is_some() {} }).await;
}

async fn open(
    stream: TcpStream,
    layer: HttpLayer,
    tls: Option<TlsAcceptor>,
    idle_timeout: Option<Duration>,
    mut stop: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        eprintln!("dev_server: cannot set TCP_NODELAY: {error}");
    }
    let Some(tls) = tls else { return serve_connection(stream, layer, idle_timeout, stop).await };
    let agreed = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return,
        agreed = timeout(HANDSHAKE_TIME, tls.accept(stream)) => agreed,
    };
    // A client that does not trust the certificate says so to its own user.
    if let Ok(Ok(stream)) = agreed {
        serve_connection(stream, layer, idle_timeout, stop).await;
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    layer: HttpLayer,
    idle_timeout: Option<Duration>,
    mut stop: watch::Receiver<bool>,
) {
    let activity = Arc::new(Mutex::new(Activity { requests: 0, idle_since: Instant::now() }));
    let service = service_fn(|req| layer.clone().call(req, InFlight::new(&activity)));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    let mut closing = false;
    loop {
        tokio::select! {
            // An error here is a client that went away or does not speak HTTP: nobody is left to tell.
            _ = connection.as_mut() => return,
            () = idled(&activity, idle_timeout), if !closing => {}
            _ = stop.wait_for(|stop| *stop), if !closing => {}
        }
        // Closes at once if no request is in progress.
        connection.as_mut().graceful_shutdown();
        closing = true;
    }
}

/// Returns when no request was in progress for as long as the timeout; never without a timeout.
async fn idled(activity: &Mutex<Activity>, idle_timeout: Option<Duration>) {
    let Some(idle_timeout) = idle_timeout else {
        return pending().await;
    };
    loop {
        let now = Instant::now();
        let since = {
            let activity = activity.lock().unwrap_or_else(PoisonError::into_inner);
            // A request in progress: it cannot become idle for that long any sooner than that.
            if activity.requests > 0 { now } else { activity.idle_since }
        };
        // Too long for a clock is as good as never.
        let Some(deadline) = since.checked_add(idle_timeout) else {
            return pending().await;
        };
        if deadline <= now {
            return;
        }
        sleep_until(deadline).await;
    }
}

/// Binds the address the server listens on.
pub(crate) fn bind(host: &str, port: u16) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind((host, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}
