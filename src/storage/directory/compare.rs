//! Whether a file and an object are the same: by their sizes, by their times, and by the digest that an ETag is.

use md5::{Digest, Md5};

use super::{Direction, walk::Regular};
use crate::{
    backend::contract::{Content, FileSlice},
    error::Result,
    types::ObjectInfo,
};

const MIB: u64 = 1024 * 1024;

/// Part sizes of the tools that objects come from, in MiB: SDKs, aws-cli, rclone, s3cmd, MinIO's client, Hadoop.
const USUAL: [u64; 17] = [5, 6, 8, 10, 12, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512, 1024];

/// So many whole numbers of MiB above the least are tried, too.
const NEAR: u64 = 8;

/// What is known before a file is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Same,
    Different,
    /// The digest decides, which this ETag is.
    Doubt(ETag),
}

/// An ETag that is a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ETag {
    /// MD5 of the content.
    Whole(String),
    /// MD5 of the MD5s of so many parts.
    Parts(String, u64),
}

impl ETag {
    /// `None` where it is opaque.
    fn parse(etag: &str) -> Option<Self> {
        let etag = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag);
        let (digest, parts) = etag.split_once('-').map_or((etag, None), |(digest, parts)| (digest, Some(parts)));
        if digest.len() != 32 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let digest = digest.to_ascii_lowercase();
        match parts {
            None => Some(Self::Whole(digest)),
            Some(parts) => parts.parse().ok().filter(|parts| *parts > 0).map(|parts| Self::Parts(digest, parts)),
        }
    }
}

/// Compares what a walk and a listing tell. Files that are not newer than their object are taken for the same, as are files that have its
/// time where it was downloaded from; `checksum` trusts no time.
pub(super) fn verdict(direction: Direction, file: Regular, object: &ObjectInfo, checksum: bool) -> Verdict {
    if object.size != Some(file.size) {
        return Verdict::Different;
    }
    let is_doubtful = object.last_modified.is_none_or(|modified| match direction {
        // A file that was changed within the second of its upload has the same time.
        Direction::Up => file.modified >= modified,
        Direction::Down => file.modified != modified,
    });
    if !is_doubtful && !checksum {
        return Verdict::Same;
    }
    match (object.etag.as_deref().and_then(ETag::parse), direction, object.last_modified) {
        (Some(etag), ..) => Verdict::Doubt(etag),
        // Nothing but the times is left.
        (None, Direction::Up, _) if !is_doubtful => Verdict::Same,
        (None, Direction::Down, Some(modified)) if modified <= file.modified => Verdict::Same,
        (None, ..) => Verdict::Different,
    }
}

/// Whether a file has the digest that an ETag is. The sizes of parts are not told: those that make so many of them are tried, all in one
/// reading of the file.
pub(super) async fn has_digest(file: FileSlice, etag: &ETag, own_part_size: u64) -> Result<bool> {
    let size = file.len();
    let (expected, sizes) = match etag {
        ETag::Whole(digest) => (digest, vec![]),
        ETag::Parts(digest, parts) => (digest, part_sizes(size, *parts, own_part_size)),
    };
    if let (ETag::Parts(..), true) = (etag, sizes.is_empty()) {
        return Ok(false);
    }
    let mut digests: Vec<_> = sizes.into_iter().map(PartDigest::new).collect();
    let mut whole = Md5::new();
    Content::from(file)
        .show(|piece| match digests.as_mut_slice() {
            [] => whole.update(piece),
            digests => digests.iter_mut().for_each(|digest| digest.update(piece)),
        })
        .await?;
    if digests.is_empty() {
        return Ok(hex::encode(whole.finalize()) == *expected);
    }
    Ok(digests.into_iter().any(|digest| digest.finish() == *expected))
}

