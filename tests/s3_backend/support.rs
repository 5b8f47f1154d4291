//! A storage over an embedded server.

use s3storage::storage::Storage;
use serde_json::json;

pub(crate) use crate::client::{
    BUCKET, COPY, DELETE, LOOK, collect, failed, get, name, names, put, select, select_in, server_at, storage_with,
};
use crate::dev_server::{Config, DevServer};

pub(crate) async fn server() -> DevServer {
    server_with(Config::default()).await
}

pub(crate) async fn server_with(config: Config) -> DevServer {
    let buckets = vec![BUCKET.to_owned(), "other-bucket".to_owned()];
    DevServer::start(Config { buckets, ..config }).await.unwrap()
}

pub(crate) fn storage(server: &DevServer) -> Storage {
    storage_with(&server.endpoint(), json!({}))
}
