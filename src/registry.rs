//! Which bucket an alias means, and which open backend serves its server.

mod fake;
mod persistent;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::Value;

pub use crate::config::Bucket;
use crate::{
    backend::{self, Backend, Connections},
    config::{self, Config, ServerConfig},
    error::{Error, ErrorCode, Result, printable},
    middleware::{Account, Chain, Middleware},
    types::process,
};
pub use fake::Failure;
pub use persistent::MAX_PERSISTENT;
use persistent::PERSISTENT;

/// The aliases of one family of handles. Holds configuration only, so it may outlive a fork.
#[derive(Debug)]
pub struct Registry {
    config: Arc<Config>,
    /// What was registered since.
    late: RwLock<Vec<Arc<Bucket>>>,
    /// Of a registry for the tests of an application.
    fake: Option<fake::Fake>,
    /// What stands between its operations and the backends.
    chain: RwLock<Chain>,
}

impl Registry {
    /// The registry of a validated configuration.
    #[must_use]
    pub fn new(config: impl Into<Arc<Config>>) -> Self {
        Self { config: config.into(), late: RwLock::default(), chain: RwLock::default(), fake: None }
    }

    /// Adds a middleware, for every operation of this registry that begins from now on.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when there is one of its name.
    pub fn add(&self, middleware: Arc<dyn Middleware>) -> Result<()> {
        let mut chain = self.chain.write().unwrap_or_else(PoisonError::into_inner);
        *chain = chain.with(middleware)?;
        Ok(())
    }

    /// Takes a middleware away that was added; one that is not there is no error.
    pub fn remove(&self, name: &str) {
        let mut chain = self.chain.write().unwrap_or_else(PoisonError::into_inner);
        *chain = chain.without(name);
    }

