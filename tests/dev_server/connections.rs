use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aws_sdk_s3::types::ObjectCannedAcl;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::dev_server::{Config, DevServer};
use crate::fixture::{BUCKET, Fixture, assert_fails, head, parse};

const IDLE: Duration = Duration::from_secs(2);
/// Clocks need not agree to the millisecond.
const IDLE_AT_LEAST: Duration = Duration::from_millis(1950);

async fn with_idle_timeout(body: Vec<u8>) -> Fixture {
    let config = Config { idle_timeout: Some(IDLE), ..Config::default() };
    let fixture = Fixture::with(config).await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").body(body.into());
    put.acl(ObjectCannedAcl::PublicRead).send().await.expect("put");
    fixture
}

async fn ask(stream: &mut TcpStream, address: SocketAddr) {
    let request = head(address, "GET", "/bucket/a", &[], 0, "keep-alive");
    stream.write_all(request.as_bytes()).await.expect("send");
}

/// Reads a response with a body of one byte.
async fn answer(stream: &mut TcpStream) -> u16 {
    let mut response = Vec::new();
    while !response.ends_with(b"\r\n\r\nx") {
        assert!(stream.read_buf(&mut response).await.expect("receive") > 0, "closed");
    }
    parse(&response).status
}

/// How long the server keeps the connection open from now on.
async fn closed_after(stream: &mut TcpStream) -> Duration {
    let start = Instant::now();
    let mut byte = [0];
    let end = timeout(Duration::from_secs(20), stream.read(&mut byte)).await.expect("still open");
    assert_eq!(end.expect("closed, not reset"), 0);
    start.elapsed()
}

#[tokio::test]
async fn idle_connection_is_closed_after_the_timeout() {
    let fixture = with_idle_timeout(b"x".to_vec()).await;
    let address = fixture.server.address();
    let mut stream = TcpStream::connect(address).await.expect("connect");
    // Requests closer to each other than the timeout keep it open, longer in all than the timeout.
    let mut asked = Instant::now();
    for _ in 0..6 {
        asked = Instant::now();
        ask(&mut stream, address).await;
        assert_eq!(answer(&mut stream).await, 200);
        sleep(IDLE / 4).await;
    }
    closed_after(&mut stream).await;
    let open = asked.elapsed();
    assert!(open >= IDLE_AT_LEAST && open < IDLE * 4, "{open:?}");
}

#[tokio::test]
async fn connection_that_never_asks_is_closed_too() {
    let fixture = with_idle_timeout(b"x".to_vec()).await;
    let connecting = Instant::now();
    let mut stream = TcpStream::connect(fixture.server.address()).await.expect("connect");
    closed_after(&mut stream).await;
    let open = connecting.elapsed();
    assert!(open >= IDLE_AT_LEAST && open < IDLE * 4, "{open:?}");
}

#[tokio::test]
async fn slow_reader_is_not_idle() {
    // More than socket buffers hold, so that the response is not done while it is not read.
    let fixture = with_idle_timeout(vec![b'y'; 64 << 20]).await;
    let address = fixture.server.address();
    let mut stream = TcpStream::connect(address).await.expect("connect");
    ask(&mut stream, address).await;
    sleep(IDLE * 3).await;
    let mut response = vec![0; 1 << 20];
    let read = stream.read(&mut response).await.expect("receive");
    let mut left = (64 << 20) - parse(&response[..read]).body.len();
    while left > 0 {
        let read = stream.read(&mut response).await.expect("receive");
        assert!(read > 0, "closed");
        left -= read;
    }
    // Still open for another one.
    ask(&mut stream, address).await;
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.expect("another response");
    assert_eq!(&start, b"HTTP/1.1 200");
}

#[tokio::test]
async fn connection_stays_open_without_a_timeout() {
    let fixture = Fixture::start().await;
    fixture.server.seed(BUCKET, ["a".to_owned()], bytes::Bytes::from_static(b"x"));
    let mut stream = TcpStream::connect(fixture.server.address()).await.expect("connect");
    sleep(Duration::from_millis(700)).await;
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(100), stream.read(&mut byte)).await.is_err());
}

#[tokio::test]
async fn sdk_reuses_connections_and_they_are_counted() {
    let fixture = Fixture::start().await;
    for _ in 0..10 {
        fixture.put("a", "x").await;
    }
    assert_eq!((fixture.server.requests(), fixture.server.connections()), (10, 1));
}

#[tokio::test]
async fn refused_upload_leaves_the_connection_usable() {
    let fixture = Fixture::start().await;
    let wrong = fixture.client_of("devkey", "wrong");
    for _ in 0..3 {
        // Without `Expect: 100-continue`, so that the body comes in any case.
        let put = wrong.put_object().bucket(BUCKET).key("a").body(vec![1; 900_000].into());
        assert_fails!(put.send().await, 403, "SignatureDoesNotMatch");
    }
    assert_eq!(fixture.server.connections(), 1);
}

#[tokio::test]
async fn access_log_has_a_line_per_request() {
    let path = std::env::temp_dir().join(format!("dev-server-log-{}", std::process::id()));
    let config = Config { access_log: Some(path.clone()), ..Config::default() };
    let fixture = Fixture::with(config).await;
    fixture.put("a b", "x").await;
    let first = fixture.raw("GET", "/bucket/a%20b?x=1&y=%2F", &[], b"").await;
    let second = fixture.raw("HEAD", "/missing-bucket", &[], b"").await;
    assert_eq!((first.status, second.status), (403, 404));
    let log = std::fs::read_to_string(&path).expect("read");
    std::fs::remove_file(&path).expect("remove");
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines,
        [
            "PUT /bucket/a%20b?x-id=PutObject 200 1 devkey",
            "GET /bucket/a%20b?x=1&y=%2F 403 2 -",
            "HEAD /missing-bucket 404 3 -",
        ]
    );
}

#[tokio::test]
async fn dropped_server_no_longer_listens() {
    let fixture = Fixture::start().await;
    let address = fixture.server.address();
    let mut stream = TcpStream::connect(address).await.expect("connect");
    // One that is still waiting to be accepted would be reset.
    ask(&mut stream, address).await;
    assert!(stream.read(&mut [0; 4096]).await.expect("receive") > 0);
    let start = Instant::now();
    drop(fixture);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(closed_after(&mut stream).await < Duration::from_secs(10));
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn server_starts_without_a_runtime() {
    let server = DevServer::start_blocking(Config::default()).expect("start");
    std::net::TcpStream::connect(server.address()).expect("connect");
    assert_eq!(server.endpoint(), format!("http://{}", server.address()));
}

#[tokio::test]
async fn taken_port_and_bad_bucket_name_are_errors() {
    let fixture = Fixture::start().await;
    let port = fixture.server.address().port();
    let taken = Config { port, ..Config::default() };
    assert!(DevServer::start(taken).await.is_err());
    let bad = Config { buckets: vec!["NO".to_owned()], ..Config::default() };
    assert!(DevServer::start(bad).await.is_err());
}
