//! From a server's answer, or the lack of one, to an error of ours, for both planes. A backend classifies; it does not
//! paraphrase: the server's own code, status and words go along.

use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::{
    config::http::HttpResponse,
    error::SdkError,
    primitives::{DateTime, DateTimeFormat as Format},
};
use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};

use super::{Failure, Remedy};
use crate::{
    backend::s3::connection::{PLACES, TransportError, chain, find},
    error::{Error, ErrorCode, printable},
};

/// A server's words are cut here; a hostile one could send megabytes.
const MAX_WORDS: usize = 300;

/// What stands at the end of words that were cut.
pub(super) const CUT: &str = "…";

/// What a server said when it did not do what was asked.
#[derive(Debug, Default)]
pub(in crate::backend::s3) struct Verdict<'a> {
    pub(in crate::backend::s3) status: u16,
    /// `x-amz-request-id`.
    pub(in crate::backend::s3) request_id: Option<&'a str>,
    /// `Retry-After`.
    pub(in crate::backend::s3) retry_after: Option<&'a str>,
    /// `Date`.
    pub(in crate::backend::s3) date: Option<&'a str>,
    /// `x-amz-bucket-region`.
    pub(in crate::backend::s3) region: Option<&'a str>,
    /// The body: XML, or nothing after a HEAD.
    pub(in crate::backend::s3) body: &'a [u8],
}

