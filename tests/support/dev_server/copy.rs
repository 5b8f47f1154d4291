//! `CopyObject`, and the source of a copy.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.

use std::sync::Arc;

use s3s::dto::{CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopySource, MetadataDirective, TaggingDirective};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::Acl;
use super::checksum::{Algorithm, StoredChecksum, md5, set_checksum};
use super::conditional::{ReadConditions, WriteConditions};
use super::encryption::{Encryption, encryption_of, set_encryption};
use super::lock::take_lock;
use super::object::{check_metadata, etag, storage_class};
use super::store::{Attributes, Object, Store, hex, now, take_attributes};
use super::tagging;
use super::version::current;

/// Takes the conditions on the source out of an input (`CopyObject`, `UploadPartCopy`).
macro_rules! source_conditions {
    ($input:expr) => {
        super::conditional::ReadConditions {
            if_match: $input.copy_source_if_match.take(),
            if_none_match: $input.copy_source_if_none_match.take(),
            if_modified_since: $input.copy_source_if_modified_since.take(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.take(),
        }
    };
}
pub(super) use source_conditions;

/// The digest of the key that the source of a copy is encrypted with.
macro_rules! source_key {
    ($input:expr) => {
        super::encryption::key_digest(
            $input.copy_source_sse_customer_algorithm.as_deref(),
            $input.copy_source_sse_customer_key.as_deref(),
            $input.copy_source_sse_customer_key_md5.as_deref(),
        )
    };
}
pub(super) use source_key;

/// The most that S3 copies in one request.
pub(crate) const LIMIT: u64 = 5 << 30;

/// The bucket, key and version a copy reads from.
pub(crate) fn location(source: &CopySource) -> S3Result<(&str, &str, Option<&str>)> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => Ok((bucket, key, version_id.as_deref())),
        _ => Err(s3_error!(NotImplemented, "Access points are not supported")),
    }
}

/// The object a copy reads from, if the conditions on it hold.
pub(crate) fn source(
    store: &Store,
    source: &CopySource,
    conditions: &ReadConditions,
    customer_key: Option<&str>,
) -> S3Result<Arc<Object>> {
    let (bucket, key, version_id) = location(source)?;
    let object = store.version(bucket, key, version_id)?;
    object.encryption.check_key(customer_key)?;
    conditions.check_copy_source(&object)?;
    Ok(object)
}

pub(crate) fn copy(store: &Store, req: S3Request<CopyObjectInput>) -> S3Result<S3Response<CopyObjectOutput>> {
    let mut input = req.input;
    let acl = Acl::from_request(input.acl.as_ref(), &req.headers)?;
    let conditions = WriteConditions::from_headers(&req.headers)?;
    let source = source(store, &input.copy_source, &source_conditions!(input), source_key!(input)?.as_deref())?;
    if source.data.len() > store.copy_limit {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy source: {}",
            store.copy_limit
        ));
    }
    let encryption = encryption_of!(input)?;
    let lock = take_lock!(input)?;
    store.bucket(&input.bucket, |bucket| lock.check_bucket(bucket))?;
    let replace_metadata = match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
        None | Some(MetadataDirective::COPY) => false,
        Some(MetadataDirective::REPLACE) => true,
        Some(_) => return Err(s3_error!(InvalidArgument, "Unknown metadata directive.")),
    };
    let replace_tags = match input.tagging_directive.as_ref().map(TaggingDirective::as_str) {
        None | Some(TaggingDirective::COPY) => false,
        Some(TaggingDirective::REPLACE) => true,
        Some(_) => return Err(s3_error!(InvalidArgument, "Unknown tagging directive.")),
    };

    let onto_itself = location(&input.copy_source)? == (input.bucket.as_str(), input.key.as_str(), None);
    let changes = replace_metadata
        || encryption != Encryption::default()
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some();
    if onto_itself && !changes {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the \
             object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }

    let attributes = if replace_metadata {
        check_metadata(input.metadata.as_ref())?;
        take_attributes!(input)
    } else {
        Attributes { website_redirect_location: input.website_redirect_location.take(), ..source.attributes.clone() }
    };
    let tags = if replace_tags { tagging::parse_header(input.tagging.as_deref())? } else { source.tags.clone() };
    let algorithm = match &input.checksum_algorithm {
        Some(algorithm) => Algorithm::parse(algorithm.as_str())?,
        None => source.checksum.algorithm,
    };
    // A copy is stored in one piece, so the etag and checksum of a multipart source become those of its bytes.
    let object = Object {
        etag: encryption.etag(hex(&md5(&source.data))),
        checksum: StoredChecksum::of(algorithm, &source.data),
        data: source.data.clone(),
        modified: now(),
        attributes,
        storage_class: storage_class(input.storage_class.as_ref())?,
        acl,
        tags,
        encryption,
        lock,
        version_id: None,
        part_sizes: Vec::new(),
    };
    let mut result = CopyObjectResult {
        e_tag: Some(etag(&object)),
        last_modified: Some(object.modified.clone()),
        checksum_type: Some(object.checksum.type_()),
        ..Default::default()
    };
    set_checksum!(result, object.checksum.to_dto());

    let mut output = CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.version_id.clone(),
        ..Default::default()
    };
    set_encryption!(output, object.encryption);
    store.bucket_mut(&input.bucket, |bucket| {
        conditions.check(current(bucket, &input.key))?;
        output.version_id = bucket.put(input.key, object);
        Ok(())
    })?;
    Ok(S3Response::new(output))
}
