//! Who hears of the operations of a family of handles: listeners, a logger, an event dispatcher, and who gives them a trace context.
//!
//! What is to be told is gathered while the runtime is driven, and told when the method has its result: PHP code never runs within the
//! runtime. The callables are values of the family's first handle, which the others refer to, so that the collector of cycles sees each of
//! them once. A family is heard of while its first handle lives, and nobody pays for it where nobody listens.

mod family;

use std::{
    cell::{Cell, RefCell},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, ThreadId},
};

use ext_php_rs::{
    ffi::{_call_user_function_impl, ext_php_rs_executor_globals, zend_object, zend_throw_exception_object, zval},
    types::Zval,
};

pub(super) use family::{Ears, Family, Role, own};

use super::{
    call::Fault,
    exceptions, ini,
    interrupts::{guarded, has_timed_out},
    results, zend,
};
use crate::{
    error::Error,
    storage::{Event, Events, Log, Record, Registry, Suspension},
    types::{TraceContext, process},
};

/// What is to be told.
enum Said {
    Event(Event),
    Record(Record),
}

/// What a family is still to be told. Filled within the runtime.
struct Queue {
    said: Mutex<(u32, Vec<Said>)>,
    /// Whoever is told something is not told what it does itself, which happens on this thread.
    is_deaf: AtomicBool,
    thread: ThreadId,
}

impl Queue {
    fn push(&self, said: Said) {
        // A future that ends on another thread meanwhile is somebody else's.
        if self.is_deaf.load(Relaxed) && self.thread == thread::current().id() {
            return;
        }
        let mut queue = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        // A forked child does not tell what its parent did.
        if queue.0 != process::id() {
            *queue = (process::id(), Vec::new());
        }
        queue.1.push(said);
    }

    fn take(&self) -> Vec<Said> {
        let mut queue = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.0 == process::id() { std::mem::take(&mut queue.1) } else { Vec::new() }
    }
}

/// A family that somebody listens to.
struct Heard {
    registry: *const Registry,
    queue: Arc<Queue>,
    /// The first handle. Whoever is in the list is alive.
    first: *mut zend_object,
}

thread_local! {
    /// How many families of this thread somebody listens to.
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static HEARD: RefCell<Vec<Heard>> = const { RefCell::new(Vec::new()) };
}

/// A method, or a read of a stream, has come to its result: whoever listens is told what was done. An exception of theirs is pending then, with
/// that of the method as its previous one.
pub(super) fn told<T>(outcome: Result<T, Fault>) -> Result<T, Fault> {
    if COUNT.get() == 0 { outcome } else { tell_all(outcome) }
}

fn tell_all<T>(outcome: Result<T, Fault>) -> Result<T, Fault> {
    if matches!(outcome, Err(Fault::Bailout)) {
        return outcome;
    }
    let Some(mut due) = next() else { return outcome };
    let outcome = match outcome {
        Err(Fault::Error(error)) => {
            exceptions::throw(&error);
            Err(Fault::Thrown)
        }
        other => other,
    };
    let mut pending = Pending::take();
    while !is_leaving() && !has_timed_out() {
        let (first, said) = due;
        family::tell(&first, said, &mut pending)?;
        match next() {
            Some(more) => due = more,
            None => break,
        }
    }
    pending.put_back();
    outcome
}

/// The next family that is to be told something. Its first handle is held meanwhile.
fn next() -> Option<(Zval, Vec<Said>)> {
    HEARD.with_borrow(|heard| {
        heard.iter().find_map(|heard| {
            let said = heard.queue.take();
            (!said.is_empty()).then(|| (family::share(heard.first), said))
        })
    })
}

/// Whether those who listen to a family are being told something. What they begin then is not told, however long it goes on.
pub(super) fn is_deaf(registry: &Arc<Registry>) -> bool {
    HEARD.with_borrow(|heard| {
        let heard = heard.iter().find(|heard| std::ptr::eq(heard.registry, Arc::as_ptr(registry)));
        heard.is_some_and(|heard| heard.queue.is_deaf.load(Relaxed))
    })
}

/// Another share of an object that is alive.
pub(super) fn own_share(object: *mut zend_object) -> Zval {
    family::share(object)
}

/// Whether the script or its fiber is ending: that is the only exception that is not taken.
fn is_leaving() -> bool {
    // SAFETY: a plain read of the globals of this thread's engine.
    unsafe { !(*ext_php_rs_executor_globals()).exception.is_null() }
}

/// Exceptions that wait until everybody was told.
struct Pending(Option<Zval>);

impl Pending {
    /// The exception that is pending now.
    fn take() -> Self {
        let mut pending = Self(None);
        pending.gather();
        pending
    }

