//! Files: what can go wrong between a disk and a server.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use s3s::crypto::{Checksum as _, Md5};
use s3storage::{
    error::{ErrorCode, Result},
    storage::{Progress, Storage},
    types::{GetOptions, ObjectInfo, PutOptions, TransferOptions},
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    client::{SOON, failed, name, storage_with},
    fault_server::{Answer, FaultServer, Script},
    operation::OBJECT,
};

const MIB: usize = 1024 * 1024;
const GET: &str = "GET /test-bucket/x";
const SIZE: usize = 12 * MIB;

fn content() -> Vec<u8> {
    (0..SIZE).map(|i| u8::try_from((i / 7 + i / MIB) % 251).unwrap()).collect()
}

/// A server that has the object and answers so.
fn having(answers: impl IntoIterator<Item = Answer>) -> FaultServer {
    FaultServer::start(Script::new().object(OBJECT, &content(), &[]).on(GET, answers))
}

/// A folder with a file in it that is to be replaced.
struct Destination {
    folder: TempDir,
    file: PathBuf,
}

impl Destination {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "old").unwrap();
        Self { folder, file }
    }

    /// Nothing has happened here.
    fn assert_untouched(&self) {
        assert_eq!(fs::read(&self.file).unwrap(), b"old");
        assert_eq!(self.names(), ["file"]);
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn transfer() -> TransferOptions {
    TransferOptions::new(Some(5 << 20), Some(1)).unwrap()
}

async fn download_with(storage: &Storage, to: &Destination, resume: bool) -> Result<ObjectInfo> {
    let (options, progress) = (GetOptions::default(), Progress::default());
    storage.download_file(&name("x"), &to.file, &options, transfer(), resume, &progress).await
}

async fn download(server: &FaultServer, to: &Destination) -> Result<ObjectInfo> {
    download_with(&storage_with(&server.endpoint(), json!({})), to, false).await
}

#[tokio::test]
async fn ranges_that_break_or_are_refused_for_a_while_are_joined_byte_for_byte() {
    for fault in [
        Answer::stored().reset_at(1_000_000),
        Answer::stored().truncated_at(4 * MIB),
        Answer::error(503, "SlowDown"),
        Answer::lost(),
    ] {
        let to = Destination::new();
        let server = having([Answer::stored(), fault, Answer::stored()]);
        download(&server, &to).await.unwrap();
        assert!(fs::read(&to.file).unwrap() == content());
        assert_eq!(to.names(), ["file"]);
        let requests = server.requests();
        assert_eq!(requests[0].header("if-match"), None);
        assert!(requests[1..].iter().all(|request| request.header("if-match").is_some()));
    }
}

#[tokio::test]
async fn an_object_that_is_replaced_meanwhile_leaves_the_file_as_it_was() {
    let other = Answer::new(206, vec![0; 5 * MIB]).header("etag", "\"other\"");
    let other = other.header("content-range", "bytes 5242880-10485759/12582912");
    for fault in [Answer::error(412, "PreconditionFailed"), other] {
        let to = Destination::new();
        let error = failed(download(&having([Answer::stored(), fault]), &to).await);
        assert_eq!((error.code, error.retryable), (ErrorCode::OperationFailed, true));
        assert!(error.to_string().contains("download file x: the object was replaced"), "{error}");
        to.assert_untouched();
    }
}

#[tokio::test]
async fn an_object_that_cannot_be_recognised_is_not_joined_of_parts() {
    let first = |etag: &str| {
        let answer = Answer::new(206, vec![0; 5 * MIB]).header("content-range", "bytes 0-5242879/12582912");
        if etag.is_empty() { answer } else { answer.header("etag", etag) }
    };
    for etag in ["", "W/\"weak\""] {
        let to = Destination::new();
        let error = failed(download(&having([first(etag)]), &to).await);
        assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
        to.assert_untouched();
    }
}

#[tokio::test]
async fn a_download_that_is_given_up_leaves_nothing() {
    let to = Destination::new();
    let server = having([Answer::stored(), Answer::silence()]);
    assert!(tokio::time::timeout(Duration::from_millis(500), download(&server, &to)).await.is_err());
    to.assert_untouched();
}

#[tokio::test]
async fn what_was_received_before_a_failure_is_not_received_again() {
    let to = Destination::new();
    let server = having([Answer::stored(), Answer::error(403, "AccessDenied"), Answer::stored()]);
    let storage = storage_with(&server.endpoint(), json!({}));
    assert_eq!(failed(download_with(&storage, &to, true).await).code, ErrorCode::PermissionDenied);
    assert_eq!(to.names(), [".file.s3storage-part", ".file.s3storage-part.journal", "file"]);
    download_with(&storage, &to, true).await.unwrap();
    assert!(fs::read(&to.file).unwrap() == content());
    assert_eq!(to.names(), ["file"]);
    let ranges: Vec<_> = server.requests().iter().map(|r| r.header("range").unwrap().to_owned()).collect();
    let [first, second, third] = ["bytes=0-5242879", "bytes=5242880-10485759", "bytes=10485760-12582911"];
    assert_eq!(ranges, [first, second, second, third]);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_costs_nothing_of_what_was_received() {
    let to = Destination::new();
    let server = having([Answer::stored(), Answer::error(403, "AccessDenied"), Answer::hang_up()]);
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    for _ in 0..3 {
        failed(download_with(&storage, &to, true).await);
        assert_eq!(to.names(), [".file.s3storage-part", ".file.s3storage-part.journal", "file"]);
    }
}

#[tokio::test]
async fn a_file_is_compared_with_what_the_server_vouches_for_before_it_is_there() {
    // The CRC64NVME of the content, and of another one.
    let right = "eEwPSTragYw=";
    for (sum, expected) in [(right, None), ("rosUhgp5mIg=", Some(ErrorCode::ChecksumMismatch))] {
        let to = Destination::new();
        let script = Script::new().object(OBJECT, &content(), &[]).on(GET, [Answer::stored()]);
        let script = script.on("HEAD /test-bucket/x", [Answer::stored().header("x-amz-checksum-crc64nvme", sum)]);
        let server = FaultServer::start(script);
        let more = json!({"provider": "aws", "region": "us-east-1"});
        let outcome = download_with(&storage_with(&server.endpoint(), more), &to, true).await;
        assert_eq!(outcome.err().map(|error| error.code), expected);
        let requests = server.requests();
        let head = requests.iter().find(|request| request.method == "HEAD").unwrap();
        assert_eq!(head.header("x-amz-checksum-mode"), Some("ENABLED"));
        // Of the object that the parts are of.
        let part = requests.iter().rfind(|request| request.method == "GET").unwrap();
        assert!(part.header("if-match").is_some() && head.header("if-match") == part.header("if-match"));
        assert_eq!(to.names(), ["file"]);
    }
}

/// A server that takes uploads in parts, with a script of what else it answers.
fn taking(script: Script) -> FaultServer {
    let begun = "<InitiateMultipartUploadResult><UploadId>new</UploadId></InitiateMultipartUploadResult>";
    let done = "<CompleteMultipartUploadResult><ETag>\"e-3\"</ETag></CompleteMultipartUploadResult>";
    let none = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";
    let script = script
        .on("POST /test-bucket/x?uploads", [Answer::xml(begun)])
        .on("GET /test-bucket?uploads", [Answer::xml(none)])
        .on("GET /test-bucket/?uploads", [Answer::xml(none)])
        .on("PUT /test-bucket/x", [Answer::stored()])
        .on("POST /test-bucket/x", [Answer::xml(done)])
        .on("DELETE /test-bucket/x", [Answer::new(204, "")]);
    FaultServer::start(script)
}

async fn upload(server: &FaultServer, file: &Destination, resume: bool) -> Result<ObjectInfo> {
    let storage = storage_with(&server.endpoint(), json!({}));
    let options = PutOptions { transfer: transfer(), ..PutOptions::default() };
    storage.upload_file(&name("x"), &file.file, options, resume, &Progress::default()).await
}

fn source() -> Destination {
    let source = Destination::new();
    fs::write(&source.file, content()).unwrap();
    source
}

fn asked(server: &FaultServer) -> Vec<String> {
    server.requests().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
}

#[tokio::test]
async fn a_part_of_a_file_that_fails_is_read_and_sent_again() {
    for fault in [Answer::error(503, "SlowDown"), Answer::lost(), Answer::stored().upload_reset_at(100_000)] {
        let server = taking(Script::new().on("PUT /test-bucket/x", [Answer::stored(), fault, Answer::stored()]));
        upload(&server, &source(), false).await.unwrap();
        let bytes = content();
        let parts: Vec<_> = server.requests().into_iter().filter(|request| request.method == "PUT").collect();
        assert_eq!(parts.len(), 4);
        assert!(parts.last().unwrap().content == bytes[10 * MIB..]);
        assert!(
            parts.iter().any(|part| part.target.contains("partNumber=2") && part.content == bytes[5 * MIB..10 * MIB])
        );
    }
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_sent_is_not_written() {
    for resume in [false, true] {
        let file = source();
        let server =
            taking(Script::new().on("PUT /test-bucket/x", [Answer::stored().delayed(Duration::from_millis(200))]));
        let change = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let whole = fs::OpenOptions::new().write(true).open(&file.file).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&whole, b"changed", 11 * MIB as u64).unwrap();
        };
        let (outcome, ()) = tokio::join!(upload(&server, &file, resume), change);
        let error = failed(outcome);
        assert!(error.to_string().contains("upload file x: the file was changed while it was sent"), "{error}");
        let asked = asked(&server);
        assert!(!asked.iter().any(|asked| asked == "POST /test-bucket/x?uploadId=new"), "{asked:?}");
        assert_eq!(asked.iter().any(|asked| asked.starts_with("DELETE")), !resume, "{asked:?}");
    }
}

#[tokio::test]
async fn an_upload_that_is_given_up_is_left_only_for_another_try() {
    for resume in [false, true] {
        let server = taking(Script::new().on("PUT /test-bucket/x", [Answer::silence()]));
        let file = source();
        assert!(tokio::time::timeout(Duration::from_millis(500), upload(&server, &file, resume)).await.is_err());
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(asked(&server).iter().any(|asked| asked.starts_with("DELETE")), !resume, "{:?}", asked(&server));
    }
}

fn md5(bytes: &[u8]) -> String {
    Md5::checksum(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Two uploads of the key and one of a longer key; the newest has another file's part, the other one's fits.
fn left(first_etag: &str) -> Script {
    let upload = |key: &str, id: &str, day: u32| {
        format!(
            "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>2026-01-0{day}T00:00:00Z</Initiated></Upload>"
        )
    };
    let uploads = [upload("x", "old", 1), upload("x", "other", 2), upload("xy", "longer", 3)].concat();
    let uploads =
        format!("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{uploads}</ListMultipartUploadsResult>");
    let parts = |etag: &str| {
        let part = format!("<Part><PartNumber>1</PartNumber><ETag>\"{etag}\"</ETag><Size>5242880</Size></Part>");
        Answer::xml(format!("<ListPartsResult><IsTruncated>false</IsTruncated>{part}</ListPartsResult>"))
    };
    Script::new()
        .on("GET /test-bucket?uploads", [Answer::xml(uploads.clone())])
        .on("GET /test-bucket/?uploads", [Answer::xml(uploads)])
        .on("GET /test-bucket/x?uploadId=other", [parts(&md5(b"other"))])
        .on("GET /test-bucket/x?uploadId=old", [parts(first_etag)])
}

fn there(etag: &str) -> Answer {
    Answer::raw(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\ncontent-type: application/octet-stream\r\netag: {etag}\r\n\r\n"
    ))
}

#[tokio::test]
async fn only_an_upload_whose_parts_are_those_of_the_file_goes_on() {
    let first = md5(&content()[..5 * MIB]);
    let server = taking(left(&first).on("HEAD /test-bucket/x", [there("\"e-3\"")]));
    upload(&server, &source(), true).await.unwrap();
    let asked = asked(&server);
    let parts: Vec<_> = asked.iter().filter(|asked| asked.starts_with("PUT")).collect();
    let expected = ["PUT /test-bucket/x?partNumber=2&uploadId=old", "PUT /test-bucket/x?partNumber=3&uploadId=old"];
    assert_eq!(parts, expected);
    assert!(!asked.iter().any(|asked| asked.starts_with("DELETE") || asked.contains("longer")), "{asked:?}");

    // An ETag that is no MD5 of the content matches nothing.
    let server = taking(left("opaque-etag"));
    upload(&server, &source(), true).await.unwrap();
    assert!(server.requests().iter().filter(|request| request.method == "PUT").count() == 3);
}

#[tokio::test]
async fn an_upload_that_ends_while_it_is_looked_at_is_passed_over() {
    for code in ["NoSuchUpload", "NoSuchKey"] {
        let script = left("").on("GET /test-bucket/x?uploadId", [Answer::error(404, code)]);
        let server = taking(script);
        upload(&server, &source(), true).await.unwrap();
        assert_eq!(server.requests().iter().filter(|request| request.method == "PUT").count(), 3, "{code}");
    }
}

#[tokio::test]
async fn an_upload_that_another_process_completed_is_decided_by_the_object_that_is_there() {
    let bytes = content();
    let parts: Vec<u8> = bytes.chunks(5 * MIB).flat_map(Md5::checksum).collect();
    let whole = format!("\"{}-3\"", md5(&parts));
    for (etag, is_ours) in [(whole.as_str(), true), ("\"other-3\"", false)] {
        let gone = Answer::error(404, "NoSuchUpload");
        let script = left(&md5(&bytes[..5 * MIB])).on("HEAD /test-bucket/x", [there(etag)]);
        let server = taking(script.on("POST /test-bucket/x?uploadId", [gone]));
        let outcome = upload(&server, &source(), true).await;
        assert_eq!(outcome.is_ok(), is_ours, "{outcome:?}");
    }
}

/// The answer to a HEAD of what an upload of the content in parts makes, with one more header.
fn there_with(header: &str) -> Answer {
    let parts: Vec<u8> = content().chunks(5 * MIB).flat_map(Md5::checksum).collect();
    let etag = format!("\"{}-3\"", md5(&parts));
    Answer::raw(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {SIZE}\r\ncontent-type: application/octet-stream\r\netag: {etag}\r\n{header}\r\n\r\n"
    ))
}

#[tokio::test]
async fn an_older_object_of_the_same_bytes_does_not_pass_for_an_upload_that_somebody_aborted() {
    let plain = PutOptions { transfer: transfer(), ..PutOptions::default() };
    let tagged = PutOptions { tags: vec![("k".into(), "v".into())], ..plain.clone() };
    for (header, options) in [("cache-control: no-store", plain.clone()), ("x-a: b", tagged)] {
        let gone = Answer::error(404, "NoSuchUpload");
        let script = Script::new().on("PUT /test-bucket/x", [gone]).on("HEAD /test-bucket/x", [there_with(header)]);
        let server = taking(script);
        let storage = storage_with(&server.endpoint(), json!({}));
        let upload = storage.upload_file(&name("x"), &source().file, options, true, &Progress::default()).await;
        let error = failed(upload);
        assert_eq!(error.server_code.as_deref(), Some("NoSuchUpload"), "{error}");
    }
}

#[tokio::test]
async fn a_download_goes_on_with_the_version_that_this_call_asks_for() {
    let to = Destination::new();
    let missing = Answer::error(404, "NoSuchVersion");
    let script = Script::new().object(OBJECT, &content(), &[]);
    // Its version is there for the first range only; the same bytes are the latest version again.
    let script =
        script.on("GET /test-bucket/x?versionId=gone", [Answer::stored().header("x-amz-version-id", "gone"), missing]);
    let server = FaultServer::start(script.on(GET, [Answer::stored()]));
    let storage = storage_with(&server.endpoint(), json!({}));
    let of = |version: Option<&str>| GetOptions { version_id: version.map(Into::into), ..GetOptions::default() };
    let progress = Progress::default();
    let first = storage.download_file(&name("x"), &to.file, &of(Some("gone")), transfer(), true, &progress).await;
    assert_eq!(failed(first).code, ErrorCode::FileNotFound);
    storage.download_file(&name("x"), &to.file, &of(None), transfer(), true, &progress).await.unwrap();
    assert!(fs::read(&to.file).unwrap() == content());
    assert_eq!(server.requests().iter().filter(|request| request.target.contains("versionId")).count(), 2);
}

#[tokio::test]
async fn a_downloaded_file_runs_as_nobody_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let to = Destination::new();
    fs::set_permissions(&to.file, fs::Permissions::from_mode(0o6755)).unwrap();
    download(&having([Answer::stored()]), &to).await.unwrap();
    // Of whoever wrote the old content only the permissions stay, as when `fopen` writes to it without privileges.
    assert_eq!(fs::metadata(&to.file).unwrap().permissions().mode() & 0o7777, 0o755);
}

