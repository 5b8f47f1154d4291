//! Deletes.

use super::Storage;
use crate::{
    error::{Error, Result},
    types::Pathname,
};

impl Storage {
    /// Deletes an object; one that does not exist is no error. One request. Idempotent.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND, and those of every request.
    pub async fn delete(&self, pathname: &Pathname) -> Result<()> {
        let delete = async {
            let target = self.target().await?;
            let key = target.key(pathname)?;
            target.backend.delete(target.at(&key)).await
        };
        delete.await.map_err(|error: Error| error.during("delete", pathname.as_str()))
    }
}
