//! What is kept of an object beside its content.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorCode, Result},
    types::{Grants, Key, ObjectInfo, ObjectLock, PutOptions, Visibility},
};

/// Everyone, in the words of an ACL.
/// Source: Amazon S3 user guide, "Access control list (ACL) overview", predefined groups.
const EVERYONE: &str = "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"";

/// The type of a content that nobody gave one.
/// Source: Amazon S3 API reference, PutObject, `Content-Type`.
const TYPELESS: &str = "binary/octet-stream";

/// What is kept of an object beside its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in super::super) struct Record {
    /// Bytes of the content.
    pub(in super::super) size: u64,
    /// Last change of the content, in Unix seconds.
    pub(in super::super) modified: i64,
    /// With its quotes.
    pub(in super::super) etag: String,
    /// Whether anyone may read it.
    pub(in super::super) public: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) expires: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) website_redirect: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) metadata: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tags: Vec<(String, String)>,
}

impl Record {
    /// What a write says of its object. Size, time and ETag come with the content.
    ///
    /// # Errors
    /// UNSUPPORTED for what only a server can do.
    pub(in super::super) fn of(options: &PutOptions) -> Result<Self> {
        for (name, is_asked) in [
            ("an encryption", !options.encryption.is_empty()),
            ("a lock", !options.lock.is_empty()),
            ("a storage class", options.storage_class.is_some()),
        ] {
            if is_asked {
                return Err(unsupported(&format!("{name} is something that only a server of S3 has")));
            }
        }
        let granted = options.grants.as_ref().is_some_and(|grants| grants.read.as_deref() == Some(EVERYONE));
        let mut metadata: Vec<_> =
            options.metadata.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        metadata.sort();
        Ok(Self {
            public: options.visibility == Some(Visibility::Public) || granted,
            content_type: options.content_type.clone(),
            cache_control: options.cache_control.clone(),
            content_disposition: options.content_disposition.clone(),
            content_encoding: options.content_encoding.clone(),
            content_language: options.content_language.clone(),
            expires: options.expires.clone(),
            website_redirect: options.website_redirect.clone(),
            metadata,
            tags: options.tags.clone(),
            ..Self::default()
        })
    }

    /// What a look at the object tells.
    pub(super) fn info(&self, key: &Key) -> ObjectInfo {
        ObjectInfo {
            content_type: Some(self.content_type.clone().unwrap_or_else(|| TYPELESS.to_owned())),
            metadata: Some(self.metadata.clone()),
            cache_control: self.cache_control.clone(),
            content_disposition: self.content_disposition.clone(),
            content_encoding: self.content_encoding.clone(),
            content_language: self.content_language.clone(),
            expires: self.expires.clone(),
            website_redirect: self.website_redirect.clone(),
            lock: Some(ObjectLock::default()),
            tag_count: u32::try_from(self.tags.len()).ok().filter(|count| *count > 0),
            ..self.entry(key.as_str())
        }
    }

    /// What a listing tells.
    pub(super) fn entry(&self, name: &str) -> ObjectInfo {
        ObjectInfo {
            name: name.to_owned(),
            size: Some(self.size),
            last_modified: Some(self.modified),
            etag: Some(self.etag.clone()),
            ..ObjectInfo::default()
        }
    }

    /// Who may read the object.
    pub(super) fn visibility(&self) -> Visibility {
        if self.public { Visibility::Public } else { Visibility::Private }
    }

    /// The same in the words of an ACL.
    pub(super) fn grants(&self) -> Option<Grants> {
        self.public.then(|| Grants { read: Some(EVERYONE.to_owned()), ..Grants::default() })
    }
}

/// What no store of this machine does.
pub(in super::super) fn unsupported(what: &str) -> Error {
    let mut error = Error::new(ErrorCode::Unsupported, what);
    error.status = Some(501);
    error
}
