//! Copies within the server.

use super::{
    S3, acl,
    blank_key::sdk_key,
    control::{send, untrustworthy},
    seconds,
};
use crate::{
    backend::contract::Location,
    error::Result,
    types::{CopyOptions, ObjectInfo},
};

impl S3 {
    /// Content, metadata and tags go along; the ACL does not (S3 copies none), so the destination's visibility counts.
    pub(super) async fn copy_object(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        options: &CopyOptions,
    ) -> Result<ObjectInfo> {
        self.check_acl(options.visibility)?;
        let request = self
            .client
            .copy_object()
            .copy_source(format!("{}/{}", from.bucket, from.key.url_path()))
            .bucket(to.bucket)
            .key(sdk_key(to.key))
            .set_acl(options.visibility.map(|visibility| acl::canned(visibility).into()));
        let output = send!(self, to.bucket, request)?;
        self.saw(to.bucket);
        self.prove_acl(to, options.visibility).await?;
        let result = output.copy_object_result.as_ref().filter(|result| result.e_tag().is_some());
        let result = result.ok_or_else(|| untrustworthy("it names no ETag of the copy"))?;
        Ok(ObjectInfo {
            name: to.key.as_str().to_owned(),
            last_modified: seconds(result.last_modified()),
            etag: result.e_tag().map(ToOwned::to_owned),
            visibility: options.visibility,
            version_id: output.version_id,
            ..ObjectInfo::default()
        })
    }
}
