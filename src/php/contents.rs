//! `S3Storage\ContentIterator`: contents of many objects, read several at once, a round of them when one is needed.

use std::{cell::RefCell, collections::VecDeque, sync::Arc};

use ext_php_rs::{
    ffi::{ZEND_ACC_PRIVATE, zend_ce_iterator, zend_class_entry, zend_object, zval},
    types::Zval,
};

use super::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    class::{BadDeclaration, Class, Declaration, HANDLE, Method},
    contained::contained,
    drive, exceptions,
    iterable::Pull,
    listening::Family,
    native::{Holds, Native, bare},
    results, string,
};
use crate::{
    error::{Error, ErrorCode},
    php::storage::pathname_bytes,
    storage::{Bucket, Reads, Registry},
    types::Pathname,
};

static CLASS: Class = Class::new();
static NATIVE: Native<Contents> = Native::new();

/// What is read, and how far that is.
struct Contents {
    /// Whoever listens hears of the rounds, also where no handle is left.
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    /// Taken out while PHP code runs or a round is waited for: that code may use the same iterator.
    at: RefCell<Option<Position>>,
}

impl Holds for Contents {
    fn held(&self) -> (*mut Zval, usize) {
        self.family.held()
    }
}

struct Position {
    pull: Pull,
    /// The iterable has come to its end.
    is_pulled: bool,
    reads: Reads,
    /// Pathnames that cannot be read.
    refused: VecDeque<(Vec<u8>, Error)>,
    at: At,
    taken: u64,
}

enum At {
    /// The next one was not looked for yet, or looking for it failed.
    Unknown,
    /// A pathname, and its content or exception.
    Entry(Zval, Zval),
    End,
}

/// Registers the class. Only while the module starts.
pub(super) fn register() -> Result<(), BadDeclaration> {
    let mut constructor = Method::public("__construct()", refuse);
    constructor.flags = ZEND_ACC_PRIVATE;
    CLASS.register(Declaration {
        name: "S3Storage\\ContentIterator",
        flags: HANDLE,
        // SAFETY: set by the engine before any module starts.
        interfaces: vec![unsafe { zend_ce_iterator }],
        create_object: Some(create),
        methods: vec![
            constructor,
            Method::public("current(): S3Storage\\Exception\\S3Exception|string", current),
            Method::public("key(): string", key),
            Method::public("next(): void", next),
            Method::public("rewind(): void", rewind),
            Method::public("valid(): bool", valid),
        ],
        ..Declaration::default()
    })
}

unsafe extern "C" fn create(class: *mut zend_class_entry) -> *mut zend_object {
    contained("create", || bare(class), || NATIVE.create(class))
}

/// Makes the iterator. Reads nothing yet.
pub(super) fn make(
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    pull: Pull,
    reads: Reads,
) -> Result<Zval, Fault> {
    let refused = VecDeque::new();
    let position = Position { pull, is_pulled: false, reads, refused, at: At::Unknown, taken: 0 };
    let mut object = Zval::new();
    // SAFETY: the class is registered.
    if unsafe { super::zend::object_init_ex((&raw mut object).cast::<zval>(), CLASS.entry()) } != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: just made.
    NATIVE.set(unsafe { object.value.obj }, Contents { family, registry, bucket, at: RefCell::new(Some(position)) });
    Ok(object)
}

impl Contents {
    /// Runs a step with the position taken out, and puts it back whatever comes of it.
    fn step<T>(&self, step: impl FnOnce(&Self, &mut Position) -> Result<T, Fault>) -> Result<T, Fault> {
        let mut position = self.at.borrow_mut().take().ok_or_else(|| {
            Error::new(ErrorCode::OperationFailed, "the iterator is reading already; it was entered again")
        })?;
        let outcome = step(self, &mut position);
        *self.at.borrow_mut() = Some(position);
        outcome
    }

