//! Who may do what: one key pair may do everything, anyone may read public objects.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use super::error::no_such_bucket;
use super::store::Store;

/// The one key pair. `s3s` verifies the signatures made with it.
pub(crate) struct Auth {
    pub access_key: String,
    pub secret_key: SecretKey,
}

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            Ok(self.secret_key.clone())
        } else {
            Err(s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records."))
        }
    }
}

/// Decides after the signature, if there is one, was found to be right.
pub(crate) struct Access {
    pub store: Arc<Store>,
}

#[async_trait::async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = cx.s3_op().name();
        let path = cx.s3_path();
        // Here rather than in each operation, so that it also holds for those that are not implemented and comes
        // before any complaint about the rest of the request.
        if operation != "CreateBucket"
            && let Some(bucket) = path.get_bucket_name()
            && !self.store.read(|buckets| buckets.contains_key(bucket))
        {
            return Err(no_such_bucket());
        }
        if cx.credentials().is_some() {
            return Ok(());
        }
        if let S3Path::Object { bucket, key } = path
            && matches!(operation, "GetObject" | "HeadObject")
            && self.store.object(bucket, key).is_ok_and(|object| object.acl.is_public_read())
        {
            return Ok(());
        }
        // Also for a key that does not exist: whether it does is not for everyone to know.
        Err(s3_error!(AccessDenied, "Access Denied"))
    }
}
