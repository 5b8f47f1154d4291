//! What can go wrong, and the one table that says what each case is called everywhere.
//!
//! [`ErrorCode`] is a row of the table: its wire name, the PHP class that carries it, its category and the HTTP status
//! under which an application would surface it. Nothing else in the crate maps codes.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    time::Duration,
};

/// How an application should think of a failure; the four categories of the storage contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// The named thing does not exist.
    NotFound,
    /// Credentials are missing, wrong, or not allowed to do this.
    AccessDenied,
    /// A size, capacity or request-rate limit was exceeded.
    QuotaExceeded,
    /// Everything else.
    Backend,
}

impl Category {
    /// The name as PHP sees it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "NotFound",
            Self::AccessDenied => "AccessDenied",
            Self::QuotaExceeded => "QuotaExceeded",
            Self::Backend => "Backend",
        }
    }
}

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $class:literal, $category:ident, $status:literal;)+) => {
        /// A stable, machine-readable error code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code's name, as `getErrorCode()` returns it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The short name of the PHP class in `S3Storage\Exception`.
            #[must_use]
            pub const fn class(self) -> &'static str {
                match self { $(Self::$variant => $class,)+ }
            }

            /// The category of the code.
            #[must_use]
            pub const fn category(self) -> Category {
                match self { $(Self::$variant => Category::$category,)+ }
            }

            /// The HTTP status under which an application would surface the code.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }
        }
    };
}

error_codes! {
    /// The bucket does not exist on the server, or no such alias is registered.
    BucketNotFound = "BUCKET_NOT_FOUND", "BucketNotFoundException", NotFound, 404;
    /// The object does not exist.
    FileNotFound = "FILE_NOT_FOUND", "FileNotFoundException", NotFound, 404;
    /// The configuration is wrong; nothing was sent.
    InvalidConfig = "INVALID_CONFIG", "InvalidConfigException", Backend, 500;
    /// The operation failed in a way that no other code describes.
    OperationFailed = "S3_OPERATION_FAILED", "OperationFailedException", Backend, 500;
    /// Credentials are missing, wrong, or not allowed to do this.
    PermissionDenied = "PERMISSION_DENIED", "PermissionDeniedException", AccessDenied, 403;
    /// The pathname breaks a rule for pathnames; nothing was sent.
    InvalidPathname = "INVALID_PATHNAME", "InvalidPathnameException", Backend, 400;
    /// The alias is registered already.
    BucketAlreadyExists = "BUCKET_ALREADY_EXISTS", "BucketAlreadyExistsException", Backend, 409;
    /// The visibility is neither `public` nor `private`.
    InvalidVisibility = "INVALID_VISIBILITY", "InvalidVisibilityException", Backend, 400;
    /// The object is too large, or the account or bucket is full.
    QuotaExceeded = "QUOTA_EXCEEDED", "QuotaExceededException", QuotaExceeded, 413;
    /// The server asked to slow down, and still did after the last attempt.
    Throttled = "THROTTLED", "ThrottledException", QuotaExceeded, 413;
    /// A condition (`ifMatch`, `ifNoneMatch`) did not hold.
    PreconditionFailed = "PRECONDITION_FAILED", "PreconditionFailedException", Backend, 412;
    /// A conditional read found the object unchanged.
    NotModified = "NOT_MODIFIED", "NotModifiedException", Backend, 304;
    /// A time limit passed.
    Timeout = "TIMEOUT", "TimeoutException", Backend, 504;
    /// No connection could be made, or it broke.
    ConnectionFailed = "CONNECTION_FAILED", "ConnectionFailedException", Backend, 502;
    /// The bytes are not those that the server vouched for.
    ChecksumMismatch = "CHECKSUM_MISMATCH", "ChecksumMismatchException", Backend, 502;
    /// The server or backend cannot do this.
    Unsupported = "UNSUPPORTED", "UnsupportedException", Backend, 501;
    /// The caller ended the operation before its time.
    Cancelled = "CANCELLED", "CancelledException", Backend, 499;
    /// Some of a batch failed; the result of the batch tells which, and why.
    BatchFailed = "BATCH_FAILED", "BatchFailedException", Backend, 500;
    /// An option or value is wrong; no server was asked.
    InvalidArgument = "INVALID_ARGUMENT", "InvalidArgumentException", Backend, 400;
}

/// A failed operation: what the table says of it, and what is known of this case. One pointer wide; its facts are read
/// and written as fields ([`Facts`]).
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.render())]
pub struct Error(Box<Facts>);

