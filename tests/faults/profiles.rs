//! What profiles of servers are for. Services that cannot be run here are played by what their documents say (Cloudflare R2, Backblaze B2:
//! `tests/contract/servers.json` has the sources, and `docs/compatibility.md` the table), Ceph by what its gateway did when it ran.

use bytes::Bytes;
use s3storage::{
    error::ErrorCode,
    storage::{Progress, Storage},
    types::{
        ByteRange, Changes, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ObjectLock, PutOptions, Retention,
        RetentionMode, TransferOptions, Visibility,
    },
};
use serde_json::{Value, json};

use crate::{
    client::{BUCKET, COPY, DELETE, LOOK, collect, failed, get, name, put, select, server_at, write},
    fault_server::{Answer, FaultServer, Request, Script},
};

const MIB: usize = 1 << 20;
const BEGUN: &str = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
const COMPLETED: &str = "<CompleteMultipartUploadResult><ETag>\"e-3\"</ETag></CompleteMultipartUploadResult>";

/// A bucket of a profile, with parts of 5 MiB.
fn bucket(server: &FaultServer, provider: &str) -> Storage {
    bucket_with(server, provider, "auto")
}

fn bucket_with(server: &FaultServer, provider: &str, acl: &str) -> Storage {
    let mut told = server_at(&server.endpoint());
    told["provider"] = json!(provider);
    let bucket = json!({"server": "s", "bucket": BUCKET, "part_size": 5 * MIB, "acl": acl, "visibility": "public"});
    select(json!({"servers": {"s": told}, "buckets": {"b": bucket}}), "b")
}

/// Answers every operation honestly.
fn honest() -> Script {
    let listing = "<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>";
    let deleted = "<DeleteResult><Deleted><Key>x</Key></Deleted></DeleteResult>";
    Script::new()
        .object("/test-bucket/x", b"content", &[])
        .on("POST *?uploads", [Answer::xml(BEGUN)])
        .on("POST *?uploadId", [Answer::xml(COMPLETED)])
        .on("POST *?delete", [Answer::xml(deleted)])
        .on("GET *?list-type=2", [Answer::xml(listing)])
}

/// One of every request that carries a content, or is answered by one.
async fn every_operation(storage: &Storage) {
    write(storage, "x", "small").await.unwrap();
    write(storage, "large", vec![7; 12 * MIB]).await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), vec![8; 11 * MIB]).unwrap();
    let (options, progress) = (PutOptions::default(), Progress::default());
    storage.upload_file(&name("file"), file.path(), options, false, &progress).await.unwrap();
    get(storage, "x").await.unwrap();
    let range = GetOptions { range: ByteRange::new(1, Some(2)).unwrap(), ..GetOptions::default() };
    collect(storage.read(&name("x"), &range).await.unwrap()).await.unwrap();
    storage.metadata(&name("x"), false, &LOOK).await.unwrap();
    storage.copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    storage.delete_many(&[name("x")]).await;
    storage.delete(&name("x"), &DELETE).await.unwrap();
    crate::client::names(storage, "").await;
}

fn has(request: &Request, start: &str) -> bool {
    request.headers.iter().any(|(name, _)| name.starts_with(start))
}

/// R2 answers 501 to headers of checksums, B2 400: "Unsupported header 'x-amz-checksum-crc32' received for this API call".
#[tokio::test]
async fn no_request_carries_a_checksum_header_that_r2_and_b2_refuse() {
    for provider in ["r2", "b2"] {
        let server = FaultServer::start(honest());
        every_operation(&bucket(&server, provider)).await;
        assert!(server.requests().len() > 12);
        for request in server.requests() {
            for refused in ["x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer", "transfer-encoding"] {
                assert!(!has(&request, refused), "{provider}: {} {} {refused}", request.method, request.target);
            }
            let digest = request.header("x-amz-content-sha256").unwrap();
            assert!(!digest.starts_with("STREAMING"), "{provider}: {} {}", request.method, request.target);
        }
    }
}

