//! Who may do what: whoever has a key pair may do everything, anyone may read public objects.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::request::Parts;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use super::error::no_such_bucket;
use super::store::Store;

/// The key pairs. `s3s` verifies the signatures made with them.
pub(crate) struct Auth {
    pub pairs: Vec<(String, String)>,
}

#[async_trait::async_trait]
impl S3Auth for Auth {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let pair = self.pairs.iter().find(|(known, _)| known == access_key);
        pair.map(|(_, secret)| SecretKey::from(secret.as_str())).ok_or_else(|| {
            s3_error!(InvalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
        })
    }
}

/// The access key that a request names, in its header or its query, known or not. A form has it in its body.
pub(crate) fn access_key(request: &Parts) -> Option<String> {
    let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = header.and_then(|value| value.split_once("Credential=")).map(|(_, rest)| rest);
    let credential = credential.or_else(|| {
        let query = request.uri.query()?;
        query.split('&').find_map(|pair| pair.strip_prefix("X-Amz-Credential="))
    })?;
    // Up to the scope, whose slashes a query may have encoded.
    let key: String = credential.chars().take_while(|c| !matches!(c, '/' | '%' | ',' | ' ')).collect();
    Some(key).filter(|key| !key.is_empty())
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
