//! `DeleteObject` and `DeleteObjects`.

use s3s::dto::{DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput, DeleteObjectsOutput, DeletedObject, Error};
use s3s::{S3Request, S3Response, S3Result};

use super::conditional::WriteConditions;
use super::error::malformed_xml;
use super::object::check_version;
use super::store::Store;

/// The most keys of one request: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>.
const MAX_KEYS: usize = 1000;

/// Deleting what does not exist succeeds, too.
pub(crate) fn delete_object(
    store: &Store,
    req: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = req.input;
    check_version(input.version_id.as_deref())?;
    let conditions = WriteConditions { if_match: input.if_match, if_none_match: None };
    store.bucket_mut(&input.bucket, |bucket| {
        conditions.check(bucket.objects.get(input.key.as_bytes()).map(AsRef::as_ref))?;
        bucket.objects.remove(input.key.as_bytes());
        Ok(S3Response::new(DeleteObjectOutput::default()))
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
    store.bucket_mut(&req.input.bucket, |bucket| {
        let mut deleted = Vec::new();
        let mut errors = Vec::new();
        for object in delete.objects {
            let conditions =
                WriteConditions { if_match: object.e_tag.map(s3s::dto::ETagCondition::ETag), if_none_match: None };
            let checked = check_version(object.version_id.as_deref())
                .and_then(|()| conditions.check(bucket.objects.get(object.key.as_bytes()).map(AsRef::as_ref)));
            if let Err(error) = checked {
                errors.push(Error {
                    code: Some(error.code().as_str().to_owned()),
                    key: Some(object.key),
                    message: error.message().map(ToOwned::to_owned),
                    version_id: object.version_id,
                });
                continue;
            }
            bucket.objects.remove(object.key.as_bytes());
            if !quiet {
                deleted.push(DeletedObject { key: Some(object.key), ..Default::default() });
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors), request_charged: None }))
    })
}