/// Neither has ACLs of objects: R2 does not implement GetObjectAcl and PutObjectAcl, B2 refuses any that differs from the bucket's.
#[tokio::test]
async fn r2_and_b2_are_never_asked_for_an_acl() {
    for provider in ["r2", "b2"] {
        let acls = [Answer::error(501, "NotImplemented")];
        let server = FaultServer::start(honest().on("GET *?acl", acls.clone()).on("PUT *?acl", acls));
        let storage = bucket(&server, provider);
        every_operation(&storage).await;
        assert_eq!(
            storage.visibility(&name("x")).await.unwrap(),
            Visibility::Public,
            "the bucket's own, as configured"
        );
        let sent = server.requests().len();
        let public = PutOptions { visibility: Some(Visibility::Public), ..PutOptions::default() };
        let refused = [
            failed(storage.write(&name("x"), "x".into(), public).await),
            failed(storage.set_visibility(&name("x"), Visibility::Public).await),
        ];
        assert!(refused.iter().all(|error| error.code == ErrorCode::Unsupported), "{refused:?}");
        assert_eq!(server.requests().len(), sent, "{provider}: refused before anything is sent");
        for request in server.requests() {
            let asks = request.query().starts_with("acl") || has(&request, "x-amz-acl") || has(&request, "x-amz-grant");
            assert!(!asks, "{provider}: {} {}", request.method, request.target);
        }
    }
}

/// R2 completes an upload only if all parts but the last are of one size, and the last is no larger.
#[tokio::test]
async fn all_parts_but_the_last_are_of_one_size() {
    let server = FaultServer::start(honest());
    let storage = bucket(&server, "r2");
    let mut writer = storage.create(&name("stream"), PutOptions::default(), Progress::default()).await.unwrap();
    let mut content = Bytes::from(vec![7; 17 * MIB + 3]);
    while content.len() > writer.part_size() {
        writer.push(content.split_to(writer.part_size())).unwrap();
        if writer.is_full() {
            writer.send().await.unwrap();
        }
    }
    writer.finish(content).await.unwrap();
    write(&storage, "large", vec![7; 12 * MIB]).await.unwrap();
    let transfer = TransferOptions::new(Some(6 * 1_048_576), Some(3)).unwrap();
    let options = PutOptions { transfer, ..PutOptions::default() };
    storage.write(&name("own"), vec![7; 13 * MIB].into(), options).await.unwrap();
    for (key, size, count) in [("stream", 5, 4), ("large", 5, 3), ("own", 6, 3)] {
        let mut parts: Vec<_> = server
            .requests()
            .iter()
            .filter(|request| request.path().ends_with(key) && request.query().contains("partNumber="))
            .map(|request| (number(request), request.content.len()))
            .collect();
        parts.sort_unstable();
        assert_eq!(parts.len(), count, "{key}: {parts:?}");
        let (last, others) = parts.split_last().unwrap();
        assert!(others.iter().all(|(_, length)| *length == size * MIB), "{key}: {parts:?}");
        assert!(last.1 <= size * MIB, "{key}: {parts:?}");
    }
}

fn number(request: &Request) -> u32 {
    let mut query = request.query().split('&');
    query.find_map(|pair| pair.strip_prefix("partNumber=")).unwrap().parse().unwrap()
}

/// R2 says so at the end of an upload; a failure that no second try mends, after which nothing is left behind.
#[tokio::test]
async fn parts_that_r2_refuses_at_the_end_are_told_once_and_aborted() {
    let refusal = Answer::new(
        400,
        "<Error><Code>InvalidPart</Code><Message>All non-trailing parts must have the same length.</Message></Error>",
    );
    let script = Script::new()
        .on("POST *?uploads", [Answer::xml(BEGUN)])
        .on("POST *?uploadId", [refusal])
        .on("DELETE *?uploadId", [Answer::new(204, "")]);
    let server = FaultServer::start(script);
    let error = failed(write(&bucket(&server, "r2"), "x", vec![7; 6 * MIB]).await);
    assert_eq!((error.code, error.retryable), (ErrorCode::OperationFailed, false));
    assert!(error.to_string().contains("InvalidPart, 400"), "{error}");
    assert!(error.to_string().contains("must have the same length"), "{error}");
    let count = |method: &str| server.requests().iter().filter(|request| request.method == method).count();
    assert_eq!((count("POST"), count("DELETE")), (2, 1));
}

