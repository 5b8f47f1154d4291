//! From the start of the module to its end: what state this process is in, and what serves its threads.
//!
//! | state | since | |
//! |---|---|---|
//! | disabled | the module has started | nothing tells what to serve: no handle was made, and no setting names a configuration |
//! | idle | there is a configuration | nothing was asked for yet |
//! | serving | the first operation of the process | there are runtimes and connections, which later requests use too |
//! | stopping | the module's end | operations are refused; what runs may end within the grace period |
//!
//! Nothing exists before the first operation: loading the extension opens no socket and starts no thread. After a fork the
//! child finds that what it holds is another process's: it never touches that again (not even to drop it: that would alter
//! the parent's epoll set and may send on its sockets) and makes its own. The module may be started again after its end.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use once_cell::race::OnceBox;
use tokio::task::AbortHandle;

pub use crate::registry::Client;
use crate::{
    error::{Error, ErrorCode, Result},
    registry::Clients,
    runtime::{Abandoned, Interrupts, Local, Stopped, background::Background},
    types::PerProcess,
};

/// The default of the grace period.
pub const GRACE_PERIOD: Duration = Duration::from_secs(30);

/// How long the end of a request waits for what its calls have left to do; the rest is done by the next call, or at the module's end.
const END_OF_REQUEST: Duration = Duration::from_secs(2);

/// How long threads have to notice that their operations are cancelled.
const NOTICE: Duration = Duration::from_millis(500);

/// What a process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing tells what to serve.
    Disabled,
    /// Ready; nothing was asked for yet.
    Idle,
    /// From the first operation on.
    Serving,
    /// The process is shutting down.
    Stopping,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Idle => "idle",
            Self::Serving => "serving",
            Self::Stopping => "stopping",
        }
    }
}

/// What one process serves with, from its first operation to the end of the module.
#[derive(Debug, Default)]
struct Generation {
    /// Since its first operation.
    serves: OnceBox<Served>,
    stopping: AtomicBool,
    /// The grace period is over: what still runs is given up.
    is_over: AtomicBool,
    /// Threads with a runtime, and operations that are driven now.
    threads: AtomicU32,
    running: AtomicU32,
    /// What drives futures, and the open backends of its runtime.
    background: Background,
    behind: Arc<Clients>,
}

#[derive(Debug)]
struct Served {
    number: u32,
    since: Instant,
}

/// How many generations served, those of the processes that this one descends from included.
static SERVED: AtomicU32 = AtomicU32::new(0);

/// That of this process. A child makes its own; see [`PerProcess`].
static GENERATIONS: PerProcess<Generation> = PerProcess::new();

/// Whether a handle was made; a child has what its parent had.
static CONFIGURED: AtomicBool = AtomicBool::new(false);

/// In milliseconds.
static GRACE: AtomicU64 = AtomicU64::new(GRACE_PERIOD.as_secs() * 1000);

/// What serves the operations of one thread: its runtime, and the clients whose connections live on it.
#[derive(Debug)]
pub struct Serving {
    runtime: Local,
    /// The open backends of the thread.
    pub clients: Arc<Clients>,
    generation: &'static Generation,
    /// Operations of this thread that are driven now.
    driven: Cell<u32>,
}

/// Ends with its thread, if it is this process's: then it only closes what is its own, and asks nothing of the engine, which may have left
/// the thread before. What a forked child inherits stays as it is until the process ends.
struct OfThread(Option<Rc<Serving>>);

thread_local! {
    static SERVING: RefCell<OfThread> = const { RefCell::new(OfThread(None)) };
}

impl Drop for OfThread {
    fn drop(&mut self) {
        self.end(Duration::ZERO);
    }
}

impl OfThread {
    /// Closes what serves the thread. What its calls have left to do may go on for so long.
    fn end(&mut self, patience: Duration) {
        let Some(serving) = self.0.take() else { return };
        if !serving.runtime.is_ours() {
            std::mem::forget(serving);
            return;
        }
        serving.runtime.settle(patience);
        serving.generation.threads.fetch_sub(1, SeqCst);
        // Whoever still holds it is in the middle of a call that will never go on.
        match Rc::try_unwrap(serving) {
            Ok(Serving { runtime, clients, .. }) => {
                drop(clients);
                runtime.shutdown();
            }
            Err(held) => std::mem::forget(held),
        }
    }
}

