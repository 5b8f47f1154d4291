//! What is never printed, and does not stay in memory when it is not needed any more.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

/// A text that is never printed, and is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value. A `String` is taken as it is; of anything else a copy is made.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value, for the one place that signs with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

/// Overwrites every text of a tree.
pub fn wipe(tree: &mut Value) {
    match tree {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(map) => map.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// How many [`Wiping`]s there are in this process.
static WIPING: AtomicUsize = AtomicUsize::new(0);

/// While there is one, all memory that is released is overwritten, whoever had it: parsers, look-ups of variables and derivations of keys
/// make copies of secrets in memory of their own.
///
/// It takes effect in the extension, whose allocator asks [`is_wiping`]; a Rust program has an allocator of its own choice.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Wiping(());

impl Wiping {
    /// Begins.
    pub fn begin() -> Self {
        WIPING.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Wiping {
    fn drop(&mut self) {
        WIPING.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether memory is to be overwritten before it is released.
#[must_use]
pub fn is_wiping() -> bool {
    WIPING.load(Ordering::Relaxed) != 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("CANARY");
        assert_eq!(format!("{secret:?} {:#?}", [&secret]), "*** [\n    ***,\n]");
    }

    #[test]
    fn every_text_of_a_tree_is_wiped() {
        let mut tree = json!({"a": {"b": ["CANARY", {"c": "CANARY"}]}, "d": "CANARY", "e": 1});
        wipe(&mut tree);
        assert_eq!(tree, json!({"a": {"b": ["", {"c": ""}]}, "d": "", "e": 1}));
    }

    #[test]
    fn wiping_lasts_as_long_as_its_guards() {
        let outer = Wiping::begin();
        drop(Wiping::begin());
        assert!(is_wiping());
        drop(outer);
    }
}
