//! The wire: our own HTTP client under the SDK.
//!
//! One pool of HTTP/1.1 connections for each server and runtime. The TLS roots of the system are read on the first https
//! request, not before: that costs milliseconds that a plain-http or presign-only script need not pay.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        connector_metadata::ConnectorMetadata,
        http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    shared::IntoShared,
};
use aws_smithy_types::body::SdkBody;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector as Tcp, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use once_cell::sync::OnceCell;
use tower_service::Service;

use super::{
    guard::{Guarded, Limits},
    progress::{Progress, Watched},
};

/// How long an unused connection stays in the pool. Servers commonly close theirs after 5 to 75 seconds.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(90);

/// The largest answer that is not an object's content: XML of at most 1,000 entries, whose keys may be 1,024 bytes long and
/// three times that when URL-encoded.
const MOST_TEXT: u64 = 16 * 1024 * 1024;

/// How the SDK marks the one operation whose answer is an object's content.
const READ: &str = "x-id=GetObject";

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong before the first byte of an answer, as far as the SDK's own categories do not tell.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportError {
    /// No connection within the limit.
    #[error("no connection within connect_timeout ({0:?})")]
    ConnectTimeout(Duration),
    /// No connection: refused, unreachable, unknown host, TLS.
    #[error("{0}")]
    Connect(String),
    /// Connected and sent, but no answer within the limit.
    #[error("no answer within read_timeout ({0:?})")]
    FirstByteTimeout(Duration),
    /// The system has no TLS root certificates.
    #[error("no TLS root certificates found on this system (install the package ca-certificates): {0}")]
    NoTlsRoots(String),
    /// The connection broke.
    #[error("{0}")]
    Broken(String),
    /// An answer began, and then nothing came within the limit.
    #[error("no byte within read_timeout ({0:?})")]
    Silent(Duration),
    /// An answer came too slowly for too long.
    #[error("less than minimum_rate ({0} bytes a second)")]
    TooSlow(u64),
    /// An answer that is no object's content is larger than any that is well-formed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
}

/// The HTTP client of one server.
#[derive(Clone)]
pub(super) struct Transport {
    shared: Arc<Shared>,
}

struct Shared {
    connect_timeout: Duration,
    minimum_rate: Option<u64>,
    plain: Client<Timed<Tcp>, Watched>,
    tls: OnceCell<Client<Timed<HttpsConnector<Tcp>>, Watched>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Transport {
    /// A client without connections.
    #[must_use]
    pub(super) fn new(connect_timeout: Duration, minimum_rate: Option<u64>) -> Self {
        let plain = pool(Timed { inner: tcp(), limit: connect_timeout });
        Self { shared: Arc::new(Shared { connect_timeout, minimum_rate, plain, tls: OnceCell::new() }) }
    }

    async fn send(self, request: HttpRequest, read_timeout: Option<Duration>) -> Result<HttpResponse, ConnectorError> {
        // Lets the runtime hear of connections that the server closed since the last call; without this turn of its
        // driver a dead one would be taken from the pool.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let request = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?;
        let https = request.uri().scheme_str() == Some("https");
        let is_read = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == READ));
        let progress = Progress::starting_after(self.shared.connect_timeout);
        let mut request = request.map(|body| Watched { body, progress: progress.clone() });
        let connection = capture_connection(&mut request);
        let response = if https { self.tls()?.request(request) } else { self.shared.plain.request(request) };
        let response = match read_timeout {
            Some(limit) => progress
                .within(limit, connection, response)
                .await
                .ok_or_else(|| ConnectorError::timeout(TransportError::FirstByteTimeout(limit).into()))?,
            None => response.await,
        };
        let response = response.map_err(|error| classify(&error))?;
        let most = if is_read && response.status().is_success() { None } else { Some(MOST_TEXT) };
        let limits = Limits { silence: read_timeout, minimum_rate: self.shared.minimum_rate, most };
        let response = response.map(|body| SdkBody::from_body_1_x(Guarded::new(body, limits)));
        HttpResponse::try_from(response).map_err(|e| ConnectorError::other(e.into(), None))
    }

    fn tls(&self) -> Result<&Client<Timed<HttpsConnector<Tcp>>, Watched>, ConnectorError> {
        self.shared.tls.get_or_try_init(|| {
            let mut tcp = tcp();
            tcp.enforce_http(false);
            let https = HttpsConnectorBuilder::new()
                .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
                .map_err(|e| ConnectorError::user(TransportError::NoTlsRoots(e.to_string()).into()))?
                .https_only()
                .enable_http1()
                .wrap_connector(tcp);
            Ok(pool(Timed { inner: https, limit: self.shared.connect_timeout }))
        })
    }
}

fn tcp() -> Tcp {
    let mut tcp = Tcp::new();
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(Duration::from_mins(1)));
    tcp
}

fn pool<C>(connector: Timed<C>) -> Client<Timed<C>, Watched>
where
    Timed<C>: Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .build(connector)
}

fn classify(error: &hyper_util::client::legacy::Error) -> ConnectorError {
    let text = chain(error);
    if error.is_connect() {
        return match find::<TransportError>(error) {
            Some(TransportError::ConnectTimeout(limit)) => {
                ConnectorError::io(TransportError::ConnectTimeout(*limit).into())
            }
            _ => ConnectorError::io(TransportError::Connect(text).into()),
        };
    }
    ConnectorError::io(TransportError::Broken(text).into())
}

/// The error of a type within a chain of causes.
pub(super) fn find<'a, E: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The innermost cause in words; the outer ones say little ("client error (Connect)").
pub(super) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

impl HttpClient for Transport {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        Connector { transport: self.clone(), read_timeout: settings.read_timeout() }.into_shared()
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

#[derive(Debug)]
struct Connector {
    transport: Transport,
    read_timeout: Option<Duration>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.transport.clone().send(request, self.read_timeout))
    }
}

/// A connector with one limit for name look-up, connection and handshake together.
#[derive(Clone)]
struct Timed<C> {
    inner: C,
    limit: Duration,
}

impl<C> Service<Uri> for Timed<C>
where
    C: Service<Uri>,
    C::Response: Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = self.limit;
        let connecting = self.inner.call(uri);
        Box::pin(async move {
            match tokio::time::timeout(limit, connecting).await {
                Ok(connected) => connected.map_err(Into::into),
                Err(_) => Err(TransportError::ConnectTimeout(limit).into()),
            }
        })
    }
}
