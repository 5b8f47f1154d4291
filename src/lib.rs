//! S3-compatible object storage inside the PHP process, and for Rust programs without PHP.
//!
//! The map, from the wire up; each module may use only those below it (`tests/layering.rs` holds the list):
//!
//! - [`error`] — what can go wrong; the one table of codes.
//! - [`types`] — the vocabulary: pathnames, keys, object infos, options.
//! - [`config`] — from a tree of values or a file to a validated configuration.
//! - [`backend`] — the contract of a storage backend, and the S3 one.
//! - [`middleware`] — what stands between operations and backends: limit, counts, log, events, and one's own.
//! - [`registry`] — which bucket an alias means, and which open backend serves it.
//! - [`storage`] — the operations on a bucket.
//! - [`runtime`] — how a thread waits: a current-thread tokio runtime that notices interrupts, and helper threads for what only
//!   computes.
//! - [`client`] — for Rust programs: a small contract without futures, over any bucket.
//! - [`lifecycle`] — the states of a process, and what serves its threads from the first operation to the end of the module.
//! - `php` — the binding: the only module that knows of PHP (feature `php`).

pub mod backend;
pub mod client;
pub mod config;
pub mod error;
pub mod lifecycle;
pub mod middleware;
#[cfg(feature = "php")]
#[allow(unsafe_code)] // the boundary to the engine
mod php;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod properties;
pub mod registry;
#[allow(unsafe_code)] // the signal mask of helper threads
pub mod runtime;
pub mod storage;
pub mod types;
