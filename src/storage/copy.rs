//! Copies, within a server and between two.

use std::sync::Arc;

use futures_util::TryFutureExt;

use super::{Progress, Storage, Target, operation::Doing, part_copy, source::Source, upload::upload};
use crate::{
    backend::contract::{Capability, Copied, CopyLimit, CopyOrder},
    error::{Error, ErrorCode, Result},
    middleware::Name,
    types::{CopyOptions, GetOptions, HeadOptions, Key, ObjectInfo, Pathname, PutOptions, Visibility},
};

impl Storage {
    /// Copies an object, to another registered bucket if one is named. One request within a server, and more for an object that
    /// is larger than the server copies at once; between servers those of a read and of a write, where the bytes stream
    /// through this process. Onto itself it changes nothing, but an older version becomes the latest. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND (also for an alias that is not registered), UNSUPPORTED (visibility), and those
    /// of every request.
    pub async fn copy(
        &self,
        source: &Pathname,
        destination: &Pathname,
        destination_bucket: Option<&str>,
        options: &CopyOptions,
    ) -> Result<ObjectInfo> {
        let doing = self.begin(Name::Copy, source.as_str());
        let copy = async {
            options.check()?;
            let transfer = doing.transfer(source, destination, destination_bucket).await?;
            let made = transfer.copy(options, None).await?;
            Ok(Target::named(made.copy, destination))
        };
        doing.run(copy.map_err(between(Name::Copy, source, destination))).await
    }
}

impl Doing<'_> {
    /// The two ends of a copy.
    pub(super) async fn transfer(
        &self,
        source: &Pathname,
        destination: &Pathname,
        bucket: Option<&str>,
    ) -> Result<Transfer> {
        let to_bucket = match bucket {
            Some(alias) => self.storage.registry.bucket(alias)?,
            None => Arc::clone(&self.storage.bucket),
        };
        let from = self.target().await?;
        let to = self.target_of(&to_bucket).await?;
        let (source, destination) = (from.key(source)?, to.key(destination)?);
        Ok(Transfer { from, source, to, destination })
    }
}

/// Two ends of a copy.
pub(super) struct Transfer {
    pub(super) from: Target,
    pub(super) source: Key,
    pub(super) to: Target,
    pub(super) destination: Key,
}

/// A copy that was made.
pub(super) struct Made {
    pub(super) copy: ObjectInfo,
    /// What it was made of, as far as that was looked at.
    pub(super) source: Option<ObjectInfo>,
}

impl Transfer {
    /// Whether the server copies, without the bytes passing through this process.
    pub(super) fn is_by_server(&self) -> bool {
        self.from.bucket.server == self.to.bucket.server && self.from.backend.has(Capability::ServerSideCopy)
    }

    /// Whether bucket and key have the same names on both ends.
    pub(super) fn has_one_name(&self) -> bool {
        self.from.bucket.config.bucket == self.to.bucket.config.bucket && self.source == self.destination
    }

    /// Two server entries may be one server: other limits, other credentials. The endpoint tells.
    pub(super) fn is_onto_itself(&self) -> bool {
        self.has_one_name() && self.from.bucket.server.endpoint == self.to.bucket.server.endpoint
    }

    /// What is known of the source.
    pub(super) async fn look(&self, options: &CopyOptions) -> Result<ObjectInfo> {
        let version_id = options.source_version_id.clone();
        let look = HeadOptions { version_id, checksum: true, ..HeadOptions::default() };
        self.from.backend.head(self.from.at(&self.source), &look).await
    }

