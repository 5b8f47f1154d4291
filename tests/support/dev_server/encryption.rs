//! Encryption at the server's side, as a client sees it: nothing is encrypted in memory, but what was written with a key of
//! the customer's is only read with it.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use s3s::dto::ServerSideEncryption;
use s3s::{S3Error, S3Result, s3_error};

use super::blob::Blob;
use super::checksum::md5;
use super::store::hex;

/// The only algorithm of customer keys.
pub(crate) const AES256: &str = "AES256";
const KEY_BYTES: usize = 32;

/// How an object is encrypted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Encryption {
    pub by_server: Option<String>,
    pub kms_key_id: Option<String>,
    /// In base64, as headers have it. The key itself is not kept.
    pub customer_key_md5: Option<String>,
}

/// The encryption that an input asks for (`PutObject`, `CopyObject`, `CreateMultipartUpload`).
macro_rules! encryption_of {
    ($input:expr) => {
        super::encryption::Encryption::asked(
            $input.server_side_encryption.as_ref(),
            $input.ssekms_key_id.as_deref(),
            super::encryption::customer_key!($input)?,
        )
    };
}
pub(super) use encryption_of;

/// The digest of the customer key of an input, if it has one that is right.
macro_rules! customer_key {
    ($input:expr) => {
        super::encryption::key_digest(
            $input.sse_customer_algorithm.as_deref(),
            $input.sse_customer_key.as_deref(),
            $input.sse_customer_key_md5.as_deref(),
        )
    };
}
pub(super) use customer_key;

/// Sets the fields of an output that tell of the encryption.
macro_rules! set_encryption {
    ($output:ident, $encryption:expr) => {
        let encryption = &$encryption;
        $output.server_side_encryption = encryption.by_server.clone().map(s3s::dto::ServerSideEncryption::from);
        $output.ssekms_key_id = encryption.kms_key_id.clone();
        $output.sse_customer_key_md5 = encryption.customer_key_md5.clone();
        $output.sse_customer_algorithm =
            encryption.customer_key_md5.as_ref().map(|_| super::encryption::AES256.to_owned());
    };
}
pub(super) use set_encryption;

/// The digest of a customer key, in base64.
pub(crate) fn key_digest(algorithm: Option<&str>, key: Option<&str>, digest: Option<&str>) -> S3Result<Option<String>> {
    let (Some(algorithm), Some(key), Some(digest)) = (algorithm, key, digest) else {
        return if algorithm.is_none() && key.is_none() && digest.is_none() {
            Ok(None)
        } else {
            Err(s3_error!(
                InvalidArgument,
                "Requests specifying Server Side Encryption with Customer provided keys must provide algorithm, key and digest"
            ))
        };
    };
    if algorithm != AES256 {
        return Err(s3_error!(InvalidArgument, "The encryption algorithm is not supported"));
    }
    let key = BASE64.decode(key).ok().filter(|key| key.len() == KEY_BYTES);
    let key =
        key.ok_or_else(|| s3_error!(InvalidArgument, "The secret key was invalid for the specified algorithm."))?;
    if BASE64.encode(md5(&Blob::from(Bytes::from(key)))) != digest {
        return Err(s3_error!(
            InvalidArgument,
            "The calculated MD5 hash of the key did not match the hash that was provided."
        ));
    }
    Ok(Some(digest.to_owned()))
}

impl Encryption {
    pub(crate) fn asked(
        by_server: Option<&ServerSideEncryption>,
        kms_key_id: Option<&str>,
        customer_key_md5: Option<String>,
    ) -> S3Result<Self> {
        let by_server = by_server.map(|kind| kind.as_str().to_owned());
        let is_kms = match by_server.as_deref() {
            None | Some(AES256) => false,
            Some("aws:kms" | "aws:kms:dsse") => true,
            Some(_) => return Err(s3_error!(InvalidArgument, "The encryption method specified is not supported")),
        };
        if by_server.is_some() && customer_key_md5.is_some() || kms_key_id.is_some() && !is_kms {
            return Err(s3_error!(InvalidArgument, "Server Side Encryption parameters contradict each other"));
        }
        let default = || "arn:aws:kms:us-east-1:000000000000:key/default".to_owned();
        let kms_key_id = is_kms.then(|| kms_key_id.map_or_else(default, ToOwned::to_owned));
        Ok(Self { by_server, kms_key_id, customer_key_md5 })
    }

    /// The ETag of an object in one piece: the MD5 of its bytes, except under keys that are not the server's own.
    pub(crate) fn etag(&self, digest: String) -> String {
        if self.kms_key_id.is_none() && self.customer_key_md5.is_none() {
            return digest;
        }
        let other: String = digest.chars().rev().collect();
        hex(&md5(&Blob::from(Bytes::from(other))))
    }

    /// Whether the key of a request opens the object.
    pub(crate) fn check_key(&self, given: Option<&str>) -> S3Result<()> {
        match (self.customer_key_md5.as_deref(), given) {
            (Some(stored), Some(given)) if stored == given => Ok(()),
            (Some(_), Some(_)) => Err(s3_error!(AccessDenied, "Access Denied")),
            (Some(_), None) => Err(needs_key()),
            (None, None) => Ok(()),
            (None, Some(_)) => {
                Err(s3_error!(InvalidRequest, "The encryption parameters are not applicable to this object."))
            }
        }
    }
}

fn needs_key() -> S3Error {
    s3_error!(
        InvalidRequest,
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to \
         retrieve the object."
    )
}