impl<'a> Verdict<'a> {
    /// Reads the headers that matter.
    pub(in crate::backend::s3) fn of(
        status: u16,
        header: impl Fn(&'static str) -> Option<&'a str>,
        body: &'a [u8],
    ) -> Self {
        Self {
            status,
            request_id: header("x-amz-request-id"),
            retry_after: header("retry-after"),
            // An answer out of a cache tells the time of long ago.
            date: header("date").filter(|_| header("age").is_none()),
            region: header("x-amz-bucket-region"),
            body,
        }
    }

    /// The error of ours, and what may mend it.
    pub(in crate::backend::s3) fn failure(&self) -> Failure {
        let said = Said::in_body(self.body);
        let region = self.region.map(ToOwned::to_owned).or(said.region);
        let mut error = if self.status == 404 && said.code.is_empty() && !self.body.trim_ascii().is_empty() {
            not_of_s3(self.status)
        } else {
            answered(&said.code, &said.message, self.status, region.as_deref())
        };
        error.request_id = self.request_id.map(ToOwned::to_owned).or(said.request_id).as_deref().map(words);
        error.attempts = 1;
        error.maybe_applied = self.status >= 500 && error.code != ErrorCode::Throttled;
        error.retry_after = self.retry_after.and_then(pause);
        let clock = || self.date.and_then(moment).map(Remedy::Clock);
        let remedies: Vec<Remedy> = match said.code.as_str() {
            "ExpiredToken" => vec![Remedy::Renew],
            "RequestTimeTooSkewed" => clock().into_iter().collect(),
            // The answer to a HEAD has no code. A wrong region, an expired token and a wrong clock look like this.
            "" if self.status == 400 => region.map(Remedy::Region).into_iter().chain([Remedy::Refresh]).collect(),
            "" if self.status == 403 => clock().into_iter().collect(),
            _ if elsewhere(&said.code, self.status) => region.map(Remedy::Region).into_iter().collect(),
            _ => Vec::new(),
        };
        Failure { error, remedies }
    }

    /// An error about this answer, a success that is not what it should be.
    pub(in crate::backend::s3) fn about(&self, mut error: Error) -> Failure {
        error.status = Some(self.status);
        error.request_id = self.request_id.map(words);
        error.attempts = 1;
        error.into()
    }
}

/// Whether an answer says that the bucket is in another region. A 400 to a HEAD has no code.
/// Source: Amazon S3 API reference, "Error responses": `PermanentRedirect`, `TemporaryRedirect`, `AuthorizationHeaderMalformed`,
/// `IllegalLocationConstraintException`.
fn elsewhere(code: &str, status: u16) -> bool {
    matches!(status, 301 | 307 | 308)
        || matches!(code, "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException")
        || code.is_empty() && status == 400
}

/// What the XML of an error says.
#[derive(Debug, Default)]
struct Said {
    code: String,
    message: String,
    region: Option<String>,
    request_id: Option<String>,
}

impl Said {
    fn in_body(body: &[u8]) -> Self {
        let mut said = Self::default();
        if let Ok(mut document) = Document::try_from(body)
            && let Ok(mut root) = document.root_element()
            && root.start_el().matches("Error")
        {
            while let Some(mut tag) = root.next_tag() {
                match tag.start_el().local() {
                    "Code" => said.code = text(&mut tag),
                    "Message" => said.message = text(&mut tag),
                    "Region" => said.region = Some(text(&mut tag)),
                    "RequestId" => said.request_id = Some(text(&mut tag)),
                    _ => {}
                }
            }
        }
        said
    }
}

fn text(tag: &mut ScopedDecoder<'_, '_>) -> String {
    try_data(tag).map(|data| data.trim().to_owned()).unwrap_or_default()
}

/// Whether a body is an error although its status is 200, as the answers to long operations can be.
/// Source: Amazon S3 API reference, CopyObject and CompleteMultipartUpload.
pub(in crate::backend::s3) fn is_error(body: &[u8]) -> bool {
    let Ok(mut document) = Document::try_from(body) else { return false };
    // Not by `root_element`: when it is dropped it goes through all of the document.
    document.next_start_element().is_some_and(|root| root.matches("Error"))
}

/// The error of ours for one of the SDK's.
pub(in crate::backend::s3) fn of_sdk<E>(error: &SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + 'static,
{
    if let Some(fault) = find::<TransportError>(error) {
        return of_transport(fault);
    }
    if let Some(missing) = find::<CredentialsError>(error) {
        return no_credentials(missing).into();
    }
    let Some(answer) = error.raw_response() else {
        return Error::new(ErrorCode::OperationFailed, words(&chain(error))).into();
    };
    let body = answer.body().bytes().unwrap_or_default();
    let status = answer.status().as_u16();
    let verdict = Verdict::of(status, |name| answer.headers().get(name), body);
    if !answer.status().is_success() || is_error(body) {
        return verdict.failure();
    }
    let unread = Error::new(ErrorCode::OperationFailed, "the server's answer could not be read");
    verdict.about(unread.with_details(words(&chain(error))))
}

/// The error of ours for credentials that are not to be had.
pub(in crate::backend::s3) fn no_credentials(missing: &CredentialsError) -> Error {
    let mut ours = Error::new(ErrorCode::PermissionDenied, "no credentials");
    ours.details = match missing {
        CredentialsError::CredentialsNotLoaded(_) => format!("looked at: {PLACES}"),
        other => words(&chain(other)),
    };
    // A place that could not be reached may answer the next time.
    ours.retryable =
        matches!(missing, CredentialsError::ProviderTimedOut(_)) || find::<TransportError>(missing).is_some();
    ours
}

/// The error of ours for a request without an answer.
pub(in crate::backend::s3) fn of_transport(fault: &TransportError) -> Failure {
    let text = words(&fault.to_string());
    let mut error = match fault {
        TransportError::FirstByteTimeout(_) | TransportError::Silent(_) | TransportError::TooSlow(_) => {
            retryable(Error::new(ErrorCode::Timeout, text))
        }
        TransportError::TooLarge(_) | TransportError::CutXml => Error::new(ErrorCode::OperationFailed, text),
        TransportError::Content(error) => error.clone(),
        TransportError::NoTlsRoots(_) => Error::new(ErrorCode::ConnectionFailed, text),
        TransportError::CaFile(_) => Error::new(ErrorCode::InvalidConfig, text),
        TransportError::ConnectTimeout(_)
        | TransportError::Connect(_)
        | TransportError::Broken(_)
        | TransportError::NotHttp(_) => retryable(Error::new(ErrorCode::ConnectionFailed, text)),
    };
    error.attempts = 1;
    let was_sent = !matches!(
        fault,
        TransportError::ConnectTimeout(_)
            | TransportError::Connect(_)
            | TransportError::NoTlsRoots(_)
            | TransportError::CaFile(_)
            // A request without its end is not applied.
            | TransportError::Content(_)
    );
    error.maybe_applied = was_sent;
    error.into()
}

/// A point in time as headers have it.
fn moment(value: &str) -> Option<SystemTime> {
    SystemTime::try_from(DateTime::from_str(value, Format::HttpDate).ok()?).ok()
}

/// `Retry-After`: seconds, or a point in time (RFC 9110 §10.2.3).
fn pause(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    moment(value)?.duration_since(SystemTime::now()).ok()
}

/// The error of an answer by its code and status.
fn answered(name: &str, message: &str, status: u16, region: Option<&str>) -> Error {
    let code = match code_of(name) {
        // B2's answer to a header that it does not take, such as `x-amz-tagging`.
        None if name == "InvalidArgument" && message.starts_with("Unsupported header") => ErrorCode::Unsupported,
        code => code.unwrap_or_else(|| code_of_status(status)),
    };
    let mut ours = Error::new(code, summary(code, name, status));
    ours.server_code = Some(name).filter(|name| !name.is_empty()).map(words);
    ours.status = Some(status);
    ours.details = words(message);
    ours.retryable = status >= 500 && status != 501
        || matches!(code, ErrorCode::Throttled | ErrorCode::Timeout)
        || matches!(name, "ConditionalRequestConflict" | "InternalError" | "ServiceUnavailable" | "OperationAborted");
    if let Some(region) = region.filter(|_| elsewhere(name, status)) {
        ours.message = format!("the bucket is in region \"{0}\"; set the server's `region` to it", words(region));
    }
    if name == "AccessControlListNotSupported" {
        ours.details = "this bucket has ACLs disabled; set the bucket's `acl` to off and use a bucket policy".into();
    }
    ours
}

/// What stands in front of a storage has answered, or what is no storage: it knows nothing of an object.
fn not_of_s3(status: u16) -> Error {
    let mut ours = Error::new(ErrorCode::OperationFailed, summary(ErrorCode::OperationFailed, "", status));
    ours.status = Some(status);
    ours.details = "in words that are not S3's: look at the endpoint, and at what stands in front of it".into();
    ours
}

/// The error of ours for one entry of an answer that tells of many things.
pub(in crate::backend::s3) fn of_entry(code: &str, message: &str) -> Error {
    // The answer's own status is that of its whole: it says nothing of the entry.
    let mut ours = answered(code, message, 200, None);
    ours.status = None;
    ours.attempts = 1;
    if code.is_empty() {
        ours.message = "the server refused, without a reason".into();
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
pub(in crate::backend::s3) fn words(text: &str) -> String {
    let cut: String = text.chars().take(MAX_WORDS).collect();
    let ellipsis = if cut.len() < text.len() { CUT } else { "" };
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
            assert_eq!(answered(name, "", status, None).code, expected, "{name} {status}");
        }
    }

    #[test]
    fn disabled_acls_name_the_configuration_key() {
        let error = answered("AccessControlListNotSupported", "The bucket does not allow ACLs", 400, None);
        assert!(error.to_string().contains("`acl`"), "{error}");
    }

    #[test]
    fn a_servers_words_are_cut_and_escaped() {
        let error = answered("X", &"long\n".repeat(1000), 500, None);
        assert!(error.details.len() < 500);
        assert!(!error.details.contains('\n'));
        assert!(error.retryable);
    }

    #[test]
    fn what_a_body_says_is_read_and_hostile_xml_is_nothing() {
        let body = b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>a &amp; b</Message><Extra/><Region>r</Region></Error>";
        let said = Said::in_body(body);
        assert_eq!(
            (said.code.as_str(), said.message.as_str(), said.region.as_deref()),
            ("NoSuchKey", "a & b", Some("r"))
        );
        let bomb = b"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><Error><Code>&b;</Code></Error>";
        for hostile in [&b""[..], b"<Error", b"not xml", b"\xff\xfe", &bomb[..]] {
            let failure = Verdict { status: 500, body: hostile, ..Verdict::default() }.failure();
            assert_eq!((failure.error.code, failure.error.status), (ErrorCode::OperationFailed, Some(500)));
        }
        assert!(is_error(b"  \n <Error><Code>X</Code></Error>"));
        assert!(!is_error(b"<CopyObjectResult/>"));
    }

    #[test]
    fn answers_that_can_be_mended_say_how() {
        let failure = |code: &str, status: u16, region: Option<&'static str>| {
            let body = format!("<Error><Code>{code}</Code></Error>").into_bytes();
            let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
            Verdict { status, region, date, body: &body, ..Verdict::default() }.failure().remedies
        };
        assert_eq!(failure("ExpiredToken", 400, None), [Remedy::Renew]);
        assert_eq!(failure("PermanentRedirect", 301, Some("eu-west-1")), [Remedy::Region("eu-west-1".into())]);
        assert!(matches!(failure("RequestTimeTooSkewed", 403, None)[..], [Remedy::Clock(_)]));
        assert_eq!(failure("AccessDenied", 403, Some("eu-west-1")), []);
        assert_eq!(failure("NoSuchKey", 404, None), []);
    }
}
