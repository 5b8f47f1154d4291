//! `PutObject`, `GetObject` and `HeadObject`.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html> and its neighbours.

use s3s::dto::{
    ChecksumMode, ETag, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, PutObjectInput,
    PutObjectOutput, StorageClass, StreamingBlob, Timestamp,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::Acl;
use super::checksum::{Algorithm, set_checksum};
use super::conditional::{ReadConditions, WriteConditions};
use super::encryption::{customer_key, encryption_of, set_encryption};
use super::form::FormFields;
use super::lock::{set_lock, take_lock};
use super::range::Selection;
use super::store::{Object, STANDARD, Store, now, take_attributes};
use super::tagging;
use super::upload_body::{Announced, receive};
use super::version::current;

/// S3 stores this type when a write names none.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

pub(crate) fn etag(object: &Object) -> ETag {
    ETag::Strong(object.etag.clone())
}

/// Checks the storage class of a write.
pub(crate) fn storage_class(class: Option<&StorageClass>) -> S3Result<String> {
    const KNOWN: [&str; 8] = [
        STANDARD,
        StorageClass::REDUCED_REDUNDANCY,
        StorageClass::STANDARD_IA,
        StorageClass::ONEZONE_IA,
        StorageClass::INTELLIGENT_TIERING,
        StorageClass::GLACIER,
        StorageClass::GLACIER_IR,
        StorageClass::DEEP_ARCHIVE,
    ];
    let class = class.map_or(STANDARD, StorageClass::as_str);
    if KNOWN.contains(&class) {
        Ok(class.to_owned())
    } else {
        Err(s3_error!(InvalidStorageClass, "The storage class you specified is not valid"))
    }
}

/// The user metadata of an object may have 2 KB:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>.
pub(crate) fn check_metadata(metadata: Option<&std::collections::HashMap<String, String>>) -> S3Result<()> {
    const MAX: usize = 2048;
    let size: usize = metadata.into_iter().flatten().map(|(name, value)| name.len() + value.len()).sum();
    if size > MAX {
        return Err(s3_error!(MetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size"));
    }
    Ok(())
}

pub(crate) async fn put(store: &Store, req: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
    let mut input = req.input;
    let form = req.extensions.get::<FormFields>().cloned().unwrap_or_default();
    let acl = Acl::from_request(form.acl.as_ref().or(input.acl.as_ref()), &req.headers)?;
    let tags = match form.tags()? {
        Some(tags) => tags,
        None => tagging::parse_header(input.tagging.as_deref())?,
    };
    let storage_class = storage_class(input.storage_class.as_ref())?;
    check_metadata(input.metadata.as_ref())?;
    let encryption = encryption_of!(input)?;
    let lock = take_lock!(input)?;
    lock.check_digest(&req.headers)?;
    store.bucket(&input.bucket, |bucket| lock.check_bucket(bucket))?;
    let algorithm = match &input.checksum_algorithm {
        Some(algorithm) => Algorithm::parse(algorithm.as_str())?,
        None => Algorithm::DEFAULT,
    };

    let announced = Announced {
        content_length: input.content_length,
        content_md5: input.content_md5.as_deref(),
        headers: &req.headers,
        trailers: req.trailing_headers.as_ref(),
        algorithm,
    };
    let received = receive(input.body.take(), &announced).await?;

    let object = Object {
        attributes: take_attributes!(input),
        data: received.data,
        etag: encryption.etag(received.etag),
        modified: now(),
        storage_class,
        acl,
        tags,
        encryption,
        lock,
        version_id: None,
        checksum: received.checksum,
        part_sizes: Vec::new(),
    };
    let checksum = object.checksum.to_dto();
    let mut output = PutObjectOutput {
        e_tag: Some(etag(&object)),
        checksum_type: Some(object.checksum.type_()),
        ..Default::default()
    };
    set_checksum!(output, checksum);
    set_encryption!(output, object.encryption);

    let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
    store.bucket_mut(&input.bucket, |bucket| {
        conditions.check(current(bucket, &input.key))?;
        output.version_id = bucket.put(input.key, object);
        Ok(())
    })?;
    Ok(S3Response::new(output))
}

/// What GET and HEAD have in common: finds the object, checks the conditions, selects the range.
macro_rules! select {
    ($store:expr, $input:expr) => {{
        let object = $store.version(&$input.bucket, &$input.key, $input.version_id.as_deref())?;
        object.encryption.check_key(customer_key!($input)?.as_deref())?;
        let conditions = ReadConditions {
            if_match: $input.if_match.take(),
            if_none_match: $input.if_none_match.take(),
            if_modified_since: $input.if_modified_since.take(),
            if_unmodified_since: $input.if_unmodified_since.take(),
        };
        conditions.check_read(&object)?;
        let selection = Selection::of(&object, $input.range, $input.part_number)?;
        (object, selection)
    }};
}

/// The output fields GET and HEAD have in common. The `response-*` parameters of the query override what is stored.
macro_rules! describe {
    ($output:ident, $input:expr, $object:expr, $selection:expr) => {{
        let attributes = $object.attributes.clone();
        let default_type = || Some(DEFAULT_CONTENT_TYPE.to_owned());
        let class = &$object.storage_class;
        let mut output = $output {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: $input.response_cache_control.or(attributes.cache_control),
            content_disposition: $input.response_content_disposition.or(attributes.content_disposition),
            content_encoding: $input.response_content_encoding.or(attributes.content_encoding),
            content_language: $input.response_content_language.or(attributes.content_language),
            content_length: i64::try_from($selection.span.end - $selection.span.start).ok(),
            content_range: $selection.content_range.clone(),
            content_type: $input.response_content_type.or(attributes.content_type).or_else(default_type),
            e_tag: Some(etag(&$object)),
            expires: $input.response_expires.or(attributes.expires),
            last_modified: Some($object.modified.clone()),
            metadata: attributes.metadata,
            parts_count: $selection.parts_count,
            // "If the object is stored in the STANDARD storage class, this header is not returned":
            // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
            storage_class: (class != STANDARD).then(|| StorageClass::from(class.clone())),
            website_redirect_location: attributes.website_redirect_location,
            version_id: $object.version_id.clone(),
            ..Default::default()
        };
        set_encryption!(output, $object.encryption);
        set_lock!(output, $object.lock);
        let wanted = $input.checksum_mode.as_ref().is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        // A checksum of the whole object says nothing about a range of it.
        if wanted && $selection.content_range.is_none() {
            set_checksum!(output, $object.checksum.to_dto());
            output.checksum_type = Some($object.checksum.type_());
        }
        output
    }};
}

pub(crate) fn get(store: &Store, req: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
    let mut input = req.input;
    let overrides = [
        input.response_cache_control.as_deref(),
        input.response_content_disposition.as_deref(),
        input.response_content_encoding.as_deref(),
        input.response_content_language.as_deref(),
        input.response_content_type.as_deref(),
        input.response_expires.as_ref().map(|_: &Timestamp| ""),
    ];
    // "When you use these parameters, you must sign the request":
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    if req.credentials.is_none() && overrides.iter().any(Option::is_some) {
        return Err(s3_error!(
            InvalidRequest,
            "Request specific response headers cannot be used for anonymous GET requests."
        ));
    }
    let (object, selection) = select!(store, input);
    let mut output = describe!(GetObjectOutput, input, object, selection);
    output.tag_count = (!object.tags.is_empty()).then_some(i32::try_from(object.tags.len()).unwrap_or(i32::MAX));
    output.body = Some(StreamingBlob::from(object.data.slice(&selection.span).into_body()));
    Ok(S3Response::new(output))
}

pub(crate) fn head(store: &Store, req: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
    let mut input = req.input;
    let (object, selection) = select!(store, input);
    Ok(S3Response::new(describe!(HeadObjectOutput, input, object, selection)))
}
