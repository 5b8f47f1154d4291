//! `S3Storage\Future`: an operation that goes on while the script does something else.
//!
//! It is driven by another thread ([`lifecycle::later`]), which knows no PHP: it leaves a result behind that is no value of PHP's, and rings. What a script
//! gets is made of that when it asks.

mod bell;
mod result;

use std::{cell::RefCell, future::Future as Operation, sync::Arc};

use ext_php_rs::{
    ffi::{ZEND_ACC_PRIVATE, ZEND_ACC_STATIC, zend_class_entry, zend_object, zval},
    types::{ZendHashTable, Zval},
};
use tokio::{
    sync::oneshot::{self, error::TryRecvError},
    task::AbortHandle,
};

pub(super) use result::{Answer, Limit, content_of};

use super::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    class::{BadDeclaration, Class, Declaration, HANDLE, Method},
    contained::contained,
    drive,
    listening::own_share,
    native::{Holds, Native, bare},
    results,
};
use crate::{
    error::{Error, ErrorCode, Result as Outcome},
    lifecycle,
    storage::{Clients, Registry},
    types::process,
};

static CLASS: Class = Class::new();
static FUTURES: Native<Pending> = Native::new();

/// What becomes of an operation whose future is destroyed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// It is cancelled: nobody would see what it brings.
    Reads,
    /// It goes on to its end: somebody wanted it done. A failure that nobody hears of is logged.
    Changes,
}

/// An operation that goes on, or its result.
struct Pending {
    pid: u32,
    number: u64,
    nature: Nature,
    state: RefCell<State>,
    /// The scripted failures and stores of a fake live as long as its registry.
    _registry: Arc<Registry>,
}

enum State {
    Running {
        result: oneshot::Receiver<Outcome<Answer>>,
        task: AbortHandle,
    },
    Done(Outcome<Answer>),
    /// A call waits for it.
    Awaited,
}

/// The end of an operation, also where it is cancelled, or panics: first there is a result, or none any more, then it rings. Fields are dropped in
/// their order.
struct Ending {
    tell: Option<oneshot::Sender<Outcome<Answer>>>,
    rope: bell::Rope,
}

impl Holds for Pending {}

/// Registers the class. Only while the module starts.
pub(super) fn register() -> Result<(), BadDeclaration> {
    let mut constructor = Method::public("__construct()", refuse);
    constructor.flags = ZEND_ACC_PRIVATE;
    CLASS.register(Declaration {
        name: "S3Storage\\Future",
        flags: HANDLE,
        create_object: Some(create),
        methods: vec![
            constructor,
            Method::public("await(): mixed", await_one),
            Method::public("isComplete(): bool", is_complete),
            Method::public("cancel(): void", cancel),
            static_method("getStream()", get_stream),
            static_method("getCompleted(): array", get_completed),
        ],
        ..Declaration::default()
    })
}

fn static_method(declaration: &'static str, handler: super::class::Handler) -> Method {
    let mut method = Method::public(declaration, handler);
    method.flags |= ZEND_ACC_STATIC;
    method
}

unsafe extern "C" fn create(class: *mut zend_class_entry) -> *mut zend_object {
    contained("create", || bare(class), || FUTURES.create(class))
}

/// Begins an operation.
pub(super) fn begin<F>(
    registry: Arc<Registry>,
    nature: Nature,
    operation: impl FnOnce(Arc<Clients>) -> F,
) -> Result<Zval, Fault>
where
    F: Operation<Output = Outcome<Answer>> + Send + 'static,
{
    let number = bell::next_number();
    let rope = bell::rope(number)?;
    let (tell, result) = oneshot::channel();
    let end = Ending { tell: Some(tell), rope };
    let task = lifecycle::later(|clients| {
        let operation = operation(clients);
        async move {
            let mut end = end;
            let outcome = operation.await;
            if let Some(Err(Err(error))) = end.tell.take().map(|tell| tell.send(outcome))
                && nature == Nature::Changes
            {
                end.rope.nobody_heard(error);
            }
        }
    })?;
    make(Pending {
        pid: process::id(),
        number,
        nature,
        state: RefCell::new(State::Running { result, task }),
        _registry: registry,
    })
}

/// A future that has its failure already: one that a test has scripted.
pub(super) fn failed(registry: Arc<Registry>, error: Error) -> Result<Zval, Fault> {
    let number = bell::next_number();
    drop(bell::rope(number)?);
    let state = RefCell::new(State::Done(Err(error)));
    make(Pending { pid: process::id(), number, nature: Nature::Reads, state, _registry: registry })
}

fn make(pending: Pending) -> Result<Zval, Fault> {
    let (mut object, number) = (Zval::new(), pending.number);
    // SAFETY: the class is registered.
    if unsafe { super::zend::object_init_ex((&raw mut object).cast::<zval>(), CLASS.entry()) } != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: just made.
    let made = unsafe { object.value.obj };
    FUTURES.set(made, pending);
    bell::hang(number, made);
    Ok(object)
}

