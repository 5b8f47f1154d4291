//! A list that only grows, without a lock: whoever forks while another thread appends leaves a whole list to the child.

use once_cell::race::OnceBox;

/// The values in the order in which they were appended. None is ever taken out, so what was found stays valid.
#[derive(Debug)]
pub struct Chain<T> {
    first: OnceBox<Link<T>>,
}

#[derive(Debug)]
struct Link<T> {
    value: T,
    next: OnceBox<Self>,
}

impl<T> Chain<T> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: OnceBox::new() }
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::successors(self.first.get(), |link| link.next.get()).map(|link| &link.value)
    }

    /// The first value that is the one that is wanted, which is asked of each with whether it is the last; if none is, one is made and
    /// appended. Whether it was.
    pub fn find_or_append(&self, is_it: impl Fn(&T, bool) -> bool, make: impl Fn() -> T) -> (&T, bool) {
        let mut at = &self.first;
        loop {
            while let Some(link) = at.get() {
                if is_it(&link.value, link.next.get().is_none()) {
                    return (&link.value, false);
                }
                at = &link.next;
            }
            // Somebody else may be faster; theirs may be the one that is wanted.
            let was_appended = at.set(Box::new(Link { value: make(), next: OnceBox::new() })).is_ok();
            if let (true, Some(link)) = (was_appended, at.get()) {
                return (&link.value, true);
            }
        }
    }
}

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_appended_once_however_many_threads_want_it() {
        let chain = Chain::new();
        let appended: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..200).filter(|n| chain.find_or_append(|v, _| v == n, || *n).1).count()))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(appended, 200);
        let mut all: Vec<_> = chain.iter().copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..200).collect::<Vec<_>>());
    }
}
