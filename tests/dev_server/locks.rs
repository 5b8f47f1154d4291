use std::time::{Duration, SystemTime};

use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{
    ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention, ObjectLockRetentionMode,
};

use crate::fixture::{BUCKET, Fixture, LOCKED, assert_fails};

fn in_hours(hours: u64) -> DateTime {
    DateTime::from(SystemTime::now() + Duration::from_hours(hours))
}

/// Writes a locked object and answers its version.
async fn put(fixture: &Fixture, mode: ObjectLockMode, hold: Option<ObjectLockLegalHoldStatus>) -> String {
    let put = fixture.checking_client().put_object().bucket(LOCKED).key("a").body(b"x".to_vec().into());
    let put = put.object_lock_mode(mode).object_lock_retain_until_date(in_hours(1));
    let output = put.set_object_lock_legal_hold_status(hold).send().await.expect("put");
    output.version_id.expect("a version")
}

/// Tries to delete a version.
macro_rules! delete {
    ($fixture:ident, $version:expr, $bypass:literal) => {
        $fixture
            .client
            .delete_object()
            .bucket(LOCKED)
            .key("a")
            .version_id($version)
            .bypass_governance_retention($bypass)
            .send()
            .await
    };
}

async fn retain(fixture: &Fixture, mode: ObjectLockRetentionMode, hours: u64, bypass: bool) -> Option<u16> {
    let retention = ObjectLockRetention::builder().mode(mode).retain_until_date(in_hours(hours)).build();
    let request = fixture.client.put_object_retention().bucket(LOCKED).key("a").retention(retention);
    let result = request.bypass_governance_retention(bypass).send().await;
    result.err().map(|error| error.raw_response().expect("a response").status().as_u16())
}

#[tokio::test]
async fn governance_gives_way_to_those_who_may_bypass_it() {
    let fixture = Fixture::with_versions().await;
    let version = put(&fixture, ObjectLockMode::Governance, None).await;
    let head = fixture.client.head_object().bucket(LOCKED).key("a").send().await.expect("head");
    assert_eq!(head.object_lock_mode, Some(ObjectLockMode::Governance));
    assert_fails!(delete!(fixture, &version, false), 403, "AccessDenied");
    assert_eq!(retain(&fixture, ObjectLockRetentionMode::Governance, 2, false).await, None);
    assert_eq!(retain(&fixture, ObjectLockRetentionMode::Governance, 1, false).await, Some(403));
    assert_eq!(retain(&fixture, ObjectLockRetentionMode::Governance, 1, true).await, None);
    delete!(fixture, &version, true).expect("delete");
}

#[tokio::test]
async fn compliance_gives_way_to_nobody() {
    let fixture = Fixture::with_versions().await;
    let version = put(&fixture, ObjectLockMode::Compliance, None).await;
    assert_fails!(delete!(fixture, &version, true), 403, "AccessDenied");
    assert_eq!(retain(&fixture, ObjectLockRetentionMode::Compliance, 2, false).await, None);
    assert_eq!(retain(&fixture, ObjectLockRetentionMode::Compliance, 1, true).await, Some(403));
    assert_eq!(retain(&fixture, ObjectLockRetentionMode::Governance, 3, true).await, Some(403));
    // A delete without a version only leaves a marker.
    fixture.client.delete_object().bucket(LOCKED).key("a").send().await.expect("delete");
}

#[tokio::test]
async fn a_legal_hold_lasts_until_it_is_lifted() {
    let fixture = Fixture::with_versions().await;
    let version = put(&fixture, ObjectLockMode::Governance, Some(ObjectLockLegalHoldStatus::On)).await;
    assert_fails!(delete!(fixture, &version, true), 403, "AccessDenied");
    let off = ObjectLockLegalHold::builder().status(ObjectLockLegalHoldStatus::Off).build();
    fixture.client.put_object_legal_hold().bucket(LOCKED).key("a").legal_hold(off).send().await.expect("lift");
    let hold = fixture.client.get_object_legal_hold().bucket(LOCKED).key("a").send().await.expect("hold");
    assert_eq!(hold.legal_hold.and_then(|hold| hold.status), Some(ObjectLockLegalHoldStatus::Off));
    delete!(fixture, &version, true).expect("delete");
}

#[tokio::test]
async fn a_lock_needs_a_bucket_for_it_a_digest_and_a_future() {
    let fixture = Fixture::with_versions().await;
    let put = |bucket: &str| {
        let put = fixture.client.put_object().bucket(bucket).key("a").body(b"x".to_vec().into());
        put.object_lock_mode(ObjectLockMode::Governance)
    };
    let md5 = "ndTkYSaMgDT1yFZOFVxnpg==";
    let in_time = |bucket: &str| put(bucket).object_lock_retain_until_date(in_hours(1));
    assert_fails!(in_time(LOCKED).send().await, 400, "InvalidRequest");
    assert_fails!(in_time(BUCKET).checksum_crc32("jN8n1w==").send().await, 400, "InvalidRequest");
    in_time(LOCKED).content_md5(md5).send().await.expect("put");
    let past = put(LOCKED).content_md5(md5).object_lock_retain_until_date(DateTime::from_secs(1));
    assert_fails!(past.send().await, 400, "InvalidArgument");
    assert_fails!(put(LOCKED).content_md5(md5).send().await, 400, "InvalidArgument");
    let retention = fixture.client.get_object_retention().bucket(BUCKET).key("a").send().await;
    assert_fails!(retention, 400, "InvalidRequest");
}
