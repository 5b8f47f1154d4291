//! Buckets in another region: on AWS the request is signed again for the right host, elsewhere the error names the region.
//! No request ever goes to a host from `Location`.

use s3storage::{error::ErrorCode, storage::Storage};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    client::{failed, storage_of, storage_with},
    fault_server::{Answer, FaultServer, Script},
    operation::{Operation, all_good},
    proxy::Proxy,
    tls::{Authority, server_config},
};

const WRONG: &str = "test-bucket.s3.us-east-1.amazonaws.com";
const RIGHT: &str = "test-bucket.s3.eu-west-1.amazonaws.com";

/// What a server says of a bucket that is elsewhere.
pub(crate) fn redirect(status: u16, code: &str, region: &str, location: &str) -> Answer {
    Answer::error(status, code).header("x-amz-bucket-region", region).header("location", location)
}

/// Two regions of AWS, behind a proxy that knows their hosts only.
pub(crate) struct Aws {
    pub(crate) wrong: FaultServer,
    pub(crate) right: FaultServer,
    proxy: Proxy,
    trusted: NamedTempFile,
}

impl Aws {
    pub(crate) fn start(wrong: Script, right: Script) -> Self {
        let authority = Authority::new();
        let trusted = NamedTempFile::new().unwrap();
        std::fs::write(trusted.path(), authority.pem()).unwrap();
        let host = |script, name| FaultServer::start_tls(script, server_config(&authority.names(&[name])));
        let (wrong, right) = (host(wrong, WRONG), host(right, RIGHT));
        let proxy = Proxy::http(&[(WRONG, wrong.address()), (RIGHT, right.address())]);
        Self { wrong, right, proxy, trusted }
    }

    pub(crate) fn storage(&self) -> Storage {
        storage_of(&self.server())
    }

    fn server(&self) -> Value {
        json!({
            "region": "us-east-1",
            "proxy": self.proxy.url(),
            "ca_file": self.trusted.path(),
            "credentials": {"key": "k", "secret": "s"},
            "max_attempts": 3,
        })
    }
}

#[tokio::test]
async fn aws_is_reached_by_its_own_names_through_a_proxy() {
    let aws = Aws::start(all_good(), all_good());
    let storage = aws.storage();
    for operation in Operation::ALL {
        operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
    }
    assert!(aws.wrong.requests().iter().all(|request| request.header("host") == Some(WRONG)));
    assert!(aws.proxy.asked().iter().all(|asked| *asked == format!("CONNECT {WRONG}:443")), "{:?}", aws.proxy.asked());
}

#[tokio::test]
async fn a_bucket_in_another_region_is_asked_for_there_and_remembered() {
    for operation in Operation::ALL {
        for (status, code) in
            [(301, "PermanentRedirect"), (307, "TemporaryRedirect"), (400, "AuthorizationHeaderMalformed")]
        {
            let answer = redirect(status, code, "eu-west-1", "https://evil.example/x");
            let aws = Aws::start(operation.always(answer), all_good());
            let storage = aws.storage();
            operation.run(&storage).await.unwrap_or_else(|error| panic!("{operation:?} {status}: {error}"));
            // The next calls go there at once, on both planes.
            for later in [operation, Operation::Write, Operation::List] {
                later.run(&storage).await.unwrap_or_else(|error| panic!("{later:?} after {operation:?}: {error}"));
            }
            assert_eq!(aws.wrong.requests().len(), 1, "{operation:?} {status}");
            let requests = aws.right.requests();
            assert_eq!(requests.len(), 4, "{operation:?} {status}");
            for request in requests {
                assert_eq!(request.header("host"), Some(RIGHT), "{operation:?} {status}");
                assert_eq!(request.signed_region(), Some("eu-west-1"), "{operation:?} {status}");
            }
            aws_alone_was_asked(&aws);
        }
    }
}

/// Every name that the proxy was asked for is one of the two.
fn aws_alone_was_asked(aws: &Aws) {
    let known = [WRONG, RIGHT].map(|host| format!("CONNECT {host}:443"));
    assert!(aws.proxy.asked().iter().all(|asked| known.contains(asked)), "{:?}", aws.proxy.asked());
}

