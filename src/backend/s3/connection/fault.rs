//! What can go wrong on the wire.

use std::time::Duration;

use crate::error::Error;

/// Why there is no answer, or no whole one.
#[derive(Debug, Clone, thiserror::Error)]
pub(in crate::backend::s3) enum TransportError {
    /// No connection within the limit.
    #[error("no connection within connect_timeout ({0:?})")]
    ConnectTimeout(Duration),
    /// No connection: refused, unreachable, unknown host, TLS.
    #[error("{0}")]
    Connect(String),
    /// The system has no certificates to check a server against.
    #[error("no TLS root certificates on this system (install the package ca-certificates, or set `ca_file`){0}")]
    NoTlsRoots(String),
    /// The configured certificates cannot be used.
    #[error("ca_file {0}")]
    CaFile(String),
    /// Connected and sent, but nothing moves any more.
    #[error("no answer within read_timeout ({0:?})")]
    FirstByteTimeout(Duration),
    /// The connection broke.
    #[error("{0}")]
    Broken(String),
    /// What was to be sent could not be read, or changed.
    #[error("{0}")]
    Content(Error),
    /// What came is not HTTP.
    #[error("this is no HTTP: {0}")]
    NotHttp(String),
    /// An answer that is XML ends before its root is closed.
    #[error("the answer is not a whole document of XML")]
    CutXml,
    /// An answer began, and then nothing came within the limit.
    #[error("no byte within read_timeout ({0:?})")]
    Silent(Duration),
    /// Bytes move too slowly for too long.
    #[error("less than minimum_rate ({0} bytes a second)")]
    TooSlow(u64),
    /// An answer that is no object's content is larger than any that is well-formed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// The error of a type within a chain of causes.
pub(in crate::backend::s3) fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The innermost cause in words; the outer ones say little ("client error (Connect)").
pub(in crate::backend::s3) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
