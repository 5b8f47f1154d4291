//! Iterables of an application, pulled one value at a time. Pulling runs PHP code, so it happens between two waits and never
//! within one.

use ext_php_rs::{
    ffi::{
        ZEND_RESULT_CODE_SUCCESS, zend_hash_get_current_data_ex, zend_hash_get_current_key_zval_ex,
        zend_hash_move_forward_ex, zend_object_iterator, zval,
    },
    types::Zval,
};

use super::{
    call::Fault,
    interrupts::{guarded, thrown},
    zend,
};

/// A walk over an array or a `Traversable`.
pub(super) struct Pull {
    /// The iterable: our own share of it, so that an array stays as it was given.
    iterable: Zval,
    at: At,
}

enum At {
    Array(u32),
    /// Not asked for its first value yet.
    Fresh(*mut zend_object_iterator),
    Within(*mut zend_object_iterator),
    /// At its end, or broken by a fatal error: then the engine clears it away.
    End,
}

impl Pull {
    /// Begins a walk; runs the `getIterator()` of an aggregate.
    pub(super) fn of(iterable: &Zval) -> Result<Self, Fault> {
        let mut iterable = iterable.shallow_clone();
        if iterable.is_array() {
            return Ok(Self { iterable, at: At::Array(0) });
        }
        let iterator = guarded(|| {
            // SAFETY: a `Traversable` has the function; what it answers is ours to destroy.
            unsafe {
                let class = (*iterable.value.obj).ce;
                let make = (*class).get_iterator.ok_or(Fault::Thrown)?;
                Ok(make(class, (&raw mut iterable).cast::<zval>(), 0))
            }
        })?;
        if iterator.is_null() { Err(Fault::Thrown) } else { Ok(Self { iterable, at: At::Fresh(iterator) }) }
    }

    /// The next value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Zval>, Fault> {
        Ok(self.next_entry()?.map(|(_, value)| value))
    }

    /// The next key and value; `None` at the end. The key of an iterator that has none is null.
    pub(super) fn next_entry(&mut self) -> Result<Option<(Zval, Zval)>, Fault> {
        let (iterator, fresh) = match self.at {
            At::Array(_) => return Ok(self.next_of_array()),
            At::Fresh(iterator) => (iterator, true),
            At::Within(iterator) => (iterator, false),
            At::End => return Ok(None),
        };
        self.at = At::Within(iterator);
        // SAFETY: alive until it is dropped.
        let value = guarded(|| unsafe { step(iterator, fresh) });
        if matches!(value, Err(Fault::Bailout)) {
            self.at = At::End;
        }
        value
    }

    fn next_of_array(&mut self) -> Option<(Zval, Zval)> {
        let At::Array(position) = &mut self.at else { return None };
        let table = std::ptr::from_ref(self.iterable.array()?).cast_mut();
        // SAFETY: our share keeps the table alive and unchanged; the engine answers null at its end.
        let value = unsafe { zend_hash_get_current_data_ex(table, &raw mut *position).cast::<Zval>().as_ref() }?;
        let mut key = Zval::new();
        // SAFETY: as above; the key is copied into a value that we own.
        unsafe {
            zend_hash_get_current_key_zval_ex(table, (&raw mut key).cast::<zval>(), &raw const *position);
            zend_hash_move_forward_ex(table, &raw mut *position);
        }
        Some((key, value.dereference().shallow_clone()))
    }
}

/// One step of an iterator the way `foreach` takes it.
///
/// # Safety
/// The iterator is alive.
unsafe fn step(iterator: *mut zend_object_iterator, fresh: bool) -> Result<Option<(Zval, Zval)>, Fault> {
    // SAFETY: the functions of an iterator live as long as its class; only the rewinding one may be missing.
    unsafe {
        let functions = &*(*iterator).funcs;
        if let Some(advance) = if fresh { functions.rewind } else { functions.move_forward } {
            advance(iterator);
            thrown()?;
        }
        let is_valid = functions.valid.is_some_and(|valid| valid(iterator) == ZEND_RESULT_CODE_SUCCESS);
        thrown()?;
        if !is_valid {
            return Ok(None);
        }
        let value = functions.get_current_data.map_or(std::ptr::null_mut(), |current| current(iterator));
        thrown()?;
        let Some(value) = value.cast::<Zval>().as_ref().map(|value| value.dereference().shallow_clone()) else {
            return Ok(None);
        };
        let mut key = Zval::null();
        if let Some(current) = functions.get_current_key {
            current(iterator, (&raw mut key).cast::<zval>());
            thrown()?;
        }
        Ok(Some((key.dereference().shallow_clone(), value)))
    }
}

impl Drop for Pull {
    fn drop(&mut self) {
        if let At::Fresh(iterator) | At::Within(iterator) = self.at {
            // SAFETY: ours, and dropped once. It may run PHP code (a destructor, a generator's `finally`), as the end of a
            // `foreach` does.
            unsafe { zend::zend_iterator_dtor(iterator) };
        }
    }
}
