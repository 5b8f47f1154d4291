//! What a call may ask for besides its pathname. Every value that becomes a header is checked here, before anything is sent.

use super::{
    ByteRange, CustomerKey, Encryption, Grants, ObjectInfo, ObjectLock, TransferOptions, Visibility, check_tags,
};
use crate::error::{Error, Result};

/// The most entries that one page of a listing can have.
/// Source: Amazon S3 API reference, ListObjectsV2, `max-keys`.
pub const MAX_PAGE: u32 = 1000;

/// The largest object that one request may carry: 5 GiB.
/// Source: Amazon S3 user guide, "Uploading objects".
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// The one header that may have the name of a file in it.
const CONTENT_DISPOSITION: &str = "contentDisposition";

/// The moments that an HTTP date can tell (RFC 9110 §5.6.7 has four digits for the year), from 1970 on.
const HTTP_DATES: std::ops::RangeInclusive<i64> = 0..=253_402_300_799;

/// Options of a read.
#[derive(Debug, Clone, Default)]
pub struct GetOptions {
    /// The part of the object to read.
    pub range: ByteRange,
    /// Only if the ETag is this one.
    pub if_match: Option<String>,
    /// Only if the ETag is another one.
    pub if_none_match: Option<String>,
    /// Only if it was written after this time, in Unix seconds.
    pub if_modified_since: Option<i64>,
    /// Only if it was not written after this time, in Unix seconds.
    pub if_unmodified_since: Option<i64>,
    /// A version of the object.
    pub version_id: Option<String>,
    /// The key that the object was written with.
    pub customer_key: Option<CustomerKey>,
}

/// Options of a look at an object.
#[derive(Debug, Clone, Default)]
pub struct HeadOptions {
    /// A version of the object.
    pub version_id: Option<String>,
    /// The key that the object was written with.
    pub customer_key: Option<CustomerKey>,
    /// Whether the checksum that is kept with the object is asked for, where the server has one.
    pub checksum: bool,
}

/// Options of a delete.
#[derive(Debug, Clone, Default)]
pub struct DeleteOptions {
    /// Only if the object has this ETag.
    pub if_match: Option<String>,
    /// This version, for good.
    pub version_id: Option<String>,
    /// Also while a retention in governance mode runs.
    pub bypass_governance: bool,
}

/// Options of a write.
#[derive(Debug, Clone, Default)]
pub struct PutOptions {
    /// The visibility that the caller asked for; `None` leaves it to the bucket.
    pub visibility: Option<Visibility>,
    /// MIME type.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// User metadata.
    pub metadata: Vec<(String, String)>,
    /// Storage class.
    pub storage_class: Option<String>,
    /// Object tags.
    pub tags: Vec<(String, String)>,
    /// Only if the object exists with this ETag.
    pub if_match: Option<String>,
    /// `*`: only if there is no object yet.
    pub if_none_match: Option<String>,
    /// How the server encrypts the object.
    pub encryption: Encryption,
    /// What keeps the object from being deleted.
    pub lock: ObjectLock,
    /// `Expires`, as another answer had it.
    pub expires: Option<String>,
    /// Where a website's visitors are sent.
    pub website_redirect: Option<String>,
    /// Who may do what, in place of a visibility.
    pub grants: Option<Grants>,
    /// How the content is sent.
    pub transfer: TransferOptions,
}

/// Options of a copy.
#[derive(Debug, Clone, Default)]
pub struct CopyOptions {
    /// The visibility of the copy that the caller asked for; `None` leaves it to the destination's bucket.
    pub visibility: Option<Visibility>,
    /// The version of the source that is copied; `None` is the latest.
    pub source_version_id: Option<String>,
}

/// Options of a listing.
#[derive(Debug, Clone)]
pub struct ListOptions {
    /// Whether keys behind a `/` are listed one by one, or as one common prefix.
    pub recursive: bool,
    /// The most entries of the page.
    pub limit: Option<u32>,
    /// Only keys behind this one.
    pub start_after: Option<String>,
    /// The token of the page.
    pub token: Option<String>,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self { recursive: true, limit: None, start_after: None, token: None }
    }
}

/// Options of a presigned download.
#[derive(Debug, Clone, Default)]
pub struct PresignGetOptions {
    /// The `Content-Type` that the server shall answer with.
    pub response_content_type: Option<String>,
    /// The `Content-Disposition` that the server shall answer with.
    pub response_content_disposition: Option<String>,
    /// The `Cache-Control` that the server shall answer with.
    pub response_cache_control: Option<String>,
    /// The `Content-Encoding` that the server shall answer with.
    pub response_content_encoding: Option<String>,
    /// The `Content-Language` that the server shall answer with.
    pub response_content_language: Option<String>,
    /// The `Expires` that the server shall answer with, in Unix seconds.
    pub response_expires: Option<i64>,
    /// A version of the object.
    pub version_id: Option<String>,
}