/// R2 takes one write of an object a second, and answers 429 to more, with the code TooManyRequests or none.
#[tokio::test]
async fn a_429_of_r2_is_tried_again() {
    let bare = Answer::new(429, "error code: 1015").header("retry-after", "0");
    for refusal in [Answer::error(429, "TooManyRequests"), Answer::error(429, "ServiceUnavailable"), bare] {
        let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [refusal.clone(), Answer::stored()]));
        put(&bucket(&server, "r2"), "x", "x").await;
        assert_eq!(server.requests().len(), 2);
        let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [refusal]));
        let error = failed(write(&bucket(&server, "r2"), "x", "x").await);
        assert_eq!((error.code, error.attempts), (ErrorCode::Throttled, 3), "{error}");
    }
}

/// R2 does not implement tags of objects: asking is UNSUPPORTED, and copies do not need them.
#[tokio::test]
async fn tags_that_r2_does_not_have_are_unsupported_and_in_no_copys_way() {
    let none = [Answer::error(501, "NotImplemented")];
    let script = || honest().on("GET *?tagging", none.clone()).on("PUT *?tagging", none.clone());
    let (here, there) = (FaultServer::start(script()), FaultServer::start(script()));
    let server = |at: &FaultServer| {
        let mut server = server_at(&at.endpoint());
        server["provider"] = json!("r2");
        server
    };
    let at = |server: &str| json!({"server": server, "bucket": BUCKET});
    let tree: Value = json!({
        "default": "a",
        "servers": {"here": server(&here), "there": server(&there)},
        "buckets": {"a": at("here"), "b": at("there")},
    });
    let storage = select(tree, "a");
    let tags = [("k".to_owned(), "v".to_owned())];
    assert_eq!(failed(storage.tags(&name("x")).await).code, ErrorCode::Unsupported);
    assert_eq!(failed(storage.set_tags(&name("x"), &tags).await).code, ErrorCode::Unsupported);
    storage.copy(&name("x"), &name("y"), None, &COPY).await.unwrap();
    storage.copy(&name("x"), &name("z"), Some("b"), &COPY).await.unwrap();
    assert_eq!(there.stored("/test-bucket/z").unwrap(), b"content");
}

/// What R2 is signed for, where nothing else is said.
#[tokio::test]
async fn the_region_of_r2_is_auto() {
    let server = FaultServer::start(honest());
    put(&bucket(&server, "r2"), "x", "x").await;
    assert_eq!(server.requests()[0].signed_region(), Some("auto"));
}

/// B2 takes no header that it does not know; one that was asked for is UNSUPPORTED, and told by the server's words.
#[tokio::test]
async fn a_header_that_b2_does_not_take_is_unsupported() {
    let refusal = Answer::new(
        400,
        "<Error><Code>InvalidArgument</Code><Message>Unsupported header 'x-amz-tagging' received for this API \
         call.</Message></Error>",
    );
    let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [refusal]));
    let options = PutOptions { tags: vec![("k".into(), "v".into())], ..PutOptions::default() };
    let error = failed(bucket(&server, "b2").write(&name("x"), "x".into(), options).await);
    assert_eq!((error.code, error.retryable), (ErrorCode::Unsupported, false), "{error}");
    assert!(error.to_string().contains("'x-amz-tagging'"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

/// What was not asked for is in no request: tags, encryption, locks and storage classes are headers that B2 refuses or limits.
#[tokio::test]
async fn b2_gets_no_header_that_nobody_asked_for() {
    let server = FaultServer::start(honest());
    every_operation(&bucket(&server, "b2")).await;
    let known = [
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-copy-source",
        "x-amz-metadata-directive",
        "x-amz-tagging-directive",
    ];
    for request in server.requests() {
        let strange = request.headers.iter().map(|(name, _)| name.as_str());
        let mut strange = strange.filter(|name| name.starts_with("x-amz-") && !known.contains(name));
        let found = strange.find(|name| !name.starts_with("x-amz-copy-source-if-") && *name != "x-amz-user-agent");
        assert_eq!(found, None, "{} {}", request.method, request.target);
    }
}

/// B2 answers 503 where a vault is full or busy, as its own way of saying "again"; SlowDown with a time where a limit is passed.
#[tokio::test]
async fn the_503_of_b2_is_tried_again_and_its_pause_is_kept() {
    for code in ["ServiceUnavailable", "SlowDown", "InternalError"] {
        let busy = || Answer::error(503, code).header("retry-after", "0");
        let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [busy(), busy(), Answer::stored()]));
        put(&bucket(&server, "b2"), "x", "x").await;
        assert_eq!(server.requests().len(), 3, "{code}");
    }
    let slow = Answer::error(503, "SlowDown").header("retry-after", "1");
    let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [slow, Answer::stored()]));
    put(&bucket(&server, "b2"), "x", "x").await;
    let requests = server.requests();
    assert!(requests[1].at - requests[0].at >= std::time::Duration::from_secs(1));
}

