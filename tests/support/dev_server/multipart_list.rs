//! `ListParts` and `ListMultipartUploads`.

use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, CommonPrefix, ETag, Initiator, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part as ListedPart, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::acl::owner;
use super::checksum::set_checksum;
use super::encoding::KeyEncoding;
use super::list::page_size;
use super::store::{Part, Store, Upload};

fn initiator() -> Initiator {
    let owner = owner();
    Initiator { display_name: owner.display_name, id: owner.id }
}

fn checksum_algorithm(upload: &Upload) -> Option<ChecksumAlgorithm> {
    upload.algorithm.map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name()))
}

fn checksum_type(upload: &Upload) -> Option<ChecksumType> {
    upload.algorithm.map(|_| {
        ChecksumType::from_static(if upload.composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT })
    })
}

pub(crate) fn list_parts(store: &Store, req: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
    let input = req.input;
    let max_parts = page_size(input.max_parts)?;
    let marker = input.part_number_marker.unwrap_or(0);
    store.bucket(&input.bucket, |bucket| {
        let upload = bucket.upload(&input.key, &input.upload_id)?;
        let mut rest = upload.parts.range(marker.saturating_add(1)..);
        let page: Vec<(&i32, &Part)> = rest.by_ref().take(usize::try_from(max_parts).unwrap_or_default()).collect();
        let truncated = max_parts > 0 && rest.next().is_some();
        let parts = page.iter().map(|(number, part)| {
            let mut listed = ListedPart {
                e_tag: Some(ETag::Strong(part.etag.clone())),
                last_modified: Some(part.modified.clone()),
                part_number: Some(**number),
                size: i64::try_from(part.data.len()).ok(),
                ..Default::default()
            };
            if upload.algorithm.is_some() {
                set_checksum!(listed, part.checksum.to_dto());
            }
            listed
        });
        Ok(S3Response::new(ListPartsOutput {
            parts: Some(parts.collect()),
            bucket: Some(input.bucket.clone()),
            key: Some(input.key.clone()),
            upload_id: Some(input.upload_id.clone()),
            checksum_algorithm: checksum_algorithm(upload),
            checksum_type: checksum_type(upload),
            initiator: Some(initiator()),
            owner: Some(owner()),
            storage_class: Some(StorageClass::from(upload.storage_class.clone())),
            is_truncated: Some(truncated),
            max_parts: Some(max_parts),
            part_number_marker: Some(marker),
            next_part_number_marker: page.last().map(|(number, _)| **number),
            ..Default::default()
        }))
    })
}

pub(crate) fn list_uploads(
    store: &Store,
    req: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = req.input;
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let max_uploads = page_size(input.max_uploads)?;
    let limit = usize::try_from(max_uploads).unwrap_or_default();
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let key_marker = input.key_marker.as_deref().unwrap_or_default();
    let upload_id_marker = input.upload_id_marker.as_deref().unwrap_or_default();

    store.bucket(&input.bucket, |bucket| {
        let mut uploads = Vec::new();
        let mut common_prefixes: Vec<String> = Vec::new();
        let mut last: Option<(String, String)> = None;
        let mut truncated = false;
        for ((key, upload_id), upload) in &bucket.uploads {
            let Some(rest) = key.strip_prefix(prefix) else {
                continue;
            };
            let rolled_up = delimiter.and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len();
                Some(format!("{prefix}{}", rest.get(..end)?))
            });
            // The upload id marker counts only for uploads of the marked key.
            let after_marker = match &rolled_up {
                Some(common) => common.as_str() > key_marker,
                None if upload_id_marker.is_empty() => key.as_str() > key_marker,
                None => (key.as_str(), upload_id.as_str()) > (key_marker, upload_id_marker),
            };
            if !after_marker || rolled_up.as_ref().is_some_and(|common| common_prefixes.last() == Some(common)) {
                continue;
            }
            if uploads.len() + common_prefixes.len() == limit {
                truncated = limit > 0;
                break;
            }
            if let Some(common) = rolled_up {
                last = Some((common.clone(), String::new()));
                common_prefixes.push(common);
            } else {
                last = Some((key.clone(), upload_id.clone()));
                uploads.push(MultipartUpload {
                    checksum_algorithm: checksum_algorithm(upload),
                    checksum_type: checksum_type(upload),
                    initiated: Some(upload.initiated.clone()),
                    initiator: Some(initiator()),
                    key: Some(encoding.encode(key)),
                    owner: Some(owner()),
                    storage_class: Some(StorageClass::from(upload.storage_class.clone())),
                    upload_id: Some(upload_id.clone()),
                });
            }
        }
        let (next_key, next_id) = last.filter(|_| truncated).unzip();
        let prefixes = common_prefixes.iter().map(|common| CommonPrefix { prefix: Some(encoding.encode(common)) });
        Ok(S3Response::new(ListMultipartUploadsOutput {
            uploads: Some(uploads),
            common_prefixes: Some(prefixes.collect()),
            bucket: Some(input.bucket.clone()),
            delimiter: input.delimiter.as_deref().map(|text| encoding.encode(text)),
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(truncated),
            key_marker: Some(encoding.encode(key_marker)),
            upload_id_marker: Some(upload_id_marker.to_owned()),
            max_uploads: Some(max_uploads),
            next_key_marker: next_key.map(|key: String| encoding.encode(&key)),
            next_upload_id_marker: next_id,
            prefix: Some(encoding.encode(prefix)),
            ..Default::default()
        }))
    })
}
