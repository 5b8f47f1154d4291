//! `max_concurrent_operations`: a thousand operations at once, and what a place in the queue is held for.

use std::{collections::HashMap, time::Duration};

use s3storage::{
    error::ErrorCode,
    storage::{Object, Reads, Storage},
    types::GetOptions,
};
use serde_json::json;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};

use crate::{
    client::{BUCKET, COPY, DELETE, SOON, collect, get, name, select, server_at, write},
    fault_server::{Answer, FaultServer, Script},
    operation::good,
};

/// A storage on a server with this limit; more keys of the server.
fn limited(server: &FaultServer, limit: u32, more: &[(&str, f64)]) -> Storage {
    let mut section = server_at(&server.endpoint());
    for (key, value) in more {
        section[*key] = json!(value);
    }
    select(
        json!({
            "servers": {"s": section},
            "buckets": {
                "b": {"server": "s", "bucket": BUCKET, "max_concurrent_operations": limit},
                "other": {"server": "s", "bucket": BUCKET, "max_concurrent_operations": limit},
            },
        }),
        "b",
    )
}

async fn open(storage: &Storage) -> Object {
    storage.read(&name("x"), &GetOptions::default()).await.unwrap()
}

#[tokio::test]
async fn a_thousand_operations_at_a_limit_of_ten_are_bounded_fair_and_complete() {
    const LASTS: Duration = Duration::from_millis(4);
    let server = FaultServer::start(Script::new().on("DELETE *", [Answer::new(204, "").delayed(LASTS)]));
    let storage = limited(&server, 10, &[]);
    let mut tasks = JoinSet::new();
    for i in 0..1_000 {
        let storage = storage.clone();
        tasks.spawn(async move { storage.delete(&name(&i.to_string()), &DELETE).await });
    }
    for outcome in tasks.join_all().await {
        outcome.unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 1_000);
    // With ten at most, the eleventh comes only after one of the ten before it was answered, which takes its time.
    for eleven in requests.windows(11) {
        let apart = eleven[10].at.duration_since(eleven[0].at);
        assert!(apart >= LASTS, "eleven at once: {apart:?}");
    }
    let mut connections: HashMap<u16, u32> = HashMap::new();
    for (place, request) in requests.iter().enumerate() {
        *connections.entry(request.port).or_default() += 1;
        let asked: usize = request.path().rsplit('/').next().unwrap().parse().unwrap();
        assert!(asked.abs_diff(place) < 20, "operation {asked} came as number {place}");
    }
    assert!(connections.len() <= 10, "{connections:?}");
}

