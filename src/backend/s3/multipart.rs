//! Uploads in parts: begun and ended on the control plane, the parts themselves on the data plane.

use aws_sdk_s3::{
    primitives::DateTime,
    types::{
        ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ObjectCannedAcl, ObjectLockLegalHoldStatus,
        ObjectLockMode, ServerSideEncryption, StorageClass,
    },
};
use http::Method;
use md5::{Digest, Md5};

use super::{
    S3, acl,
    blank_key::sdk_key,
    checksum,
    control::{send, untrustworthy},
    copy::Expires,
    data::Request,
    described::text_of,
    encryption,
    lock::on_off,
    write::{looking, tagging, written},
};
use crate::{
    backend::contract::{Content, Location, Part, upload_is_gone},
    error::{Error, ErrorCode, Result},
    types::{CustomerKey, Encryption, ObjectInfo, PutOptions},
};

impl S3 {
    pub(super) async fn create_multipart_upload(&self, at: Location<'_>, options: &PutOptions) -> Result<String> {
        self.check_write(options)?;
        if !self.provider.completes_conditionally() && (options.if_match.is_some() || options.if_none_match.is_some()) {
            return Err(Error::new(ErrorCode::Unsupported, "this server ignores the condition of an upload in parts")
                .with_details("write it in one request, with a larger partSize, or without the condition"));
        }
        self.prove_conditions(at, options).await?;
        let metadata = || options.metadata.iter().cloned().collect();
        let (encryption, retention) = (&options.encryption, options.lock.retention);
        let key = encryption.customer_key.as_ref();
        let grants = options.grants.clone().unwrap_or_default();
        let request = self
            .client()
            .create_multipart_upload()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .set_acl(options.visibility.map(|visibility| ObjectCannedAcl::from(acl::canned(visibility))))
            .set_content_type(options.content_type.clone())
            .set_cache_control(options.cache_control.clone())
            .set_content_disposition(options.content_disposition.clone())
            .set_content_encoding(options.content_encoding.clone())
            .set_content_language(options.content_language.clone())
            .set_metadata((!options.metadata.is_empty()).then(metadata))
            .set_storage_class(options.storage_class.as_deref().map(StorageClass::from))
            .set_tagging(tagging(&options.tags))
            .set_website_redirect_location(options.website_redirect.clone())
            .set_server_side_encryption(encryption.by_server.map(|kind| ServerSideEncryption::from(kind.as_str())))
            .set_ssekms_key_id(encryption.kms_key_id.clone())
            .set_sse_customer_algorithm(key.map(|_| encryption::AES256.to_owned()))
            .set_sse_customer_key(key.map(encryption::encoded))
            .set_sse_customer_key_md5(key.map(encryption::digest))
            .set_object_lock_mode(retention.map(|retention| ObjectLockMode::from(retention.mode.as_str())))
            .set_object_lock_retain_until_date(retention.map(|retention| DateTime::from_secs(retention.until)))
            .set_object_lock_legal_hold_status(
                options.lock.legal_hold.map(|on| ObjectLockLegalHoldStatus::from(on_off(on))),
            )
            .set_grant_full_control(grants.full_control)
            .set_grant_read(grants.read)
            .set_grant_read_acp(grants.read_acp)
            .set_grant_write_acp(grants.write_acp)
            // What each part will carry; it covers the whole object in the end.
            .set_checksum_algorithm(self.provider.keeps_checksums().then_some(ChecksumAlgorithm::Crc64Nvme));
        let output = send!(self, at.bucket, request, Expires(options.expires.clone()))?;
        self.saw(at.bucket);
        output.upload_id.ok_or_else(|| untrustworthy("it began an upload and did not name it"))
    }

    pub(super) async fn put_part(
        &self,
        at: Location<'_>,
        upload: &str,
        number: u32,
        content: Content,
        key: Option<&CustomerKey>,
    ) -> Result<Part> {
        let size = content.len();
        let keeps = self.provider.keeps_checksums();
        let sum = if keeps { Some(checksum::of_upload(&content).await?) } else { None };
        let request = Request::new(Method::PUT)
            .query("partNumber", Some(&number.to_string()))
            .query("uploadId", Some(upload))
            .header(checksum::OF_UPLOADS, sum.as_deref())?
            .customer_key(key)?
            .content(content);
        let head = self.data.send_whole(at, &request).await?;
        if let Some(key) = key {
            let asked = Encryption { customer_key: Some(key.clone()), ..Encryption::default() };
            encryption::Applied::of(&head.headers).check(&asked, "nothing was written")?;
        }
        let etag = text_of(&head.headers, "etag").ok_or_else(|| untrustworthy("it took a part and gave it no ETag"))?;
        Ok(Part { number, etag, size })
    }

