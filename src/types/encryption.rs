//! How a server encrypts what it keeps.

use std::fmt;

use zeroize::Zeroizing;

use super::check_header_value;
use crate::error::{Error, Result, printable};

/// Bytes of a customer key.
/// Source: Amazon S3 user guide, "Using server-side encryption with customer-provided keys (SSE-C)".
const KEY_BYTES: usize = 32;

/// Whose keys the server encrypts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerEncryption {
    /// The server's own keys (SSE-S3).
    Aes256,
    /// Keys of its key management (SSE-KMS).
    Kms,
    /// The same in two layers (DSSE-KMS).
    KmsDsse,
}

impl ServerEncryption {
    const ALL: [Self; 3] = [Self::Aes256, Self::Kms, Self::KmsDsse];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsDsse => "aws:kms:dsse",
        }
    }

    /// The encryption of a name, if it is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// Parses the name that a caller gave.
    ///
    /// # Errors
    /// INVALID_ARGUMENT that lists the known names.
    pub fn parse(name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| {
            Error::invalid_argument(format!(
                "encryption must be one of AES256, aws:kms, aws:kms:dsse, not \"{}\"",
                printable(name)
            ))
        })
    }
}

/// A key of the caller's own (SSE-C). It is never printed, and overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct CustomerKey(Zeroizing<[u8; KEY_BYTES]>);

impl CustomerKey {
    /// Wraps a key.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for anything but 32 bytes.
    pub fn new(bytes: &[u8]) -> Result<Self> {
        let key: &[u8; KEY_BYTES] = bytes.try_into().map_err(|_| {
            Error::invalid_argument(format!(
                "customerKey must be exactly {KEY_BYTES} raw bytes, not {}; it is encoded for the server here",
                bytes.len()
            ))
        })?;
        Ok(Self(Zeroizing::new(*key)))
    }

    /// The bytes, for the one place that makes headers of them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &*self.0
    }
}

impl fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The encryption of an object; nothing leaves it to the bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encryption {
    /// By the server's keys.
    pub by_server: Option<ServerEncryption>,
    /// Which key of the key management; `None` is its default.
    pub kms_key_id: Option<String>,
    /// By the caller's key.
    pub customer_key: Option<CustomerKey>,
}

impl Encryption {
    /// Whether it asks for nothing.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.by_server.is_none() && self.kms_key_id.is_none() && self.customer_key.is_none()
    }

    /// Checks that the parts go together.
    ///
    /// # Errors
    /// INVALID_ARGUMENT that says what does not.
    pub fn check(&self) -> Result<()> {
        if self.customer_key.is_some() && (self.by_server.is_some() || self.kms_key_id.is_some()) {
            return Err(Error::invalid_argument(
                "customerKey cannot be combined with encryption or kmsKeyId: an object is encrypted once",
            ));
        }
        let Some(id) = &self.kms_key_id else { return Ok(()) };
        if !matches!(self.by_server, Some(ServerEncryption::Kms | ServerEncryption::KmsDsse)) {
            return Err(Error::invalid_argument("kmsKeyId needs encryption \"aws:kms\" or \"aws:kms:dsse\""));
        }
        check_header_value("kmsKeyId", id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_key_is_32_bytes_and_is_not_printed() {
        let key = CustomerKey::new(b"CANARY-KEY-of-32-bytes-exactly!!").unwrap();
        let encryption = Encryption { customer_key: Some(key.clone()), ..Encryption::default() };
        assert!(!format!("{key:?} {encryption:#?}").contains("CANARY"));
        for wrong in [&b""[..], &[0; 31], &[0; 33], b"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="] {
            assert!(CustomerKey::new(wrong).is_err(), "{}", wrong.len());
        }
    }

    #[test]
    fn an_object_is_encrypted_once() {
        let key = CustomerKey::new(&[7; 32]).ok();
        let of = |by_server, id: Option<&str>, customer_key: &Option<CustomerKey>| Encryption {
            by_server,
            kms_key_id: id.map(Into::into),
            customer_key: customer_key.clone(),
        };
        assert!(of(Some(ServerEncryption::Kms), Some("id"), &None).check().is_ok());
        assert!(of(None, None, &key).check().is_ok());
        assert!(of(Some(ServerEncryption::Aes256), None, &key).check().is_err());
        assert!(of(Some(ServerEncryption::Aes256), Some("id"), &None).check().is_err());
        assert!(of(None, Some("id"), &None).check().is_err());
        assert!(of(Some(ServerEncryption::Kms), Some("id\r\nx: y"), &None).check().is_err());
    }
}
