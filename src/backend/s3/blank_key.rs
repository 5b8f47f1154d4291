//! Keys of white space only, which S3 allows and the SDK refuses ("key was missing").
//!
//! Such a key is given to the SDK behind a NUL, which no key of ours contains, and the NUL is taken out of the request's
//! path again before it is signed.

use std::borrow::Cow;

use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut};

use crate::types::Key;

/// A NUL as it stands in a path.
const MARK: &str = "%00";

/// A key as the SDK takes it.
pub(super) fn sdk_key(key: &Key) -> Cow<'_, str> {
    let key = key.as_str();
    if key.trim().is_empty() { Cow::Owned(format!("\0{key}")) } else { Cow::Borrowed(key) }
}

/// Takes the mark out of every request's path.
#[derive(Debug)]
pub(super) struct BlankKeys;

impl Intercept for BlankKeys {
    fn name(&self) -> &'static str {
        "BlankKeys"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), aws_sdk_s3::error::BoxError> {
        let request = context.request_mut();
        let (path, query) =
            request.uri().split_once('?').map_or((request.uri(), None), |(path, query)| (path, Some(query)));
        if !path.contains(MARK) {
            return Ok(());
        }
        let path = path.replacen(MARK, "", 1);
        request.set_uri(query.map_or(path.clone(), |query| format!("{path}?{query}")))?;
        Ok(())
    }
}
