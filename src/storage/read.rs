//! Reads.

use super::{Storage, Target};
use crate::{
    backend::contract::Object,
    error::Result,
    types::{GetOptions, Pathname},
};

impl Storage {
    /// Opens an object for reading. One request. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, NOT_MODIFIED, PRECONDITION_FAILED, and those of every request.
    pub async fn read(&self, pathname: &Pathname, options: &GetOptions) -> Result<Object> {
        let read = async {
            options.check()?;
            let target = self.target().await?;
            let key = target.key(pathname)?;
            let mut object = target.backend.get(target.at(&key), options).await?;
            object.info = Target::named(object.info, pathname);
            Ok(object)
        };
        read.await.map_err(|error: crate::error::Error| error.during("read", pathname.as_str()))
    }
}
