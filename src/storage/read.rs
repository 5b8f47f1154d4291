//! Reads.

use super::{Storage, Target};
use crate::{
    backend::contract::Object,
    error::Result,
    middleware::Name,
    types::{GetOptions, Pathname},
};

impl Storage {
    /// Opens an object for reading. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, NOT_MODIFIED, PRECONDITION_FAILED, and those of every request.
    pub async fn read(&self, pathname: &Pathname, options: &GetOptions) -> Result<Object> {
        let doing = self.begin(Name::Read, pathname.as_str());
        let read = async {
            options.check()?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            let mut object = target.backend.get(target.at(&key), options).await?;
            object.info = Target::named(object.info, pathname);
            doing.ends_with_content();
            Ok(object)
        };
        Ok(doing.open(read).await?.0)
    }
}
