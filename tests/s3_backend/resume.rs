//! Contents that break off: taken up again where that is safe, refused where it is not.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use s3storage::{
    error::{ErrorCode, Result},
    types::{ByteRange, GetOptions},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{collect, get, name, storage_with};

type Requests = Arc<Mutex<Vec<String>>>;

/// A server that gives one answer to each connection, in order (the last one again and again), and notes the requests.
async fn answering(answers: Vec<String>) -> (String, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let requests = Requests::default();
    let noted = Arc::clone(&requests);
    tokio::spawn(async move {
        for i in 0.. {
            let Ok((mut connection, _)) = listener.accept().await else { break };
            let mut request = vec![0; 8192];
            let read = connection.read(&mut request).await.unwrap_or(0);
            noted.lock().unwrap().push(String::from_utf8_lossy(&request[..read]).to_lowercase());
            let _ = connection.write_all(answers[i.min(answers.len() - 1)].as_bytes()).await;
        }
    });
    (endpoint, requests)
}

fn whole(etag: &str, length: usize, content: &str) -> String {
    format!("HTTP/1.1 200 OK\r\netag: {etag}\r\ncontent-length: {length}\r\n\r\n{content}")
}

fn part(etag: &str, range: &str, length: usize, content: &str) -> String {
    format!(
        "HTTP/1.1 206 Partial Content\r\netag: {etag}\r\ncontent-range: {range}\r\ncontent-length: {length}\r\n\r\n{content}"
    )
}

async fn read(answers: Vec<String>) -> (Result<Vec<u8>>, Vec<String>) {
    let (endpoint, requests) = answering(answers).await;
    let outcome = get(&storage_with(&endpoint, json!({"max_attempts": 1})), "x").await;
    let requests = requests.lock().unwrap().clone();
    (outcome, requests)
}

const E: &str = "\"e\"";

#[tokio::test]
async fn a_broken_content_is_resumed_byte_for_byte() {
    let answers = vec![whole(E, 10, "0123"), part(E, "bytes 4-9/10", 6, "45"), part(E, "bytes 6-9/10", 4, "6789")];
    let (content, requests) = read(answers).await;
    assert_eq!(content.unwrap(), b"0123456789");
    assert!(!requests[0].contains("range:"), "{}", requests[0]);
    assert!(requests[1].contains("range: bytes=4-9") && requests[1].contains("if-match: \"e\""), "{}", requests[1]);
    assert!(requests[2].contains("range: bytes=6-9"), "{}", requests[2]);
}

#[tokio::test]
async fn a_broken_range_is_resumed_within_the_range() {
    let answers = vec![part(E, "bytes 2-7/10", 6, "23"), part(E, "bytes 4-7/10", 4, "4567")];
    let (endpoint, requests) = answering(answers).await;
    let storage = storage_with(&endpoint, json!({"max_attempts": 1}));
    let options = GetOptions { range: ByteRange::new(2, Some(6)).unwrap(), ..GetOptions::default() };
    let object = storage.read(&name("x"), &options).await.unwrap();
    assert_eq!(collect(object).await.unwrap(), b"234567");
    assert!(requests.lock().unwrap()[1].contains("range: bytes=4-7"));
}

#[tokio::test]
async fn an_object_that_changed_meanwhile_is_never_spliced() {
    let precondition = "HTTP/1.1 412 Precondition Failed\r\ncontent-length: 0\r\n\r\n".to_owned();
    for second in [
        precondition,
        part("\"other\"", "bytes 4-9/10", 6, "456789"),
        part(E, "bytes 3-9/10", 7, "3456789"),
        part(E, "bytes 4-9/11", 6, "456789"),
        whole(E, 10, "0123456789"),
    ] {
        let (content, requests) = read(vec![whole(E, 10, "0123"), second.clone()]).await;
        let error = content.unwrap_err();
        assert_eq!(error.code, ErrorCode::ConnectionFailed, "{second}");
        assert!(error.to_string().contains("not the same any more"), "{error}");
        assert_eq!(requests.len(), 2);
    }
}

#[tokio::test]
async fn a_content_without_a_strong_etag_is_not_resumed() {
    for first in ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123".to_owned(), whole("W/\"e\"", 10, "0123")] {
        let (content, requests) = read(vec![first]).await;
        assert_eq!(content.unwrap_err().code, ErrorCode::ConnectionFailed);
        assert_eq!(requests.len(), 1);
    }
}

#[tokio::test]
async fn a_link_that_breaks_every_time_ends_in_an_error() {
    let answers: Vec<_> = (0..9)
        .map(|i| match i {
            0 => whole(E, 100, "0"),
            i => part(E, &format!("bytes {i}-99/100"), 100 - i, "x"),
        })
        .collect();
    let (content, requests) = tokio::time::timeout(Duration::from_secs(20), read(answers)).await.unwrap();
    let error = content.unwrap_err();
    assert_eq!((error.code, error.retryable, error.attempts), (ErrorCode::ConnectionFailed, true, 6));
    assert_eq!(requests.len(), 6);
}

#[tokio::test]
async fn a_server_that_ignores_the_range_is_not_believed() {
    let (endpoint, _) = answering(vec![whole(E, 10, "0123456789")]).await;
    let storage = storage_with(&endpoint, json!({"max_attempts": 1}));
    let options = GetOptions { range: ByteRange::new(2, Some(6)).unwrap(), ..GetOptions::default() };
    assert_eq!(storage.read(&name("x"), &options).await.unwrap_err().code, ErrorCode::Unsupported);
}
