//! URLs. None of them costs a request of S3, and none asks whether the object exists.

use super::Storage;
use crate::{
    error::{Error, Result},
    types::{
        Expiry, FILENAME, Pathname, PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost,
        PresignedUrl,
    },
};

impl Storage {
    /// The permanent URL of an object: under the bucket's `url` where it has one, else at the server.
    ///
    /// # Errors
    /// INVALID_CONFIG when the server has no address for the bucket.
    pub async fn public_url(&self, pathname: &Pathname) -> Result<String> {
        let url = async {
            let target = self.unobserved().await?;
            let key = target.key(pathname)?;
            match &target.bucket.config.url {
                Some(base) => Ok(format!("{base}/{}", key.url_path())),
                None => target.backend.public_url(target.at(&key)).await,
            }
        };
        url.await.map_err(|error: Error| error.during("public URL of", pathname.as_str()))
    }

    /// A URL that downloads an object.
    ///
    /// # Errors
    /// PERMISSION_DENIED without credentials; UNSUPPORTED on a backend that cannot sign.
    pub async fn presign_get(
        &self,
        pathname: &Pathname,
        expiry: Expiry,
        options: &PresignGetOptions,
    ) -> Result<PresignedUrl> {
        let presign = async {
            options.check()?;
            let target = self.unobserved().await?;
            let key = target.key(pathname)?;
            target.backend.presign_get(target.at(&key), expiry, options).await
        };
        presign.await.map_err(|error: Error| error.during("presign", pathname.as_str()))
    }

    /// A URL that uploads an object.
    ///
    /// # Errors
    /// As for [`Self::presign_get`].
    pub async fn presign_put(
        &self,
        pathname: &Pathname,
        expiry: Expiry,
        mut options: PresignPutOptions,
    ) -> Result<PresignedUrl> {
        let presign = async {
            options.check()?;
            let target = self.unobserved().await?;
            let key = target.key(pathname)?;
            options.object.visibility = target.visibility(options.object.visibility)?;
            target.backend.presign_put(target.at(&key), expiry, &options).await
        };
        presign.await.map_err(|error: Error| error.during("presign", pathname.as_str()))
    }
    /// A form that uploads an object.
    ///
    /// # Errors
    /// As for [`Self::presign_get`]; INVALID_ARGUMENT for a pathname that servers would change.
    pub async fn presign_post(
        &self,
        pathname: &Pathname,
        expiry: Expiry,
        mut options: PresignPostOptions,
    ) -> Result<PresignedPost> {
        let presign = async {
            options.check()?;
            let target = self.unobserved().await?;
            let key = target.key(pathname)?;
            if key.as_str().contains(FILENAME) {
                return Err(Error::invalid_argument(format!(
                    "{FILENAME} cannot be part of the name of a form's object: servers put the name of the uploaded file in \
                     its place; ask for that with the option keyStartsWith"
                )));
            }
            options.object.visibility = target.visibility(options.object.visibility)?;
            target.backend.presign_post(target.at(&key), expiry, &options).await
        };
        presign.await.map_err(|error: Error| error.during("presign", pathname.as_str()))
    }
}
