//! Presigned URLs and how long they live.

use std::time::Duration;

use crate::error::{Error, Result};

/// The longest life of a `SigV4` URL: seven days.
/// Source: Amazon S3 API reference, "Authenticating requests: using query parameters".
pub const MAX_EXPIRY_SECONDS: i64 = 7 * 24 * 3600;

/// How long a presigned URL lives, 1 second to 7 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(Duration);

impl Expiry {
    /// Checks a number of seconds.
    ///
    /// # Errors
    /// INVALID_ARGUMENT outside of 1 second to 7 days.
    pub fn from_seconds(seconds: i64) -> Result<Self> {
        match u64::try_from(seconds) {
            Ok(positive @ 1..) if seconds <= MAX_EXPIRY_SECONDS => Ok(Self(Duration::from_secs(positive))),
            _ => Err(Error::invalid_argument(format!(
                "expiresIn must be 1 second to 7 days ({MAX_EXPIRY_SECONDS} seconds) from now, not {seconds} seconds"
            ))),
        }
    }

    /// The life as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

/// A URL that carries its own signature, and what the holder must send with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresignedUrl {
    /// The URL.
    pub url: String,
    /// `GET` or `PUT`.
    pub method: &'static str,
    /// Headers that are part of the signature and must be sent as they stand.
    pub headers: Vec<(String, String)>,
    /// End of life, in Unix seconds.
    pub expires_at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expiry_is_one_second_to_seven_days() {
        assert!(Expiry::from_seconds(1).is_ok());
        assert!(Expiry::from_seconds(MAX_EXPIRY_SECONDS).is_ok());
        for bad in [i64::MIN, -1, 0, MAX_EXPIRY_SECONDS + 1, i64::MAX] {
            assert!(Expiry::from_seconds(bad).is_err(), "{bad}");
        }
    }
}
