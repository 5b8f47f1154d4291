//! Object lock: retentions and legal holds of versions.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>.

use http::HeaderMap;
use s3s::dto::{
    GetObjectLegalHoldInput, GetObjectLegalHoldOutput, GetObjectRetentionInput, GetObjectRetentionOutput,
    ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode,
    PutObjectLegalHoldInput, PutObjectLegalHoldOutput, PutObjectRetentionInput, PutObjectRetentionOutput, Timestamp,
};
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use super::error::malformed_xml;
use super::store::{Bucket, Store, now};

/// What keeps a version from being deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lock {
    pub retention: Option<Retention>,
    pub legal_hold: Option<bool>,
}

#[derive(Clone, Debug)]
pub(crate) struct Retention {
    pub is_compliance: bool,
    pub until: Timestamp,
}

/// The lock that an input asks for (`PutObject`, `CopyObject`, `CreateMultipartUpload`).
macro_rules! take_lock {
    ($input:expr) => {
        super::lock::Lock::asked(
            $input.object_lock_mode.as_ref(),
            $input.object_lock_retain_until_date.take(),
            $input.object_lock_legal_hold_status.as_ref(),
        )
    };
}
pub(super) use take_lock;

/// Sets the fields of an output that tell of a lock.
macro_rules! set_lock {
    ($output:ident, $lock:expr) => {
        let lock = &$lock;
        $output.object_lock_mode =
            lock.retention.as_ref().map(|retention| s3s::dto::ObjectLockMode::from(retention.mode().to_owned()));
        $output.object_lock_retain_until_date = lock.retention.as_ref().map(|retention| retention.until.clone());
        $output.object_lock_legal_hold_status =
            lock.legal_hold.map(|on| s3s::dto::ObjectLockLegalHoldStatus::from(super::lock::on_off(on).to_owned()));
    };
}
pub(super) use set_lock;

impl Retention {
    pub(crate) fn mode(&self) -> &'static str {
        if self.is_compliance { ObjectLockRetentionMode::COMPLIANCE } else { ObjectLockRetentionMode::GOVERNANCE }
    }

    fn new(mode: &str, until: Timestamp) -> S3Result<Self> {
        let is_compliance = match mode {
            ObjectLockRetentionMode::COMPLIANCE => true,
            ObjectLockRetentionMode::GOVERNANCE => false,
            _ => return Err(s3_error!(InvalidArgument, "Unknown wormMode directive.")),
        };
        if until <= now() {
            return Err(s3_error!(InvalidArgument, "The retain until date must be in the future!"));
        }
        Ok(Self { is_compliance, until })
    }

    fn is_running(&self) -> bool {
        self.until > now()
    }
}

impl Lock {
    pub(crate) fn asked(
        mode: Option<&ObjectLockMode>,
        until: Option<Timestamp>,
        legal_hold: Option<&ObjectLockLegalHoldStatus>,
    ) -> S3Result<Self> {
        let retention = match (mode, until) {
            (Some(mode), Some(until)) => Some(Retention::new(mode.as_str(), until)?),
            (None, None) => None,
            _ => {
                return Err(s3_error!(
                    InvalidArgument,
                    "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
                ));
            }
        };
        Ok(Self { retention, legal_hold: legal_hold.map(|status| parse(status.as_str())).transpose()? })
    }

    fn is_empty(&self) -> bool {
        self.retention.is_none() && self.legal_hold.is_none()
    }

    /// Locks are for buckets that were made for them.
    pub(crate) fn check_bucket(&self, bucket: &Bucket) -> S3Result<()> {
        if self.is_empty() || bucket.lockable { Ok(()) } else { Err(no_lock()) }
    }

    /// A write that locks must carry a digest.
    pub(crate) fn check_digest(&self, headers: &HeaderMap) -> S3Result<()> {
        let is_digest =
            |name: &str| name == "content-md5" || name == "x-amz-trailer" || name.starts_with("x-amz-checksum-");
        if self.is_empty() || headers.keys().any(|name| is_digest(name.as_str())) {
            return Ok(());
        }
        Err(s3_error!(
            InvalidRequest,
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"
        ))
    }

    /// Whether a version may be deleted.
    pub(crate) fn check_delete(&self, bypass: bool) -> S3Result<()> {
        let running = self.retention.as_ref().filter(|retention| retention.is_running());
        let is_kept = running.is_some_and(|retention| retention.is_compliance || !bypass);
        if is_kept || self.legal_hold == Some(true) { Err(denied()) } else { Ok(()) }
    }