/// Neither knows a condition on a delete, so that none is sent.
#[tokio::test]
async fn a_conditional_delete_is_refused_before_anything_is_sent() {
    for provider in ["r2", "b2"] {
        let server = FaultServer::start(honest());
        let options = DeleteOptions { if_match: Some("\"e\"".into()), ..DeleteOptions::default() };
        let error = failed(bucket(&server, provider).delete(&name("x"), &options).await);
        assert_eq!(error.code, ErrorCode::Unsupported);
        assert_eq!(server.requests().len(), 0);
    }
}

const TAGS: &str = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";

fn tagged() -> Vec<(String, String)> {
    vec![("k".to_owned(), "v".to_owned())]
}

/// How often a request of a method has something in its query.
fn count(server: &FaultServer, method: &str, query: &str) -> usize {
    let requests = server.requests();
    requests.iter().filter(|request| request.method == method && request.query().contains(query)).count()
}

/// Ceph answers 411 to a PUT without a length.
#[tokio::test]
async fn an_empty_write_tells_its_length() {
    for provider in ["ceph", "generic"] {
        let server = FaultServer::start(honest());
        put(&bucket_with(&server, provider, "off"), "x", "").await;
        assert_eq!(server.requests()[0].header("content-length"), Some("0"));
    }
}

/// Ceph 18.2 completes an upload in parts whatever its condition says.
#[tokio::test]
async fn an_upload_in_parts_under_a_condition_that_is_ignored_is_refused_before_it_begins() {
    for provider in ["ceph", "spaces"] {
        let server = FaultServer::start(honest());
        let storage = bucket_with(&server, provider, "off");
        let only_new = || PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() };
        let error = failed(storage.write(&name("large"), vec![7; 6 * MIB].into(), only_new()).await);
        assert_eq!(error.code, ErrorCode::Unsupported);
        assert_eq!(server.requests().len(), 0);
        storage.write(&name("small"), "x".into(), only_new()).await.unwrap();
        assert_eq!(server.requests()[0].header("if-none-match"), Some("*"));
    }
}

/// Ceph 18.2 compares the ETag of a write's condition as it keeps it, without quotes.
#[tokio::test]
async fn a_condition_has_the_etag_as_the_server_compares_it() {
    for (provider, sent) in [("ceph", "e"), ("spaces", "e"), ("aws", "\"e\""), ("minio", "\"e\"")] {
        let server =
            FaultServer::start(Script::new().on("PUT /test-bucket/x", [Answer::new(200, "").header("etag", "\"f\"")]));
        let options = PutOptions { if_match: Some("\"e\"".into()), ..PutOptions::default() };
        bucket_with(&server, provider, "off").write(&name("x"), "x".into(), options).await.unwrap();
        assert_eq!(server.requests()[0].header("if-match"), Some(sent), "{provider}");
    }
}

/// Ceph 18.2 forgets the tags of an object whose metadata is replaced, and those that an upload in parts brings.
#[tokio::test]
async fn tags_that_a_server_drops_are_set_again() {
    let script = honest().on("GET *?tagging", [Answer::xml(TAGS)]).on("PUT *?tagging", [Answer::new(200, "")]);
    let server = FaultServer::start(script);
    let storage = bucket_with(&server, "ceph", "off");
    let changes = Changes { metadata: Some(tagged()), ..Changes::default() };
    storage.update_metadata(&name("x"), &changes).await.unwrap();
    assert_eq!(count(&server, "PUT", "tagging"), 1);
    let options = PutOptions { tags: tagged(), ..PutOptions::default() };
    storage.write(&name("large"), vec![7; 6 * MIB].into(), options).await.unwrap();
    assert_eq!(count(&server, "PUT", "tagging"), 2);
    let last = server.requests().pop().unwrap();
    assert!(String::from_utf8(last.content.to_vec()).unwrap().contains("<Key>k</Key><Value>v</Value>"));
}

