//! Taking up an upload that an earlier process has left: only one whose every part is a part of the same file.

use std::collections::HashMap;

use md5::{Digest, Md5};

use super::{Target, circle::Circle};
use crate::{
    backend::contract::{Content, FileSlice, Location, Part, PendingUpload, upload_is_gone},
    error::{Error, ErrorCode, Result},
    types::{HeadOptions, Key, ObjectInfo, PART_SIZES, PutOptions},
};

/// How many uploads of a key are looked at: each costs a request and a reading of the file.
const MOST_LOOKED_AT: usize = 20;

/// An upload that goes on.
#[derive(Debug)]
pub(super) struct Adopted {
    pub(super) id: String,
    pub(super) part_size: u64,
    /// The parts that the server has, by their numbers.
    pub(super) parts: HashMap<u32, Part>,
}

/// The newest upload of a key whose every part is a part of the file, by number, size and digest. One request, and one for each
/// upload of the key that is looked at. Nothing is changed: what does not match may be another process's.
pub(super) async fn find(to: &Target, key: &Key, file: &FileSlice, most_parts: u64) -> Result<Option<Adopted>> {
    let mut uploads = uploads_of(to, key).await?;
    uploads.sort_by_key(|upload| std::cmp::Reverse(upload.initiated));
    for upload in uploads.into_iter().take(MOST_LOOKED_AT) {
        let parts = match parts_of(to, key, &upload.id).await {
            Ok(parts) => parts,
            Err(error) if upload_is_gone(&error) => continue,
            Err(error) => return Err(error),
        };
        if let Some(part_size) = part_size_of(&parts, file.len(), most_parts)
            && are_of(&parts, part_size, file).await?
        {
            let parts = parts.into_iter().map(|part| (part.number, part)).collect();
            return Ok(Some(Adopted { id: upload.id, part_size, parts }));
        }
    }
    Ok(None)
}

async fn uploads_of(to: &Target, key: &Key) -> Result<Vec<PendingUpload>> {
    let (mut found, mut after, mut circle) = (Vec::new(), None, Circle::default());
    loop {
        let page = to.backend.list_uploads(&to.bucket.config.bucket, key.as_str(), after.as_ref()).await?;
        circle.step(page.next.as_ref())?;
        // Longer keys that begin with this one come behind it.
        let is_past = page.uploads.iter().any(|upload| upload.key != key.as_str());
        found.extend(page.uploads.into_iter().filter(|upload| upload.key == key.as_str()));
        match page.next {
            Some(next) if !is_past => after = Some(next),
            _ => return Ok(found),
        }
    }
}

async fn parts_of(to: &Target, key: &Key, upload: &str) -> Result<Vec<Part>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = to.backend.list_parts(to.at(key), upload, after).await?;
        found.extend(page.parts);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

/// The part size that makes all of these parts of a file of this length; `None` when there is none, or no part.
fn part_size_of(parts: &[Part], length: u64, most_parts: u64) -> Option<u64> {
    // All but the last are of one size, and the last is no larger.
    let part_size = parts.iter().map(|part| part.size).max()?;
    let fits = PART_SIZES.contains(&part_size)
        && length.div_ceil(part_size) <= most_parts
        && parts.iter().all(|part| slice(part.number, part_size, length).is_some_and(|(_, size)| size == part.size));
    fits.then_some(part_size)
}

/// Where a part of a file begins, and its length.
fn slice(number: u32, part_size: u64, length: u64) -> Option<(u64, u64)> {
    let offset = u64::from(number).checked_sub(1)?.checked_mul(part_size)?;
    (offset < length).then(|| (offset, part_size.min(length - offset)))
}

