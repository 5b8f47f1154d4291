//! Changing what stands beside a content, without sending the content.

use super::{
    Storage, Target,
    copy::{Transfer, strong_etag},
    part_copy,
};
use crate::{
    backend::contract::{Capability, Copied, CopyOrder},
    config::Acl,
    error::{Error, ErrorCode, Result},
    middleware::Name,
    types::{Changes, Grants, HeadOptions, ObjectInfo, Pathname, PutOptions, Retention},
};

impl Storage {
    /// Changes headers, metadata and storage class of an object; what is not named stays. The object is copied onto itself by the
    /// server, under the condition that it is still the one that was looked at. Idempotent.
    ///
    /// # Errors
    /// FILE_NOT_FOUND, BUCKET_NOT_FOUND, PRECONDITION_FAILED when the object is written meanwhile, UNSUPPORTED for an object that is
    /// encrypted by a customer key, and those of every request.
    pub async fn update_metadata(&self, pathname: &Pathname, changes: &Changes) -> Result<ObjectInfo> {
        let doing = self.begin(Name::UpdateMetadata, pathname.as_str());
        let update = async {
            changes.check()?;
            let transfer = doing.transfer(pathname, pathname, None).await?;
            Ok(Target::named(transfer.update(changes).await?, pathname))
        };
        doing.run(update).await
    }
}

impl Transfer {
    async fn update(&self, changes: &Changes) -> Result<ObjectInfo> {
        let at = self.from.at(&self.source);
        let there = self.from.backend.head(at, &HeadOptions::default()).await?;
        if changes.is_empty() {
            return Ok(there);
        }
        let etag = strong_etag(&there).ok_or_else(|| {
            let message = "the server gives the object no strong ETag, so a write in between could not be noticed";
            Error::new(ErrorCode::Unsupported, message)
        })?;
        let put = changes.applied_to(PutOptions { grants: self.grants().await?, ..kept(&there)? });
        let order = CopyOrder { if_match: Some(etag), replace: Some(&put), ..CopyOrder::default() };
        let copy = match self.from.backend.copy(at, at, &order).await.map_err(changed)? {
            Copied::Whole(copy) => *copy,
            Copied::Not(limit) => {
                let limit = part_copy::limit_of(limit, there.size.unwrap_or(0))?;
                let tags = part_copy::tags(&self.from, &self.source, None).await?;
                // The parts take their time: what is written behind the last of them must not be replaced.
                let put = &PutOptions { tags, if_match: Some(etag.to_owned()), ..put.clone() };
                part_copy::Job { transfer: self, source: &there, order, put, limit }.run().await?
            }
        };
        Ok(ObjectInfo {
            size: there.size,
            content_type: put.content_type,
            metadata: Some(put.metadata),
            storage_class: put.storage_class,
            ..copy
        })
    }

    /// What the ACL grants to others: a copy has a new one, unless it is sent along.
    async fn grants(&self) -> Result<Option<Grants>> {
        let has_acl = self.from.backend.has(Capability::ObjectVisibility) && self.from.bucket.config.acl != Acl::Off;
        if !has_acl {
            return Ok(None);
        }
        match self.from.backend.grants(self.from.at(&self.source)).await {
            Err(error) if error.code == ErrorCode::Unsupported && self.from.bucket.config.acl == Acl::Auto => Ok(None),
            other => other,
        }
    }
}

/// What a copy onto itself has to name, so that it stays.
fn kept(there: &ObjectInfo) -> Result<PutOptions> {
    if there.has_customer_key {
        let message =
            "the object is encrypted by a customer key; write it again to change what stands beside its content";
        return Err(Error::new(ErrorCode::Unsupported, message));
    }
    let mut lock = there.lock.ok_or_else(|| {
        Error::new(ErrorCode::OperationFailed, "the server's answer about the object's lock cannot be read")
    })?;
    // A retention that has ended needs no successor, and a server takes none.
    lock.retention = lock.retention.filter(Retention::is_running);
    // "Off" is what there is without a word, and a bucket without object lock refuses the word.
    lock.legal_hold = lock.legal_hold.filter(|on| *on);
    Ok(PutOptions {
        storage_class: there.storage_class.clone(),
        website_redirect: there.website_redirect.clone(),
        encryption: there.encryption.clone(),
        lock,
        ..PutOptions::like(there)
    })
}

fn changed(mut error: Error) -> Error {
    if error.code != ErrorCode::PreconditionFailed {
        return error;
    }
    if error.maybe_applied {
        // A copy of parts, or under a key, has another ETag than its source.
        error.code = ErrorCode::OperationFailed;
        error.message = "the answer was lost, and whether it was applied is not known: the object has another ETag now, which may be \
                         the change's"
            .into();
    } else {
        error.message = "the object was written again meanwhile; nothing was changed".into();
    }
    error
}
