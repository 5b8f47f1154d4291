//! What holds for the names of files, whatever a key is.

#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a property panics where it does not hold")]

use super::names::{of_key, segment};
use crate::types::{Pathname, Prefix};

/// A pathname, or the name of a file that somebody else has made.
///
/// No path leads up or has a name that means something to the file system, each key has a path of its own, and a file either is a key's or
/// no object.
pub fn names(data: &[u8]) {
    if let Some(found) = segment(data) {
        assert!(!found.contains('\0') || data.contains(&0));
        let key = Pathname::parse(found.as_bytes()).and_then(|pathname| pathname.key(&Prefix::default()));
        if let Ok(names) = key.and_then(|key| of_key(&key))
            && !found.contains('/')
        {
            assert_eq!(names.iter().map(String::as_bytes).collect::<Vec<_>>(), [data]);
        }
    }
    let Ok(key) = Pathname::parse(data).and_then(|pathname| pathname.key(&Prefix::default())) else { return };
    let Ok(names) = of_key(&key) else { return };
    for name in &names {
        assert!(!matches!(name.as_str(), "" | "." | ".."), "{name:?}");
        assert!(name.len() <= 255 && !name.contains(['/', '\0']), "{name:?}");
    }
    let segments: Option<Vec<_>> = names.iter().map(|name| segment(name.as_bytes())).collect();
    assert_eq!(segments.expect("our own names are understood").join("/"), key.as_str());
}
