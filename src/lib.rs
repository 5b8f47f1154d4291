//! S3-compatible object storage inside the PHP process, and for Rust programs without PHP.
//!
//! Bytes behind keys, in S3 and what speaks it, in a folder of this machine, in the memory of the process, or in a backend of one's own: which one
//! is a matter of the configuration, and the code that uses it is the same. What holds for one holds for all: a write is there as a whole or not at all,
//! an error has one of a few codes, memory is bounded by the configuration, and every wait has an end.
//!
//! ```
//! use s3storage::client::{BucketClient, PutOpts, StorageClient, StorageError};
//!
//! let storage = BucketClient::open(r#"{
//!     "servers": {"here": {"driver": "memory"}},
//!     "buckets": {"uploads": {"server": "here", "bucket": "uploads", "prefix": "2026/"}}
//! }"#)?;
//! storage.put("report.pdf", b"bytes".to_vec(), PutOpts::default())?;
//! assert_eq!(storage.get("report.pdf")?, b"bytes");
//! # Ok::<(), StorageError>(())
//! ```
//!
//! # Where to begin
//!
//! - A program without futures, or one that wants little: [`client::StorageClient`], as above, and [`client::StreamingClient`] for large contents.
//! - Everything that PHP can do, with futures, on any tokio runtime: [`storage::Storage`].
//! - A storage that is not here yet: [`backend::Backend`] has five methods that must be written, and [`backend::register`] makes it a driver.
//! - What stands around every operation, such as one's own metrics: [`middleware::Middleware`].
//!
//! PHP is left out with `default-features = false`.
//!
//! # The map
//!
//! From the wire up; each module may use only those below it (`tests/layering.rs` holds the list):
//!
//! - [`error`] — what can go wrong; the one table of codes.
//! - [`types`] — the vocabulary: pathnames, keys, object infos, options.
//! - [`config`] — from a tree of values or a file to a validated configuration.
//! - [`backend`] — the contract of a storage backend, and what keeps it: S3, local files, memory, and what a program registers.
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
