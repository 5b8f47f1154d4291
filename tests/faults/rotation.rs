//! Credentials that end in the middle of an operation of several requests: replaced once, and no request of the operation is lost or
//! sent twice with success.

use std::fs;

use s3storage::{
    error::{Error, ErrorCode},
    storage::{Direction, Links, Listing, Manner, Order, Progress, Storage, Sync},
    types::{Prefix, PutOptions},
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    client::{BUCKET, failed, name, select_in},
    fault_server::{Answer, FaultServer, Request, Script},
};

const MIB: usize = 1024 * 1024;
const LIST: &str = "GET *?list-type=2";
const OBJECT: &str = "/test-bucket/x";

pub(crate) fn expired() -> Answer {
    Answer::error(400, "ExpiredToken")
}

/// A container's credentials, good for years.
pub(crate) fn credentials(key: &str) -> Answer {
    let document = json!({"AccessKeyId": key, "SecretAccessKey": "secret", "Token": format!("{key}-token"), "Expiration": "2099-01-01T00:00:00Z"});
    Answer::new(200, document.to_string()).header("content-type", "application/json")
}

/// A server that hands out KEY1, then KEY2 for ever, and has a bucket.
fn serve(script: Script) -> (FaultServer, Storage) {
    serve_from(script, [credentials("KEY1"), credentials("KEY2")])
}

/// The same with other credentials.
pub(crate) fn serve_from(script: Script, chain: impl IntoIterator<Item = Answer>) -> (FaultServer, Storage) {
    let server = FaultServer::start(script.on("GET /credentials", chain));
    let endpoint = server.endpoint();
    let service = format!("{endpoint}/credentials");
    let variables = move |name: &str| match name {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI" => Some(service.clone()),
        "AWS_EC2_METADATA_DISABLED" => Some("true".to_owned()),
        _ => None,
    };
    let bucket = json!({"server": "s", "bucket": BUCKET, "part_size": 5 * MIB, "concurrency": 1});
    let tree = json!({"servers": {"s": {"endpoint": endpoint, "max_attempts": 1}}, "buckets": {"b": bucket}});
    let storage = select_in(tree, "b", &variables);
    (server, storage)
}

