//! Each place of the chain gives the credentials that requests are signed with.

use s3storage::error::ErrorCode;

use super::{
    scripted::{Answer, Request, Scripted},
    support::{
        KEY, LATER, SECRET, TOKEN, Variables, assert_signs, assumed, document, files, metadata_service, storage,
    },
};
use crate::support::{failed, get};

#[tokio::test]
async fn the_environment() {
    let key = [("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", SECRET)];
    assert_signs(&Variables::of(key), None).await;
    assert_signs(&Variables::of([key[0], key[1], ("AWS_SESSION_TOKEN", TOKEN)]), Some(TOKEN)).await;
}

#[tokio::test]
async fn a_profile_of_the_credentials_file() {
    let content = format!(
        "[default]\naws_access_key_id=x\naws_secret_access_key=y\n[work]\naws_access_key_id={KEY}\n\
                           aws_secret_access_key={SECRET}\naws_session_token={TOKEN}\n"
    );
    let (_folder, path) = files(&[("credentials", &content), ("home/.aws/credentials", &content)]);
    let file = path.join("credentials").display().to_string();
    assert_signs(
        &Variables::of([("AWS_SHARED_CREDENTIALS_FILE", file.as_str()), ("AWS_PROFILE", "work")]),
        Some(TOKEN),
    )
    .await;
    let home = path.join("home").display().to_string();
    assert_signs(&Variables::of([("HOME", home.as_str()), ("AWS_PROFILE", "work")]), Some(TOKEN)).await;
}

