//! Presigned URLs. Made offline: whether the object exists is not asked.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};

use super::{S3, acl, blank_key::sdk_key, error::classify};
use crate::{
    backend::contract::Location,
    error::{Error, Result},
    types::{Expiry, PresignGetOptions, PresignPutOptions, PresignedUrl},
};

impl S3 {
    pub(super) async fn presigned_get(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignGetOptions,
    ) -> Result<PresignedUrl> {
        let (config, expires_at) = lifetime(expiry)?;
        let request = self
            .presigner
            .get_object()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .set_response_content_type(options.response_content_type.clone())
            .set_response_content_disposition(options.response_content_disposition.clone())
            .set_version_id(options.version_id.clone())
            .presigned(config)
            .await
            .map_err(|error| classify(&error))?;
        Ok(signed(&request, "GET", expires_at))
    }

    pub(super) async fn presigned_put(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignPutOptions,
    ) -> Result<PresignedUrl> {
        self.check_acl(options.visibility)?;
        let (config, expires_at) = lifetime(expiry)?;
        let request = self
            .presigner
            .put_object()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .set_content_type(options.content_type.clone())
            .set_acl(options.visibility.map(acl::canned))
            .presigned(config)
            .await
            .map_err(|error| classify(&error))?;
        Ok(signed(&request, "PUT", expires_at))
    }
}

/// The signer's clock and the end of life that the caller is told, from one reading.
fn lifetime(expiry: Expiry) -> Result<(PresigningConfig, i64)> {
    let now = SystemTime::now();
    let config = PresigningConfig::builder()
        .start_time(now)
        .expires_in(expiry.duration())
        .build()
        .map_err(|error| Error::invalid_argument(error.to_string()))?;
    let end = (now + expiry.duration()).duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok((config, i64::try_from(end).unwrap_or(i64::MAX)))
}

fn signed(request: &PresignedRequest, method: &'static str, expires_at: i64) -> PresignedUrl {
    let mut headers: Vec<_> = request
        .headers()
        // The uploader's HTTP client knows its own length and host.
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("host"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    headers.sort();
    PresignedUrl { url: request.uri().to_owned(), method, headers, expires_at }
}