    /// Takes the exception that is pending now, with those that were there before as its previous ones. The end of a script is left alone.
    fn gather(&mut self) {
        // SAFETY: the globals of this thread's engine; our share of the exception is the one that the engine had.
        unsafe {
            let globals = ext_php_rs_executor_globals();
            let exception = (*globals).exception;
            if exception.is_null() || exceptions::is_exit(exception) {
                return;
            }
            (*globals).exception = std::ptr::null_mut();
            if let Some(before) = self.0.replace(family::own(exception)) {
                let before = std::mem::ManuallyDrop::new(before);
                zend::zend_exception_set_previous(exception, before.value.obj);
            }
        }
    }

    fn put_back(self) {
        if let Some(exception) = self.0
            && !is_leaving()
        {
            let mut exception = std::mem::ManuallyDrop::new(exception);
            // SAFETY: an exception, of which the engine takes over our share.
            unsafe { zend_throw_exception_object((&raw mut *exception).cast::<zval>()) };
        }
    }
}

/// Calls a callable. Other calls may be made meanwhile, which need no place of a call that waits further out.
fn called<const N: usize>(callable: &Zval, mut arguments: [Zval; N]) -> Result<Zval, Fault> {
    let mut answer = Zval::new();
    let _suspension = Suspension::begin();
    guarded(|| {
        let callable = std::ptr::from_ref(callable).cast_mut().cast::<zval>();
        let (none, no_names) = (std::ptr::null_mut(), std::ptr::null_mut());
        let count = u32::try_from(N).unwrap_or(0);
        let (given, answer) = (arguments.as_mut_ptr().cast::<zval>(), (&raw mut answer).cast::<zval>());
        // SAFETY: a callable and arguments that live until it returns; the answer is ours.
        unsafe { _call_user_function_impl(none, callable, answer, count, given, no_names) };
        Ok(())
    })?;
    Ok(answer)
}

/// The trace context that the requests of a family carry now, as the application says. Runs PHP code.
pub(super) fn trace_of(registry: &Arc<Registry>) -> Result<Option<Arc<TraceContext>>, Fault> {
    if COUNT.get() == 0 {
        return Ok(None);
    }
    let first = HEARD.with_borrow(|heard| {
        let heard = heard.iter().find(|heard| std::ptr::eq(heard.registry, Arc::as_ptr(registry)));
        heard.map(|heard| family::share(heard.first))
    });
    let Some(answer) = first.map(|first| family::ask(&first)).transpose()?.flatten() else { return Ok(None) };
    Ok(context(&answer)?.map(Arc::new))
}

/// What an application says of the running span.
fn context(answer: &Zval) -> Result<Option<TraceContext>, Error> {
    if answer.is_null() {
        return Ok(None);
    }
    if let Some(parent) = answer.str() {
        return TraceContext::new(parent, None).map(Some);
    }
    let wrong = || {
        Error::invalid_argument(
            "the trace context must be null, a traceparent, or an array with traceparent and perhaps tracestate",
        )
    };
    let table = answer.array().ok_or_else(wrong)?;
    let known = |name: &str| table.get(name).filter(|value| !value.is_null());
    let parent = known("traceparent").map(|value| value.str().ok_or_else(wrong)).transpose()?;
    let state = known("tracestate").map(|value| value.str().ok_or_else(wrong)).transpose()?;
    // No span is running.
    parent.map(|parent| TraceContext::new(parent, state)).transpose()
}

/// A record as PSR-3 takes it.
fn log_arguments(record: &Record) -> Result<[Zval; 3], Fault> {
    let Event { name, bucket, subject, duration, bytes_in, bytes_out, requests, attempts, end, error, request_id } =
        &record.event;
    let mut context = ext_php_rs::types::ZendHashTable::new();
    let long = |number: u64| results::long(i64::try_from(number).unwrap_or(i64::MAX));
    for (key, value) in [
        ("operation", results::string(name.as_str())),
        ("bucket", results::string(bucket)),
        ("pathname", results::optional_string(Some(subject).filter(|subject| !subject.is_empty()))),
        ("duration", results::float(duration.as_secs_f64())),
        ("bytes_in", long(*bytes_in)),
        ("bytes_out", long(*bytes_out)),
        ("requests", long(u64::from(*requests))),
        ("attempts", long(u64::from(*attempts))),
        ("outcome", results::string(end.as_str())),
        ("error_code", results::optional_string(error.as_ref().map(|error| error.code.as_str()))),
        ("request_id", results::optional_string(request_id.as_ref())),
    ] {
        context.insert(key, value).map_err(|_| Fault::Thrown)?;
    }
    Ok([results::string(record.level.as_str()), results::string(&record.message), results::array(context)])
}

/// Whether a record is grave enough for `s3storage.log_level`.
fn is_wanted(record: &Record) -> bool {
    record.level >= ini::log_level()
}

/// The middleware that a queue is filled by.
fn events(queue: &Arc<Queue>) -> Events {
    let queue = Arc::clone(queue);
    Events::to(move |event| queue.push(Said::Event(event)))
}

fn log(queue: &Arc<Queue>) -> Log {
    let queue = Arc::clone(queue);
    Log::to(move |record| queue.push(Said::Record(record)))
}
