//! Object lock: what headers say of it, and changing it.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_s3::{
    primitives::{DateTime, DateTimeFormat as Format},
    types::{ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockRetention, ObjectLockRetentionMode},
};
use http::{HeaderMap, HeaderName};

use super::{S3, blank_key::sdk_key, control::send_digested, data::Request, described::text_of, write::looking};
use crate::{
    backend::contract::Location,
    error::{Error, ErrorCode, Result},
    types::{HeadOptions, ObjectLock, PutOptions, Retention, RetentionMode},
};

const MODE: HeaderName = HeaderName::from_static("x-amz-object-lock-mode");
const UNTIL: HeaderName = HeaderName::from_static("x-amz-object-lock-retain-until-date");
const LEGAL_HOLD: HeaderName = HeaderName::from_static("x-amz-object-lock-legal-hold");
pub(super) const BYPASS: HeaderName = HeaderName::from_static("x-amz-bypass-governance-retention");

/// Whether a server of an unknown kind has shown that it locks what it is asked to lock.
#[derive(Debug, Default)]
pub(super) struct Proof(AtomicBool);

impl Request {
    /// Asks for a lock.
    pub(super) fn lock(self, lock: &ObjectLock) -> Result<Self> {
        if lock.is_empty() {
            return Ok(self);
        }
        let until = lock.retention.map(|retention| date(retention.until)).transpose()?;
        self.header(MODE, lock.retention.map(|retention| retention.mode.as_str()))?
            .header(UNTIL, until.as_deref())?
            .header(LEGAL_HOLD, lock.legal_hold.map(on_off))
    }
}

/// The lock that an answer describes; `None` when it describes one that cannot be read, which must not pass for none.
pub(super) fn described(headers: &HeaderMap) -> Option<ObjectLock> {
    let retention = match (text_of(headers, MODE), text_of(headers, UNTIL)) {
        (None, None) => None,
        (Some(mode), Some(until)) => Some(Retention {
            mode: RetentionMode::named(&mode)?,
            until: DateTime::from_str(&until, Format::DateTime).ok()?.secs(),
        }),
        _ => return None,
    };
    let legal_hold = match text_of(headers, LEGAL_HOLD).as_deref() {
        None => None,
        Some("ON") => Some(true),
        Some("OFF") => Some(false),
        Some(_) => return None,
    };
    Some(ObjectLock { retention, legal_hold })
}

/// A time as the API wants it.
fn date(seconds: i64) -> Result<String> {
    let date = DateTime::from_secs(seconds).fmt(Format::DateTime);
    date.map_err(|_| Error::invalid_argument("retainUntil is a time that has no date"))
}

pub(super) const fn on_off(on: bool) -> &'static str {
    if on { "ON" } else { "OFF" }
}

impl S3 {
    /// After a write: whether the lock that was asked for is there. A server that knows no object lock may ignore its headers.
    pub(super) async fn prove_lock(&self, at: Location<'_>, options: &PutOptions, version: Option<&str>) -> Result<()> {
        let asked = &options.lock;
        if asked.is_empty() || !self.provider.lock_needs_proof() || self.lock_proof.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        let look = HeadOptions { version_id: version.map(ToOwned::to_owned), ..looking(options) };
        let there = self.head_object(at, &look).await.map_err(|mut error| {
            error.message =
                format!("the object was written, but whether it is locked cannot be told: {}", error.message);
            error
        })?;
        let is_done = there.lock.is_some_and(|lock| {
            asked.retention.is_none_or(|_| lock.retention == asked.retention)
                && asked.legal_hold.is_none_or(|on| lock.legal_hold.unwrap_or(false) == on)
        });
        if is_done {
            self.lock_proof.0.store(true, Ordering::Relaxed);
            return Ok(());
        }
        let message = "the server accepted the object lock and ignored it; the object was written and is not locked";
        let mut error = Error::new(ErrorCode::Unsupported, message);
        error.maybe_applied = true;
        Err(error)
    }

    pub(super) async fn put_retention(&self, at: Location<'_>, retention: Retention, bypass: bool) -> Result<()> {
        let mode = ObjectLockRetentionMode::from(retention.mode.as_str());
        let until = DateTime::from_secs(retention.until);
        let request = self
            .client()
            .put_object_retention()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .retention(ObjectLockRetention::builder().mode(mode).retain_until_date(until).build())
            .set_bypass_governance_retention(bypass.then_some(true));
        send_digested!(self, at.bucket, request)?;
        self.saw(at.bucket);
        Ok(())
    }

    pub(super) async fn put_legal_hold(&self, at: Location<'_>, on: bool) -> Result<()> {
        let status = ObjectLockLegalHoldStatus::from(on_off(on));
        let request = self
            .client()
            .put_object_legal_hold()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .legal_hold(ObjectLockLegalHold::builder().status(status).build());
        send_digested!(self, at.bucket, request)?;
        self.saw(at.bucket);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(entries: &[(HeaderName, &str)]) -> Option<ObjectLock> {
        let headers = entries.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        described(&headers.collect())
    }

    #[test]
    fn a_lock_that_cannot_be_read_does_not_pass_for_none() {
        assert_eq!(of(&[]), Some(ObjectLock::default()));
        let retention = Retention { mode: RetentionMode::Compliance, until: 4_102_444_800 };
        let mode = || (MODE, "COMPLIANCE");
        assert_eq!(
            of(&[mode(), (UNTIL, "2100-01-01T00:00:00.000Z"), (LEGAL_HOLD, "ON")]),
            Some(ObjectLock { retention: Some(retention), legal_hold: Some(true) })
        );
        assert_eq!(of(&[mode()]), None);
        assert_eq!(of(&[mode(), (UNTIL, "soon")]), None);
        assert_eq!(of(&[(LEGAL_HOLD, "maybe")]), None);
        assert_eq!(date(4_102_444_800).unwrap(), "2100-01-01T00:00:00Z");
    }
}