    /// Looks for the next one, unless that was done.
    fn look(&self, position: &mut Position) -> Result<(), Fault> {
        while matches!(position.at, At::Unknown) {
            position.at = match position.ready()? {
                Some((name, value)) => At::Entry(name, value),
                None if position.is_pulled && position.reads.is_done() => At::End,
                None => {
                    position.pull(&self.registry)?;
                    self.round(&mut position.reads)?;
                    At::Unknown
                }
            };
        }
        Ok(())
    }

    fn round(&self, reads: &mut Reads) -> Result<(), Fault> {
        if reads.is_done() {
            return Ok(());
        }
        let storage = drive::storage(&self.registry, &self.bucket)?;
        drive::wait(async {
            reads.round(&storage, string::check_limit).await;
            Ok(())
        })
    }
}

impl Position {
    /// Pulls as many pathnames as a round can do with.
    fn pull(&mut self, registry: &Registry) -> Result<(), Fault> {
        for _ in 0..self.reads.room() {
            let Some(value) = self.pull.next()? else {
                self.is_pulled = true;
                return Ok(());
            };
            let name = pathname_bytes("readMany", &value)?;
            match Pathname::parse(&name).and_then(|name| registry.rehearse("readMany", name.as_str()).map(|()| name)) {
                Ok(pathname) => self.reads.push(pathname),
                Err(error) => self.refused.push_back((name, error)),
            }
        }
        Ok(())
    }

    /// One that is here, as PHP sees it.
    fn ready(&mut self) -> Result<Option<(Zval, Zval)>, Fault> {
        if let Some((name, error)) = self.refused.pop_front() {
            return Ok(Some((results::string(name), exceptions::object(&error)?)));
        }
        let Some((pathname, content)) = self.reads.ready() else { return Ok(None) };
        let value = match content.and_then(|content| string::copied(&content)) {
            Ok(content) => content,
            Err(error) => exceptions::object(&error.during("read", pathname.as_str()))?,
        };
        Ok(Some((results::string(pathname.as_str()), value)))
    }
}

fn contents<'a>(call: &Call<'a>) -> Result<&'a Contents, Fault> {
    let made = NATIVE.get(call.this());
    Ok(made.ok_or_else(|| Error::new(ErrorCode::OperationFailed, "the iterator was not made by readMany()"))?)
}

fn at_end() -> Fault {
    Error::new(ErrorCode::OperationFailed, "everything was read; ask valid() first").into()
}

fn do_current(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = contents(call)?.step(|contents, position| {
        contents.look(position)?;
        match &position.at {
            At::Entry(_, value) => Ok(value.shallow_clone()),
            _ => Err(at_end()),
        }
    })?;
    Ok(())
}

fn do_key(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = contents(call)?.step(|contents, position| {
        contents.look(position)?;
        match &position.at {
            At::Entry(name, _) => Ok(name.shallow_clone()),
            _ => Err(at_end()),
        }
    })?;
    Ok(())
}

fn do_next(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    contents(call)?.step(|contents, position| {
        contents.look(position)?;
        if matches!(position.at, At::Entry(..)) {
            position.at = At::Unknown;
            position.taken += 1;
        }
        Ok(())
    })
}

fn do_rewind(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    contents(call)?.step(|_, position| {
        if position.taken == 0 {
            return Ok(());
        }
        let message = "what was read is gone, so the iterator cannot be rewound; call readMany() again";
        Err(Error::new(ErrorCode::OperationFailed, message).into())
    })
}

fn do_valid(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let valid = contents(call)?.step(|contents, position| {
        contents.look(position)?;
        Ok(matches!(position.at, At::Entry(..)))
    })?;
    call.result.set_bool(valid);
    Ok(())
}

fn do_refuse(_: &mut Call<'_>) -> Result<(), Fault> {
    Err(Error::new(ErrorCode::OperationFailed, "a ContentIterator is made by readMany()").into())
}

handler!(current, do_current);
handler!(key, do_key);
handler!(next, do_next);
handler!(rewind, do_rewind);
handler!(valid, do_valid);
handler!(refuse, do_refuse);
