//! The wire: connections that are kept, and one exchange over one of them.
//!
//! A connection is driven by whoever waits for its answer, in the same task: no helper task, no wake-up between two. It lives
//! on the runtime that opened it. One that breaks before any byte of an answer has come, and was used before, had been closed
//! by the server meanwhile; it is replaced at once.

use std::{
    fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header};
use hyper::{
    body::{Body as _, Incoming},
    client::conn::http1::{Builder, Connection, SendRequest},
};
use tokio::time::Instant;

use super::{
    dial::{Dialer, Origin, Route},
    fault::{TransportError, chain, find},
    socket::{Channel, Socket},
};
use crate::{
    backend::{
        contract::{Connections, Run},
        s3::{
            outgoing::Outgoing,
            policy::{Limits, Patience},
        },
    },
    error::Error,
    types::TraceContext,
};

/// How long an unused connection is kept. Servers commonly close theirs after 5 to 75 seconds.
const KEPT_FOR: Duration = Duration::from_secs(90);

/// How many unused connections are kept.
const KEPT_MOST: usize = 64;

/// The largest answer that is not an object's content: XML of at most 1,000 entries, whose keys may be 1,024 bytes long and
/// three times that when URL-encoded.
pub(in crate::backend::s3) const MOST_TEXT: usize = 16 * 1024 * 1024;

/// The connections of one server on one runtime. Clones share them.
#[derive(Clone)]
pub(in crate::backend::s3) struct Pool {
    shared: Arc<Shared>,
}

/// How many headers an answer may have. S3 takes requests with heads of 8 KB, and a field of metadata has 17 bytes at least: what was
/// written can be read. The parser's own limit is 100.
/// Source: Amazon S3 user guide, "Working with object metadata".
const MOST_HEADERS: usize = 512;

/// How long a server may take for an operation while it sends white space.
const LONGEST_OPERATION: Duration = Duration::from_mins(15);

struct Shared {
    dialer: Dialer,
    idle: Mutex<Vec<Idle>>,
    /// One share for each open connection, and this one.
    open: Arc<()>,
}

struct Idle {
    origin: Arc<Origin>,
    since: Instant,
    wire: Wire,
}

/// One connection.
struct Wire {
    socket: Socket,
    requests: SendRequest<Outgoing>,
    driver: Pin<Box<Connection<Channel, Outgoing>>>,
    /// The driver has ended; it must not be driven again.
    over: bool,
    /// It is counted by that.
    _open: Arc<()>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pool")
    }
}

impl Pool {
    /// A pool without connections.
    pub(in crate::backend::s3) fn new(route: Route) -> Self {
        Self { shared: Arc::new(Shared { dialer: Dialer::new(route), idle: Mutex::default(), open: Arc::default() }) }
    }

