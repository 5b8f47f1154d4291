//! A step of an operation on its way through the middleware.

use std::{
    any::Any,
    future::{Future, poll_fn},
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::time::Instant;

use super::{Account, Entry, Operation, Outcome, Pass, Permit, Wait};
use crate::{
    backend::contract::{Run, Witness},
    error::Result,
    types::{TraceContext, forced},
};

/// One call of the backend.
pub struct Step {
    operation: Arc<Operation>,
    account: Option<Arc<Account>>,
    name: &'static str,
    began: Instant,
    trace: Option<Arc<TraceContext>>,
    bytes_in: u64,
    bytes_out: u64,
    stand: Stand,
    /// How many of the chain have let it in.
    entered: usize,
    is_resumed: bool,
    place: Option<Permit>,
    held: Vec<Box<dyn Any + Send>>,
}

/// Where a step stands.
enum Stand {
    /// In front of this member of the chain.
    Before(usize),
    /// This member of the chain lets it wait.
    Waiting(usize, Wait),
    Within,
    Resting,
    Left,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step").field("name", &self.name).field("operation", &self.operation).finish_non_exhaustive()
    }
}

impl Step {
    /// A step in front of the whole chain. Its time begins. It counts on the account of its operation, unless it has its own.
    #[must_use]
    pub fn new(operation: Arc<Operation>, account: Option<Arc<Account>>, name: &'static str) -> Self {
        let trace = operation.trace();
        Self {
            operation,
            account,
            name,
            began: Instant::now(),
            trace,
            bytes_in: 0,
            bytes_out: 0,
            stand: Stand::Before(0),
            entered: 0,
            is_resumed: false,
            place: None,
            held: Vec::new(),
        }
    }

    /// The operation that it belongs to.
    #[must_use]
    pub const fn operation(&self) -> &Arc<Operation> {
        &self.operation
    }

    /// The account of the alias whose bucket it is about: of a copy to another bucket not that of its operation.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        self.account.as_ref().unwrap_or_else(|| self.operation.account())
    }

    /// What is asked of the backend: a method of [`crate::backend::Backend`], such as `put` or `upload_part`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it goes on after a rest.
    #[must_use]
    pub const fn is_resumed(&self) -> bool {
        self.is_resumed
    }

    /// Bytes of content that it received.
    #[must_use]
    pub const fn bytes_in(&self) -> u64 {
        self.bytes_in
    }

    /// Bytes of content that it wrote; those of a write that failed do not count.
    #[must_use]
    pub const fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    /// Gives its requests a trace context in place of the one that the application gave.
    pub fn set_trace(&mut self, trace: Option<Arc<TraceContext>>) {
        self.trace = trace;
    }

    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.stand, Stand::Left)
    }

    pub(crate) fn received(&mut self, bytes: usize) {
        self.bytes_in += bytes as u64;
        self.operation.received(bytes as u64);
    }

    pub(crate) fn sent(&mut self, bytes: u64) {
        self.bytes_out += bytes;
        self.operation.sent(bytes);
    }

    /// Waits until every member of the chain lets it in.
    ///
    /// # Errors
    /// Those of the first that does not.
    pub async fn enter(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_enter(cx)).await
    }

    /// The same, also after a rest. Ready at once where it is within.
    pub fn poll_enter(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        if matches!(self.stand, Stand::Within) {
            return Poll::Ready(Ok(()));
        }
        let operation = Arc::clone(&self.operation);
        loop {
            let (at, pass) = match &mut self.stand {
                Stand::Within => return Poll::Ready(Ok(())),
                Stand::Resting | Stand::Left => {
                    (self.is_resumed, self.stand) = (true, Stand::Before(0));
                    continue;
                }
                Stand::Waiting(at, wait) => (*at, ready!(wait.as_mut().poll(cx))),
                Stand::Before(at) => {
                    let at = *at;
                    let Some(member) = operation.chain().members().get(at) else {
                        self.stand = Stand::Within;
                        continue;
                    };
                    match member.before(self) {
                        Entry::Now(pass) => (at, pass),
                        Entry::Later(wait) => {
                            self.stand = Stand::Waiting(at, wait);
                            continue;
                        }
                    }
                }
            };
            match pass {
                Ok(pass) => self.passed(at, pass),
                Err(error) => {
                    self.leave(Outcome::Failed(&error));
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    fn passed(&mut self, at: usize, pass: Pass) {
        match pass {
            Pass::Free => {}
            Pass::Place(place) => self.place = Some(place),
            Pass::Held(held) => self.held.push(held),
        }
        self.stand = Stand::Before(at + 1);
        self.entered = self.entered.max(at + 1);
    }

    /// Runs what is asked of the backend, once it is within.
    pub fn run<T, F: Future<Output = T>>(&self, work: F) -> impl Future<Output = T> + use<T, F> {
        forced::panic_at("operation");
        self.as_run().of(work)
    }

    /// Runs one poll of what goes on within it, where somebody wants to know of the requests.
    pub(crate) fn polled<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.operation.is_watched() || self.trace.is_some() { self.as_run().of_poll(work) } else { work() }
    }

    fn as_run(&self) -> Run {
        let witness = Arc::clone(&self.operation) as Arc<dyn Witness>;
        Run { began: self.began, witness, trace: self.trace.clone() }
    }

    /// Gives back what it holds until it goes on.
    pub fn rest(&mut self) {
        if !matches!(self.stand, Stand::Left) {
            self.let_go(Stand::Resting);
        }
    }

    fn let_go(&mut self, stand: Stand) {
        (self.stand, self.place) = (stand, None);
        self.held.clear();
    }

    /// It has ended. Whoever let it in hears of it, once.
    pub fn leave(&mut self, outcome: Outcome<'_>) {
        self.let_go(Stand::Left);
        let operation = Arc::clone(&self.operation);
        for member in operation.chain().members()[..std::mem::take(&mut self.entered)].iter().rev() {
            member.after(self, outcome);
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if self.entered > 0 {
            self.leave(Outcome::Abandoned);
        }
    }
}
