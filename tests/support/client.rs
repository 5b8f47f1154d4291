//! The operations of a bucket at an endpoint, as tests use them.

use std::sync::Arc;

use bytes::Bytes;
use s3storage::{
    config,
    error::{Error, Result},
    storage::{Clients, Object, Registry, Storage},
    types::{CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, Pathname, Prefix, PutOptions},
};
use serde_json::{Value, json};

pub(crate) const BUCKET: &str = "test-bucket";

/// What comes at once comes within this, on a machine that is busy with something else too. What it must not wait for is
/// longer by far.
pub(crate) const SOON: std::time::Duration = std::time::Duration::from_secs(10);

/// Nothing special asked for.
pub(crate) static COPY: CopyOptions = CopyOptions { visibility: None, source_version_id: None };
pub(crate) static DELETE: DeleteOptions = DeleteOptions { if_match: None, version_id: None, bypass_governance: false };
pub(crate) static LOOK: HeadOptions = HeadOptions { version_id: None, customer_key: None, checksum: false };

/// A part size that no test's content exceeds.
const ONE_REQUEST: u64 = 1 << 32;

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

/// The test bucket of a server.
pub(crate) fn storage_of(server: &Value) -> Storage {
    select(
        json!({"servers": {"s": server}, "buckets": {"b": {"server": "s", "bucket": BUCKET, "part_size": ONE_REQUEST}}}),
        "b",
    )
}

/// The test bucket at an endpoint, with more keys of the server.
pub(crate) fn storage_with(endpoint: &str, more: Value) -> Storage {
    let mut server = server_at(endpoint);
    let Value::Object(more) = more else { panic!("not a table") };
    server.as_object_mut().unwrap().extend(more);
    storage_of(&server)
}

pub(crate) fn name(text: &str) -> Pathname {
    Pathname::parse(text.as_bytes()).unwrap()
}

/// Writes without options.
pub(crate) async fn write(storage: &Storage, pathname: &str, content: impl Into<Bytes>) -> Result<()> {
    storage.write(&name(pathname), content.into(), PutOptions::default()).await.map(|_| ())
}

pub(crate) async fn put(storage: &Storage, pathname: &str, content: impl Into<Bytes>) {
    write(storage, pathname, content).await.unwrap();
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

/// The names on the first page of a listing.
pub(crate) async fn list(storage: &Storage, prefix: &str) -> Result<Vec<String>> {
    let prefix = Prefix::parse(prefix.as_bytes()).unwrap();
    let page = storage.list_page(&prefix, &ListOptions::default()).await?;
    Ok(page.objects.into_iter().map(|object| object.name).collect())
}

pub(crate) async fn names(storage: &Storage, prefix: &str) -> Vec<String> {
    list(storage, prefix).await.unwrap()
}

/// A failed operation's error.
pub(crate) fn failed<T: std::fmt::Debug>(outcome: Result<T>) -> Error {
    outcome.unwrap_err()
}