#[tokio::test]
async fn the_queue_counts_against_the_time_of_the_operation() {
    let slow = Answer::new(204, "").delayed(Duration::from_secs(2));
    let server = FaultServer::start(Script::new().on("DELETE *", [slow]));
    let storage = limited(&server, 1, &[("operation_timeout", 3.0), ("max_attempts", 1.0)]);
    let (a, b, c) = (name("a"), name("b"), name("c"));
    let began = Instant::now();
    let (first, second, third) =
        tokio::join!(storage.delete(&a, &DELETE), storage.delete(&b, &DELETE), storage.delete(&c, &DELETE));
    first.unwrap();
    // The second had a second left when its turn came, the third none.
    let (second, third) = (second.unwrap_err(), third.unwrap_err());
    assert_eq!((second.code, second.attempts), (ErrorCode::Timeout, 1));
    assert_eq!((third.code, third.attempts), (ErrorCode::Timeout, 0), "{third}");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_content_has_a_place_until_its_end() {
    let server = FaultServer::start(good());
    let storage = limited(&server, 1, &[]);
    let object = open(&storage).await;
    let waits = timeout(Duration::from_millis(100), write(&storage, "y", "1")).await;
    assert!(waits.is_err(), "two operations at a limit of one");
    collect(object).await.unwrap();
    write(&storage, "y", "1").await.unwrap();
    drop(open(&storage).await);
    write(&storage, "y", "2").await.unwrap();
}

#[tokio::test]
async fn a_paused_content_has_none_and_goes_on_later() {
    let server = FaultServer::start(good());
    let storage = limited(&server, 1, &[]);
    let mut object = open(&storage).await;
    object.stream.pause();
    write(&storage, "y", "1").await.unwrap();
    assert_eq!(collect(object).await.unwrap(), b"0123456789");
    assert_eq!(get(&storage, "y").await.unwrap(), b"1");
}

#[tokio::test]
async fn each_alias_has_a_limit_of_its_own_and_handles_share_it() {
    let server = FaultServer::start(good());
    let (storage, same) = (limited(&server, 1, &[]), limited(&server, 1, &[]));
    let held = open(&storage).await;
    assert!(timeout(Duration::from_millis(100), write(&same, "y", "1")).await.is_err());
    let wider = limited(&server, 2, &[]);
    write(&wider, "y", "1").await.unwrap();
    drop(held);
    write(&same, "y", "1").await.unwrap();
}

#[tokio::test]
async fn copies_between_servers_at_a_limit_of_one_do_not_wait_for_each_other() {
    let (one, two) = (FaultServer::start(good()), FaultServer::start(good()));
    let tree = json!({
        "servers": {"one": server_at(&one.endpoint()), "two": server_at(&two.endpoint())},
        "buckets": {
            "one": {"server": "one", "bucket": BUCKET, "max_concurrent_operations": 1},
            "two": {"server": "two", "bucket": BUCKET, "max_concurrent_operations": 1},
        },
    });
    let (from_one, from_two) = (select(tree.clone(), "one"), select(tree, "two"));
    let (x, y, z) = (name("x"), name("y"), name("z"));
    let copies =
        async { tokio::join!(from_one.copy(&x, &y, Some("two"), &COPY), from_two.copy(&x, &z, Some("one"), &COPY)) };
    let (there, back) = Box::pin(timeout(Duration::from_secs(5), copies)).await.expect("no deadlock");
    there.unwrap();
    back.unwrap();
}

#[tokio::test]
async fn stats_tell_what_runs_what_waits_and_what_was_sent_again() {
    let server = FaultServer::start(good().on("DELETE *", [Answer::error(503, "SlowDown"), Answer::new(204, "")]));
    let storage = limited(&server, 1, &[]);
    let counted = || storage.stats();
    let mut object = open(&storage).await;
    let (deleted, moment) = (name("z"), Duration::from_millis(50));
    let mut delete = Box::pin(storage.delete(&deleted, &DELETE));
    assert!(timeout(moment, &mut delete).await.is_err());
    assert_eq!((counted().running, counted().waiting, counted().done), (1, 1, 0));
    object.stream.pause();
    delete.await.unwrap();
    assert_eq!((counted().running, counted().waiting, counted().done), (0, 0, 1));
    collect(object).await.unwrap();
    write(&storage, "y", "12345").await.unwrap();
    let counts = counted();
    assert_eq!((counts.done, counts.failed, counts.retries), (3, 0, 1));
    assert_eq!((counts.bytes_in, counts.bytes_out), (10, 5));
}

#[tokio::test]
async fn a_thousand_reads_in_one_call_never_are_more_at_once_than_the_limit_or_what_was_asked_for() {
    const LASTS: Duration = Duration::from_millis(2);
    for (limit, asked, most) in [(10, 64, 10), (100, 7, 7)] {
        let server = FaultServer::start(Script::new().on("*", [Answer::new(200, "x").delayed(LASTS)]));
        let storage = limited(&server, limit, &[]);
        let mut reads = Reads::new(asked, 1 << 20).unwrap();
        let (mut number, mut read) = (0, 0);
        while number < 1000 || !reads.is_done() {
            for _ in 0..reads.room().min(1000 - number) {
                reads.push(name(&format!("k{number}")));
                number += 1;
            }
            reads.round(&storage, |_| Ok(())).await;
            assert_eq!(storage.stats().running, 0, "something is under way between two rounds");
            while let Some((_, content)) = reads.ready() {
                assert_eq!(content.unwrap(), "x");
                read += 1;
            }
        }
        assert_eq!(read, 1000);
        let requests = server.requests();
        assert_eq!(requests.len(), 1000);
        for beyond in requests.windows(most + 1) {
            assert!(beyond[most].at.duration_since(beyond[0].at) >= LASTS, "more than {most} at once");
        }
    }
}

#[tokio::test]
async fn a_round_that_is_given_up_reads_the_same_objects_again() {
    let server = FaultServer::start(Script::new().on("*", [Answer::new(200, "x").delayed(Duration::from_millis(50))]));
    let storage = limited(&server, 100, &[]);
    let mut reads = Reads::new(4, 1 << 20).unwrap();
    for number in 0..10 {
        reads.push(name(&format!("k{number}")));
    }
    assert!(tokio::time::timeout(Duration::from_millis(70), reads.round(&storage, |_| Ok(()))).await.is_err());
    let mut names = Vec::new();
    while !reads.is_done() {
        reads.round(&storage, |_| Ok(())).await;
        while let Some((pathname, content)) = reads.ready() {
            assert_eq!(content.unwrap(), "x");
            names.push(pathname.as_str().to_owned());
        }
    }
    names.sort();
    assert_eq!(names, (0..10).map(|number| format!("k{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_read_that_is_given_up_leaves_no_place_taken() {
    let server = FaultServer::start(good().on("GET /test-bucket/x", [Answer::stored().stalled_at(0)]));
    let storage = limited(&server, 1, &[]);
    let mut reader = storage.open(&name("x"), GetOptions::default()).await.unwrap();
    let mut buffer = [0; 4];
    assert!(timeout(Duration::from_millis(100), reader.read(&storage, &mut buffer)).await.is_err());
    timeout(Duration::from_secs(2), write(&storage, "y", "1")).await.expect("a free place").unwrap();
    assert_eq!(reader.position(), 0);
}

#[tokio::test]
async fn two_copies_in_opposite_directions_do_not_wait_for_each_other() {
    const SIZE: usize = 12 << 20;
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let done = "<CompleteMultipartUploadResult><ETag>\"e-3\"</ETag></CompleteMultipartUploadResult>";
    let server = || {
        // Both copies read before either writes.
        let slow = Answer::stored().delayed(Duration::from_millis(100));
        let script = Script::new().object("/test-bucket/x", &vec![7; SIZE], &[]).on("GET /test-bucket/x", [slow]);
        let script = script.on("POST /test-bucket/y?uploads", [Answer::xml(begun)]);
        FaultServer::start(script.on("POST /test-bucket/y?uploadId", [Answer::xml(done)]))
    };
    let (left, right) = (server(), server());
    let bucket = |server: &str| json!({"server": server, "bucket": BUCKET, "max_concurrent_operations": 1, "part_size": 5 << 20});
    let tree = json!({
        "servers": {"l": server_at(&left.endpoint()), "r": server_at(&right.endpoint())},
        "buckets": {"left": bucket("l"), "right": bucket("r")},
    });
    let (from_left, from_right) = (select(tree.clone(), "left"), select(tree, "right"));
    let (x, y) = (name("x"), name("y"));
    let both = async {
        tokio::join!(from_left.copy(&x, &y, Some("right"), &COPY), from_right.copy(&x, &y, Some("left"), &COPY))
    };
    let (there, back) = Box::pin(timeout(Duration::from_secs(10), both)).await.expect("an end");
    assert_eq!((there.unwrap().size, back.unwrap().size), (Some(SIZE as u64), Some(SIZE as u64)));
}
