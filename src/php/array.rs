//! Walking over PHP arrays whose keys may be any bytes.

use ext_php_rs::{
    ffi::{zend_hash_get_current_data_ex, zend_hash_move_forward_ex},
    types::{ZendHashTable, Zval},
};

use super::zend;
use crate::error::{Error, Result};

/// A key as the engine has it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Number(i64),
    Bytes(&'a [u8]),
}

impl Key<'_> {
    /// It as text, if it is.
    fn text(self) -> Option<String> {
        match self {
            Self::Number(number) => Some(number.to_string()),
            Self::Bytes(bytes) => std::str::from_utf8(bytes).ok().map(ToOwned::to_owned),
        }
    }

    /// Whether it is this text.
    pub(super) fn is(self, text: &str) -> bool {
        match self {
            Self::Number(number) => number.to_string() == text,
            Self::Bytes(bytes) => bytes == text.as_bytes(),
        }
    }

    /// Whether a list has it at this place.
    pub(super) fn is_index(self, index: usize) -> bool {
        i64::try_from(index).is_ok_and(|index| self == Self::Number(index))
    }
}

/// The entries of an array in order; values are dereferenced. It must not be changed meanwhile.
pub(super) struct Entries<'a> {
    table: &'a ZendHashTable,
    position: u32,
}

impl<'a> Entries<'a> {
    pub(super) const fn of(table: &'a ZendHashTable) -> Self {
        Self { table, position: 0 }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Key<'a>, &'a Zval);

    fn next(&mut self) -> Option<Self::Item> {
        let raw = std::ptr::from_ref(self.table).cast_mut();
        // SAFETY: the table is alive and is not changed while it is walked over; the engine answers null at its end, and a key, which
        // lives as long as its entry, where there is a value.
        unsafe {
            let value = zend_hash_get_current_data_ex(raw, &raw mut self.position).cast::<Zval>().as_ref()?;
            let (mut text, mut number) = (std::ptr::null_mut(), 0);
            zend::zend_hash_get_current_key_ex(raw, &raw mut text, &raw mut number, &raw const self.position);
            zend_hash_move_forward_ex(raw, &raw mut self.position);
            let key = text.as_ref().map_or(Key::Number(number), |text| Key::Bytes(text.as_bytes()));
            Some((key, value.dereference()))
        }
    }
}

/// The entries of an array in order: each key as text, each value dereferenced.
///
/// # Errors
/// What `not_text` makes of a key that is not UTF-8.
pub(super) fn entries(table: &ZendHashTable, not_text: impl Fn() -> Error) -> Result<Vec<(String, &Zval)>> {
    Entries::of(table).map(|(key, value)| Ok((key.text().ok_or_else(&not_text)?, value))).collect()
}
