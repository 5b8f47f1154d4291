//! Copies within the server: whole, or part by part.

use std::fmt::Write as _;

use tokio::time::Instant;

use aws_sdk_s3::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    error::BoxError,
    operation::copy_object::builders::CopyObjectFluentBuilder,
    primitives::DateTime,
    types::{MetadataDirective, ObjectLockLegalHoldStatus, ObjectLockMode, ServerSideEncryption, StorageClass},
};

use super::{
    S3, acl,
    blank_key::sdk_key,
    control::{attempt, send, untrustworthy},
    lock::on_off,
    policy::{At, Failure},
    seconds,
};
use crate::{
    backend::contract::{Copied, CopyLimit, CopyOrder, Location, Part, Span},
    error::{Error, ErrorCode, Result},
    types::{ObjectInfo, PutOptions},
};

/// How S3 says that a source is too large for one request; the limit follows.
/// Source: Amazon S3 user guide, "Copying objects"; the words are those of S3 itself.
const TOO_LARGE: &str = "The specified copy source is larger than the maximum allowable size for a copy source: ";

/// The most that S3 copies in one request.
/// Source: Amazon S3 API reference, CopyObject.
const COPY_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

impl S3 {
    /// Content, metadata and tags go along; the ACL does not (S3 copies none), so the destination's visibility counts.
    pub(super) async fn copy_object(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        order: &CopyOrder<'_>,
    ) -> Result<Copied> {
        self.check_acl(order.visibility)?;
        self.check_version(order.version_id)?;
        if let Some(options) = order.replace {
            self.check_write(options)?;
        }
        let tags = if order.replace.is_some() && self.provider.drops_tags() {
            match self.get_tags(from, order.version_id).await {
                // What has no tags loses none.
                Err(error) if error.code == ErrorCode::Unsupported => Vec::new(),
                tags => tags?,
            }
        } else {
            Vec::new()
        };
        let request = self
            .client()
            .copy_object()
            .copy_source(source(from, order.version_id))
            .set_copy_source_if_match(order.if_match.map(ToOwned::to_owned))
            .bucket(to.bucket)
            .key(sdk_key(to.key))
            .set_acl(order.visibility.map(|visibility| acl::canned(visibility).into()));
        let request = match order.replace {
            Some(options) => replacing(request, options),
            None => request,
        };
        let expires = Expires(order.replace.and_then(|options| options.expires.clone()));
        let deadline = self.data.policy.deadline();
        let bucket = to.bucket;
        let mender = At { server: &self.data.server, bucket };
        let sent = self.data.policy.run(&mender, deadline, |_| {
            let request = request.clone().customize().interceptor(expires.clone());
            async move {
                let outcome = attempt!(self, bucket, request);
                outcome.map_err(|failure| if order.once_if_slow { once_if_slow(failure) } else { failure })
            }
        });
        let output = match sent.await {
            Ok(output) => output,
            Err(error)
                if order.once_if_slow && is_silent(&error) && deadline.is_none_or(|end| Instant::now() < end) =>
            {
                return Ok(Copied::Not(CopyLimit::Time));
            }
            Err(error) => return too_large(&error).map(|limit| Copied::Not(CopyLimit::Bytes(limit))).ok_or(error),
        };
        self.saw(to.bucket);
        self.restore_tags(to, &tags).await?;
        self.prove_acl(to, order.visibility).await?;
        let result = output.copy_object_result.as_ref().filter(|result| result.e_tag().is_some());
        let result = result.ok_or_else(|| untrustworthy("it names no ETag of the copy"))?;
        Ok(Copied::Whole(Box::new(ObjectInfo {
            name: to.key.as_str().to_owned(),
            last_modified: seconds(result.last_modified()),
            etag: result.e_tag().map(ToOwned::to_owned),
            visibility: order.visibility,
            version_id: self.usable_version(output.version_id),
            ..ObjectInfo::default()
        })))
    }

    pub(super) async fn upload_part_copy(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        (upload, number): (&str, u32),
        span: Span,
        order: &CopyOrder<'_>,
    ) -> Result<Part> {
        let request = self
            .client()
            .upload_part_copy()
            .copy_source(source(from, order.version_id))
            .set_copy_source_if_match(order.if_match.map(ToOwned::to_owned))
            .copy_source_range(format!("bytes={}-{}", span.first, span.last))
            .bucket(to.bucket)
            .key(sdk_key(to.key))
            .upload_id(upload)
            .part_number(i32::try_from(number).unwrap_or(i32::MAX));
        let output = send!(self, to.bucket, request)?;
        let etag = output.copy_part_result.and_then(|result| result.e_tag);
        let etag = etag.ok_or_else(|| untrustworthy("it copied a part and gave it no ETag"))?;
        Ok(Part { number, etag, size: span.last - span.first + 1 })
    }
}

