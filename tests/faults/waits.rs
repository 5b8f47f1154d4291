//! Silences, drips and deadlines: every wait has an end, and it is a TIMEOUT.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use s3storage::{error::ErrorCode, storage::Storage, types::GetOptions};
use serde_json::{Value, json};

use crate::{
    client::{SOON, collect, failed, name, storage_with},
    fault_server::{Answer, FaultServer},
    operation::{CONTENT, LISTING, Operation},
};

/// Runs an operation that must time out; answers how long that took.
async fn times_out(operation: Operation, storage: &Storage, limit: &str, attempts: u32) -> Duration {
    let started = Instant::now();
    let error = failed(operation.run(storage).await);
    assert_eq!((error.code, error.attempts), (ErrorCode::Timeout, attempts), "{operation:?}: {error}");
    assert!(error.retryable, "{operation:?}");
    assert!(error.to_string().contains(limit), "{operation:?}: {error}");
    started.elapsed()
}

fn limits(read_timeout: f64, attempts: u32) -> Value {
    json!({"connect_timeout": 60, "read_timeout": read_timeout, "max_attempts": attempts})
}

#[tokio::test]
async fn a_server_that_never_answers_is_a_timeout_of_every_attempt() {
    let all = Operation::ALL.map(async |operation| {
        let server = FaultServer::start(operation.always(Answer::silence()));
        let storage = storage_with(&server.endpoint(), limits(1.0, 2));
        let took = times_out(operation, &storage, "read_timeout", 2).await;
        // The limit for an answer does not include that for a connection.
        assert!(took >= Duration::from_secs(2) && took < SOON, "{operation:?}: {took:?}");
        // A copy that is silent is not repeated before its source was looked at: a large one would go in parts.
        let before = if matches!(operation, Operation::Copy) { 2 } else { 0 };
        assert_eq!(server.requests().len(), before + 2, "{operation:?}");
    });
    join_all(all).await;
}

#[tokio::test]
async fn a_body_that_falls_silent_is_a_timeout() {
    for operation in [Operation::Read, Operation::List, Operation::Visibility] {
        let server = FaultServer::start(operation.always(operation.answer().stalled_at(5)));
        let storage = storage_with(&server.endpoint(), limits(1.0, 1));
        times_out(operation, &storage, "read_timeout", 1).await;
        assert_eq!(server.requests().len(), 1, "{operation:?}");
    }
}

#[tokio::test]
async fn an_error_that_falls_silent_is_a_timeout() {
    let all = Operation::with_body().map(async |operation| {
        let server = FaultServer::start(operation.always(Answer::error(403, "AccessDenied").stalled_at(20)));
        times_out(operation, &storage_with(&server.endpoint(), limits(1.0, 1)), "read_timeout", 1).await;
    });
    join_all(all).await;
}

#[tokio::test]
async fn a_drip_that_never_falls_silent_ends_at_the_total_deadline() {
    for operation in [Operation::Read, Operation::List, Operation::Visibility] {
        let drip = operation.answer().dripping(1, Duration::from_millis(200));
        let server = FaultServer::start(operation.always(drip));
        let storage = storage_with(&server.endpoint(), json!({"operation_timeout": 1, "max_attempts": 3}));
        let took = times_out(operation, &storage, "operation_timeout", 1).await;
        assert!(took < SOON, "{operation:?}: {took:?}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_ends_at_the_total_deadline() {
    let all = Operation::ALL.map(async |operation| {
        let server = FaultServer::start(operation.always(Answer::silence()));
        let storage = storage_with(&server.endpoint(), json!({"operation_timeout": 1, "max_attempts": 3}));
        let took = times_out(operation, &storage, "operation_timeout", 1).await;
        assert!(took < SOON, "{operation:?}: {took:?}");
    });
    join_all(all).await;
}

#[tokio::test]
async fn a_slow_answer_within_the_limits_is_no_error() {
    for operation in Operation::ALL {
        let slow = operation.answer().delayed(Duration::from_millis(50)).dripping(100, Duration::from_millis(5));
        let server = FaultServer::start(operation.always(slow));
        operation.run(&storage_with(&server.endpoint(), limits(10.0, 1))).await.unwrap();
        assert_eq!(server.requests().len(), 1, "{operation:?}");
    }
}

/// The window of the rate is half a minute: the clock of this test's runtime is moved by a second for every few
/// milliseconds of the server's.
#[tokio::test]
async fn a_drip_below_the_minimum_rate_is_a_timeout() {
    for (rate, is_too_slow) in [(1024, true), (0, false)] {
        let drip = Answer::new(200, vec![b'x'; 80]).dripping(1, Duration::from_millis(5));
        let server = FaultServer::start(Operation::Read.always(drip));
        let limits = json!({"read_timeout": 100_000, "minimum_rate": rate, "max_attempts": 1});
        let storage = storage_with(&server.endpoint(), limits);
        let object = storage.read(&name("x"), &GetOptions::default()).await.unwrap();
        tokio::time::pause();
        let clock = async {
            loop {
                // While a blocking task runs, a paused clock does not move by itself.
                tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5))).await.unwrap();
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        };
        let outcome = tokio::select! {
            outcome = collect(object) => outcome,
            () = clock => unreachable!(),
        };
        tokio::time::resume();
        match outcome {
            Ok(content) => assert!(!is_too_slow && content.len() == 80),
            Err(error) => {
                assert!(is_too_slow && error.code == ErrorCode::Timeout, "{error}");
                assert!(error.to_string().contains("minimum_rate"), "{error}");
            }
        }
    }
}

/// A stream that nobody reads from is not late: PHP may do something else between two reads.
#[tokio::test]
async fn time_between_two_reads_does_not_count() {
    let server = FaultServer::start(Operation::Read.always(Answer::stored()));
    let storage = storage_with(&server.endpoint(), limits(1.0, 1));
    let object = storage.read(&name("x"), &GetOptions::default()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(collect(object).await.unwrap(), CONTENT);
}

#[tokio::test]
async fn white_space_keeps_a_copy_alive_but_not_past_the_total_deadline() {
    let pause = Duration::from_millis(200);
    let server = FaultServer::start(Operation::Copy.always(Answer::stored().chunked().padded(16, pause)));
    Operation::Copy.run(&storage_with(&server.endpoint(), limits(2.0, 1))).await.unwrap();
    let server = FaultServer::start(Operation::Copy.always(Answer::xml(LISTING).chunked().padded(1000, pause)));
    let storage = storage_with(&server.endpoint(), json!({"operation_timeout": 1}));
    times_out(Operation::Copy, &storage, "operation_timeout", 1).await;
}
