//! Multipart uploads: creating, filling, completing and aborting them.
//!
//! Limits: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.

use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, ChecksumType, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CopyPartResult, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, ETag, Range, UploadPartCopyInput, UploadPartCopyOutput, UploadPartInput,
    UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::Acl;
use super::blob::Blob;
use super::checksum::{Algorithm, ExpectedChecksum, StoredChecksum, md5, set_checksum};
use super::conditional::WriteConditions;
use super::copy::{source, source_conditions, source_key};
use super::encryption::{customer_key, encryption_of, set_encryption};
use super::error::{malformed_xml, no_such_upload};
use super::lock::take_lock;
use super::object::{check_metadata, etag, storage_class};
use super::range;
use super::store::{Object, Part, Store, Upload, hex, now, take_attributes};
use super::tagging;
use super::upload_body::{Announced, receive};
use super::version::current;

/// Every part but the last has at least this size.
const MIN_PART: u64 = 5 << 20;
const MAX_PART_NUMBER: i32 = 10_000;

pub(crate) fn create(
    store: &Store,
    req: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let mut input = req.input;
    check_metadata(input.metadata.as_ref())?;
    let algorithm = match &input.checksum_algorithm {
        Some(algorithm) => Some(Algorithm::parse(algorithm.as_str())?),
        None => None,
    };
    let encryption = encryption_of!(input)?;
    let lock = take_lock!(input)?;
    store.bucket(&input.bucket, |bucket| lock.check_bucket(bucket))?;
    let mut output = CreateMultipartUploadOutput::default();
    set_encryption!(output, encryption);
    let upload = Upload {
        initiated: now(),
        acl: Acl::from_request(input.acl.as_ref(), &req.headers)?,
        tags: tagging::parse_header(input.tagging.as_deref())?,
        storage_class: storage_class(input.storage_class.as_ref())?,
        encryption,
        lock,
        attributes: take_attributes!(input),
        algorithm,
        composite: is_composite(algorithm, input.checksum_type.as_ref())?,
        parts: std::collections::BTreeMap::new(),
    };
    let upload_id = store.new_upload_id();
    store.bucket_mut(&input.bucket, |bucket| {
        let id = (input.key.clone(), upload_id.clone());
        bucket.uploads.insert(id, upload);
        Ok(())
    })?;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload_id),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        ..output
    }))
}

/// Which types go with which algorithm:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>.
fn is_composite(algorithm: Option<Algorithm>, type_: Option<&ChecksumType>) -> S3Result<bool> {
    let algorithm = algorithm.unwrap_or(Algorithm::DEFAULT);
    let full_only = algorithm == Algorithm::Crc64Nvme;
    let composite_only = matches!(algorithm, Algorithm::Sha1 | Algorithm::Sha256);
    match type_.map(ChecksumType::as_str) {
        None => Ok(!full_only),
        Some(ChecksumType::COMPOSITE) if !full_only => Ok(true),
        Some(ChecksumType::FULL_OBJECT) if !composite_only => Ok(false),
        Some(type_) => Err(s3_error!(
            InvalidRequest,
            "The {type_} checksum type cannot be used with the {} checksum algorithm.",
            algorithm.name()
        )),
    }
}

fn check_part_number(number: i32) -> S3Result<()> {
    if (1..=MAX_PART_NUMBER).contains(&number) {
        Ok(())
    } else {
        Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive"))
    }
}

