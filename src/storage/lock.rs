//! Object lock.

use super::Storage;
use crate::{
    error::{Error, ErrorCode, Result},
    middleware::Name,
    types::{HeadOptions, ObjectLock, Pathname, Retention},
};

impl Storage {
    /// What keeps the latest version of an object from being deleted. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn object_lock(&self, pathname: &Pathname) -> Result<ObjectLock> {
        let doing = self.begin(Name::GetObjectLock, pathname.as_str());
        let lock = async {
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            let info = target.backend.head(target.at(&key), &HeadOptions::default()).await?;
            info.lock.ok_or_else(|| {
                Error::new(ErrorCode::OperationFailed, "the server's answer about the lock cannot be read")
            })
        };
        doing.run(lock).await
    }

    /// Keeps the latest version of an object for a time. One request. Idempotent.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a time that has passed; PERMISSION_DENIED where a firmer retention runs; FILE_NOT_FOUND, BUCKET_NOT_FOUND,
    /// and those of every request.
    pub async fn set_retention(&self, pathname: &Pathname, retention: Retention, bypass: bool) -> Result<()> {
        let doing = self.begin(Name::SetRetention, pathname.as_str());
        let set = async {
            retention.check()?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            target.backend.set_retention(target.at(&key), retention, bypass).await
        };
        doing.run(set).await
    }

    /// Keeps the latest version of an object until this is lifted, or lifts it. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn set_legal_hold(&self, pathname: &Pathname, on: bool) -> Result<()> {
        let doing = self.begin(Name::SetLegalHold, pathname.as_str());
        let set = async {
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            target.backend.set_legal_hold(target.at(&key), on).await
        };
        doing.run(set).await
    }
}
