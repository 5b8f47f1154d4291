//! The end of the process while operations of several requests are under way: within the grace period, each told, none hanging.

use std::{
    future::Future,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use s3storage::{
    error::{ErrorCode, Result},
    lifecycle,
    runtime::{Stopped, Uninterrupted},
    storage::{Listing, Storage},
    types::{Prefix, PutOptions},
};
use serde_json::json;

use crate::{
    client::{BUCKET, COPY, SOON, get, name, select, server_at},
    fault_server::{Answer, FaultServer, Script},
};

const MIB: usize = 1024 * 1024;
const GRACE: Duration = Duration::from_millis(400);

/// A server that begins everything and ends nothing.
fn server() -> FaultServer {
    let begun = "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>";
    let first_page = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
                      <Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>";
    let script = Script::new()
        .object("/test-bucket/source", b"content", &[])
        .object("/test-bucket/quick", b"content", &[])
        .on("GET *?list-type=2", [Answer::xml(first_page), Answer::silence()])
        .on("POST /test-bucket/large?uploads", [Answer::xml(begun)])
        .on("PUT /test-bucket/large", [Answer::stored(), Answer::silence()])
        .on("DELETE /test-bucket/source", [Answer::silence()])
        .on("POST *?delete", [Answer::silence()])
        .on("GET /test-bucket/quick", [Answer::stored().delayed(GRACE / 4)]);
    FaultServer::start(script)
}

/// Runs an operation on a thread of its own, as a thread of PHP does.
fn running<F: Future<Output = Result<()>>>(
    endpoint: &str,
    operation: impl FnOnce(Storage) -> F + Send + 'static,
) -> JoinHandle<std::result::Result<Result<()>, Stopped>> {
    let bucket = json!({"server": "s", "bucket": BUCKET, "part_size": 5 * MIB, "concurrency": 1});
    let tree = json!({"servers": {"s": server_at(endpoint)}, "buckets": {"b": bucket}});
    thread::spawn(move || {
        let serving = lifecycle::serve().unwrap();
        serving.drive(Box::pin(operation(select(tree, "b"))), &Uninterrupted)
    })
}

#[test]
fn operations_of_several_requests_end_within_the_grace_period() {
    lifecycle::start();
    lifecycle::set_grace_period(GRACE);
    let server = server();
    let endpoint = server.endpoint();
    let hanging = [
        running(&endpoint, |storage| async move {
            let mut listing = Listing::new(Prefix::default(), true, None, None)?;
            while !listing.is_complete() {
                listing.fetch(&storage).await?;
                while listing.ready().is_some() {}
            }
            Ok(())
        }),
        running(&endpoint, |storage| async move {
            storage.write(&name("large"), vec![7; 11 * MIB].into(), PutOptions::default()).await.map(drop)
        }),
        running(&endpoint, |storage| async move {
            storage.rename(&name("source"), &name("destination"), None, &COPY).await.map(drop)
        }),
        running(&endpoint, |storage| async move {
            let batch = storage.delete_many(&[name("a"), name("b")]).await;
            batch.error("delete", "a", 0).map_or(Ok(()), Err)
        }),
    ];
    // Each hangs in its second request or later by the time that the last of these was asked for.
    let hangs = |line: &str| ["DELETE /test-bucket/source", "POST /test-bucket/"].contains(&line);
    for _ in 0..500 {
        let asked = server.asked();
        let pages = asked.iter().filter(|line| *line == "GET /test-bucket/").count();
        let parts = asked.iter().filter(|line| *line == "PUT /test-bucket/large").count();
        if asked.iter().filter(|line| hangs(line)).count() == 2 && pages == 2 && parts == 2 {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    let quick = running(&endpoint, |storage| async move {
        assert_eq!(get(&storage, "quick").await?, b"content");
        Ok(())
    });
    while !server.asked().iter().any(|line| line == "GET /test-bucket/quick") {
        thread::sleep(Duration::from_millis(5));
    }
    let since = Instant::now();
    lifecycle::stop();
    let outcomes: Vec<_> = hanging.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(since.elapsed() >= GRACE && since.elapsed() < GRACE + SOON, "{:?}", since.elapsed());
    for outcome in outcomes {
        let Err(Stopped::Failed(error)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error.code, ErrorCode::Cancelled);
    }
    assert!(matches!(quick.join().unwrap(), Ok(Ok(()))), "what is done in time is done");
    lifecycle::start();
}