    pub(super) async fn complete_multipart_upload(
        &self,
        at: Location<'_>,
        upload: &str,
        parts: &[Part],
        options: &PutOptions,
    ) -> Result<ObjectInfo> {
        self.compare_before_end(at, options).await?;
        let key = options.encryption.customer_key.as_ref();
        let mut parts = parts.to_vec();
        parts.sort_by_key(|part| part.number);
        let named = parts.iter().map(|part| {
            let number = i32::try_from(part.number).unwrap_or(i32::MAX);
            CompletedPart::builder().part_number(number).e_tag(&part.etag).build()
        });
        let request = self
            .client()
            .complete_multipart_upload()
            .bucket(at.bucket)
            .key(sdk_key(at.key))
            .upload_id(upload)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(named.collect())).build())
            .set_sse_customer_algorithm(key.map(|_| encryption::AES256.to_owned()))
            .set_sse_customer_key(key.map(encryption::encoded))
            .set_sse_customer_key_md5(key.map(encryption::digest))
            .set_if_match(options.if_match.clone())
            .set_if_none_match(options.if_none_match.clone());
        let info = written(at, parts.iter().map(|part| part.size).sum(), options);
        let (etag, version_id) = match send!(self, at.bucket, request) {
            Ok(output) => {
                let by_server = output.server_side_encryption.map(|kind| kind.as_str().to_owned());
                self.prove_encryption(at, options, by_server, output.version_id.as_deref()).await?;
                match output.e_tag.filter(|etag| !bare(etag).is_empty()) {
                    Some(etag) => (Some(entity_tag(etag)), self.usable_version(output.version_id)),
                    // Ceph's answer to a completion that it has already done: it names neither ETag nor version.
                    None => self.made_of(at, &parts, options, &info).await.ok().flatten().unwrap_or_default(),
                }
            }
            Err(error) if may_be_done(&error) => match self.made_of(at, &parts, options, &info).await {
                Ok(Some(made)) => made,
                Ok(None) => return Err(error),
                Err(look) => return Err(error.or_undecided(look)),
            },
            Err(error) => return Err(error),
        };
        if self.provider.drops_tags() {
            self.restore_tags(at, &options.tags).await?;
        }
        self.prove_acl(at, options.visibility).await?;
        self.prove_lock(at, options, version_id.as_deref()).await?;
        Ok(ObjectInfo { etag, version_id, ..info })
    }

    /// An upload may have been completed although the answer was lost; asked again, the server knows no such upload any more.
    /// The object that is there decides: its ETag and version, if it was made of these parts. An error if it could not be looked at.
    async fn made_of(
        &self,
        at: Location<'_>,
        parts: &[Part],
        options: &PutOptions,
        asked: &ObjectInfo,
    ) -> Result<Option<(Option<String>, Option<String>)>> {
        let there = self.head_object(at, &looking(options)).await?;
        let same = there.size == asked.size
            && etag_of_parts(parts).is_some_and(|made| there.etag.as_deref().map(bare) == Some(&made));
        Ok(same.then_some((there.etag, there.version_id)))
    }

    pub(super) async fn abort_multipart_upload(&self, at: Location<'_>, upload: &str) -> Result<()> {
        let request = self.client().abort_multipart_upload().bucket(at.bucket).key(sdk_key(at.key)).upload_id(upload);
        match send!(self, at.bucket, request) {
            Ok(_) => Ok(()),
            Err(error) if upload_is_gone(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// An ETag with its quotes (RFC 9110 §8.8.3), which Ceph's answer to an upload in parts lacks.
fn entity_tag(etag: String) -> String {
    if etag.starts_with('"') || etag.starts_with("W/") { etag } else { format!("\"{etag}\"") }
}

fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// Whether the upload is gone, or the condition fails, only after an earlier try whose answer did not come.
fn may_be_done(error: &Error) -> bool {
    error.maybe_applied && (upload_is_gone(error) || error.code == ErrorCode::PreconditionFailed)
}

/// The ETag that most servers give to an object of these parts: the MD5 of the parts' MD5s, and their number. `None` where the parts'
/// ETags are no MD5s.
fn etag_of_parts(parts: &[Part]) -> Option<String> {
    let mut digest = Md5::new();
    for part in parts {
        let hex = part.etag.trim_matches('"');
        let bytes = (hex.len() == 32).then(|| u128::from_str_radix(hex, 16).ok()).flatten()?;
        digest.update(bytes.to_be_bytes());
    }
    Some(format!("{:032x}-{}", u128::from_be_bytes(digest.finalize().into()), parts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, etag: &str) -> Part {
        Part { number, etag: etag.into(), size: 1 }
    }

    #[test]
    fn the_etag_of_an_upload_is_made_of_the_etags_of_its_parts() {
        // md5("a"), md5("b"); echo -n … | xxd -r -p | md5sum
        let parts = [part(1, "\"0cc175b9c0f1b6a831c399e269772661\""), part(2, "\"92eb5ffee6ae2fec3ad71c777531578f\"")];
        assert_eq!(etag_of_parts(&parts).as_deref(), Some("96e024ba2074fe77e8e965ba43a704be-2"));
        assert_eq!(etag_of_parts(&[part(1, "\"opaque\"")]), None);
    }
}
