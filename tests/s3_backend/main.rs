//! The operations on a bucket, from Rust, against the embedded server and against sockets that misbehave.

#[path = "../support/dev_server/mod.rs"]
#[allow(dead_code, unreachable_pub)] // the server is shared by several test programs, each of which uses a part of it
mod dev_server;
mod support;

mod copies;
mod failures;
mod limits;
mod listings;
mod objects;
