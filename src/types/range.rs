//! A part of an object, in bytes.

use crate::error::{Error, Result};

/// A range of bytes from `offset`; to the end when there is no length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, counted from 0.
    pub offset: u64,
    /// How many bytes at most; `None` means to the end.
    pub length: Option<u64>,
}

impl ByteRange {
    /// Checks an offset and a length as a caller gave them.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a negative offset or a length under 1.
    pub fn new(offset: i64, length: Option<i64>) -> Result<Self> {
        let offset = u64::try_from(offset)
            .map_err(|_| Error::invalid_argument(format!("offset must be 0 or more bytes, not {offset}")))?;
        let length = match length {
            Some(length) if length < 1 => {
                return Err(Error::invalid_argument(format!("length must be at least 1 byte, not {length}")));
            }
            other => other.map(i64::unsigned_abs),
        };
        Ok(Self { offset, length })
    }

    /// Whether this is the whole object.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.offset == 0 && self.length.is_none()
    }

    /// The value of a `Range` header (RFC 9110 §14.1.2); `None` for the whole object.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        match self.length {
            None if self.offset == 0 => None,
            None => Some(format!("bytes={}-", self.offset)),
            Some(length) => {
                let last = self.offset.saturating_add(length - 1).min(i64::MAX.unsigned_abs());
                Some(format!("bytes={}-{last}", self.offset))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_follows_rfc_9110() {
        assert_eq!(ByteRange::new(0, None).unwrap().header(), None);
        assert_eq!(ByteRange::new(5, None).unwrap().header().unwrap(), "bytes=5-");
        assert_eq!(ByteRange::new(0, Some(1)).unwrap().header().unwrap(), "bytes=0-0");
        assert_eq!(ByteRange::new(5, Some(10)).unwrap().header().unwrap(), "bytes=5-14");
        assert_eq!(ByteRange::new(1, Some(i64::MAX)).unwrap().header().unwrap(), format!("bytes=1-{}", i64::MAX));
    }

    #[test]
    fn negative_offsets_and_empty_lengths_are_refused() {
        assert!(ByteRange::new(-1, None).is_err());
        assert!(ByteRange::new(0, Some(0)).is_err());
        assert!(ByteRange::new(0, Some(-5)).is_err());
    }
}