/// Whether nothing came for too long. What the server calls a timeout is an answer.
fn is_silent(error: &Error) -> bool {
    error.code == ErrorCode::Timeout && error.status.is_none()
}

/// What took too long takes as long again: some servers say nothing while they copy.
fn once_if_slow(mut failure: Failure) -> Failure {
    if is_silent(&failure.error) {
        failure.error.retryable = false;
    }
    failure
}

/// A source as the API names it.
fn source(from: Location<'_>, version_id: Option<&str>) -> String {
    let mut source = format!("{}/{}", from.bucket, from.key.url_path());
    if let Some(version_id) = version_id {
        let encoded = percent_encoding::utf8_percent_encode(version_id, percent_encoding::NON_ALPHANUMERIC);
        // Writing to a string does not fail.
        let _ = write!(source, "?versionId={encoded}");
    }
    source
}

/// The copy has these headers and not the source's. What S3 takes from its defaults where a copy does not name it (storage class,
/// encryption, lock) is named.
fn replacing(request: CopyObjectFluentBuilder, options: &PutOptions) -> CopyObjectFluentBuilder {
    let grants = options.grants.clone().unwrap_or_default();
    let retention = options.lock.retention;
    request
        .metadata_directive(MetadataDirective::Replace)
        .set_content_type(options.content_type.clone())
        .set_cache_control(options.cache_control.clone())
        .set_content_disposition(options.content_disposition.clone())
        .set_content_encoding(options.content_encoding.clone())
        .set_content_language(options.content_language.clone())
        .set_website_redirect_location(options.website_redirect.clone())
        .set_metadata(Some(options.metadata.iter().cloned().collect()))
        .set_storage_class(options.storage_class.as_deref().map(StorageClass::from))
        .set_server_side_encryption(options.encryption.by_server.map(|kind| ServerSideEncryption::from(kind.as_str())))
        .set_ssekms_key_id(options.encryption.kms_key_id.clone())
        .set_object_lock_mode(retention.map(|retention| ObjectLockMode::from(retention.mode.as_str())))
        .set_object_lock_retain_until_date(retention.map(|retention| DateTime::from_secs(retention.until)))
        .set_object_lock_legal_hold_status(
            options.lock.legal_hold.map(|on| ObjectLockLegalHoldStatus::from(on_off(on))),
        )
        .set_grant_full_control(grants.full_control)
        .set_grant_read(grants.read)
        .set_grant_read_acp(grants.read_acp)
        .set_grant_write_acp(grants.write_acp)
}

/// `Expires` as an object has it. The SDK takes dates only, and many say `0` or `-1`.
#[derive(Debug, Clone)]
pub(super) struct Expires(pub(super) Option<String>);

impl Intercept for Expires {
    fn name(&self) -> &'static str {
        "Expires"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(expires) = &self.0 {
            context.request_mut().headers_mut().try_insert("expires", expires.clone())?;
        }
        Ok(())
    }
}

/// How much the server copies in one request, if that was less than it was asked to.
fn too_large(error: &Error) -> Option<u64> {
    match error.server_code.as_deref() {
        Some("InvalidRequest") => error.details.strip_prefix(TOO_LARGE)?.trim().parse().ok(),
        Some("EntityTooLarge") => Some(COPY_LIMIT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn only_a_source_that_is_too_large_is_copied_in_parts() {
        let refused = |code: &str, words: &str| {
            let mut error = Error::new(ErrorCode::OperationFailed, "the server refused").with_details(words);
            error.server_code = Some(code.into());
            too_large(&error)
        };
        assert_eq!(refused("InvalidRequest", &format!("{TOO_LARGE}5368709120")), Some(COPY_LIMIT));
        assert_eq!(refused("EntityTooLarge", "Your proposed upload exceeds the maximum"), Some(COPY_LIMIT));
        assert_eq!(refused("InvalidRequest", "This copy request is illegal"), None);
        assert_eq!(refused("InvalidRequest", TOO_LARGE), None);
        assert_eq!(refused("AccessDenied", &format!("{TOO_LARGE}5368709120")), None);
    }
}
