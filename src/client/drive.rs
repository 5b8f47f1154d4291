//! Who drives the operations of a client: a runtime of the program, or a thread of the client's own.

use std::{
    future::Future,
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use tokio::{
    runtime::{Builder, Handle, RuntimeFlavor},
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

use super::StorageError;
use crate::runtime::signals_blocked;

/// Something to be driven, on the thread that has the runtime.
type Job = Box<dyn FnOnce() + Send>;

/// Drives operations to their ends while the caller waits.
#[derive(Debug)]
pub(super) struct Drive {
    /// The program's runtime, if it gave one.
    given: Option<Handle>,
    /// The client's own, from its first operation on.
    own: Mutex<Option<UnboundedSender<Job>>>,
}

/// Where an operation is driven. A connection belongs to the runtime that opened it, so each has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The program's runtime.
    Given,
    /// The client's own.
    Own,
}

impl Drive {
    /// A runtime of one thread is not used: it goes on only while somebody waits within it, and nobody may.
    pub(super) fn new(given: Option<Handle>) -> Self {
        let given = given.filter(|given| given.runtime_flavor() != RuntimeFlavor::CurrentThread);
        Self { given, own: Mutex::new(None) }
    }

    /// Where the caller's next operation is driven: on the program's runtime, unless the caller itself stands in a runtime. It may be
    /// that one, whose threads would wait for each other.
    pub(super) fn side(&self) -> Side {
        if self.given.is_some() && Handle::try_current().is_err() { Side::Given } else { Side::Own }
    }

    /// Drives an operation to its end.
    pub(super) fn run<T: Send + 'static>(
        &self,
        side: Side,
        operation: impl Future<Output = Result<T, StorageError>> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let whole = async move {
            // Nobody hears it where the caller's thread was ended.
            let _ = answer.send(operation.await);
        };
        match (side, &self.given) {
            (Side::Given, Some(given)) => drop(given.spawn(whole)),
            _ => self.on_own(Box::new(move || drop(tokio::task::spawn_local(whole))))?,
        }
        answered.recv().map_err(|_| StorageError::Backend("the runtime ended before the operation did".to_owned()))?
    }

    fn on_own(&self, job: Job) -> Result<(), StorageError> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let jobs = match &mut *own {
            Some(jobs) => jobs,
            none => none.insert(start()?),
        };
        let ended = |_| StorageError::Backend("the client's thread has ended".to_owned());
        jobs.send(job).map_err(ended)
    }
}

/// Starts a thread that drives what it is sent, all of it at once, until nobody can send any more.
fn start() -> Result<UnboundedSender<Job>, StorageError> {
    let (jobs, mut arriving) = unbounded_channel::<Job>();
    let failed = |error: std::io::Error| StorageError::Backend(format!("no thread could be started: {error}"));
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let driving = move || {
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime, async {
            while let Some(job) = arriving.recv().await {
                job();
            }
        });
    };
    let builder = thread::Builder::new().name("s3storage-client".to_owned());
    // A signal of the program is for the threads that it knows of. What this one starts (name look-ups) begins as it is.
    signals_blocked(|| builder.spawn(driving)).map_err(failed)?;
    Ok(jobs)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_thread_of_a_client_takes_no_signals() {
        let drive = Drive::new(None);
        let blocked = drive.run(Side::Own, async {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).map(str::trim);
            Ok(mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()))
        });
        let blocked = blocked.unwrap().unwrap();
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM, libc::SIGALRM, libc::SIGCHLD, libc::SIGUSR1] {
            assert!(blocked & 1 << (signal - 1) != 0, "{signal} is open");
        }
        assert!(blocked & 1 << (libc::SIGSEGV - 1) == 0);
    }
}
