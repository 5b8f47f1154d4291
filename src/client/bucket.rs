//! The contract over a bucket of the configuration.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::{
    ObjectMeta, PresignOp, PutOpts, StorageClient, StorageError,
    drive::{Drive, Side},
};
use crate::{
    config,
    error::{Error, Result as Outcome},
    storage::{Bucket, Clients, Registry, Storage},
    types::{
        DeleteOptions, Expiry, GetOptions, ListOptions, Pathname, Prefix, PresignGetOptions, PresignPutOptions,
        PutOptions,
    },
};

/// A bucket of a configuration, whatever stands behind it. It may be shared by threads, whose calls run at the same time.
///
/// It belongs to the process that made it: a forked child makes its own.
#[derive(Debug)]
pub struct BucketClient {
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    pub(super) drive: Drive,
    /// Those of the program's runtime, and those of the client's own.
    clients: [Arc<Clients>; 2],
}

impl BucketClient {
    /// The default bucket of a configuration in JSON, which has the form that `docs/configuration.md` describes. Variables are those of
    /// the environment. Makes no connection.
    ///
    /// # Errors
    /// [`StorageError::Backend`] that tells every problem of the configuration.
    pub fn open(configuration: &str) -> Result<Self, StorageError> {
        let tree = serde_json::from_str(configuration)
            .map_err(|error| StorageError::Backend(format!("the configuration is no JSON: {error}")))?;
        let variables = |name: &str| std::env::var(name).ok();
        let registry = Arc::new(Registry::new(config::validate(tree, &variables)?));
        let bucket = registry.default_bucket()?;
        Ok(Self::of(registry, bucket))
    }

    /// A bucket of a registry.
    #[must_use]
    pub fn of(registry: Arc<Registry>, bucket: Arc<Bucket>) -> Self {
        Self { registry, bucket, drive: Drive::new(None), clients: Default::default() }
    }

    /// The same, driven by a runtime of the program: its operations run there, and no thread is started for them. A call
    /// from within a runtime is driven on a thread of the client's own all the same, since it blocks its caller; and so is every
    /// call where the runtime has one thread, which goes on only while somebody waits within it.
    #[must_use]
    pub fn on(self, handle: Handle) -> Self {
        Self { drive: Drive::new(Some(handle)), ..self }
    }

    /// Operations on the bucket, on one side.
    pub(super) fn storage(&self, side: Side) -> Storage {
        let [given, own] = &self.clients;
        let clients = match side {
            Side::Given => given,
            Side::Own => own,
        };
        Storage::new(Arc::clone(&self.registry), Arc::clone(clients), Arc::clone(&self.bucket))
    }

    /// Drives an operation on the bucket.
    fn run<T, F>(&self, operation: impl FnOnce(Storage) -> F) -> Result<T, StorageError>
    where
        T: Send + 'static,
        F: Future<Output = Outcome<T>> + Send + 'static,
    {
        let side = self.drive.side();
        let operation = operation(self.storage(side));
        self.drive.run(side, async move { operation.await.map_err(StorageError::from) })
    }
}

impl StorageClient for BucketClient {
    fn name(&self) -> &str {
        &self.bucket.alias
    }

    fn get(&self, key: &str) -> Result<Vec<u8>, StorageError> {
        let name = pathname(key)?;
        self.run(|storage| async move {
            let mut object = storage.read(&name, &GetOptions::default()).await?;
            // What a server announces is no reason to ask the system for it.
            let announced = object.length.and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
            let mut content = Vec::with_capacity(announced.min(MOST_AT_ONCE));
            while let Some(piece) = object.stream.next().await {
                content.extend_from_slice(&piece?);
            }
            Ok(content)
        })
    }

    fn put(&self, key: &str, body: Vec<u8>, opts: PutOpts) -> Result<(), StorageError> {
        let name = pathname(key)?;
        self.run(|storage| async move { storage.write(&name, body.into(), opts.into()).await.map(|_| ()) })
    }

    fn delete(&self, key: &str) -> Result<(), StorageError> {
        let name = pathname(key)?;
        self.run(|storage| async move { storage.delete(&name, &DeleteOptions::default()).await })
    }

    fn list_page(
        &self,
        prefix: &str,
        continuation_token: Option<&str>,
    ) -> Result<(Vec<ObjectMeta>, Option<String>), StorageError> {
        let prefix = Prefix::parse(prefix.as_bytes())?;
        let options = ListOptions { token: continuation_token.map(ToOwned::to_owned), ..ListOptions::default() };
        let page = self.run(|storage| async move { storage.list_page(&prefix, &options).await })?;
        let objects = page.objects.into_iter().map(|info| ObjectMeta {
            key: info.name,
            size: info.size.unwrap_or(0),
            etag: info.etag,
            last_modified: info.last_modified,
        });
        Ok((objects.collect(), page.next_token))
    }

    fn presigned_url(&self, key: &str, op: PresignOp, ttl_secs: u64) -> Result<String, StorageError> {
        let name = pathname(key)?;
        let expiry = Expiry::from_seconds(i64::try_from(ttl_secs).unwrap_or(i64::MAX))?;
        let url = self.run(|storage| async move {
            match op {
                PresignOp::Get => storage.presign_get(&name, expiry, &PresignGetOptions::default()).await,
                PresignOp::Put => storage.presign_put(&name, expiry, PresignPutOptions::default()).await,
            }
        });
        url.map(|url| url.url)
    }

    /// Asks for the bucket.
    fn is_healthy(&self) -> bool {
        self.run(|storage| async move { storage.probe().await }).is_ok()
    }
}

/// So much is made room for before it has arrived.
const MOST_AT_ONCE: usize = 64 * 1024 * 1024;

pub(super) fn pathname(key: &str) -> Result<Pathname, Error> {
    Pathname::parse(key.as_bytes())
}

impl From<PutOpts> for PutOptions {
    fn from(opts: PutOpts) -> Self {
        Self {
            content_type: opts.content_type,
            cache_control: opts.cache_control,
            metadata: opts.metadata,
            if_none_match: opts.if_absent.then(|| "*".to_owned()),
            ..Self::default()
        }
    }
}
