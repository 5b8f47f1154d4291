//! The short form: one table that says everything of one bucket, `[storage]` in TOML.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Bucket, Config, Variables,
    section::Section,
    server,
    validate::{BUCKET_KEYS, bucket_fields},
};

/// What the server and the bucket are called.
const NAME: &str = "default";

/// Reads it. Its `provider` is a driver, as in the documents that have this form; a profile's name means that profile.
pub(super) fn read(tree: &Value, path: &str, variables: &dyn Variables, problems: &mut Vec<String>) -> Option<Config> {
    let mut section = Section::open(tree, path, &keys(), problems)?;
    let mut provider = section.text("provider").filter(|provider| provider != server::DRIVER);
    if let Some(problem) = provider.as_deref().and_then(server::unavailable) {
        section.problem("provider", problem);
        provider = None;
    }
    let server = server::fields(&mut section, provider.as_deref(), variables);
    let bucket = bucket_fields(&mut section, Some(NAME.to_owned()));
    let (server, config) = (Arc::new(server?), bucket?);
    Some(Config {
        default: Some(NAME.to_owned()),
        servers: vec![(NAME.to_owned(), Arc::clone(&server))],
        buckets: vec![Arc::new(Bucket { alias: NAME.to_owned(), config, server })],
    })
}

fn keys() -> Vec<&'static str> {
    let all = server::KEYS.iter().chain(BUCKET_KEYS);
    all.copied().filter(|key| !matches!(*key, "driver" | "server")).collect()
}
