//! What each process has one of, although a fork copies it.

use super::{Chain, process};

/// A value of which each process makes its own. A forked child never looks at the one that it inherits: another thread of its parent may have
/// held a lock in it at that moment, and nobody would ever let go of it in the child.
///
/// What is inherited stays where it is, untouched, until the process ends.
#[derive(Debug)]
pub struct PerProcess<T> {
    made: Chain<(u32, T)>,
}

impl<T> PerProcess<T> {
    /// No value yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { made: Chain::new() }
    }

    /// That of this process, if it has one.
    pub fn current(&self) -> Option<&T> {
        // The last one only: what an ancestor made is no more ours for having had our id.
        self.made.iter().last().filter(|(pid, _)| *pid == process::id()).map(|(_, value)| value)
    }

    /// That of this process, made on first use.
    pub fn get(&self, make: impl Fn() -> T) -> &T {
        if let Some(current) = self.current() {
            return current;
        }
        self.renew(|_| false, make)
    }

    /// The same, where a child begins with what its parent had: `make` is handed that, if there is one. Whoever takes something from it must not
    /// wait for a lock in it.
    pub fn inherited(&self, make: impl Fn(Option<&T>) -> T) -> &T {
        if let Some(current) = self.current() {
            return current;
        }
        let before = self.made.iter().last().map(|(_, value)| value);
        self.renew(|_| false, || make(before))
    }

    /// That of this process, unless it is over: then it gets a new one.
    pub fn renew(&self, is_over: impl Fn(&T) -> bool, make: impl Fn() -> T) -> &T {
        let pid = process::id();
        let is_it = |(by, value): &(u32, T), is_last| is_last && *by == pid && !is_over(value);
        let (found, _) = self.made.find_or_append(is_it, || (pid, make()));
        &found.1
    }
}

impl<T> Default for PerProcess<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
impl<T> PerProcess<T> {
    /// As a child finds it whose parent had this value.
    pub(crate) fn of_a_parent(value: T) -> Self {
        let values = Self::new();
        let value = std::cell::Cell::new(Some(value));
        // No process has this id.
        values.made.find_or_append(|_, _| false, || (0, value.take().unwrap_or_else(|| unreachable!("one try"))));
        values
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    use super::*;

    #[test]
    fn a_process_has_one_until_it_is_over_and_never_looks_at_that_of_another() {
        let values = PerProcess::of_a_parent(AtomicBool::new(true));
        assert!(values.current().is_none(), "that of another process is not ours");
        let first = values.get(AtomicBool::default);
        assert!(!first.load(Relaxed));
        assert!(std::ptr::eq(first, values.get(AtomicBool::default)));
        first.store(true, Relaxed);
        let second = values.renew(|value| value.load(Relaxed), AtomicBool::default);
        assert!(!std::ptr::eq(first, second) && std::ptr::eq(second, values.get(AtomicBool::default)));
    }
}
