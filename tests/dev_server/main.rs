//! The development server, seen by the official SDK and, where that cannot express a request, over a plain socket.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../support/dev_server/mod.rs"]
#[allow(dead_code, reason = "not every function is of use to these tests")]
mod dev_server;

mod acl;
mod auth;
mod buckets;
mod checksums;
mod conditions;
mod connections;
mod copies;
mod deletions;
mod encryption;
mod fixture;
mod forms;
mod keys;
mod listings;
mod locks;
mod multipart;
mod objects;
mod process;
mod signer;
mod tags;
mod tls;
#[path = "../support/tls.rs"]
#[allow(dead_code, reason = "not every certificate is of use to these tests")]
mod tls_support;
mod versions;
