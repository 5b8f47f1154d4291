//! Moves: a copy that is verified, and then a delete of the source. S3 has no rename, so a failure says what exists.

use futures_util::TryFutureExt;

use super::{
    Storage, Target,
    copy::{Made, Transfer, between, strong_etag},
};
use crate::{
    backend::contract::Capability,
    error::{Error, ErrorCode, Result},
    middleware::Name,
    types::{CopyOptions, DeleteOptions, HeadOptions, ObjectInfo, Pathname, ServerEncryption},
};

impl Storage {
    /// Copies an object as [`Self::copy`] does, verifies the copy, and deletes the source if it is still what was copied. Not
    /// idempotent: a repetition finds no source.
    ///
    /// # Errors
    /// As for [`Self::copy`]. PRECONDITION_FAILED when the source is written again meanwhile. Every message tells whether the
    /// copy exists; the source does, unless it says otherwise.
    pub async fn rename(
        &self,
        source: &Pathname,
        destination: &Pathname,
        destination_bucket: Option<&str>,
        options: &CopyOptions,
    ) -> Result<ObjectInfo> {
        let doing = self.begin(Name::Move, source.as_str());
        let rename = async {
            options.check()?;
            let transfer = doing.transfer(source, destination, destination_bucket).await?;
            let info = transfer.rename(options).await?;
            Ok(Target::named(info, destination))
        };
        doing.run(rename.map_err(between(Name::Move, source, destination))).await
    }
}

impl Transfer {
    async fn rename(&self, options: &CopyOptions) -> Result<ObjectInfo> {
        if self.is_onto_itself() {
            if options.source_version_id.is_some() {
                let message = "a version cannot be moved onto its own object; copy it to make it the latest";
                return Err(Error::invalid_argument(message));
            }
            return Ok(self.copy(options, None).await?.copy);
        }
        self.check_distinct(options).await?;
        let seen = if self.is_by_server() { Some(self.look(options).await.map_err(not_begun)?) } else { None };
        let Made { mut copy, source } = self.copy(options, seen).await.map_err(not_copied)?;
        let source = source.unwrap_or_default();
        copy.size = self.verify(&source, &copy).await?;
        self.take_away(&source, options).await?;
        Ok(copy)
    }

    /// Two endpoints may be one server, too (a second host name). A destination that looks exactly like the source is taken
    /// for it: a move would write the object onto itself and then delete it.
    async fn check_distinct(&self, options: &CopyOptions) -> Result<()> {
        if !self.has_one_name() {
            return Ok(());
        }
        let source = self.look(options).await.map_err(not_begun)?;
        match self.to.backend.head(self.to.at(&self.destination), &HeadOptions::default()).await {
            Ok(there) if is_same(&there, &source) => Err(Error::new(
                ErrorCode::OperationFailed,
                "source and destination seem to be one object under two endpoints",
            )
            .with_details("nothing was changed")),
            Ok(_) => Ok(()),
            Err(error) if error.code == ErrorCode::FileNotFound => Ok(()),
            Err(error) => Err(not_begun(error)),
        }
    }

    /// Looks at the copy, and answers its size.
    async fn verify(&self, source: &ObjectInfo, copy: &ObjectInfo) -> Result<Option<u64>> {
        let look = HeadOptions { checksum: true, ..HeadOptions::default() };
        let there = self.to.backend.head(self.to.at(&self.destination), &look).await.map_err(|mut error| {
            if error.code == ErrorCode::FileNotFound {
                error.code = ErrorCode::OperationFailed;
                error.message = "the server said that it copied, but the copy is not there; the source was kept".into();
            } else {
                let message = "the copy was made, but could not be looked at; the source was kept, so both exist";
                error.message = format!("{message}: {}", error.message);
            }
            error
        })?;
        match difference(source, copy, &there) {
            None => Ok(there.size),
            Some(what) => Err(Error::new(
                ErrorCode::OperationFailed,
                format!("what is at the destination is not the copy ({what}); the source was kept, so both exist"),
            )),
        }
    }

    /// Deletes the source, if it is still what was copied: under a condition where the server honours one, else after another
    /// look, behind which a write can still slip in.
    async fn take_away(&self, source: &ObjectInfo, options: &CopyOptions) -> Result<()> {
        let mut delete = DeleteOptions { version_id: options.source_version_id.clone(), ..DeleteOptions::default() };
        if delete.version_id.is_none() {
            if self.from.backend.has(Capability::ConditionalDelete) && strong_etag(source).is_some() {
                delete.if_match.clone_from(&source.etag);
            } else if !self.is_still(source, options).await? {
                return Ok(());
            }
        }
        match self.from.backend.delete(self.from.at(&self.source), &delete).await {
            Ok(()) => Ok(()),
            Err(error) if error.code == ErrorCode::PreconditionFailed => Err(written_again(error)),
            // Somebody else deleted it meanwhile.
            Err(error) if error.code == ErrorCode::FileNotFound => Ok(()),
            Err(error) if error.maybe_applied => self.is_gone(options, error).await,
            Err(mut error) => {
                error.message =
                    format!("copied, but the source could not be deleted, so both exist: {}", error.message);
                Err(error)
            }
        }
    }

