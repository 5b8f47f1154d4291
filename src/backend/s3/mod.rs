//! The S3 backend: two planes over one `connection` and one `policy`.
//!
//! The `data` plane (GET, HEAD, PUT, DELETE, listings of objects, presigned URLs) is ours; the `control` plane (copies, bulk deletes, versions,
//! uploads, ACLs) is the AWS SDK's. One file per group of operations; `policy` alone turns a server's answer into our codes.

mod acl;
mod blank_key;
mod body;
mod bulk;
mod checksum;
mod conditions;
mod connection;
mod control;
mod copy;
mod data;
mod described;
mod encryption;
mod ignored;
mod list;
mod lock;
mod multipart;
mod outgoing;
mod policy;
mod presign;
#[cfg(any(test, fuzzing))]
pub(crate) mod properties;
mod read;
mod tags;
mod uploads;
mod versions;
mod write;
mod xml;

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock},
};

use async_trait::async_trait;
use aws_sdk_s3::Client;

use crate::backend::contract::{
    Backend, Capability, Connections, Content, Copied, CopyOrder, Location, Object, Part, PartPage, Span, UploadMarker,
    UploadPage, Vouched,
};
use crate::{
    config::{Provider, ServerConfig},
    error::{Error, Result},
    types::{
        CustomerKey, DeleteOptions, Expiry, GetOptions, Grants, HeadOptions, Key, ListOptions, ListPage, ObjectInfo,
        PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost, PresignedUrl, PutOptions, Retention,
        VersionMarker, VersionPage, Visibility,
    },
};

/// One S3-compatible server.
#[derive(Debug)]
pub struct S3 {
    data: data::Data,
    config: Arc<ServerConfig>,
    /// The control plane, made on first use: most scripts read and write only.
    client: OnceLock<Client>,
    provider: Provider,
    /// Buckets that have answered: for these a 404 to a HEAD means a missing key.
    seen_buckets: Mutex<HashSet<String>>,
    /// What a server of an unknown kind has shown of its ACLs.
    acl_proof: acl::Proof,
    /// The same of its object locks.
    lock_proof: lock::Proof,
    /// The same of the conditions of writes.
    condition_proof: conditions::Proof,
    /// The same of its versions.
    version_proof: ignored::VersionProof,
}

impl S3 {
    /// Prepares a server; connects nowhere.
    ///
    /// # Errors
    /// INVALID_CONFIG when no region is configured and the AWS profile has none either.
    pub async fn connect(config: &Arc<ServerConfig>) -> Result<Self> {
        let server = Arc::new(connection::Server::of(config).await?);
        Ok(Self {
            data: data::Data { server, policy: Arc::new(policy::Policy::of(config)) },
            config: Arc::clone(config),
            client: OnceLock::new(),
            provider: config.provider,
            seen_buckets: Mutex::new(HashSet::new()),
            acl_proof: acl::Proof::default(),
            lock_proof: lock::Proof::default(),
            condition_proof: conditions::Proof::default(),
            version_proof: ignored::VersionProof::default(),
        })
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| control::client(&self.config, &self.data.server))
    }
}

