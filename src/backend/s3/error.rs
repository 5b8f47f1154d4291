//! From the SDK's errors to ours. A backend classifies; it does not paraphrase: the server's own code, status and words
//! go along.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::{DateTime, DateTimeFormat as Format},
};
use aws_types::request_id::RequestId;

use super::{
    credentials,
    transport::{TransportError, chain, find},
};
use crate::error::{Error, ErrorCode, printable};

/// A server's words are cut here; a hostile one could send megabytes.
const MAX_WORDS: usize = 300;

/// The error of ours for one of the SDK's.
pub(super) fn classify<E>(error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut ours = match error {
        // A body that was cut short by a limit of ours says nothing of the server's verdict.
        _ if find::<TransportError>(error).is_some() => unanswered(error),
        SdkError::ServiceError(service) => answered(
            service.err().code(),
            service.err().message(),
            service.raw().status().as_u16(),
            service.raw().headers().get("x-amz-bucket-region"),
        ),
        SdkError::ResponseError(response) => {
            let mut ours = answered(None, None, response.raw().status().as_u16(), None);
            if response.raw().status().is_success() {
                ours = Error::new(ErrorCode::OperationFailed, "the server's answer could not be read")
                    .with_details(words(&chain(error)));
            }
            ours.status = Some(response.raw().status().as_u16());
            ours
        }
        _ => unanswered(error),
    };
    ours.request_id = error.request_id().map(words);
    let sent = !matches!(error, SdkError::ConstructionFailure(_)) && find::<CredentialsError>(error).is_none();
    ours.attempts = u32::from(sent);
    ours.retry_after = error.raw_response().and_then(|answer| answer.headers().get("retry-after")).and_then(pause);
    ours
}

/// `Retry-After`: seconds, or a point in time (RFC 9110 §10.2.3).
fn pause(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::from_str(value, Format::HttpDate).ok()?;
    SystemTime::try_from(until).ok()?.duration_since(SystemTime::now()).ok()
}

