//! Permanent URLs of objects, from the SDK's own rules for endpoints.

use crate::{
    backend::contract::Location,
    config::ServerConfig,
    error::{Error, ErrorCode, Result},
};
use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

/// What the rules need to know of a server.
#[derive(Debug)]
pub(super) struct Resolution {
    resolver: DefaultResolver,
    region: String,
    endpoint: Option<String>,
    path_style: bool,
}

impl Resolution {
    /// The rules for a server, seen from outside.
    pub(super) fn new(server: &ServerConfig, region: String) -> Self {
        Self {
            resolver: DefaultResolver::new(),
            region,
            endpoint: server.public_endpoint.clone().or_else(|| server.endpoint.clone()),
            path_style: server.path_style,
        }
    }

    /// The URL of an object, unsigned.
    ///
    /// # Errors
    /// INVALID_CONFIG when the rules know no endpoint for the bucket.
    pub(super) async fn object_url(&self, at: Location<'_>) -> Result<String> {
        let failed = |reason: String| {
            Error::new(ErrorCode::InvalidConfig, format!("no endpoint for bucket \"{}\"", at.bucket))
                .with_details(reason)
        };
        let params = Params::builder()
            .bucket(at.bucket)
            .region(self.region.as_str())
            .force_path_style(self.path_style)
            .set_endpoint(self.endpoint.clone())
            .build()
            .map_err(|e| failed(e.to_string()))?;
        let endpoint =
            ResolveEndpoint::resolve_endpoint(&self.resolver, &params).await.map_err(|e| failed(e.to_string()))?;
        Ok(format!("{}/{}", endpoint.url().trim_end_matches('/'), at.key.url_path()))
    }
}