pub(crate) async fn upload_part(
    store: &Store,
    req: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = req.input;
    check_part_number(input.part_number)?;
    let (declared, encryption) = store.bucket(&input.bucket, |bucket| {
        let upload = bucket.upload(&input.key, &input.upload_id)?;
        Ok((upload.algorithm, upload.encryption.clone()))
    })?;
    encryption.check_key(customer_key!(input)?.as_deref())?;
    let requested = match &input.checksum_algorithm {
        Some(algorithm) => Some(Algorithm::parse(algorithm.as_str())?),
        None => None,
    };
    let announced = Announced {
        content_length: input.content_length,
        content_md5: input.content_md5.as_deref(),
        headers: &req.headers,
        trailers: req.trailing_headers.as_ref(),
        algorithm: declared.or(requested).unwrap_or(Algorithm::DEFAULT),
    };
    let received = receive(input.body, &announced).await?;
    if let Some(declared) = declared
        && received.checksum.algorithm != declared
    {
        return Err(s3_error!(
            InvalidRequest,
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            declared.name().to_ascii_lowercase(),
            received.checksum.algorithm.name().to_ascii_lowercase()
        ));
    }
    let mut output = UploadPartOutput { e_tag: Some(ETag::Strong(received.etag.clone())), ..Default::default() };
    set_checksum!(output, received.checksum.to_dto());
    set_encryption!(output, encryption);
    let part = Part { data: received.data, etag: received.etag, modified: now(), checksum: received.checksum };
    store.bucket_mut(&input.bucket, |bucket| {
        let upload = bucket.upload_mut(&input.key, &input.upload_id)?;
        upload.parts.insert(input.part_number, part);
        Ok(S3Response::new(output))
    })
}

pub(crate) fn upload_part_copy(
    store: &Store,
    req: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let mut input = req.input;
    check_part_number(input.part_number)?;
    let declared = store
        .bucket(&input.bucket, |bucket| bucket.upload(&input.key, &input.upload_id).map(|upload| upload.algorithm))?;
    let source = source(store, &input.copy_source, &source_conditions!(input), source_key!(input)?.as_deref())?;
    let data = match input.copy_source_range.as_deref() {
        Some(header) => source.data.slice(&copy_range(header, source.data.len())?),
        None => source.data.clone(),
    };
    let part = Part {
        etag: hex(&md5(&data)),
        modified: now(),
        checksum: StoredChecksum::of(declared.unwrap_or(Algorithm::DEFAULT), &data),
        data,
    };
    let mut result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag.clone())),
        last_modified: Some(part.modified.clone()),
        ..Default::default()
    };
    if declared.is_some() {
        set_checksum!(result, part.checksum.to_dto());
    }
    store.bucket_mut(&input.bucket, |bucket| {
        let upload = bucket.upload_mut(&input.key, &input.upload_id)?;
        upload.parts.insert(input.part_number, part);
        Ok(S3Response::new(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() }))
    })
}

/// `x-amz-copy-source-range` has both ends, and both lie inside the source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>.
fn copy_range(header: &str, len: u64) -> S3Result<std::ops::Range<u64>> {
    let invalid = || {
        s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
             zero-based offsets of the first and last bytes to copy"
        )
    };
    let range = Range::parse(header).map_err(|_| invalid())?;
    match range {
        Range::Int { last: Some(last), .. } if last < len => range::resolve(range, len).ok_or_else(invalid),
        Range::Int { last: Some(_), .. } => {
            Err(s3_error!(InvalidRange, "Range specified is not valid for source object of size: {len}"))
        }
        _ => Err(invalid()),
    }
}

pub(crate) fn abort(
    store: &Store,
    req: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = req.input;
    store.bucket_mut(&input.bucket, |bucket| {
        let removed = bucket.uploads.remove(&(input.key, input.upload_id));
        removed.ok_or_else(no_such_upload)?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    })
}

pub(crate) fn complete(
    store: &Store,
    req: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let input = req.input;
    // Works on a copy, which shares the bytes, so that hashing does not hold up other requests.
    let upload = store.bucket(&input.bucket, |bucket| bucket.upload(&input.key, &input.upload_id).cloned())?;
    let listed = input.multipart_upload.and_then(|upload| upload.parts).unwrap_or_default();
    upload.encryption.check_key(customer_key!(input)?.as_deref())?;
    let parts = chosen_parts(&upload, &listed)?;
    let object = assemble(&upload, &parts)?;

    if let Some(size) = input.mpu_object_size
        && u64::try_from(size) != Ok(object.data.len())
    {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed"
        ));
    }
    if let Some(expected) = ExpectedChecksum::find(&req.headers)? {
        expected.compare(&object.checksum)?;
    }

    let host = req.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("http://{}/{}/{}", host.unwrap_or_default(), input.bucket, input.key)),
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        e_tag: Some(etag(&object)),
        checksum_type: Some(object.checksum.type_()),
        server_side_encryption: object.encryption.by_server.clone().map(s3s::dto::ServerSideEncryption::from),
        ssekms_key_id: object.encryption.kms_key_id.clone(),
        ..Default::default()
    };
    set_checksum!(output, object.checksum.to_dto());

    let conditions = WriteConditions { if_match: input.if_match, if_none_match: input.if_none_match };
    store.bucket_mut(&input.bucket, |bucket| {
        // Another request may have completed or aborted it in the meantime.
        bucket.upload(&input.key, &input.upload_id)?;
        conditions.check(current(bucket, &input.key))?;
        bucket.uploads.remove(&(input.key.clone(), input.upload_id));
        output.version_id = bucket.put(input.key, object);
        Ok(S3Response::new(output))
    })
}

