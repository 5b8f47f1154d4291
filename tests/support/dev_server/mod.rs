//! An S3-compatible server that keeps everything in memory: for tests and demos.
//!
//! It speaks HTTP/1.1, over TLS if asked, with path-style addresses and verifies `SigV4` signatures, in headers, presigned URLs and
//! forms. Operations it does not have answer `NotImplemented`; buckets keep versions and locks where they are told to; nothing is really
//! encrypted, or ever written to disk.
//!
//! ```ignore
//! #[path = "support/dev_server/mod.rs"]
//! mod dev_server;
//!
//! let server = dev_server::DevServer::start(dev_server::Config::default()).await?;
//! let endpoint = server.endpoint();
//! ```

mod access_log;
mod acl;
mod auth;
mod blob;
mod bucket;
mod checksum;
mod conditional;
mod connection;
mod copy;
mod delete;
mod encoding;
mod encryption;
mod error;
mod form;
mod http_layer;
mod list;
mod lock;
mod multipart;
mod multipart_list;
mod object;
mod range;
mod service;
mod store;
mod tagging;
mod upload_body;
mod version;
mod version_list;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use rustls::ServerConfig;
use s3s::service::S3ServiceBuilder;
use tokio::sync::{oneshot, watch};
use tokio_rustls::TlsAcceptor;

use access_log::AccessLog;
use acl::Acl;
use checksum::{Algorithm, StoredChecksum};
use encryption::Encryption;
use http_layer::HttpLayer;
use lock::Lock;
use store::{Attributes, Key, Object, STANDARD, Store};

/// The threads that serve requests.
const WORKERS: usize = 2;

