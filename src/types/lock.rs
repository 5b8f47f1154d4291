//! Object lock: until when, and how firmly, a version cannot be deleted.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, Result, printable};

/// The end of the year 9999, behind which dates have no common text.
const LAST_SECOND: i64 = 253_402_300_799;

/// How firm a retention is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionMode {
    /// Those with a special permission may shorten it, or delete the version all the same.
    Governance,
    /// Nobody may, before its end.
    Compliance,
}

impl RetentionMode {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }

    /// The mode of a name, if it is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Governance, Self::Compliance].into_iter().find(|known| known.as_str() == name)
    }

    /// Parses the name that a caller gave.
    ///
    /// # Errors
    /// INVALID_ARGUMENT that lists the known names.
    pub fn parse(name: &str) -> Result<Self> {
        Self::named(name).ok_or_else(|| {
            Error::invalid_argument(format!(
                "a retention mode is GOVERNANCE or COMPLIANCE, not \"{}\"",
                printable(name)
            ))
        })
    }
}

/// A time for which a version is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How firmly.
    pub mode: RetentionMode,
    /// Until when, in Unix seconds.
    pub until: i64,
}

impl Retention {
    /// Whether it has not ended yet.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        now.and_then(|now| i64::try_from(now.as_secs()).ok()).is_some_and(|now| self.until > now)
    }

    /// Checks the time.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for one that has passed, and for one that has no date.
    pub fn check(&self) -> Result<()> {
        if self.is_running() && self.until <= LAST_SECOND {
            return Ok(());
        }
        Err(Error::invalid_argument(format!(
            "retainUntil must be in the future and before the year 10000 (Unix seconds), not {}",
            self.until
        )))
    }
}

/// What keeps a version from being deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObjectLock {
    /// For a time.
    pub retention: Option<Retention>,
    /// Until it is lifted; `None` leaves it as it is, which is not for a new version.
    pub legal_hold: Option<bool>,
}

impl ObjectLock {
    /// Whether it asks for anything.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.retention.is_none() && self.legal_hold.is_none()
    }

    /// Checks the retention.
    ///
    /// # Errors
    /// As for [`Retention::check`].
    pub fn check(&self) -> Result<()> {
        self.retention.map_or(Ok(()), |retention| retention.check())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_ends_in_the_future() {
        let until = |until| Retention { mode: RetentionMode::Governance, until };
        assert!(until(LAST_SECOND).check().is_ok());
        for wrong in [i64::MIN, 0, 1_700_000_000, LAST_SECOND + 1] {
            assert!(until(wrong).check().is_err(), "{wrong}");
        }
        assert!(RetentionMode::parse("governance").is_err());
    }
}
