//! Object lock.

use super::Storage;
use crate::{
    error::{Error, ErrorCode, Result},
    types::{HeadOptions, ObjectLock, Pathname, Retention},
};

impl Storage {
    /// What keeps the latest version of an object from being deleted. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn object_lock(&self, pathname: &Pathname) -> Result<ObjectLock> {
        let lock = async {
            let target = self.target().await?;
            let key = target.key(pathname)?;
            let info = target.backend.head(target.at(&key), &HeadOptions::default()).await?;
            info.lock.ok_or_else(|| {
                Error::new(ErrorCode::OperationFailed, "the server's answer about the lock cannot be read")
            })
        };
        lock.await.map_err(|error: Error| error.during("object lock of", pathname.as_str()))
    }

    /// Keeps the latest version of an object for a time. One request. Idempotent.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a time that has passed; PERMISSION_DENIED where a firmer retention runs; FILE_NOT_FOUND, BUCKET_NOT_FOUND,
    /// and those of every request.
    pub async fn set_retention(&self, pathname: &Pathname, retention: Retention, bypass: bool) -> Result<()> {
        let set = async {
            retention.check()?;
            let target = self.target().await?;
            let key = target.key(pathname)?;
            target.backend.set_retention(target.at(&key), retention, bypass).await
        };
        set.await.map_err(|error: Error| error.during("set retention of", pathname.as_str()))
    }

    /// Keeps the latest version of an object until this is lifted, or lifts it. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn set_legal_hold(&self, pathname: &Pathname, on: bool) -> Result<()> {
        let set = async {
            let target = self.target().await?;
            let key = target.key(pathname)?;
            target.backend.set_legal_hold(target.at(&key), on).await
        };
        set.await.map_err(|error: Error| error.during("set legal hold of", pathname.as_str()))
    }
}