/// Whether each part has the digest of its slice of the file. An ETag that is no MD5 of a content (encryption with KMS or customer
/// keys) matches nothing.
async fn are_of(parts: &[Part], part_size: u64, file: &FileSlice) -> Result<bool> {
    for part in parts {
        if digest(file, part.number, part_size).await?.as_deref() != Some(part.etag.trim_matches('"')) {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn digest(file: &FileSlice, number: u32, part_size: u64) -> Result<Option<String>> {
    let Some((offset, size)) = slice(number, part_size, file.len()) else { return Ok(None) };
    let mut rest = file.clone();
    let _ = rest.split_to(offset);
    let mut digest = Md5::new();
    Content::from(rest.split_to(size)).show(|piece| digest.update(piece)).await?;
    Ok(Some(hex::encode(digest.finalize())))
}

/// Another process may have taken up the same upload, sent the same bytes, and completed it. The object that is there decides: it
/// counts if its ETag is that of this file's parts, and if it is described as was asked for: it may also be an older one of the same
/// bytes, and the upload was aborted.
pub(super) async fn completed_by_another(
    to: &Target,
    key: &Key,
    file: &FileSlice,
    part_size: u64,
    asked: &PutOptions,
    gone: Error,
) -> Result<ObjectInfo> {
    let there = match to.backend.head(to.at(key), &HeadOptions::default()).await {
        Ok(there) => there,
        Err(look) => return Err(gone.or_undecided(look)),
    };
    let (mut whole, mut number) = (Md5::new(), 0);
    while let Some(digest) = digest(file, number + 1, part_size).await? {
        whole.update(hex::decode(digest).unwrap_or_default());
        number += 1;
    }
    let etag = format!("{}-{number}", hex::encode(whole.finalize()));
    let is_ours =
        there.size == Some(file.len()) && there.etag.as_deref().map(|etag| etag.trim_matches('"')) == Some(&etag);
    if is_ours && differences(&there, asked).is_empty() { Ok(there) } else { Err(gone) }
}

/// Type, cache, metadata and the like are those that an upload was begun with, perhaps by another version of the program: where they
/// are not what is asked for now, the call must not look as if they were.
pub(super) async fn check_described(to: &Target, at: Location<'_>, asked: &PutOptions) -> Result<()> {
    let there = to.backend.head(at, &HeadOptions::default()).await?;
    let different = differences(&there, asked);
    if different.is_empty() {
        return Ok(());
    }
    let message =
        format!("the object was written, but with the {} of the earlier upload that was resumed", different.join(", "));
    Err(Error::new(ErrorCode::OperationFailed, message)
        .with_details("upload it without `resume`, or with the same options as before"))
}

/// What of an object is not as it was asked for.
fn differences(there: &ObjectInfo, asked: &PutOptions) -> Vec<&'static str> {
    let given = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut different: Vec<_> = [
        ("contentType", &asked.content_type, &there.content_type),
        ("cacheControl", &asked.cache_control, &there.cache_control),
        ("contentDisposition", &asked.content_disposition, &there.content_disposition),
        ("contentEncoding", &asked.content_encoding, &there.content_encoding),
        ("contentLanguage", &asked.content_language, &there.content_language),
    ]
    .into_iter()
    .filter(|(_, asked, there)| given(asked) != given(there))
    .map(|(name, ..)| name)
    .collect();
    if lower(&asked.metadata) != lower(there.metadata.as_deref().unwrap_or_default()) {
        different.push("metadata");
    }
    if asked.storage_class.as_deref().unwrap_or("STANDARD") != there.storage_class.as_deref().unwrap_or("STANDARD")
        && asked.storage_class.is_some()
    {
        different.push("storageClass");
    }
    different
}

/// Metadata as servers answer it: names in lower case, sorted.
fn lower(metadata: &[(String, String)]) -> Vec<(String, &str)> {
    let mut entries: Vec<_> =
        metadata.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str())).collect();
    entries.sort();
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    fn parts(sizes: &[(u32, u64)]) -> Vec<Part> {
        sizes.iter().map(|(number, mib)| Part { number: *number, etag: String::new(), size: mib * MIB }).collect()
    }

    #[test]
    fn the_part_size_is_that_which_fits_every_part() {
        let of = |sizes: &[(u32, u64)]| part_size_of(&parts(sizes), 23 * MIB, 10_000).map(|size| size / MIB);
        assert_eq!(of(&[(1, 5), (2, 5)]), Some(5));
        assert_eq!(of(&[(4, 5), (5, 3)]), Some(5));
        assert_eq!(of(&[(2, 10), (3, 3)]), Some(10));
        for other in [
            &[][..],
            // Of two sizes; a last one that is too long or too short; behind the end; too small for a part.
            &[(1, 5), (2, 6)],
            &[(4, 5), (5, 5)],
            &[(1, 5), (5, 2)],
            &[(6, 5)],
            &[(1, 4)],
            &[(0, 5)],
            // The last one alone does not tell the size of the others.
            &[(5, 3)],
        ] {
            assert_eq!(of(other), None, "{other:?}");
        }
        assert_eq!(part_size_of(&parts(&[(1, 5)]), 23 * MIB, 4), None, "more parts than there may be");
    }
}
