//! The operations on a bucket, from Rust, against the embedded server and against sockets that misbehave.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/dev_server/mod.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod dev_server;
mod support;

mod copies;
mod credentials;
mod failures;
mod limits;
mod listings;
mod objects;
mod resume;
