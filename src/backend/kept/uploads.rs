//! Uploads in parts, as a server of S3 keeps them.

use std::iter::once;

use md5::{Digest, Md5};

use super::{
    Kept, at_once, changed,
    conditions::{self, answer},
    content::{cut, fill},
    now,
    record::Record,
    store::{Store, Upload},
};
use crate::{
    backend::contract::{Content, CopyOrder, Location, Part, PartPage, PendingUpload, Span, UploadMarker, UploadPage},
    error::{Error, ErrorCode, Result},
    types::{ByteRange, ObjectInfo, PutOptions},
};

/// Entries of a page.
/// Source: Amazon S3 API reference, ListMultipartUploads and ListParts.
const PAGE: usize = 1000;

/// The highest number of a part.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
const MOST_PARTS: u32 = 10_000;

impl<S: Store> Kept<S> {
    pub(super) fn begin(&self, at: Location<'_>, options: &PutOptions) -> Result<String> {
        let record = Record::of(options)?;
        self.0.begin(at.bucket, &Upload { key: at.key.as_str().to_owned(), initiated: now(), record })
    }

    pub(super) async fn keep_part(
        &self,
        at: Location<'_>,
        upload: &str,
        number: u32,
        content: Content,
    ) -> Result<Part> {
        self.pending(at, upload)?;
        if !(1..=MOST_PARTS).contains(&number) {
            return Err(Error::invalid_argument(format!("a part has a number from 1 to {MOST_PARTS}, not {number}")));
        }
        let filled = fill(&self.0, once(Ok(content))).await?;
        let part = Part { number, etag: filled.etag(), size: filled.size };
        self.0.keep_part(at.bucket, upload, &part, filled.draft)?;
        Ok(part)
    }

    pub(super) async fn part_of(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        (upload, number): (&str, u32),
        span: Span,
        order: &CopyOrder<'_>,
    ) -> Result<Part> {
        let (_, content) = self.source(from, order)?;
        if span.last >= content.len() {
            let message = "the source has fewer bytes than are to be copied";
            return Err(answer(ErrorCode::OperationFailed, 416, "InvalidRange", message));
        }
        let (content, _) = cut(content, &ByteRange::between(span.first, Some(span.last + 1)))?;
        self.keep_part(to, upload, number, content).await
    }

    pub(super) async fn complete(
        &self,
        at: Location<'_>,
        id: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        let upload = self.pending(at, id)?;
        let there = self.0.parts(at.bucket, id)?;
        let (mut whole, mut digest) = (Vec::with_capacity(parts.len()), Md5::new());
        let mut parts: Vec<&Part> = parts.iter().collect();
        parts.sort_by_key(|part| part.number);
        for part in &parts {
            let found = there.iter().find(|found| found.number == part.number && found.etag == part.etag);
            let found = found.ok_or_else(invalid_part)?;
            whole.push(found);
            digest.update(hex::decode(found.etag.trim_matches('"')).map_err(|_| invalid_part())?);
        }
        if whole.is_empty() {
            return Err(invalid_part());
        }
        let mut filled = fill(&self.0, whole.into_iter().map(|part| self.0.part(at.bucket, id, part))).await?;
        let etag = format!("\"{}-{}\"", hex::encode(digest.finalize()), parts.len());
        let record = Record { size: filled.size, modified: now(), etag, ..upload.record };
        let may = |there: Option<&Record>| {
            conditions::of_write(there, options.if_match.as_deref(), options.if_none_match.as_deref())
        };
        changed(|| self.0.commit(at, &mut filled.draft, &record, &may)).await?;
        // The object is there, which is what counts: parts that cannot be removed are still listed as an upload.
        let _ = self.0.forget(at.bucket, id);
        Ok(at_once(at, &record, options))
    }

    pub(super) fn abort(&self, at: Location<'_>, id: &str) -> Result<()> {
        // One of another key is not this one's to forget.
        match self.0.upload(at.bucket, id)?.filter(|upload| upload.key == at.key.as_str()) {
            Some(_) => self.0.forget(at.bucket, id),
            None => Ok(()),
        }
    }

    pub(super) fn pending_uploads(
        &self,
        bucket: &str,
        prefix: &str,
        after: Option<&UploadMarker>,
    ) -> Result<UploadPage> {
        let behind = |key: &str, id: &str| {
            after.is_none_or(|after| {
                (key, Some(id)) > (after.key.as_str(), after.id.as_deref()) && (key != after.key || after.id.is_some())
            })
        };
        let mut uploads: Vec<_> = self
            .0
            .uploads(bucket)?
            .into_iter()
            .filter(|(id, upload)| upload.key.starts_with(prefix) && behind(&upload.key, id))
            .map(|(id, upload)| PendingUpload { key: upload.key, id, initiated: Some(upload.initiated) })
            .collect();
        uploads.sort_by(|a, b| (&a.key, &a.id).cmp(&(&b.key, &b.id)));
        let is_truncated = uploads.len() > PAGE;
        uploads.truncate(PAGE);
        let next = uploads.last().filter(|_| is_truncated);
        let next = next.map(|last| UploadMarker { key: last.key.clone(), id: Some(last.id.clone()) });
        Ok(UploadPage { uploads, next })
    }

    pub(super) fn parts(&self, at: Location<'_>, id: &str, after: Option<u32>) -> Result<PartPage> {
        self.pending(at, id)?;
        let mut parts = self.0.parts(at.bucket, id)?;
        parts.retain(|part| after.is_none_or(|after| part.number > after));
        let is_truncated = parts.len() > PAGE;
        parts.truncate(PAGE);
        let next = parts.last().filter(|_| is_truncated).map(|last| last.number);
        Ok(PartPage { parts, next })
    }

    /// An upload of this very key.
    fn pending(&self, at: Location<'_>, id: &str) -> Result<Upload> {
        let upload = self.0.upload(at.bucket, id)?.filter(|upload| upload.key == at.key.as_str());
        upload.ok_or_else(|| {
            answer(ErrorCode::OperationFailed, 404, "NoSuchUpload", "no such upload: it was completed or aborted")
        })
    }
}

fn invalid_part() -> Error {
    let message = "the upload does not have these parts";
    answer(ErrorCode::OperationFailed, 400, "InvalidPart", message)
}