/// A server of that kind without tags at all has none to keep.
#[tokio::test]
async fn an_update_needs_no_tags() {
    let server = FaultServer::start(honest().on("GET *?tagging", [Answer::error(501, "NotImplemented")]));
    let changes = Changes { metadata: Some(tagged()), ..Changes::default() };
    bucket_with(&server, "spaces", "off").update_metadata(&name("x"), &changes).await.unwrap();
    assert_eq!(count(&server, "PUT", "tagging"), 0);
}

/// A failure in between says what there is.
#[tokio::test]
async fn tags_that_cannot_be_set_again_are_told() {
    let script =
        honest().on("GET *?tagging", [Answer::xml(TAGS)]).on("PUT *?tagging", [Answer::error(403, "AccessDenied")]);
    let server = FaultServer::start(script);
    let changes = Changes { metadata: Some(tagged()), ..Changes::default() };
    let error = failed(bucket_with(&server, "ceph", "off").update_metadata(&name("x"), &changes).await);
    assert_eq!(error.code, ErrorCode::PermissionDenied);
    assert!(error.to_string().contains("the object was written, but without its tags"), "{error}");
}

/// Ceph 18.2 answers nothing at all about the tags of an object that was uploaded in parts.
#[tokio::test]
async fn an_answer_without_a_word_is_one_without_tags() {
    let server = FaultServer::start(honest().on("GET *?tagging", [Answer::new(200, "")]));
    assert_eq!(bucket_with(&server, "ceph", "off").tags(&name("x")).await.unwrap(), []);
}

/// Ceph names the ETag of an upload in parts without its quotes, and with them in every other answer.
#[tokio::test]
async fn the_etag_of_an_upload_in_parts_has_its_quotes() {
    let bare = "<CompleteMultipartUploadResult><ETag>e-3</ETag></CompleteMultipartUploadResult>";
    let script = Script::new().on("POST *?uploads", [Answer::xml(BEGUN)]).on("POST *?uploadId", [Answer::xml(bare)]);
    let server = FaultServer::start(script);
    let storage = bucket_with(&server, "ceph", "off");
    let info = storage.write(&name("x"), vec![7; 6 * MIB].into(), PutOptions::default()).await.unwrap();
    assert_eq!(info.etag.as_deref(), Some("\"e-3\""));
}

/// Garage 2.5 takes these and says that all is well: the object is replaced whatever the condition says, and has no tags, no other class and
/// no lock; a version that is read or deleted is the object.
#[tokio::test]
async fn what_garage_takes_and_ignores_is_refused_before_anything_is_sent() {
    let server = FaultServer::start(honest());
    let storage = bucket_with(&server, "garage", "off");
    let until = Retention { mode: RetentionMode::Governance, until: 4_102_444_800 };
    let writes = [
        PutOptions { if_match: Some("\"e\"".into()), ..PutOptions::default() },
        PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() },
        PutOptions { tags: tagged(), ..PutOptions::default() },
        PutOptions { storage_class: Some("GLACIER".into()), ..PutOptions::default() },
        PutOptions { lock: ObjectLock { retention: Some(until), legal_hold: None }, ..PutOptions::default() },
        PutOptions { lock: ObjectLock { retention: None, legal_hold: Some(true) }, ..PutOptions::default() },
    ];
    let version = || Some("v1".to_owned());
    let (read, look) = (
        GetOptions { version_id: version(), ..GetOptions::default() },
        HeadOptions { version_id: version(), ..HeadOptions::default() },
    );
    let delete = DeleteOptions { version_id: version(), ..DeleteOptions::default() };
    let copy = CopyOptions { source_version_id: version(), ..CopyOptions::default() };
    let class = Changes { storage_class: Some("GLACIER".into()), ..Changes::default() };
    let mut refused = Vec::new();
    for options in writes {
        for content in [vec![7; 10], vec![7; 6 * MIB]] {
            refused.push(failed(storage.write(&name("x"), content.into(), options.clone()).await));
        }
    }
    refused.push(failed(storage.read(&name("x"), &read).await));
    refused.push(failed(storage.metadata(&name("x"), false, &look).await));
    refused.push(failed(storage.delete(&name("x"), &delete).await));
    refused.push(failed(storage.copy(&name("x"), &name("y"), None, &copy).await));
    for error in &refused {
        assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
        assert!(error.to_string().contains("servers of the provider garage ignore "), "{error}");
    }
    assert!(server.requests().iter().all(|request| request.method == "HEAD"), "{:?}", server.requests());
    let sent = server.requests().len();
    let error = failed(storage.update_metadata(&name("x"), &class).await);
    assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
    assert!(server.requests()[sent..].iter().all(|request| request.method == "HEAD"), "it is looked at only");
}

