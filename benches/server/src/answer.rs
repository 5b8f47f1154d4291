//! What is answered to a request. Nothing is stored: an object's key says its size (`4096/a.bin`), a listing's prefix how
//! many keys there are (`list-10000/`), and what is written is forgotten. Signatures are not looked at.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::http::Head;

const ETAG: &str = "\"5eb63bbbe01eeed093cb22bb8f5acdc3-9\"";
const PAGE: usize = 1000;

/// An answer: its head, complete, and what follows it.
pub(crate) struct Answer {
    pub(crate) head: String,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    None,
    Text(String),
    Object { offset: u64, length: u64 },
}

pub(crate) fn answer(head: &Head) -> Answer {
    let mut words = head.words();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let key = path.trim_start_matches('/').split_once('/').map_or("", |(_, key)| key);
    match method {
        "GET" if key.is_empty() => xml(&list(query)),
        "GET" | "HEAD" => object(method, key, head.field("range")),
        "PUT" => whole("200 OK", &format!("ETag: {ETAG}\r\n"), 0, Body::None),
        "POST" if query.contains("uploads") => xml(&format!(
            "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>{key}</Key><UploadId>upload-1</UploadId>\
             </InitiateMultipartUploadResult>"
        )),
        "POST" => xml(&format!(
            "<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>{key}</Key><ETag>{ETAG}</ETag></CompleteMultipartUploadResult>"
        )),
        "DELETE" => whole("204 No Content", "", 0, Body::None),
        _ => whole("501 Not Implemented", "", 0, Body::None),
    }
}

fn object(method: &str, key: &str, range: Option<&str>) -> Answer {
    let Some(size) = key.split('/').next().and_then(|size| size.parse::<u64>().ok()) else {
        return whole("404 Not Found", "", 0, Body::None);
    };
    let fields = format!(
        "ETag: {ETAG}\r\nLast-Modified: Wed, 01 Oct 2025 12:00:00 GMT\r\nAccept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\n"
    );
    let (status, fields, offset, length) = match range.and_then(|range| slice(range, size)) {
        Some((first, last)) => {
            let fields = format!("{fields}Content-Range: bytes {first}-{last}/{size}\r\n");
            ("206 Partial Content", fields, first, last - first + 1)
        }
        None => ("200 OK", fields, 0, size),
    };
    let body = if method == "HEAD" { Body::None } else { Body::Object { offset, length } };
    whole(status, &fields, length, body)
}

fn slice(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first = first.parse().ok()?;
    let last = last.parse().unwrap_or(u64::MAX).min(size.checked_sub(1)?);
    (first <= last).then_some((first, last))
}

fn list(query: &str) -> String {
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.replace("%2F", "/")).next()
    };
    let prefix = value("prefix").unwrap_or_default();
    let count = prefix.strip_prefix("list-").and_then(|rest| rest.trim_end_matches('/').parse().ok()).unwrap_or(0);
    let start: usize = value("continuation-token").and_then(|token| token.parse().ok()).unwrap_or(0);
    let most = value("max-keys").and_then(|most| most.parse().ok()).unwrap_or(PAGE).min(PAGE);
    let end = count.min(start + most);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name>\
         <Prefix>{prefix}</Prefix><KeyCount>{}</KeyCount><MaxKeys>{most}</MaxKeys><EncodingType>url</EncodingType><IsTruncated>{}</IsTruncated>",
        end - start,
        end < count
    );
    if end < count {
        let _ = write!(text, "<NextContinuationToken>{end}</NextContinuationToken>");
    }
    for at in start..end {
        let _ = write!(
            text,
            "<Contents><Key>{prefix}{at:08}.bin</Key><LastModified>2025-10-01T12:00:00.000Z</LastModified><ETag>&quot;5eb63bbbe01eeed093cb22bb8f5acdc3&quot;\
             </ETag><Size>4096</Size><StorageClass>STANDARD</StorageClass></Contents>"
        );
    }
    text + "</ListBucketResult>"
}

fn xml(text: &str) -> Answer {
    whole("200 OK", "Content-Type: application/xml\r\n", text.len() as u64, Body::Text(text.to_owned()))
}

/// With the fields that S3 sends with everything.
fn whole(status: &str, fields: &str, length: u64, body: Body) -> Answer {
    // A date of this second is what clients set their clock by.
    let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
    let head = format!(
        "HTTP/1.1 {status}\r\nx-amz-id-2: Rm9yIG1lYXN1cmluZyBvbmx5LCBub3QgYSByZWFsIGlk\r\nx-amz-request-id: 0000000000000001\r\n\
         Date: {date}\r\n{fields}Content-Length: {length}\r\nServer: bench\r\n\r\n"
    );
    Answer { head, body }
}
