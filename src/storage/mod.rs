//! Operations on a bucket: one file for each group. This is where pathnames become keys, where a bucket's defaults meet
//! what a call asks for, and where errors learn the operation's name.

mod bulk;
mod circle;
mod copy;
mod delete;
mod directory;
mod download;
mod files;
mod journal;
mod landing;
mod list;
mod lock;
mod many;
mod meta;
mod observed;
mod operation;
mod part_copy;
mod pending;
mod progress;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod read;
mod reader;
mod rename;
mod respond;
mod resume;
mod source;
mod tags;
mod update;
mod upload;
mod url;
mod versions;
mod write;
mod writer;

use std::sync::Arc;

pub use bulk::{Batch, Sweep};
pub use directory::{Allow, Carrier, Direction, Links, Manner, Order, Outcome, Planner, Say, Sync};
pub use list::Listing;
pub use many::{Reads, at_once, for_each};
pub use observed::{forget_running, metrics, stats};
pub use pending::Uploads;
pub use progress::Progress;
pub use reader::Reader;
pub use respond::{Asked, Response, disposition};
pub use versions::Versions;
pub use writer::Writer;

use crate::{
    backend::contract::{Backend, Location},
    config::Acl,
    error::{Error, ErrorCode, Result},
    middleware::Operation,
    types::{Key, ObjectInfo, Pathname, TraceContext, Visibility},
};
pub use crate::{
    backend::contract::{Capability, ContentStream, FileSlice, MAX_DELETES, Object, PendingUpload},
    middleware::{
        BOUNDS, Chain, End, Event, Events, Level, Log, Middleware, OperationStats, Record, Stats, Suspension, listed,
    },
    registry::{Bucket, Clients, Failure, Registry, persistent_buckets},
};

/// A selected bucket, ready for operations on one runtime.
#[derive(Debug, Clone)]
pub struct Storage {
    registry: Arc<Registry>,
    clients: Arc<Clients>,
    bucket: Arc<Bucket>,
    trace: Option<Arc<TraceContext>>,
    /// Neither listeners nor a log are told of it.
    is_quiet: bool,
    /// What all of this is part of, if anything.
    operation: Option<Arc<Operation>>,
}

/// A bucket with its open backend.
struct Target {
    bucket: Arc<Bucket>,
    backend: Arc<dyn Backend>,
}

impl Storage {
    /// Operations on `bucket`, over the open backends of a runtime.
    #[must_use]
    pub const fn new(registry: Arc<Registry>, clients: Arc<Clients>, bucket: Arc<Bucket>) -> Self {
        Self { registry, clients, bucket, trace: None, is_quiet: false, operation: None }
    }

    /// The same, whose requests carry a trace context.
    #[must_use]
    pub fn traced(mut self, trace: Option<Arc<TraceContext>>) -> Self {
        self.trace = trace;
        self
    }

    /// The same, of whose operations neither listeners nor a log are told, if that is wanted.
    #[must_use]
    pub const fn quiet(mut self, is_quiet: bool) -> Self {
        self.is_quiet = is_quiet;
        self
    }

    /// The selected bucket.
    #[must_use]
    pub const fn bucket(&self) -> &Arc<Bucket> {
        &self.bucket
    }

    /// The same with another bucket of the registry.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND naming the known aliases.
    pub fn select(&self, alias: &str) -> Result<Self> {
        Ok(Self { bucket: self.registry.bucket(alias)?, ..self.clone() })
    }

    /// Whether what serves the bucket can do this.
    ///
    /// # Errors
    /// INVALID_CONFIG when no region can be found.
    pub async fn has(&self, capability: Capability) -> Result<bool> {
        Ok(self.unobserved().await?.backend.has(capability))
    }

    /// Fails where the test of an application has scripted it.
    ///
    /// # Errors
    /// The scripted one; none unless the registry is a fake.
    pub fn rehearse(&self, operation: &str, subject: &str) -> Result<()> {
        self.registry.rehearse(operation, subject)
    }

    /// The selected bucket for what sends no request.
    async fn unobserved(&self) -> Result<Target> {
        let backend = self.registry.open(&self.bucket.server, &self.clients).await?;
        Ok(Target { bucket: Arc::clone(&self.bucket), backend })
    }
}

impl Target {
    fn key(&self, pathname: &Pathname) -> Result<Key> {
        pathname.key(&self.bucket.config.prefix)
    }

    fn at<'a>(&'a self, key: &'a Key) -> Location<'a> {
        Location { bucket: &self.bucket.config.bucket, key }
    }

    /// The visibility that is sent with a write.
    ///
    /// A default of `private` is not sent under `auto`: it is what every server does by itself, and a bucket with ACLs
    /// disabled refuses even that header.
    fn visibility(&self, asked: Option<Visibility>) -> Result<Option<Visibility>> {
        let default = self.bucket.config.visibility;
        match (self.bucket.config.acl, asked) {
            (Acl::Off, Some(other)) if other != default => Err(Error::new(
                ErrorCode::Unsupported,
                format!("visibility \"{}\" cannot be set: the bucket's `acl` is off", other.as_str()),
            )),
            (Acl::Off, _) => Ok(None),
            (_, Some(asked)) => Ok(Some(asked)),
            (Acl::On, None) => Ok(Some(default)),
            (Acl::Auto, None) => {
                let sent = default == Visibility::Public && self.backend.has(Capability::DefaultVisibility);
                Ok(sent.then_some(default))
            }
        }
    }

    /// A backend's info in the caller's terms.
    fn named(mut info: ObjectInfo, pathname: &Pathname) -> ObjectInfo {
        pathname.as_str().clone_into(&mut info.name);
        info
    }
}
