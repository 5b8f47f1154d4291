//! The one clock of a server: this machine's, corrected by what the server said of its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_smithy_async::time::TimeSource;

/// A correction smaller than this would change nothing: servers take signatures that are up to 15 minutes off.
/// Source: Amazon S3 API reference, "Error responses", `RequestTimeTooSkewed`.
const WORTH_CORRECTING: Duration = Duration::from_mins(1);

/// Times that no server means: 2015 and 2100 as Unix seconds. A machine whose own clock starts at 1970 is corrected all the same.
const SANE: std::ops::Range<u64> = 1_420_070_400..4_102_444_800;

/// A clock that both planes sign with. Clones share the correction.
#[derive(Debug, Clone, Default)]
pub(in crate::backend::s3) struct Clock {
    /// Seconds that the server is ahead of this machine.
    ahead: Arc<AtomicI64>,
}

impl Clock {
    /// Follows the server's clock. False when that changes nothing, so that trying again would not help.
    pub(in crate::backend::s3) fn correct(&self, server: SystemTime) -> bool {
        let now = self.now();
        let off = server.duration_since(now).unwrap_or_else(|behind| behind.duration());
        let is_sane = server.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|time| SANE.contains(&time.as_secs()));
        if off < WORTH_CORRECTING || !is_sane {
            return false;
        }
        let seconds = i64::try_from(off.as_secs()).unwrap_or(i64::MAX);
        let change = if server > now { seconds } else { -seconds };
        self.ahead.fetch_add(change, Ordering::Relaxed);
        true
    }

    /// How far it was corrected, in seconds.
    pub(in crate::backend::s3) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        let now = SystemTime::now();
        let ahead = self.ahead();
        let by = Duration::from_secs(ahead.unsigned_abs());
        let corrected = if ahead < 0 { now.checked_sub(by) } else { now.checked_add(by) };
        corrected.unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_follows_the_server_in_both_directions_and_ignores_trifles() {
        let clock = Clock::default();
        let shared = clock.clone();
        let hour = Duration::from_hours(1);
        assert!(!clock.correct(SystemTime::now() + Duration::from_secs(5)));
        for server in [SystemTime::now() + hour, SystemTime::now() - hour] {
            assert!(clock.correct(server));
            let off = shared.now().duration_since(server).unwrap_or_else(|behind| behind.duration());
            assert!(off < Duration::from_mins(1), "{off:?}");
            assert!(!clock.correct(server));
        }
        for nonsense in [0, 1_000_000_000, 253_402_300_799] {
            assert!(!clock.correct(SystemTime::UNIX_EPOCH + Duration::from_secs(nonsense)), "{nonsense}");
        }
    }
}
