use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::operation::put_object::{PutObjectError, PutObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::{BUCKET, Fixture, assert_fails, checking_client, in_an_hour, target};

/// Checksums of `hello` by other implementations.
const CRC32: &str = "NhCmhg==";
const CRC32C: &str = "mnG7TA==";
const SHA1: &str = "qvTGHdzF6KLavt4PO0gs2a6pQ00=";
const SHA256: &str = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";
const MD5: &str = "XUFAKrxLKna5cZ2REBfFkg==";

fn put(fixture: &Fixture) -> PutObjectFluentBuilder {
    let put = fixture.client.put_object().bucket(BUCKET).key("a");
    put.body(b"hello".to_vec().into())
}

#[tokio::test]
async fn content_md5_is_verified() {
    let fixture = Fixture::start().await;
    put(&fixture).content_md5(MD5).send().await.expect("put");
    let wrong = put(&fixture).content_md5("AAAAAAAAAAAAAAAAAAAAAA==");
    assert_fails!(wrong.send().await, 400, "BadDigest");
    assert_fails!(put(&fixture).content_md5("no md5").send().await, 400, "InvalidDigest");
    assert_fails!(put(&fixture).content_md5("aGVsbG8=").send().await, 400, "InvalidDigest");
}

#[tokio::test]
async fn checksum_headers_are_verified_and_come_back() {
    let fixture = Fixture::start().await;
    let head = fixture.client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);

    put(&fixture).checksum_crc32(CRC32).send().await.expect("put");
    assert_eq!(head.clone().send().await.expect("head").checksum_crc32.as_deref(), Some(CRC32));
    put(&fixture).checksum_crc32_c(CRC32C).send().await.expect("put");
    assert_eq!(head.clone().send().await.expect("head").checksum_crc32_c.as_deref(), Some(CRC32C));
    put(&fixture).checksum_sha1(SHA1).send().await.expect("put");
    assert_eq!(head.clone().send().await.expect("head").checksum_sha1.as_deref(), Some(SHA1));
    put(&fixture).checksum_sha256(SHA256).send().await.expect("put");
    let output = head.clone().send().await.expect("head");
    assert_eq!(output.checksum_sha256.as_deref(), Some(SHA256));
    assert_eq!(output.checksum_type, Some(ChecksumType::FullObject));
    assert_eq!(output.checksum_crc32, None);

    let get = fixture.client.get_object().bucket(BUCKET).key("a");
    let output = get.clone().checksum_mode(ChecksumMode::Enabled).send().await.expect("get");
    assert_eq!(output.checksum_sha256.as_deref(), Some(SHA256));
    // Neither unasked nor for a range.
    assert_eq!(get.clone().send().await.expect("get").checksum_sha256, None);
    let range = get.range("bytes=0-1").checksum_mode(ChecksumMode::Enabled).send().await;
    assert_eq!(range.expect("get").checksum_sha256, None);
}

#[tokio::test]
async fn wrong_checksum_header_answers_400_and_stores_nothing() {
    let fixture = Fixture::start().await;
    assert_fails!(put(&fixture).checksum_crc32("AAAAAA==").send().await, 400, "BadDigest");
    assert_fails!(put(&fixture).checksum_crc32_c("AAAAAA==").send().await, 400, "BadDigest");
    assert_fails!(put(&fixture).checksum_crc64_nvme("AAAAAAAAAAA=").send().await, 400, "BadDigest");
    assert_fails!(put(&fixture).checksum_sha1("AAAAAAAAAAAAAAAAAAAAAAAAAAA=").send().await, 400, "BadDigest");
    assert_fails!(
        put(&fixture).checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").send().await,
        400,
        "BadDigest"
    );
    assert_fails!(put(&fixture).checksum_sha256("AAAA").send().await, 400, "InvalidRequest");
    assert_fails!(fixture.client.get_object().bucket(BUCKET).key("a").send().await, 404, "NoSuchKey");
}

#[tokio::test]
async fn two_checksum_headers_answer_400() {
    let fixture = Fixture::start().await;
    let url = fixture.client.put_object().bucket(BUCKET).key("a").presigned(in_an_hour()).await.expect("presign");
    let headers = [("x-amz-checksum-crc32", CRC32), ("x-amz-checksum-sha1", SHA1)];
    let response = fixture.raw("PUT", &target(url.uri()), &headers, b"hello").await;
    assert_eq!((response.status, response.code().as_str()), (400, "InvalidRequest"));
}

#[tokio::test]
async fn checksum_the_sdk_calculates_is_verified_and_validated() {
    let fixture = Fixture::start().await;
    let client = fixture.checking_client();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = client.put_object().bucket(BUCKET).key("a").body(b"hello".to_vec().into());
        put.checksum_algorithm(algorithm.clone()).send().await.expect("put");
        let get = client.get_object().bucket(BUCKET).key("a").send().await.expect("get");
        let sums = [&get.checksum_crc32, &get.checksum_crc32_c, &get.checksum_sha1, &get.checksum_sha256];
        let expected = match algorithm {
            ChecksumAlgorithm::Crc32 => [Some(CRC32), None, None, None],
            ChecksumAlgorithm::Crc32C => [None, Some(CRC32C), None, None],
            ChecksumAlgorithm::Sha1 => [None, None, Some(SHA1), None],
            ChecksumAlgorithm::Sha256 => [None, None, None, Some(SHA256)],
            _ => [None; 4],
        };
        assert_eq!(sums.map(Option::as_deref), expected, "{algorithm}");
        // The SDK compares while it reads.
        assert_eq!(get.body.collect().await.expect("body").to_vec(), b"hello", "{algorithm}");
    }
}

