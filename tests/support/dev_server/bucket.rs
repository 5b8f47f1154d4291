//! Operations on buckets.

use s3s::dto::{
    Bucket, BucketLocationConstraint, BucketVersioningStatus, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, GetBucketVersioningInput,
    GetBucketVersioningOutput, HeadBucketInput, HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
    PutBucketVersioningInput, PutBucketVersioningOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::owner;
use super::error::{malformed_xml, no_such_bucket};
use super::store::Store;

/// The region of a bucket that was created without a location constraint.
const DEFAULT_REGION: &str = "us-east-1";

pub(crate) fn create(store: &Store, req: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
    let location = req
        .input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint)
        .map(|constraint| constraint.as_str().to_owned())
        .filter(|constraint| !constraint.is_empty());
    let lockable = req.input.object_lock_enabled_for_bucket.unwrap_or(false);
    if !store.create_bucket(&req.input.bucket, location) {
        return Err(s3_error!(
            BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it."
        ));
    }
    if lockable {
        store.bucket_mut(&req.input.bucket, |bucket| {
            bucket.lockable = true;
            bucket.enable_versioning();
            Ok(())
        })?;
    }
    Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{}", req.input.bucket)) }))
}

pub(crate) fn head(store: &Store, req: &S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
    store.bucket(&req.input.bucket, |bucket| {
        let region = bucket.location.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned());
        Ok(S3Response::new(HeadBucketOutput { bucket_region: Some(region), ..Default::default() }))
    })
}

pub(crate) fn delete(store: &Store, req: &S3Request<DeleteBucketInput>) -> S3Result<S3Response<DeleteBucketOutput>> {
    store.write(|buckets| {
        let bucket = buckets.get(&req.input.bucket).ok_or_else(no_such_bucket)?;
        if !bucket.objects.is_empty() || !bucket.versions.is_empty() {
            return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty"));
        }
        buckets.remove(&req.input.bucket);
        Ok(S3Response::new(DeleteBucketOutput {}))
    })
}

/// Versions can be switched on, but not off again: that is for real servers.
pub(crate) fn put_versioning(
    store: &Store,
    req: &S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    match req.input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED) => store.bucket_mut(&req.input.bucket, |bucket| {
            bucket.enable_versioning();
            Ok(S3Response::new(PutBucketVersioningOutput::default()))
        }),
        Some(BucketVersioningStatus::SUSPENDED) => {
            Err(s3_error!(NotImplemented, "Versioning cannot be suspended here"))
        }
        _ => Err(malformed_xml()),
    }
}

pub(crate) fn get_versioning(
    store: &Store,
    req: &S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    store.bucket(&req.input.bucket, |bucket| {
        let enabled = BucketVersioningStatus::from_static(BucketVersioningStatus::ENABLED);
        let status = bucket.versioned.then_some(enabled);
        Ok(S3Response::new(GetBucketVersioningOutput { status, ..Default::default() }))
    })
}

/// The location of a bucket in `us-east-1` is empty:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>.
pub(crate) fn location(
    store: &Store,
    req: &S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    store.bucket(&req.input.bucket, |bucket| {
        Ok(S3Response::new(GetBucketLocationOutput {
            location_constraint: bucket.location.clone().map(BucketLocationConstraint::from),
        }))
    })
}

pub(crate) fn list(store: &Store, req: &S3Request<ListBucketsInput>) -> S3Response<ListBucketsOutput> {
    let prefix = req.input.prefix.as_deref().unwrap_or_default();
    let buckets = store.read(|buckets| {
        let named = buckets.iter().filter(|(name, _)| name.starts_with(prefix));
        named
            .map(|(name, bucket)| Bucket {
                bucket_region: None,
                creation_date: Some(bucket.created.clone()),
                name: Some(name.clone()),
            })
            .collect()
    });
    S3Response::new(ListBucketsOutput {
        buckets: Some(buckets),
        owner: Some(owner()),
        prefix: req.input.prefix.clone(),
        continuation_token: None,
    })
}