    /// What stands between operations and backends now.
    #[must_use]
    pub fn chain(&self) -> Chain {
        self.chain.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The alias that a new handle has selected.
    #[must_use]
    pub fn default_alias(&self) -> Option<&str> {
        self.config.default.as_deref()
    }

    /// Every alias, in the order of registration; those that the process keeps come last.
    #[must_use]
    pub fn aliases(&self) -> Vec<String> {
        let mut aliases: Vec<String> = self.config.buckets.iter().map(|bucket| bucket.alias.clone()).collect();
        aliases.extend(self.late().iter().map(|bucket| bucket.alias.clone()));
        for bucket in PERSISTENT.of(&self.config) {
            if !aliases.contains(&bucket.alias) {
                aliases.push(bucket.alias.clone());
            }
        }
        aliases
    }

    /// The bucket of an alias.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND naming the known aliases.
    pub fn bucket(&self, alias: &str) -> Result<Arc<Bucket>> {
        self.find(alias).ok_or_else(|| {
            let message = format!("no bucket \"{}\" is registered; known: {}", printable(alias), self.known());
            Error::new(ErrorCode::BucketNotFound, message)
        })
    }

    fn find(&self, alias: &str) -> Option<Arc<Bucket>> {
        let of = |buckets: &[Arc<Bucket>]| buckets.iter().find(|bucket| bucket.alias == alias).cloned();
        of(&self.config.buckets).or_else(|| of(&self.late())).or_else(|| PERSISTENT.get(&self.config, alias))
    }

    /// The bucket of a handle that has none selected explicitly.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND when the configuration has no default.
    pub fn default_bucket(&self) -> Result<Arc<Bucket>> {
        match self.default_alias() {
            Some(alias) => self.bucket(alias),
            None => Err(Error::new(
                ErrorCode::BucketNotFound,
                format!(
                    "no default bucket is configured; set `default`, or choose one with bucket(); known: {}",
                    self.known()
                ),
            )),
        }
    }

    /// Registers a bucket on a server of the configuration: for the handles of this registry, or with `persistent` for all
    /// handles of the process whose configuration is the same.
    ///
    /// # Errors
    /// BUCKET_ALREADY_EXISTS for a known alias; INVALID_CONFIG for bad values and for an unknown server; INVALID_ARGUMENT when
    /// the process keeps too many.
    pub fn register(&self, alias: &str, values: &Value, persistent: bool) -> Result<()> {
        let config = config::bucket_from_parts(alias, values, &self.config.servers)?;
        let server = self.config.server(&config.server).cloned();
        let server = server.ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "the server is not configured"))?;
        let bucket = Arc::new(Bucket { alias: alias.to_owned(), config, server });
        let exists = || {
            let message = format!("a bucket \"{}\" is registered already", printable(alias));
            Error::new(ErrorCode::BucketAlreadyExists, message)
        };
        let mut late = self.late.write().unwrap_or_else(PoisonError::into_inner);
        if self.config.buckets.iter().chain(&*late).any(|bucket| bucket.alias == alias) {
            return Err(exists());
        }
        // What is for the process ends with a fake: so does all that its process is.
        if persistent && !self.is_fake() {
            return PERSISTENT.keep(&self.config, &bucket)?.then_some(()).ok_or_else(exists);
        }
        if PERSISTENT.get(&self.config, alias).is_some() {
            return Err(exists());
        }
        late.push(bucket);
        Ok(())
    }

    fn known(&self) -> String {
        let aliases = self.aliases();
        if aliases.is_empty() { "none".into() } else { printable(&aliases.join(", ")) }
    }

    fn late(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<Bucket>>> {
        self.late.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new account of an alias with this configuration.
#[must_use]
pub fn account(bucket: &Bucket) -> Arc<Account> {
    Account::new(&bucket.alias, bucket.config.max_concurrent_operations, bucket.server.operation_timeout)
}

/// How many buckets this process keeps.
#[must_use]
pub fn persistent_buckets() -> usize {
    PERSISTENT.count()
}

/// The open backends of one runtime: one for each server configuration, whichever registry asks.
///
/// A backend's connections live on the runtime that opened them, so a set of clients must only be used on one, and never by a forked child.
#[derive(Debug)]
pub struct Clients {
    pid: u32,
    /// Most recently used first.
    open: Mutex<Vec<Open>>,
}

type Open = (Arc<ServerConfig>, Arc<dyn Backend>);

/// An open backend, as [`Clients::status`] tells of it.
#[derive(Debug)]
pub struct Client {
    /// Its server.
    pub server: Arc<ServerConfig>,
    /// Its connections.
    pub connections: Connections,
}

/// How many backends stay open; beyond it, the one that was not used for longest is closed.
const MAX_CLIENTS: usize = 64;

impl Default for Clients {
    fn default() -> Self {
        Self { pid: process::id(), open: Mutex::default() }
    }
}

impl Clients {
    /// The backend of a server, opened on first use.
    ///
    /// # Errors
    /// What opening the backend answers; S3_OPERATION_FAILED in a child that was forked meanwhile: by the code of an iterable, say, that is
    /// pulled between two requests of a call.
    pub async fn of(&self, server: &Arc<ServerConfig>) -> Result<Arc<dyn Backend>> {
        if self.pid != process::id() {
            return Err(Error::forked());
        }
        if let Some(backend) = self.recent(server) {
            return Ok(backend);
        }
        let backend = backend::open(server).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(0, (Arc::clone(server), Arc::clone(&backend)));
        open.truncate(MAX_CLIENTS);
        Ok(backend)
    }

    /// What is open, the most recently used first.
    #[must_use]
    pub fn status(&self) -> Vec<Client> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let status =
            |(server, backend): &Open| Client { server: Arc::clone(server), connections: backend.connections() };
        open.iter().map(status).collect()
    }

    fn recent(&self, server: &Arc<ServerConfig>) -> Option<Arc<dyn Backend>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|(known, _)| Arc::ptr_eq(known, server) || known == server)?;
        if at > 0 {
            open[..=at].rotate_right(1);
        }
        Some(Arc::clone(&open[0].1))
    }
}