/// Sizes that cut so many bytes into so many parts.
fn part_sizes(size: u64, parts: u64, own: u64) -> Vec<u64> {
    let least = size.div_ceil(parts);
    let rounded = least.div_ceil(MIB) * MIB;
    let near = (0..NEAR).map(|mib| rounded + mib * MIB);
    let candidates = [own, least].into_iter().chain(near).chain(USUAL.map(|mib| mib * MIB));
    // A size beyond the content is the same as the content's.
    let mut sizes: Vec<u64> = candidates.map(|part| part.min(size)).filter(|part| *part > 0).collect();
    sizes.retain(|part| size.div_ceil(*part) == parts);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The MD5 of the MD5s of parts of one size.
struct PartDigest {
    part_size: u64,
    left: u64,
    part: Md5,
    whole: Md5,
    parts: u64,
}

impl PartDigest {
    fn new(part_size: u64) -> Self {
        Self { part_size, left: part_size, part: Md5::new(), whole: Md5::new(), parts: 0 }
    }

    fn update(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let length = usize::try_from(self.left).unwrap_or(usize::MAX).min(piece.len());
            self.part.update(&piece[..length]);
            self.left -= length as u64;
            piece = &piece[length..];
            if self.left == 0 {
                self.end_part();
            }
        }
    }

    fn end_part(&mut self) {
        self.whole.update(std::mem::take(&mut self.part).finalize());
        self.left = self.part_size;
        self.parts += 1;
    }

    fn finish(mut self) -> String {
        if self.left < self.part_size {
            self.end_part();
        }
        hex::encode(self.whole.finalize())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const PLAIN: &str = "\"0123456789abcdef0123456789ABCDEF\"";

    fn object(size: u64, modified: Option<i64>, etag: Option<&str>) -> ObjectInfo {
        ObjectInfo {
            size: Some(size),
            last_modified: modified,
            etag: etag.map(ToOwned::to_owned),
            ..ObjectInfo::default()
        }
    }

    #[test]
    fn sizes_come_first_then_times_and_the_digest_where_they_tell_nothing() {
        use Direction::{Down, Up};
        let doubt = || Verdict::Doubt(ETag::Whole("0123456789abcdef0123456789abcdef".into()));
        let file = Regular { size: 5, modified: 100 };
        for (direction, object, checksum, expected) in [
            (Up, object(6, Some(200), Some(PLAIN)), false, Verdict::Different),
            (Up, object(5, Some(101), Some(PLAIN)), false, Verdict::Same),
            (Up, object(5, Some(100), Some(PLAIN)), false, doubt()),
            (Up, object(5, Some(99), Some(PLAIN)), false, doubt()),
            (Up, object(5, Some(200), Some(PLAIN)), true, doubt()),
            (Up, object(5, None, Some(PLAIN)), false, doubt()),
            (Up, object(5, Some(99), Some("\"opaque\"")), false, Verdict::Different),
            (Up, object(5, Some(200), Some("\"opaque\"")), true, Verdict::Same),
            (Down, object(6, Some(100), Some(PLAIN)), false, Verdict::Different),
            (Down, object(5, Some(100), Some(PLAIN)), false, Verdict::Same),
            (Down, object(5, Some(100), Some(PLAIN)), true, doubt()),
            (Down, object(5, Some(99), Some(PLAIN)), false, doubt()),
            (Down, object(5, Some(101), Some(PLAIN)), false, doubt()),
            (Down, object(5, Some(101), None), false, Verdict::Different),
            (Down, object(5, Some(99), None), false, Verdict::Same),
        ] {
            assert_eq!(verdict(direction, file, &object, checksum), expected, "{direction:?} {object:?} {checksum}");
        }
    }

    #[test]
    fn an_etag_is_a_digest_or_nothing_that_can_be_compared() {
        let digest = "0123456789abcdef0123456789abcdef";
        assert_eq!(ETag::parse(digest), Some(ETag::Whole(digest.into())));
        assert_eq!(ETag::parse(&format!("\"{digest}-12\"")), Some(ETag::Parts(digest.into(), 12)));
        for opaque in [
            "",
            "\"\"",
            "W/\"0123456789abcdef0123456789abcdef\"",
            "0123",
            &format!("{digest}-0"),
            &format!("{digest}-x"),
            &format!("{digest}0"),
            "0123456789abcdef0123456789abcdeg",
        ] {
            assert_eq!(ETag::parse(opaque), None, "{opaque}");
        }
    }

    #[tokio::test]
    async fn the_digest_of_parts_is_found_whatever_usual_size_they_have() {
        let bytes: Vec<u8> = (0..21 * MIB + 7).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        let slice = || FileSlice::whole(std::fs::File::open(file.path()).unwrap()).unwrap();
        for part_size in [5 * MIB, 8 * MIB, 16 * MIB, 100 * MIB, 7 * MIB, 6 * MIB + 123] {
            let mut whole = Md5::new();
            let parts = bytes.chunks(usize::try_from(part_size).unwrap());
            let count = parts.len() as u64;
            parts.for_each(|part| whole.update(Md5::digest(part)));
            let etag = ETag::Parts(hex::encode(whole.finalize()), count);
            // The last one is that of the bucket.
            assert!(has_digest(slice(), &etag, 6 * MIB + 123).await.unwrap(), "{part_size}");
            let ETag::Parts(digest, _) = etag else { unreachable!() };
            assert!(!has_digest(slice(), &ETag::Parts(digest.clone(), 999), 5 * MIB).await.unwrap());
            assert!(!has_digest(slice(), &ETag::Whole(digest), 5 * MIB).await.unwrap());
        }
        assert!(has_digest(slice(), &ETag::Whole(hex::encode(Md5::digest(&bytes))), 1).await.unwrap());
    }
}
