//! What holds for the journal of a download, for answers to clients, and for presigned URLs.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a property panics where it does not hold")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Clients, Registry, Storage, disposition, journal, respond::Tags};
use crate::{
    config,
    properties::{is_printable, lines},
    types::{Expiry, Pathname, PresignGetOptions},
};

/// A journal, as a process that was killed may have left it, or somebody else.
///
/// The ranges that it claims are the object's, each once; a shorter journal claims no other ones.
pub fn journal(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((plan, done)) = journal::parse(text) else { return };
    assert!(done.windows(2).all(|pair| pair[0] < pair[1]));
    let mut bytes = 0_u64;
    for range in &done {
        let (offset, length) = plan.range(*range);
        assert!(length > 0 && offset.checked_add(length).is_some_and(|end| end <= plan.size));
        bytes += length;
    }
    assert!(bytes <= plan.size);
    for end in (0..text.len()).rev().filter(|end| text.is_char_boundary(*end)).take(64) {
        if let Some((same, fewer)) = journal::parse(&text[..end]) {
            assert!(same == plan && fewer.iter().all(|range| done.contains(range)), "cut at {end}");
        }
    }
}

/// An `If-None-Match` and the name of a download, one in each line.
///
/// Neither makes a header that is more than one, and an ETag is found in a list of itself.
pub fn answer_to_a_client(data: &[u8]) {
    let [tags, name] = lines(data).map(String::from_utf8_lossy);
    let known = Tags::parse(&tags);
    assert!(
        !known.contain("\"an ETag that nobody sends\"") || known == Tags::Any || tags.contains("that nobody sends")
    );
    if let Tags::One(tag) = &known {
        assert!(known.contain(tag) && known.contain(&format!("W/{tag}")));
        assert!(Tags::parse(&format!("\"other\", {tag}")).contain(tag));
    }
    for kind in ["attachment", "inline"] {
        if let Ok(header) = disposition(kind, &name) {
            assert!(header.starts_with(kind) && header.is_ascii() && is_printable(&header), "{header:?}");
            assert!(matches!(header.matches('"').count(), 0 | 2), "{header:?}");
            assert!(!header.contains(['/', '\\']), "{header:?}");
        }
    }
}

/// What stays as it is in a query: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const SECRET: &str = "devsecret";

/// A pathname, a disposition and a type, one in each line.
///
/// The URL survives whoever normalises it, means the object, and its signature is the one that a server computes from what it receives:
/// everything decoded, encoded again, and put in order by rules of its own.
pub fn presigned_url(data: &[u8]) {
    let [name, kind, file] = lines(data);
    let text = |bytes: &[u8]| Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty());
    let Ok(pathname) = Pathname::parse(name) else { return };
    let options = PresignGetOptions {
        response_content_type: text(kind),
        response_content_disposition: text(file),
        ..PresignGetOptions::default()
    };
    let Ok(signed) = presign(&pathname, &options) else { return };
    let url = url::Url::parse(&signed).expect("a URL");
    assert_eq!(url.as_str(), signed, "it is normal already");
    let path: Vec<u8> = percent_decode_str(url.path()).collect();
    assert_eq!(path, [b"/bucket/p/", name].concat());
    let query = url.query().expect("a query");
    let mut pairs = BTreeMap::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').expect("a pair");
        let value = percent_decode_str(value).decode_utf8().expect("UTF-8").into_owned();
        assert_eq!(pairs.insert(name.to_owned(), value), None, "{name} stands twice");
    }
    assert_eq!(pairs.get("response-content-type"), options.response_content_type.as_ref());
    assert_eq!(pairs.get("response-content-disposition"), options.response_content_disposition.as_ref());
    let signature = pairs.remove("X-Amz-Signature").expect("a signature");
    assert_eq!(signature, expected_signature(&url, &pairs));
}

fn presign(pathname: &Pathname, options: &PresignGetOptions) -> crate::error::Result<String> {
    static STORAGE: Mutex<Option<(Storage, tokio::runtime::Runtime)>> = Mutex::new(None);
    let mut kept = STORAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let (storage, runtime) = kept.get_or_insert_with(|| {
        let tree = json!({
            "servers": {"s": {"endpoint": "http://127.0.0.1:9", "region": "us-east-1",
                              "credentials": {"key": "devkey", "secret": SECRET}}},
            "buckets": {"b": {"server": "s", "bucket": "bucket", "prefix": "p"}},
        });
        let registry = Arc::new(Registry::new(config::validate(tree, &|_: &str| None).expect("it is valid")));
        let bucket = registry.bucket("b").expect("it is there");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        (Storage::new(registry, Arc::new(Clients::default()), bucket), runtime)
    });
    let signed = storage.presign_get(pathname, Expiry::from_seconds(60)?, options);
    runtime.block_on(signed).map(|signed| signed.url)
}

fn expected_signature(url: &url::Url, pairs: &BTreeMap<String, String>) -> String {
    let encoded = pairs.iter().map(|(name, value)| {
        format!("{}={}", utf8_percent_encode(name, UNRESERVED), utf8_percent_encode(value, UNRESERVED))
    });
    let query = encoded.collect::<Vec<_>>().join("&");
    let canonical = format!(
        "GET\n{}\n{query}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD",
        url.path(),
        &url[url::Position::BeforeHost..url::Position::AfterPort]
    );
    let stamp = &pairs["X-Amz-Date"];
    let scope = format!("{}/us-east-1/s3/aws4_request", &stamp[..8]);
    let digest = hex::encode(Sha256::digest(canonical));
    let key = generate_signing_key(SECRET, moment(stamp), "us-east-1", "s3");
    calculate_signature(key, format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}").as_bytes())
}

/// Noon of a day such as `20130524`; its time does not matter for a key.
fn moment(stamp: &str) -> SystemTime {
    let iso = format!("{}-{}-{}T12:00:00Z", &stamp[..4], &stamp[4..6], &stamp[6..8]);
    let parsed = aws_smithy_types::DateTime::from_str(&iso, aws_smithy_types::date_time::Format::DateTime);
    let seconds = parsed.map_or(0, |moment| moment.secs());
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
}
