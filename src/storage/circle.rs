//! Listings that come back to where they were, and would never end.

use crate::error::{Error, ErrorCode, Result};

/// Notices a circle of any length in the memory of one place: Brent's algorithm, which keeps one of the places behind, and keeps it for twice
/// as long each time.
#[derive(Debug)]
pub(super) struct Circle<T> {
    kept: Option<T>,
    steps: u64,
    most: u64,
}

impl<T> Default for Circle<T> {
    fn default() -> Self {
        Self { kept: None, steps: 0, most: 1 }
    }
}

impl<T: Clone + PartialEq> Circle<T> {
    /// A listing goes on there.
    ///
    /// # Errors
    /// S3_OPERATION_FAILED where it was before.
    pub(super) fn step(&mut self, to: Option<&T>) -> Result<()> {
        if to.is_some() && self.kept.as_ref() == to {
            let details = "its listing goes in a circle: it comes back to a token or marker that it had before";
            return Err(
                Error::new(ErrorCode::OperationFailed, "the server's answer cannot be trusted").with_details(details)
            );
        }
        self.steps += 1;
        if self.steps == self.most {
            (self.kept, self.steps, self.most) = (to.cloned(), 0, self.most.saturating_mul(2));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many places it is noticed that they come again.
    fn noticed(places: impl Iterator<Item = u32>) -> Option<usize> {
        let mut circle = Circle::default();
        for (seen, place) in places.enumerate() {
            if circle.step(Some(&place)).is_err() {
                return Some(seen);
            }
        }
        None
    }

    #[test]
    fn a_circle_of_any_length_is_noticed_wherever_it_begins() {
        for (before, length) in [(0, 1), (0, 2), (0, 3), (1, 2), (7, 1), (10, 5), (3, 100), (1000, 7)] {
            let places = (0..before).chain((before..before + length).cycle());
            let seen = noticed(places.take(10_000)).unwrap();
            let once = usize::try_from(before + length).unwrap();
            assert!((once..=3 * once).contains(&seen), "{before} {length}: {seen}");
        }
        assert_eq!(noticed(0..10_000), None);
    }
}
