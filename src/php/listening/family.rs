//! A family of handles: the first one, which was constructed, and those that came of it. The first holds who listens.

use std::{
    cell::{OnceCell, RefCell},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use ext_php_rs::{
    ffi::{IS_OBJECT_EX, zend_is_identical, zend_object, zval},
    types::Zval,
};

use super::{COUNT, HEARD, Heard, Pending, Queue, Said, called, events, is_leaving, is_wanted, log, log_arguments};
use crate::{
    error::Result,
    php::{call::Fault, interrupts, native::Holds, results, storage::ears_of},
    storage::{Events, Log, Registry},
    types::process,
};

/// What a handle knows of its family.
pub(in crate::php) enum Family {
    /// It is the first; somebody may listen.
    First(OnceCell<Ears>),
    /// The first one.
    Of(Zval),
}

impl Holds for Family {
    fn held(&self) -> (*mut Zval, usize) {
        match self {
            Self::First(ears) => ears.get().map_or((std::ptr::null_mut(), 0), |ears| {
                let held = ears.held.borrow();
                (held.as_ptr().cast_mut(), held.len())
            }),
            Self::Of(first) => (std::ptr::from_ref(first).cast_mut(), 1),
        }
    }
}

impl Family {
    /// That of a handle which comes of this one.
    pub(in crate::php) fn of_another(&self, this: *mut zend_object) -> Self {
        Self::Of(match self {
            Self::First(_) => share(this),
            Self::Of(first) => first.shallow_clone(),
        })
    }

    /// The first handle, of which this is one.
    pub(in crate::php) fn first(&self, this: *mut zend_object) -> *mut zend_object {
        match self {
            Self::First(_) => this,
            // SAFETY: what a family refers to is an object.
            Self::Of(first) => unsafe { first.value.obj },
        }
    }
}

/// What somebody who listens is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::php) enum Role {
    Listener,
    Dispatcher,
    Logger,
    Trace,
}

/// Who listens to a family.
pub(in crate::php) struct Ears {
    registry: Arc<Registry>,
    queue: Arc<Queue>,
    first: *mut zend_object,
    roles: RefCell<Vec<Role>>,
    /// For each of them what was given, and what is called: in one piece, so that the collector of cycles can look at it.
    held: RefCell<Vec<Zval>>,
}

/// How many values are held for each who listens.
const EACH: usize = 2;

impl Ears {
    /// Of a family that nobody listens to yet, whose first handle this is.
    pub(in crate::php) fn new(registry: &Arc<Registry>, first: *mut zend_object) -> Self {
        let queue = Queue {
            said: Mutex::new((process::id(), Vec::new())),
            is_deaf: AtomicBool::new(false),
            thread: std::thread::current().id(),
        };
        let (registry, queue) = (Arc::clone(registry), Arc::new(queue));
        Self { registry, queue, first, roles: RefCell::default(), held: RefCell::default() }
    }

    /// One more listens.
    pub(in crate::php) fn add(&self, role: Role, given: Zval, callable: Zval) -> Result<()> {
        self.roles.borrow_mut().push(role);
        self.held.borrow_mut().extend([given, callable]);
        self.update()
    }

    /// The one in a role is another one, or nobody.
    pub(in crate::php) fn replace(&self, role: Role, new: Option<(Zval, Zval)>) -> Result<()> {
        self.remove(|is, _| is == role)?;
        new.map_or(Ok(()), |(given, callable)| self.add(role, given, callable))
    }

    /// A callable does not listen any more.
    pub(in crate::php) fn forget(&self, listener: &Zval) -> Result<()> {
        self.remove(|role, given| role == Role::Listener && is_identical(given, listener))
    }

    fn remove(&self, is_meant: impl Fn(Role, &Zval) -> bool) -> Result<()> {
        // Released at the very end: a destructor is PHP code, which may come back here.
        let mut released = Vec::new();
        {
            let (mut roles, mut held) = (self.roles.borrow_mut(), self.held.borrow_mut());
            for at in (0..roles.len()).rev() {
                if is_meant(roles[at], &held[at * EACH]) {
                    roles.remove(at);
                    released.extend(held.drain(at * EACH..(at + 1) * EACH));
                }
            }
        }
        let updated = self.update();
        drop(released);
        updated
    }

