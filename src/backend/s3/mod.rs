//! The S3 backend: the AWS SDK over our own [`transport`].
//!
//! One file per group of operations; [`error`] alone turns a server's answer into our codes.

mod acl;
mod blank_key;
mod body;
mod connect;
mod copy;
mod credentials;
mod endpoint;
mod error;
mod guard;
mod list;
mod policy;
mod presign;
mod progress;
mod read;
mod transport;
mod write;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use aws_sdk_s3::Client;

use crate::backend::contract::{Backend, Capability, Content, Location, Object};
use crate::{
    config::Provider,
    error::Result,
    types::{
        CopyOptions, Expiry, GetOptions, ListOptions, ListPage, ObjectInfo, PresignGetOptions, PresignPutOptions,
        PresignedUrl, PutOptions, Visibility,
    },
};

/// One S3-compatible server.
#[derive(Debug)]
pub struct S3 {
    client: Client,
    /// Signs for `public_endpoint` where there is one.
    presigner: Client,
    provider: Provider,
    resolution: endpoint::Resolution,
    policy: Arc<policy::Policy>,
    /// Buckets that have answered: for these a 404 to a HEAD means a missing key.
    seen_buckets: Mutex<HashSet<String>>,
    /// What a server of an unknown kind has shown of its ACLs.
    acl_proof: acl::Proof,
}

/// Sends a request of the SDK under the server's policy.
macro_rules! send {
    ($s3:ident, $request:expr) => {{
        let request = $request;
        let sent = $s3.policy.run($crate::backend::s3::policy::Replay::Possible, |_| {
            let request = request.clone();
            async move { Box::pin(request.send()).await.map_err(|error| $crate::backend::s3::error::classify(&error)) }
        });
        sent.await
    }};
}
use send;

#[async_trait]
impl Backend for S3 {
    fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::ServerSideCopy => true,
            Capability::DefaultVisibility => self.provider.sends_default_acl(),
            Capability::ObjectVisibility => !self.provider.lacks_acl(),
        }
    }

    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        self.read_object(at, options).await
    }

    async fn head(&self, at: Location<'_>) -> Result<ObjectInfo> {
        self.head_object(at).await
    }

    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo> {
        self.put_object(at, content, options).await
    }

    async fn delete(&self, at: Location<'_>) -> Result<()> {
        self.delete_object(at).await
    }

    async fn copy(&self, from: Location<'_>, to: Location<'_>, options: &CopyOptions) -> Result<ObjectInfo> {
        self.copy_object(from, to, options).await
    }

    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        self.list_objects(bucket, prefix, options).await
    }

    async fn visibility(&self, at: Location<'_>) -> Result<Visibility> {
        self.read_acl(at).await
    }

    async fn set_visibility(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        self.write_acl(at, visibility).await
    }

    async fn public_url(&self, at: Location<'_>) -> Result<String> {
        self.resolution.object_url(at).await
    }

    async fn presign_get(&self, at: Location<'_>, expiry: Expiry, options: &PresignGetOptions) -> Result<PresignedUrl> {
        self.presigned_get(at, expiry, options).await
    }

    async fn presign_put(&self, at: Location<'_>, expiry: Expiry, options: &PresignPutOptions) -> Result<PresignedUrl> {
        self.presigned_put(at, expiry, options).await
    }

    async fn probe(&self, bucket: &str) -> Result<()> {
        self.head_bucket(bucket).await
    }
}

/// A `DateTime` of the SDK in Unix seconds.
fn seconds(time: Option<&aws_sdk_s3::primitives::DateTime>) -> Option<i64> {
    time.map(aws_sdk_s3::primitives::DateTime::secs)
}