/// Checks the list of the request against the uploaded parts.
fn chosen_parts<'a>(upload: &'a Upload, listed: &[CompletedPart]) -> S3Result<Vec<&'a Part>> {
    if listed.is_empty() {
        return Err(malformed_xml());
    }
    let mut parts = Vec::with_capacity(listed.len());
    let mut previous = 0;
    for entry in listed {
        let (Some(number), Some(expected)) = (entry.part_number, &entry.e_tag) else {
            return Err(malformed_xml());
        };
        if number <= previous {
            return Err(s3_error!(
                InvalidPartOrder,
                "The list of parts was not in ascending order. Parts must be ordered by part number."
            ));
        }
        previous = number;
        let part = upload.parts.get(&number).filter(|part| part.etag == expected.value());
        let part = part.filter(|part| checksum_agrees(part, entry)).ok_or_else(|| {
            s3_error!(
                InvalidPart,
                "One or more of the specified parts could not be found. The part may not have been uploaded, or the \
                 specified entity tag may not match the part's entity tag."
            )
        })?;
        parts.push(part);
    }
    let (_, all_but_last) = parts.split_last().ok_or_else(malformed_xml)?;
    if all_but_last.iter().any(|part| part.data.len() < MIN_PART) {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    Ok(parts)
}

/// A checksum in the list has to be the one of the part. One of another algorithm than the part's is not compared.
fn checksum_agrees(part: &Part, entry: &CompletedPart) -> bool {
    let listed = match part.checksum.algorithm {
        Algorithm::Crc32 => &entry.checksum_crc32,
        Algorithm::Crc32c => &entry.checksum_crc32c,
        Algorithm::Crc64Nvme => &entry.checksum_crc64nvme,
        Algorithm::Sha1 => &entry.checksum_sha1,
        Algorithm::Sha256 => &entry.checksum_sha256,
    };
    listed.as_ref().is_none_or(|listed| *listed == part.checksum.value)
}

fn assemble(upload: &Upload, parts: &[&Part]) -> S3Result<Object> {
    let data: Blob = parts.iter().map(|part| &part.data).collect();
    // The etag of a multipart object: the MD5 of its parts' MD5s, then the number of parts.
    let digests = parts.iter().map(|part| bytes::Bytes::copy_from_slice(&md5(&part.data)));
    let etag = format!("{}-{}", hex(&md5(&digests.collect())), parts.len());
    let algorithm = upload.algorithm.unwrap_or(Algorithm::DEFAULT);
    let checksum = if upload.composite {
        let checksums: Vec<&StoredChecksum> = parts.iter().map(|part| &part.checksum).collect();
        if checksums.iter().any(|checksum| checksum.algorithm != algorithm) {
            return Err(s3_error!(InvalidPart, "The parts have checksums of different algorithms"));
        }
        StoredChecksum::composite(algorithm, &checksums)
    } else {
        StoredChecksum::of(algorithm, &data)
    };
    Ok(Object {
        data,
        etag,
        modified: now(),
        attributes: upload.attributes.clone(),
        storage_class: upload.storage_class.clone(),
        acl: upload.acl.clone(),
        tags: upload.tags.clone(),
        encryption: upload.encryption.clone(),
        lock: upload.lock.clone(),
        version_id: None,
        checksum,
        part_sizes: parts.iter().map(|part| part.data.len()).collect(),
    })
}