/// Stores `body` as the SDK sends files: as aws-chunked, with the checksum in the trailer.
async fn put_file(client: &Client, body: &[u8]) -> Result<PutObjectOutput, SdkError<PutObjectError>> {
    let file = tempfile(body);
    let stream = ByteStream::from_path(&file.0).await.expect("stream");
    let put = client.put_object().bucket(BUCKET).key("a").body(stream);
    let put = put.checksum_algorithm(ChecksumAlgorithm::Sha256).content_encoding("gzip");
    put.send().await
}

/// A file that is removed when it is no longer needed.
struct TempFile(PathBuf);

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn tempfile(body: &[u8]) -> TempFile {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("dev-server-upload-{}-{number}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, body).expect("write");
    TempFile(path)
}

#[tokio::test]
async fn trailing_checksum_of_a_chunked_body_is_kept() {
    let fixture = Fixture::start().await;
    let client = fixture.checking_client();
    let body: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let output = put_file(&client, &body).await.expect("put");
    let checksum = output.checksum_sha256.expect("a checksum");

    assert!(fixture.get("a").await == body);
    let head = client.head_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
    let output = head.send().await.expect("head");
    assert_eq!(output.checksum_sha256, Some(checksum));
    // `aws-chunked` is no encoding of the object.
    assert_eq!(output.content_encoding.as_deref(), Some("gzip"));
}

#[tokio::test]
async fn trailing_checksum_is_verified() {
    let fixture = Fixture::start().await;
    for (crc32, status) in [("AAAAAA==", 400), (CRC32, 200)] {
        let headers = [
            ("content-encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "5"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
        ];
        let body = format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc32}\r\n\r\n");
        let hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        let response = fixture.signed("PUT", "/bucket/a", &headers, hash, body.as_bytes()).await;
        assert_eq!(response.status, status, "{}", response.text());
        let get = fixture.client.get_object().bucket(BUCKET).key("a").send().await;
        if status == 400 {
            assert_eq!(response.code(), "BadDigest");
            assert_fails!(get, 404, "NoSuchKey");
        } else {
            assert_eq!(response.header("x-amz-checksum-crc32"), Some(CRC32));
            let output = get.expect("get");
            assert_eq!(output.content_encoding, None);
            assert_eq!(output.body.collect().await.expect("body").to_vec(), b"hello");
        }
    }
}

#[tokio::test]
async fn changed_trailer_that_was_signed_answers_403() {
    let fixture = Fixture::start().await;
    let proxy = trailer_changing_proxy(fixture.server.address()).await;
    let client = checking_client(&format!("http://{proxy}"));
    assert_fails!(put_file(&client, &[42; 1000]).await, 403, "SignatureDoesNotMatch");
    assert_fails!(fixture.client.get_object().bucket(BUCKET).key("a").send().await, 404, "NoSuchKey");
}

/// Passes one request on with another checksum in its trailer.
async fn trailer_changing_proxy(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("bind");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.expect("accept");
        let name = b"x-amz-checksum-sha256:";
        let mut request = Vec::new();
        let at = loop {
            assert!(client.read_buf(&mut request).await.expect("read") > 0, "ended without a trailer");
            let found = request.windows(name.len()).position(|window| window == name);
            if let Some(at) = found.filter(|_| request.ends_with(b"\r\n\r\n")) {
                break at + name.len();
            }
        };
        request[at..at + 4].copy_from_slice(b"AAAA");
        let mut server = TcpStream::connect(server).await.expect("connect");
        server.write_all(&request).await.expect("send");
        // Until the client has its answer and goes.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    });
    address
}

#[tokio::test]
async fn object_without_a_checksum_gets_one_of_crc64nvme() {
    let fixture = Fixture::start().await;
    fixture.put("a", "hello").await;
    let get = fixture.client.get_object().bucket(BUCKET).key("a").checksum_mode(ChecksumMode::Enabled);
    let output = get.send().await.expect("get");
    assert!(output.checksum_crc64_nvme.is_some());
    assert_eq!(output.body.collect().await.expect("body").to_vec(), b"hello");
}

#[tokio::test]
async fn payload_that_differs_from_its_signed_hash_answers_400() {
    let fixture = Fixture::start().await;
    let url = fixture.client.put_object().bucket(BUCKET).key("a").presigned(in_an_hour()).await.expect("presign");
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let headers = [("x-amz-content-sha256", hash)];
    let response = fixture.raw("PUT", &target(url.uri()), &headers, b"HELLO").await;
    assert_eq!((response.status, response.code().as_str()), (400, "XAmzContentSHA256Mismatch"));
    let response = fixture.raw("PUT", &target(url.uri()), &headers, b"hello").await;
    assert_eq!(response.status, 200);
}