#[deny(clippy::missing_trait_methods, reason = "what is left out would be UNSUPPORTED")]
#[async_trait]
impl Backend for S3 {
    fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::ServerSideCopy
            | Capability::PublicUrl
            | Capability::Presign
            | Capability::PresignPost
            | Capability::MadeBuckets
            | Capability::KeyBelowKey
            | Capability::LongSegments => true,
            Capability::UploadsByPrefix => !self.provider.lists_uploads_by_key(),
            Capability::DefaultVisibility => self.provider.sends_default_acl(),
            Capability::ObjectVisibility => !self.provider.lacks_acl(),
            Capability::ConditionalWrite | Capability::Tags | Capability::ServerFeatures | Capability::Versions => {
                !self.provider.ignores_extras()
            }
            Capability::ConditionalDelete => self.provider.deletes_conditionally(),
        }
    }

    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        self.read_object(at, options).await
    }

    async fn head(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo> {
        self.head_object(at, options).await
    }

    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo> {
        self.put_object(at, content, options).await
    }

    async fn begin_upload(&self, at: Location<'_>, options: &PutOptions) -> Result<String> {
        self.create_multipart_upload(at, options).await
    }

    async fn upload_part(
        &self,
        at: Location<'_>,
        upload: &str,
        number: u32,
        content: Content,
        key: Option<&CustomerKey>,
    ) -> Result<Part> {
        self.put_part(at, upload, number, content, key).await
    }

    async fn copy_part(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        upload: &str,
        number: u32,
        span: Span,
        order: &CopyOrder<'_>,
    ) -> Result<Part> {
        self.upload_part_copy(from, to, (upload, number), span, order).await
    }

    async fn complete_upload(
        &self,
        at: Location<'_>,
        upload: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.complete_multipart_upload(at, upload, parts, options).await
    }

    async fn abort_upload(&self, at: Location<'_>, upload: &str) -> Result<()> {
        self.abort_multipart_upload(at, upload).await
    }

    async fn list_uploads(&self, bucket: &str, prefix: &str, after: Option<&UploadMarker>) -> Result<UploadPage> {
        self.list_multipart_uploads(bucket, prefix, after).await
    }

    async fn list_parts(&self, at: Location<'_>, upload: &str, after: Option<u32>) -> Result<PartPage> {
        self.list_upload_parts(at, upload, after).await
    }

    async fn vouched(&self, at: Location<'_>, etag: &str, options: &HeadOptions) -> Result<Option<Box<dyn Vouched>>> {
        self.vouched_object(at, etag, options).await
    }

    async fn delete(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()> {
        self.delete_object(at, options).await
    }

    async fn delete_many(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>> {
        self.delete_objects(bucket, keys).await
    }

    async fn copy(&self, from: Location<'_>, to: Location<'_>, order: &CopyOrder<'_>) -> Result<Copied> {
        self.copy_object(from, to, order).await
    }

    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        self.list_objects(bucket, prefix, options).await
    }

    async fn versions(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&VersionMarker>,
        limit: u32,
    ) -> Result<VersionPage> {
        self.list_versions(bucket, prefix, after, limit).await
    }

    async fn tags(&self, at: Location<'_>, version_id: Option<&str>) -> Result<Vec<(String, String)>> {
        self.get_tags(at, version_id).await
    }

    async fn set_tags(&self, at: Location<'_>, tags: &[(String, String)]) -> Result<()> {
        self.put_tags(at, tags).await
    }

    async fn set_retention(&self, at: Location<'_>, retention: Retention, bypass: bool) -> Result<()> {
        self.put_retention(at, retention, bypass).await
    }

    async fn set_legal_hold(&self, at: Location<'_>, on: bool) -> Result<()> {
        self.put_legal_hold(at, on).await
    }

    async fn grants(&self, at: Location<'_>) -> Result<Option<Grants>> {
        self.read_grants(at).await
    }

    async fn visibility(&self, at: Location<'_>) -> Result<Visibility> {
        self.read_acl(at).await
    }

    async fn set_visibility(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        self.write_acl(at, visibility).await
    }

    async fn public_url(&self, at: Location<'_>) -> Result<String> {
        self.object_url(at).await
    }

    async fn presign_get(&self, at: Location<'_>, expiry: Expiry, options: &PresignGetOptions) -> Result<PresignedUrl> {
        self.presigned_get(at, expiry, options).await
    }

    async fn presign_put(&self, at: Location<'_>, expiry: Expiry, options: &PresignPutOptions) -> Result<PresignedUrl> {
        self.presigned_put(at, expiry, options).await
    }

    async fn presign_post(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignPostOptions,
    ) -> Result<PresignedPost> {
        self.presigned_post(at, expiry, options).await
    }

    async fn probe(&self, bucket: &str) -> Result<()> {
        self.head_bucket(bucket).await
    }

    fn connections(&self) -> Connections {
        self.data.server.pool.connections()
    }
}

/// A `DateTime` of the SDK in Unix seconds.
fn seconds(time: Option<&aws_sdk_s3::primitives::DateTime>) -> Option<i64> {
    time.map(aws_sdk_s3::primitives::DateTime::secs)
}
