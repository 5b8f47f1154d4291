//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::{DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error};
use s3s::{S3Request, S3Response, S3Result};

use super::conditional::WriteConditions;
use super::error::malformed_xml;
use super::store::Store;
use super::version::current;

/// The most keys of one request: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>.
const MAX_KEYS: usize = 1000;

/// Deleting what does not exist succeeds, too.
pub(crate) fn delete_object(
    store: &Store,
    req: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = req.input;
    let conditions = WriteConditions { if_match: input.if_match, if_none_match: None };
    store.bucket_mut(&input.bucket, |bucket| {
        conditions.check(current(bucket, &input.key))?;
        let bypass = input.bypass_governance_retention.unwrap_or(false);
        let removed = bucket.remove(&input.key, input.version_id.as_deref(), bypass)?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: removed.is_delete_marker.then_some(true),
            version_id: removed.version_id,
            request_charged: None,
        }))
    })
}

pub(crate) fn delete_objects(
    store: &Store,
    req: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let delete = req.input.delete;
    if delete.objects.is_empty() || delete.objects.len() > MAX_KEYS {
        return Err(malformed_xml());
    }
    let quiet = delete.quiet.unwrap_or(false);
    let bypass = req.input.bypass_governance_retention.unwrap_or(false);
    store.bucket_mut(&req.input.bucket, |bucket| {
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in delete.objects {
            let conditions =
                WriteConditions { if_match: object.e_tag.map(s3s::dto::ETagCondition::ETag), if_none_match: None };
            let removed = conditions
                .check(current(bucket, &object.key))
                .and_then(|()| bucket.remove(&object.key, object.version_id.as_deref(), bypass));
            match removed {
                Err(error) => errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(ToOwned::to_owned),
                    version_id: object.version_id,
                }),
                Ok(removed) if !quiet => deleted.push(DeletedObject {
                    delete_marker: removed.is_delete_marker.then_some(true),
                    delete_marker_version_id: removed.version_id.filter(|_| removed.is_delete_marker),
                    key: Some(object.key),
                    version_id: object.version_id,
                }),
                Ok(_) => {}
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors), request_charged: None }))
    })
}