    /// The middleware is what those who listen need, and nothing where there is nobody.
    fn update(&self) -> Result<()> {
        let has = |roles: &[Role]| self.roles.borrow().iter().any(|role| roles.contains(role));
        self.registry.remove(Events::NAME);
        self.registry.remove(Log::NAME);
        if has(&[Role::Listener, Role::Dispatcher]) {
            self.registry.add(Arc::new(events(&self.queue)))?;
        }
        if has(&[Role::Logger]) {
            self.registry.add(Arc::new(log(&self.queue)))?;
        }
        self.enlist(!self.roles.borrow().is_empty());
        Ok(())
    }

    fn enlist(&self, is_heard: bool) {
        HEARD.with_borrow_mut(|heard| {
            heard.retain(|heard| heard.first != self.first);
            if is_heard {
                let (registry, queue) = (Arc::as_ptr(&self.registry), Arc::clone(&self.queue));
                heard.push(Heard { registry, queue, first: self.first });
            }
            COUNT.set(heard.len());
        });
    }

    /// What is called in a role. Ours while it is called: it may forget itself.
    fn callables(&self, wanted: &[Role]) -> Vec<(Role, Zval)> {
        let (roles, held) = (self.roles.borrow(), self.held.borrow());
        let all = roles.iter().zip(held.chunks(EACH));
        all.filter(|(role, _)| wanted.contains(role)).map(|(role, held)| (*role, held[1].shallow_clone())).collect()
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.enlist(false);
        self.registry.remove(Events::NAME);
        self.registry.remove(Log::NAME);
    }
}

/// A family tells nobody what those do whom it tells something.
struct Deaf<'a>(&'a Queue, bool);

impl<'a> Deaf<'a> {
    fn of(queue: &'a Queue) -> Self {
        Self(queue, queue.is_deaf.swap(true, Relaxed))
    }
}

impl Drop for Deaf<'_> {
    fn drop(&mut self) {
        self.0.is_deaf.store(self.1, Relaxed);
    }
}

/// Tells everybody who listens to a family. Whoever throws does not keep the others from hearing.
pub(super) fn tell(first: &Zval, said: Vec<Said>, pending: &mut Pending) -> Result<(), Fault> {
    let Some(ears) = ears_of(first) else { return Ok(()) };
    let (_deaf, teller) = (Deaf::of(&ears.queue), process::id());
    for said in said {
        if !tell_one(ears, &said, pending, teller)? || interrupts::has_timed_out() {
            break;
        }
    }
    Ok(())
}

/// Answers whether to go on: not where the script is ending, and not in a child that somebody has forked who was told: that is told what it does
/// itself.
fn tell_one(ears: &Ears, said: &Said, pending: &mut Pending, teller: u32) -> Result<bool, Fault> {
    let mut tell = |callable: &Zval, said: &Said| {
        let called = match said {
            Said::Event(event) => results::operation_event(event).and_then(|event| called(callable, [event])),
            Said::Record(record) => log_arguments(record).and_then(|arguments| called(callable, arguments)),
        };
        pending.gather();
        if matches!(called, Err(Fault::Bailout)) { Err(Fault::Bailout) } else { Ok(()) }
    };
    let roles: &[Role] = match said {
        Said::Event(_) => &[Role::Listener, Role::Dispatcher],
        Said::Record(record) if !is_wanted(record) => &[],
        Said::Record(_) => &[Role::Logger],
    };
    for (_, callable) in ears.callables(roles) {
        tell(&callable, said)?;
        if is_leaving() || process::id() != teller {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Asks for the trace context, if somebody gives one and is not just asked.
pub(super) fn ask(first: &Zval) -> Result<Option<Zval>, Fault> {
    let Some(ears) = ears_of(first) else { return Ok(None) };
    if ears.queue.is_deaf.load(Relaxed) {
        return Ok(None);
    }
    let Some((_, callable)) = ears.callables(&[Role::Trace]).pop() else { return Ok(None) };
    let _deaf = Deaf::of(&ears.queue);
    called(&callable, []).map(Some)
}

fn is_identical(a: &Zval, b: &Zval) -> bool {
    let pointer = |value| std::ptr::from_ref::<Zval>(value).cast_mut().cast::<zval>();
    // SAFETY: reads two values.
    unsafe { zend_is_identical(pointer(a), pointer(b)) }
}

/// Another share of an object.
pub(super) fn share(object: *mut zend_object) -> Zval {
    // SAFETY: the caller knows that the object is alive.
    unsafe { (*object).gc.refcount += 1 };
    own(object)
}

/// Our share of an object, as a value.
pub(in crate::php) const fn own(object: *mut zend_object) -> Zval {
    let mut value = Zval::new();
    value.value.obj = object;
    value.u1.type_info = IS_OBJECT_EX;
    value
}
