//! Which bucket an alias means, and which open backend serves its server.

mod persistent;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::Value;

use crate::{
    backend::{self, Backend},
    config::{self, BucketConfig, Config, ServerConfig},
    error::{Error, ErrorCode, Result, printable},
};
pub use persistent::MAX_PERSISTENT;
use persistent::PERSISTENT;

/// An alias and what it stands for.
#[derive(Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The caller's name.
    pub alias: String,
    /// Name on the server, prefix, visibility.
    pub config: BucketConfig,
    /// The server.
    pub server: Arc<ServerConfig>,
}

/// The aliases of one family of handles. Holds configuration only, so it may outlive a fork.
#[derive(Debug)]
pub struct Registry {
    config: Arc<Config>,
    buckets: RwLock<Vec<Arc<Bucket>>>,
}

impl Registry {
    /// The registry of a validated configuration.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let buckets = config.buckets.iter().filter_map(|(alias, bucket)| {
            let server = find(&config.servers, &bucket.server)?;
            Some(Arc::new(Bucket { alias: alias.clone(), config: bucket.clone(), server }))
        });
        let buckets = RwLock::new(buckets.collect());
        Self { config: Arc::new(config), buckets }
    }

    /// The alias that a new handle has selected.
    #[must_use]
    pub fn default_alias(&self) -> Option<&str> {
        self.config.default.as_deref()
    }

    /// Every alias, in the order of registration; those that the process keeps come last.
    #[must_use]
    pub fn aliases(&self) -> Vec<String> {
        let mut aliases: Vec<String> = self.read().iter().map(|bucket| bucket.alias.clone()).collect();
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
        let own = self.read().iter().find(|bucket| bucket.alias == alias).cloned();
        own.or_else(|| PERSISTENT.get(&self.config, alias))
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
        let servers = &self.config.servers;
        let config = config::bucket_from_parts(alias, values, servers)?;
        let server = find(servers, &config.server)
            .ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "the server is not configured"))?;
        let bucket = Arc::new(Bucket { alias: alias.to_owned(), config, server });
        let exists = || {
            let message = format!("a bucket \"{}\" is registered already", printable(alias));
            Error::new(ErrorCode::BucketAlreadyExists, message)
        };
        let mut buckets = self.buckets.write().unwrap_or_else(PoisonError::into_inner);
        if buckets.iter().any(|bucket| bucket.alias == alias) {
            return Err(exists());
        }
        if persistent {
            return PERSISTENT.keep(&self.config, bucket)?.then_some(()).ok_or_else(exists);
        }
        if PERSISTENT.get(&self.config, alias).is_some() {
            return Err(exists());
        }
        buckets.push(bucket);
        Ok(())
    }

    fn known(&self) -> String {
        let aliases = self.aliases();
        if aliases.is_empty() { "none".into() } else { printable(&aliases.join(", ")) }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<Bucket>>> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn find(servers: &[(String, Arc<ServerConfig>)], name: &str) -> Option<Arc<ServerConfig>> {
    servers.iter().find(|(known, _)| known == name).map(|(_, server)| Arc::clone(server))
}

/// The open backends of one runtime: one for each server configuration, whichever registry asks.
///
/// A backend's connections live on the runtime that opened them, so a set of clients must only be used on one.
#[derive(Debug, Default)]
pub struct Clients {
    /// Most recently used first.
    open: Mutex<Vec<Open>>,
}

type Open = (Arc<ServerConfig>, Arc<dyn Backend>);

/// How many backends stay open; beyond it, the one that was not used for longest is closed.
const MAX_CLIENTS: usize = 64;

impl Clients {
    /// The backend of a server, opened on first use.
    ///
    /// # Errors
    /// What opening the backend answers.
    pub async fn of(&self, server: &Arc<ServerConfig>) -> Result<Arc<dyn Backend>> {
        if let Some(backend) = self.recent(server) {
            return Ok(backend);
        }
        let backend = backend::open(server).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(0, (Arc::clone(server), Arc::clone(&backend)));
        open.truncate(MAX_CLIENTS);
        Ok(backend)
    }

    fn recent(&self, server: &Arc<ServerConfig>) -> Option<Arc<dyn Backend>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|(known, _)| Arc::ptr_eq(known, server) || known == server)?;
        open[..=at].rotate_right(1);
        Some(Arc::clone(&open[0].1))
    }
}
