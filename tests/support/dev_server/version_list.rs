//! `ListObjectVersions`.
//!
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.

use std::sync::Arc;

use s3s::dto::{
    DeleteMarkerEntry, ListObjectVersionsInput, ListObjectVersionsOutput, ObjectVersion, ObjectVersionStorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::acl::owner;
use super::encoding::KeyEncoding;
use super::list::page_size;
use super::object::etag;
use super::store::{Bucket, Key, Store};
use super::version::{NULL, Version};

/// An entry of a page.
struct Entry<'a> {
    key: &'a str,
    version: &'a Version,
    is_latest: bool,
}

pub(crate) fn list(
    store: &Store,
    req: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = req.input;
    if input.delimiter.as_ref().is_some_and(|delimiter| !delimiter.is_empty()) {
        return Err(s3_error!(NotImplemented, "Versions are listed without a delimiter only"));
    }
    let encoding = KeyEncoding::parse(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let most = usize::try_from(max_keys).unwrap_or_default();
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let key_marker = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
    let version_marker = input.version_id_marker.as_deref().filter(|marker| !marker.is_empty());
    store.bucket(&input.bucket, |bucket| {
        let unversioned = unversioned(bucket);
        let all = entries(bucket, &unversioned);
        let behind = position(&all, key_marker, version_marker)?;
        let mut rest = all[behind..].iter().filter(|entry| entry.key.starts_with(prefix));
        let page: Vec<_> = rest.by_ref().take(most).collect();
        let next = rest.next().and(page.last());
        let mut output = ListObjectVersionsOutput {
            encoding_type: input.encoding_type.clone(),
            is_truncated: Some(next.is_some()),
            key_marker: Some(encoding.encode(key_marker.unwrap_or_default())),
            max_keys: Some(max_keys),
            name: Some(input.bucket.clone()),
            next_key_marker: next.map(|entry| encoding.encode(entry.key)),
            next_version_id_marker: next.map(|entry| entry.version.id.clone()),
            prefix: Some(encoding.encode(prefix)),
            version_id_marker: input.version_id_marker.clone(),
            ..Default::default()
        };
        output.versions = Some(page.iter().filter_map(|entry| version(entry, encoding)).collect());
        output.delete_markers = Some(page.iter().filter_map(|entry| marker(entry, encoding)).collect());
        Ok(S3Response::new(output))
    })
}

/// What a bucket without versions has: of each key the version `null`.
fn unversioned(bucket: &Bucket) -> Vec<(&Key, Version)> {
    if bucket.versioned {
        return Vec::new();
    }
    let objects = bucket.objects.iter();
    objects
        .map(|(key, object)| {
            let version =
                Version { id: NULL.to_owned(), modified: object.modified.clone(), object: Some(Arc::clone(object)) };
            (key, version)
        })
        .collect()
}

/// Every version, by key and from new to old.
fn entries<'a>(bucket: &'a Bucket, unversioned: &'a [(&'a Key, Version)]) -> Vec<Entry<'a>> {
    let kept = bucket.versions.iter().flat_map(|(Key(key), versions)| {
        versions.iter().rev().enumerate().map(move |(age, version)| Entry { key, version, is_latest: age == 0 })
    });
    kept.chain(unversioned.iter().map(|(Key(key), version)| Entry { key, version, is_latest: true })).collect()
}

/// How many entries are at or before the markers.
fn position(all: &[Entry<'_>], key_marker: Option<&str>, version_marker: Option<&str>) -> S3Result<usize> {
    let Some(key) = key_marker else {
        return match version_marker {
            None => Ok(0),
            Some(_) => Err(s3_error!(InvalidArgument, "A version-id marker cannot be specified without a key marker.")),
        };
    };
    let Some(id) = version_marker else { return Ok(all.partition_point(|entry| entry.key <= key)) };
    let at = all.iter().position(|entry| entry.key == key && entry.version.id == id);
    at.map(|at| at + 1).ok_or_else(|| s3_error!(InvalidArgument, "Invalid version id specified"))
}

fn version(entry: &Entry<'_>, encoding: KeyEncoding) -> Option<ObjectVersion> {
    let object = entry.version.object.as_ref()?;
    Some(ObjectVersion {
        e_tag: Some(etag(object)),
        is_latest: Some(entry.is_latest),
        key: Some(encoding.encode(entry.key)),
        last_modified: Some(entry.version.modified.clone()),
        owner: Some(owner()),
        size: i64::try_from(object.data.len()).ok(),
        storage_class: Some(ObjectVersionStorageClass::from(object.storage_class.clone())),
        version_id: Some(entry.version.id.clone()),
        ..Default::default()
    })
}

fn marker(entry: &Entry<'_>, encoding: KeyEncoding) -> Option<DeleteMarkerEntry> {
    entry.version.object.is_none().then(|| DeleteMarkerEntry {
        is_latest: Some(entry.is_latest),
        key: Some(encoding.encode(entry.key)),
        last_modified: Some(entry.version.modified.clone()),
        owner: Some(owner()),
        version_id: Some(entry.version.id.clone()),
    })
}
