//! Faults that one request can meet, on both planes: the data plane (read, metadata, write, delete, listing) and the control plane
//! (copy, visibility). Every server here misbehaves by a script, on the loopback interface.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../support/client.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod client;
#[path = "../support/fault_server/mod.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod fault_server;
mod operation;
#[path = "../support/proxy.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod proxy;
#[path = "../support/tls.rs"]
#[allow(dead_code, reason = "several test programs share it, each uses a part")]
mod tls;

mod bulk;
mod clock;
mod connections;
mod directories;
mod files;
mod hostile;
mod integrity;
mod lengths;
mod limits;
mod listings;
mod middleware;
mod moves;
mod multipart;
mod part_copies;
mod profiles;
mod promises;
mod proxies;
mod refusals;
mod regions;
mod resume;
mod rotation;
mod shutdown;
mod storms;
mod streams;
mod tls_trust;
mod together;
mod tools;
mod uploads;
mod waits;
mod xml;
