use aws_sdk_s3::types::{AccessControlPolicy, Grant, Grantee, ObjectCannedAcl, Owner, Permission, Type};

use crate::fixture::{BUCKET, Fixture, assert_fails};

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";

/// The grants as `grantee permission`, the owner's id written as `owner`.
async fn grants(fixture: &Fixture, key: &str) -> Vec<String> {
    let output = fixture.client.get_object_acl().bucket(BUCKET).key(key).send().await.expect("acl");
    let owner = output.owner().and_then(|owner| owner.id()).expect("an owner").to_owned();
    let grants = output.grants().iter().map(|grant| {
        let grantee = grant.grantee().expect("a grantee");
        let id = grantee.id().map(|id| if id == owner { "owner" } else { id });
        let who = id.or(grantee.uri()).or(grantee.email_address()).expect("who");
        format!("{} {who} {}", grantee.r#type(), grant.permission().expect("permission"))
    });
    grants.collect()
}

const PRIVATE: &str = "CanonicalUser owner FULL_CONTROL";
const PUBLIC: &str = "Group http://acs.amazonaws.com/groups/global/AllUsers READ";

#[tokio::test]
async fn acl_is_private_unless_the_write_says_otherwise() {
    let fixture = Fixture::start().await;
    fixture.put("private", "x").await;
    assert_eq!(grants(&fixture, "private").await, [PRIVATE]);

    let put = fixture.client.put_object().bucket(BUCKET).key("public").body(b"x".to_vec().into());
    put.acl(ObjectCannedAcl::PublicRead).send().await.expect("put");
    assert_eq!(grants(&fixture, "public").await, [PRIVATE, PUBLIC]);
    // The next write starts anew.
    fixture.put("public", "y").await;
    assert_eq!(grants(&fixture, "public").await, [PRIVATE]);
}

#[tokio::test]
async fn put_object_acl_opens_and_closes_an_object() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    let put = |acl: ObjectCannedAcl| fixture.client.put_object_acl().bucket(BUCKET).key("a").acl(acl).send();
    assert_eq!(fixture.raw("GET", "/bucket/a", &[], b"").await.status, 403);
    put(ObjectCannedAcl::PublicRead).await.expect("put acl");
    assert_eq!(grants(&fixture, "a").await, [PRIVATE, PUBLIC]);
    assert_eq!(fixture.raw("GET", "/bucket/a", &[], b"").await.status, 200);
    put(ObjectCannedAcl::Private).await.expect("put acl");
    assert_eq!(fixture.raw("GET", "/bucket/a", &[], b"").await.status, 403);
    // Everyone with an account is not everyone.
    put(ObjectCannedAcl::AuthenticatedRead).await.expect("put acl");
    assert_eq!(fixture.raw("GET", "/bucket/a", &[], b"").await.status, 403);
}

#[tokio::test]
async fn acl_can_be_put_as_grants() {
    let fixture = Fixture::start().await;
    fixture.put("a", "x").await;
    let everyone = Grantee::builder().r#type(Type::Group).uri(ALL_USERS).build().expect("grantee");
    let grant = Grant::builder().grantee(everyone).permission(Permission::Read).build();
    let policy = AccessControlPolicy::builder().grants(grant).owner(Owner::builder().id("x").build()).build();
    let put = fixture.client.put_object_acl().bucket(BUCKET).key("a");
    put.access_control_policy(policy).send().await.expect("put acl");
    assert_eq!(grants(&fixture, "a").await, [PUBLIC]);
    assert_eq!(fixture.raw("GET", "/bucket/a", &[], b"").await.status, 200);
}

#[tokio::test]
async fn acl_can_be_named_by_grant_headers() {
    let fixture = Fixture::start().await;
    let put = || {
        let put = fixture.client.put_object().bucket(BUCKET).key("a").body(b"x".to_vec().into());
        put.grant_read(format!("uri=\"{ALL_USERS}\", id=\"friend\""))
    };
    put().send().await.expect("put");
    assert_eq!(grants(&fixture, "a").await, [PUBLIC, "CanonicalUser friend READ"]);
    assert_fails!(put().acl(ObjectCannedAcl::Private).send().await, 400, "InvalidRequest");
}

#[tokio::test]
async fn acl_of_a_missing_key_answers_404() {
    let fixture = Fixture::start().await;
    let get = fixture.client.get_object_acl().bucket(BUCKET).key("no");
    assert_fails!(get.send().await, 404, "NoSuchKey");
    let put = fixture.client.put_object_acl().bucket(BUCKET).key("no").acl(ObjectCannedAcl::Private);
    assert_fails!(put.send().await, 404, "NoSuchKey");
}

#[tokio::test]
async fn unknown_canned_acl_answers_400() {
    let fixture = Fixture::start().await;
    let put = fixture.client.put_object().bucket(BUCKET).key("a").acl("open-bar".into());
    assert_fails!(put.send().await, 400, "InvalidArgument");
}