    /// How many connections there are.
    pub(in crate::backend::s3) fn connections(&self) -> Connections {
        let idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).len();
        Connections { idle, in_use: (Arc::strong_count(&self.shared.open) - 1).saturating_sub(idle) }
    }

    /// Sends a request and waits for the head of its answer. `again` makes the same request once more, if that is possible,
    /// where a kept connection turns out to be dead.
    pub(in crate::backend::s3) async fn send(
        &self,
        origin: &Arc<Origin>,
        limits: Limits,
        mut request: Request<Outgoing>,
        again: impl FnOnce() -> Option<Request<Outgoing>>,
    ) -> Result<Response<Receiving>, TransportError> {
        let (trace, witness) = Run::watch();
        if let Some(trace) = &trace {
            add_trace(request.headers_mut(), trace);
        }
        let answered = |answer: Response<Receiving>| {
            let id = witness.as_ref().and_then(|_| answer.headers().get(REQUEST_ID)?.to_str().ok());
            if let (Some(witness), Some(id)) = (&witness, id) {
                witness.answered(id);
            }
            answer
        };
        if let Some(mut wire) = self.take(origin) {
            let received = wire.socket.received();
            let failed = match wire.exchange(self.addressed(origin, request), limits).await {
                Ok((answer, patience)) => return Ok(answered(self.receiving(origin, wire, answer, patience))),
                Err(error) => error,
            };
            let was_dead = matches!(failed, TransportError::Broken(_)) && wire.socket.received() == received;
            request = match again() {
                Some(again) if was_dead => again,
                _ => return Err(failed),
            };
            if let Some(trace) = &trace {
                add_trace(request.headers_mut(), trace);
            }
        }
        let (socket, channel) = self.shared.dialer.dial(origin, limits.connect).await?;
        let mut wire = Wire::over(socket, channel, Arc::clone(&self.shared.open)).await?;
        let (answer, patience) = wire.exchange(self.addressed(origin, request), limits).await?;
        Ok(answered(self.receiving(origin, wire, answer, patience)))
    }

    /// A proxy wants the whole URL.
    fn addressed(&self, origin: &Origin, mut request: Request<Outgoing>) -> Request<Outgoing> {
        if self.shared.dialer.asks_proxy(origin) {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            if let Ok(whole) = Uri::builder().scheme("http").authority(origin.authority()).path_and_query(path).build()
            {
                *request.uri_mut() = whole;
            }
        }
        request
    }

    /// The connection that was used last: the one that a server is least likely to close next.
    fn take(&self, origin: &Arc<Origin>) -> Option<Wire> {
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(at) = idle.iter().rposition(|kept| Arc::ptr_eq(&kept.origin, origin) || kept.origin == *origin) {
            let kept = idle.remove(at);
            if kept.since.elapsed() < KEPT_FOR && kept.wire.socket.is_quiet() {
                return Some(kept.wire);
            }
        }
        None
    }

    fn keep(&self, origin: Arc<Origin>, wire: Wire) {
        let mut idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        // The oldest is first.
        idle.retain(|kept| now - kept.since < KEPT_FOR);
        if idle.len() >= KEPT_MOST {
            idle.remove(0);
        }
        idle.push(Idle { origin, since: now, wire });
    }

    fn receiving(
        &self,
        origin: &Arc<Origin>,
        wire: Wire,
        answer: Response<Incoming>,
        patience: Patience,
    ) -> Response<Receiving> {
        let (head, incoming) = answer.into_parts();
        let coding = head.headers.get(header::TRANSFER_ENCODING).and_then(|coding| coding.to_str().ok());
        let is_chunked = coding.is_some_and(|coding| coding.trim_end().to_ascii_lowercase().ends_with("chunked"));
        let framed = is_chunked || incoming.size_hint().exact().is_some();
        let mut body = Receiving { incoming, wire: Some((wire, self.clone(), Arc::clone(origin))), patience, framed };
        if body.incoming.is_end_stream() {
            body.finish(&mut Context::from_waker(std::task::Waker::noop()));
        }
        Response::from_parts(head, body)
    }
}

/// What the server calls an exchange.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// What traces a request, which no signature covers.
fn add_trace(headers: &mut HeaderMap, trace: &TraceContext) {
    for (name, value) in [("traceparent", Some(trace.parent())), ("tracestate", trace.state())] {
        if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
}

impl Wire {
    async fn over(socket: Socket, channel: Channel, open: Arc<()>) -> Result<Self, TransportError> {
        let (requests, driver) =
            Builder::new().max_headers(MOST_HEADERS).handshake(channel).await.map_err(|error| broken(&error))?;
        Ok(Self { socket, requests, driver: Box::pin(driver), over: false, _open: open })
    }

    /// Moves whatever can be moved.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.over {
            // An error reaches whoever waits for the answer, too.
            self.over = self.driver.as_mut().poll(cx).is_ready();
        }
    }

    async fn exchange(
        &mut self,
        request: Request<Outgoing>,
        limits: Limits,
    ) -> Result<(Response<Incoming>, Patience), TransportError> {
        let content = request.body().size_hint().lower();
        let before = self.socket.sent();
        let mut patience = Patience::new(limits, before);
        let mut answer = pin!(self.requests.send_request(request));
        let answer = poll_fn(|cx| {
            if !self.over {
                self.over = self.driver.as_mut().poll(cx).is_ready();
            }
            if let Poll::Ready(answer) = answer.as_mut().poll(cx) {
                return Poll::Ready(answer.map_err(|error| broken(&error)));
            }
            // What comes does not count before it is a whole head: a drip of it must have an end.
            let sent = self.socket.sent();
            patience.poll(cx, sent, sent - before < content).map(Err)
        });
        let answer = answer.await?;
        if answer.status().is_success() && self.socket.sent() - before < content {
            return Err(TransportError::Broken("the server said yes before it had the whole content".into()));
        }
        patience.answered(self.socket.received());
        Ok((answer, patience))
    }
}