/// What is known of a failed operation.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The row of the table.
    pub code: ErrorCode,
    /// What went wrong, for a person; no secret, no signed URL.
    pub message: String,
    /// Operation and subject, such as `write uploads/a.txt`; empty where there is none.
    pub operation: String,
    /// More context for a person (what to do, the server's own words); may be empty.
    pub details: String,
    /// The server's own error code, such as `AccessDenied`.
    pub server_code: Option<String>,
    /// The HTTP status that the server answered.
    pub status: Option<u16>,
    /// The server's id of the failed request.
    pub request_id: Option<String>,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// How many requests were tried; 0 when nothing was sent.
    pub attempts: u32,
    /// How long the server asked to wait before the next try.
    pub retry_after: Option<Duration>,
    /// Whether a try may have been applied although it seemed to fail: its answer was lost, or the server failed inside.
    pub maybe_applied: bool,
}

impl Deref for Error {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Facts {
        &mut self.0
    }
}

/// The result of every operation of the crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A new error of this code.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Facts {
            code,
            message: message.into(),
            operation: String::new(),
            details: String::new(),
            server_code: None,
            status: None,
            request_id: None,
            retryable: false,
            attempts: 0,
            retry_after: None,
            maybe_applied: false,
        }))
    }

    /// Shorthand for an INVALID_ARGUMENT error.
    #[must_use]
    pub fn invalid_argument(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidArgument, message)
    }

    /// The error of an operation that a forked child has inherited in its middle.
    #[must_use]
    pub fn forked() -> Self {
        Self::new(ErrorCode::OperationFailed, "the process was forked during the operation")
            .with_details("the parent goes on with it")
    }

    /// This error of a call that may have been applied before, by itself or by another process, or what is to be told where the object
    /// that should have decided it could not be looked at. An object that is not there has decided.
    #[must_use]
    pub fn or_undecided(self, look: Self) -> Self {
        if matches!(look.code, ErrorCode::FileNotFound | ErrorCode::BucketNotFound) {
            return self;
        }
        let (attempts, mut undecided) = (self.attempts, look);
        undecided.message =
            format!("whether it was applied is not known, for the object cannot be looked at: {}", undecided.message);
        undecided.attempts = attempts;
        undecided.maybe_applied = true;
        undecided
    }

    /// Adds context for a person.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.details = details.into();
        self
    }

    /// Names the operation and its subject, unless an inner layer did.
    #[must_use]
    pub fn during(mut self, operation: &str, subject: &str) -> Self {
        if self.operation.is_empty() {
            self.operation =
                if subject.is_empty() { operation.to_owned() } else { format!("{operation} {}", printable(subject)) };
        }
        self
    }

    fn render(&self) -> String {
        let mut facts = Vec::new();
        facts.extend(self.server_code.clone());
        facts.extend(self.status.map(|status| status.to_string()));
        facts.extend(self.request_id.as_ref().map(|id| format!("request id {}", printable(id))));
        let mut text = String::new();
        if !self.operation.is_empty() {
            text.push_str(&self.operation);
            text.push_str(": ");
        }
        text.push_str(&self.message);
        if !facts.is_empty() {
            text.push_str(" (");
            text.push_str(&facts.join(", "));
            text.push(')');
        }
        if !self.details.is_empty() {
            text.push_str(": ");
            text.push_str(&self.details);
        }
        text
    }
}

/// Control characters escaped, so that a key or a server's words cannot forge lines in a log.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let escaped: Box<dyn Iterator<Item = char>> =
                if c.is_control() { Box::new(c.escape_default()) } else { Box::new(std::iter::once(c)) };
            escaped
        })
        .collect()
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_reads_operation_reason_and_the_servers_facts() {
        let mut error = Error::new(ErrorCode::PermissionDenied, "access denied").during("write", "uploads/a.txt");
        error.server_code = Some("AccessDenied".into());
        error.status = Some(403);
        error.request_id = Some("abc".into());
        assert_eq!(error.to_string(), "write uploads/a.txt: access denied (AccessDenied, 403, request id abc)");
    }

    #[test]
    fn control_characters_in_a_pathname_are_escaped() {
        let error = Error::new(ErrorCode::FileNotFound, "no such object").during("read", "a\nb\u{1}");
        assert_eq!(error.to_string(), "read a\\nb\\u{1}: no such object");
    }

    #[test]
    fn every_code_and_class_is_unique() {
        for (i, a) in ErrorCode::ALL.iter().enumerate() {
            for b in &ErrorCode::ALL[i + 1..] {
                assert_ne!(a.as_str(), b.as_str());
                assert_ne!(a.class(), b.class());
            }
        }
    }
}
