//! A part of an object, in bytes.

use crate::error::{Error, Result};

/// A range of bytes: from `offset` on, or the last ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByteRange {
    /// The first byte, counted from 0.
    pub offset: u64,
    /// How many bytes at most; `None` means to the end.
    pub length: Option<u64>,
    /// Not from `offset` on, but so many bytes before the end.
    last: Option<u64>,
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
        Ok(Self { offset, length, last: None })
    }

    /// The bytes from `offset` to before `end`; to the end of the object when there is none.
    #[must_use]
    pub const fn between(offset: u64, end: Option<u64>) -> Self {
        let length = match end {
            Some(end) => Some(end.saturating_sub(offset)),
            None => None,
        };
        Self { offset, length, last: None }
    }

    /// The value of a `Range` header as a client sends it (RFC 9110 §14.2). `None` for what a server may ignore, so that the whole object
    /// is the answer: other units, several ranges, anything malformed.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let (unit, range) = header.split_once('=')?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| {
            let text = text.trim();
            // No object has a byte behind that, and no server is asked for one.
            (text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty())
                .then(|| text.parse().unwrap_or(u64::MAX).min(i64::MAX.unsigned_abs()))
        };
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        if first.trim().is_empty() {
            return Some(Self { offset: 0, length: None, last: Some(number(last)?) });
        }
        let first = number(first)?;
        if last.trim().is_empty() {
            return Some(Self { offset: first, length: None, last: None });
        }
        let last = number(last)?;
        let length = last.checked_sub(first)?.saturating_add(1);
        Some(Self { offset: first, length: Some(length), last: None })
    }

    /// Whether this is the whole object.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.offset == 0 && self.length.is_none() && self.last.is_none()
    }

    /// Whether no object has bytes there.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        matches!((self.length, self.last), (Some(0), _) | (_, Some(0)))
    }

    /// The first byte and the one behind the last, of an object of this size.
    #[must_use]
    pub fn within(&self, size: u64) -> (u64, u64) {
        match self.last {
            Some(last) => (size.saturating_sub(last), size),
            None => (self.offset, self.length.map_or(size, |length| self.offset.saturating_add(length).min(size))),
        }
    }

    /// Whether it begins with the first byte, also of an empty object.
    #[must_use]
    pub const fn begins_at_first(&self) -> bool {
        self.offset == 0 && self.last.is_none()
    }

    /// The value of a `Range` header (RFC 9110 §14.1.2); `None` for the whole object.
    #[must_use]
    pub fn header(&self) -> Option<String> {
        if let Some(last) = self.last {
            return Some(format!("bytes=-{last}"));
        }
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
    fn a_header_of_a_client_is_understood_or_ignored() {
        let within = |header: &str, size| ByteRange::parse(header).map(|range| range.within(size));
        assert_eq!(within("bytes=0-99", 1000), Some((0, 100)));
        assert_eq!(within("bytes=900-", 1000), Some((900, 1000)));
        assert_eq!(within(" Bytes = 900 - 5000 ", 1000), Some((900, 1000)));
        assert_eq!(within("bytes=-100", 1000), Some((900, 1000)));
        assert_eq!(within("bytes=-5000", 1000), Some((0, 1000)));
        assert_eq!(within("bytes=0-99999999999999999999", 1000), Some((0, 1000)));
        assert_eq!(ByteRange::parse("bytes=-7").unwrap().header().unwrap(), "bytes=-7");
        for ignored in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "items=0-1", "bytes=0-1,3-4", "bytes=a-b", "bytes=+1-2"]
        {
            assert_eq!(ByteRange::parse(ignored), None, "{ignored}");
        }
        assert!(ByteRange::parse("bytes=-0").unwrap().is_empty());
    }

    #[test]
    fn a_range_behind_every_object_is_sent_as_a_range() {
        let huge = ByteRange::parse("bytes=44444444444444444444-55555555555555555555").unwrap();
        assert_eq!(huge.header().unwrap(), format!("bytes={0}-{0}", i64::MAX));
        assert_eq!(
            ByteRange::parse("bytes=44444444444444444444-").unwrap().header().unwrap(),
            format!("bytes={}-", i64::MAX)
        );
        assert_eq!(ByteRange::parse(&format!("bytes={}-{}", u64::MAX - 1, u64::MAX)), Some(huge));
    }

    #[test]
    fn negative_offsets_and_empty_lengths_are_refused() {
        assert!(ByteRange::new(-1, None).is_err());
        assert!(ByteRange::new(0, Some(0)).is_err());
        assert!(ByteRange::new(0, Some(-5)).is_err());
    }
}