/// The module starts, perhaps again. Nothing is made.
pub fn start() {
    set_grace_period(GRACE_PERIOD);
    CONFIGURED.store(false, SeqCst);
    if GENERATIONS.current().is_some_and(|generation| generation.stopping.load(SeqCst)) {
        GENERATIONS.renew(|generation| generation.stopping.load(SeqCst), Generation::default);
    }
}

/// How long the end of a process may take for what is under way then.
pub fn set_grace_period(grace_period: Duration) {
    GRACE.store(u64::try_from(grace_period.as_millis()).unwrap_or(u64::MAX), SeqCst);
}

/// How long that is.
#[must_use]
pub fn grace_period() -> Duration {
    Duration::from_millis(GRACE.load(SeqCst))
}

/// There is a configuration: somebody has made a handle of it.
pub fn configured() {
    // Looked at first: a store would take the cache line from every other thread.
    if !CONFIGURED.load(SeqCst) {
        CONFIGURED.store(true, SeqCst);
    }
}

/// What serves this thread in this process, made on first use.
///
/// # Errors
/// CANCELLED when the process is shutting down; S3_OPERATION_FAILED when the system has no descriptors left for a runtime.
pub fn serve() -> Result<Rc<Serving>> {
    SERVING.try_with(|slot| slot.borrow_mut().serve()).unwrap_or_else(|_| Err(shutting_down()))
}

impl OfThread {
    fn serve(&mut self) -> Result<Rc<Serving>> {
        if let Some(serving) = &self.0
            && serving.runtime.is_ours()
        {
            if !serving.generation.stopping.load(SeqCst) {
                return Ok(Rc::clone(serving));
            }
            // The module was started again since: this thread begins anew.
            if !is_stopping() {
                self.end(Duration::ZERO);
            }
        }
        if is_stopping() {
            return Err(shutting_down());
        }
        let generation = GENERATIONS.get(Generation::default);
        let runtime = Local::new()?;
        generation.threads.fetch_add(1, SeqCst);
        if generation.serves.get().is_none() {
            let number = SERVED.fetch_add(1, SeqCst) + 1;
            // Another thread may be first.
            let _ = generation.serves.set(Box::new(Served { number, since: Instant::now() }));
        }
        configured();
        let serving = Rc::new(Serving { runtime, clients: Arc::default(), generation, driven: Cell::new(0) });
        // An inherited one is left as it is until the process ends.
        std::mem::forget(self.0.replace(Rc::clone(&serving)));
        Ok(serving)
    }
}

fn is_stopping() -> bool {
    GENERATIONS.current().is_some_and(|generation| generation.stopping.load(SeqCst))
}

fn shutting_down() -> Error {
    Error::new(ErrorCode::Cancelled, "the process is shutting down")
}

impl Serving {
    /// Drives an operation to its end; see [`Local::block_on`]. It is cancelled when the process shuts down and the grace period is over.
    ///
    /// # Errors
    /// Those of [`Local::block_on`].
    pub fn drive<F: Future>(&self, operation: Pin<Box<F>>, interrupts: &impl Interrupts) -> Result<F::Output, Stopped> {
        let (_running, _driven) = (Running::begin(&self.generation.running), Driven::begin(&self.driven));
        match self.runtime.block_on(operation, &Ending { generation: self.generation, interrupts }) {
            Err(Stopped::Abandoned) if self.generation.is_over.load(SeqCst) => Err(Stopped::Failed(shutting_down())),
            outcome => outcome,
        }
    }

    /// Drives what cleans up behind an operation that has failed; see [`Local::clean_up_by`].
    pub fn clean_up_by(&self, work: impl Future<Output = ()>) {
        self.runtime.clean_up_by(work, grace_period());
    }
}

/// One more operation that is driven, until it is dropped.
struct Running<'a>(&'a AtomicU32);

