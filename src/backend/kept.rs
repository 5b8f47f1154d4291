//! What this machine keeps itself: the contract of a backend over a store of records and contents.
//!
//! What a server of S3 would decide is decided here, once for every store: conditions, ranges, pages of listings, uploads in
//! parts, what a copy takes along.

mod conditions;
mod content;
mod listing;
mod record;
mod store;
mod uploads;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use tokio::time::Instant;

pub(super) use conditions::{answer, missing};
pub(super) use record::{Record, unsupported};
pub(super) use store::{Change, Draft, May, Signed, Store, Upload, Walk};

use self::content::{Stream, cut, fill};
use super::contract::{
    Backend, Capability, Connections, Content, Copied, CopyOrder, Location, Object, Part, PartPage, Span, UploadMarker,
    UploadPage, Vouched,
};
use crate::{
    error::{Error, ErrorCode, Result},
    types::{
        CustomerKey, DeleteOptions, Expiry, GetOptions, Grants, HeadOptions, Key, ListOptions, ListPage, ObjectInfo,
        PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost, PresignedUrl, PutOptions, Retention,
        VersionMarker, VersionPage, Visibility,
    },
};

/// How long a change waits for others of the same object: they take moments.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it tries.
const TURN: Duration = Duration::from_millis(1);

/// Makes a change, after those that others are making. Nothing is held between two tries, so whoever drives this notices interrupts and deadlines.
async fn changed<T>(mut attempt: impl FnMut() -> Change<T>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(done) = attempt()? {
            return Ok(done);
        }
        if Instant::now() >= end {
            return Err(busy());
        }
        tokio::time::sleep(TURN).await;
    }
}

/// Others have got in the way, again and again.
pub(super) fn busy() -> Error {
    Error::new(ErrorCode::Timeout, "others changed the object all the time").with_details("call again")
}

