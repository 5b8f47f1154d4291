//! Encryption at the server's side: the headers that ask for it, and whether a server did what it was asked.

use aws_smithy_types::base64;
use http::{HeaderMap, HeaderName};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

use super::{S3, data::Request, described::text_of};
use crate::{
    backend::contract::Location,
    error::{Error, ErrorCode, Result},
    types::{CustomerKey, Encryption, HeadOptions, PutOptions, ServerEncryption},
};

const BY_SERVER: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");
const KMS_KEY_ID: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");
const CUSTOMER_ALGORITHM: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-customer-algorithm");
const CUSTOMER_KEY: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-customer-key");
const CUSTOMER_KEY_MD5: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-customer-key-md5");

/// The only algorithm of customer keys.
pub(super) const AES256: &str = "AES256";

/// A customer key as the API wants it.
pub(super) fn encoded(key: &CustomerKey) -> String {
    base64::encode(key.expose())
}

/// The digest that goes along with a customer key.
pub(super) fn digest(key: &CustomerKey) -> String {
    base64::encode(Md5::digest(key.expose()))
}

impl Request {
    /// Brings the key that an object was, or is to be, encrypted with.
    pub(super) fn customer_key(self, key: Option<&CustomerKey>) -> Result<Self> {
        let Some(key) = key else { return Ok(self) };
        self.header(CUSTOMER_ALGORITHM, Some(AES256))?
            .secret(CUSTOMER_KEY, Zeroizing::new(encoded(key).into_bytes()))?
            .header(CUSTOMER_KEY_MD5, Some(&digest(key)))
    }

    /// Asks for an encryption.
    pub(super) fn encryption(self, encryption: &Encryption) -> Result<Self> {
        if encryption.is_empty() {
            return Ok(self);
        }
        self.header(BY_SERVER, encryption.by_server.map(ServerEncryption::as_str))?
            .header(KMS_KEY_ID, encryption.kms_key_id.as_deref())?
            .customer_key(encryption.customer_key.as_ref())
    }
}

/// What an answer says of the encryption of its object, and whether that was by a customer key.
pub(super) fn described(headers: &HeaderMap) -> (Encryption, bool) {
    let by_server = text_of(headers, BY_SERVER).and_then(|name| ServerEncryption::named(&name));
    let is_kms = by_server.is_some_and(|kind| kind != ServerEncryption::Aes256);
    let kms_key_id = text_of(headers, KMS_KEY_ID).filter(|_| is_kms);
    (Encryption { by_server, kms_key_id, customer_key: None }, headers.contains_key(CUSTOMER_ALGORITHM))
}

impl S3 {
    /// After an upload in parts: whether the server encrypted as it was asked. Some say so in the answer to the completion, the
    /// others are looked at. That it took a customer key, each part said.
    pub(super) async fn prove_encryption(
        &self,
        at: Location<'_>,
        options: &PutOptions,
        mut by_server: Option<String>,
        version: Option<&str>,
    ) -> Result<()> {
        let asked = Encryption { customer_key: None, ..options.encryption.clone() };
        if asked.by_server.is_some() && by_server.is_none() {
            let look = HeadOptions { version_id: version.map(ToOwned::to_owned), ..HeadOptions::default() };
            let there = self.head_object(at, &look).await.map_err(|mut error| {
                let message = "the object was written, but whether it is encrypted cannot be told";
                error.message = format!("{message}: {}", error.message);
                error.maybe_applied = true;
                error
            })?;
            by_server = there.encryption.by_server.map(|kind| kind.as_str().to_owned());
        }
        Applied { by_server, customer_key_md5: None }.check(&asked, WITHOUT)
    }
}

/// What is there when an encryption was ignored.
pub(super) const WITHOUT: &str = "the object was written without it";

/// What a server answered to a request for an encryption.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) by_server: Option<String>,
    pub(super) customer_key_md5: Option<String>,
}

impl Applied {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        Self { by_server: text_of(headers, BY_SERVER), customer_key_md5: text_of(headers, CUSTOMER_KEY_MD5) }
    }

    /// A server that encrypts says so; one that does not know the headers would keep the object as it is.
    /// Source: Amazon S3 API reference, PutObject, "Response elements".
    pub(super) fn check(&self, asked: &Encryption, what_is_there: &str) -> Result<()> {
        let by_server = asked.by_server.map(ServerEncryption::as_str);
        let by_customer = asked.customer_key.as_ref().map(digest);
        let is_done = by_server.is_none_or(|name| self.by_server.as_deref() == Some(name))
            && by_customer.is_none_or(|digest| self.customer_key_md5.as_ref() == Some(&digest));
        if is_done {
            return Ok(());
        }
        let message = format!("the server accepted the encryption and does not confirm it; {what_is_there}");
        let mut error = Error::new(ErrorCode::Unsupported, message);
        error.maybe_applied = true;
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[test]
    fn a_customer_key_is_sent_encoded_with_its_digest_and_never_printed() {
        let key = CustomerKey::new(b"01234567890123456789012345678901").unwrap();
        let request = Request::new(Method::PUT).customer_key(Some(&key)).unwrap();
        // printf 01234567890123456789012345678901 | base64; … | openssl md5 -binary | base64
        assert_eq!(request.header_of(&CUSTOMER_KEY), "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
        assert_eq!(request.header_of(CUSTOMER_KEY_MD5), "KYvwGXoFFJ42a2u2GDWhwQ==");
        assert!(!format!("{request:?}").contains("MDEy"), "{request:?}");
    }

    #[test]
    fn an_encryption_that_is_not_confirmed_is_refused() {
        let asked = Encryption { by_server: Some(ServerEncryption::Kms), ..Encryption::default() };
        let applied = |name: Option<&str>| Applied { by_server: name.map(Into::into), ..Applied::default() };
        assert!(applied(Some("aws:kms")).check(&asked, "").is_ok());
        assert!(applied(Some("AES256")).check(&asked, "").is_err());
        assert_eq!(applied(None).check(&asked, "").unwrap_err().code, ErrorCode::Unsupported);
        assert!(applied(None).check(&Encryption::default(), "").is_ok());
        let own = Encryption { customer_key: CustomerKey::new(&[7; 32]).ok(), ..Encryption::default() };
        assert!(applied(None).check(&own, "").is_err());
    }
}
