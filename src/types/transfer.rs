//! How a content travels: in how large parts, and how many at a time.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// What S3 takes as a part; the last one may be smaller. Bytes.
/// Source: Amazon S3 user guide, "Amazon S3 multipart upload limits".
pub const PART_SIZES: RangeInclusive<u64> = 5 * 1024 * 1024..=5 * 1024 * 1024 * 1024;

/// How many parts may be under way at a time.
pub const CONCURRENCIES: RangeInclusive<u32> = 1..=100;

/// What a call asks for; `None` leaves it to the bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TransferOptions {
    /// The size of a part, in bytes; contents that fit into one are sent in one request.
    pub part_size: Option<u64>,
    /// Parts that are under way at once.
    pub concurrency: Option<u32>,
}

impl TransferOptions {
    /// Checks what a caller gave.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for what the configuration of a bucket would not take either.
    pub fn new(part_size: Option<i64>, concurrency: Option<i64>) -> Result<Self> {
        let part_size = part_size.map(|size| within("partSize", "a number of bytes", size, &PART_SIZES)).transpose()?;
        let concurrency =
            concurrency.map(|parts| within("concurrency", "a number", parts, &CONCURRENCIES)).transpose()?;
        Ok(Self { part_size, concurrency })
    }
}

fn within<N>(name: &str, kind: &str, value: i64, limits: &RangeInclusive<N>) -> Result<N>
where
    N: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    N::try_from(value).ok().filter(|value| limits.contains(value)).ok_or_else(|| {
        let (least, most) = (limits.start(), limits.end());
        Error::invalid_argument(format!("{name} must be {kind} from {least} to {most}, not {value}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_asks_for_has_the_limits_of_the_configuration() {
        let mib = 1024 * 1024;
        assert_eq!(TransferOptions::new(None, None).unwrap(), TransferOptions::default());
        let asked = TransferOptions::new(Some(5 * mib), Some(100)).unwrap();
        assert_eq!((asked.part_size, asked.concurrency), (Some(5 * 1024 * 1024), Some(100)));
        assert!(TransferOptions::new(Some(5 * 1024 * mib), None).is_ok());
        for (part_size, concurrency) in [
            (Some(5 * mib - 1), None),
            (Some(5 * 1024 * mib + 1), None),
            (Some(-1), None),
            (None, Some(0)),
            (None, Some(101)),
        ] {
            assert!(TransferOptions::new(part_size, concurrency).is_err(), "{part_size:?} {concurrency:?}");
        }
    }
}
