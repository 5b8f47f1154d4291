//! A storage over an embedded server.

use std::sync::Arc;

use bytes::Bytes;
use s3storage::{
    config,
    error::{Error, Result},
    storage::{Clients, Object, Registry, Storage},
    types::{GetOptions, ListOptions, Pathname, Prefix, PutOptions},
};
use serde_json::{Value, json};

use crate::dev_server::{Config, DevServer};

pub(crate) const BUCKET: &str = "test-bucket";

pub(crate) async fn server() -> DevServer {
    server_with(Config::default()).await
}

pub(crate) async fn server_with(config: Config) -> DevServer {
    let buckets = vec![BUCKET.to_owned(), "other-bucket".to_owned()];
    DevServer::start(Config { buckets, ..config }).await.unwrap()
}

/// The configuration of one server `s` at an endpoint.
pub(crate) fn server_at(endpoint: &str) -> Value {
    json!({"endpoint": endpoint, "credentials": {"key": "devkey", "secret": "devsecret"}})
}

/// The bucket `alias` of a configuration.
pub(crate) fn select(tree: Value, alias: &str) -> Storage {
    select_in(tree, alias, &|_: &str| None)
}

/// As above, of a configuration that sees certain variables.
pub(crate) fn select_in(tree: Value, alias: &str, variables: &dyn config::Variables) -> Storage {
    let registry = Arc::new(Registry::new(config::validate(tree, variables).unwrap()));
    let bucket = registry.bucket(alias).unwrap();
    Storage::new(registry, Arc::new(Clients::default()), bucket)
}

/// The test bucket at an endpoint, with more keys of the server.
pub(crate) fn storage_with(endpoint: &str, more: Value) -> Storage {
    let mut server = server_at(endpoint);
    let Value::Object(more) = more else { panic!("not a table") };
    server.as_object_mut().unwrap().extend(more);
    select(json!({"servers": {"s": server}, "buckets": {"b": {"server": "s", "bucket": BUCKET}}}), "b")
}

pub(crate) fn storage(server: &DevServer) -> Storage {
    storage_with(&server.endpoint(), json!({}))
}

pub(crate) fn name(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

pub(crate) async fn put(storage: &Storage, pathname: &str, content: impl Into<Bytes>) {
    storage.write(&name(pathname), content.into(), PutOptions::default()).await.unwrap();
}

pub(crate) async fn collect(mut object: Object) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(piece) = object.stream.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

pub(crate) async fn get(storage: &Storage, pathname: &str) -> Result<Vec<u8>> {
    collect(storage.read(&name(pathname), &GetOptions::default()).await?).await
}

pub(crate) async fn names(storage: &Storage, prefix: &str) -> Vec<String> {
    let prefix = Prefix::parse(prefix.as_bytes()).unwrap();
    let page = storage.list_page(&prefix, &ListOptions::default()).await.unwrap();
    page.objects.into_iter().map(|object| object.name).collect()
}

/// A failed operation's error.
pub(crate) fn failed<T: std::fmt::Debug>(outcome: Result<T>) -> Error {
    outcome.unwrap_err()
}
