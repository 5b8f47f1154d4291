//! `S3Storage\ObjectIterator`: a listing that asks for a page when it needs one.

use std::{cell::RefCell, sync::Arc};

use ext_php_rs::{
    ffi::{ZEND_ACC_PRIVATE, zend_ce_iterator, zend_class_entry, zend_object, zval},
    types::Zval,
};

use super::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    class::{BadDeclaration, Class, Declaration, HANDLE, Method},
    drive,
    native::Native,
    results,
};
use crate::{
    error::{Error, ErrorCode, Result},
    lifecycle,
    storage::{Bucket, Listing, Registry, Storage},
    types::{ObjectInfo, Prefix},
};

static CLASS: Class = Class::new();
static NATIVE: Native<Walk> = Native::new();

/// What a listing was asked for, and how far it is.
pub(super) struct Walk {
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    query: Query,
    /// Taken out while a page is asked for: a signal handler may use the same iterator meanwhile.
    at: RefCell<Option<Position>>,
}

/// The parameters of `list()`.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) prefix: Prefix,
    pub(super) recursive: bool,
    pub(super) limit: Option<i64>,
    pub(super) start_after: Option<Prefix>,
}

struct Position {
    listing: Listing,
    at: At,
    key: i64,
}

/// Where a listing stands.
enum At {
    /// The next entry was not looked for yet, or looking for it failed.
    Unknown,
    Entry(Box<ObjectInfo>),
    End,
}

impl Query {
    fn begin(&self) -> Result<Position> {
        let listing = Listing::new(self.prefix.clone(), self.recursive, self.limit, self.start_after.clone())?;
        Ok(Position { listing, at: At::Unknown, key: 0 })
    }
}

/// Registers the class. Only while the module starts.
pub(super) fn register() -> std::result::Result<(), BadDeclaration> {
    // SAFETY: set by the engine before any module starts.
    let iterator = unsafe { zend_ce_iterator };
    let mut constructor = Method::public("__construct()", refuse);
    constructor.flags = ZEND_ACC_PRIVATE;
    CLASS.register(Declaration {
        name: "S3Storage\\ObjectIterator",
        flags: HANDLE,
        interfaces: vec![iterator],
        create_object: Some(create),
        methods: vec![
            constructor,
            Method::public("current(): S3Storage\\ObjectInfo", current),
            Method::public("key(): int", key),
            Method::public("next(): void", next),
            Method::public("rewind(): void", rewind),
            Method::public("valid(): bool", valid),
        ],
        ..Declaration::default()
    })
}

unsafe extern "C" fn create(class: *mut zend_class_entry) -> *mut zend_object {
    NATIVE.create(class)
}

/// Makes the iterator of a listing. Asks for nothing yet.
pub(super) fn make(registry: Arc<Registry>, bucket: Arc<Bucket>, query: Query) -> std::result::Result<Zval, Fault> {
    let at = RefCell::new(Some(query.begin()?));
    let mut object = Zval::new();
    // SAFETY: the class is registered.
    if unsafe { super::zend::object_init_ex((&raw mut object).cast::<zval>(), CLASS.entry()) } != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: just made.
    NATIVE.set(unsafe { object.value.obj }, Walk { registry, bucket, query, at });
    Ok(object)
}

fn walk<'a>(call: &Call<'a>) -> std::result::Result<&'a Walk, Fault> {
    Ok(NATIVE
        .get(call.this())
        .ok_or_else(|| Error::new(ErrorCode::OperationFailed, "the iterator was not made by list()"))?)
}

impl Walk {
    /// Runs a step with the position taken out, and puts it back whatever comes of it.
    fn step<T>(
        &self,
        step: impl FnOnce(&Self, &mut Position) -> std::result::Result<T, Fault>,
    ) -> std::result::Result<T, Fault> {
        let mut position = self.at.borrow_mut().take().ok_or_else(|| {
            Error::new(ErrorCode::OperationFailed, "the iterator is waiting for a page already; it was entered again")
        })?;
        let outcome = step(self, &mut position);
        *self.at.borrow_mut() = Some(position);
        outcome
    }

    /// Looks for the entry, unless that was done: asks for pages until there is one or the listing is complete. After a
    /// failure the next call asks again; a listing never ends because of one.
    fn look(&self, position: &mut Position) -> std::result::Result<(), Fault> {
        while matches!(position.at, At::Unknown) {
            if let Some(entry) = position.listing.ready() {
                position.at = At::Entry(Box::new(entry));
            } else if position.listing.is_complete() {
                position.at = At::End;
            } else {
                let clients = Arc::clone(&lifecycle::serve()?.clients);
                let storage = Storage::new(Arc::clone(&self.registry), clients, Arc::clone(&self.bucket));
                drive::wait(position.listing.fetch(&storage))?;
            }
        }
        Ok(())
    }
}

fn do_current(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = walk(call)?.step(|walk, position| {
        walk.look(position)?;
        match &position.at {
            At::Entry(entry) => results::object_info(entry),
            _ => Err(Error::new(ErrorCode::OperationFailed, "the listing is at its end; ask valid() first").into()),
        }
    })?;
    Ok(())
}

fn do_key(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let key = walk(call)?.step(|_, position| Ok(position.key))?;
    call.result.set_long(key);
    Ok(())
}

fn do_next(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    walk(call)?.step(|walk, position| {
        walk.look(position)?;
        if matches!(position.at, At::Entry(_)) {
            position.at = At::Unknown;
            position.key += 1;
        }
        Ok(())
    })
}

fn do_rewind(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    walk(call)?.step(|walk, position| {
        if position.key > 0 || matches!(position.at, At::End) {
            *position = walk.query.begin()?;
        }
        Ok(())
    })
}

fn do_valid(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let valid = walk(call)?.step(|walk, position| {
        walk.look(position)?;
        Ok(matches!(position.at, At::Entry(_)))
    })?;
    call.result.set_bool(valid);
    Ok(())
}

fn do_refuse(_: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Err(Error::new(ErrorCode::OperationFailed, "an ObjectIterator is made by list()").into())
}

handler!(current, do_current);
handler!(key, do_key);
handler!(next, do_next);
handler!(rewind, do_rewind);
handler!(valid, do_valid);
handler!(refuse, do_refuse);
