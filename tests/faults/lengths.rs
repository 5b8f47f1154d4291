//! Contents whose length is missing, wrong or without an end.

use std::time::{Duration, Instant};

use s3storage::{error::ErrorCode, types::GetOptions};
use serde_json::json;

use crate::{
    client::{SOON, failed, get, name, storage_with},
    fault_server::{Answer, FaultServer},
    operation::{CONTENT, Operation},
};

#[tokio::test]
async fn a_body_in_chunks_and_text_without_a_length_are_whole_when_their_end_is_clean() {
    for operation in [Operation::Read, Operation::List, Operation::Copy, Operation::Visibility] {
        for (answer, in_chunks) in [(operation.answer().chunked(), true), (operation.answer().unframed(), false)] {
            let server = FaultServer::start(operation.always(answer));
            let outcome = operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await;
            // XML tells its own end. A content that ends with its connection does not.
            if operation == Operation::Read && !in_chunks {
                assert_eq!(failed(outcome).code, ErrorCode::Unsupported);
            } else {
                outcome.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_chunked_body_without_its_last_chunk_is_never_whole() {
    for operation in [Operation::Read, Operation::List, Operation::Copy, Operation::Visibility] {
        // All of the content, but not the mark of its end.
        for byte in [5, 10_000] {
            let server = FaultServer::start(operation.always(operation.answer().chunked().truncated_at(byte)));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await);
            assert_eq!(error.code, ErrorCode::ConnectionFailed, "{operation:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_text_that_is_shorter_than_its_length_is_an_error_that_is_tried_again() {
    for operation in [Operation::List, Operation::Copy, Operation::Visibility] {
        let server = FaultServer::start(operation.after([operation.answer().truncated_at(20)]));
        operation
            .run(&storage_with(&server.endpoint(), json!({"max_attempts": 2})))
            .await
            .unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        let server = FaultServer::start(operation.always(operation.answer().reset_at(20)));
        let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 2}))).await);
        assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, 2), "{operation:?}: {error}");
    }
}

#[tokio::test]
async fn a_length_beyond_all_memory_is_not_believed() {
    for operation in [Operation::Read, Operation::List, Operation::Visibility] {
        let boast = operation.answer().claiming(1 << 62).truncated_at(5);
        let server = FaultServer::start(operation.always(boast));
        assert!(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await.is_err());
    }
    // What no number of 64 bits can be is not HTTP.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nabc";
    let server = FaultServer::start(Operation::Read.always(Answer::raw(head)));
    assert!(get(&storage_with(&server.endpoint(), json!({"max_attempts": 1})), "x").await.is_err());
}

#[tokio::test]
async fn two_lengths_that_differ_are_refused() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 5\r\n\r\nabcde";
    let server = FaultServer::start(Operation::Read.always(Answer::raw(head)));
    let error = failed(get(&storage_with(&server.endpoint(), json!({"max_attempts": 1})), "x").await);
    assert_eq!(error.code, ErrorCode::ConnectionFailed, "{error}");
}

#[tokio::test]
async fn an_endless_text_is_refused_before_it_fills_the_memory() {
    for operation in [Operation::List, Operation::Copy, Operation::Visibility] {
        for status in [200, 403] {
            let mut endless = Answer::endless(vec![b' '; 64 * 1024]).header("content-type", "application/xml");
            endless.status = status;
            let server = FaultServer::start(operation.always(endless));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await);
            assert_eq!((error.code, error.retryable), (ErrorCode::OperationFailed, false), "{operation:?}: {error}");
            assert!(error.to_string().contains("larger than 16777216 bytes"), "{operation:?}: {error}");
        }
    }
}

#[tokio::test]
async fn an_endless_error_is_refused_on_the_data_plane_too() {
    for operation in [Operation::Read, Operation::Write, Operation::Delete] {
        let mut endless = Answer::endless(vec![b' '; 64 * 1024]);
        endless.status = 403;
        let server = FaultServer::start(operation.always(endless));
        let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await);
        // Whether the status or the size is told: it is an error of ours, and it comes at once.
        assert!(matches!(error.code, ErrorCode::OperationFailed | ErrorCode::PermissionDenied), "{error}");
    }
}

#[tokio::test]
async fn an_endless_content_can_be_given_up_and_ends_at_the_deadline() {
    let endless = || Operation::Read.always(Answer::endless(CONTENT).chunked().dripping(10, Duration::from_millis(5)));
    let server = FaultServer::start(endless());
    let storage = storage_with(&server.endpoint(), json!({"operation_timeout": 1}));
    let started = Instant::now();
    assert_eq!(failed(get(&storage, "x").await).code, ErrorCode::Timeout);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    let mut object =
        storage_with(&server.endpoint(), json!({})).read(&name("x"), &GetOptions::default()).await.unwrap();
    assert_eq!(object.length, None);
    assert!(object.stream.next().await.unwrap().is_ok());
}
