//! The operations on a bucket, from Rust, against the embedded server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/client.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod client;
#[path = "../support/dev_server/mod.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod dev_server;
mod support;

mod bulk;
mod copies;
mod credentials;
mod directories;
mod encryption;
mod failures;
mod files;
mod listings;
mod locks;
mod objects;
mod part_copies;
mod tags;
mod updates;
mod versions;
