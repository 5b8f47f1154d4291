//! What a server takes and ignores. Where that is known it is refused before anything is sent; where it is not, the answer has to show that
//! what was asked for was understood.

use std::sync::atomic::{AtomicBool, Ordering};

use super::S3;
use crate::{
    backend::contract::Location,
    error::{Error, ErrorCode, Result},
    types::{HeadOptions, ObjectInfo, PutOptions},
};

/// The version that everything has where none is kept; servers need not name it.
/// Source: Amazon S3 user guide, "How S3 Versioning works".
const NULL: &str = "null";

/// Whether a server of an unknown kind has shown that it knows versions.
#[derive(Debug, Default)]
pub(super) struct VersionProof(AtomicBool);

impl S3 {
    /// What is asked of a write, a copy or a form.
    pub(super) fn check_write(&self, options: &PutOptions) -> Result<()> {
        self.check_acl(options.visibility)?;
        let asked = [
            ("ifMatch", options.if_match.is_some()),
            ("ifNoneMatch", options.if_none_match.is_some()),
            ("tags", !options.tags.is_empty()),
            ("storageClass", options.storage_class.is_some()),
            ("retainUntil", options.lock.retention.is_some()),
            ("legalHold", options.lock.legal_hold.is_some()),
        ];
        match asked.into_iter().find(|(_, is_asked)| *is_asked && self.provider.ignores_extras()) {
            Some((name, _)) => Err(self.known_to_ignore(name)),
            None => Ok(()),
        }
    }

    /// Whether a version can be asked for.
    pub(super) fn check_version(&self, version_id: Option<&str>) -> Result<()> {
        match version_id {
            Some(_) if self.provider.ignores_extras() => Err(self.known_to_ignore("versionId")),
            _ => Ok(()),
        }
    }

    /// The version that a server names of what it has written, if it can be asked for.
    pub(super) fn usable_version(&self, version_id: Option<String>) -> Option<String> {
        version_id.filter(|_| !self.provider.ignores_extras())
    }

    /// Whether an answer is about the version that was asked for. A server without versions answers with the object that is there.
    pub(super) fn check_answered_version(&self, asked: Option<&str>, answer: &ObjectInfo) -> Result<()> {
        match asked {
            Some(NULL) | None => Ok(()),
            Some(id) if answer.version_id.as_deref() == Some(id) => {
                self.version_proof.0.store(true, Ordering::Relaxed);
                Ok(())
            }
            Some(_) => {
                let message = "the server ignores versionId: its answer is not about that version";
                Err(Error::new(ErrorCode::Unsupported, message))
            }
        }
    }

    /// Before a version is deleted: a server without versions deletes the object that is there.
    pub(super) async fn prove_version(&self, at: Location<'_>, version_id: Option<&str>) -> Result<()> {
        self.check_version(version_id)?;
        let is_proven = !self.provider.versions_need_proof() || self.version_proof.0.load(Ordering::Relaxed);
        if is_proven || version_id.is_none_or(|id| id == NULL) {
            return Ok(());
        }
        let look = HeadOptions { version_id: version_id.map(ToOwned::to_owned), ..HeadOptions::default() };
        match self.head_object(at, &look).await {
            // It knows no such version, or that it is a delete marker (405), an id of another kind (400), or that a key is needed (400).
            Err(error) if error.status.is_some_and(|status| (400..500).contains(&status)) => match error.code {
                ErrorCode::PermissionDenied | ErrorCode::Throttled => Err(error),
                _ => Ok(()),
            },
            answer => answer.map(drop),
        }
    }

    fn known_to_ignore(&self, name: &str) -> Error {
        Error::new(ErrorCode::Unsupported, format!("servers of the provider {} ignore {name}", self.provider.name()))
            .with_details("nothing was sent; leave it out, or use a server that honours it")
    }
}