#[tokio::test]
async fn a_version_that_garage_names_and_nobody_can_ask_for_is_not_told() {
    for (provider, version) in [("garage", None), ("generic", Some("v1"))] {
        let stored = Answer::stored().header("x-amz-version-id", "v1");
        let server = FaultServer::start(Script::new().on("PUT /test-bucket/x", [stored]));
        let info = bucket_with(&server, provider, "off").write(&name("x"), "1".into(), PutOptions::default()).await;
        assert_eq!(info.unwrap().version_id.as_deref(), version, "{provider}");
    }
}

/// What a server makes of the id of a version: it names the version in its answer, or has not understood.
fn versions(names: Option<&'static str>) -> FaultServer {
    let answer = |status: u16, body: &'static str| {
        let answer = Answer::new(status, body).header("etag", "\"e\"");
        if let Some(id) = names { answer.header("x-amz-version-id", id) } else { answer }
    };
    let query = "/test-bucket/x?versionId=v1";
    FaultServer::start(
        Script::new()
            .on(&format!("GET {query}"), [answer(200, "content")])
            .on(&format!("HEAD {query}"), [answer(200, "")])
            .on(&format!("DELETE {query}"), [Answer::new(204, "")]),
    )
}

fn of_version() -> DeleteOptions {
    DeleteOptions { version_id: Some("v1".into()), ..DeleteOptions::default() }
}

#[tokio::test]
async fn an_answer_about_another_version_is_no_answer() {
    for names in [None, Some("v2")] {
        let server = versions(names);
        for provider in ["generic", "aws", "minio"] {
            let storage = bucket_with(&server, provider, "off");
            let read = GetOptions { version_id: Some("v1".into()), ..GetOptions::default() };
            let look = HeadOptions { version_id: Some("v1".into()), ..HeadOptions::default() };
            for error in [
                failed(storage.read(&name("x"), &read).await),
                failed(storage.metadata(&name("x"), false, &look).await),
            ] {
                assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
                assert!(error.to_string().contains("ignores versionId"), "{error}");
            }
        }
    }
}

/// A server that ignores the id of a version would delete the object that is there.
#[tokio::test]
async fn a_version_is_deleted_where_versions_are_known_to_be_there() {
    let server = versions(None);
    let storage = bucket_with(&server, "generic", "off");
    let error = failed(storage.delete(&name("x"), &of_version()).await);
    assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
    assert_eq!(count(&server, "DELETE", "versionId"), 0);

    let server = versions(Some("v1"));
    let storage = bucket_with(&server, "generic", "off");
    storage.delete(&name("x"), &of_version()).await.unwrap();
    storage.delete(&name("x"), &of_version()).await.unwrap();
    assert_eq!((count(&server, "HEAD", ""), count(&server, "DELETE", "versionId")), (1, 2), "it has to be shown once");
    bucket_with(&server, "minio", "off").delete(&name("x"), &of_version()).await.unwrap();
    assert_eq!((count(&server, "HEAD", ""), count(&server, "DELETE", "versionId")), (1, 3));

    // A delete marker is 405, and an object whose key is a customer's 400.
    for status in [405, 400, 404] {
        let script = Script::new()
            .on("HEAD /test-bucket/x?versionId=v1", [Answer::new(status, "")])
            .on("HEAD /test-bucket", [Answer::new(200, "")])
            .on("DELETE /test-bucket/x?versionId=v1", [Answer::new(204, "")]);
        let server = FaultServer::start(script);
        bucket_with(&server, "generic", "off").delete(&name("x"), &of_version()).await.unwrap();
        assert_eq!(count(&server, "DELETE", "versionId"), 1, "{status}");
    }
    let server = FaultServer::start(Script::new().on("HEAD *", [Answer::new(403, "")]));
    let error = failed(bucket_with(&server, "generic", "off").delete(&name("x"), &of_version()).await);
    assert_eq!((error.code, count(&server, "DELETE", "")), (ErrorCode::PermissionDenied, 0));
}