impl<'a> Running<'a> {
    fn begin(running: &'a AtomicU32) -> Self {
        running.fetch_add(1, SeqCst);
        Self(running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// One more that this thread drives.
struct Driven<'a>(&'a Cell<u32>);

impl<'a> Driven<'a> {
    fn begin(driven: &'a Cell<u32>) -> Self {
        driven.set(driven.get() + 1);
        Self(driven)
    }
}

impl Drop for Driven<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// Begins what goes on while its caller does something else: driven by another thread, over open backends of its own. It is cancelled by its
/// handle, and when the process shuts down and the grace period is over.
///
/// # Errors
/// Those of [`serve`], and S3_OPERATION_FAILED when no thread can be started.
pub fn later<F>(operation: impl FnOnce(Arc<Clients>) -> F) -> Result<AbortHandle>
where
    F: Future<Output = ()> + Send + 'static,
{
    let generation = serve()?.generation;
    let running = Running::begin(&generation.running);
    let operation = operation(Arc::clone(&generation.behind));
    generation.background.spawn(async move {
        let _running = running;
        operation.await;
    })
}

/// The interrupts of a wait, and the end of the process.
struct Ending<'a, I> {
    generation: &'a Generation,
    interrupts: &'a I,
}

impl<I: Interrupts> Interrupts for Ending<'_, I> {
    fn pending(&self) -> bool {
        self.interrupts.pending() || self.generation.is_over.load(SeqCst)
    }

    fn attend(&self) -> Result<(), Abandoned> {
        if self.generation.is_over.load(SeqCst) { Err(Abandoned) } else { self.interrupts.attend() }
    }

    fn patience(&self) -> Duration {
        grace_period()
    }
}

/// A request has ended, and what belongs to it was closed. What its calls could not finish cleaning up behind themselves (a server did not
/// answer in time) has a little more time, since nobody knows when this thread is called again.
///
/// Answers whether a call was in the middle of something and will never go on: after a fatal error the engine throws the stacks of suspended
/// fibers away as they are. Nobody waits for it at the end of the process.
#[must_use]
pub fn end_request() -> bool {
    let is_cut = SERVING.try_with(|slot| {
        // Nobody is in the middle of anything, or it is left alone.
        let Ok(slot) = slot.try_borrow() else { return false };
        let Some(serving) = slot.0.as_ref().filter(|serving| serving.runtime.is_ours()) else { return false };
        serving.runtime.settle(END_OF_REQUEST.min(grace_period()));
        let cut = serving.driven.take();
        serving.generation.running.fetch_sub(cut, SeqCst);
        cut > 0
    });
    is_cut.unwrap_or(false)
}

/// The module ends. From now on operations are refused. Those that other threads are in the middle of, and what this thread's calls have left
/// to do, may go on for the grace period; then they are cancelled. What this thread has is closed; helper threads and whatever another
/// process made are left alone.
pub fn stop() {
    let end = Instant::now() + grace_period();
    let generation = GENERATIONS.get(Generation::default);
    generation.stopping.store(true, SeqCst);
    let _ = SERVING.try_with(|slot| {
        if let Ok(mut slot) = slot.try_borrow_mut() {
            slot.end(grace_period());
        }
    });
    wait_for(generation, end);
    generation.is_over.store(true, SeqCst);
    generation.background.end(NOTICE);
    wait_for(generation, Instant::now() + NOTICE);
}

/// Waits until nothing is driven any more.
fn wait_for(generation: &Generation, end: Instant) {
    while generation.running.load(SeqCst) > 0 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What is to be seen of a process, by the thread that looks.
#[derive(Debug)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// The number of the generation that serves, 1 in a process whose ancestors never did; 0 while none serves.
    pub generation: u32,
    /// For how long it serves.
    pub uptime: Option<Duration>,
    /// Threads that have a runtime.
    pub threads: u32,
    /// Whether this thread does.
    pub has_runtime: bool,
    /// The open backends of this thread.
    pub clients: Vec<Client>,
}

/// What is to be seen of this process. `is_configured` says whether a setting names a configuration.
#[must_use]
pub fn status(is_configured: bool) -> Status {
    let generation = GENERATIONS.current();
    let serves = generation.and_then(|generation| generation.serves.get());
    let state = match generation {
        Some(generation) if generation.stopping.load(SeqCst) => State::Stopping,
        _ if serves.is_some() => State::Serving,
        _ if is_configured || CONFIGURED.load(SeqCst) => State::Idle,
        _ => State::Disabled,
    };
    let own = SERVING.try_with(|slot| {
        let slot = slot.try_borrow().ok()?;
        slot.0.as_ref().filter(|serving| serving.runtime.is_ours()).map(|serving| serving.clients.status())
    });
    let own = own.ok().flatten();
    Status {
        state,
        generation: serves.map_or(0, |serves| serves.number),
        uptime: serves.map(|serves| serves.since.elapsed()),
        threads: generation.map_or(0, |generation| generation.threads.load(SeqCst)),
        has_runtime: own.is_some(),
        clients: own.unwrap_or_default(),
    }
}