    /// Whether a retention may take the place of the present one: a longer and not a weaker one always may.
    fn check_change(&self, next: Option<&Retention>, bypass: bool) -> S3Result<()> {
        let Some(present) = self.retention.as_ref().filter(|retention| retention.is_running()) else { return Ok(()) };
        let is_firmer =
            next.is_some_and(|next| next.until >= present.until && (next.is_compliance || !present.is_compliance));
        if is_firmer || (bypass && !present.is_compliance) { Ok(()) } else { Err(denied()) }
    }
}

pub(crate) fn on_off(on: bool) -> &'static str {
    if on { ObjectLockLegalHoldStatus::ON } else { ObjectLockLegalHoldStatus::OFF }
}

fn parse(status: &str) -> S3Result<bool> {
    match status {
        ObjectLockLegalHoldStatus::ON => Ok(true),
        ObjectLockLegalHoldStatus::OFF => Ok(false),
        _ => Err(s3_error!(InvalidArgument, "Legal Hold must be either of 'ON' or 'OFF'")),
    }
}

fn denied() -> S3Error {
    s3_error!(AccessDenied, "Access Denied because object protected by object lock.")
}

fn no_lock() -> S3Error {
    s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration")
}

fn check(bucket: &Bucket) -> S3Result<()> {
    if bucket.lockable { Ok(()) } else { Err(no_lock()) }
}

pub(crate) fn put_retention(
    store: &Store,
    req: S3Request<PutObjectRetentionInput>,
) -> S3Result<S3Response<PutObjectRetentionOutput>> {
    let input = req.input;
    let asked = input.retention.ok_or_else(malformed_xml)?;
    let next = match (asked.mode, asked.retain_until_date) {
        (Some(mode), Some(until)) => Some(Retention::new(mode.as_str(), until)?),
        (None, None) => None,
        _ => return Err(malformed_xml()),
    };
    store.bucket_mut(&input.bucket, |bucket| {
        check(bucket)?;
        bucket.change(&input.key, input.version_id.as_deref(), |object| {
            object.lock.check_change(next.as_ref(), input.bypass_governance_retention.unwrap_or(false))?;
            object.lock.retention = next;
            Ok(())
        })?;
        Ok(S3Response::new(PutObjectRetentionOutput::default()))
    })
}

pub(crate) fn get_retention(
    store: &Store,
    req: &S3Request<GetObjectRetentionInput>,
) -> S3Result<S3Response<GetObjectRetentionOutput>> {
    store.bucket(&req.input.bucket, |bucket| {
        check(bucket)?;
        let object = bucket.version(&req.input.key, req.input.version_id.as_deref())?;
        let retention = object.lock.retention.as_ref().map(|retention| ObjectLockRetention {
            mode: Some(ObjectLockRetentionMode::from(retention.mode().to_owned())),
            retain_until_date: Some(retention.until.clone()),
        });
        Ok(S3Response::new(GetObjectRetentionOutput { retention }))
    })
}

pub(crate) fn put_legal_hold(
    store: &Store,
    req: S3Request<PutObjectLegalHoldInput>,
) -> S3Result<S3Response<PutObjectLegalHoldOutput>> {
    let input = req.input;
    let status = input.legal_hold.and_then(|hold| hold.status).ok_or_else(malformed_xml)?;
    let on = parse(status.as_str())?;
    store.bucket_mut(&input.bucket, |bucket| {
        check(bucket)?;
        bucket.change(&input.key, input.version_id.as_deref(), |object| {
            object.lock.legal_hold = Some(on);
            Ok(())
        })?;
        Ok(S3Response::new(PutObjectLegalHoldOutput::default()))
    })
}

pub(crate) fn get_legal_hold(
    store: &Store,
    req: &S3Request<GetObjectLegalHoldInput>,
) -> S3Result<S3Response<GetObjectLegalHoldOutput>> {
    store.bucket(&req.input.bucket, |bucket| {
        check(bucket)?;
        let object = bucket.version(&req.input.key, req.input.version_id.as_deref())?;
        let status = ObjectLockLegalHoldStatus::from(on_off(object.lock.legal_hold.unwrap_or(false)).to_owned());
        Ok(S3Response::new(GetObjectLegalHoldOutput { legal_hold: Some(ObjectLockLegalHold { status: Some(status) }) }))
    })
}
