//! PUT and DELETE.

use http::{HeaderName, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{S3, acl, checksum, data::Request, described::text_of, encryption, lock::BYPASS};
use crate::{
    backend::contract::{Content, Location},
    error::{Error, ErrorCode, Result},
    types::{DeleteOptions, HeadOptions, ObjectInfo, PutOptions},
};

const STORAGE_CLASS: HeaderName = HeaderName::from_static("x-amz-storage-class");
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const WEBSITE_REDIRECT: HeaderName = HeaderName::from_static("x-amz-website-redirect-location");
const TAGGING: HeaderName = HeaderName::from_static("x-amz-tagging");

impl S3 {
    pub(super) async fn put_object(
        &self,
        at: Location<'_>,
        content: Content,
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.check_write(options)?;
        self.prove_conditions(at, options).await?;
        let request = self.put_request(content.clone(), options).await?;
        let info = written(at, content.len(), options);
        let (etag, version_id) = match self.data.send_whole(at, &request).await {
            Ok(head) => {
                if !options.encryption.is_empty() {
                    encryption::Applied::of(&head.headers).check(&options.encryption, encryption::WITHOUT)?;
                }
                (text_of(&head.headers, "etag"), self.usable_version(text_of(&head.headers, "x-amz-version-id")))
            }
            Err(error) if may_be_ours(&error) => self.applied(at, &content, options, &info, error).await?,
            Err(error) => return Err(error),
        };
        self.saw(at.bucket);
        self.prove_acl(at, options.visibility).await?;
        self.prove_lock(at, options, version_id.as_deref()).await?;
        Ok(ObjectInfo { etag, version_id, ..info })
    }

    async fn put_request(&self, content: Content, options: &PutOptions) -> Result<Request> {
        let mut request = Request::new(Method::PUT)
            .header(acl::HEADER, options.visibility.map(acl::canned))?
            .header(header::CONTENT_TYPE, options.content_type.as_deref())?
            .header(header::CACHE_CONTROL, options.cache_control.as_deref())?
            .header(header::CONTENT_DISPOSITION, options.content_disposition.as_deref())?
            .header(header::CONTENT_ENCODING, options.content_encoding.as_deref())?
            .header(header::CONTENT_LANGUAGE, options.content_language.as_deref())?
            .header(STORAGE_CLASS, options.storage_class.as_deref())?
            .header(TAGGING, tagging(&options.tags).as_deref())?
            .header(header::IF_MATCH, options.if_match.as_deref().map(|etag| self.matched(etag)))?
            .header(header::IF_NONE_MATCH, options.if_none_match.as_deref())?
            .header(header::EXPIRES, options.expires.as_deref())?
            .header(WEBSITE_REDIRECT, options.website_redirect.as_deref())?
            .encryption(&options.encryption)?
            .lock(&options.lock)?;
        for (name, value) in &options.metadata {
            request = request.metadata(name, value)?;
        }
        if self.provider.keeps_checksums() {
            request = request.header(checksum::OF_UPLOADS, Some(&checksum::of_upload(&content).await?))?;
        } else if !options.lock.is_empty() {
            // Must carry a digest. Source: Amazon S3 API reference, PutObject, `Content-MD5`.
            request = request.header(CONTENT_MD5, Some(&checksum::md5_of_content(&content).await?))?;
        }
        Ok(request.content(content))
    }

    /// An ETag as the server compares it.
    fn matched<'a>(&self, etag: &'a str) -> &'a str {
        let bare = etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"'));
        bare.filter(|_| self.provider.matches_bare_etags()).unwrap_or(etag)
    }

    /// A conditional write may have been applied although its answer was lost; sent again, it then finds its own object in
    /// the way. The object that is there decides: with the content, type and metadata of this write it is the one that was
    /// asked for.
    async fn applied(
        &self,
        at: Location<'_>,
        content: &Content,
        options: &PutOptions,
        asked: &ObjectInfo,
        refused: Error,
    ) -> Result<(Option<String>, Option<String>)> {
        let there = match self.head_object(at, &looking(options)).await {
            Ok(there) => there,
            Err(look) => return Err(refused.or_undecided(look)),
        };
        let digest = match checksum::etag_of(content).await {
            Ok(digest) => digest,
            Err(unread) => return Err(refused.or_undecided(unread)),
        };
        let same = there.etag.as_deref().map(|etag| etag.trim_matches('"')) == Some(digest.as_str())
            && there.size == asked.size
            && there.content_type == asked.content_type
            && lower(there.metadata.as_deref()) == lower(asked.metadata.as_deref());
        if same { Ok((there.etag, there.version_id)) } else { Err(refused) }
    }

    pub(super) async fn delete_object(&self, at: Location<'_>, options: &DeleteOptions) -> Result<()> {
        if options.if_match.is_some() && !self.provider.deletes_conditionally() {
            return Err(Error::new(
                ErrorCode::Unsupported,
                "a delete with ifMatch is not known to work on this server",
            )
            .with_details("some servers delete and ignore the condition; of the providers only aws honours it"));
        }
        self.prove_version(at, options.version_id.as_deref()).await?;
        let request = Request::new(Method::DELETE)
            .query("versionId", options.version_id.as_deref())
            .header(header::IF_MATCH, options.if_match.as_deref())?
            .header(BYPASS, options.bypass_governance.then_some("true"))?;
        match self.data.send_whole(at, &request).await {
            Ok(_) => Ok(()),
            Err(error) if options.if_match.is_some() => self.deleted(at, error).await,
            // S3 answers 204 for a missing key, some servers answer 404; both mean that it is gone.
            Err(error) if error.code == ErrorCode::FileNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A conditional delete may have been applied although its answer was lost; sent again, it finds no object. What is there
    /// now decides: no object is what was asked for.
    async fn deleted(&self, at: Location<'_>, refused: Error) -> Result<()> {
        let is_open = matches!(refused.code, ErrorCode::PreconditionFailed | ErrorCode::FileNotFound);
        if !(is_open && refused.maybe_applied) {
            return Err(refused);
        }
        // It answered about one of its objects.
        self.saw(at.bucket);
        match self.head_object(at, &HeadOptions::default()).await {
            Err(missing) if missing.code == ErrorCode::FileNotFound => Ok(()),
            Err(look) => Err(refused.or_undecided(look)),
            Ok(_) => Err(refused),
        }
    }
}

/// What is known of an object that was just written.
pub(super) fn written(at: Location<'_>, size: u64, options: &PutOptions) -> ObjectInfo {
    ObjectInfo {
        name: at.key.as_str().to_owned(),
        size: Some(size),
        content_type: options.content_type.clone(),
        visibility: options.visibility,
        storage_class: options.storage_class.clone(),
        metadata: Some(options.metadata.clone()),
        ..ObjectInfo::default()
    }
}

/// How to look at an object that was just written.
pub(super) fn looking(options: &PutOptions) -> HeadOptions {
    HeadOptions { customer_key: options.encryption.customer_key.clone(), ..HeadOptions::default() }
}

/// Whether a condition failed only after an earlier try of the same write, whose answer did not come.
fn may_be_ours(error: &Error) -> bool {
    error.code == ErrorCode::PreconditionFailed && error.maybe_applied
}

/// Metadata as servers answer it: names in lower case, sorted.
fn lower(metadata: Option<&[(String, String)]>) -> Vec<(String, &str)> {
    let entries = metadata.unwrap_or_default().iter();
    let mut entries: Vec<_> = entries.map(|(name, value)| (name.to_ascii_lowercase(), value.as_str())).collect();
    entries.sort();
    entries
}

/// Tags as the header wants them: a query string (Amazon S3 API reference, PutObject, `x-amz-tagging`).
pub(super) fn tagging(tags: &[(String, String)]) -> Option<String> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = tags.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}
