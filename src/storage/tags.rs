//! Tags.

use super::Storage;
use crate::{
    error::Result,
    middleware::Name,
    types::{Pathname, check_tags},
};

impl Storage {
    /// The tags of an object. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, UNSUPPORTED where the server has no tags, and those of every request.
    pub async fn tags(&self, pathname: &Pathname) -> Result<Vec<(String, String)>> {
        let doing = self.begin(Name::GetTags, pathname.as_str());
        let tags = async {
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            target.backend.tags(target.at(&key), None).await
        };
        doing.run(tags).await
    }

    /// Gives an object these tags, in place of all that it has. One request. Idempotent.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for tags that break a limit; as for [`Self::tags`].
    pub async fn set_tags(&self, pathname: &Pathname, tags: &[(String, String)]) -> Result<()> {
        let doing = self.begin(Name::SetTags, pathname.as_str());
        let set = async {
            check_tags(tags)?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            target.backend.set_tags(target.at(&key), tags).await
        };
        doing.run(set).await
    }
}
