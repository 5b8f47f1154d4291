//! What holds for every answer of a server, however hostile.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a property panics where it does not hold")]

use bytes::Bytes;

use super::{
    connection::parse_credentials,
    control::whole_xml,
    list,
    policy::{Verdict, is_error, redacted},
    read::{check_range, parse_range},
};
use crate::{
    error::ErrorCode,
    properties::{is_printable, lines},
    types::{ByteRange, ListOptions, ListPage},
};

/// The answer to a request for a page of a listing.
///
/// A page that says that there is more can be continued; it is never a shorter one of an answer that was cut; what it says survives
/// being said again.
pub fn listing(data: &[u8]) {
    let asked = ListOptions { token: Some("asked".to_owned()), ..ListOptions::default() };
    let page = match list::read(data, &asked) {
        Ok(page) => page,
        Err(error) => {
            assert_eq!(error.code, ErrorCode::OperationFailed);
            return assert!(is_printable(&error.to_string()), "{error}");
        }
    };
    assert!(page.next_token.as_deref() != Some("asked"));
    let step = (data.len() / 64).max(1);
    for end in (0..data.len()).rev().step_by(step) {
        if let Ok(cut) = list::read(&data[..end], &asked) {
            // Only what stands behind the end of the root was cut.
            assert_eq!(cut, page, "cut at {end}");
        }
    }
    assert_eq!(list::read(said(&page).as_bytes(), &asked).ok().as_ref(), Some(&page));
}

/// The page as a careful server says it.
fn said(page: &ListPage) -> String {
    let name = |name: &str| percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string();
    let text = |text: &str| quick_xml::escape::escape(text).into_owned();
    let element =
        |name: &str, value: Option<String>| value.map(|value| format!("<{name}>{value}</{name}>")).unwrap_or_default();
    let mut xml = format!(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{}</IsTruncated>",
        page.next_token.is_some()
    );
    xml += &element("NextContinuationToken", page.next_token.as_deref().map(text));
    for object in &page.objects {
        let modified = object.last_modified.map(|seconds| {
            let moment = aws_smithy_types::DateTime::from_secs(seconds);
            moment.fmt(aws_smithy_types::date_time::Format::DateTime).expect("what was read can be written")
        });
        xml += "<Contents>";
        xml += &element("Key", Some(name(&object.name)));
        xml += &element("Size", object.size.map(|size| size.to_string()));
        xml += &element("LastModified", modified);
        xml += &element("ETag", object.etag.as_deref().map(text));
        xml += &element("StorageClass", object.storage_class.as_deref().map(text));
        xml += "</Contents>";
    }
    for prefix in &page.prefixes {
        xml += &element("CommonPrefixes", Some(element("Prefix", Some(name(prefix)))));
    }
    xml + "</ListBucketResult>"
}

/// The answer to a request of the control plane, which the SDK reads.
///
/// It goes on as it is, without white space in front; none that was cut within its XML does.
pub fn whole_answer(data: &[u8]) {
    let Ok(whole) = whole_xml(&Bytes::copy_from_slice(data)) else { return };
    assert_eq!(whole, data.trim_ascii_start());
    let Some(first) = whole.iter().position(|byte| *byte == b'<') else { return };
    let step = (whole.len() / 64).max(1);
    for end in (first + 1..whole.len()).rev().step_by(step) {
        if whole_xml(&whole.slice(..end)).is_ok() {
            // Only what stands behind the end of the root was cut.
            let rest = whole[end..].trim_ascii_start();
            assert!(rest.is_empty() || rest.starts_with(b"<!--") || rest.starts_with(b"<?"), "cut at {end}");
        }
    }
}

/// Status, `Retry-After`, `Date`, region, a secret, and a body, one in each line.
///
/// Whatever a server says when it refuses becomes an error of one line with an end, which does not tell the secret.
pub fn refusal(data: &[u8]) {
    let [status, retry_after, told_at, region, secret, body] = lines(data);
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let verdict = Verdict {
        status: text(status).and_then(|status| status.parse().ok()).unwrap_or(403),
        request_id: text(region),
        retry_after: text(retry_after),
        date: text(told_at),
        region: text(region),
        body,
    };
    let mut error = verdict.failure().error;
    let shown = error.to_string();
    assert!(is_printable(&shown), "{shown:?}");
    // Four texts of a server, each cut, and escapes of up to ten characters for each of theirs.
    assert!(shown.chars().count() <= 4 * 301 * 10 + 500, "{} characters", shown.chars().count());
    assert_eq!(error.attempts, 1);
    assert!(error.retry_after.is_none() || verdict.retry_after.is_some());
    if let Some(secret) =
        text(secret).filter(|secret| secret.len() >= 8 && secret.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        redacted(&mut error, secret);
        let quoted = [Some(&error.details), error.server_code.as_ref(), error.request_id.as_ref()];
        assert!(quoted.into_iter().flatten().all(|text| !text.contains(secret)), "{error}");
    }
    if is_error(body) {
        assert!(body.windows(5).any(|five| five == b"Error"));
    }
}

/// What was asked for, `OFFSET LENGTH`, a `Content-Range`, and a `Content-Length`, one in each line.
///
/// Only exactly the range that was asked for, written as RFC 9110 §14.4 has it, is taken.
pub fn answered_range(data: &[u8]) {
    let [asked, answered, length] = lines(data).map(String::from_utf8_lossy);
    let mut numbers = asked.split(' ').map(|number| number.parse::<i64>().ok());
    let (offset, wanted) = (numbers.next().flatten().unwrap_or(0), numbers.next().flatten());
    let Ok(range) = ByteRange::new(offset, wanted) else { return };
    let length = length.trim().parse().ok();
    let Ok(size) = check_range(&range, Some(&answered), length) else { return };
    let (begin, end) = range.within(size);
    assert!(begin < end && end <= size);
    assert!(length.is_none_or(|length| length == end - begin));
    assert_eq!(parse_range(&answered), Some((begin, end - 1, size)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = answered.trim().strip_prefix("bytes ").expect("bytes").replacen(['-', '/'], "", 2);
    assert!(digits(&canonical), "{answered}");
}

/// What a program of a profile (`credential_process`) has printed.
///
/// Credentials have a key and a secret; of anything else a fixed text is told, and nothing of what was printed.
pub fn credentials_of_a_program(data: &[u8]) {
    match parse_credentials(data) {
        Ok(credentials) => {
            let (key, secret) = (credentials.access_key_id(), credentials.secret_access_key());
            assert!(!key.is_empty() && !secret.is_empty());
            assert!(!format!("{credentials:?}").contains(secret) || key.contains(secret) || secret.len() < 20);
            assert!(serde_json::from_slice::<serde_json::Value>(data).is_ok());
        }
        Err(problem) => assert!(is_printable(problem)),
    }
}