/// Options of a presigned upload.
#[derive(Debug, Clone, Default)]
pub struct PresignPutOptions {
    /// What the uploader must send as headers: content type, cache control, disposition, encoding, metadata, visibility.
    /// Nothing else of a write can be asked of an uploader.
    pub object: PutOptions,
    /// The bytes that the uploader must send, exactly.
    pub content_length: Option<u64>,
}

impl GetOptions {
    /// Checks every header value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that no header can carry.
    pub fn check(&self) -> Result<()> {
        check_all(&[("ifMatch", &self.if_match), ("ifNoneMatch", &self.if_none_match), ("versionId", &self.version_id)])
    }
}

impl HeadOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that cannot be sent.
    pub fn check(&self) -> Result<()> {
        check_all(&[("versionId", &self.version_id)])
    }
}

impl DeleteOptions {
    /// Checks every value, and that they go together.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that cannot be sent, and for a condition on one version.
    pub fn check(&self) -> Result<()> {
        check_all(&[("ifMatch", &self.if_match), ("versionId", &self.version_id)])?;
        if self.if_match.is_some() && self.version_id.is_some() {
            return Err(Error::invalid_argument(
                "ifMatch cannot be combined with versionId: S3 compares the latest version only, and a version never changes",
            ));
        }
        Ok(())
    }
}

impl CopyOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that cannot be sent.
    pub fn check(&self) -> Result<()> {
        check_all(&[("sourceVersionId", &self.source_version_id)])
    }
}

impl PutOptions {
    /// What a copy of an object has besides its content: its content headers and metadata.
    #[must_use]
    pub fn like(info: &ObjectInfo) -> Self {
        Self {
            content_type: info.content_type.clone(),
            cache_control: info.cache_control.clone(),
            content_disposition: info.content_disposition.clone(),
            content_encoding: info.content_encoding.clone(),
            content_language: info.content_language.clone(),
            expires: info.expires.clone(),
            metadata: info.metadata.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Checks every header value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that no header can carry, for metadata names that are not tokens, and for conditions
    /// that S3 does not know.
    pub fn check(&self) -> Result<()> {
        check_all(&[
            ("contentType", &self.content_type),
            ("cacheControl", &self.cache_control),
            (CONTENT_DISPOSITION, &self.content_disposition),
            ("contentEncoding", &self.content_encoding),
            ("contentLanguage", &self.content_language),
            ("storageClass", &self.storage_class),
            ("ifMatch", &self.if_match),
        ])?;
        self.encryption.check()?;
        self.lock.check()?;
        check_tags(&self.tags)?;
        for (i, (name, value)) in self.metadata.iter().enumerate() {
            check_metadata(name, value)?;
            if self.metadata[..i].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                return Err(Error::invalid_argument(format!(
                    "metadata name \"{name}\" is there twice; case does not count"
                )));
            }
        }
        match self.if_none_match.as_deref() {
            None | Some("*") => Ok(()),
            Some(_) => Err(Error::invalid_argument(
                "ifNoneMatch of a write must be \"*\": S3 knows no other condition of this kind for a PUT",
            )),
        }
    }
}

impl PresignGetOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that no header can carry.
    pub fn check(&self) -> Result<()> {
        check_all(&[
            ("contentType", &self.response_content_type),
            (CONTENT_DISPOSITION, &self.response_content_disposition),
            ("responseCacheControl", &self.response_cache_control),
            ("responseContentEncoding", &self.response_content_encoding),
            ("responseContentLanguage", &self.response_content_language),
            ("versionId", &self.version_id),
        ])?;
        match self.response_expires {
            Some(moment) if !HTTP_DATES.contains(&moment) => Err(Error::invalid_argument(format!(
                "responseExpires must be in the years 1970 to 9999, not {moment} Unix seconds"
            ))),
            _ => Ok(()),
        }
    }
}

impl PresignPutOptions {
    /// Checks every value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that no header can carry, and for what is not asked of an uploader.
    pub fn check(&self) -> Result<()> {
        self.object.check()?;
        let object = &self.object;
        let others = [&object.content_language, &object.storage_class, &object.if_match, &object.if_none_match];
        let is_more = !(object.tags.is_empty() && object.encryption.is_empty() && object.lock.is_empty());
        if others.iter().any(|other| other.is_some()) || is_more {
            return Err(Error::invalid_argument(
                "a presigned upload cannot ask for contentLanguage, storageClass, tags, encryption, a lock, ifMatch or ifNoneMatch",
            ));
        }
        match self.content_length {
            Some(bytes) if bytes > MAX_PUT_BYTES => Err(Error::invalid_argument(format!(
                "contentLength is {bytes} bytes, more than one request may carry, {MAX_PUT_BYTES} bytes"
            ))),
            _ => Ok(()),
        }
    }
}