/// How to start a server.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub host: String,
    /// 0 takes any free port.
    pub port: u16,
    pub access_key: String,
    pub secret_key: String,
    /// Further pairs of an access key and its secret.
    pub key_pairs: Vec<(String, String)>,
    /// Buckets that exist from the start.
    pub buckets: Vec<String>,
    /// The same, with versions.
    pub versioned_buckets: Vec<String>,
    /// The same, with versions that can be locked.
    pub locked_buckets: Vec<String>,
    /// The most bytes that `CopyObject` takes.
    pub copy_limit: u64,
    /// Closes connections on which no request was in progress for this long.
    pub idle_timeout: Option<Duration>,
    /// Appends a line per request: method, path with query, status, number of the connection, access key.
    pub access_log: Option<PathBuf>,
    /// Serves https instead of http.
    pub tls: Option<Arc<ServerConfig>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            access_key: "devkey".to_owned(),
            secret_key: "devsecret".to_owned(),
            key_pairs: Vec::new(),
            buckets: Vec::new(),
            versioned_buckets: Vec::new(),
            locked_buckets: Vec::new(),
            copy_limit: copy::LIMIT,
            idle_timeout: None,
            access_log: None,
            tls: None,
        }
    }
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub(crate) struct DevServer {
    address: SocketAddr,
    scheme: &'static str,
    store: Arc<Store>,
    log: Arc<AccessLog>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl DevServer {
    /// Starts a server, which is listening on return.
    ///
    /// It runs on threads and a runtime of its own, so that it also serves clients that block their thread.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound, the access log not be opened, or a bucket name is not valid.
    pub(crate) async fn start(config: Config) -> io::Result<Self> {
        let (server, ready) = Self::spawn(config)?;
        ready.await.map_err(|_| io::Error::other("the server stopped while starting"))?;
        Ok(server)
    }

    /// [`start`](Self::start) for code that is not async.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub(crate) fn start_blocking(config: Config) -> io::Result<Self> {
        let (server, ready) = Self::spawn(config)?;
        ready.blocking_recv().map_err(|_| io::Error::other("the server stopped while starting"))?;
        Ok(server)
    }

    fn spawn(config: Config) -> io::Result<(Self, oneshot::Receiver<()>)> {
        let store = Arc::new(Store::with_copy_limit(config.copy_limit));
        let plain = config.buckets.iter().map(|name| (name, false, false));
        let versioned = config.versioned_buckets.iter().map(|name| (name, true, false));
        let locked = config.locked_buckets.iter().map(|name| (name, true, true));
        for (name, versioned, lockable) in plain.chain(versioned).chain(locked) {
            if !s3s::path::check_bucket_name(name) {
                let message = format!("not a bucket name: {name}");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
            store.create_bucket(name, None);
            store.write(|buckets| {
                if let Some(bucket) = buckets.get_mut(name) {
                    (bucket.versioned, bucket.lockable) = (versioned, lockable);
                }
            });
        }
        let log = Arc::new(AccessLog::open(config.access_log.as_deref())?);
        let listener = connection::bind(&config.host, config.port)?;
        let address = listener.local_addr()?;

        let mut builder = S3ServiceBuilder::new(service::Service { store: Arc::clone(&store) });
        let mut pairs = config.key_pairs;
        pairs.insert(0, (config.access_key, config.secret_key));
        builder.set_auth(auth::Auth { pairs });
        builder.set_access(auth::Access { store: Arc::clone(&store) });
        let layer =
            HttpLayer { service: builder.build(), log: Arc::clone(&log), next_request: Arc::default(), connection: 0 };

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("dev-server")
            .enable_all()
            .build()?;
        let (stop, stopped) = watch::channel(false);
        let (is_ready, ready) = oneshot::channel();
        let idle_timeout = config.idle_timeout;
        let scheme = if config.tls.is_some() { "https" } else { "http" };
        let tls = config.tls.map(TlsAcceptor::from);
        let thread = thread::Builder::new().name("dev-server-main".to_owned()).spawn(move || {
            let serve = async {
                match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => {
                        // The caller may have given up waiting, which is no reason not to serve.
                        let _ = is_ready.send(());
                        connection::serve(listener, layer, tls, idle_timeout, stopped).await;
                    }
                    Err(error) => eprintln!("dev_server: cannot listen: {error}"),
                }
            };
            runtime.block_on(serve);
            runtime.shutdown_background();
        })?;
        let server = Self { address, scheme, store, log, stop, thread: Some(thread) };
        Ok((server, ready))
    }

    /// The base URL, such as `http://127.0.0.1:34567`.
    pub(crate) fn endpoint(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of requests that were answered.
    pub(crate) fn requests(&self) -> u64 {
        self.log.requests()
    }

    /// The number of connections that were accepted.
    pub(crate) fn connections(&self) -> u64 {
        self.log.connections()
    }

    /// Stores objects of the same bytes without a request each: listing tests need many. Creates the bucket if it does
    /// not exist.
    pub(crate) fn seed(&self, bucket: &str, keys: impl IntoIterator<Item = String>, body: Bytes) {
        let data = blob::Blob::from(body);
        let object = Arc::new(Object {
            etag: store::hex(&checksum::md5(&data)),
            checksum: StoredChecksum::of(Algorithm::DEFAULT, &data),
            data,
            modified: store::now(),
            attributes: Attributes::default(),
            storage_class: STANDARD.to_owned(),
            acl: Acl::private(),
            tags: Vec::new(),
            encryption: Encryption::default(),
            lock: Lock::default(),
            version_id: None,
            part_sizes: Vec::new(),
        });
        self.store.create_bucket(bucket, None);
        self.store.write(|buckets| {
            if let Some(bucket) = buckets.get_mut(bucket) {
                bucket.objects.extend(keys.into_iter().map(|key| (Key(key), Arc::clone(&object))));
            }
        });
    }

    /// How many keys the first page of a listing looks at: a test of its cost that does not depend on a clock.
    pub(crate) fn keys_visited(&self, bucket: &str, prefix: &str, delimiter: Option<&str>, max_keys: usize) -> usize {
        let query = list::Query { prefix, delimiter, position: None, max_keys };
        self.store
            .read(|buckets| buckets.get(bucket).map_or(0, |bucket| list::Page::scan(&bucket.objects, &query).visited))
    }
}

impl Drop for DevServer {
    /// Requests in progress have a moment to finish.
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic on that thread has been reported there.
            let _ = thread.join();
        }
    }
}