/// Whose key a request was signed with.
fn signer(request: &Request) -> String {
    let authorization = request.header("authorization").unwrap_or_default();
    authorization.split("Credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default().to_owned()
}

/// The signers of the requests about the bucket, in order.
pub(crate) fn signers(server: &FaultServer) -> Vec<String> {
    server.requests().iter().filter(|request| request.path() != "/credentials").map(signer).collect()
}

pub(crate) fn asked_for_credentials(server: &FaultServer) -> usize {
    server.requests().iter().filter(|request| request.path() == "/credentials").count()
}

fn page(keys: &[(&str, usize)], token: Option<&str>) -> Answer {
    let entries: Vec<_> =
        keys.iter().map(|(key, size)| format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>")).collect();
    let entries = entries.concat();
    let token = token
        .map(|token| format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken>"));
    let more = token.unwrap_or_else(|| "<IsTruncated>false</IsTruncated>".to_owned());
    Answer::xml(format!("<ListBucketResult>{more}{entries}</ListBucketResult>"))
}

#[tokio::test]
async fn a_listing_goes_on_with_new_credentials_and_misses_nothing() {
    let script = Script::new().on(LIST, [page(&[("a", 1)], Some("t")), expired(), page(&[("b", 1)], None)]);
    let (server, storage) = serve(script);
    let mut listing = Listing::new(Prefix::default(), true, None, None).unwrap();
    let mut names = Vec::new();
    while !listing.is_complete() {
        listing.fetch(&storage).await.unwrap();
        names.extend(std::iter::from_fn(|| listing.ready()).map(|entry| entry.name));
    }
    assert_eq!(names, ["a", "b"]);
    assert_eq!(signers(&server), ["KEY1", "KEY1", "KEY2"]);
    assert_eq!(asked_for_credentials(&server), 2);
}

fn begun() -> Answer {
    Answer::xml("<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>")
}

fn completed() -> Answer {
    Answer::xml(
        "<CompleteMultipartUploadResult><ETag>&quot;00000000000000000000000000000000-3&quot;</ETag></CompleteMultipartUploadResult>",
    )
}

#[tokio::test]
async fn an_upload_in_parts_goes_on_with_new_credentials_wherever_they_end() {
    // The beginning and the completion are on the control plane, the parts on the data plane.
    for at in ["the beginning", "the second part", "the completion"] {
        let once = |place: &str, good: Answer| if at == place { vec![expired(), good] } else { vec![good] };
        let parts = if at == "the second part" {
            vec![Answer::stored(), expired(), Answer::stored()]
        } else {
            vec![Answer::stored()]
        };
        let script = Script::new()
            .on("POST /test-bucket/x?uploads", once("the beginning", begun()))
            .on("PUT /test-bucket/x", parts)
            .on("POST /test-bucket/x", once("the completion", completed()))
            .on("DELETE *", [Answer::new(204, "")]);
        let (server, storage) = serve(script);
        storage.write(&name("x"), vec![7; 11 * MIB].into(), PutOptions::default()).await.expect(at);
        let (requests, signers) = (server.requests(), signers(&server));
        assert_eq!(
            signers.iter().filter(|signer| *signer == "KEY2").count() + position(&signers),
            signers.len(),
            "{at}: {signers:?}"
        );
        assert_eq!(signers.len(), 6, "{at}: one request more than without: {:?}", server.asked());
        assert_eq!(asked_for_credentials(&server), 2, "{at}");
        assert!(!requests.iter().any(|request| request.method == "DELETE"), "{at}: nothing was aborted");
    }
}

/// How many requests were signed with the first key, all of them before those with the second.
fn position(signers: &[String]) -> usize {
    signers.iter().take_while(|signer| *signer == "KEY1").count()
}

#[tokio::test]
async fn a_batch_goes_on_with_new_credentials_and_answers_for_every_key() {
    let deleted = |keys: std::ops::Range<usize>| {
        let entries: Vec<_> = keys.map(|key| format!("<Deleted><Key>k{key}</Key></Deleted>")).collect();
        let entries = entries.concat();
        Answer::xml(format!("<DeleteResult>{entries}</DeleteResult>"))
    };
    let script = Script::new().on("POST *?delete", [deleted(0..1000), expired(), deleted(1000..1500)]);
    let (server, storage) = serve(script);
    let names: Vec<_> = (0..1500).map(|key| name(&format!("k{key}"))).collect();
    let batch = storage.delete_many(&names).await;
    assert_eq!((batch.succeeded.len(), batch.failed.len()), (1500, 0), "{:?}", batch.failed.first());
    assert_eq!(signers(&server), ["KEY1", "KEY1", "KEY2"]);
}

#[tokio::test]
async fn a_sync_goes_on_with_new_credentials_and_transfers_every_file_once() {
    let names = ["a", "b", "c", "d"];
    let folder = TempDir::new().unwrap();
    for name in names {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let script = Script::new()
        .on(LIST, [page(&[("b", 9)], Some("t")), expired(), page(&[("z", 9)], None)])
        .on("PUT *", [Answer::stored(), Answer::stored(), expired(), Answer::stored()])
        .on("POST *?delete", [Answer::xml("<DeleteResult><Deleted><Key>z</Key></Deleted></DeleteResult>")]);
    let (server, storage) = serve(script);
    let order = Order { direction: Direction::Up, sync: Some(Sync { delete: true, dry_run: false, checksum: false }) };
    let manner = Manner { files_at_once: 1, ..Manner::default() };
    let (mut planner, mut carrier) =
        storage.directory(order, folder.path(), &Prefix::default(), Links::Skipped, manner).unwrap();
    loop {
        planner.advance::<Error>(&mut |_, _| Ok(true)).unwrap();
        if carrier.step(&storage, &Progress::default()).await.unwrap() {
            break;
        }
    }
    let outcome = carrier.outcome();
    assert_eq!((outcome.transferred.succeeded.len(), outcome.transferred.failed.len()), (4, 0), "{outcome:?}");
    assert_eq!(outcome.deleted, [b"z"]);
    for name in names {
        assert_eq!(server.stored(&format!("/test-bucket/{name}")).unwrap(), name.as_bytes());
    }
    let puts = server.requests().iter().filter(|request| request.method == "PUT").count();
    assert_eq!(puts, 5, "{:?}", server.asked());
}

#[tokio::test]
async fn credentials_that_cannot_be_replaced_end_an_upload_and_leave_none_behind() {
    let script = Script::new()
        .on("POST /test-bucket/x?uploads", [begun()])
        .on("PUT /test-bucket/x", [Answer::stored(), expired()])
        .on("DELETE *", [Answer::new(204, "")]);
    let (server, storage) = serve(script);
    let error = failed(storage.write(&name("x"), vec![7; 11 * MIB].into(), PutOptions::default()).await);
    assert_eq!((error.code, error.server_code.as_deref()), (ErrorCode::PermissionDenied, Some("ExpiredToken")));
    let aborted = |request: &Request| request.method == "DELETE" && request.query().contains("uploadId=id");
    assert!(server.requests().iter().any(aborted), "{:?}", server.asked());
    assert!(server.requests().iter().any(|request| request.path() == OBJECT));
}
