//! `S3Storage\ObjectIterator` and `S3Storage\VersionIterator`: listings that ask for a page when they need one.

use std::{cell::RefCell, future::Future, sync::Arc};

use ext_php_rs::{
    ffi::{ZEND_ACC_PRIVATE, zend_ce_iterator, zend_class_entry, zend_object, zval},
    types::Zval,
};

use super::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    class::{BadDeclaration, Class, Declaration, HANDLE, Handler, Method},
    contained::contained,
    drive,
    interrupts::{is_request_over, is_unwinding},
    listening::{self, Family},
    native::{Holds, Native, bare},
    results,
};
use crate::{
    error::{Error, ErrorCode, Result},
    storage::{Bucket, Listing, Registry, Storage, Versions},
    types::{ObjectInfo, ObjectVersion, Prefix},
};

/// A listing that an iterator walks over.
pub(super) trait Walkable: Sized + 'static {
    /// What it is asked for.
    type Query: Clone;
    type Entry;

    /// The iterator's class, and its objects.
    fn kind() -> &'static Kind<Self>;

    fn begin(query: &Self::Query) -> Result<Self>;

    /// The next entry, if it is here already.
    fn ready(&mut self) -> Option<Self::Entry>;

    fn is_complete(&self) -> bool;

    /// Nobody waits for its end. It may go on all the same.
    fn leave(&mut self);

    /// Asks for the next page.
    fn fetch(&mut self, storage: &Storage) -> impl Future<Output = Result<()>>;

    /// An entry as PHP sees it.
    fn present(entry: &Self::Entry) -> std::result::Result<Zval, Fault>;
}

/// A class of iterators.
pub(super) struct Kind<L: Walkable> {
    class: Class,
    objects: Native<Walk<L>>,
}

static OBJECTS: Kind<Listing> = Kind { class: Class::new(), objects: Native::new() };
static VERSIONS: Kind<Versions> = Kind { class: Class::new(), objects: Native::new() };

impl Walkable for Listing {
    type Query = Query;
    type Entry = Box<ObjectInfo>;

    fn kind() -> &'static Kind<Self> {
        &OBJECTS
    }

    fn begin(query: &Query) -> Result<Self> {
        Self::new(query.prefix.clone(), query.recursive, query.limit, query.start_after.clone())
    }

    fn ready(&mut self) -> Option<Self::Entry> {
        self.ready().map(Box::new)
    }

    fn is_complete(&self) -> bool {
        self.is_complete()
    }

    fn leave(&mut self) {
        self.leave();
    }

    async fn fetch(&mut self, storage: &Storage) -> Result<()> {
        self.fetch(storage).await
    }

    fn present(entry: &Self::Entry) -> std::result::Result<Zval, Fault> {
        results::object_info(entry)
    }
}

impl Walkable for Versions {
    type Query = VersionQuery;
    type Entry = Box<ObjectVersion>;

    fn kind() -> &'static Kind<Self> {
        &VERSIONS
    }

    fn begin(query: &VersionQuery) -> Result<Self> {
        Self::new(query.prefix.clone(), query.limit)
    }

    fn ready(&mut self) -> Option<Self::Entry> {
        self.ready().map(Box::new)
    }

    fn is_complete(&self) -> bool {
        self.is_complete()
    }

    fn leave(&mut self) {
        self.leave();
    }

    async fn fetch(&mut self, storage: &Storage) -> Result<()> {
        self.fetch(storage).await
    }

    fn present(entry: &Self::Entry) -> std::result::Result<Zval, Fault> {
        results::object_version(entry)
    }
}

/// What a listing was asked for, and how far it is.
pub(super) struct Walk<L: Walkable> {
    /// Whoever listens hears of the pages, also where no handle is left.
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    query: L::Query,
    /// Taken out while a page is asked for: a signal handler may use the same iterator meanwhile.
    at: RefCell<Option<Position<L>>>,
}

impl<L: Walkable> Holds for Walk<L> {
    const IS_LEFT: bool = true;

    fn held(&self) -> (*mut Zval, usize) {
        self.family.held()
    }

    /// Whoever leaves a loop before its end has ended an operation, and whoever listens hears of it: this may be the last of its family. Not while
    /// an exception is on its way, or when the script has ended: then the next method tells of it, or nobody hears.
    fn left(&self) -> std::result::Result<(), Fault> {
        if let Some(position) = self.at.borrow_mut().as_mut() {
            position.listing.leave();
        }
        if is_unwinding() || is_request_over() { Ok(()) } else { listening::told(Ok(())) }
    }
}

/// The parameters of `list()`.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) prefix: Prefix,
    pub(super) recursive: bool,
    pub(super) limit: Option<i64>,
    pub(super) start_after: Option<Prefix>,
}

/// The parameters of `listVersions()`.
#[derive(Clone)]
pub(super) struct VersionQuery {
    pub(super) prefix: Prefix,
    pub(super) limit: Option<i64>,
}

struct Position<L: Walkable> {
    listing: L,
    at: At<L::Entry>,
    key: i64,
}

/// Where a listing stands.
enum At<E> {
    /// The next entry was not looked for yet, or looking for it failed.
    Unknown,
    Entry(E),
    End,
}

impl<L: Walkable> Position<L> {
    fn begin(query: &L::Query) -> Result<Self> {
        Ok(Self { listing: L::begin(query)?, at: At::Unknown, key: 0 })
    }
}