/// A write under a condition, of one part or of two.
async fn write_only_new(storage: &Storage, key: &str, length: usize) -> s3storage::error::Result<()> {
    let options = PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() };
    storage.write(&name(key), vec![7; length].into(), options).await.map(drop)
}

async fn replace(storage: &Storage, key: &str, etag: &str) -> s3storage::error::Result<()> {
    let options = PutOptions { if_match: Some(etag.into()), ..PutOptions::default() };
    storage.write(&name(key), "new".into(), options).await.map(drop)
}

/// The requests beside the object that is meant.
fn asked(server: &FaultServer) -> Vec<Request> {
    server.requests().into_iter().filter(|request| request.path().contains("/.s3storage-")).collect()
}

/// A server that ignores conditions says that all is well, and has replaced what it should have kept.
#[tokio::test]
async fn a_server_that_ignores_the_conditions_of_writes_is_found_out_before_anything_is_lost() {
    for provider in ["generic", "b2"] {
        let server = FaultServer::start(
            honest().on("PUT *", [Answer::new(200, "").header("etag", "\"f\"")]).on("DELETE *", [Answer::new(204, "")]),
        );
        let storage = bucket_with(&server, provider, "off");
        for length in [3, 6 * MIB, 3] {
            let error = failed(write_only_new(&storage, "dir/x", length).await);
            assert_eq!(error.code, ErrorCode::Unsupported, "{error}");
            assert!(error.to_string().contains("this server ignores ifMatch and ifNoneMatch of writes"), "{error}");
            assert_eq!(failed(replace(&storage, "x", "\"e\"").await).code, ErrorCode::Unsupported);
        }
        // It was asked once, by a name of its own in the same directory, and nothing is left of that.
        let told: Vec<_> =
            server.requests().iter().map(|request| format!("{} {}", request.method, request.path())).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        let name = told[0].strip_prefix("PUT /test-bucket/dir/.s3storage-").unwrap();
        assert_eq!(name.len(), 16);
        assert_eq!(told[1], told[0]);
        assert_eq!(told[2], format!("DELETE /test-bucket/dir/.s3storage-{name}"));
        assert!(asked(&server).iter().all(|request| request.content.is_empty()));
    }
}

#[tokio::test]
async fn a_server_that_honours_the_conditions_of_writes_is_asked_once() {
    for status in [412, 404, 501, 400] {
        let server = FaultServer::start(Script::new().on("PUT /test-bucket/.s3storage-*", [Answer::new(status, "")]));
        let storage = bucket_with(&server, "generic", "off");
        write_only_new(&storage, "a", 3).await.unwrap();
        assert_eq!(failed(write_only_new(&storage, "a", 3).await).code, ErrorCode::PreconditionFailed);
        assert_eq!(failed(replace(&storage, "a", "\"other\"").await).code, ErrorCode::PreconditionFailed);
        let asked = asked(&server);
        assert_eq!(asked.len(), 1, "{status}");
        assert_eq!(asked[0].header("if-match"), Some("\"00000000000000000000000000000000\""));
        assert_eq!(server.requests().len(), 4, "{status}");
        put(&storage, "b", "without a condition").await;
        assert_eq!(server.requests().len(), 5);
    }
    for provider in ["aws", "minio", "r2", "ceph", "spaces"] {
        let server = FaultServer::start(Script::new());
        write_only_new(&bucket_with(&server, provider, "off"), "a", 3).await.unwrap();
        assert_eq!(server.requests().len(), 1, "{provider} is known");
    }
}

/// Credentials that may not write that name now may later.
#[tokio::test]
async fn a_question_that_is_not_permitted_tells_nothing_of_the_server() {
    let refused = [Answer::error(403, "AccessDenied"), Answer::new(200, "")];
    let script = honest().on("PUT /test-bucket/.s3storage-*", refused).on("DELETE *", [Answer::new(204, "")]);
    let server = FaultServer::start(script);
    let storage = bucket_with(&server, "generic", "off");
    write_only_new(&storage, "a", 3).await.unwrap();
    assert_eq!(failed(write_only_new(&storage, "b", 3).await).code, ErrorCode::Unsupported);
}

