//! Object ACLs.
//!
//! Canned ACLs and groups: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use http::HeaderMap;
use s3s::dto::{
    AccessControlPolicy, GetObjectAclInput, GetObjectAclOutput, Grant, Grantee, ObjectCannedACL, Owner, Permission,
    PutObjectAclInput, PutObjectAclOutput, Type,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::store::Store;

/// Everyone, also without a signature.
pub(crate) const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
/// Everyone who has an account.
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// The canonical id and name of the one account that owns everything here.
const OWNER_ID: &str = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a";
const OWNER_NAME: &str = "dev";

/// The grants of an object.
#[derive(Clone, Debug)]
pub(crate) struct Acl {
    grants: Vec<Grant>,
}

impl Acl {
    /// The ACL an object gets when its request names none: full control for the owner alone.
    pub(crate) fn private() -> Self {
        Self { grants: vec![grant(owner_grantee(), Permission::FULL_CONTROL)] }
    }

    fn canned(name: &str) -> S3Result<Self> {
        let mut acl = Self::private();
        let group = |uri| Grantee { uri: Some(String::from(uri)), ..grantee(Type::GROUP) };
        match name {
            // One account owns buckets and objects alike, so the bucket owner ones grant nothing more.
            ObjectCannedACL::PRIVATE
            | ObjectCannedACL::BUCKET_OWNER_READ
            | ObjectCannedACL::BUCKET_OWNER_FULL_CONTROL
            | ObjectCannedACL::AWS_EXEC_READ => {}
            ObjectCannedACL::PUBLIC_READ => {
                acl.grants.push(grant(group(ALL_USERS), Permission::READ));
            }
            ObjectCannedACL::PUBLIC_READ_WRITE => {
                acl.grants.push(grant(group(ALL_USERS), Permission::READ));
                acl.grants.push(grant(group(ALL_USERS), Permission::WRITE));
            }
            ObjectCannedACL::AUTHENTICATED_READ => {
                acl.grants.push(grant(group(AUTHENTICATED_USERS), Permission::READ));
            }
            other => return Err(s3_error!(InvalidArgument, "Invalid canned ACL: {other}")),
        }
        Ok(acl)
    }

    /// The ACL of a write: from `x-amz-acl` or from `x-amz-grant-*` headers.
    pub(crate) fn from_request(canned: Option<&ObjectCannedACL>, headers: &HeaderMap) -> S3Result<Self> {
        Ok(Self::from_headers(canned, headers)?.unwrap_or_else(Self::private))
    }

    fn from_headers(canned: Option<&ObjectCannedACL>, headers: &HeaderMap) -> S3Result<Option<Self>> {
        const GRANT_HEADERS: [(&str, &str); 4] = [
            ("x-amz-grant-full-control", Permission::FULL_CONTROL),
            ("x-amz-grant-read", Permission::READ),
            ("x-amz-grant-read-acp", Permission::READ_ACP),
            ("x-amz-grant-write-acp", Permission::WRITE_ACP),
        ];
        let mut grants = Vec::new();
        for (header, permission) in GRANT_HEADERS {
            for value in headers.get_all(header) {
                for one in String::from_utf8_lossy(value.as_bytes()).split(',') {
                    grants.push(grant(parse_grantee(one)?, permission));
                }
            }
        }
        match canned {
            Some(_) if !grants.is_empty() => {
                Err(s3_error!(InvalidRequest, "Specifying both Canned ACLs and Header Grants is not allowed"))
            }
            Some(canned) => Self::canned(canned.as_str()).map(Some),
            None if grants.is_empty() => Ok(None),
            None => Ok(Some(Self { grants })),
        }
    }

    fn from_policy(policy: AccessControlPolicy) -> S3Result<Self> {
        let grants = policy.grants.unwrap_or_default();
        let complete = grants.iter().all(|grant| {
            let known = grant.grantee.as_ref().is_some_and(|grantee| {
                grantee.id.is_some() || grantee.uri.is_some() || grantee.email_address.is_some()
            });
            known && grant.permission.is_some()
        });
        if complete {
            Ok(Self { grants })
        } else {
            Err(s3_error!(
                MalformedACLError,
                "The XML you provided was not well-formed or did not validate against our published schema"
            ))
        }
    }

    /// Whether a request without a signature may read the object.
    pub(crate) fn is_public_read(&self) -> bool {
        self.grants.iter().any(|grant| {
            let everyone = grant.grantee.as_ref().is_some_and(|grantee| grantee.uri.as_deref() == Some(ALL_USERS));
            let read = grant
                .permission
                .as_ref()
                .is_some_and(|permission| [Permission::READ, Permission::FULL_CONTROL].contains(&permission.as_str()));
            everyone && read
        })
    }
}

/// The owner of every bucket and object.
pub(crate) fn owner() -> Owner {
    Owner { display_name: Some(OWNER_NAME.to_owned()), id: Some(OWNER_ID.to_owned()) }
}

fn owner_grantee() -> Grantee {
    Grantee {
        display_name: Some(OWNER_NAME.to_owned()),
        id: Some(OWNER_ID.to_owned()),
        ..grantee(Type::CANONICAL_USER)
    }
}

fn grantee(type_: &'static str) -> Grantee {
    Grantee { display_name: None, email_address: None, id: None, type_: Type::from_static(type_), uri: None }
}

fn grant(grantee: Grantee, permission: &'static str) -> Grant {
    Grant { grantee: Some(grantee), permission: Some(Permission::from_static(permission)) }
}

/// Parses `id="..."`, `uri="..."` or `emailAddress="..."` of an `x-amz-grant-*` header.
fn parse_grantee(text: &str) -> S3Result<Grantee> {
    let invalid = || s3_error!(InvalidArgument, "Argument format not recognized: {text}");
    let (kind, value) = text.trim().split_once('=').ok_or_else(invalid)?;
    let value = Some(value.trim_matches('"').to_owned());
    match kind {
        "id" => Ok(Grantee { id: value, ..grantee(Type::CANONICAL_USER) }),
        "uri" => Ok(Grantee { uri: value, ..grantee(Type::GROUP) }),
        "emailAddress" => Ok(Grantee { email_address: value, ..grantee(Type::AMAZON_CUSTOMER_BY_EMAIL) }),
        _ => Err(invalid()),
    }
}

pub(crate) fn get_object_acl(
    store: &Store,
    req: &S3Request<GetObjectAclInput>,
) -> S3Result<S3Response<GetObjectAclOutput>> {
    let object = store.version(&req.input.bucket, &req.input.key, req.input.version_id.as_deref())?;
    Ok(S3Response::new(GetObjectAclOutput {
        grants: Some(object.acl.grants.clone()),
        owner: Some(owner()),
        request_charged: None,
    }))
}

pub(crate) fn put_object_acl(
    store: &Store,
    req: S3Request<PutObjectAclInput>,
) -> S3Result<S3Response<PutObjectAclOutput>> {
    let from_headers = Acl::from_headers(req.input.acl.as_ref(), &req.headers)?;
    let acl = match (from_headers, req.input.access_control_policy) {
        (Some(acl), None) => acl,
        (None, Some(policy)) => Acl::from_policy(policy)?,
        (Some(_), Some(_)) => {
            return Err(s3_error!(UnexpectedContent, "This request does not support content"));
        }
        (None, None) => {
            return Err(s3_error!(MissingSecurityHeader, "Your request was missing a required header: x-amz-acl"));
        }
    };
    store.bucket_mut(&req.input.bucket, |bucket| {
        bucket.change(&req.input.key, req.input.version_id.as_deref(), |object| {
            object.acl = acl;
            Ok(())
        })?;
        Ok(S3Response::new(PutObjectAclOutput::default()))
    })
}