/// What a caller may ask for, by the name that it has in a request.
type Wishes<'a> = &'a [(&'static str, Option<String>)];

/// A backend over a store.
#[derive(Debug)]
pub(super) struct Kept<S>(pub(super) S);

impl<S: Store> Kept<S> {
    /// The source of a copy, if it is what the order says.
    fn source(&self, from: Location<'_>, order: &CopyOrder<'_>) -> Result<(Record, Content)> {
        latest(order.version_id)?;
        let (record, content) = self.0.open(from)?.ok_or_else(missing)?;
        conditions::of_write(Some(&record), order.if_match, None)?;
        Ok((record, content))
    }

    fn signed(
        &self,
        at: Location<'_>,
        method: &'static str,
        expiry: Expiry,
        (query, headers): (Wishes<'_>, Wishes<'_>),
    ) -> Result<PresignedUrl> {
        let given = |wishes: Wishes<'_>| -> Vec<(&'static str, String)> {
            wishes.iter().filter_map(|(name, value)| Some((*name, value.clone()?))).collect()
        };
        let expires_at = now().saturating_add_unsigned(expiry.duration().as_secs());
        let url = self.0.url(at, Some(&Signed { method, query: given(query), expires_at }))?;
        let headers = given(headers).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(PresignedUrl { url, method, headers, expires_at })
    }
}

#[deny(clippy::missing_trait_methods, reason = "what is left out would be UNSUPPORTED")]
#[async_trait]
impl<S: Store> Backend for Kept<S> {
    fn has(&self, capability: Capability) -> bool {
        match capability {
            Capability::ServerSideCopy
            | Capability::UploadsByPrefix
            | Capability::ObjectVisibility
            | Capability::ConditionalWrite
            | Capability::ConditionalDelete
            | Capability::Tags
            | Capability::DefaultVisibility => true,
            Capability::PresignPost | Capability::ServerFeatures | Capability::Versions | Capability::MadeBuckets => {
                false
            }
            Capability::PublicUrl | Capability::Presign => S::HAS_URLS,
            Capability::KeyBelowKey | Capability::LongSegments => S::HAS_ALL_KEYS,
        }
    }

    async fn get(&self, at: Location<'_>, options: &GetOptions) -> Result<Object> {
        latest(options.version_id.as_deref())?;
        plain(options.customer_key.as_ref())?;
        let (record, content) = self.0.open(at)?.ok_or_else(missing)?;
        conditions::of_read(&record, options)?;
        let (content, length) = cut(content, &options.range)?;
        Ok(Object { info: record.info(at.key), length: Some(length), stream: Box::new(Stream(content)) })
    }

    async fn head(&self, at: Location<'_>, options: &HeadOptions) -> Result<ObjectInfo> {
        latest(options.version_id.as_deref())?;
        plain(options.customer_key.as_ref())?;
        Ok(self.0.find(at)?.ok_or_else(missing)?.info(at.key))
    }

    async fn put(&self, at: Location<'_>, content: Content, options: &PutOptions) -> Result<ObjectInfo> {
        let record = Record::of(options)?;
        let mut filled = fill(&self.0, std::iter::once(Ok(content))).await?;
        let record = Record { size: filled.size, modified: now(), etag: filled.etag(), ..record };
        let may = |there: Option<&Record>| {
            conditions::of_write(there, options.if_match.as_deref(), options.if_none_match.as_deref())
        };
        changed(|| self.0.commit(at, &mut filled.draft, &record, &may)).await?;
        Ok(at_once(at, &record, options))
    }

    async fn begin_upload(&self, at: Location<'_>, options: &PutOptions) -> Result<String> {
        self.begin(at, options)
    }

    async fn upload_part(
        &self,
        at: Location<'_>,
        upload: &str,
        number: u32,
        content: Content,
        key: Option<&CustomerKey>,
    ) -> Result<Part> {
        plain(key)?;
        self.keep_part(at, upload, number, content).await
    }

    async fn copy_part(
        &self,
        from: Location<'_>,
        to: Location<'_>,
        upload: &str,
        number: u32,
        span: Span,
        order: &CopyOrder<'_>,
    ) -> Result<Part> {
        self.part_of(from, to, (upload, number), span, order).await
    }

    async fn complete_upload(
        &self,
        at: Location<'_>,
        upload: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.complete(at, upload, parts, options).await
    }

    async fn abort_upload(&self, at: Location<'_>, upload: &str) -> Result<()> {
        self.abort(at, upload)
    }

    async fn list_uploads(&self, bucket: &str, prefix: &str, after: Option<&UploadMarker>) -> Result<UploadPage> {
        self.pending_uploads(bucket, prefix, after)
    }

    async fn list_parts(&self, at: Location<'_>, upload: &str, after: Option<u32>) -> Result<PartPage> {
        self.parts(at, upload, after)
    }

    /// What was read here was never on a line: there is nothing to vouch for.
    async fn vouched(&self, _: Location<'_>, _: &str, _: &HeadOptions) -> Result<Option<Box<dyn Vouched>>> {
        Ok(None)
    }

    async fn delete(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()> {
        latest(options.version_id.as_deref())?;
        let may = |there: Option<&Record>| conditions::of_write(there, options.if_match.as_deref(), None);
        changed(|| self.0.remove(at, &may)).await
    }

    async fn delete_many(&self, bucket: &str, keys: &[Key]) -> Result<Vec<(Key, Error)>> {
        let mut failed = Vec::new();
        for key in keys {
            if let Err(error) = changed(|| self.0.remove(Location { bucket, key }, &|_| Ok(()))).await {
                failed.push((key.clone(), error));
            }
            tokio::task::yield_now().await;
        }
        Ok(failed)
    }

    /// Content, metadata and tags go along; who may read the source does not, as with S3.
    async fn copy(&self, from: Location<'_>, to: Location<'_>, order: &CopyOrder<'_>) -> Result<Copied> {
        let (source, content) = self.source(from, order)?;
        let record = match order.replace {
            Some(options) => Record { tags: source.tags, ..Record::of(options)? },
            None => Record { public: false, ..source },
        };
        let mut filled = fill(&self.0, std::iter::once(Ok(content))).await?;
        let public = order.visibility.map_or(record.public, |visibility| visibility == Visibility::Public);
        let record = Record { size: filled.size, modified: now(), etag: filled.etag(), public, ..record };
        // A copy onto itself changes what it has looked at, or nothing.
        let is_onto_itself = from.bucket == to.bucket && from.key == to.key;
        let may = |there: Option<&Record>| conditions::of_write(there, order.if_match.filter(|_| is_onto_itself), None);
        changed(|| self.0.commit(to, &mut filled.draft, &record, &may)).await?;
        Ok(Copied::Whole(Box::new(ObjectInfo {
            name: to.key.as_str().to_owned(),
            last_modified: Some(record.modified),
            etag: Some(record.etag),
            visibility: order.visibility,
            ..ObjectInfo::default()
        })))
    }

    async fn list(&self, bucket: &str, prefix: &str, options: &ListOptions) -> Result<ListPage> {
        let mut walk = self.0.walk(bucket)?;
        listing::page(&mut *walk, prefix, options)
    }

    async fn versions(&self, _: &str, _: &str, _: Option<&VersionMarker>, _: u32) -> Result<VersionPage> {
        Err(no_versions())
    }

    async fn tags(&self, at: Location<'_>, version_id: Option<&str>) -> Result<Vec<(String, String)>> {
        latest(version_id)?;
        Ok(self.0.find(at)?.ok_or_else(missing)?.tags)
    }

    async fn set_tags(&self, at: Location<'_>, tags: &[(String, String)]) -> Result<()> {
        let is_there = changed(|| self.0.change(at, &|record| tags.clone_into(&mut record.tags))).await?;
        is_there.then_some(()).ok_or_else(missing)
    }

    async fn set_retention(&self, _: Location<'_>, _: Retention, _: bool) -> Result<()> {
        Err(no_locks())
    }

    async fn set_legal_hold(&self, _: Location<'_>, _: bool) -> Result<()> {
        Err(no_locks())
    }

    async fn grants(&self, at: Location<'_>) -> Result<Option<Grants>> {
        Ok(self.0.find(at)?.ok_or_else(missing)?.grants())
    }

    async fn visibility(&self, at: Location<'_>) -> Result<Visibility> {
        Ok(self.0.find(at)?.ok_or_else(missing)?.visibility())
    }

    async fn set_visibility(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        let public = visibility == Visibility::Public;
        let is_there = changed(|| self.0.change(at, &|record| record.public = public)).await?;
        is_there.then_some(()).ok_or_else(missing)
    }

    async fn public_url(&self, at: Location<'_>) -> Result<String> {
        self.0.url(at, None)
    }

    async fn presign_get(&self, at: Location<'_>, expiry: Expiry, options: &PresignGetOptions) -> Result<PresignedUrl> {
        latest(options.version_id.as_deref())?;
        let query = [
            ("response-cache-control", options.response_cache_control.clone()),
            ("response-content-disposition", options.response_content_disposition.clone()),
            ("response-content-encoding", options.response_content_encoding.clone()),
            ("response-content-language", options.response_content_language.clone()),
            ("response-content-type", options.response_content_type.clone()),
            ("response-expires", options.response_expires.map(|seconds| seconds.to_string())),
        ];
        self.signed(at, "GET", expiry, (&query, &[]))
    }

    async fn presign_put(&self, at: Location<'_>, expiry: Expiry, options: &PresignPutOptions) -> Result<PresignedUrl> {
        let object = &options.object;
        let headers = [
            ("content-type", object.content_type.clone()),
            ("cache-control", object.cache_control.clone()),
            ("content-disposition", object.content_disposition.clone()),
            ("content-encoding", object.content_encoding.clone()),
            ("content-length", options.content_length.map(|bytes| bytes.to_string())),
        ];
        self.signed(at, "PUT", expiry, (&[], &headers))
    }

    async fn presign_post(&self, _: Location<'_>, _: Expiry, _: &PresignPostOptions) -> Result<PresignedPost> {
        Err(unsupported("forms for uploads are something that only a server of S3 takes"))
    }

    fn connections(&self) -> Connections {
        Connections::default()
    }

    async fn probe(&self, bucket: &str) -> Result<()> {
        self.0.walk(bucket).map(drop)
    }
}

/// What is known of an object that was just written, as the answer to a write tells it.
fn at_once(at: Location<'_>, record: &Record, options: &PutOptions) -> ObjectInfo {
    ObjectInfo {
        name: at.key.as_str().to_owned(),
        size: Some(record.size),
        content_type: record.content_type.clone(),
        etag: Some(record.etag.clone()),
        visibility: options.visibility,
        metadata: Some(options.metadata.clone()),
        ..ObjectInfo::default()
    }
}

fn latest(version_id: Option<&str>) -> Result<()> {
    if version_id.is_some() { Err(no_versions()) } else { Ok(()) }
}

fn no_versions() -> Error {
    unsupported("versions are something that only a server of S3 keeps")
}

fn no_locks() -> Error {
    unsupported("locks are something that only a server of S3 has")
}

fn plain(key: Option<&CustomerKey>) -> Result<()> {
    if key.is_some() { Err(unsupported("an encryption is something that only a server of S3 has")) } else { Ok(()) }
}

/// Unix seconds.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}
