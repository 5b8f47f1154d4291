//! What is asked about an object or a bucket, before it is known where that is and when it is asked.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::{
    backend::{contract::Content, s3::connection::Place},
    error::{Error, Result},
    types::Key,
};

/// What stays as it is in a query: unreserved characters (RFC 3986 §2.3), as `SigV4` wants it.
pub(super) const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The value of a header that is never printed, and is overwritten when nobody needs it any more.
pub(super) fn secret(value: Zeroizing<Vec<u8>>) -> std::result::Result<HeaderValue, header::InvalidHeaderValue> {
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(value))?;
    value.set_sensitive(true);
    Ok(value)
}

/// One request about one object, or about a bucket.
#[derive(Debug)]
pub(in crate::backend::s3) struct Request {
    pub(super) method: Method,
    /// Encoded pairs in the order of their names, joined by `&`.
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
}

impl Request {
    pub(in crate::backend::s3) fn new(method: Method) -> Self {
        Self { method, query: String::new(), headers: HeaderMap::new(), content: Bytes::new().into() }
    }

    /// Adds a pair to the query, if it has a value. Names come in order, as signatures want them.
    pub(in crate::backend::s3) fn query(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            let separator = if self.query.is_empty() { "" } else { "&" };
            // Writing to a string does not fail.
            let _ = write!(self.query, "{separator}{name}={}", utf8_percent_encode(value, QUERY));
        }
        self
    }

    /// Adds a header, if it has a value.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a value that no header can carry; options are checked before, so this is the last line.
    pub(in crate::backend::s3) fn header(self, name: HeaderName, value: Option<&str>) -> Result<Self> {
        match value {
            Some(value) => self.header_value(name, HeaderValue::from_str(value)),
            None => Ok(self),
        }
    }

    /// Adds a header whose value is never printed, and is overwritten when nobody needs it any more.
    ///
    /// # Errors
    /// As for [`Self::header`].
    pub(in crate::backend::s3) fn secret(self, name: HeaderName, value: Zeroizing<Vec<u8>>) -> Result<Self> {
        self.header_value(name, secret(value))
    }

    /// Adds a header of user metadata.
    ///
    /// # Errors
    /// As for [`Self::header`].
    pub(in crate::backend::s3) fn metadata(self, name: &str, value: &str) -> Result<Self> {
        let name = HeaderName::try_from(format!("x-amz-meta-{name}"))
            .map_err(|_| Error::invalid_argument("a metadata name cannot be sent"))?;
        self.header_value(name, HeaderValue::from_str(value))
    }

    fn header_value(
        mut self,
        name: HeaderName,
        value: std::result::Result<HeaderValue, http::header::InvalidHeaderValue>,
    ) -> Result<Self> {
        let value = value.map_err(|_| Error::invalid_argument(format!("the value of {name} cannot be sent")))?;
        self.headers.insert(name, value);
        Ok(self)
    }

    /// What a header says.
    #[cfg(test)]
    pub(in crate::backend::s3) fn header_of(&self, name: impl http::header::AsHeaderName) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Carries a content.
    pub(in crate::backend::s3) fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    /// Whether it can be sent a second time without a word: a change under a condition that was applied would refuse itself.
    pub(super) fn is_idempotent(&self) -> bool {
        let is_condition = |name| self.headers.contains_key(name);
        let is_change = matches!(self.method, Method::PUT | Method::DELETE);
        !is_change || !(is_condition(header::IF_MATCH) || is_condition(header::IF_NONE_MATCH))
    }

    /// The path of an object at a place, or of the bucket itself.
    pub(super) fn path(place: &Place, key: Option<&Key>) -> String {
        let length = key.map_or(0, |key| key.as_str().len());
        let mut path = String::with_capacity(place.path.len() + length + 16);
        path.push_str(&place.path);
        path.push('/');
        if let Some(key) = key {
            key.push_url_path(&mut path);
        }
        path
    }
}
