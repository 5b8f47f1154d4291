//! What keys are called in the file system.
//!
//! A key is a path of the same names, so that its file is where one would look for it. What a path cannot have is written with
//! a percent sign, and a percent sign of a key is written as `%25`: every key has a path of its own, and none leads up.

use std::borrow::Cow;

use crate::{
    backend::kept::unsupported,
    error::{Result, printable},
    types::Key,
};

/// The longest name that file systems have, in bytes.
const LONGEST: usize = 255;

/// The path of a key below its bucket's folder: folders, and at last the file.
pub(super) fn of_key(key: &Key) -> Result<Vec<String>> {
    key.as_str()
        .split('/')
        .map(|segment| {
            let name = encoded(segment);
            if name.len() <= LONGEST {
                return Ok(name.into_owned());
            }
            let start: String = segment.chars().take(20).collect();
            Err(unsupported(&format!(
                "the segment \"{}…\" is longer than {LONGEST} bytes, the most that a file system has for a name",
                printable(&start)
            )))
        })
        .collect()
}

fn encoded(segment: &str) -> Cow<'_, str> {
    match segment {
        "" => "%".into(),
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        _ if segment.contains('%') => segment.replace('%', "%25").into(),
        _ => segment.into(),
    }
}

/// The segment of a key that a name stands for; `None` for a name that no key has.
pub(super) fn segment(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    let segment = match name {
        "%" => String::new(),
        "%2E" => ".".into(),
        "%2E%2E" => "..".into(),
        _ => name.replace("%25", "%"),
    };
    (encoded(&segment) == name).then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Pathname, Prefix};

    #[test]
    fn every_segment_has_a_name_of_its_own() {
        for segment_ in ["", ".", "..", "a", "%", "%25", "%2E", "a%b", "ä b", "\u{1}\n", "...", "~", ".hidden"] {
            let name = encoded(segment_);
            assert!(!matches!(&*name, "" | "." | "..") && !name.contains('/'), "{name}");
            assert_eq!(segment(name.as_bytes()).as_deref(), Some(segment_));
        }
        for foreign in [&b"a%b"[..], b"%2e", b"\xff", b"%%"] {
            assert_eq!(segment(foreign), None, "{foreign:?}");
        }
    }

    #[test]
    fn a_segment_that_no_file_system_has_is_refused() {
        let key = |name: &str| Pathname::parse(name.as_bytes()).unwrap().key(&Prefix::default()).unwrap();
        assert!(of_key(&key(&"a".repeat(255))).is_ok());
        assert!(of_key(&key(&"a".repeat(256))).is_err());
        assert!(of_key(&key(&"%".repeat(90))).is_err());
        assert_eq!(of_key(&key("/a//b/")).unwrap(), ["%", "a", "%", "b", "%"]);
    }
}