fn broken(error: &hyper::Error) -> TransportError {
    // What was to be sent could not be read any more.
    if let Some(error) = find::<Error>(error) {
        return TransportError::Content(error.clone());
    }
    if error.is_incomplete_message() {
        return TransportError::Broken("the connection was closed before the whole answer had come".into());
    }
    if error.is_parse() {
        return TransportError::NotHttp(error.to_string());
    }
    TransportError::Broken(chain(error))
}

/// The body of an answer, and the connection that brings it.
pub(in crate::backend::s3) struct Receiving {
    incoming: Incoming,
    wire: Option<(Wire, Pool, Arc<Origin>)>,
    patience: Patience,
    framed: bool,
}

impl fmt::Debug for Receiving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receiving")
    }
}

impl Receiving {
    /// Whether the end can be told from a broken connection: a length was announced, or chunks are used.
    pub(in crate::backend::s3) const fn is_framed(&self) -> bool {
        self.framed
    }

    /// The next piece; `None` at the end. An answer that was announced to be longer is an error.
    pub(in crate::backend::s3) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, TransportError>>> {
        self.poll_piece(cx, true)
    }

    /// Nobody waits for the next piece for now.
    pub(in crate::backend::s3) fn rest(&mut self) {
        self.patience.rest();
    }

    /// `flowing` says whether slowness counts, or only silence.
    fn poll_piece(&mut self, cx: &mut Context<'_>, flowing: bool) -> Poll<Option<Result<Bytes, TransportError>>> {
        let mut driven = false;
        loop {
            match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Ok(bytes) = frame.into_data() {
                        self.patience.rest();
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.wire = None;
                    return Poll::Ready(Some(Err(broken(&error))));
                }
                Poll::Ready(None) => {
                    self.finish(cx);
                    return Poll::Ready(None);
                }
                Poll::Pending if !driven => {
                    // Asking for a piece was what the connection waited for.
                    driven = true;
                    if let Some((wire, ..)) = &mut self.wire {
                        wire.drive(cx);
                    }
                }
                Poll::Pending => {
                    let moved = self.wire.as_ref().map_or(0, |(wire, ..)| {
                        wire.socket.acknowledge();
                        wire.socket.received()
                    });
                    return self.patience.poll(cx, moved, flowing).map(|error| {
                        self.wire = None;
                        Some(Err(error))
                    });
                }
            }
        }
    }

    /// The whole of an answer that is text. While a long operation lasts servers send white space, as slowly as they like.
    pub(in crate::backend::s3) async fn text(mut self) -> Result<Bytes, TransportError> {
        let mut first: Option<Bytes> = None;
        let mut rest = Vec::new();
        let patient_until = Instant::now() + LONGEST_OPERATION;
        let mut has_begun = false;
        while let Some(piece) = poll_fn(|cx| self.poll_piece(cx, has_begun)).await {
            let piece = piece?;
            has_begun |= !piece.trim_ascii_start().is_empty() || Instant::now() > patient_until;
            let Some(first) = &first else {
                first = Some(piece);
                continue;
            };
            if rest.is_empty() {
                rest.extend_from_slice(first);
            }
            rest.extend_from_slice(&piece);
            if rest.len() > MOST_TEXT {
                return Err(TransportError::TooLarge(MOST_TEXT));
            }
        }
        Ok(if rest.is_empty() { first.unwrap_or_default() } else { rest.into() })
    }

    /// The answer has ended; its connection may serve the next request.
    fn finish(&mut self, cx: &mut Context<'_>) {
        let Some((mut wire, pool, origin)) = self.wire.take() else { return };
        wire.drive(cx);
        if !wire.over && wire.requests.is_ready() {
            pool.keep(origin, wire);
        }
    }
}
