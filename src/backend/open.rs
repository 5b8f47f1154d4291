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
/// # Errors
/// INVALID_ARGUMENT for a name that is taken.
pub fn register(name: &str, open: Open) -> Result<()> {
    let (_, is_new) = REGISTERED.find_or_append(|(known, _), _| known == name, || (name.to_owned(), open));
    if is_new && config::know_driver(name) {
        return Ok(());
    }
    Err(Error::invalid_argument(format!("there is a driver \"{name}\" already")))
}