/// What came of the question is nothing to go by: the next write asks again.
#[tokio::test]
async fn a_question_that_was_not_answered_is_asked_again() {
    let server =
        FaultServer::start(Script::new().on("PUT /test-bucket/.s3storage-*", [Answer::error(503, "SlowDown")]));
    let storage = bucket_with(&server, "generic", "off");
    for _ in 0..2 {
        assert_eq!(failed(write_only_new(&storage, "a", 3).await).code, ErrorCode::Throttled);
    }
    assert_eq!(server.requests().len(), asked(&server).len(), "nothing was written");
    assert!(asked(&server).len() >= 4);
}

/// Servers had `If-None-Match` before they had `If-Match`.
#[tokio::test]
async fn a_server_may_honour_one_condition_of_two() {
    let script = Script::new()
        .on("PUT /test-bucket/.s3storage-*", [Answer::new(200, ""), Answer::new(412, "")])
        .on("DELETE *", [Answer::new(204, "")]);
    let server = FaultServer::start(script);
    let storage = bucket_with(&server, "generic", "off");
    write_only_new(&storage, "a", 3).await.unwrap();
    assert_eq!(failed(write_only_new(&storage, "a", 3).await).code, ErrorCode::PreconditionFailed);
    let error = failed(replace(&storage, "a", "\"e\"").await);
    assert_eq!(error.code, ErrorCode::Unsupported);
    assert!(error.to_string().contains("this server ignores ifMatch of writes"), "{error}");
}

/// An empty object that could not be taken away again is named.
#[tokio::test]
async fn what_the_question_has_left_is_told() {
    let script = Script::new()
        .on("PUT /test-bucket/.s3storage-*", [Answer::new(200, "")])
        .on("DELETE *", [Answer::error(403, "AccessDenied")]);
    let server = FaultServer::start(script);
    let error = failed(write_only_new(&bucket_with(&server, "generic", "off"), "a", 3).await);
    assert_eq!(error.code, ErrorCode::PermissionDenied);
    let left = asked(&server)[0].path().trim_start_matches("/test-bucket/").to_owned();
    assert!(error.to_string().contains(&left), "{error}");
}

/// Some servers honour the conditions of writes and ignore those of an upload's end, as Ceph does, which has many names.
#[tokio::test]
async fn an_unknown_server_is_looked_at_before_an_upload_ends_under_a_condition() {
    let script = || {
        honest()
            .on("PUT /test-bucket/.s3storage-*", [Answer::new(412, "")])
            .on("PUT *?partNumber", [Answer::new(200, "").header("etag", "\"p\"")])
            .on("DELETE *?uploadId", [Answer::new(204, "")])
    };
    let server = FaultServer::start(script());
    let storage = bucket_with(&server, "generic", "off");
    write_only_new(&storage, "new", 6 * MIB).await.unwrap();
    assert_eq!(count(&server, "POST", "uploadId"), 1);

    for (condition, code) in [
        (PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() }, ErrorCode::PreconditionFailed),
        (PutOptions { if_match: Some("\"other\"".into()), ..PutOptions::default() }, ErrorCode::PreconditionFailed),
    ] {
        let server = FaultServer::start(script());
        let storage = bucket_with(&server, "generic", "off");
        let error = failed(storage.write(&name("x"), vec![7; 6 * MIB].into(), condition).await);
        assert_eq!(error.code, code, "{error}");
        assert_eq!((count(&server, "POST", "uploadId"), count(&server, "DELETE", "uploadId")), (0, 1));
    }
    let server = FaultServer::start(script());
    let storage = bucket_with(&server, "generic", "off");
    let etag = storage.metadata(&name("x"), false, &LOOK).await.unwrap().etag;
    for etag in [etag.as_deref().unwrap(), etag.as_deref().unwrap().trim_matches('"')] {
        let condition = PutOptions { if_match: Some(etag.into()), ..PutOptions::default() };
        storage.write(&name("x"), vec![7; 6 * MIB].into(), condition).await.unwrap();
    }
    assert_eq!(count(&server, "POST", "uploadId"), 2);
    let condition = PutOptions { if_match: Some("\"e\"".into()), ..PutOptions::default() };
    let error = failed(storage.write(&name("gone"), vec![7; 6 * MIB].into(), condition).await);
    assert_eq!(error.code, ErrorCode::FileNotFound, "{error}");
}
