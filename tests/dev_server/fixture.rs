//! A server with a bucket, clients for it, and a plain HTTP client.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId as _;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::dev_server::{Config, DevServer};
use crate::signer::sign;

pub(crate) const BUCKET: &str = "bucket";
pub(crate) const VERSIONED: &str = "versioned-bucket";
pub(crate) const LOCKED: &str = "locked-bucket";

pub(crate) struct Fixture {
    pub server: DevServer,
    pub client: Client,
}

impl Fixture {
    pub(crate) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// With a bucket that has versions, and one where these can be locked.
    pub(crate) async fn with_versions() -> Self {
        let (versioned_buckets, locked_buckets) = (vec![VERSIONED.to_owned()], vec![LOCKED.to_owned()]);
        Self::with(Config { versioned_buckets, locked_buckets, ..Config::default() }).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let config = Config { buckets: vec![BUCKET.to_owned()], ..config };
        let server = DevServer::start(config).await.expect("the server starts");
        let client = client(&server.endpoint(), "devkey", "devsecret");
        Self { server, client }
    }

    /// A client with other credentials.
    pub(crate) fn client_of(&self, access_key: &str, secret_key: &str) -> Client {
        client(&self.server.endpoint(), access_key, secret_key)
    }

    pub(crate) async fn put(&self, key: &str, body: impl Into<Vec<u8>>) -> String {
        let body = ByteStream::from(body.into());
        let output = self.client.put_object().bucket(BUCKET).key(key).body(body).send();
        output.await.expect("put").e_tag.expect("etag")
    }

    pub(crate) async fn get(&self, key: &str) -> Vec<u8> {
        let output = self.client.get_object().bucket(BUCKET).key(key).send();
        let output = output.await.expect("get");
        output.body.collect().await.expect("body").to_vec()
    }

    /// A client that calculates and validates checksums by itself.
    pub(crate) fn checking_client(&self) -> Client {
        checking_client(&self.server.endpoint())
    }

    /// The path and query of a presigned GET.
    pub(crate) async fn presigned_get(&self, key: &str) -> String {
        let request = self.client.get_object().bucket(BUCKET).key(key);
        target(request.presigned(in_an_hour()).await.expect("presign").uri())
    }

    /// Sends a request for a path without a query, signed in its headers.
    pub(crate) async fn signed(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        hash: &str,
        body: &[u8],
    ) -> RawResponse {
        let host = self.server.address().to_string();
        let signed = sign(method, &host, path, headers, hash);
        let signed: Vec<(&str, &str)> = signed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.raw(method, path, &signed, body).await
    }

    /// Sends a request over a connection of its own.
    pub(crate) async fn raw(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> RawResponse {
        raw(self.server.address(), method, target, headers, body).await
    }
}

/// A client that calculates checksums only where a test gives one.
pub(crate) fn client(endpoint: &str, access_key: &str, secret_key: &str) -> Client {
    let config = config(endpoint, access_key, secret_key)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    Client::from_conf(config.build())
}

/// A client that calculates and validates checksums wherever it can.
pub(crate) fn checking_client(endpoint: &str) -> Client {
    let config = config(endpoint, "devkey", "devsecret")
        .request_checksum_calculation(RequestChecksumCalculation::WhenSupported)
        .response_checksum_validation(ResponseChecksumValidation::WhenSupported);
    Client::from_conf(config.build())
}

fn config(endpoint: &str, access_key: &str, secret_key: &str) -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(access_key, secret_key, None, None, "test"))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
}

pub(crate) fn in_an_hour() -> PresigningConfig {
    PresigningConfig::expires_in(Duration::from_hours(1)).expect("a valid duration")
}

/// The path and query of a URL.
pub(crate) fn target(url: &str) -> String {
    let (_, rest) = url.split_once("://").expect("a scheme");
    rest[rest.find('/').expect("a path")..].to_owned()
}

/// Status, error code and request id of a failure.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub status: u16,
    pub code: String,
}

pub(crate) fn failure<T, E>(result: Result<T, SdkError<E>>) -> Failure
where
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let error = result.err().expect("a failure");
    assert!(error.request_id().is_some(), "no request id: {error:?}");
    let status = error.raw_response().expect("a response").status().as_u16();
    Failure { status, code: error.code().unwrap_or_default().to_owned() }
}

/// Asserts how an operation fails.
macro_rules! assert_fails {
    ($result:expr, $status:literal, $code:literal) => {
        let failure = $crate::fixture::failure($result);
        assert_eq!((failure.status, failure.code.as_str()), ($status, $code));
    };
}
pub(crate) use assert_fails;

#[derive(Debug)]
pub(crate) struct RawResponse {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl RawResponse {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("utf-8")
    }

    pub(crate) fn code(&self) -> String {
        let text = self.text();
        let start = text.find("<Code>").map_or(0, |at| at + "<Code>".len());
        let end = text.find("</Code>").unwrap_or(start);
        text[start..end].to_owned()
    }
}

pub(crate) async fn raw(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> RawResponse {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    let head = head(address, method, target, headers, body.len(), "close");
    stream.write_all(head.as_bytes()).await.expect("send");
    stream.write_all(body).await.expect("send");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.expect("receive");
    parse(&response)
}

pub(crate) fn head(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    length: usize,
    connection: &str,
) -> String {
    let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: {connection}\r\n");
    if length > 0 || method == "PUT" {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    head
}

pub(crate) fn parse(response: &[u8]) -> RawResponse {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("not a response: {:?}", String::from_utf8_lossy(response)));
    let head = std::str::from_utf8(&response[..end]).expect("an ASCII head");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
    let headers = lines.filter_map(|line| line.split_once(": "));
    RawResponse {
        status: status.parse().expect("a status"),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: response[end + 4..].to_vec(),
    }
}
