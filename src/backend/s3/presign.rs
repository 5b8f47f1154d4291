//! Presigned URLs. Made offline: whether the object exists is not asked.

use http::{Method, header};

use super::{S3, acl, data::Request};
use crate::{
    backend::contract::Location,
    error::Result,
    types::{Expiry, PresignGetOptions, PresignPutOptions, PresignedUrl},
};

impl S3 {
    pub(super) async fn presigned_get(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignGetOptions,
    ) -> Result<PresignedUrl> {
        let request = Request::new(Method::GET)
            .query("response-content-disposition", options.response_content_disposition.as_deref())
            .query("response-content-type", options.response_content_type.as_deref())
            .query("versionId", options.version_id.as_deref());
        self.data.presign(at, &request, expiry).await
    }

    pub(super) async fn presigned_put(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignPutOptions,
    ) -> Result<PresignedUrl> {
        self.check_acl(options.visibility)?;
        let request = Request::new(Method::PUT)
            .header(header::CONTENT_TYPE, options.content_type.as_deref())?
            .header(acl::HEADER, options.visibility.map(acl::canned))?;
        self.data.presign(at, &request, expiry).await
    }

    /// The permanent URL of an object, unsigned.
    pub(super) async fn object_url(&self, at: Location<'_>) -> Result<String> {
        let place = self.data.server.endpoints.public_place(at.bucket).await?;
        Ok(format!("{}{}/{}", place.base, place.path, at.key.url_path()))
    }
}
