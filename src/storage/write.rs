//! Writes.

use bytes::Bytes;

use super::{Progress, Storage, Target, source::Source, upload::upload};
use crate::{
    error::Result,
    middleware::Name,
    types::{ObjectInfo, Pathname, PutOptions},
};

impl Storage {
    /// Writes an object, all or nothing. One request for a content that fits into a part; else two, and one for each part. On a
    /// server of an unknown kind the first public write makes one more. Idempotent unless conditional.
    ///
    /// # Errors
    /// PRECONDITION_FAILED, UNSUPPORTED (a visibility that the server cannot set), QUOTA_EXCEEDED, and those of every
    /// request.
    pub async fn write(&self, pathname: &Pathname, content: Bytes, mut options: PutOptions) -> Result<ObjectInfo> {
        let doing = self.begin(Name::Write, pathname.as_str());
        let write = async {
            options.check()?;
            let target = doing.target().await?;
            let key = target.key(pathname)?;
            options.visibility = target.visibility(options.visibility)?;
            options.content_type.get_or_insert_with(|| content_type(pathname));
            let info = upload(&target, &key, Source::memory(content), &options, &Progress::default()).await?;
            Ok(Target::named(info, pathname))
        };
        doing.run(write).await
    }
}

/// The MIME type of a name by its extension.
pub(super) fn content_type(pathname: &Pathname) -> String {
    mime_guess::from_path(pathname.as_str()).first_or_octet_stream().essence_str().to_owned()
}
