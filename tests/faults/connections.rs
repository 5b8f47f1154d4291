//! Connections that do not come about, and connections that die between two requests.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    time::{Duration, Instant},
};

use s3storage::error::ErrorCode;
use serde_json::json;
use tokio::net::TcpSocket;

use crate::{
    client::{SOON, failed, get, put, storage_with},
    fault_server::{Answer, End, FaultServer},
    operation::{CONTENT, Operation, all_good, good},
};

/// A port that is taken, so that no other test gets it, and that nobody listens on.
fn closed_port() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let endpoint = format!("http://{}", socket.local_addr().unwrap());
    (socket, endpoint)
}

#[tokio::test]
async fn a_refused_connection_is_connection_failed_after_the_configured_attempts() {
    for attempts in [1, 3] {
        for operation in Operation::ALL {
            let (_taken, endpoint) = closed_port();
            let storage = storage_with(&endpoint, json!({"max_attempts": attempts}));
            let started = Instant::now();
            let error = failed(operation.run(&storage).await);
            let place = format!("no connection to {}: ", endpoint.trim_start_matches("http://"));
            assert!(error.message.contains(&place), "{operation:?}: {error}");
            assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, attempts), "{operation:?}");
            assert!(error.retryable, "{operation:?}");
            assert!(started.elapsed() < SOON, "{operation:?}: {:?}", started.elapsed());
        }
    }
}

/// A label of 64 characters is none (RFC 1035 §2.3.4), so that no name server is asked.
#[tokio::test]
async fn a_host_without_an_address_is_connection_failed() {
    let endpoint = format!("http://{}.invalid", "x".repeat(64));
    for operation in Operation::ALL {
        let error = failed(operation.run(&storage_with(&endpoint, json!({"max_attempts": 2}))).await);
        assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, 2), "{operation:?}: {error}");
    }
}

/// On a current-thread runtime that nobody drives between calls, as under PHP.
#[test]
fn a_connection_that_the_server_closed_while_it_idled_is_no_error_and_no_attempt() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for operation in Operation::ALL {
        for end in [End::Close, End::Reset] {
            let server = FaultServer::start(operation.always(operation.answer().then(end)));
            let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
            for _ in 0..3 {
                // After a delete there is nothing left; deleting it again is no error either.
                runtime.block_on(operation.run(&storage)).unwrap_or_else(|error| panic!("{operation:?}: {error}"));
                std::thread::sleep(Duration::from_millis(30));
            }
            assert_eq!(server.requests().len(), 3, "{operation:?}");
        }
    }
}

/// The server's close may cross the request on its way.
#[tokio::test]
async fn a_reused_connection_that_dies_before_any_response_byte_is_replaced_at_no_attempts_cost() {
    for operation in Operation::ALL {
        for fault in [Answer::hang_up(), Answer::lost()] {
            let script = good().on("GET /test-bucket/warm", [Answer::new(200, "w")]);
            let script = script.on(operation.pattern(), [fault, operation.answer()]);
            let server = FaultServer::start(script);
            let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
            assert_eq!(get(&storage, "warm").await.unwrap(), b"w");
            operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
            let requests = server.requests();
            assert_eq!(requests.len(), 3, "{operation:?}");
            assert_eq!(requests[0].port, requests[1].port, "{operation:?}");
            assert_ne!(requests[1].port, requests[2].port, "{operation:?}");
        }
    }
}

#[tokio::test]
async fn a_new_connection_that_dies_before_any_response_byte_is_an_attempt() {
    for operation in Operation::ALL {
        for fault in [Answer::hang_up(), Answer::lost()] {
            let server = FaultServer::start(operation.always(fault.clone()));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 2}))).await);
            assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, 2), "{operation:?}");
            assert_eq!(server.requests().len(), 2, "{operation:?}");
            let server = FaultServer::start(operation.after([fault]));
            operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 2}))).await.unwrap();
        }
    }
}

#[tokio::test]
async fn both_planes_share_one_connection() {
    let server = FaultServer::start(all_good());
    let storage = storage_with(&server.endpoint(), json!({}));
    for operation in Operation::ALL.into_iter().filter(|operation| *operation != Operation::Delete) {
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
    let ports: std::collections::HashSet<_> = server.requests().iter().map(|request| request.port).collect();
    assert_eq!(ports.len(), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_in_its_head_is_connection_failed() {
    for operation in Operation::ALL {
        let server = FaultServer::start(operation.always(Answer::raw("HTTP/1.1 200 OK\r\ncontent-le")));
        let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await);
        assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, 1), "{operation:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_an_error() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(1024 * 1024));
    for nonsense in ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n", &long] {
        for operation in Operation::ALL {
            let server = FaultServer::start(operation.always(Answer::raw(nonsense.to_owned())));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 1}))).await);
            assert_eq!(error.code, ErrorCode::ConnectionFailed, "{operation:?}: {error}");
        }
    }
}

#[tokio::test]
async fn fifty_calls_use_one_connection() {
    let server = FaultServer::start(all_good());
    let storage = storage_with(&server.endpoint(), json!({}));
    for i in 0..25 {
        put(&storage, &i.to_string(), CONTENT).await;
        assert_eq!(get(&storage, &i.to_string()).await.unwrap(), CONTENT);
    }
    let ports: std::collections::HashSet<_> = server.requests().iter().map(|request| request.port).collect();
    assert_eq!((server.requests().len(), ports.len()), (50, 1));
}

/// Two writes for an answer, with Nagle's algorithm on, as Ceph's gateway has it: the second one leaves when the first is acknowledged.
/// Connections are kept, since the system acknowledges the first packets of each at once.
fn serve_in_two_pieces(head: String) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 0) {
                if line == "\r\n" {
                    let mut stream = reader.get_ref();
                    if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(CONTENT)).is_err() {
                        break;
                    }
                }
                line.clear();
            }
        }
    });
    endpoint
}

#[tokio::test]
async fn a_server_that_waits_for_an_acknowledgement_of_the_head_is_not_kept_waiting() {
    let length = CONTENT.len();
    let endpoint = serve_in_two_pieces(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\netag: \"e\"\r\n\r\n"));
    let storage = storage_with(&endpoint, json!({}));
    let mut slow = 0;
    for _ in 0..40 {
        let started = Instant::now();
        assert_eq!(get(&storage, "x").await.unwrap(), CONTENT);
        // `TCP_DELACK_MIN` of Linux is 40 ms.
        slow += usize::from(started.elapsed() >= Duration::from_millis(35));
    }
    assert!(slow < 10, "{slow} of 40 reads waited for the system to acknowledge the head");
}