/// Where the header is missing, as in some answers to a wrong scope, the body names the region.
#[tokio::test]
async fn a_region_in_the_body_of_a_refusal_is_followed_too() {
    for operation in Operation::with_body() {
        let mut answer = Answer::xml(
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong region</Message><Region>eu-west-1</Region></Error>",
        );
        answer.status = 400;
        let aws = Aws::start(operation.always(answer), all_good());
        operation.run(&aws.storage()).await.unwrap_or_else(|error| panic!("{operation:?}: {error}"));
        assert_eq!(aws.right.requests()[0].signed_region(), Some("eu-west-1"), "{operation:?}");
    }
}

#[tokio::test]
async fn two_regions_that_send_each_other_the_request_end_in_an_error() {
    for operation in [Operation::Read, Operation::Write, Operation::List] {
        let to = |region| redirect(301, "PermanentRedirect", region, "https://evil.example/x");
        let aws = Aws::start(operation.always(to("eu-west-1")), operation.always(to("us-east-1")));
        let error = failed(operation.run(&aws.storage()).await);
        assert_eq!(error.code, ErrorCode::OperationFailed, "{operation:?}: {error}");
        let sent = aws.wrong.requests().len() + aws.right.requests().len();
        assert!(sent <= 3, "{operation:?}: {sent}");
        aws_alone_was_asked(&aws);
    }
}

#[tokio::test]
async fn a_region_that_is_none_never_becomes_a_host() {
    for region in ["evil.example/", "evil.example#", "x@evil.example", "eu-west-1.evil.example", "", " ", "../.."] {
        for operation in [Operation::Read, Operation::Metadata, Operation::List] {
            let answer = redirect(301, "PermanentRedirect", region, "https://evil.example/x");
            let aws = Aws::start(operation.always(answer), all_good());
            let error = failed(operation.run(&aws.storage()).await);
            assert_eq!(error.code, ErrorCode::OperationFailed, "{operation:?} {region:?}: {error}");
            assert_eq!(aws.right.requests().len(), 0, "{operation:?} {region:?}");
            aws_alone_was_asked(&aws);
        }
    }
}

#[tokio::test]
async fn a_custom_endpoint_in_another_region_is_an_error_that_names_the_region() {
    for operation in Operation::ALL {
        for (status, code) in
            [(301, "PermanentRedirect"), (307, "TemporaryRedirect"), (400, "AuthorizationHeaderMalformed")]
        {
            let elsewhere = FaultServer::start(all_good());
            let location = format!("{}/test-bucket/x", elsewhere.endpoint());
            let server = FaultServer::start(operation.always(redirect(status, code, "eu-west-1", &location)));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({"max_attempts": 3}))).await);
            assert_eq!(error.code, ErrorCode::OperationFailed, "{operation:?} {status}");
            assert!(error.to_string().contains("eu-west-1"), "{operation:?} {status}: {error}");
            assert_eq!(server.requests().len(), 1, "{operation:?} {status}");
            assert_eq!(elsewhere.requests().len(), 0, "{operation:?} {status}");
        }
    }
}

/// Redirects that have nothing to do with regions, as a web server in front of the storage may send them.
#[tokio::test]
async fn a_redirect_without_a_region_is_an_error_and_is_not_followed() {
    for operation in Operation::ALL {
        for status in [301, 302, 303, 307, 308] {
            let elsewhere = FaultServer::start(all_good());
            let location = format!("{}/test-bucket/x", elsewhere.endpoint());
            let server = FaultServer::start(operation.always(Answer::new(status, "").header("location", &location)));
            let error = failed(operation.run(&storage_with(&server.endpoint(), json!({}))).await);
            assert_eq!((error.code, error.attempts), (ErrorCode::OperationFailed, 1), "{operation:?} {status}");
            assert_eq!(elsewhere.requests().len(), 0, "{operation:?} {status}");
        }
    }
}
