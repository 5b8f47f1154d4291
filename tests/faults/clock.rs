//! Servers whose clock is not this machine's: one corrected retry, on both planes, and then never again.

use std::time::{SystemTime, UNIX_EPOCH};

use s3storage::error::ErrorCode;
use serde_json::json;

use crate::{
    client::{failed, storage_with},
    fault_server::{Answer, FaultServer, Request},
    operation::{Operation, all_good},
};

const HOUR: i64 = 3600;

/// How far a request's signature is from this machine's clock, in seconds.
fn ahead(request: &Request) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    request.signed_at().unwrap() - i64::try_from(now).unwrap()
}

async fn is_corrected_once(operation: Operation) {
    for skew in [HOUR, -HOUR] {
        let server = FaultServer::start(all_good().clock(skew));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 2}));
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{operation:?}");
        assert!(ahead(&requests[0]).abs() < 60, "{operation:?}");
        assert!((ahead(&requests[1]) - skew).abs() < 60, "{operation:?}: {}", ahead(&requests[1]));
        // What was learnt is known on both planes.
        for later in [Operation::Read, Operation::Write, Operation::List] {
            let before = server.requests().len();
            // The object may have been deleted meanwhile, which is not the point here.
            let _ = later.run(&storage).await;
            let requests = server.requests();
            assert_eq!(requests.len(), before + 1, "{later:?} after {operation:?}");
            assert!((ahead(&requests[before]) - skew).abs() < 60, "{later:?} after {operation:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_one_retry_on_the_data_plane() {
    for operation in [Operation::Read, Operation::Write, Operation::Delete] {
        is_corrected_once(operation).await;
    }
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_by_one_retry_on_the_control_plane() {
    for operation in [Operation::List, Operation::Copy, Operation::Visibility] {
        is_corrected_once(operation).await;
    }
}

/// The answer to a HEAD has no code: a 403 whose `Date` is far from ours is taken for it.
#[tokio::test]
async fn a_wrong_clock_is_corrected_by_one_retry_of_a_head() {
    is_corrected_once(Operation::Metadata).await;
}

#[tokio::test]
async fn the_date_of_what_a_cache_has_kept_is_not_the_servers_clock() {
    for (age, requests) in [(None, 2), (Some("7200"), 1)] {
        let refusal = Answer::error(403, "RequestTimeTooSkewed").header("date", "Thu, 01 Jan 2037 00:00:00 GMT");
        let refusal = if let Some(age) = age { refusal.header("age", age) } else { refusal };
        let server = FaultServer::start(Operation::Read.always(refusal));
        failed(Operation::Read.run(&storage_with(&server.endpoint(), json!({"max_attempts": 5}))).await);
        assert_eq!(server.requests().len(), requests, "{age:?}");
    }
}

#[tokio::test]
async fn a_server_that_never_agrees_on_the_time_is_asked_twice_at_most() {
    for operation in Operation::with_body() {
        for date in ["Thu, 01 Jan 2037 00:00:00 GMT", "yesterday"] {
            let refusal = Answer::error(403, "RequestTimeTooSkewed").header("date", date);
            let server = FaultServer::start(operation.always(refusal));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 5}))).await);
            assert_eq!(error.code, ErrorCode::PermissionDenied, "{operation:?}");
            assert!(error.to_string().contains("clock"), "{error}");
            assert!(server.requests().len() <= 2, "{operation:?}: {}", server.requests().len());
        }
    }
}