#[tokio::test]
async fn a_role_of_a_profile_with_a_source_profile() {
    let sts = Scripted::start(|request: &Request| {
        let asks = request.body.contains("Action=AssumeRole&") && request.body.contains("role%2Fwork");
        if asks && request.key() == "BASEKEY" && request.body.contains("ExternalId=ours") {
            assumed("AssumeRole")
        } else {
            Answer::status(403, "")
        }
    })
    .await;
    let (_folder, path) = files(&[(
        "config",
        "[profile work]\nrole_arn=arn:aws:iam::1:role/work\nexternal_id=ours\nsource_profile=base\n\
         [profile base]\naws_access_key_id=BASEKEY\naws_secret_access_key=y\n",
    )]);
    let file = path.join("config").display().to_string();
    let variables = Variables::of([
        ("AWS_CONFIG_FILE", file.as_str()),
        ("AWS_PROFILE", "work"),
        ("AWS_ENDPOINT_URL_STS", &sts.endpoint),
    ]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(sts.count(), 2);
}

#[tokio::test]
async fn single_sign_on() {
    let portal = Scripted::start(|request: &Request| {
        let asks = request.target == "/federation/credentials?role_name=reader&account_id=123456789012";
        if asks && request.header("x-amz-sso_bearer_token") == "bearer" {
            Answer::ok(format!(
                r#"{{"roleCredentials":{{"accessKeyId":"{KEY}","secretAccessKey":"{SECRET}","sessionToken":"{TOKEN}","expiration":4070908800000}}}}"#
            ))
        } else {
            Answer::status(401, "{}")
        }
    })
    .await;
    // Named by the SHA-1 of the start URL.
    let (_folder, path) = files(&[
        (
            ".aws/config",
            "[default]\nsso_start_url=https://example.awsapps.com/start\nsso_region=us-east-1\n\
             sso_account_id=123456789012\nsso_role_name=reader\n",
        ),
        (
            ".aws/sso/cache/e8be5486177c5b5392bd9aa76563515b29358e6e.json",
            &format!(
                r#"{{"accessToken":"bearer","expiresAt":"{LATER}","region":"us-east-1","startUrl":"https://example.awsapps.com/start"}}"#
            ),
        ),
    ]);
    let home = path.display().to_string();
    let variables = Variables::of([("HOME", home.as_str()), ("AWS_ENDPOINT_URL_SSO", &portal.endpoint)]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(portal.count(), 2);
}

#[tokio::test]
async fn web_identity() {
    let sts = Scripted::start(|request: &Request| {
        let asks = request.body.contains("Action=AssumeRoleWithWebIdentity&");
        if asks && request.body.contains("WebIdentityToken=the-jwt") && request.body.contains("RoleSessionName=session")
        {
            assumed("AssumeRoleWithWebIdentity")
        } else {
            Answer::status(403, "")
        }
    })
    .await;
    let (_folder, path) = files(&[("token", "the-jwt")]);
    let file = path.join("token").display().to_string();
    let mut variables = Variables::of([
        ("AWS_WEB_IDENTITY_TOKEN_FILE", file.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
        ("AWS_ROLE_SESSION_NAME", "session"),
        ("AWS_ENDPOINT_URL_STS", &sts.endpoint),
    ]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(sts.count(), 2);
    variables.confined = true;
    assert_finds_none(&variables).await;
    assert_eq!(sts.count(), 2);
}

#[tokio::test]
async fn a_container() {
    let service = Scripted::start(|request: &Request| {
        let asks = request.target == "/v2/credentials" && request.header("authorization") == "pass";
        if asks { Answer::ok(document(KEY, LATER).to_string()) } else { Answer::status(401, "{}") }
    })
    .await;
    let uri = format!("{}/v2/credentials", service.endpoint);
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri.as_str());
    let mut variables = Variables::of([uri, ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pass")]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(service.count(), 2);
    variables.confined = true;
    assert_signs(&variables, Some(TOKEN)).await;

    let (_folder, path) = files(&[("token", "pass")]);
    let file = path.join("token").display().to_string();
    let mut variables = Variables::of([uri, ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.as_str())]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(service.count(), 6);
    variables.confined = true;
    assert_finds_none(&variables).await;
    assert_eq!(service.count(), 6);
}

#[tokio::test]
async fn an_instance() {
    let service = metadata_service(LATER).await;
    let mut variables = Variables::of([("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.endpoint.as_str())]);
    assert_signs(&variables, Some(TOKEN)).await;
    // The session, the role's name, the role's credentials.
    assert_eq!(service.count(), 6);
    variables.confined = true;
    assert_signs(&variables, Some(TOKEN)).await;
}

#[tokio::test]
async fn a_program() {
    let printed =
        format!(r#"{{"Version":1,"AccessKeyId":"{KEY}","SecretAccessKey":"{SECRET}","SessionToken":"{TOKEN}"}}"#);
    let (_folder, path) = files(&[("printed", &printed)]);
    let path = path.display().to_string();
    let command = format!("echo $AWS_PROFILE >> {path}/asked; cat {path}/printed");
    std::fs::write(format!("{path}/config"), format!("[profile work]\ncredential_process = {command}\n")).unwrap();
    let config = format!("{path}/config");
    let mut variables = Variables::of([("AWS_CONFIG_FILE", config.as_str()), ("AWS_PROFILE", "work")]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(std::fs::read_to_string(format!("{path}/asked")).unwrap(), "work\nwork\n");

    variables.forbids_programs = true;
    let error = failed(get(&storage("http://127.0.0.1:9", &variables), "x").await);
    assert_eq!((error.code, error.attempts), (ErrorCode::PermissionDenied, 0));
    assert!(error.to_string().contains("proc_open is disabled"), "{error}");
    variables.confined = true;
    assert_finds_none(&variables).await;
    assert_eq!(std::fs::read_to_string(format!("{path}/asked")).unwrap(), "work\nwork\n");
}

#[tokio::test]
async fn a_role_of_a_profile_whose_source_is_a_program() {
    let sts = Scripted::start(|request: &Request| {
        let known = request.key() == "BASEKEY" && request.body.contains("RoleSessionName=mine");
        if known { assumed("AssumeRole") } else { Answer::status(403, "") }
    })
    .await;
    let (_folder, path) = files(&[(
        "config",
        "[default]\nrole_arn=arn:aws:iam::1:role/r\nrole_session_name=mine\nsource_profile=base\n[profile base]\n\
         credential_process=echo '{\"Version\":1,\"AccessKeyId\":\"BASEKEY\",\"SecretAccessKey\":\"s\"}'\n",
    )]);
    let file = path.join("config").display().to_string();
    let variables = Variables::of([("AWS_CONFIG_FILE", file.as_str()), ("AWS_ENDPOINT_URL_STS", &sts.endpoint)]);
    assert_signs(&variables, Some(TOKEN)).await;
    assert_eq!(sts.count(), 2);
}

#[tokio::test]
async fn no_credentials_anywhere_is_permission_denied_and_names_the_places() {
    assert_finds_none(&Variables::default()).await;
    assert_finds_none(&Variables::of([("AWS_PROFILE", "missing"), ("HOME", "/nonexistent")])).await;
}

async fn assert_finds_none(variables: &Variables) {
    let error = failed(get(&storage("http://127.0.0.1:9", variables), "x").await);
    assert_eq!((error.code, error.attempts), (ErrorCode::PermissionDenied, 0), "{error}");
    for place in ["AWS_ACCESS_KEY_ID", "profile", "web identity", "ECS", "EC2"] {
        assert!(error.to_string().contains(place), "{place} is missing in: {error}");
    }
}
