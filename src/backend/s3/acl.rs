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
    types::{Grants, Visibility},
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
                let mut error = unsupported(
                    "the server accepted the public ACL and ignored it; the object was written and is private",
                );
                error.maybe_applied = true;
                Err(error)
            }
            Err(mut error) => {
                error.maybe_applied = true;
                error.message =
                    format!("the object was written, but whether it is public cannot be told: {}", error.message);
                Err(error)
            }
        }
    }

    pub(super) async fn read_acl(&self, at: Location<'_>) -> Result<Visibility> {
        let request = self.client().get_object_acl().bucket(at.bucket).key(sdk_key(at.key));
        let output = send!(self, at.bucket, request)?;
        self.saw(at.bucket);
        if output.owner().is_none() && output.grants().is_empty() {
            return Err(untrustworthy("it answers no ACL"));
        }
        Ok(if output.grants().iter().any(is_public) { Visibility::Public } else { Visibility::Private })
    }

    /// The grants of an object beyond those that its owner has by itself.
    pub(super) async fn read_grants(&self, at: Location<'_>) -> Result<Option<Grants>> {
        let request = self.client().get_object_acl().bucket(at.bucket).key(sdk_key(at.key));
        let output = send!(self, at.bucket, request)?;
        self.saw(at.bucket);
        let owner = output.owner().and_then(|owner| owner.id());
        let grants = output.grants().iter();
        let others: Vec<_> = grants.filter(|grant| !is_own(grant, owner)).collect();
        if others.is_empty() { Ok(None) } else { grants_of(output.grants()).map(Some) }
    }

    pub(super) async fn write_acl(&self, at: Location<'_>, visibility: Visibility) -> Result<()> {
        self.check_acl(Some(visibility))?;
        let request =
            self.client().put_object_acl().bucket(at.bucket).key(sdk_key(at.key)).acl(canned(visibility).into());
        send!(self, at.bucket, request)?;
        self.prove_acl(at, Some(visibility)).await
    }
}

/// Whether a grant is the one that a private object has.
fn is_own(grant: &Grant, owner: Option<&str>) -> bool {
    let grantee = grant.grantee();
    grant.permission() == Some(&Permission::FullControl)
        && grantee.is_some_and(|grantee| grantee.uri().is_none() && grantee.id() == owner)
}

/// Grants as headers have them.
fn grants_of(grants: &[Grant]) -> Result<Grants> {
    let of = |permission: &Permission| {
        let fitting = grants.iter().filter(|grant| grant.permission() == Some(permission));
        let grantees = fitting.map(grantee).collect::<Option<Vec<_>>>()?;
        Some((!grantees.is_empty()).then(|| grantees.join(", ")))
    };
    let unknown = || untrustworthy("its ACL names a grantee without an id and without a group, which cannot be kept");
    Ok(Grants {
        full_control: of(&Permission::FullControl).ok_or_else(unknown)?,
        read: of(&Permission::Read).ok_or_else(unknown)?,
        read_acp: of(&Permission::ReadAcp).ok_or_else(unknown)?,
        write_acp: of(&Permission::WriteAcp).ok_or_else(unknown)?,
    })
}

fn grantee(grant: &Grant) -> Option<String> {
    let grantee = grant.grantee()?;
    let (kind, name) = match (grantee.uri(), grantee.id()) {
        (Some(uri), _) => ("uri", uri),
        (None, Some(id)) => ("id", id),
        (None, None) => return None,
    };
    let is_plain = |c: char| c.is_ascii_graphic() && c != '"';
    name.chars().all(is_plain).then(|| format!("{kind}=\"{name}\""))
}

fn is_public(grant: &Grant) -> bool {
    let to_all = grant.grantee().and_then(|grantee| grantee.uri()) == Some(ALL_USERS);
    to_all && matches!(grant.permission(), Some(Permission::Read | Permission::FullControl))
}

fn unsupported(message: &str) -> Error {
    Error::new(ErrorCode::Unsupported, message).with_details("use a bucket policy or presigned URLs instead")
}
