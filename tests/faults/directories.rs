//! Directories: what can go wrong with one file among others, and with the listing.

use std::{fs, path::Path};

use s3storage::{
    error::{Error, ErrorCode, Result},
    storage::{Direction, Links, Manner, Order, Outcome, Progress, Storage, Sync},
    types::Prefix,
};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    client::storage_with,
    fault_server::{Answer, FaultServer, Script},
};

const LIST: &str = "GET *?list-type=2";
const UPLOAD: Order = Order { direction: Direction::Up, sync: None };
const DOWNLOAD: Order = Order { direction: Direction::Down, sync: None };
const SYNC_DOWN: Order =
    Order { direction: Direction::Down, sync: Some(Sync { delete: true, dry_run: false, checksum: false }) };

/// A page of a listing with keys and the sizes of their objects.
fn page(keys: &[(&str, usize)], token: Option<&str>) -> Answer {
    let entries: Vec<_> =
        keys.iter().map(|(key, size)| format!("<Contents><Key>{key}</Key><Size>{size}</Size></Contents>")).collect();
    let entries = entries.concat();
    let more = token.map(|token| format!("<NextContinuationToken>{token}</NextContinuationToken>"));
    Answer::xml(format!(
        "<ListBucketResult><IsTruncated>{}</IsTruncated>{}{entries}</ListBucketResult>",
        more.is_some(),
        more.unwrap_or_default()
    ))
}

async fn carry_out(storage: &Storage, order: Order, folder: &Path) -> (Result<()>, Outcome) {
    let (manner, progress) = (Manner { files_at_once: 4, ..Manner::default() }, Progress::default());
    let (mut planner, mut carrier) =
        storage.directory(order, folder, &Prefix::default(), Links::Skipped, manner).unwrap();
    let ended = async {
        loop {
            planner.advance::<Error>(&mut |_, _| Ok(true))?;
            if carrier.step(storage, &progress).await? {
                return Ok(());
            }
        }
    };
    let ended = ended.await;
    (ended, carrier.outcome())
}

fn told(outcome: &Outcome) -> (Vec<String>, Vec<(String, ErrorCode)>) {
    let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    let mut done: Vec<_> = outcome.transferred.succeeded.iter().map(|name| text(name)).collect();
    done.sort();
    let mut failed: Vec<_> = outcome.transferred.failed.iter().map(|(name, error)| (text(name), error.code)).collect();
    failed.sort_by(|a, b| a.0.cmp(&b.0));
    (done, failed)
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn once(server: &FaultServer) -> Storage {
    storage_with(&server.endpoint(), json!({"max_attempts": 1}))
}

#[tokio::test]
async fn a_file_that_fails_fails_alone() {
    let folder = TempDir::new().unwrap();
    for name in ["a", "b", "c", "d"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let script = Script::new()
        .on("PUT /test-bucket/b", [Answer::error(403, "AccessDenied")])
        .on("PUT /test-bucket/c", [Answer::error(503, "SlowDown")])
        .on("PUT *", [Answer::stored()]);
    let server = FaultServer::start(script);
    let (ended, outcome) = carry_out(&once(&server), UPLOAD, folder.path()).await;
    ended.unwrap();
    let failed = [("b", ErrorCode::PermissionDenied), ("c", ErrorCode::Throttled)].map(|(n, c)| (n.to_owned(), c));
    assert_eq!(told(&outcome), (vec!["a".to_owned(), "d".to_owned()], failed.to_vec()));
    let message = outcome.transferred.failed[0].1.to_string();
    assert!(message.starts_with("upload file "), "{message}");
}

#[tokio::test]
async fn a_content_that_breaks_off_or_went_away_leaves_no_file() {
    let script = Script::new()
        .on(LIST, [page(&[("cut", 4), ("gone", 4), ("long", 4), ("ok", 4)], None)])
        .object("/test-bucket/ok", b"1234", &[])
        .on("GET /test-bucket/cut", [Answer::new(200, "1234").header("ETag", "W/\"weak\"").truncated_at(2)])
        .on("GET /test-bucket/gone", [Answer::error(404, "NoSuchKey")])
        // It was replaced by a longer one since it was listed, and is taken as it is now.
        .on("GET /test-bucket/long", [Answer::new(200, "123456").header("ETag", "\"e\"")]);
    let server = FaultServer::start(script);
    let folder = TempDir::new().unwrap();
    let (ended, outcome) = carry_out(&once(&server), DOWNLOAD, folder.path()).await;
    ended.unwrap();
    let failed =
        [("cut", ErrorCode::ConnectionFailed), ("gone", ErrorCode::FileNotFound)].map(|(n, c)| (n.to_owned(), c));
    assert_eq!(told(&outcome), (vec!["long".to_owned(), "ok".to_owned()], failed.to_vec()));
    assert_eq!(names(&folder), ["long", "ok"]);
    assert_eq!(fs::read(folder.path().join("long")).unwrap(), b"123456");
}

#[tokio::test]
async fn a_checksum_of_a_small_object_is_verified_without_a_request_of_its_own() {
    // CRC32 of "123456789", from its specification.
    let crc = [("x-amz-checksum-crc32", "y/Q5Jg==")];
    let script = Script::new()
        .on(LIST, [page(&[("bad", 9), ("good", 9)], None)])
        .object("/test-bucket/good", b"123456789", &crc)
        .object("/test-bucket/bad", b"123456780", &crc);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({"provider": "aws", "max_attempts": 1}));
    let folder = TempDir::new().unwrap();
    let (ended, outcome) = carry_out(&storage, DOWNLOAD, folder.path()).await;
    ended.unwrap();
    let failed = vec![("bad".to_owned(), ErrorCode::ChecksumMismatch)];
    assert_eq!(told(&outcome), (vec!["good".to_owned()], failed));
    assert_eq!(names(&folder), ["good"]);
    let methods: Vec<_> = server.asked().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(methods, ["GET", "GET", "GET"]);
}

#[tokio::test]
async fn a_listing_that_fails_half_way_is_an_error_and_nothing_is_deleted() {
    let script = Script::new().on(LIST, [page(&[("a", 4)], Some("t")), Answer::error(403, "AccessDenied")]).object(
        "/test-bucket/a",
        b"1234",
        &[],
    );
    let server = FaultServer::start(script);
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("z"), "only here").unwrap();
    let (ended, outcome) = carry_out(&once(&server), SYNC_DOWN, folder.path()).await;
    assert_eq!(ended.unwrap_err().code, ErrorCode::PermissionDenied);
    assert!(outcome.deleted.is_empty());
    assert!(names(&folder).contains(&"z".to_owned()));
}

