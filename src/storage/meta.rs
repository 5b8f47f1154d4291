//! What is known of an object: existence, metadata, visibility; and the health of the bucket.

use super::{Storage, Target};
use crate::{
    backend::contract::Capability,
    config::Acl,
    error::{ErrorCode, Result},
    middleware::Name,
    types::{HeadOptions, ObjectInfo, Pathname, Visibility},
};

impl Storage {
    /// Whether an object exists. One request; two when it does not and the bucket was not seen before. Idempotent.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND, PERMISSION_DENIED (which some servers answer for a missing object when listing is not allowed),
    /// and those of every request.
    pub async fn exists(&self, pathname: &Pathname) -> Result<bool> {
        let doing = self.begin(Name::Exists, pathname.as_str());
        let exists = async {
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            match target.backend.head(target.at(&key), &HeadOptions::default()).await {
                Ok(_) => Ok(true),
                Err(error) if error.code == ErrorCode::FileNotFound => Ok(false),
                Err(error) => Err(error),
            }
        };
        doing.run(exists).await
    }

    /// What is known of an object. One request, and one more for its visibility. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn metadata(
        &self,
        pathname: &Pathname,
        with_visibility: bool,
        options: &HeadOptions,
    ) -> Result<ObjectInfo> {
        let doing = self.begin(Name::GetMetadata, pathname.as_str());
        let metadata = async {
            options.check()?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            let mut info = target.backend.head(target.at(&key), options).await?;
            if with_visibility {
                info.visibility = Some(visibility(&target, pathname).await?);
            }
            Ok(Target::named(info, pathname))
        };
        doing.run(metadata).await
    }

    /// Who may read an object. One request; none where the server has no object ACLs, which answers the bucket's default.
    /// Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, PERMISSION_DENIED, and those of every request.
    pub async fn visibility(&self, pathname: &Pathname) -> Result<Visibility> {
        let doing = self.begin(Name::GetVisibility, pathname.as_str());
        let visibility = async { visibility(&doing.target().await?, pathname).await };
        doing.run(visibility).await
    }

    /// Sets who may read an object. One request. Idempotent.
    ///
    /// # Errors
    /// UNSUPPORTED where the server has no object ACLs; FILE_NOT_FOUND, BUCKET_NOT_FOUND, and those of every request.
    pub async fn set_visibility(&self, pathname: &Pathname, visibility: Visibility) -> Result<()> {
        let doing = self.begin(Name::SetVisibility, pathname.as_str());
        let set = async {
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            match target.visibility(Some(visibility))? {
                Some(visibility) => target.backend.set_visibility(target.at(&key), visibility).await,
                None => Ok(()),
            }
        };
        doing.run(set).await
    }

    /// Whether the bucket answers. One request.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe(&self) -> Result<()> {
        let doing = self.begin(Name::IsHealthy, "");
        let probe = async {
            let target = doing.target().await?;
            let probed = target.backend.probe(&target.bucket.config.bucket).await;
            probed.map_err(|error| error.during(Name::IsHealthy.words(), &self.bucket.alias))
        };
        doing.run(probe).await
    }
}

async fn visibility(target: &Target, pathname: &Pathname) -> Result<Visibility> {
    let default = target.bucket.config.visibility;
    if target.bucket.config.acl == Acl::Off || !target.backend.has(Capability::ObjectVisibility) {
        return Ok(default);
    }
    let key = target.key(pathname)?;
    match target.backend.visibility(target.at(&key)).await {
        Err(error) if error.code == ErrorCode::Unsupported && target.bucket.config.acl == Acl::Auto => Ok(default),
        other => other,
    }
}