fn check_all(values: &[(&str, &Option<String>)]) -> Result<()> {
    for (name, value) in values {
        if let Some(value) = value {
            check_header_value(name, value)?;
        }
    }
    Ok(())
}

/// Refuses a value that a header cannot carry: control characters (CR, LF and NUL split or cut headers) and non-ASCII
/// text, which HTTP leaves undefined (RFC 9110 §5.5).
///
/// # Errors
/// INVALID_ARGUMENT naming the option.
pub fn check_header_value(name: &str, value: &str) -> Result<()> {
    let problem = if value.is_empty() {
        "must not be empty"
    } else if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
        "must not contain control characters such as CR, LF or NUL"
    } else if !value.is_ascii() && name == CONTENT_DISPOSITION {
        "must be ASCII; a file name with other letters is percent-encoded UTF-8 (RFC 8187): \
         attachment; filename*=UTF-8''na%C3%AFve.txt"
    } else if !value.is_ascii() {
        "must be ASCII; encode other text, by base64 or percent-encoding"
    } else if value.trim() != value {
        "must not begin or end with white space, which HTTP does not keep"
    } else {
        return Ok(());
    };
    Err(Error::invalid_argument(format!("{name} {problem}")))
}

fn check_metadata(name: &str, value: &str) -> Result<()> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(Error::invalid_argument(format!(
            "metadata name \"{}\" must be one or more letters, digits or one of !#$%&'*+-.^_`|~",
            crate::error::printable(name)
        )));
    }
    if value.is_empty() {
        return Ok(());
    }
    check_header_value(&format!("metadata \"{name}\""), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_nul_never_reach_a_header() {
        for value in ["a\r\nx-evil: 1", "a\nb", "a\0b", "a\rb", "\u{7f}"] {
            assert!(check_header_value("contentType", value).is_err(), "{value:?}");
            let options = PutOptions { metadata: vec![("k".into(), value.into())], ..PutOptions::default() };
            assert!(options.check().is_err(), "{value:?}");
        }
        for name in ["", "a b", "a:b", "ä", "a\n"] {
            let options = PutOptions { metadata: vec![(name.into(), "v".into())], ..PutOptions::default() };
            assert!(options.check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_presigned_upload_takes_nothing_that_it_would_not_ask_for() {
        let check = |object: PutOptions| PresignPutOptions { object, content_length: None }.check();
        assert!(check(PutOptions { cache_control: Some("no-store".into()), ..PutOptions::default() }).is_ok());
        assert!(check(PutOptions { storage_class: Some("GLACIER".into()), ..PutOptions::default() }).is_err());
        assert!(check(PutOptions { tags: vec![("a".into(), "b".into())], ..PutOptions::default() }).is_err());
        assert!(check(PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() }).is_err());
        let encryption = Encryption { customer_key: CustomerKey::new(&[7; 32]).ok(), ..Encryption::default() };
        assert!(check(PutOptions { encryption, ..PutOptions::default() }).is_err());
        let lock = ObjectLock { legal_hold: Some(true), ..ObjectLock::default() };
        assert!(check(PutOptions { lock, ..PutOptions::default() }).is_err());
        assert!(
            PresignPutOptions { content_length: Some(MAX_PUT_BYTES + 1), ..PresignPutOptions::default() }
                .check()
                .is_err()
        );
    }

    #[test]
    fn a_write_takes_only_the_star_as_if_none_match() {
        let with = |value: &str| PutOptions { if_none_match: Some(value.into()), ..PutOptions::default() };
        assert!(with("*").check().is_ok());
        assert!(with("\"abc\"").check().is_err());
    }

    #[test]
    fn a_version_is_deleted_without_a_condition() {
        let with = |if_match: Option<&str>, version_id: Option<&str>| DeleteOptions {
            if_match: if_match.map(Into::into),
            version_id: version_id.map(Into::into),
            ..DeleteOptions::default()
        };
        assert!(with(Some("\"e\""), None).check().is_ok());
        assert!(with(None, Some("v")).check().is_ok());
        assert!(with(Some("\"e\""), Some("v")).check().is_err());
        for text in ["a\r\nx: y", "a\0b", ""] {
            assert!(with(Some(text), None).check().is_err() && with(None, Some(text)).check().is_err(), "{text:?}");
        }
    }
}
