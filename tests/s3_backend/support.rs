//! A storage over an embedded server.

use s3storage::storage::Storage;
use serde_json::json;

pub(crate) use crate::client::{
    BUCKET, COPY, DELETE, LOOK, collect, failed, get, name, names, put, select, select_in, server_at, storage_with,
};
use crate::dev_server::{Config, DevServer};

pub(crate) const VERSIONED: &str = "versioned-bucket";
pub(crate) const LOCKED: &str = "locked-bucket";

pub(crate) async fn server() -> DevServer {
    server_with(Config::default()).await
}

pub(crate) async fn server_with(config: Config) -> DevServer {
    let buckets = vec![BUCKET.to_owned(), "other-bucket".to_owned()];
    let (versioned_buckets, locked_buckets) = (vec![VERSIONED.to_owned()], vec![LOCKED.to_owned()]);
    DevServer::start(Config { buckets, versioned_buckets, locked_buckets, ..config }).await.unwrap()
}

/// One bucket of a server, of a provider.
pub(crate) fn bucket_of(server: &DevServer, bucket: &str, provider: &str) -> Storage {
    let mut section = server_at(&server.endpoint());
    section["provider"] = json!(provider);
    let bucket = json!({"server": "s", "bucket": bucket, "prefix": "in/", "concurrency": 2});
    select(json!({"servers": {"s": section}, "buckets": {"b": bucket}}), "b")
}

/// The requests that a log has, each method with what is asked for.
pub(crate) fn requests(log: &std::path::Path) -> Vec<String> {
    let lines = std::fs::read_to_string(log).unwrap();
    let request = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    lines.lines().map(request).collect()
}

pub(crate) fn storage(server: &DevServer) -> Storage {
    storage_with(&server.endpoint(), json!({}))
}
