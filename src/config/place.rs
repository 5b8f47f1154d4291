//! Where in a tree the configuration is: a file may have other things in it.

use serde_json::{Map, Value};

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

impl Place {
    /// Finds it. What is beside it is dropped here, and no variable in there is looked at.
    pub(super) fn of(mut tree: Value) -> Self {
        if let Value::Object(map) = &mut tree {
            if let Some(tree) = map.remove(SECTION) {
                return Self { tree, path: SECTION, is_short: false };
            }
            if !is_whole(map)
                && let Some(tree) = map.remove(SHORT)
            {
                return Self { tree, path: SHORT, is_short: true };
            }
        }
        Self { tree, path: "", is_short: false }
    }
}

fn is_whole(map: &Map<String, Value>) -> bool {
    map.contains_key("servers") || map.contains_key("buckets")
}
