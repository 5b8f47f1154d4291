//! Requests of one process that fail together, of which one finds the remedy: it serves all of them, and none takes it away again.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use s3storage::{
    error::Result,
    runtime::{Abandoned, Interrupts, Local, Uninterrupted},
    storage::Storage,
};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    client::{COPY, get, name, put, storage_with},
    fault_server::{Answer, FaultServer},
    operation::{CONTENT, all_good, good},
    regions::{Aws, redirect},
    rotation::{asked_for_credentials, credentials, expired, serve_from, signers},
};

const AT_ONCE: usize = 8;

#[tokio::test]
async fn a_wrong_clock_that_many_requests_met_is_corrected_for_all_of_them() {
    for skew in [3600, -3600] {
        let server = FaultServer::start(all_good().clock(skew));
        let storage = storage_with(&server.endpoint(), json!({"max_attempts": 1}));
        for outcome in join_all((0..AT_ONCE).map(|_| get(&storage, "x"))).await {
            assert_eq!(outcome.unwrap(), CONTENT);
        }
        assert_eq!(server.requests().len(), 2 * AT_ONCE);
        let server = FaultServer::start(all_good().clock(skew));
        let storage = &storage_with(&server.endpoint(), json!({"max_attempts": 1}));
        let copies = (0..AT_ONCE)
            .map(|number| async move { storage.copy(&name("x"), &name(&format!("y{number}")), None, &COPY).await });
        for outcome in join_all(copies).await {
            outcome.unwrap();
        }
        assert_eq!(server.requests().len(), 2 * AT_ONCE);
    }
}

#[tokio::test]
async fn a_region_that_many_requests_were_told_is_asked_by_all_of_them() {
    let aws = Aws::start(
        good().on("*", [redirect(301, "PermanentRedirect", "eu-west-1", "https://evil.example/x")]),
        all_good(),
    );
    let storage = aws.storage();
    for outcome in join_all((0..AT_ONCE).map(|_| get(&storage, "x"))).await {
        assert_eq!(outcome.unwrap(), CONTENT);
    }
    assert_eq!((aws.wrong.requests().len(), aws.right.requests().len()), (AT_ONCE, AT_ONCE));
}

/// The chain answers twice and never again.
#[tokio::test]
async fn a_late_refusal_of_old_credentials_does_not_take_the_new_ones_away() {
    let script = good()
        .object("/test-bucket/y", CONTENT, &[])
        .on("GET /test-bucket/x", [expired(), Answer::stored()])
        .on("GET /test-bucket/y", [expired().delayed(Duration::from_millis(300)), Answer::stored()]);
    let (server, storage) = serve_from(script, [credentials("KEY1"), credentials("KEY2"), Answer::error(500, "gone")]);
    for outcome in join_all(["x", "y"].map(|name| get(&storage, name))).await {
        assert_eq!(outcome.unwrap(), CONTENT);
    }
    assert_eq!(signers(&server), ["KEY1", "KEY1", "KEY2", "KEY2"]);
    assert_eq!(asked_for_credentials(&server), 2);
    put(&storage, "z", "z").await;
}

/// A handler of a signal, or a progress callback, that makes a call of its own.
struct Calling<'a> {
    runtime: &'a Local,
    storage: &'a Storage,
    /// In the middle of the other call.
    from: Instant,
    came: RefCell<Option<Result<Vec<u8>>>>,
}

impl Interrupts for Calling<'_> {
    fn pending(&self) -> bool {
        self.came.borrow().is_none() && Instant::now() >= self.from
    }

    fn attend(&self) -> std::result::Result<(), Abandoned> {
        let call = Box::pin(async { timeout(Duration::from_secs(5), get(self.storage, "x")).await });
        *self.came.borrow_mut() = Some(self.runtime.block_on(call, &Uninterrupted).unwrap().expect("an end"));
        Ok(())
    }
}

#[test]
fn a_call_within_a_call_does_not_wait_for_credentials_that_the_other_one_asks_for() {
    let (server, storage) = serve_from(good(), [credentials("KEY1").delayed(Duration::from_millis(300))]);
    let runtime = Local::new().unwrap();
    let from = Instant::now() + Duration::from_millis(100);
    let calling = Calling { runtime: &runtime, storage: &storage, from, came: RefCell::default() };
    let outer = runtime.block_on(Box::pin(get(&storage, "x")), &calling).unwrap();
    assert_eq!(calling.came.take().unwrap().unwrap(), CONTENT);
    assert_eq!(outer.unwrap(), CONTENT);
    assert_eq!(asked_for_credentials(&server), 1);
}

/// Whoever asked for credentials has gone, and what was asked with it.
#[test]
fn credentials_that_nobody_waits_for_any_more_are_asked_for_anew() {
    let (server, storage) = serve_from(good(), [credentials("KEY1").delayed(Duration::from_millis(300))]);
    let runtime = Local::new().unwrap();
    let soon = Box::pin(async { timeout(Duration::from_millis(50), get(&storage, "x")).await });
    assert!(runtime.block_on(soon, &Uninterrupted).unwrap().is_err(), "given up");
    let came = runtime.block_on(Box::pin(get(&storage, "x")), &Uninterrupted).unwrap();
    assert_eq!(came.unwrap(), CONTENT);
    assert_eq!(asked_for_credentials(&server), 2);
}

/// Credentials are replaced minutes before they end: those that were replaced are secrets still.
#[tokio::test]
async fn a_late_refusal_does_not_quote_the_credentials_that_were_replaced_meanwhile() {
    let old = credentials("CANARY-OLD-KEY");
    let quoting =
        "<Error><Code>AccessDenied</Code><Message>neither CANARY-OLD-KEY-token nor CANARY-OLD-KEY</Message></Error>";
    let script = good()
        .on("GET /test-bucket/x", [expired(), Answer::stored()])
        .on("GET /test-bucket/y", [Answer::new(403, quoting).delayed(Duration::from_millis(300))]);
    let (_server, storage) = serve_from(script, [old, credentials("CANARY-NEW-KEY")]);
    let [first, second] = <[_; 2]>::try_from(join_all(["x", "y"].map(|name| get(&storage, name))).await).unwrap();
    assert_eq!(first.unwrap(), CONTENT);
    let refused = second.unwrap_err();
    assert!(refused.to_string().contains("neither *** nor ***"), "{refused}");
}