    /// Whether the source is there and is what was copied; an error if it is something else.
    async fn is_still(&self, source: &ObjectInfo, options: &CopyOptions) -> Result<bool> {
        match self.look(options).await {
            Ok(there) if is_same(&there, source) => Ok(true),
            Ok(_) => Err(written_again(Error::new(ErrorCode::PreconditionFailed, ""))),
            // Somebody else deleted it: what was to be done is done.
            Err(error) if error.code == ErrorCode::FileNotFound => Ok(false),
            Err(mut error) => {
                let message =
                    "copied, but whether the source is still the same could not be told; it was kept, so both exist";
                error.message = format!("{message}: {}", error.message);
                Err(error)
            }
        }
    }

    /// After a delete without an answer.
    async fn is_gone(&self, options: &CopyOptions, mut error: Error) -> Result<()> {
        let message = match self.look(options).await {
            Err(missing) if missing.code == ErrorCode::FileNotFound => return Ok(()),
            Ok(_) => "copied, but the source could not be deleted, so both exist",
            Err(_) => "copied, but whether the source was deleted is not known",
        };
        error.message = format!("{message}: {}", error.message);
        Err(error)
    }
}

/// Whether two looks saw one object, unchanged.
fn is_same(a: &ObjectInfo, b: &ObjectInfo) -> bool {
    (&a.etag, a.last_modified, a.size, &a.version_id) == (&b.etag, b.last_modified, b.size, &b.version_id)
}

/// What shows that the object at the destination is not the copy of this source.
fn difference(source: &ObjectInfo, copy: &ObjectInfo, there: &ObjectInfo) -> Option<String> {
    let bare = |etag: &Option<String>| etag.as_deref().map(|etag| etag.trim_matches('"').to_owned());
    if let (Some(copied), Some(found)) = (source.size, there.size)
        && copied != found
    {
        return Some(format!("{found} bytes in place of {copied}"));
    }
    if let (Some(made), Some(found)) = (bare(&copy.etag), bare(&there.etag))
        && made != found
    {
        return Some("it has another ETag than the copy that was made".into());
    }
    if let (Some(copied), Some(found)) = (digest(source), digest(there))
        && copied != found
    {
        return Some("its ETag is the digest of other bytes".into());
    }
    match (&source.checksum, &there.checksum) {
        (Some(copied), Some(found)) if copied.0 == found.0 && copied.1 != found.1 => {
            Some("its checksum is that of other bytes".into())
        }
        _ => None,
    }
}

/// The ETag where it is the MD5 of the content: written in one piece, and encrypted by the server's own keys or not at all.
/// Source: Amazon S3 API reference, "Object", `ETag`.
fn digest(info: &ObjectInfo) -> Option<&str> {
    let is_plain = !info.has_customer_key && matches!(info.encryption.by_server, None | Some(ServerEncryption::Aes256));
    let etag = info.etag.as_deref()?.trim_matches('"');
    (is_plain && etag.len() == 32 && etag.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(etag)
}

fn not_copied(mut error: Error) -> Error {
    let what = match error.code {
        // The plainest answer needs no explanation.
        ErrorCode::FileNotFound | ErrorCode::BucketNotFound => return error,
        ErrorCode::PreconditionFailed => {
            "the source was written again while it was moved; it was kept, nothing was copied"
        }
        _ if error.maybe_applied => "the source was kept, and the copy may exist",
        _ => "the source was kept, nothing was copied",
    };
    error.message = format!("{what}: {}", error.message);
    error
}

/// Of a look before the copy, which changes nothing whether or not it was answered.
fn not_begun(mut error: Error) -> Error {
    error.maybe_applied = false;
    not_copied(error)
}

fn written_again(mut error: Error) -> Error {
    error.message = "copied, but the source was written again meanwhile and was kept, so both exist".into();
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "\"0cc175b9c0f1b6a831c399e269772661\"";
    const B: &str = "\"92eb5ffee6ae2fec3ad71c777531578f\"";

    fn info(size: u64, etag: &str) -> ObjectInfo {
        ObjectInfo { size: Some(size), etag: Some(etag.into()), ..ObjectInfo::default() }
    }

    #[test]
    fn a_copy_has_size_etag_and_digest_of_its_source() {
        assert_eq!(difference(&info(1, A), &info(1, A), &info(1, A)), None);
        assert!(difference(&info(1, A), &info(1, A), &info(2, A)).unwrap().contains("2 bytes in place of 1"));
        assert!(difference(&info(1, A), &info(1, A), &info(1, B)).unwrap().contains("than the copy"));
        assert!(difference(&info(1, A), &info(1, B), &info(1, B)).unwrap().contains("digest"));
        let summed = |sum: &str| ObjectInfo { checksum: Some(("crc", sum.into())), ..info(1, "\"x-2\"") };
        assert!(difference(&summed("1"), &info(1, "\"x-2\""), &summed("2")).unwrap().contains("checksum"));
    }

    #[test]
    fn etags_that_are_no_digests_are_not_compared() {
        let parts = info(1, "\"96e024ba2074fe77e8e965ba43a704be-2\"");
        assert_eq!(difference(&parts, &info(1, A), &info(1, A)), None);
        let mut kms = info(1, B);
        kms.encryption.by_server = Some(ServerEncryption::Kms);
        assert_eq!(difference(&kms, &info(1, A), &info(1, A)), None);
        assert_eq!(difference(&ObjectInfo { has_customer_key: true, ..info(1, B) }, &info(1, A), &info(1, A)), None);
    }
}
