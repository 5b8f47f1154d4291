//! What holds for every name, range and trace context, whoever sends it.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a property panics where it does not hold")]

use super::{ByteRange, Key, MAX_KEY_BYTES, Pathname, Prefix, TraceContext};
use crate::properties::{is_printable, lines};

/// Two prefixes of buckets and a pathname, one in each line.
///
/// What is accepted is taken byte for byte, stays below its prefix, never meets another prefix's keys, and is one path of a URL.
pub fn names(data: &[u8]) {
    let [first, second, name] = lines(data);
    let prefix = Prefix::of_bucket(first);
    if let Ok(prefix) = &prefix {
        assert!(prefix.as_str().is_empty() || prefix.as_str().ends_with('/'));
        assert!(prefix.as_str().as_bytes().starts_with(first));
        assert_eq!(Prefix::of_bucket(prefix.as_str().as_bytes()).as_ref().ok(), Some(prefix));
        assert_eq!(prefix.strip(prefix.as_str()), None);
    }
    let pathname = match Pathname::parse(name) {
        Ok(pathname) => pathname,
        Err(error) => return assert!(is_printable(&error.to_string())),
    };
    assert_eq!(pathname.as_str().as_bytes(), name);
    assert!(!name.is_empty() && name.len() <= MAX_KEY_BYTES && !name.contains(&0));
    assert!(pathname.as_str().split('/').all(|segment| segment != "." && segment != ".."));
    let Ok(prefix) = prefix else { return };
    let Ok(key) = pathname.key(&prefix) else {
        return assert!(prefix.as_str().len() + name.len() > MAX_KEY_BYTES);
    };
    assert!(key.as_str().len() <= MAX_KEY_BYTES);
    assert_eq!(prefix.strip(key.as_str()), Some(pathname.as_str()));
    assert_eq!(Key::listed(&prefix, key.as_str().to_owned()).as_ref(), Some(&key));
    is_one_path(&key);
    if let Ok(other) = Prefix::of_bucket(second) {
        let is_apart = !prefix.as_str().starts_with(other.as_str()) && !other.as_str().starts_with(prefix.as_str());
        assert!(!is_apart || other.strip(key.as_str()).is_none(), "{key:?} is below {other:?}");
    }
}

/// The path has unreserved characters only, means the key, and is the same for whoever normalises URLs.
fn is_one_path(key: &Key) {
    let path = key.url_path();
    assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte)), "{path}");
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(&path).collect();
    assert_eq!(decoded, key.as_str().as_bytes());
    let url = url::Url::parse(&format!("http://host/bucket/{path}")).expect("a URL");
    assert_eq!(url.path(), format!("/bucket/{path}"));
    assert_eq!((url.query(), url.fragment()), (None, None));
}

/// A `Range` header, a size, and headers of a trace context, one in each line.
///
/// A range that is understood lies within the object, and means the same when it is sent on.
pub fn headers(data: &[u8]) {
    let [range, size, parent, state] = lines(data).map(String::from_utf8_lossy);
    // No object is larger, and nothing behind that is asked for.
    let size = size.trim().parse().unwrap_or(1000).min(i64::MAX.unsigned_abs());
    if let Some(range) = ByteRange::parse(&range) {
        let (begin, end) = range.within(size);
        assert!(end <= size && (begin <= end || begin >= size), "{range:?}: {begin}..{end} of {size}");
        if !range.is_empty() {
            let sent = range.header().map(|header| ByteRange::parse(&header).expect("what we send is understood"));
            let meant = sent.unwrap_or_default().within(size);
            assert!(meant == (begin, end) || begin >= size, "{range:?} is sent as {sent:?}");
        }
    }
    if let Ok(context) = TraceContext::new(&parent, Some(&state)) {
        assert!(context.parent().is_ascii() && is_printable(context.parent()));
        assert!(context.state().is_none_or(|state| state.is_ascii() && is_printable(state)));
    }
}
