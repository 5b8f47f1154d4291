//! What changes of an object whose content stays.

use super::PutOptions;
use crate::error::Result;

/// What changes of an object whose content stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
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
    /// User metadata, all of it.
    pub metadata: Option<Vec<(String, String)>>,
    /// Storage class.
    pub storage_class: Option<String>,
}

impl Changes {
    /// Checks every header value.
    ///
    /// # Errors
    /// As for [`PutOptions::check`].
    pub fn check(&self) -> Result<()> {
        self.applied_to(PutOptions::default()).check()
    }

    /// Whether nothing changes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.content_type.is_none()
            && self.cache_control.is_none()
            && self.content_disposition.is_none()
            && self.content_encoding.is_none()
            && self.content_language.is_none()
            && self.metadata.is_none()
            && self.storage_class.is_none()
    }

    /// What was there, with what changes.
    #[must_use]
    pub fn applied_to(&self, there: PutOptions) -> PutOptions {
        let or = |change: &Option<String>, there: Option<String>| change.clone().or(there);
        PutOptions {
            content_type: or(&self.content_type, there.content_type),
            cache_control: or(&self.cache_control, there.cache_control),
            content_disposition: or(&self.content_disposition, there.content_disposition),
            content_encoding: or(&self.content_encoding, there.content_encoding),
            content_language: or(&self.content_language, there.content_language),
            metadata: self.metadata.clone().unwrap_or(there.metadata),
            storage_class: or(&self.storage_class, there.storage_class),
            ..there
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_change_stays() {
        let there = PutOptions {
            content_type: Some("a/b".into()),
            cache_control: Some("no-store".into()),
            metadata: vec![("k".into(), "v".into())],
            ..PutOptions::default()
        };
        let changes = Changes { content_type: Some("c/d".into()), metadata: Some(Vec::new()), ..Changes::default() };
        let after = changes.applied_to(there);
        assert_eq!(after.content_type.as_deref(), Some("c/d"));
        assert_eq!(after.cache_control.as_deref(), Some("no-store"));
        assert!(after.metadata.is_empty() && !changes.is_empty() && Changes::default().is_empty());
    }
}
