//! Lines that are slow, one-way or dead, and servers behind an HTTP proxy.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use s3storage::error::ErrorCode;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::{
    client::{SOON, failed, get, storage_with, write},
    fault_server::{FaultServer, Script},
    operation::{OBJECT, Operation, all_good},
    proxy::{Link, Proxy},
    tls::{Authority, server_config},
};

#[tokio::test]
async fn a_line_that_swallows_everything_is_a_timeout() {
    let server = FaultServer::start(all_good());
    for (up, down) in [(Link::BLACKHOLE, Link::default()), (Link::default(), Link::BLACKHOLE)] {
        let line = Proxy::to(server.address(), up, down);
        let all = Operation::ALL.map(async |operation| {
            let storage = storage_with(&line.url(), json!({"read_timeout": 1, "max_attempts": 1}));
            let error = failed(operation.run(&storage).await);
            assert_eq!((error.code, error.attempts), (ErrorCode::Timeout, 1), "{operation:?}: {error}");
        });
        join_all(all).await;
    }
}

/// The upload comes to a halt: the limit is that for an answer, counted from the last progress.
#[tokio::test]
async fn an_upload_that_comes_to_a_halt_is_a_timeout() {
    let server = FaultServer::start(all_good());
    let line = Proxy::to(server.address(), Link { lost_from: Some(10_000), ..Link::default() }, Link::default());
    let storage = storage_with(&line.url(), json!({"read_timeout": 0.3, "max_attempts": 1}));
    let started = Instant::now();
    let error = failed(write(&storage, "x", vec![0; 1_000_000]).await);
    assert_eq!(error.code, ErrorCode::Timeout, "{error}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

/// Slower than the limit for an answer in all, but never without progress.
#[tokio::test]
async fn a_slow_upload_that_goes_on_is_no_error() {
    let server = FaultServer::start(Script::new());
    let up = Link { bandwidth: Some(4_000_000), ..Link::default() };
    let line = Proxy::to(server.address(), up, Link::default());
    let storage = storage_with(&line.url(), json!({"read_timeout": 3, "max_attempts": 1}));
    let content = vec![7; 16_000_000];
    write(&storage, "x", content.clone()).await.unwrap();
    assert!(server.stored(OBJECT).unwrap() == content);
}

#[tokio::test]
async fn a_long_way_is_no_error() {
    let server = FaultServer::start(all_good());
    let far = Link { latency: Duration::from_millis(20), ..Link::default() };
    let line = Proxy::to(server.address(), far, far);
    let storage = storage_with(&line.url(), json!({"read_timeout": 10, "max_attempts": 1}));
    for operation in Operation::ALL {
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
    assert_eq!(line.connections(), 1);
}

#[tokio::test]
async fn a_line_that_is_reset_again_and_again_still_delivers() {
    let content: Vec<u8> = (0..400_000_u32).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let server = FaultServer::start(Script::new().object(OBJECT, &content, &[]));
    let line = Proxy::to(server.address(), Link::default(), Link { reset_at: Some(150_000), ..Link::default() });
    let read = get(&storage_with(&line.url(), json!({"max_attempts": 1})), "x").await.unwrap();
    assert!(read == content);
    assert!(line.connections() >= 3);
}

#[tokio::test]
async fn connections_that_are_reset_while_they_idle_are_no_error() {
    let server = FaultServer::start(all_good());
    let line = Proxy::to(server.address(), Link::default(), Link::default());
    let storage = storage_with(&line.url(), json!({"max_attempts": 1}));
    for operation in Operation::ALL {
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        line.reset_all();
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn plain_http_goes_through_a_proxy_in_absolute_form() {
    let server = FaultServer::start(all_good());
    let proxy = Proxy::http(&[("storage.test", server.address())]);
    let storage = storage_with("http://storage.test:9000", json!({"proxy": proxy.url()}));
    for operation in Operation::ALL {
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
    for request in server.requests() {
        assert!(request.target.starts_with("http://storage.test:9000/test-bucket"), "{}", request.target);
        assert_eq!(request.header("host"), Some("storage.test:9000"));
        assert!(request.header("authorization").is_some());
    }
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn https_goes_through_a_proxy_in_a_tunnel() {
    let authority = Authority::new();
    let server = FaultServer::start_tls(all_good(), server_config(&authority.names(&["storage.test"])));
    let proxy = Proxy::http(&[("storage.test", server.address())]);
    let bundle = NamedTempFile::new().unwrap();
    std::fs::write(bundle.path(), authority.pem()).unwrap();
    let more = json!({"proxy": proxy.url(), "ca_file": bundle.path()});
    let storage = storage_with("https://storage.test", more);
    for operation in Operation::ALL {
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
    assert_eq!(proxy.asked(), ["CONNECT storage.test:443"]);
    assert!(server.requests().iter().all(|request| request.target.starts_with("/test-bucket")));
}

/// The proxy sees the name of the host, never the credentials.
#[tokio::test]
async fn a_proxy_that_refuses_or_is_not_there_is_connection_failed() {
    let refusing = Proxy::http(&[]);
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for proxy in [refusing.url(), closed] {
        for operation in [Operation::Read, Operation::List] {
            let storage = storage_with("https://storage.test", json!({"proxy": proxy, "max_attempts": 1}));
            let error = failed(operation.run(&storage).await);
            assert_eq!((error.code, error.attempts), (ErrorCode::ConnectionFailed, 1), "{operation:?}: {error}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_falls_silent_is_a_connect_timeout() {
    let sink = FaultServer::start(Script::new());
    let silent = Proxy::to(sink.address(), Link::BLACKHOLE, Link::BLACKHOLE);
    let limits = json!({"proxy": silent.url(), "connect_timeout": 0.2, "read_timeout": 60, "max_attempts": 1});
    let started = Instant::now();
    let error = failed(Operation::Read.run(&storage_with("https://storage.test", limits)).await);
    assert!(matches!(error.code, ErrorCode::ConnectionFailed | ErrorCode::Timeout), "{error}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}
