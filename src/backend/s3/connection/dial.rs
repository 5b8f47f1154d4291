//! From an origin to a connected channel: name look-up, TCP, proxy, TLS.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::Name, proxy::Tunnel},
    rt::TokioIo,
};
use once_cell::sync::OnceCell;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use crate::{config::is_metadata_address, types::environment};

use super::{
    fault::{TransportError, chain, find},
    socket::{Channel, Socket},
};

/// How long the answer of a name look-up serves. Names of cloud storage change their addresses all the time.
const NAMES_LAST: Duration = Duration::from_secs(10);

/// How long nothing comes before the system asks whether the peer is still there.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// Where requests go: what a connection can be shared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend::s3) struct Origin {
    pub(in crate::backend::s3) tls: bool,
    /// Without the brackets of an IPv6 address.
    pub(in crate::backend::s3) host: String,
    pub(in crate::backend::s3) port: u16,
}

impl Origin {
    /// The origin of an absolute http or https URI.
    pub(in crate::backend::s3) fn of(uri: &Uri) -> Option<Self> {
        let tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Some(Self { tls, host, port })
    }

    /// As it stands in a `Host` header: the port only where it is not the scheme's own.
    pub(in crate::backend::s3) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }

    fn uri(&self) -> Option<Uri> {
        let scheme = if self.tls { "https" } else { "http" };
        Uri::builder().scheme(scheme).authority(self.authority()).path_and_query("/").build().ok()
    }
}

/// How to reach a server beyond its address.
#[derive(Debug, Clone, Default)]
pub(in crate::backend::s3) struct Route {
    /// A file with the certificates to trust instead of the system's.
    pub(in crate::backend::s3) ca_file: Option<String>,
    /// An HTTP proxy: https goes through a tunnel, plain http is asked of the proxy itself.
    pub(in crate::backend::s3) proxy: Option<Uri>,
    /// Whether a name may lead to a link-local address.
    pub(in crate::backend::s3) may_be_link_local: bool,
}

/// Makes connections.
pub(super) struct Dialer {
    tcp: HttpConnector<CachedNames>,
    names: CachedNames,
    tls: OnceCell<TlsConnector>,
    route: Route,
}

impl Dialer {
    pub(super) fn new(route: Route) -> Self {
        let names = CachedNames { known: Arc::default(), may_be_link_local: route.may_be_link_local };
        let mut tcp = HttpConnector::new_with_resolver(names.clone());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        Self { tcp, names, tls: OnceCell::new(), route }
    }

    /// Whether requests to this origin are asked of a proxy, so that they must name the whole URL.
    pub(super) fn asks_proxy(&self, origin: &Origin) -> bool {
        !origin.tls && self.route.proxy.is_some()
    }

    /// Connects. The limit covers look-up, TCP, the proxy's tunnel and the TLS handshake together.
    pub(super) async fn dial(&self, origin: &Origin, limit: Duration) -> Result<(Socket, Channel), TransportError> {
        let connected = timeout(limit, self.connect(origin)).await;
        let connected = connected.unwrap_or(Err(TransportError::ConnectTimeout(limit)));
        if connected.is_err() {
            // The name may have moved.
            let proxy = self.route.proxy.as_ref().and_then(Uri::host);
            self.names.forget(proxy.unwrap_or(&origin.host));
        }
        connected
    }

