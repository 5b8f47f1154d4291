//! Answers that an honest server would not give, and what must not come of them.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use s3storage::{
    error::ErrorCode,
    types::{ByteRange, GetOptions, PutOptions},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    client::{BUCKET, COPY, DELETE, LOOK, collect, failed, get, name, select, server_at, storage_with, write},
    fault_server::{Answer, FaultServer, Script},
    operation::{CONTENT, OBJECT, good},
};

const GET: &str = "GET /test-bucket/x";
const PUT: &str = "PUT /test-bucket/x";

fn once() -> serde_json::Value {
    json!({"max_attempts": 1})
}

/// Reads the head of a request.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// A server that hands each connection, with its number, to a function.
async fn serve<F, Fut>(each: F) -> SocketAddr
where
    F: Fn(usize, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(each(number, stream));
        }
    });
    address
}

// ---- bytes wrongly reported whole

async fn read_range(answer: Answer, range: ByteRange) -> Result<Vec<u8>, s3storage::error::Error> {
    let server = FaultServer::start(Script::new().on(GET, [answer]));
    let storage = storage_with(&server.endpoint(), once());
    let options = GetOptions { range, ..GetOptions::default() };
    collect(storage.read(&name("x"), &options).await?).await
}

#[tokio::test]
async fn a_part_is_not_the_whole() {
    let part = Answer::new(206, "01234").header("content-range", "bytes 0-4/10").header("etag", "\"e\"");
    let outcome = read_range(part, ByteRange::default()).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn a_range_that_ends_early_is_not_the_range() {
    let part = Answer::new(206, "01").header("content-range", "bytes 0-1/10").header("etag", "\"e\"");
    let outcome = read_range(part, ByteRange::new(0, Some(5)).unwrap()).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn a_range_that_ends_late_is_not_the_range() {
    let part = Answer::new(206, "0123456789").header("content-range", "bytes 0-9/10").header("etag", "\"e\"");
    let outcome = read_range(part, ByteRange::new(0, Some(5)).unwrap()).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

#[tokio::test]
async fn a_range_whose_length_is_not_that_of_its_content_is_refused() {
    let part = Answer::new(206, "01").header("content-range", "bytes 0-4/10").header("etag", "\"e\"");
    let outcome = read_range(part, ByteRange::new(0, Some(5)).unwrap()).await;
    assert!(outcome.is_err(), "{outcome:?}");
}

/// The object was replaced between the 416 and the second question.
#[tokio::test]
async fn a_range_of_what_was_empty_is_never_the_whole_of_what_is_not() {
    let server = FaultServer::start(good().on(GET, [Answer::error(416, "InvalidRange"), Answer::stored()]));
    let storage = storage_with(&server.endpoint(), once());
    let options = GetOptions { range: ByteRange::new(0, Some(3)).unwrap(), ..GetOptions::default() };
    let outcome = match storage.read(&name("x"), &options).await {
        Ok(object) => collect(object).await,
        Err(error) => Err(error),
    };
    assert!(outcome.as_ref().map_or(true, |bytes| bytes.len() <= 3), "{outcome:?}");
}

#[tokio::test]
async fn a_transfer_encoding_that_is_not_chunked_has_no_end() {
    let raw = "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\netag: \"e\"\r\n\r\nhalf";
    let server = FaultServer::start(Script::new().on(GET, [Answer::raw(raw)]));
    let outcome = get(&storage_with(&server.endpoint(), once()), "x").await;
    assert!(outcome.is_err(), "{outcome:?}");
}

fn two(near: &FaultServer, far: &FaultServer) -> serde_json::Value {
    json!({
        "servers": {"near": server_at(&near.endpoint()), "far": server_at(&far.endpoint())},
        "buckets": {"a": {"server": "near", "bucket": BUCKET}, "b": {"server": "far", "bucket": BUCKET}},
    })
}

/// crc32 of "0123456789" is a684c7c6.
#[tokio::test]
async fn a_move_between_servers_verifies_the_checksum_before_it_deletes_the_source() {
    let script = Script::new().object(OBJECT, CONTENT, &[("x-amz-checksum-crc32", "poTHxg==")]);
    let near = FaultServer::start(script.on(GET, [Answer::stored().flipped_at(3)]));
    let far = FaultServer::start(Script::new());
    let outcome = select(two(&near, &far), "a").rename(&name("x"), &name("y"), Some("b"), &COPY).await;
    let there = far.stored("/test-bucket/y");
    assert!(
        outcome.is_err(),
        "moved corrupted bytes {:?}; the source is {:?}",
        there.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        near.stored(OBJECT)
    );
}

#[tokio::test]
async fn the_checksum_of_that_test_is_right() {
    let script = Script::new().object(OBJECT, CONTENT, &[("x-amz-checksum-crc32", "poTHxg==")]);
    let near = FaultServer::start(script);
    assert_eq!(get(&storage_with(&near.endpoint(), once()), "x").await.unwrap(), CONTENT);
}

#[tokio::test]
async fn a_copy_between_servers_gives_the_source_connection_back() {
    let near = FaultServer::start(good());
    let far = FaultServer::start(Script::new());
    let storage = select(two(&near, &far), "a");
    for _ in 0..3 {
        storage.copy(&name("x"), &name("y"), Some("b"), &COPY).await.unwrap();
    }
    let ports: std::collections::HashSet<_> = near.requests().iter().map(|request| request.port).collect();
    assert_eq!(ports.len(), 1);
}

/// Aborts the process: run alone, with --ignored.
#[tokio::test]
async fn a_length_beyond_all_memory_does_not_end_the_process_in_a_copy() {
    let near = FaultServer::start(good().on(GET, [Answer::new(200, "0").claiming(9_000_000_000_000_000_000)]));
    let far = FaultServer::start(Script::new().on(
        "POST /test-bucket/y?uploads",
        [Answer::xml("<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")],
    ));
    let storage = select(two(&near, &far), "a");
    assert!(storage.copy(&name("x"), &name("y"), Some("b"), &COPY).await.is_err());
}

// ---- the pool

/// An early 413 while most of the upload is still in the connection's own buffer.
#[tokio::test]
async fn a_connection_with_an_unsent_upload_is_not_used_again() {
    let address = serve(|number, mut stream| async move {
        let Some(_) = head(&mut stream).await else { return };
        let answer: &[u8] = if number == 0 {
            b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n"
        } else {
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\netag: \"e\"\r\n\r\nok"
        };
        stream.write_all(answer).await.unwrap();
        // It reads no further, and does not close.
        sleep(Duration::from_mins(1)).await;
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), json!({"max_attempts": 1, "read_timeout": 3}));
    let error = failed(write(&storage, "x", vec![0; 32_000_000]).await);
    assert_eq!(error.status, Some(413), "{error}");
    let started = Instant::now();
    let outcome = get(&storage, "x").await;
    assert!(outcome.is_ok(), "{outcome:?} after {:?}", started.elapsed());
}

#[tokio::test]
async fn junk_behind_an_answer_is_never_the_next_answer() {
    let address = serve(|_, mut stream| async move {
        while head(&mut stream).await.is_some() {
            let junk = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\netag: \"e\"\r\n\r\nevil";
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 2\r\netag: \"e\"\r\n\r\nok{junk}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), once());
    for _ in 0..5 {
        assert_eq!(get(&storage, "x").await.unwrap(), b"ok");
    }
}

#[tokio::test]
async fn content_after_a_head_or_a_204_is_never_the_next_answer() {
    let address = serve(|_, mut stream| async move {
        while let Some(request) = head(&mut stream).await {
            let junk = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\netag: \"e\"\r\n\r\nevil";
            let answer = match &request[..3] {
                "HEA" => format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\netag: \"e\"\r\n\r\n{junk}", junk.len()),
                "DEL" => format!("HTTP/1.1 204 No\r\ncontent-length: {}\r\n\r\n{junk}", junk.len()),
                _ => "HTTP/1.1 200 OK\r\ncontent-length: 2\r\netag: \"e\"\r\n\r\nok".to_owned(),
            };
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), once());
    for _ in 0..3 {
        storage.metadata(&name("x"), false, &LOOK).await.unwrap();
        assert_eq!(get(&storage, "x").await.unwrap(), b"ok");
        storage.delete(&name("x"), &DELETE).await.unwrap();
        assert_eq!(get(&storage, "x").await.unwrap(), b"ok");
    }
}

/// A refusal that comes with a reset behind it, as Go's and nginx's do for a body that they will not read.
#[tokio::test]
async fn a_refusal_before_the_upload_is_over_is_told_every_time() {
    let address = serve(|_, mut stream| async move {
        let Some(_) = head(&mut stream).await else { return };
        let body = "<Error><Code>AccessDenied</Code></Error>";
        let answer = format!("HTTP/1.1 403 No\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        // Dropped with unread bytes: a reset follows.
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), once());
    let mut codes = Vec::new();
    for _ in 0..30 {
        codes.push(failed(write(&storage, "x", vec![0; 8_000_000]).await).code);
    }
    let lost = codes.iter().filter(|code| **code != ErrorCode::PermissionDenied).count();
    assert_eq!(lost, 0, "of 30 refusals");
}

#[tokio::test]
async fn buckets_by_host_name_do_not_pile_up_connections() {
    let open = Arc::new(Mutex::new(0_i32));
    let counted = Arc::clone(&open);
    let address = serve(move |_, mut stream| {
        let open = Arc::clone(&counted);
        async move {
            *open.lock().unwrap() += 1;
            while head(&mut stream).await.is_some() {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\netag: \"e\"\r\n\r\nok").await.unwrap();
            }
            *open.lock().unwrap() -= 1;
        }
    })
    .await;
    // By plain http through a proxy, so that names need no resolver: an origin for each bucket all the same.
    let mut server = server_at("http://storage.test");
    server["path_style"] = json!(false);
    server["proxy"] = json!(format!("http://{address}"));
    let buckets: serde_json::Map<_, _> =
        (0..300).map(|i| (format!("b{i}"), json!({"server": "s", "bucket": format!("bucket{i}")}))).collect();
    let tree = json!({"servers": {"s": server}, "buckets": buckets});
    let registry =
        Arc::new(s3storage::storage::Registry::new(s3storage::config::validate(tree, &|_: &str| None).unwrap()));
    let clients = Arc::new(s3storage::storage::Clients::default());
    for i in 0..300 {
        let bucket = registry.bucket(&format!("b{i}")).unwrap();
        let storage = s3storage::storage::Storage::new(Arc::clone(&registry), Arc::clone(&clients), bucket);
        assert_eq!(get(&storage, "x").await.unwrap(), b"ok");
    }
    sleep(Duration::from_millis(100)).await;
    let open = *open.lock().unwrap();
    assert!(open <= 100, "{open} idle connections");
}

// ---- lost answers

/// The completion is applied, its answer lost on a connection that was used before; the replay finds no upload.
#[tokio::test]
async fn a_completion_whose_answer_was_lost_on_a_kept_connection_is_decided_by_the_object() {
    let big = vec![7_u8; 6 * 1024 * 1024];
    let near = FaultServer::start(Script::new().object(OBJECT, &big, &[]));
    let requests = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&requests);
    let completions = Arc::new(Mutex::new(0));
    let part = "0cc175b9c0f1b6a831c399e269772661";
    let address = serve(move |_, mut stream| {
        let (log, completions) = (Arc::clone(&log), Arc::clone(&completions));
        async move {
            while let Some(request) = head(&mut stream).await {
                let line = request.lines().next().unwrap_or_default().to_owned();
                let length: usize = request
                    .lines()
                    .find_map(|line| {
                        line.to_ascii_lowercase().strip_prefix("content-length:").map(str::trim).map(ToOwned::to_owned)
                    })
                    .and_then(|length| length.parse().ok())
                    .unwrap_or(0);
                let mut content = vec![0; length];
                stream.read_exact(&mut content).await.unwrap();
                log.lock().unwrap().push(line.clone());
                let (status, headers, body) = if line.starts_with("POST") && line.contains("uploads") {
                    (
                        200,
                        String::new(),
                        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
                    )
                } else if line.starts_with("PUT") {
                    (200, format!("etag: \"{part}\"\r\n"), "")
                } else if line.starts_with("POST") {
                    let mut completions = completions.lock().unwrap();
                    *completions += 1;
                    if *completions == 1 {
                        return;
                    }
                    (404, String::new(), "<Error><Code>NoSuchUpload</Code></Error>")
                } else if line.starts_with("HEAD") {
                    // md5 of the two md5s of "a"
                    (200, format!("etag: \"{}-2\"\r\n", md5_of_two(part)), "")
                } else {
                    (204, String::new(), "")
                };
                let length = if line.starts_with("HEAD") { 6 * 1024 * 1024 } else { body.len() };
                let answer = format!("HTTP/1.1 {status} A\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let mut far = server_at(&format!("http://{address}"));
    far["max_attempts"] = json!(3);
    let tree = json!({
        "servers": {"near": server_at(&near.endpoint()), "far": far},
        "buckets": {"a": {"server": "near", "bucket": BUCKET}, "b": {"server": "far", "bucket": BUCKET}},
    });
    let outcome = select(tree, "a").copy(&name("x"), &name("y"), Some("b"), &COPY).await;
    assert!(outcome.is_ok(), "{:?}\n{:#?}", outcome.err().map(|e| e.to_string()), requests.lock().unwrap());
}

fn md5_of_two(hex: &str) -> String {
    use md5::{Digest as _, Md5};
    let bytes = u128::from_str_radix(hex, 16).unwrap().to_be_bytes();
    let mut digest = Md5::new();
    digest.update(bytes);
    digest.update(bytes);
    format!("{:032x}", u128::from_be_bytes(digest.finalize().into()))
}

/// Every try was answered, so none was lost; the object that is there is somebody else's.
#[tokio::test]
async fn a_conditional_write_that_was_refused_and_then_lost_the_race_has_not_won() {
    for refusal in [Answer::error(503, "SlowDown"), Answer::error(429, "TooManyRequests")] {
        let script = Script::new()
            .object(OBJECT, b"lock", &[("content-type", "application/octet-stream")])
            .on(PUT, [refusal, Answer::stored()]);
        let server = FaultServer::start(script);
        let options = PutOptions { if_none_match: Some("*".into()), ..PutOptions::default() };
        let outcome = storage_with(&server.endpoint(), json!({"max_attempts": 3}))
            .write(&name("x"), "lock".into(), options)
            .await;
        assert_eq!(outcome.map_err(|error| error.code).err(), Some(ErrorCode::PreconditionFailed));
    }
}

// ---- waits

/// Half a minute of real time each.
#[tokio::test]
async fn answers_that_are_none_have_an_end() {
    let address = serve(|_, mut stream| async move {
        let Some(_) = head(&mut stream).await else { return };
        while stream.write_all(b"HTTP/1.1 102 Processing\r\n\r\n").await.is_ok() {
            sleep(Duration::from_millis(300)).await;
        }
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), json!({"max_attempts": 1, "read_timeout": 1}));
    let outcome = timeout(Duration::from_secs(45), get(&storage, "x")).await;
    assert!(outcome.is_ok(), "no end");
}

#[tokio::test]
async fn a_head_that_drips_has_an_end() {
    let address = serve(|_, mut stream| async move {
        let Some(_) = head(&mut stream).await else { return };
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(500)).await;
        }
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), json!({"max_attempts": 1, "read_timeout": 1}));
    let outcome = timeout(Duration::from_secs(45), get(&storage, "x")).await;
    assert!(outcome.is_ok(), "no end");
}

/// What S3 does while it copies or assembles gigabytes.
#[tokio::test]
async fn white_space_keeps_a_long_copy_alive() {
    let answer = Answer::xml("<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>").chunked();
    let script = good().on("PUT /test-bucket/y", [answer.padded(8, Duration::from_secs(5))]);
    let server = FaultServer::start(script);
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
    let outcome = storage.copy(&name("x"), &name("y"), None, &COPY).await;
    assert!(outcome.is_ok(), "{:?}", outcome.err().map(|error| error.to_string()));
}

/// The TLS handshake never ends; both planes are to give up after `connect_timeout`.
#[tokio::test]
async fn connect_timeout_holds_on_both_planes() {
    let address = serve(|_, mut stream| async move {
        let mut sink = [0; 4096];
        while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
    })
    .await;
    // Shorter than any limit of the SDK, and longer.
    for seconds in [0.3_f64, 8.0] {
        let more = json!({"max_attempts": 1, "connect_timeout": seconds});
        let storage = storage_with(&format!("https://{address}"), more);
        let started = Instant::now();
        let (data, control) =
            tokio::join!(async { (failed(get(&storage, "x").await), started.elapsed().as_secs_f64()).1 }, async {
                (failed(storage.visibility(&name("x")).await), started.elapsed().as_secs_f64()).1
            },);
        for took in [data, control] {
            assert!(
                took > seconds - 0.1 && took < seconds + 2.5,
                "{seconds}: {data:.1} s, control plane {control:.1} s"
            );
        }
    }
}

/// Work that never waits must not keep interrupts out.
#[test]
fn a_busy_operation_can_be_interrupted() {
    struct Once(std::cell::Cell<u32>);
    impl s3storage::runtime::Interrupts for Once {
        fn pending(&self) -> bool {
            true
        }
        fn attend(&self) -> Result<(), s3storage::runtime::Abandoned> {
            self.0.set(self.0.get() + 1);
            Err(s3storage::runtime::Abandoned)
        }
    }
    let runtime = s3storage::runtime::Local::new().unwrap();
    let until = Instant::now() + Duration::from_secs(2);
    let interrupts = Once(std::cell::Cell::new(0));
    let _ = runtime.block_on(
        Box::pin(async {
            // Sockets that always have something to say: each piece takes a bit of tokio's budget.
            while Instant::now() < until {
                tokio::task::consume_budget().await;
                std::hint::black_box((0..1000).sum::<u64>());
            }
        }),
        &interrupts,
    );
    assert_eq!(interrupts.0.get(), 1, "an interrupt that was pending all the time was not seen in 2 s");
}

/// A reader that is slower than the server: there is always a piece, and `operation_timeout` passes unnoticed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_total_deadline_ends_a_content_that_always_flows() {
    let server = FaultServer::start(Script::new().on(GET, [Answer::new(200, vec![7_u8; 128 * 1024 * 1024])]));
    let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1, "operation_timeout": 2}));
    let started = Instant::now();
    let mut object = storage.read(&name("x"), &GetOptions::default()).await.unwrap();
    let mut outcome = Ok(0);
    while let Some(piece) = object.stream.next().await {
        match piece {
            Ok(piece) => {
                // What a digest or a slow disk costs.
                std::thread::sleep(Duration::from_micros(piece.len() as u64 / 30));
                outcome = outcome.map(|sum: usize| sum + piece.len());
            }
            Err(error) => {
                outcome = Err(error.code);
                break;
            }
        }
    }
    assert_eq!(outcome, Err(ErrorCode::Timeout), "after {:?}", started.elapsed());
}

// ---- the clock

#[tokio::test]
async fn a_server_in_the_year_9999_is_no_panic() {
    let refused = Answer::new(403, "").header("date", "Fri, 31 Dec 9999 23:59:59 GMT");
    let server = FaultServer::start(good().on("HEAD *", [refused]));
    let storage = storage_with(&server.endpoint(), once());
    let _ = storage.metadata(&name("x"), false, &LOOK).await;
    sleep(Duration::from_secs(2)).await;
    let outcome = tokio::spawn(async move { get(&storage, "x").await }).await;
    assert!(outcome.is_ok(), "a panic, and in every call from now on");
}

#[tokio::test]
async fn offsets_and_lengths_that_overflow_are_no_panic() {
    let huge = u64::MAX - 5;
    let raw = format!(
        "HTTP/1.1 206 OK\r\ncontent-length: {huge}\r\ncontent-range: bytes 10-{huge}/{huge}\r\netag: \"e\"\r\n\r\n0"
    );
    let server = FaultServer::start(Script::new().on(GET, [Answer::raw(raw)]));
    let storage = storage_with(&server.endpoint(), once());
    let outcome = tokio::spawn(async move {
        let options = GetOptions { range: ByteRange::new(10, None).unwrap(), ..GetOptions::default() };
        storage.read(&name("x"), &options).await.map(|_| ())
    })
    .await;
    assert!(outcome.is_ok(), "a panic");
}

#[tokio::test]
async fn one_exchange_of_each_kind_over_http_1_0() {
    let address = serve(|_, mut stream| async move {
        let Some(_) = head(&mut stream).await else { return };
        stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\netag: \"e\"\r\n\r\nok").await.unwrap();
    })
    .await;
    let storage = storage_with(&format!("http://{address}"), once());
    for _ in 0..3 {
        assert_eq!(get(&storage, "x").await.unwrap(), b"ok");
    }
}

#[tokio::test]
async fn an_object_with_as_much_metadata_as_s3_takes_can_be_read() {
    // 2 KB of names and values are what S3 takes: a pair may be as short as three bytes.
    let fields: Vec<_> = (0..400).map(|number| format!("x-amz-meta-{number:03}")).collect();
    let headers: Vec<_> = fields.iter().map(|name| (name.as_str(), "v")).collect();
    let server = FaultServer::start(Script::new().object("/test-bucket/x", b"0123456789", &headers));
    let storage = storage_with(&server.endpoint(), json!({}));
    let info = storage.metadata(&name("x"), false, &LOOK).await.unwrap();
    assert_eq!(info.metadata.unwrap().len(), 400);
    assert_eq!(get(&storage, "x").await.unwrap(), b"0123456789");
}
