//! From a server's configuration to its backend.

use std::sync::Arc;

use super::{Backend, s3::S3};
use crate::{config::ServerConfig, error::Result};

/// Opens the backend of a server. Makes no connection.
///
/// # Errors
/// INVALID_CONFIG when no region can be found.
pub async fn open(server: &Arc<ServerConfig>) -> Result<Arc<dyn Backend>> {
    Ok(Arc::new(S3::connect(server).await?))
}
