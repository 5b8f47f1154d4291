//! What belongs to one process.

use super::process;

/// A value that lives on the sockets of one process. In a forked child it is left as it is: to drop it would close, or send on, what is the
/// parent's.
#[derive(Debug)]
pub struct Owned<T> {
    value: Option<T>,
    pid: u32,
}

impl<T> Owned<T> {
    /// A value of this process.
    pub fn new(value: T) -> Self {
        Self { value: Some(value), pid: process::id() }
    }

    /// The value itself, in the process that made it.
    #[must_use]
    pub fn into_inner(mut self) -> Option<T> {
        if self.pid == process::id() { self.value.take() } else { None }
    }

    /// The value, in the process that made it.
    pub fn get(&mut self) -> Option<&mut T> {
        self.value.as_mut().filter(|_| self.pid == process::id())
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            std::mem::forget(self.value.take());
        }
    }
}
