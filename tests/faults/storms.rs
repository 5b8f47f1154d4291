//! Servers that fail for a while, or that ask for a pause.

use std::time::{Duration, Instant};

use s3storage::error::ErrorCode;
use serde_json::json;

use crate::{
    client::{SOON, failed, storage_with},
    fault_server::{Answer, FaultServer},
    operation::Operation,
};

#[tokio::test]
async fn a_short_storm_of_500_503_and_429_is_sat_out() {
    for operation in Operation::ALL {
        for storm in [
            [Answer::error(500, "InternalError"), Answer::error(503, "SlowDown")],
            [Answer::new(500, ""), Answer::new(502, "<html>bad gateway</html>")],
            [Answer::new(429, ""), Answer::new(504, "")],
        ] {
            let server = FaultServer::start(operation.after(storm));
            let storage = storage_with(&server.endpoint(), json!({"max_attempts": 3}));
            operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
            assert_eq!(server.requests().len(), 3, "{operation:?}");
        }
    }
}

#[tokio::test]
async fn a_long_storm_ends_after_the_configured_attempts() {
    for operation in Operation::ALL {
        for (answer, code) in [
            (Answer::error(500, "InternalError"), ErrorCode::OperationFailed),
            (Answer::error(503, "SlowDown"), ErrorCode::Throttled),
            (Answer::new(429, ""), ErrorCode::Throttled),
        ] {
            let status = answer.status;
            let server = FaultServer::start(operation.always(answer));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 3}))).await);
            assert_eq!((error.attempts, error.status), (3, Some(status)), "{operation:?}");
            assert_eq!((error.retryable, error.request_id.as_deref()), (true, Some("FAULT")), "{operation:?}");
            // The answer to a HEAD has no code; a bare 503 is not always a request for a pause.
            if operation != Operation::Metadata || status != 503 {
                assert_eq!(error.code, code, "{operation:?}");
            }
            assert_eq!(server.requests().len(), 3, "{operation:?}");
        }
    }
}

#[tokio::test]
async fn what_another_attempt_cannot_mend_is_not_tried_again() {
    for operation in Operation::ALL {
        for (answer, code) in [
            (Answer::error(403, "AccessDenied"), ErrorCode::PermissionDenied),
            (Answer::error(501, "NotImplemented"), ErrorCode::Unsupported),
            (Answer::error(400, "InvalidRequest"), ErrorCode::OperationFailed),
        ] {
            let server = FaultServer::start(operation.always(answer));
            let outcome = operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 3}))).await;
            // A server without ACLs has a visibility all the same: the bucket's default.
            if operation != Operation::Visibility || code != ErrorCode::Unsupported {
                let error = failed(outcome);
                assert_eq!((error.code, error.attempts), (code, 1), "{operation:?}");
            }
            assert_eq!(server.requests().len(), 1, "{operation:?}");
        }
    }
}

#[tokio::test]
async fn a_pause_that_the_server_names_is_kept() {
    for operation in [Operation::Read, Operation::List] {
        for status in [429, 503] {
            let server = FaultServer::start(operation.after([Answer::new(status, "").header("retry-after", "1")]));
            let started = Instant::now();
            operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 2}))).await.unwrap();
            let paused = started.elapsed();
            assert!(paused >= Duration::from_secs(1) && paused < SOON, "{operation:?}: {paused:?}");
        }
    }
}

#[tokio::test]
async fn a_pause_that_would_pass_the_deadline_is_not_begun() {
    for operation in Operation::ALL {
        let server = FaultServer::start(operation.always(Answer::new(429, "").header("retry-after", "60")));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 5, "operation_timeout": 0.5}));
        let started = Instant::now();
        let error = failed(operation.run(&storage).await);
        assert_eq!((error.code, error.attempts), (ErrorCode::Throttled, 1), "{operation:?}");
        assert!(started.elapsed() < SOON, "{operation:?}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_storm_never_outlasts_the_deadline() {
    for operation in [Operation::Read, Operation::Write, Operation::List] {
        let slow = Answer::error(503, "SlowDown").delayed(Duration::from_millis(50));
        let server = FaultServer::start(operation.always(slow));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 20, "operation_timeout": 0.4}));
        let started = Instant::now();
        let error = failed(operation.run(&storage).await);
        assert!(started.elapsed() < SOON, "{operation:?}: {:?}", started.elapsed());
        assert!(matches!(error.code, ErrorCode::Throttled | ErrorCode::Timeout), "{operation:?}: {error}");
        assert!(error.attempts < 20, "{operation:?}");
    }
}

/// Credentials that are written in the configuration cannot be asked for anew.
#[tokio::test]
async fn an_expired_token_of_static_credentials_is_permission_denied_at_once() {
    for operation in Operation::with_body() {
        let server = FaultServer::start(operation.always(Answer::error(400, "ExpiredToken")));
        let credentials = json!({"credentials": {"key": "k", "secret": "CANARY-SECRET", "token": "CANARY-TOKEN"}});
        let error = failed(operation.run(&storage_with(&server.endpoint(), credentials)).await);
        assert_eq!((error.code, error.attempts), (ErrorCode::PermissionDenied, 1), "{operation:?}");
        assert_eq!(server.requests().len(), 1, "{operation:?}");
        assert_eq!(server.requests()[0].header("x-amz-security-token"), Some("CANARY-TOKEN"), "{operation:?}");
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    }
}