#[tokio::test]
async fn a_bucket_that_is_missing_is_no_empty_one() {
    let server = FaultServer::start(Script::new().on(LIST, [Answer::error(404, "NoSuchBucket")]));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("z"), "only here").unwrap();
    let (ended, _) = carry_out(&once(&server), SYNC_DOWN, folder.path()).await;
    assert_eq!(ended.unwrap_err().code, ErrorCode::BucketNotFound);
    assert_eq!(names(&folder), ["z"]);
}

const SYNC_UP: Order =
    Order { direction: Direction::Up, sync: Some(Sync { delete: true, dry_run: false, checksum: false }) };

#[tokio::test]
async fn faults_that_pass_in_the_middle_of_a_sync_are_not_seen() {
    let folder = TempDir::new().unwrap();
    for name in ["a", "b", "c", "d"] {
        fs::write(folder.path().join(name), vec![b'x'; 100_000]).unwrap();
    }
    let deleted = "<DeleteResult><Deleted><Key>z</Key></Deleted></DeleteResult>";
    let second = page(&[("z", 4)], None);
    let script = Script::new()
        .on(
            LIST,
            [page(&[("b", 4)], Some("t")), Answer::error(503, "SlowDown"), second.clone().truncated_at(40), second],
        )
        .on("PUT /test-bucket/b", [Answer::stored().upload_reset_at(50_000), Answer::stored()])
        .on("PUT /test-bucket/c", [Answer::lost(), Answer::stored()])
        .on("POST *?delete", [Answer::error(500, "InternalError"), Answer::xml(deleted)]);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 3}));
    let (ended, outcome) = carry_out(&storage, SYNC_UP, folder.path()).await;
    ended.unwrap();
    assert_eq!(told(&outcome), (["a", "b", "c", "d"].map(str::to_owned).to_vec(), vec![]));
    assert_eq!(outcome.deleted, [b"z"]);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(server.stored(&format!("/test-bucket/{name}")).unwrap().len(), 100_000);
    }
    let puts = server.requests().iter().filter(|request| request.method == "PUT").count();
    assert_eq!(puts, 6, "two of four were sent again: {:?}", server.asked());
}

#[tokio::test]
async fn a_delete_that_is_refused_is_named_and_the_others_are_done() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a"), "a").unwrap();
    let answer = "<DeleteResult><Deleted><Key>x</Key></Deleted><Deleted><Key>z</Key></Deleted>\
                  <Error><Key>y</Key><Code>AccessDenied</Code><Message>because</Message></Error></DeleteResult>";
    let script = Script::new()
        .on(LIST, [page(&[("x", 4), ("y", 4), ("z", 4)], None)])
        .on("POST *?delete", [Answer::xml(answer)]);
    let server = FaultServer::start(script);
    let (ended, outcome) = carry_out(&once(&server), SYNC_UP, folder.path()).await;
    ended.unwrap();
    assert_eq!(told(&outcome), (vec!["a".to_owned()], vec![("y".to_owned(), ErrorCode::PermissionDenied)]));
    assert_eq!(outcome.deleted, [b"x", b"z"]);
}
