//! Where in a tree the configuration is: a file may have other things in it.

use serde_json::{Map, Value};

use crate::types::wipe;

/// The part of a tree that is the configuration.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) tree: Value,
    /// Where it stands, for messages; empty for a whole tree.
    pub(super) path: &'static str,
    /// Whether it is the short form, one bucket of one server in one table.
    pub(super) is_short: bool,
}

/// RoadRunner's section, whose siblings are other plugins'.
const SECTION: &str = "s3";
/// The table of the short form, in a file that configures an application.
const SHORT: &str = "storage";

/// Credentials may stand in it.
impl Drop for Place {
    fn drop(&mut self) {
        wipe(&mut self.tree);
    }
}

impl Place {
    /// Finds it. What is beside it is dropped here, and no variable in there is looked at.
    pub(super) fn of(mut tree: Value) -> Self {
        let found = tree.as_object_mut().and_then(|map| match map.remove(SECTION) {
            Some(tree) => Some(Self { tree, path: SECTION, is_short: false }),
            None if is_whole(map) => None,
            None => map.remove(SHORT).map(|tree| Self { tree, path: SHORT, is_short: true }),
        });
        if found.is_some() {
            // Other programs have secrets, too.
            wipe(&mut tree);
        }
        found.unwrap_or(Self { tree, path: "", is_short: false })
    }
}

fn is_whole(map: &Map<String, Value>) -> bool {
    map.contains_key("servers") || map.contains_key("buckets")
}
