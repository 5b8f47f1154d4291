//! A configuration from a tree that somebody else has, such as an array of PHP.

use std::{cell::RefCell, sync::Arc};

use serde_json::Value;

use super::{
    Config, Variables,
    cache::{Known, Shelf},
    place::Place,
};
use crate::{error::Result, types::wipe};

/// How many bytes a tree may have, about, to be kept. A configuration has a hundredth of that; sixteen of them must not fill the memory.
const MAX_KEPT: usize = 64 * 1024;

thread_local! {
    static TREES: RefCell<Shelf<Tree>> = const { RefCell::new(Shelf::new()) };
}

/// A copy of a source.
struct Tree(Value);

/// Credentials may stand in it.
impl Drop for Tree {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// A tree that is not ours.
pub trait Source {
    /// Whether it is this tree: in every key and value, their types, and their order.
    fn is(&self, tree: &Value) -> bool;

    /// A copy of it, in which [`Self::is`] finds the same tree.
    ///
    /// # Errors
    /// INVALID_CONFIG for what is no configuration's.
    fn read(&self) -> Result<Value>;
}

/// Copies and validates a tree, or takes what came of the same tree before. It is compared as a whole and not by a digest: what is
/// mistaken for another would bring that one's credentials.
///
/// # Errors
/// INVALID_CONFIG: it cannot be read, or with one line for each problem.
pub fn take(source: &dyn Source, variables: &dyn Variables) -> Result<Arc<Config>> {
    let known = TREES.with_borrow_mut(|trees| trees.find(|tree| source.is(&tree.0)));
    let is_known = known.is_some();
    let known = known.map_or_else(|| source.read().map(|tree| Known::new(Tree(tree))), Ok)?;
    let config = known.config(|tree| Place::of(tree.0.clone()), variables)?;
    if !is_known && weight(&known.source.0) <= MAX_KEPT {
        TREES.with_borrow_mut(|trees| trees.keep(known));
    }
    Ok(config)
}

/// How many configurations of trees this thread keeps.
pub(super) fn kept() -> usize {
    TREES.with_borrow(Shelf::configurations)
}

fn weight(tree: &Value) -> usize {
    size_of::<Value>()
        + match tree {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight).sum(),
            Value::Object(map) => map.iter().map(|(key, value)| key.len() + weight(value)).sum(),
            _ => 0,
        }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    struct Counted(Value, Cell<u32>);

    impl Source for Counted {
        fn is(&self, tree: &Value) -> bool {
            self.0 == *tree
        }

        fn read(&self) -> Result<Value> {
            self.1.set(self.1.get() + 1);
            Ok(self.0.clone())
        }
    }

    fn reads(tree: &Value) -> u32 {
        let source = Counted(tree.clone(), Cell::default());
        for _ in 0..3 {
            let _ = take(&source, &|_: &str| None);
        }
        source.1.get()
    }

    #[test]
    fn a_tree_is_copied_once_unless_it_is_wrong_or_large() {
        let tree = json!({"servers": {"s": {"endpoint": "http://given.example"}}});
        assert_eq!(reads(&tree), 1);
        assert_eq!(reads(&tree), 0);
        assert_eq!(reads(&json!({"servers": {"s": {"endpoint": "ftp://given.example"}}})), 3);
        assert_eq!(reads(&json!({"s3": tree, "other": "x".repeat(MAX_KEPT)})), 3);
    }
}
