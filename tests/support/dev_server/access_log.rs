//! Counts connections and requests, and writes a line per request for tests that run in another process.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use http::StatusCode;

/// The log of a server.
#[derive(Debug, Default)]
pub(crate) struct AccessLog {
    file: Option<Mutex<File>>,
    connections: AtomicU64,
    requests: AtomicU64,
}

impl AccessLog {
    /// Opens `path`, if given, for appending.
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = match path {
            Some(path) => Some(Mutex::new(File::options().create(true).append(true).open(path)?)),
            None => None,
        };
        Ok(Self { file, ..Self::default() })
    }

    /// Counts a new connection; answers its number, from 1.
    pub(crate) fn connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Counts a request and writes `METHOD TARGET STATUS CONNECTION ACCESS-KEY` (`-` for none), before the client can see the
    /// response.
    pub(crate) fn request(&self, method: &str, target: &str, status: StatusCode, connection: u64, key: Option<&str>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        if let Some(file) = &self.file {
            let line = format!("{method} {target} {} {connection} {}\n", status.as_u16(), key.unwrap_or("-"));
            // A `File` has no buffer of its own: one write is one line, at once. A full disk must not stop the server.
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = file.write_all(line.as_bytes()) {
                eprintln!("dev_server: cannot write the access log: {error}");
            }
        }
    }
}
