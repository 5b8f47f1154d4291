//! Presigned URLs. Made offline: whether the object exists is not asked.

use std::fmt::Write as _;

use aws_sdk_s3::primitives::{DateTime, DateTimeFormat as Format};
use http::{Method, header};

use super::{
    S3, acl,
    data::{Form, Request},
};
use crate::{
    backend::contract::Location,
    error::{Error, Result},
    types::{Expiry, FILENAME, PresignGetOptions, PresignPostOptions, PresignPutOptions, PresignedPost, PresignedUrl},
};

impl S3 {
    pub(super) async fn presigned_get(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignGetOptions,
    ) -> Result<PresignedUrl> {
        self.check_version(options.version_id.as_deref())?;
        let expires = options.response_expires.map(http_date).transpose()?;
        let request = Request::new(Method::GET)
            .query("response-cache-control", options.response_cache_control.as_deref())
            .query("response-content-disposition", options.response_content_disposition.as_deref())
            .query("response-content-encoding", options.response_content_encoding.as_deref())
            .query("response-content-language", options.response_content_language.as_deref())
            .query("response-content-type", options.response_content_type.as_deref())
            .query("response-expires", expires.as_deref())
            .query("versionId", options.version_id.as_deref());
        self.data.presign(at, &request, expiry).await
    }

    pub(super) async fn presigned_put(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignPutOptions,
    ) -> Result<PresignedUrl> {
        let object = &options.object;
        self.check_write(object)?;
        let length = options.content_length.map(|bytes| bytes.to_string());
        let mut request = Request::new(Method::PUT)
            .header(header::CONTENT_TYPE, object.content_type.as_deref())?
            .header(header::CACHE_CONTROL, object.cache_control.as_deref())?
            .header(header::CONTENT_DISPOSITION, object.content_disposition.as_deref())?
            .header(header::CONTENT_ENCODING, object.content_encoding.as_deref())?
            .header(header::CONTENT_LENGTH, length.as_deref())?
            .header(acl::HEADER, object.visibility.map(acl::canned))?;
        for (name, value) in &object.metadata {
            request = request.metadata(name, value)?;
        }
        self.data.presign(at, &request, expiry).await
    }

    /// The names of the fields are those of the Amazon S3 API reference, "POST Object"; conditions come in the order in which
    /// botocore's users would write them.
    pub(super) async fn presigned_post(
        &self,
        at: Location<'_>,
        expiry: Expiry,
        options: &PresignPostOptions,
    ) -> Result<PresignedPost> {
        let object = &options.object;
        self.check_write(object)?;
        let mut form = Form::default();
        let status = options.success_status.map(|status| status.to_string());
        let tags = (!object.tags.is_empty()).then(|| tagging(&object.tags));
        for (name, value) in [
            ("Content-Type", object.content_type.as_deref()),
            ("Cache-Control", object.cache_control.as_deref()),
            ("Content-Disposition", object.content_disposition.as_deref()),
            ("Content-Encoding", object.content_encoding.as_deref()),
            ("x-amz-storage-class", object.storage_class.as_deref()),
            ("acl", object.visibility.map(acl::canned)),
            ("tagging", tags.as_deref()),
            ("success_action_status", status.as_deref()),
            ("success_action_redirect", options.success_redirect.as_deref()),
        ] {
            if let Some(value) = value {
                form.field(name, value);
            }
        }
        for (name, value) in &object.metadata {
            // As HTTP headers of a write: their names are in lower case.
            form.field(&format!("x-amz-meta-{}", name.to_ascii_lowercase()), value);
        }
        if let Some(prefix) = &options.content_type_prefix {
            form.starts_with("Content-Type", prefix);
        }
        if let Some((min, max)) = options.sizes() {
            form.length(min, max);
        }
        form.exactly("bucket", at.bucket);
        if options.key_starts_with {
            form.starts_with("key", at.key.as_str());
            form.free_field("key", &format!("{}{FILENAME}", at.key.as_str()));
        } else {
            form.field("key", at.key.as_str());
        }
        self.data.presign_form(at.bucket, form, expiry).await
    }

    /// The permanent URL of an object, unsigned.
    pub(super) async fn object_url(&self, at: Location<'_>) -> Result<String> {
        let place = self.data.server.endpoints.public_place(at.bucket).await?;
        Ok(format!("{}{}/{}", place.base, place.path, at.key.url_path()))
    }
}

fn http_date(seconds: i64) -> Result<String> {
    let date = DateTime::from_secs(seconds).fmt(Format::HttpDate);
    date.map_err(|_| Error::invalid_argument(format!("{seconds} Unix seconds are no HTTP date")))
}

/// Tags as a form carries them. Source: Amazon S3 API reference, "POST Object", `tagging`.
fn tagging(tags: &[(String, String)]) -> String {
    let mut xml = String::from("<Tagging><TagSet>");
    for (name, value) in tags {
        let (name, value) = (escape(name), escape(value));
        // Writing to a string does not fail.
        let _ = write!(xml, "<Tag><Key>{name}</Key><Value>{value}</Value></Tag>");
    }
    xml.push_str("</TagSet></Tagging>");
    xml
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
