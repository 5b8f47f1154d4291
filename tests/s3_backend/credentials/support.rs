//! A storage whose configuration sees certain variables, and the places that hand out credentials.

use std::{fs, path::PathBuf};

use s3storage::{config, error::ErrorCode, storage::Storage};
use serde_json::{Value, json};

use super::scripted::{Answer, Request, Scripted};
use crate::{
    dev_server::Config,
    support::{BUCKET, get, name, select_in, server_with},
};

pub(super) const KEY: &str = "PLACEKEY";
pub(super) const SECRET: &str = "place-secret";
pub(super) const TOKEN: &str = "place-token";

/// Variables of one program. The instance metadata service is off unless it is given: nothing leaves this machine.
#[derive(Clone, Default)]
pub(super) struct Variables {
    set: Vec<(String, String)>,
    pub(super) confined: bool,
    pub(super) forbids_programs: bool,
}

impl Variables {
    pub(super) fn of<N: Into<String>, V: Into<String>>(set: impl IntoIterator<Item = (N, V)>) -> Self {
        Self { set: set.into_iter().map(|(name, value)| (name.into(), value.into())).collect(), ..Self::default() }
    }
}

impl config::Variables for Variables {
    fn get(&self, name: &str) -> Option<String> {
        let found = self.set.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        found.or_else(|| match name {
            "AWS_EC2_METADATA_DISABLED" if !self.set.iter().any(|(name, _)| name.starts_with("AWS_EC2")) => {
                Some("true".to_owned())
            }
            _ => None,
        })
    }

    fn confined(&self) -> bool {
        self.confined
    }

    fn may_run_programs(&self) -> bool {
        !self.forbids_programs
    }
}

/// The test bucket at an endpoint, with the credentials that the variables lead to.
pub(super) fn storage(endpoint: &str, variables: &Variables) -> Storage {
    let server = json!({"endpoint": endpoint, "max_attempts": 3});
    select_in(json!({"servers": {"s": server}, "buckets": {"b": {"server": "s", "bucket": BUCKET}}}), "b", variables)
}

/// A server that has no object, and takes every signature.
pub(super) async fn bucket() -> Scripted {
    Scripted::start(|request: &Request| {
        let is_object = request.target.starts_with(&format!("/{BUCKET}/x"));
        if is_object { Answer::status(404, "<Error><Code>NoSuchKey</Code></Error>") } else { Answer::ok("") }
    })
    .await
}

/// Many calls, at the same time and one after the other, are signed with the place's credentials; then the embedded
/// server, which knows the secret, accepts the signature. The place is asked once for the many, and once for the other.
pub(super) async fn assert_signs(variables: &Variables, token: Option<&str>) {
    let bucket = bucket().await;
    let storage = storage(&bucket.endpoint, variables);
    let x = name("x");
    let (a, b, c) = tokio::join!(storage.exists(&x), storage.exists(&x), storage.exists(&x));
    assert_eq!((a.unwrap(), b.unwrap(), c.unwrap()), (false, false, false));
    for _ in 0..3 {
        assert!(!storage.exists(&x).await.unwrap());
    }
    assert!(bucket.count() >= 6);
    for request in bucket.requests() {
        assert_eq!((request.key(), request.header("x-amz-security-token")), (KEY, token.unwrap_or_default()));
    }
    let known = Config { access_key: KEY.to_owned(), secret_key: SECRET.to_owned(), ..Config::default() };
    let server = server_with(known).await;
    let outcome = get(&self::storage(&server.endpoint(), variables), "x").await;
    assert_eq!(outcome.unwrap_err().code, ErrorCode::FileNotFound);
}

/// A folder with files, and its path.
pub(super) fn files(contents: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in contents {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let path = folder.path().to_owned();
    (folder, path)
}

/// What the metadata services of containers and instances answer.
pub(super) fn document(key: &str, end: &str) -> Value {
    json!({"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2020-01-01T00:00:00Z",
        "AccessKeyId": key, "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": end})
}

/// A long time from now.
pub(super) const LATER: &str = "2099-01-01T00:00:00Z";

/// Soon enough to be replaced, late enough to be used.
pub(super) fn soon() -> String {
    let end = time::OffsetDateTime::now_utc() + time::Duration::minutes(2);
    end.format(&time::format_description::well_known::Rfc3339).unwrap()
}

/// The token service's answer to `action`.
pub(super) fn assumed(action: &str) -> Answer {
    Answer::ok(format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result><AssumedRoleUser>\
         <AssumedRoleId>A:s</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser><Credentials>\
         <AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>\
         <Expiration>{LATER}</Expiration></Credentials></{action}Result></{action}Response>"
    ))
}

/// The instance metadata service, in its second version only.
pub(super) async fn metadata_service(end: &'static str) -> Scripted {
    Scripted::start(move |request: &Request| match (request.method.as_str(), request.target.as_str()) {
        ("PUT", "/latest/api/token") if !request.header("x-aws-ec2-metadata-token-ttl-seconds").is_empty() => {
            Answer::ok("session").with("x-aws-ec2-metadata-token-ttl-seconds: 21600")
        }
        _ if request.header("x-aws-ec2-metadata-token") != "session" => Answer::status(401, ""),
        ("GET", "/latest/meta-data/iam/security-credentials/") => Answer::ok("the-role"),
        ("GET", "/latest/meta-data/iam/security-credentials/the-role") => Answer::ok(document(KEY, end).to_string()),
        _ => Answer::status(404, ""),
    })
    .await
}
