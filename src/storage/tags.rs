//! Tags.

use super::Storage;
use crate::{
    error::{Error, Result},
    types::{Pathname, check_tags},
};

impl Storage {
    /// The tags of an object. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, UNSUPPORTED where the server has no tags, and those of every request.
    pub async fn tags(&self, pathname: &Pathname) -> Result<Vec<(String, String)>> {
        let tags = async {
            let target = self.target().await?;
            let key = target.key(pathname)?;
            target.backend.tags(target.at(&key), None).await
        };
        tags.await.map_err(|error: Error| error.during("tags of", pathname.as_str()))
    }

    /// Gives an object these tags, in place of all that it has. One request. Idempotent.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for tags that break a limit; as for [`Self::tags`].
    pub async fn set_tags(&self, pathname: &Pathname, tags: &[(String, String)]) -> Result<()> {
        let set = async {
            check_tags(tags)?;
            let target = self.target().await?;
            let key = target.key(pathname)?;
            target.backend.set_tags(target.at(&key), tags).await
        };
        set.await.map_err(|error: Error| error.during("set tags of", pathname.as_str()))
    }
}