    async fn connect(&self, origin: &Origin) -> Result<(Socket, Channel), TransportError> {
        let socket = Socket::new(self.reach(origin).await?);
        if !origin.tls {
            let channel = Channel::Plain(TokioIo::new(socket.clone()));
            return Ok((socket, channel));
        }
        let name = ServerName::try_from(origin.host.clone())
            .map_err(|_| TransportError::Connect(format!("\"{}\" is no host name for TLS", origin.host)))?;
        let stream = self.tls()?.connect(name, socket.clone()).await.map_err(|error| {
            let words = match error.get_ref().and_then(|inner| find::<rustls::Error>(inner)) {
                Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) => {
                    "the server does not speak it; is the endpoint an http:// one?".to_owned()
                }
                Some(told) => told.to_string(),
                None => chain(&error),
            };
            TransportError::Connect(format!("TLS with {}: {words}", origin.authority()))
        })?;
        Ok((socket, Channel::Tls(Box::new(TokioIo::new(stream)))))
    }

    /// A TCP connection to an origin, or to the proxy that stands for it.
    async fn reach(&self, origin: &Origin) -> Result<TcpStream, TransportError> {
        let uri = origin.uri().ok_or_else(|| TransportError::Connect(format!("\"{}\" is no host", origin.host)))?;
        let mut tcp = self.tcp.clone();
        let connected = match &self.route.proxy {
            None => tcp.call(uri).await.map_err(|error| {
                TransportError::Connect(format!("no connection to {}: {}", origin.authority(), chain(&error)))
            })?,
            Some(proxy) if !origin.tls => {
                tcp.call(proxy.clone()).await.map_err(|error| through_proxy(proxy, &error))?
            }
            Some(proxy) => {
                // The tunnel asks for a port in so many words.
                let target = format!("https://{}:{}/", uri.host().unwrap_or_default(), origin.port);
                let target = target.parse().map_err(|_| TransportError::Connect("no host".into()))?;
                let mut tunnel = Tunnel::new(proxy.clone(), tcp);
                tunnel.call(target).await.map_err(|error| through_proxy(proxy, &error))?
            }
        };
        Ok(connected.into_inner())
    }

    fn tls(&self) -> Result<&TlsConnector, TransportError> {
        self.tls.get_or_try_init(|| {
            let roots = match &self.route.ca_file {
                Some(file) => roots_of(file)?,
                None => system_roots()?,
            };
            let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
            let mut config = builder
                .with_safe_default_protocol_versions()
                .map_err(|error| TransportError::Connect(error.to_string()))?
                .with_root_certificates(roots)
                .with_no_client_auth();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(TlsConnector::from(Arc::new(config)))
        })
    }
}

fn through_proxy(proxy: &Uri, error: &(dyn std::error::Error + 'static)) -> TransportError {
    TransportError::Connect(format!("through the proxy {}: {}", proxy.host().unwrap_or_default(), chain(error)))
}

/// The system's certificates: read here, on the first https connection, since that takes milliseconds.
fn system_roots() -> Result<RootCertStore, TransportError> {
    let found = environment::locked(rustls_native_certs::load_native_certs);
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        return Err(TransportError::NoTlsRoots(why));
    }
    Ok(roots)
}

fn roots_of(file: &str) -> Result<RootCertStore, TransportError> {
    let unusable = |why: String| TransportError::CaFile(format!("{file}: {why}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unusable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("there is no certificate in it".into()));
    }
    Ok(roots)
}

/// The names that were looked up lately.
#[derive(Debug, Clone, Default)]
struct CachedNames {
    known: Arc<Mutex<Vec<Known>>>,
    may_be_link_local: bool,
}

#[derive(Debug)]
struct Known {
    name: String,
    until: Instant,
    addresses: Vec<SocketAddr>,
}

impl CachedNames {
    fn recent(&self, name: &str) -> Option<Vec<SocketAddr>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        known.retain(|entry| entry.until > now);
        known.iter().find(|entry| entry.name == name).map(|entry| entry.addresses.clone())
    }

    fn note(&self, name: &str, addresses: Vec<SocketAddr>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.push(Known { name: name.to_owned(), until: Instant::now() + NAMES_LAST, addresses });
    }

    fn forget(&self, name: &str) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).retain(|entry| entry.name != name);
    }
}

impl Service<Name> for CachedNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let cache = self.clone();
        Box::pin(async move {
            if let Some(addresses) = cache.recent(name.as_str()) {
                return Ok(addresses.into_iter());
            }
            // On a helper thread, since the system's look-up blocks. The port is filled in by the connector.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = |address: &SocketAddr| cache.may_be_link_local || !is_metadata_address(address.ip());
            let found: Vec<_> = found.filter(allowed).collect();
            if found.is_empty() {
                return Err(io::Error::other("the name leads to link-local addresses only; see allow_link_local"));
            }
            cache.note(name.as_str(), found.clone());
            Ok(found.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (uri, tls, authority) in [
            ("http://127.0.0.1:9000/x", false, "127.0.0.1:9000"),
            ("http://host:80/", false, "host"),
            ("https://host/", true, "host"),
            ("https://host:8443/", true, "host:8443"),
            ("https://[::1]:443/", true, "[::1]"),
        ] {
            let origin = Origin::of(&uri.parse().unwrap()).unwrap();
            assert_eq!((origin.tls, origin.authority().as_str()), (tls, authority), "{uri}");
        }
        assert_eq!(Origin::of(&"/path".parse().unwrap()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_serves_for_ten_seconds_unless_it_is_forgotten() {
        let names = CachedNames::default();
        names.note("a", vec![([127, 0, 0, 1], 0).into()]);
        assert!(names.recent("a").is_some());
        assert!(names.recent("b").is_none());
        names.forget("a");
        assert!(names.recent("a").is_none());
        names.note("a", Vec::new());
        tokio::time::advance(NAMES_LAST + Duration::from_secs(1)).await;
        assert!(names.recent("a").is_none());
    }
}
