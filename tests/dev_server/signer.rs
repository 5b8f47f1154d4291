//! `SigV4` by hand, for requests that the SDK would not make.
//!
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::fmt::Write as _;

use s3s::crypto::{Checksum as _, Sha256};
use time::OffsetDateTime;

/// The headers of a request for a path without a query, the signature among them. `headers` are in lower case.
pub(crate) fn sign(
    method: &str,
    host: &str,
    path: &str,
    headers: &[(&str, &str)],
    payload_hash: &str,
) -> Vec<(String, String)> {
    let now = OffsetDateTime::now_utc();
    let day = format!("{:04}{:02}{:02}", now.year(), u8::from(now.month()), now.day());
    let date = format!("{day}T{:02}{:02}{:02}Z", now.hour(), now.minute(), now.second());
    let mut signed: Vec<(String, String)> = [("x-amz-content-sha256", payload_hash), ("x-amz-date", &date)]
        .iter()
        .chain(headers)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let mut canonical = signed.clone();
    canonical.push(("host".to_owned(), host.to_owned()));
    canonical.sort();

    let names: Vec<&str> = canonical.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let mut request = format!("{method}\n{path}\n\n");
    for (name, value) in &canonical {
        let _ = writeln!(request, "{name}:{value}");
    }
    let _ = write!(request, "\n{names}\n{payload_hash}");

    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::checksum(request.as_bytes())));
    let signature = seal(&day, &to_sign);
    signed.push((
        "authorization".to_owned(),
        format!("AWS4-HMAC-SHA256 Credential=devkey/{scope}, SignedHeaders={names}, Signature={signature}"),
    ));
    signed
}

/// The signature of a text with the key of a day.
pub(crate) fn seal(day: &str, text: &str) -> String {
    let key = [day, "us-east-1", "s3", "aws4_request"]
        .iter()
        .fold(b"AWS4devsecret".to_vec(), |key, data| hmac(&key, data).to_vec());
    hex(&hmac(&key, text))
}

/// HMAC-SHA256 with a key of at most 64 bytes (RFC 2104).
fn hmac(key: &[u8], data: &str) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        block
    };
    let inner = Sha256::checksum(&[&pad(0x36), data.as_bytes()].concat());
    Sha256::checksum(&[&pad(0x5c), inner.as_slice()].concat())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
