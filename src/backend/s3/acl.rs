//! Visibility as canned ACLs, and the proof that a server honours them.
//!
//! Some servers accept a public ACL and ignore it. A visibility that was asked for is really set or the call fails, so on
//! a server of an unknown kind the first public write is read back.

use std::sync::atomic::{AtomicU8, Ordering};

use aws_sdk_s3::types::{Grant, Permission};
use http::HeaderName;

use super::{
    S3,
    blank_key::sdk_key,
    control::{send, untrustworthy},
};
use crate::{
    backend::contract::Location,
    error::{Error, ErrorCode, Result},
    types::Visibility,
};

/// The group that a public object is granted to.
/// Source: Amazon S3 user guide, "Access control list (ACL) overview".
const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

/// The header of a canned ACL.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-amz-acl");

/// What a server of an unknown kind has shown so far.
#[derive(Debug, Default)]
pub(super) struct Proof(AtomicU8);

const HONOURED: u8 = 1;
const IGNORED: u8 = 2;

/// The canned ACL of a visibility.
pub(super) const fn canned(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public-read",
        Visibility::Private => "private",
    }
}

impl S3 {
    /// Refuses a public visibility before anything is sent, where it is known not to work.
    pub(super) fn check_acl(&self, visibility: Option<Visibility>) -> Result<()> {
        let ignored = self.acl_proof.0.load(Ordering::Relaxed) == IGNORED;
        if visibility == Some(Visibility::Public) && (self.provider.lacks_acl() || ignored) {
            return Err(unsupported("this server has no object ACLs, so single objects cannot be made public"));
        }
        Ok(())
    }

    /// After a write: whether the public visibility that was asked for is there.
    pub(super) async fn prove_acl(&self, at: Location<'_>, visibility: Option<Visibility>) -> Result<()> {
        let proven = self.acl_proof.0.load(Ordering::Relaxed) == HONOURED;
        if visibility != Some(Visibility::Public) || !self.provider.acl_needs_proof() || proven {
            return Ok(());
        }
        match self.read_acl(at).await {
            Ok(Visibility::Public) => {
                self.acl_proof.0.store(HONOURED, Ordering::Relaxed);
                Ok(())
            }
            Ok(Visibility::Private) => {
                self.acl_proof.0.store(IGNORED, Ordering::Relaxed);
                Err(unsupported(
                    "the server accepted the public ACL and ignored it; the object was written and is private",
                ))
            }
            Err(mut error) => {
                error.message =
                    format!("the object was written, but whether it is public cannot be told: {}", error.message);
                Err(error)
            }
        }
    }

    pub(super) async fn read_acl(&self, at: Location<'_>) -> Result<Visibility> {
        let request = self.client.get_object_acl().bucket(at.bucket).key(sdk_key(at.key));
        let output = send!(self, at.bucket, request)?;
        self.saw(at.bucket);
        if output.owner().is_none() && output.grants().is_empty() {
            return Err(untrustworthy("it answers no ACL"));
        }
        Ok(if output.grants().iter().any(is_public) { Visibility::Public } else { Visibility::Private })
    }

    pub(super) async fn write_acl(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        self.check_acl(Some(visibility))?;
        let request =
            self.client.put_object_acl().bucket(at.bucket).key(sdk_key(at.key)).acl(canned(visibility).into());
        send!(self, at.bucket, request)?;
        self.prove_acl(at, Some(visibility)).await
    }
}

fn is_public(grant: &Grant) -> bool {
    let to_all = grant.grantee().and_then(|grantee| grantee.uri()) == Some(ALL_USERS);
    to_all && matches!(grant.permission(), Some(Permission::Read | Permission::FullControl))
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorCode::Unsupported, message).with_details("use a bucket policy or presigned URLs instead")
}
