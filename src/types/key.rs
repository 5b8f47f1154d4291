//! The rules for names: what a pathname may be, and how a bucket's prefix and a pathname make a key.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::{Error, ErrorCode, Result};

/// What stays as it is in a path: unreserved characters (RFC 3986 §2.3) and the separator.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The longest key that S3 takes, in bytes of UTF-8.
/// Source: Amazon S3 user guide, "Naming Amazon S3 objects".
pub const MAX_KEY_BYTES: usize = 1024;

/// A validated pathname: what the caller calls an object, relative to its bucket's prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pathname(String);

/// A validated raw start of pathnames; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Prefix(String);

/// A key as it is sent to a server: the bucket's prefix and a pathname.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Pathname {
    /// Checks a pathname as the caller gave it.
    ///
    /// # Errors
    /// INVALID_PATHNAME for bytes that are not UTF-8, an empty name, a NUL, a `.` or `..` segment, or more than 1,024
    /// bytes. Everything else is taken as it is.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let name = utf8(bytes)?;
        if name.is_empty() {
            return Err(invalid(name, "a pathname must not be empty"));
        }
        check(name)?;
        check_length(name, name.len())?;
        Ok(Self(name.to_owned()))
    }

    /// The pathname as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of this pathname under a bucket's prefix.
    ///
    /// # Errors
    /// INVALID_PATHNAME when both together are longer than 1,024 bytes.
    pub fn key(&self, prefix: &Prefix) -> Result<Key> {
        check_length(&self.0, prefix.0.len() + self.0.len())?;
        Ok(Key(format!("{}{}", prefix.0, self.0)))
    }
}

impl Prefix {
    /// Checks a raw start of pathnames, as a listing takes it. It may be empty and end anywhere, in the middle of a `..` too:
    /// servers compare bytes and resolve nothing, so it cannot leave the bucket's prefix.
    ///
    /// # Errors
    /// INVALID_PATHNAME for bytes that are not UTF-8, a NUL, or more than 1,024 bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let prefix = utf8(bytes)?;
        check_nul(prefix)?;
        check_length(prefix, prefix.len())?;
        Ok(Self(prefix.to_owned()))
    }

    /// The prefix of a bucket: checked as a pathname is (but it may be empty), with a final `/` added where it is missing, so that `tenant1` never
    /// covers `tenant10/`.
    ///
    /// # Errors
    /// INVALID_PATHNAME as for [`Pathname::parse`].
    pub fn of_bucket(bytes: &[u8]) -> Result<Self> {
        let mut prefix = Self::parse(bytes)?;
        check(&prefix.0)?;
        if !prefix.0.is_empty() && !prefix.0.ends_with('/') {
            prefix.0.push('/');
        }
        Ok(prefix)
    }

    /// The prefix that stands for a directory: as that of a bucket, so that `a` never covers `ab/`.
    ///
    /// # Errors
    /// INVALID_PATHNAME as for [`Pathname::parse`].
    pub fn of_directory(bytes: &[u8]) -> Result<Self> {
        Self::of_bucket(bytes)
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This prefix under a bucket's own, as it is sent.
    #[must_use]
    pub fn under(&self, bucket: &Self) -> String {
        format!("{}{}", bucket.0, self.0)
    }

    /// What the caller calls a key of a bucket with this prefix; `None` for a key outside of it, and for the prefix itself.
    #[must_use]
    pub fn strip<'a>(&self, key: &'a str) -> Option<&'a str> {
        key.strip_prefix(self.0.as_str()).filter(|rest| !rest.is_empty())
    }
}

impl Key {
    /// A key as a server listed it, which may break the rules for pathnames; `None` where it is not under this prefix, and for
    /// the prefix itself.
    #[must_use]
    pub fn listed(bucket: &Prefix, key: String) -> Option<Self> {
        bucket.strip(&key).is_some().then_some(Self(key))
    }

