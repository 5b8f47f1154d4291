//! Uploads by HTML forms (`PostObject`): what a form may be bound to.
//!
//! Source: Amazon S3 API reference, "Browser-Based Uploads Using POST (AWS Signature Version 4)".

use super::{MAX_PUT_BYTES, PutOptions, check_header_value};
use crate::error::{Error, Result, printable};

/// What servers put the name of the uploaded file in place of.
pub const FILENAME: &str = "${filename}";

/// Options of a form that uploads an object.
#[derive(Debug, Clone, Default)]
pub struct PresignPostOptions {
    /// What is stored with the object. Conditions of a write (`if_match`, …) and `content_language` have no field in a form and
    /// are refused.
    pub object: PutOptions,
    /// What the `Content-Type` that the uploader adds must begin with; empty for any.
    pub content_type_prefix: Option<String>,
    /// The fewest bytes of the content.
    pub min_size: Option<u64>,
    /// The most bytes of the content.
    pub max_size: Option<u64>,
    /// Whether the pathname is only the beginning, and the name of the uploaded file the rest.
    pub key_starts_with: bool,
    /// The status of the answer: 200, 201 or 204.
    pub success_status: Option<u16>,
    /// Where the browser is sent after the upload.
    pub success_redirect: Option<String>,
}

impl PresignPostOptions {
    /// Checks every value, and what excludes each other.
    ///
    /// # Errors
    /// INVALID_ARGUMENT naming the option.
    pub fn check(&self) -> Result<()> {
        self.object.check()?;
        let object = &self.object;
        if object.if_match.is_some() || object.if_none_match.is_some() || object.content_language.is_some() {
            return Err(Error::invalid_argument("a form has no field for ifMatch, ifNoneMatch or contentLanguage"));
        }
        if !(object.encryption.is_empty() && object.lock.is_empty()) {
            return Err(Error::invalid_argument("a form cannot ask for an encryption or a lock"));
        }
        if let Some(prefix) = self.content_type_prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            check_header_value("contentTypePrefix", prefix)?;
        }
        if self.content_type_prefix.is_some() && self.object.content_type.is_some() {
            let message = "give contentType or contentTypePrefix, not both: one fixes the type, the other leaves it to the \
                           uploader";
            return Err(Error::invalid_argument(message));
        }
        if let Some((min, max)) = self.sizes()
            && min > max
        {
            return Err(Error::invalid_argument(format!("minSize is {min} bytes, more than maxSize, {max} bytes")));
        }
        if let Some(status) = self.success_status
            && ![200, 201, 204].contains(&status)
        {
            return Err(Error::invalid_argument(format!("successActionStatus must be 200, 201 or 204, not {status}")));
        }
        match &self.success_redirect {
            Some(_) if self.success_status.is_some() => Err(Error::invalid_argument(
                "give successActionStatus or successActionRedirect, not both: the redirect replaces the status",
            )),
            Some(target) => check_redirect(target),
            None => Ok(()),
        }
    }

    /// The bounds of the size, if there are any.
    #[must_use]
    pub fn sizes(&self) -> Option<(u64, u64)> {
        (self.min_size.is_some() || self.max_size.is_some())
            .then(|| (self.min_size.unwrap_or(0), self.max_size.unwrap_or(MAX_PUT_BYTES)))
    }
}

fn check_redirect(target: &str) -> Result<()> {
    check_header_value("successActionRedirect", target)?;
    match url::Url::parse(target) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(()),
        _ => Err(Error::invalid_argument(format!(
            "successActionRedirect must be an http or https URL, not \"{}\"",
            printable(target)
        ))),
    }
}

/// A form that carries its own signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresignedPost {
    /// Where the form is posted to.
    pub url: String,
    /// The fields of the form, all of them needed. The file comes behind them, as `file`.
    pub fields: Vec<(String, String)>,
    /// End of life, in Unix seconds.
    pub expires_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(options: &PresignPostOptions) -> String {
        options.check().unwrap_err().to_string()
    }

    #[test]
    fn a_minimum_alone_ends_at_what_one_request_can_carry() {
        let with = |min_size, max_size| PresignPostOptions { min_size, max_size, ..PresignPostOptions::default() };
        assert_eq!(with(None, None).sizes(), None);
        assert_eq!(with(None, Some(7)).sizes(), Some((0, 7)));
        assert_eq!(with(Some(7), None).sizes(), Some((7, MAX_PUT_BYTES)));
        assert!(with(Some(7), Some(7)).check().is_ok());
        assert!(refusal(&with(Some(8), Some(7))).contains("minSize is 8 bytes"));
        assert!(with(Some(MAX_PUT_BYTES + 1), None).check().is_err());
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        let typed = PutOptions { content_type: Some("image/png".into()), ..PutOptions::default() };
        let both = PresignPostOptions {
            object: typed,
            content_type_prefix: Some("image/".into()),
            ..PresignPostOptions::default()
        };
        assert!(refusal(&both).contains("not both"));
        let both = PresignPostOptions {
            success_status: Some(201),
            success_redirect: Some("https://a.example/".into()),
            ..PresignPostOptions::default()
        };
        assert!(refusal(&both).contains("not both"));
    }

    #[test]
    fn a_redirect_is_a_web_address() {
        let to = |target: &str| PresignPostOptions {
            success_redirect: Some(target.into()),
            ..PresignPostOptions::default()
        };
        assert!(to("https://app.example/done?x=1").check().is_ok());
        for target in ["", "done", "/done", "javascript:alert(1)", "https://a.example/\r\nx: y"] {
            assert!(refusal(&to(target)).contains("successActionRedirect"), "{target:?}");
        }
    }

    #[test]
    fn any_type_is_an_empty_prefix() {
        let with = |prefix: &str| PresignPostOptions {
            content_type_prefix: Some(prefix.into()),
            ..PresignPostOptions::default()
        };
        assert!(with("").check().is_ok());
        assert!(with("image/").check().is_ok());
        assert!(with("image/\n").check().is_err());
    }
}
