//! Deletes.

use super::Storage;
use crate::{
    error::Result,
    middleware::Name,
    types::{DeleteOptions, Pathname},
};

impl Storage {
    /// Deletes an object, or a version of it for good; one that does not exist is no error, unless there is a condition. One
    /// request. Idempotent without a condition.
    ///
    /// # Errors
    /// BUCKET_NOT_FOUND; PERMISSION_DENIED for a version that is locked; with a condition PRECONDITION_FAILED, and UNSUPPORTED where
    /// the server is not known to honour one; and those of every request.
    pub async fn delete(&self, pathname: &Pathname, options: &DeleteOptions) -> Result<()> {
        let doing = self.begin(Name::Delete, pathname.as_str());
        let delete = async {
            options.check()?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            target.backend.delete(target.at(&key), options).await
        };
        doing.run(delete).await
    }
}
