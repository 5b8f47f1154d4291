//! Objects of the engine that hold a Rust value.

use std::{
    ffi::c_int,
    marker::PhantomData,
    mem::{MaybeUninit, offset_of},
};

use ext_php_rs::{
    ffi::{
        HashTable, ext_php_rs_zend_object_alloc, object_properties_init, std_object_handlers, zend_class_entry,
        zend_object, zend_object_handlers, zend_object_std_dtor, zend_object_std_init, zend_objects_new, zval,
    },
    types::Zval,
};
use once_cell::race::OnceBox;

use super::{
    call::Fault,
    contained::{attempt, contained, raise},
};

/// The layout that the engine expects: our value in front, its object last (declared properties follow it).
#[repr(C)]
struct Layout<T> {
    value: Option<T>,
    std: zend_object,
}

/// A value that may hold values of the engine, which the collector of cycles has to know of.
pub(super) trait Holds {
    /// Whether it ends something when nobody has it any more: [`Self::left`].
    const IS_LEFT: bool = false;

    /// They lie behind each other; each is a share of its own.
    fn held(&self) -> (*mut Zval, usize) {
        (std::ptr::null_mut(), 0)
    }

    /// The last variable is gone, or the script has ended. As in a destructor, PHP code may run, and may keep the object.
    fn left(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// A kind of object that holds a `T`. It cannot be cloned.
pub(super) struct Native<T> {
    /// Made by whoever is first, without a lock that a fork could inherit.
    handlers: OnceBox<Handlers>,
    of: PhantomData<fn() -> T>,
}

struct Handlers(zend_object_handlers);

// SAFETY: a table of function pointers that is written once and then only read.
unsafe impl Send for Handlers {}
// SAFETY: as above.
unsafe impl Sync for Handlers {}

impl<T: Holds + 'static> Native<T> {
    pub(super) const fn new() -> Self {
        Self { handlers: OnceBox::new(), of: PhantomData }
    }

    /// Makes an empty object; for `create_object`.
    pub(super) fn create(&self, class: *mut zend_class_entry) -> *mut zend_object {
        let handlers = &raw const self.handlers.get_or_init(|| Box::new(Self::handlers())).0;
        // SAFETY: the allocation has room for the layout and the class's properties; every field is written before the
        // engine sees the object.
        unsafe {
            let object = ext_php_rs_zend_object_alloc(size_of::<Layout<T>>(), class).cast::<Layout<T>>();
            (&raw mut (*object).value).write(None);
            let std = &raw mut (*object).std;
            zend_object_std_init(std, class);
            object_properties_init(std, class);
            (*std).handlers = handlers;
            std
        }
    }

    fn handlers() -> Handlers {
        // SAFETY: a plain C struct of function pointers, copied from the engine's own as every extension does.
        let mut handlers: zend_object_handlers = unsafe {
            let mut handlers = MaybeUninit::<zend_object_handlers>::uninit();
            handlers.as_mut_ptr().copy_from_nonoverlapping(&raw const std_object_handlers, 1);
            handlers.assume_init()
        };
        handlers.offset = i32::try_from(offset_of!(Layout<T>, std)).unwrap_or(0);
        handlers.free_obj = Some(free::<T>);
        handlers.get_gc = Some(held::<T>);
        if T::IS_LEFT {
            handlers.dtor_obj = Some(left::<T>);
        }
        handlers.clone_obj = None;
        // What an object is lies in its Rust value, which the engine's comparison of properties would not see.
        handlers.compare = Some(super::zend::zend_objects_not_comparable);
        Handlers(handlers)
    }

    /// The value of an object, once it was set. The object must have been made by [`Self::create`] of the same kind.
    pub(super) fn get<'a>(&self, object: *const zend_object) -> Option<&'a T> {
        // SAFETY: the handlers are compared first, so the object has our layout; the value is only replaced by `set`,
        // which runs once, in the constructor; the caller holds the object alive for the call.
        unsafe { if self.is_ours(object) { (*layout::<T>(object.cast_mut())).value.as_ref() } else { None } }
    }

    /// Whether an object has our layout.
    fn is_ours(&self, object: *const zend_object) -> bool {
        // SAFETY: the caller holds the object alive.
        self.handlers.get().is_some_and(|ours| unsafe { std::ptr::eq((*object).handlers, &raw const ours.0) })
    }

    /// Sets the value of an object that has none yet; false if it has one, or can have none.
    pub(super) fn set(&self, object: *mut zend_object, value: T) -> bool {
        if !self.is_ours(object) || self.get(object).is_some() {
            return false;
        }
        // SAFETY: made by `create`, so it has our layout; nobody borrows a value that is not there yet.
        unsafe { (*layout::<T>(object)).value = Some(value) };
        true
    }
}

/// An object that never gets a value: what `create_object` answers after a panic.
pub(super) fn bare(class: *mut zend_class_entry) -> *mut zend_object {
    // SAFETY: the engine makes an object of its own kind for the class.
    unsafe { zend_objects_new(class) }
}

unsafe fn layout<T>(object: *mut zend_object) -> *mut Layout<T> {
    // SAFETY: by contract the object lies within a layout.
    unsafe { object.byte_sub(offset_of!(Layout<T>, std)).cast() }
}

unsafe extern "C" fn held<T: Holds>(
    object: *mut zend_object,
    table: *mut *mut zval,
    count: *mut c_int,
) -> *mut HashTable {
    // SAFETY: the object has our layout, since this handler is only set by `create`. Nothing is allocated and no PHP code runs.
    let value = unsafe { (*layout::<T>(object)).value.as_ref() };
    let nothing = (std::ptr::null_mut(), 0);
    let (first, length) = contained("held", || nothing, || value.map_or(nothing, Holds::held));
    // SAFETY: the engine lends both; what they name stays where it is until PHP code runs. There are no declared properties.
    unsafe {
        *table = first.cast::<zval>();
        *count = c_int::try_from(length).unwrap_or(0);
    }
    std::ptr::null_mut()
}

unsafe extern "C" fn left<T: Holds>(object: *mut zend_object) {
    // SAFETY: the object has our layout, since this handler is only set by `create`; the engine holds it meanwhile.
    let value = unsafe { (*layout::<T>(object)).value.as_ref() };
    // An exception is pending then; a panic leaves nobody to tell.
    if let Err(Fault::Bailout) = attempt("left", || value.map_or(Ok(()), Holds::left)) {
        raise(Fault::Bailout);
    }
}

unsafe extern "C" fn free<T>(object: *mut zend_object) {
    // SAFETY: the engine frees an object once; it has our layout, since this handler is only set by `create`.
    let value = unsafe { (&raw mut (*layout::<T>(object)).value).replace(None) };
    contained("free", || (), || drop(value));
    // SAFETY: as above.
    unsafe { zend_object_std_dtor(object) };
}
