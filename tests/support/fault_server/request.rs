//! What the server was asked.

use std::{fmt::Write as _, time::Instant};

use bytes::Bytes;
use s3s::crypto::{Checksum as _, Sha256};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as sent; a whole URL where a proxy is meant.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// As far as it was read.
    pub(crate) content: Bytes,
    /// The client's port, which tells connections apart.
    pub(crate) port: u16,
    pub(crate) at: Instant,
}

impl Request {
    /// Reads a head; `None` if it is not one.
    pub(super) fn parse(head: &str, port: u16) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { method, target, headers, content: Bytes::new(), port, at: Instant::now() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The path, percent-encoded as sent.
    pub(crate) fn path(&self) -> &str {
        let path = self.target.split('?').next().unwrap_or_default();
        // Absolute form, which an origin server has to accept (RFC 9112 §3.2.2).
        match path.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => path,
        }
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// SHA-256 of the content as it came, in hexadecimal digits.
    pub(crate) fn digest(&self) -> String {
        hex(&Sha256::checksum(&self.content))
    }

    /// The region in the signature's scope.
    pub(crate) fn signed_region(&self) -> Option<&str> {
        self.header("authorization")?.split("Credential=").nth(1)?.split('/').nth(2)
    }

    /// The time of the signature, in Unix seconds.
    pub(crate) fn signed_at(&self) -> Option<i64> {
        let date = self.header("x-amz-date").filter(|date| date.len() == 16 && date.is_ascii())?;
        let iso = format!(
            "{}-{}-{}T{}:{}:{}Z",
            &date[..4],
            &date[4..6],
            &date[6..8],
            &date[9..11],
            &date[11..13],
            &date[13..15]
        );
        let format = aws_smithy_types::date_time::Format::DateTime;
        aws_smithy_types::DateTime::from_str(&iso, format).ok().map(|time| time.secs())
    }

    pub(super) fn content_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