fn unanswered(error: &(dyn std::error::Error + 'static)) -> Error {
    if let Some(missing) = find::<CredentialsError>(error) {
        let mut ours = Error::new(ErrorCode::PermissionDenied, "no credentials");
        ours.details = match missing {
            CredentialsError::CredentialsNotLoaded(_) => format!("looked at: {}", credentials::PLACES),
            other => words(&chain(other)),
        };
        return ours;
    }
    let code = match find::<TransportError>(error) {
        Some(TransportError::FirstByteTimeout(_) | TransportError::Silent(_) | TransportError::TooSlow(_)) => {
            ErrorCode::Timeout
        }
        Some(TransportError::TooLarge(_)) | None => {
            return Error::new(ErrorCode::OperationFailed, words(&chain(error)));
        }
        Some(_) => ErrorCode::ConnectionFailed,
    };
    retryable(Error::new(code, words(&chain(error))))
}

/// The error of an answer by its code and status.
fn answered(server_code: Option<&str>, message: Option<&str>, status: u16, region: Option<&str>) -> Error {
    let name = server_code.unwrap_or_default();
    let code = code_of(name).unwrap_or_else(|| code_of_status(status));
    let mut ours = Error::new(code, summary(code, name, status));
    ours.server_code = server_code.filter(|name| !name.is_empty()).map(words);
    ours.status = Some(status);
    ours.details = message.map(words).unwrap_or_default();
    ours.retryable = status >= 500 && status != 501
        || matches!(code, ErrorCode::Throttled | ErrorCode::Timeout)
        || name == "ConditionalRequestConflict";
    if let Some(region) = region.filter(|_| code == ErrorCode::OperationFailed && (300..=400).contains(&status)) {
        ours.details = format!("the bucket is in region \"{}\"; set the server's `region` to it", words(region));
    }
    if name == "AccessControlListNotSupported" {
        ours.details = "this bucket has ACLs disabled; set the bucket's `acl` to off and use a bucket policy".into();
    }
    ours
}

/// The codes of servers that mean more than their status.
/// Source: Amazon S3 API reference, "Error responses"; names with `XMinio` from `MinIO`.
fn code_of(name: &str) -> Option<ErrorCode> {
    Some(match name {
        "NoSuchKey" | "NoSuchVersion" => ErrorCode::FileNotFound,
        "NoSuchBucket" => ErrorCode::BucketNotFound,
        "AccessDenied"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "ExpiredToken"
        | "InvalidToken"
        | "RequestTimeTooSkewed"
        | "AllAccessDisabled" => ErrorCode::PermissionDenied,
        "EntityTooLarge"
        | "QuotaExceeded"
        | "XMinioStorageFull"
        | "XMinioAdminBucketQuotaExceeded"
        | "InsufficientCapacity" => ErrorCode::QuotaExceeded,
        "SlowDown"
        | "SlowDownRead"
        | "SlowDownWrite"
        | "TooManyRequests"
        | "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException" => ErrorCode::Throttled,
        "PreconditionFailed" | "ConditionalRequestConflict" => ErrorCode::PreconditionFailed,
        "NotImplemented" | "AccessControlListNotSupported" => ErrorCode::Unsupported,
        "BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch" => {
            ErrorCode::ChecksumMismatch
        }
        "RequestTimeout" => ErrorCode::Timeout,
        _ => return None,
    })
}

/// What a bare status means, as in the answer to a HEAD.
fn code_of_status(status: u16) -> ErrorCode {
    match status {
        304 => ErrorCode::NotModified,
        401 | 403 => ErrorCode::PermissionDenied,
        404 => ErrorCode::FileNotFound,
        408 | 504 => ErrorCode::Timeout,
        412 => ErrorCode::PreconditionFailed,
        413 | 507 => ErrorCode::QuotaExceeded,
        429 => ErrorCode::Throttled,
        501 => ErrorCode::Unsupported,
        _ => ErrorCode::OperationFailed,
    }
}

fn summary(code: ErrorCode, name: &str, status: u16) -> String {
    match code {
        ErrorCode::FileNotFound => "no such object",
        ErrorCode::BucketNotFound => "no such bucket on the server",
        ErrorCode::PermissionDenied => match name {
            "InvalidAccessKeyId" => "the server does not know the access key",
            "SignatureDoesNotMatch" => {
                "the signature does not fit: a wrong secret key, or a proxy that changes requests"
            }
            "ExpiredToken" | "InvalidToken" => "the session token has expired or is not valid",
            "RequestTimeTooSkewed" => "this machine's clock is wrong",
            _ => "access denied",
        },
        ErrorCode::QuotaExceeded => "too large, or no space left on the server",
        ErrorCode::Throttled => "the server asked to slow down",
        ErrorCode::PreconditionFailed => "the condition does not hold",
        ErrorCode::NotModified => "not modified",
        ErrorCode::Unsupported => "the server does not support this",
        ErrorCode::ChecksumMismatch => "the server received other bytes than were sent",
        ErrorCode::Timeout => "the server gave up waiting",
        _ => {
            return if name.is_empty() { format!("the server answered {status}") } else { "the server refused".into() };
        }
    }
    .to_owned()
}

fn retryable(mut error: Error) -> Error {
    error.retryable = true;
    error
}

/// Someone else's text, fit for a message.
pub(super) fn words(text: &str) -> String {
    let cut: String = text.chars().take(MAX_WORDS).collect();
    let ellipsis = if cut.len() < text.len() { "…" } else { "" };
    printable(&format!("{cut}{ellipsis}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_servers_go_before_the_status() {
        for (name, status, expected) in [
            ("NoSuchKey", 404, ErrorCode::FileNotFound),
            ("NoSuchBucket", 404, ErrorCode::BucketNotFound),
            ("", 404, ErrorCode::FileNotFound),
            ("", 403, ErrorCode::PermissionDenied),
            ("ExpiredToken", 400, ErrorCode::PermissionDenied),
            ("EntityTooLarge", 400, ErrorCode::QuotaExceeded),
            ("SlowDown", 503, ErrorCode::Throttled),
            ("", 429, ErrorCode::Throttled),
            ("NotImplemented", 501, ErrorCode::Unsupported),
            ("AccessControlListNotSupported", 400, ErrorCode::Unsupported),
            ("InternalError", 500, ErrorCode::OperationFailed),
            ("", 412, ErrorCode::PreconditionFailed),
            ("", 304, ErrorCode::NotModified),
            ("InvalidRange", 416, ErrorCode::OperationFailed),
        ] {
            assert_eq!(answered(Some(name), None, status, None).code, expected, "{name} {status}");
        }
    }

    #[test]
    fn disabled_acls_name_the_configuration_key() {
        let error = answered(Some("AccessControlListNotSupported"), Some("The bucket does not allow ACLs"), 400, None);
        assert!(error.to_string().contains("`acl`"), "{error}");
    }

    #[test]
    fn a_servers_words_are_cut_and_escaped() {
        let error = answered(Some("X"), Some(&"long\n".repeat(1000)), 500, None);
        assert!(error.details.len() < 500);
        assert!(!error.details.contains('\n'));
        assert!(error.retryable);
    }
}
