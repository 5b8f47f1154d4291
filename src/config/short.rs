//! The short form: one table that says everything of one bucket, `[storage]` in TOML.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Bucket, Config, Variables, driver,
    section::Section,
    server,
    validate::{BUCKET_KEYS, bucket_fields},
};

/// What the server and the bucket are called.
const NAME: &str = "default";

/// Reads it. Its `provider` is a driver, as in the documents that have this form; a profile's name means that profile.
pub(super) fn read(tree: &Value, path: &str, variables: &dyn Variables, problems: &mut Vec<String>) -> Option<Config> {
    let driver = tree.get("provider").and_then(Value::as_str).unwrap_or(driver::S3);
    let keys = keys(driver);
    let mut section = Section::open(tree, path, &keys, problems)?;
    let server = match driver {
        driver::LOCAL => driver::local(&mut section, variables),
        driver::MEMORY => driver::memory(&mut section, NAME),
        _ => {
            let provider = section.text("provider").filter(|provider| provider != driver::S3);
            server::fields(&mut section, provider.as_deref(), variables)
        }
    };
    let bucket = bucket_fields(&mut section, Some(NAME.to_owned()));
    let (server, config) = (Arc::new(server?), bucket?);
    Some(Config {
        default: Some(NAME.to_owned()),
        servers: vec![(NAME.to_owned(), Arc::clone(&server))],
        buckets: vec![Arc::new(Bucket { alias: NAME.to_owned(), config, server })],
    })
}

/// Those of the driver and of a bucket. In this form there is one server, which has no name.
fn keys(driver: &str) -> Vec<&'static str> {
    let own = match driver {
        driver::LOCAL => driver::LOCAL_KEYS,
        driver::MEMORY => driver::COMMON,
        _ => server::KEYS,
    };
    let all = ["provider"].iter().chain(own.iter().filter(|key| **key != "provider")).chain(BUCKET_KEYS);
    all.copied().filter(|key| !matches!(*key, "driver" | "server")).collect()
}
