//! Copies part by part, for objects that a server does not copy in one request. The bytes do not pass through this process.

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{
    Target,
    copy::Transfer,
    upload::{MOST_PARTS, Upload, unmade},
};
use crate::{
    backend::contract::{CopyLimit, CopyOrder, Part, Span},
    error::{Error, ErrorCode, Result},
    types::{Key, ObjectInfo, PART_SIZES, PutOptions},
};

/// The size of a part, where the object is not so large that its parts have to be larger. Also a slow server, which says nothing meanwhile,
/// copies it well within `read_timeout`.
const PART: u64 = 128 * 1024 * 1024;

/// A copy in parts.
pub(super) struct Job<'a> {
    pub(super) transfer: &'a Transfer,
    /// What is copied.
    pub(super) source: &'a ObjectInfo,
    /// Version and condition of each part.
    pub(super) order: CopyOrder<'a>,
    /// What the copy has besides its content.
    pub(super) put: &'a PutOptions,
    /// The most bytes that the server copies in one request.
    pub(super) limit: u64,
}

impl Job<'_> {
    /// Copies; nothing is visible before the end.
    ///
    /// # Errors
    /// PRECONDITION_FAILED when the source is written again meanwhile, and those of every request. A failed copy is aborted.
    pub(super) async fn run(&self) -> Result<ObjectInfo> {
        let size = self.source.size.unwrap_or(0);
        let part_size = part_size(size, self.limit)?;
        let to = &self.transfer.to;
        let upload = Upload::begin(to, &self.transfer.destination, self.put).await?;
        let written = async {
            let parts = self.fill(&upload, size, part_size).await.map_err(unmade)?;
            upload.complete(&parts, self.put).await
        };
        let written = written.await;
        upload.end(written).await
    }

    /// Copies every part, so many at once.
    async fn fill(&self, upload: &Upload, size: u64, part_size: u64) -> Result<Vec<Part>> {
        let Transfer { from, source, to, .. } = self.transfer;
        let mut spans = (1..).zip(spans(size, part_size));
        let mut parts = Vec::new();
        let mut copying = FuturesUnordered::new();
        let (_, at_once) = to.transfer(self.put.transfer);
        loop {
            while copying.len() < at_once
                && let Some((number, span)) = spans.next()
            {
                let at = from.at(source);
                copying.push(to.backend.copy_part(at, upload.at(), &upload.id, number, span, &self.order));
            }
            match copying.next().await {
                Some(part) => parts.push(part.map_err(changed)?),
                None => return Ok(parts),
            }
        }
    }
}

/// Whether an object is more than one part.
pub(super) fn is_large(object: &ObjectInfo) -> bool {
    object.size.is_some_and(|size| size > PART)
}

/// The most bytes of a part, if parts are of any use for an object of this size.
pub(super) fn limit_of(limit: CopyLimit, size: u64) -> Result<u64> {
    match limit {
        CopyLimit::Bytes(limit) if size <= limit => {
            let message = format!("the server copies no more than {limit} bytes at once, and refused {size}");
            Err(Error::new(ErrorCode::QuotaExceeded, message))
        }
        CopyLimit::Bytes(limit) => Ok(limit),
        CopyLimit::Time => Ok(PART),
    }
}

/// The tags of a source; none where the server has no tags.
pub(super) async fn tags(from: &Target, source: &Key, version_id: Option<&str>) -> Result<Vec<(String, String)>> {
    match from.backend.tags(from.at(source), version_id).await {
        Err(error) if error.code == ErrorCode::Unsupported => Ok(Vec::new()),
        other => other,
    }
}

/// Equal parts, all but the last.
fn part_size(size: u64, limit: u64) -> Result<u64> {
    let part_size = PART.min(limit).max(size.div_ceil(MOST_PARTS));
    if part_size > *PART_SIZES.end() {
        let message = format!("{size} bytes are more than {MOST_PARTS} parts of 5 GiB hold");
        return Err(Error::new(ErrorCode::QuotaExceeded, message));
    }
    Ok(part_size)
}

fn spans(size: u64, part_size: u64) -> impl Iterator<Item = Span> {
    let first = move |i: u64| (i * part_size < size).then_some(i * part_size);
    (0..).map_while(first).map(move |first| Span { first, last: (first + part_size).min(size) - 1 })
}

fn changed(mut error: Error) -> Error {
    if error.code == ErrorCode::PreconditionFailed {
        error.message = "the source was written again while it was copied".into();
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn parts_are_equal_and_cover_every_byte_once() {
        let of = |size, part_size| spans(size, part_size).map(|span| (span.first, span.last)).collect::<Vec<_>>();
        assert_eq!(of(10, 4), [(0, 3), (4, 7), (8, 9)]);
        assert_eq!(of(8, 4), [(0, 3), (4, 7)]);
        assert_eq!(of(1, 4), [(0, 0)]);
    }

    #[test]
    fn no_object_that_s3_can_hold_has_too_many_parts() {
        assert_eq!(part_size(5 * GIB + 1, 5 * GIB).unwrap(), PART);
        assert_eq!(part_size(12 << 20, 6 << 20).unwrap(), 6 << 20);
        let largest = 48 * 1024 * GIB;
        let size = part_size(largest, 5 * GIB).unwrap();
        assert!(largest.div_ceil(size) <= MOST_PARTS && size > PART, "{size}");
        assert!(part_size(u64::MAX, 5 * GIB).is_err());
    }
}