/// Registers the classes. Only while the module starts.
pub(super) fn register() -> std::result::Result<(), BadDeclaration> {
    let handlers =
        [current::<Listing> as Handler, key::<Listing>, next::<Listing>, rewind::<Listing>, valid::<Listing>];
    declare(&OBJECTS.class, ["S3Storage\\ObjectIterator", "S3Storage\\ObjectInfo"], create::<Listing>, handlers)?;
    let handlers =
        [current::<Versions> as Handler, key::<Versions>, next::<Versions>, rewind::<Versions>, valid::<Versions>];
    declare(&VERSIONS.class, ["S3Storage\\VersionIterator", "S3Storage\\ObjectVersion"], create::<Versions>, handlers)
}

fn declare(
    class: &Class,
    [name, entry]: [&str; 2],
    create: unsafe extern "C" fn(*mut zend_class_entry) -> *mut zend_object,
    [current, key, next, rewind, valid]: [Handler; 5],
) -> std::result::Result<(), BadDeclaration> {
    // SAFETY: set by the engine before any module starts.
    let iterator = unsafe { zend_ce_iterator };
    let mut constructor = Method::public("__construct()", refuse);
    constructor.flags = ZEND_ACC_PRIVATE;
    class.register(Declaration {
        name,
        flags: HANDLE,
        interfaces: vec![iterator],
        create_object: Some(create),
        methods: vec![
            constructor,
            Method::public(format!("current(): {entry}"), current),
            Method::public("key(): int", key),
            Method::public("next(): void", next),
            Method::public("rewind(): void", rewind),
            Method::public("valid(): bool", valid),
        ],
        ..Declaration::default()
    })
}

unsafe extern "C" fn create<L: Walkable>(class: *mut zend_class_entry) -> *mut zend_object {
    contained("create", || bare(class), || L::kind().objects.create(class))
}

/// Makes the iterator of a listing. Asks for nothing yet.
pub(super) fn make<L: Walkable>(
    family: Family,
    registry: Arc<Registry>,
    bucket: Arc<Bucket>,
    query: L::Query,
) -> std::result::Result<Zval, Fault> {
    let at = RefCell::new(Some(Position::begin(&query)?));
    let mut object = Zval::new();
    // SAFETY: the class is registered.
    if unsafe { super::zend::object_init_ex((&raw mut object).cast::<zval>(), L::kind().class.entry()) } != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: just made.
    L::kind().objects.set(unsafe { object.value.obj }, Walk { family, registry, bucket, query, at });
    Ok(object)
}

fn walk<'a, L: Walkable>(call: &Call<'a>) -> std::result::Result<&'a Walk<L>, Fault> {
    Ok(L::kind()
        .objects
        .get(call.this())
        .ok_or_else(|| Error::new(ErrorCode::OperationFailed, "the iterator was not made by a listing"))?)
}

impl<L: Walkable> Walk<L> {
    /// Runs a step with the position taken out, and puts it back whatever comes of it.
    fn step<T>(
        &self,
        step: impl FnOnce(&Self, &mut Position<L>) -> std::result::Result<T, Fault>,
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
    fn look(&self, position: &mut Position<L>) -> std::result::Result<(), Fault> {
        while matches!(position.at, At::Unknown) {
            if let Some(entry) = position.listing.ready() {
                position.at = At::Entry(entry);
            } else if position.listing.is_complete() {
                position.at = At::End;
            } else {
                let storage = drive::storage(&self.registry, &self.bucket)?;
                drive::wait(position.listing.fetch(&storage))?;
            }
        }
        Ok(())
    }
}

fn do_current<L: Walkable>(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = walk::<L>(call)?.step(|walk, position| {
        walk.look(position)?;
        match &position.at {
            At::Entry(entry) => L::present(entry),
            _ => Err(Error::new(ErrorCode::OperationFailed, "the listing is at its end; ask valid() first").into()),
        }
    })?;
    Ok(())
}

fn do_key<L: Walkable>(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let key = walk::<L>(call)?.step(|_, position| Ok(position.key))?;
    call.result.set_long(key);
    Ok(())
}

fn do_next<L: Walkable>(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    walk::<L>(call)?.step(|walk, position| {
        walk.look(position)?;
        if matches!(position.at, At::Entry(_)) {
            position.at = At::Unknown;
            position.key += 1;
        }
        Ok(())
    })
}

fn do_rewind<L: Walkable>(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    walk::<L>(call)?.step(|walk, position| {
        if position.key > 0 || matches!(position.at, At::End) {
            *position = Position::begin(&walk.query)?;
        }
        Ok(())
    })
}

fn do_valid<L: Walkable>(call: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let valid = walk::<L>(call)?.step(|walk, position| {
        walk.look(position)?;
        Ok(matches!(position.at, At::Entry(_)))
    })?;
    call.result.set_bool(valid);
    Ok(())
}

fn do_refuse(_: &mut Call<'_>) -> std::result::Result<(), Fault> {
    Err(Error::new(ErrorCode::OperationFailed, "an iterator of a listing is made by list() or listVersions()").into())
}

handler!(current<L: Walkable>, do_current::<L>);
handler!(key<L: Walkable>, do_key::<L>);
handler!(next<L: Walkable>, do_next::<L>);
handler!(rewind<L: Walkable>, do_rewind::<L>);
handler!(valid<L: Walkable>, do_valid::<L>);
handler!(refuse, do_refuse);