    /// Copies the source; only what was seen of it, if it was looked at before.
    pub(super) async fn copy(&self, options: &CopyOptions, seen: Option<ObjectInfo>) -> Result<Made> {
        let visibility = self.to.visibility(options.visibility)?;
        if self.is_onto_itself() && options.source_version_id.is_none() {
            let copy = self.touch(options.visibility.and(visibility)).await?;
            return Ok(Made { copy, source: None });
        }
        if !self.is_by_server() {
            return self.stream(visibility, options).await;
        }
        let etag = seen.as_ref().and_then(|seen| strong_etag(seen)).map(ToOwned::to_owned);
        let order = CopyOrder {
            visibility,
            version_id: options.source_version_id.as_deref(),
            if_match: etag.as_deref(),
            once_if_slow: true,
            replace: None,
        };
        let (from, to) = (self.from.at(&self.source), self.to.at(&self.destination));
        let limit = match self.to.backend.copy(from, to, &order).await? {
            Copied::Whole(copy) => return Ok(Made { copy: *copy, source: seen }),
            Copied::Not(limit) => limit,
        };
        let source = match seen {
            Some(seen) => seen,
            None => self.look(options).await?,
        };
        if limit == CopyLimit::Time && !part_copy::is_large(&source) {
            // Its size was not the reason.
            let order = CopyOrder { once_if_slow: false, ..order };
            if let Copied::Whole(copy) = self.to.backend.copy(from, to, &order).await? {
                return Ok(Made { copy: *copy, source: Some(source) });
            }
        }
        self.in_parts(options, visibility, source, limit).await
    }

    /// Onto itself: S3 refuses such a copy; there is nothing to do but to set a visibility that was asked for.
    async fn touch(&self, visibility: Option<Visibility>) -> Result<ObjectInfo> {
        let at = self.from.at(&self.source);
        let mut info = self.from.backend.head(at, &HeadOptions::default()).await?;
        if let Some(visibility) = visibility {
            self.from.backend.set_visibility(at, visibility).await?;
            info.visibility = Some(visibility);
        }
        Ok(info)
    }

    /// A copy in parts keeps nothing by itself: what CopyObject would keep is sent along.
    async fn in_parts(
        &self,
        options: &CopyOptions,
        visibility: Option<Visibility>,
        source: ObjectInfo,
        limit: CopyLimit,
    ) -> Result<Made> {
        let limit = part_copy::limit_of(limit, source.size.unwrap_or(0))?;
        let version_id = options.source_version_id.as_deref();
        if version_id.is_none() && strong_etag(&source).is_none() {
            let message = "the server gives the object no strong ETag, so its parts could be of two contents";
            return Err(Error::new(ErrorCode::Unsupported, message));
        }
        let tags = part_copy::tags(&self.from, &self.source, version_id).await?;
        let put = PutOptions { visibility, tags, ..PutOptions::like(&source) };
        let order = CopyOrder { version_id, if_match: strong_etag(&source), ..CopyOrder::default() };
        let job = part_copy::Job { transfer: self, source: &source, order, put: &put, limit };
        let copy = job.run().await?;
        Ok(Made { copy, source: Some(source) })
    }

    /// Between two servers: the bytes pass through this process.
    async fn stream(&self, visibility: Option<Visibility>, options: &CopyOptions) -> Result<Made> {
        let version_id = options.source_version_id.as_deref();
        let read = GetOptions { version_id: version_id.map(ToOwned::to_owned), ..GetOptions::default() };
        let mut object = self.from.backend.get(self.from.at(&self.source), &read).await?;
        let length = object.length.ok_or_else(|| {
            Error::new(ErrorCode::OperationFailed, "the source server does not tell the length of the object")
        })?;
        // The content must not hold a place while another one is waited for: a copy in the other direction would do the same.
        object.stream.pause();
        let mut put = PutOptions { visibility, ..PutOptions::like(&object.info) };
        if object.info.tag_count.is_some_and(|count| count > 0) {
            put.tags = self.from.backend.tags(self.from.at(&self.source), version_id).await?;
        }
        let source = Source::stream(object.stream, length);
        let copy = upload(&self.to, &self.destination, source, &put, &Progress::default()).await?;
        Ok(Made { copy, source: Some(object.info) })
    }
}

/// An ETag that promises the same bytes (RFC 9110 §8.8.3).
pub(super) fn strong_etag(info: &ObjectInfo) -> Option<&str> {
    info.etag.as_deref().filter(|etag| !etag.starts_with("W/"))
}

/// Gives an error both ends.
pub(super) fn between(name: Name, source: &Pathname, destination: &Pathname) -> impl FnOnce(Error) -> Error {
    move |error| error.during(name.words(), &format!("{} to {}", source.as_str(), destination.as_str()))
}
