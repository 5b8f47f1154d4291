//! Walking over PHP arrays whose keys may be any bytes.

use ext_php_rs::{
    ffi::{zend_hash_get_current_data_ex, zend_hash_get_current_key_zval_ex, zend_hash_move_forward_ex, zval},
    types::{ZendHashTable, Zval},
};

use crate::error::{Error, Result};

/// The entries of an array in order: each key as text, each value dereferenced.
///
/// # Errors
/// What `not_text` makes of a key that is not UTF-8.
pub(super) fn entries(table: &ZendHashTable, not_text: impl Fn() -> Error) -> Result<Vec<(String, &Zval)>> {
    let mut entries = Vec::with_capacity(table.len());
    let mut position = 0;
    let raw = std::ptr::from_ref(table).cast_mut();
    loop {
        // SAFETY: the table is alive and is not changed while it is walked over; the engine answers null at its end.
        let value = unsafe { zend_hash_get_current_data_ex(raw, &raw mut position).cast::<Zval>().as_ref() };
        let Some(value) = value else { return Ok(entries) };
        let mut key = Zval::new();
        // SAFETY: as above; the key is copied into a value that we own.
        unsafe {
            zend_hash_get_current_key_zval_ex(raw, (&raw mut key).cast::<zval>(), &raw const position);
            zend_hash_move_forward_ex(raw, &raw mut position);
        }
        let key = match (key.long(), key.zend_str()) {
            (Some(number), _) => number.to_string(),
            (None, Some(text)) => std::str::from_utf8(text.as_bytes()).map_err(|_| not_text())?.to_owned(),
            (None, None) => return Err(not_text()),
        };
        entries.push((key, value.dereference()));
    }
}
