//! `ListObjectVersions`, with keys that survive XML.

use std::iter::Peekable;

use aws_sdk_s3::{
    operation::list_object_versions::ListObjectVersionsOutput,
    types::{DeleteMarkerEntry, EncodingType, ObjectVersion as Entry},
};

use super::{
    S3,
    control::{send, untrustworthy},
    list::decode,
    seconds,
};
use crate::{
    error::Result,
    types::{MAX_PAGE, ObjectVersion, VersionMarker, VersionPage},
};

impl S3 {
    pub(super) async fn list_versions(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&VersionMarker>,
        limit: u32,
    ) -> Result<VersionPage> {
        let request = self
            .client()
            .list_object_versions()
            .bucket(bucket)
            .set_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .max_keys(i32::try_from(limit.min(MAX_PAGE)).unwrap_or(i32::MAX))
            .set_key_marker(after.map(|after| after.key.clone()))
            .set_version_id_marker(after.and_then(|after| after.version_id.clone()))
            // Keys may hold characters that XML 1.0 cannot express.
            .encoding_type(EncodingType::Url);
        let output = send!(self, bucket, request)?;
        self.saw(bucket);
        page(&output, after)
    }
}

fn page(output: &ListObjectVersionsOutput, after: Option<&VersionMarker>) -> Result<VersionPage> {
    let encoded = output.encoding_type() == Some(&EncodingType::Url);
    let versions = output.versions().iter().map(|entry| version(entry, encoded)).collect::<Result<Vec<_>>>()?;
    let markers = output.delete_markers().iter().map(|entry| marker(entry, encoded)).collect::<Result<Vec<_>>>()?;
    let is_truncated = output.is_truncated().ok_or_else(|| untrustworthy("it does not say whether there is more"))?;
    let next = if is_truncated { Some(next(output, encoded, after)?) } else { None };
    Ok(VersionPage { versions: merged(versions, markers), next })
}

/// Where the next page begins. A truncated page that cannot be continued would make a short listing look complete.
fn next(output: &ListObjectVersionsOutput, encoded: bool, after: Option<&VersionMarker>) -> Result<VersionMarker> {
    let key = output.next_key_marker().filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| untrustworthy("it says that there is more, but has no marker"))?;
    let version_id = output.next_version_id_marker().filter(|id| !id.is_empty());
    let next = VersionMarker { key: decode(key, encoded)?, version_id: version_id.map(ToOwned::to_owned) };
    if after == Some(&next) {
        return Err(untrustworthy("it repeats the marker that it was asked with"));
    }
    Ok(next)
}

fn version(entry: &Entry, encoded: bool) -> Result<ObjectVersion> {
    Ok(ObjectVersion {
        name: decode(entry.key().ok_or_else(|| untrustworthy("a version has no key"))?, encoded)?,
        version_id: id(entry.version_id())?,
        is_latest: entry.is_latest().unwrap_or(false),
        is_delete_marker: false,
        size: entry.size().and_then(|size| u64::try_from(size).ok()),
        last_modified: seconds(entry.last_modified()),
        etag: entry.e_tag().map(ToOwned::to_owned),
        storage_class: entry.storage_class().map(|class| class.as_str().to_owned()),
    })
}

fn marker(entry: &DeleteMarkerEntry, encoded: bool) -> Result<ObjectVersion> {
    Ok(ObjectVersion {
        name: decode(entry.key().ok_or_else(|| untrustworthy("a delete marker has no key"))?, encoded)?,
        version_id: id(entry.version_id())?,
        is_latest: entry.is_latest().unwrap_or(false),
        is_delete_marker: true,
        last_modified: seconds(entry.last_modified()),
        ..ObjectVersion::default()
    })
}

fn id(id: Option<&str>) -> Result<String> {
    Ok(id.ok_or_else(|| untrustworthy("a version has no id"))?.to_owned())
}

/// Versions and delete markers in one order: the server lists both by key and from new to old, but the SDK hands them out apart.
/// Of two from the same second the latest comes first, else the delete marker.
fn merged(versions: Vec<ObjectVersion>, markers: Vec<ObjectVersion>) -> Vec<ObjectVersion> {
    let mut merged = Vec::with_capacity(versions.len() + markers.len());
    let (mut versions, mut markers) = (versions.into_iter().peekable(), markers.into_iter().peekable());
    while let Some(next) = earlier(&mut versions, &mut markers) {
        merged.push(next);
    }
    merged
}

fn earlier<I: Iterator<Item = ObjectVersion>>(
    versions: &mut Peekable<I>,
    markers: &mut Peekable<I>,
) -> Option<ObjectVersion> {
    let (Some(version), Some(marker)) = (versions.peek(), markers.peek()) else {
        return versions.next().or_else(|| markers.next());
    };
    let by_name = version.name.cmp(&marker.name);
    let by_age = marker.last_modified.cmp(&version.last_modified);
    let by_state = marker.is_latest.cmp(&version.is_latest);
    if by_name.then(by_state).then(by_age).is_lt() { versions.next() } else { markers.next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, id: &str, second: i64, is_latest: bool, is_delete_marker: bool) -> ObjectVersion {
        let (name, version_id) = (name.to_owned(), id.to_owned());
        let last_modified = Some(second);
        ObjectVersion { name, version_id, is_latest, is_delete_marker, last_modified, ..ObjectVersion::default() }
    }

    #[test]
    fn versions_and_delete_markers_stand_from_new_to_old() {
        let versions =
            vec![of("a", "a3", 9, false, false), of("a", "a1", 3, false, false), of("b", "b2", 5, true, false)];
        let markers = vec![of("a", "a4", 9, true, true), of("a", "a2", 5, false, true), of("b", "b1", 5, false, true)];
        let ids: Vec<_> = merged(versions, markers).into_iter().map(|version| version.version_id).collect();
        assert_eq!(ids, ["a4", "a3", "a2", "a1", "b2", "b1"]);
    }

    #[test]
    fn a_missing_or_repeated_marker_is_an_error_not_a_short_list() {
        let truncated = |key: Option<&str>, version: Option<&str>| {
            ListObjectVersionsOutput::builder()
                .is_truncated(true)
                .set_next_key_marker(key.map(Into::into))
                .set_next_version_id_marker(version.map(Into::into))
                .build()
        };
        let asked = VersionMarker { key: "k".into(), version_id: Some("v".into()) };
        assert!(page(&truncated(None, None), Some(&asked)).is_err());
        assert!(page(&truncated(Some("k"), Some("v")), Some(&asked)).is_err());
        assert_eq!(page(&truncated(Some("k"), Some("w")), Some(&asked)).unwrap().next.unwrap().key, "k");
        assert!(page(&ListObjectVersionsOutput::builder().build(), None).is_err());
    }
}
