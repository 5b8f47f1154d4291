//! From a server's configuration to its backend.

use std::sync::Arc;

use serde_json::Value;

use super::{contract::Backend, local, memory, s3::S3};
use crate::{
    config::{self, Driver, ServerConfig},
    error::{Error, ErrorCode, Result},
    types::Chain,
};

/// Makes a backend of what a server's table says besides `driver` and `operation_timeout`.
pub type Open = fn(&Value) -> Result<Arc<dyn Backend>>;

static REGISTERED: Chain<(String, Open)> = Chain::new();

/// Opens the backend of a server. Makes no connection.
///
/// # Errors
/// INVALID_CONFIG when no region can be found, and what a registered driver says.
pub async fn open(server: &Arc<ServerConfig>) -> Result<Arc<dyn Backend>> {
    Ok(match &server.driver {
        Driver::S3 => Arc::new(S3::connect(server).await?),
        Driver::Local { root } => local::open(root),
        Driver::Memory { name } => memory::open(name),
        Driver::Registered { name, options } => {
            let open = REGISTERED.iter().find(|(known, _)| known == name).map(|(_, open)| *open);
            let unknown = || Error::new(ErrorCode::InvalidConfig, format!("the driver \"{name}\" is not registered"));
            open.ok_or_else(unknown)?(options.expose())?
        }
    })
}

/// A store in memory that nobody else can open; it is freed with its backend.
#[must_use]
pub fn alone_in_memory() -> Arc<dyn Backend> {
    memory::alone()
}

/// Registers a driver of one's own: from now on a configuration may have servers with `driver: name`, whose other keys are
/// the driver's. It stays for the whole life of the process.
///
/// ```
/// use std::{sync::Arc, task::{Context, Poll}};
///
/// use bytes::Bytes;
/// use s3storage::{
///     backend::{self, Backend, Content, ContentStream, Location, Object},
///     client::{BucketClient, PutOpts, StorageClient},
///     error::{Error, ErrorCode, Result},
///     types::{DeleteOptions, GetOptions, HeadOptions, ListOptions, ListPage, ObjectInfo, PutOptions},
/// };
///
/// /// Every key has its own name as its content.
/// #[derive(Debug)]
/// struct Echo;
///
/// #[async_trait::async_trait]
/// impl Backend for Echo {
///     async fn get(&self, at: Location<'_>, _: &GetOptions) -> Result<Object> {
///         let name = Bytes::copy_from_slice(at.key.as_str().as_bytes());
///         let info = ObjectInfo { size: Some(name.len() as u64), ..ObjectInfo::default() };
///         Ok(Object { info, length: Some(name.len() as u64), stream: Box::new(Once(Some(name))) })
///     }
///
///     async fn head(&self, at: Location<'_>, _: &HeadOptions) -> Result<ObjectInfo> {
///         Ok(ObjectInfo { size: Some(at.key.as_str().len() as u64), ..ObjectInfo::default() })
///     }
///
///     async fn put(&self, _: Location<'_>, _: Content, _: &PutOptions) -> Result<ObjectInfo> {
///         Err(Error::new(ErrorCode::PermissionDenied, "an echo cannot be changed"))
///     }
///
///     async fn delete(&self, _: Location<'_>, _: &DeleteOptions) -> Result<()> {
///         Err(Error::new(ErrorCode::PermissionDenied, "an echo cannot be changed"))
///     }
///
///     async fn list(&self, _: &str, _: &str, _: &ListOptions) -> Result<ListPage> {
///         Ok(ListPage::default())
///     }
/// }
///
/// /// A content that comes in one piece.
/// struct Once(Option<Bytes>);
///
/// impl ContentStream for Once {
///     fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
///         Poll::Ready(self.0.take().map(Ok))
///     }
/// }
///
/// backend::register("echo", |_| Ok(Arc::new(Echo)))?;
///
/// let storage = BucketClient::open(r#"{
///     "servers": {"valley": {"driver": "echo"}},
///     "buckets": {"b": {"server": "valley", "bucket": "b"}}
/// }"#)?;
/// assert_eq!(storage.get("hello")?, b"hello");
/// assert_eq!(storage.put("hello", b"other".to_vec(), PutOpts::default()).unwrap_err().http_status(), 403);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// INVALID_ARGUMENT for a name that is taken.
pub fn register(name: &str, open: Open) -> Result<()> {
    let (_, is_new) = REGISTERED.find_or_append(|(known, _), _| known == name, || (name.to_owned(), open));
    if is_new && config::know_driver(name) {
        return Ok(());
    }
    Err(Error::invalid_argument(format!("there is a driver \"{name}\" already")))
}