#[tokio::test]
async fn a_file_that_does_not_tell_its_size_is_not_sent_as_an_empty_one() {
    let server = taking(Script::new());
    let storage = storage_with(&server.endpoint(), json!({}));
    let path = std::path::Path::new("/proc/self/status");
    let error = failed(storage.upload_file(&name("x"), path, PutOptions::default(), false, &Progress::default()).await);
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.to_string().contains("does not tell its size"), "{error}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn an_upload_that_is_given_up_while_it_begins_is_aborted_when_it_has_begun() {
    for resume in [false, true] {
        let begun = "<InitiateMultipartUploadResult><UploadId>late</UploadId></InitiateMultipartUploadResult>";
        let slow = Answer::xml(begun).delayed(Duration::from_secs(2));
        let server = taking(Script::new().on("POST /test-bucket/x?uploads", [slow]));
        let file = source();
        assert!(tokio::time::timeout(Duration::from_millis(500), upload(&server, &file, resume)).await.is_err());
        let is_aborted = |asked: &str| asked.starts_with("DELETE") && asked.contains("late");
        let since = Instant::now();
        while !asked(&server).last().is_some_and(|asked| is_aborted(asked)) {
            assert!(since.elapsed() < SOON, "{:?}", asked(&server));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_size_that_no_object_has_does_not_take_all_memory() {
    let first = Answer::new(206, vec![7; 5 * MIB])
        .header("content-range", &format!("bytes 0-{}/{}", 5 * MIB - 1, i64::MAX))
        .header("etag", "\"e\"");
    let to = Destination::new();
    let server = FaultServer::start(Script::new().on(GET, [first, Answer::error(404, "NoSuchKey")]));
    let error = failed(download(&server, &to).await);
    assert_eq!(error.code, ErrorCode::FileNotFound, "{error}");
    to.assert_untouched();
}