/// Whether a value is a future.
pub(super) fn is_one(value: &Zval) -> bool {
    pending_of(value).is_some()
}

fn pending_of(value: &Zval) -> Option<&Pending> {
    value.object().and_then(|object| FUTURES.get(std::ptr::from_ref(object).cast()))
}

/// Waits for a future.
pub(super) fn awaited(value: &Zval) -> Result<Zval, Fault> {
    pending_of(value).ok_or_else(not_made)?.wait()
}

fn not_made() -> Error {
    Error::new(ErrorCode::OperationFailed, "the future was not made by a method of S3Storage")
}

fn entered_again() -> Error {
    Error::new(ErrorCode::OperationFailed, "the future is awaited already; it was entered again")
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "the future was cancelled")
}

impl Pending {
    /// Nothing of it is a child's business.
    fn check(&self) -> Outcome<()> {
        if self.pid == process::id() { Ok(()) } else { Err(Error::forked()) }
    }

    /// Takes the result if it is there.
    fn look(&self) -> bool {
        let mut state = self.state.borrow_mut();
        if let State::Running { result, .. } = &mut *state {
            let done = match result.try_recv() {
                Ok(done) => done,
                Err(TryRecvError::Empty) => return false,
                Err(TryRecvError::Closed) => Err(cancelled()),
            };
            *state = State::Done(done);
        }
        matches!(*state, State::Done(_))
    }

    fn wait(&self) -> Result<Zval, Fault> {
        self.check()?;
        if !self.look() {
            self.wait_for_it()?;
        }
        let error = match &*self.state.borrow() {
            State::Done(Ok(answer)) => return answer.present(),
            State::Done(Err(error)) => error.clone(),
            _ => entered_again(),
        };
        drive::attend()?;
        Err(error.into())
    }

    /// Waits, as every call waits: interrupted by signals, which may look at the same future. One that ends the wait leaves the operation alone.
    fn wait_for_it(&self) -> Result<(), Fault> {
        let State::Running { mut result, task } = self.state.replace(State::Awaited) else {
            return Err(entered_again().into());
        };
        let waited = drive::wait(async { Ok((&mut result).await) });
        if self.pid != process::id() {
            std::mem::forget((result, task));
            return Err(Error::forked().into());
        }
        match waited {
            Ok(done) => self.state.replace(State::Done(done.unwrap_or_else(|_| Err(cancelled())))),
            Err(fault) => {
                self.state.replace(State::Running { result, task });
                return Err(fault);
            }
        };
        Ok(())
    }

    fn cancel(&self) {
        if self.check().is_ok()
            && !self.look()
            && let State::Running { task, .. } = &*self.state.borrow()
        {
            task.abort();
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        bell::take_down(self.number);
        let state = std::mem::replace(self.state.get_mut(), State::Awaited);
        if self.pid != process::id() {
            // The other end is a thread of the parent's.
            std::mem::forget(state);
            return;
        }
        match state {
            State::Running { task, .. } if self.nature == Nature::Reads => task.abort(),
            State::Running { mut result, .. } => {
                // It may have failed just now: then nobody told the other end that nobody hears.
                result.close();
                if let Ok(Err(error)) = result.try_recv() {
                    bell::nobody_heard(error);
                }
            }
            State::Done(_) | State::Awaited => {}
        }
    }
}

fn this<'a>(call: &Call<'a>) -> Result<&'a Pending, Fault> {
    Ok(FUTURES.get(call.this()).ok_or_else(not_made)?)
}

fn do_await(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = this(call)?.wait()?;
    Ok(())
}

fn do_is_complete(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let pending = this(call)?;
    let is_complete = pending.check().is_ok() && pending.look();
    call.result.set_bool(is_complete);
    Ok(())
}

fn do_cancel(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    this(call)?.cancel();
    Ok(())
}

fn do_get_stream(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = bell::stream()?;
    Ok(())
}

fn do_get_completed(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let mut table = ZendHashTable::new();
    for object in bell::candidates()? {
        if FUTURES.get(object).is_some_and(Pending::look) {
            table.push(own_share(object)).map_err(|_| Fault::Thrown)?;
        }
    }
    *call.result = results::array(table);
    Ok(())
}

fn do_refuse(_: &mut Call<'_>) -> Result<(), Fault> {
    Err(Error::new(ErrorCode::OperationFailed, "a future is made by readAsync(), writeAsync() and their sisters")
        .into())
}

/// A request has ended.
pub(super) fn end_request() {
    bell::end_request();
}

/// The module has ended, and with it what was under way.
pub(super) fn end() {
    bell::report();
}

handler!(await_one, do_await);
handler!(is_complete, do_is_complete);
handler!(cancel, do_cancel);
handler!(get_stream, do_get_stream);
handler!(get_completed, do_get_completed);
handler!(refuse, do_refuse);