    /// Another key of the same directory; `None` where it would be longer than keys are.
    #[must_use]
    pub fn beside(&self, name: &str) -> Option<Self> {
        let directory = self.0.rfind('/').map_or("", |slash| &self.0[..=slash]);
        (directory.len() + name.len() <= MAX_KEY_BYTES).then(|| Self(format!("{directory}{name}")))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as the path of a URL: everything but unreserved characters and `/` is percent-encoded.
    #[must_use]
    pub fn url_path(&self) -> String {
        utf8_percent_encode(&self.0, PATH).to_string()
    }

    /// Appends the key as the path of a URL.
    pub fn push_url_path(&self, url: &mut String) {
        url.extend(utf8_percent_encode(&self.0, PATH));
    }
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|_| {
        Error::new(ErrorCode::InvalidPathname, "a pathname must be UTF-8")
            .during("pathname", &String::from_utf8_lossy(bytes))
    })
}

fn check_nul(name: &str) -> Result<()> {
    if name.contains('\0') {
        return Err(invalid(name, "a pathname must not contain a NUL byte"));
    }
    Ok(())
}

fn check(name: &str) -> Result<()> {
    check_nul(name)?;
    if name.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(invalid(name, "a pathname must not contain a `.` or `..` segment"));
    }
    Ok(())
}

fn check_length(name: &str, bytes: usize) -> Result<()> {
    if bytes > MAX_KEY_BYTES {
        let message = format!(
            "a key must not be longer than {MAX_KEY_BYTES} bytes; with the bucket's prefix this one has {bytes}"
        );
        let start: String = name.chars().take(40).collect();
        return Err(invalid(&format!("{start}…"), &message));
    }
    Ok(())
}

fn invalid(name: &str, message: &str) -> Error {
    Error::new(ErrorCode::InvalidPathname, message).during("pathname", &format!("\"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_but_valid_pathnames_are_taken_as_they_are() {
        let longest = "x".repeat(MAX_KEY_BYTES);
        for name in [
            "ä", "a\u{308}", " ", "a+b", "100%", "a%2Fb", "a//b", "/a", "a/", "a ", "a\nb", "\u{1}", "?#&<>\"'", "...",
            ".a", "a..", "..a/b", &longest,
        ] {
            assert_eq!(Pathname::parse(name.as_bytes()).unwrap().as_str(), name);
        }
    }

    #[test]
    fn only_the_named_pathnames_are_refused() {
        let too_long = "x".repeat(MAX_KEY_BYTES + 1);
        for name in ["", ".", "..", "a/../b", "../../x", "a/.", "./a", "a\0b", too_long.as_str()] {
            let error = Pathname::parse(name.as_bytes()).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidPathname, "{name:?}");
        }
        assert_eq!(Pathname::parse(b"\xff").unwrap_err().code, ErrorCode::InvalidPathname);
    }

    #[test]
    fn a_url_path_keeps_slashes_and_unreserved_characters_only() {
        let key = Pathname::parse("a/b c+d%2F?#&\u{1}é~".as_bytes()).unwrap().key(&Prefix::default()).unwrap();
        assert_eq!(key.url_path(), "a/b%20c%2Bd%252F%3F%23%26%01%C3%A9~");
    }

    #[test]
    fn a_listing_may_begin_anywhere_and_a_bucket_prefix_may_not_climb() {
        for start in ["", ".", "..", "docs/.", "../x"] {
            assert!(Prefix::parse(start.as_bytes()).is_ok(), "{start}");
        }
        for bucket in ["..", "a/../b", "."] {
            assert!(Prefix::of_bucket(bucket.as_bytes()).is_err(), "{bucket}");
        }
    }

    #[test]
    fn a_prefix_counts_towards_the_length_of_a_key() {
        let prefix = Prefix::of_bucket(b"p/").unwrap();
        assert!(Pathname::parse("x".repeat(1022).as_bytes()).unwrap().key(&prefix).is_ok());
        assert!(Pathname::parse("x".repeat(1023).as_bytes()).unwrap().key(&prefix).is_err());
    }

    #[test]
    fn a_bucket_prefix_ends_with_a_slash_so_that_tenant1_never_covers_tenant10() {
        let prefix = Prefix::of_bucket(b"tenant1").unwrap();
        assert_eq!(prefix.as_str(), "tenant1/");
        assert_eq!(prefix.strip("tenant1/a"), Some("a"));
        assert_eq!(prefix.strip("tenant10/a"), None);
        assert_eq!(prefix.strip("tenant1/"), None);
    }
}
