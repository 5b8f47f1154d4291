//! Where a configuration comes from: an array of PHP, a file, a setting; and PHP's four places for variables.

use std::{
    ffi::{CStr, CString},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use ext_php_rs::{
    ffi::{ext_php_rs_executor_globals, ext_php_rs_process_globals, zend_hash_str_find},
    types::{ZendHashTable, Zval},
    zend::{CatchError, try_catch},
};
use serde_json::{Map, Value};

use super::{
    arguments::{ArrayOrString, text},
    array::{self, Entries},
    call::Fault,
    ini, paths, zend,
};
use crate::{
    config::{self, Config, Source, Variables},
    error::{Error, ErrorCode, Result, printable},
    types::{Wiping, environment},
};

/// No configuration nests deeper; an array that contains itself does.
const MAX_DEPTH: usize = 16;

/// The variable that names the configuration where no setting does.
const VARIABLE: &str = "S3STORAGE_CONFIG";

/// The configuration that the constructor was given: an array, the path of a file, or nothing. Whatever copies of it were made on the way
/// are overwritten.
pub(super) fn load(given: Option<&ArrayOrString<'_>>) -> std::result::Result<Arc<Config>, Fault> {
    let _wiping = Wiping::begin();
    // The engine is asked for variables: if it bails out then, that must not jump over the end of the wiping.
    match try_catch(AssertUnwindSafe(|| read(given))) {
        Ok(config) => Ok(config?),
        Err(CatchError::Bailout) => Err(Fault::Bailout),
        Err(_) => Err(Fault::Thrown),
    }
}

fn read(given: Option<&ArrayOrString<'_>>) -> Result<Arc<Config>> {
    match given {
        Some(ArrayOrString::Array(array)) => config::take(&Given(array), &Environment),
        Some(ArrayOrString::String(path)) => config::load(&text(path, "config")?, &Environment),
        None => configured(),
    }
}

/// The configuration of `new S3Storage()`.
fn configured() -> Result<Arc<Config>> {
    if let Some(path) = ini::text(ini::CONFIG) {
        let from = "the path is that of the ini setting s3storage.config";
        return load_from(path.to_str().map_err(|_| invalid("s3storage.config", "must be UTF-8 text"))?, from);
    }
    if let Some(path) = Environment.get(VARIABLE).filter(|path| !path.is_empty()) {
        return load_from(&path, "the path is that of the variable S3STORAGE_CONFIG");
    }
    Err(Error::new(
        ErrorCode::InvalidConfig,
        "no configuration: give new S3Storage() an array or the path of a file, or set the ini setting s3storage.config or \
         the environment variable S3STORAGE_CONFIG to the path of one",
    ))
}

/// Whether `new S3Storage()` has a configuration to look for.
pub(super) fn is_configured() -> bool {
    ini::text(ini::CONFIG).is_some() || Environment.get(VARIABLE).is_some_and(|path| !path.is_empty())
}

fn load_from(path: &str, source: &str) -> Result<Arc<Config>> {
    config::load(path, &Environment).map_err(|error| error.with_details(source))
}

/// An array that the constructor was given.
struct Given<'a>(&'a Zval);

impl Source for Given<'_> {
    fn is(&self, tree: &Value) -> bool {
        is_same(self.0, tree)
    }

    fn read(&self) -> Result<Value> {
        convert(self.0, "", 0)
    }
}

/// Whether [`convert`] would make this tree; what it would refuse is like none.
fn is_same(value: &Zval, tree: &Value) -> bool {
    let value = value.dereference();
    match tree {
        Value::Null => value.is_null(),
        Value::Bool(flag) => value.bool() == Some(*flag),
        Value::Number(number) => match (value.long(), value.double()) {
            (Some(value), _) => number.as_i64() == Some(value),
            // By its bits: 0.0 equals -0.0, and is another text.
            (_, Some(value)) => number.is_f64() && number.as_f64().map(f64::to_bits) == Some(value.to_bits()),
            _ => false,
        },
        Value::String(text) => value.zend_str().is_some_and(|value| value.as_bytes() == text.as_bytes()),
        Value::Array(items) => value.array().is_some_and(|array| {
            let mut entries = Entries::of(array).zip(items).enumerate();
            array.len() == items.len()
                && entries.all(|(i, ((key, value), item))| key.is_index(i) && is_same(value, item))
        }),
        Value::Object(map) => value.array().is_some_and(|array| {
            let mut is_list = !map.is_empty();
            let mut entries = Entries::of(array).zip(map).enumerate();
            array.len() == map.len()
                && entries.all(|(i, ((key, value), (name, item)))| {
                    is_list = is_list && key.is_index(i);
                    key.is(name) && is_same(value, item)
                })
                && !is_list
        }),
    }
}

/// A value of PHP as a tree, or an error that names its place.
pub(super) fn tree(value: &Zval) -> Result<Value> {
    convert(value, "", 0)
}

fn convert(value: &Zval, path: &str, depth: usize) -> Result<Value> {
    let value = value.dereference();
    if value.is_null() {
        return Ok(Value::Null);
    }
    if let Some(flag) = value.bool() {
        return Ok(Value::Bool(flag));
    }
    if let Some(number) = value.long() {
        return Ok(number.into());
    }
    if let Some(number) = value.double() {
        return serde_json::Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| invalid(path, "must be a finite number"));
    }
    if let Some(text) = value.zend_str() {
        let text = std::str::from_utf8(text.as_bytes()).map_err(|_| invalid(path, "must be UTF-8 text"))?;
        return Ok(Value::String(text.to_owned()));
    }
    let Some(array) = value.array() else { return Err(invalid(path, "must be a scalar, an array or null")) };
    if depth == MAX_DEPTH {
        return Err(invalid(path, "is nested too deeply"));
    }
    convert_array(array, path, depth)
}

fn convert_array(array: &ZendHashTable, path: &str, depth: usize) -> Result<Value> {
    let entries = array::entries(array, || invalid(path, "has a key that is not UTF-8 text"))?;
    let entries = entries.into_iter().map(|(key, value)| {
        let within = if path.is_empty() { printable(&key) } else { format!("{path}.{}", printable(&key)) };
        let value = convert(value, &within, depth + 1)?;
        Ok((key, value))
    });
    if array.has_sequential_keys() && !array.is_empty() {
        return entries.map(|entry| entry.map(|(_, value)| value)).collect::<Result<Vec<_>>>().map(Value::Array);
    }
    entries.collect::<Result<Map<_, _>>>().map(Value::Object)
}

fn invalid(path: &str, problem: &str) -> Error {
    let place = if path.is_empty() { "configuration" } else { path };
    Error::new(ErrorCode::InvalidConfig, format!("invalid configuration: {place}: {problem}"))
}

/// `$_SERVER`, `$_ENV`, the SAPI's environment and the process's, in this order; read on the PHP thread.
pub(super) struct Environment;

impl Variables for Environment {
    fn get(&self, name: &str) -> Option<String> {
        superglobal(c"_SERVER", name)
            .or_else(|| superglobal(c"_ENV", name))
            .or_else(|| sapi(name))
            .or_else(|| environment::locked(|| std::env::var(name).ok()))
    }

    fn confined(&self) -> bool {
        // SAFETY: a plain read of the engine's globals on its own thread; null or a C string.
        unsafe {
            let folders = (*ext_php_rs_process_globals()).open_basedir;
            !folders.is_null() && *folders != 0
        }
    }

    fn path(&self, path: &str) -> std::result::Result<String, String> {
        let path = paths::allowed(path.as_bytes())?;
        path.into_os_string().into_string().map_err(|_| "must be UTF-8".to_owned())
    }

    fn may_run_programs(&self) -> bool {
        const NAME: &CStr = c"proc_open";
        // SAFETY: a look-up in the engine's own table, on its thread. `disable_functions` takes functions out of it
        // (`zend_disable_functions`).
        unsafe {
            let functions = (*ext_php_rs_executor_globals()).function_table;
            !zend_hash_str_find(functions, NAME.as_ptr(), NAME.to_bytes().len()).is_null()
        }
    }
}

pub(super) fn superglobal(array: &CStr, name: &str) -> Option<String> {
    let length = array.to_bytes().len();
    // SAFETY: the engine makes a superglobal on first use, and owns what is found; it is only read here.
    let found = unsafe {
        zend::zend_is_auto_global_str(array.as_ptr(), length);
        let symbols = &raw const (*ext_php_rs_executor_globals()).symbol_table;
        zend_hash_str_find(symbols, array.as_ptr(), length).as_ref()
    }?;
    let value = found.dereference().array()?.get(name)?.dereference();
    value.zend_str().and_then(|text| std::str::from_utf8(text.as_bytes()).ok()).map(ToOwned::to_owned)
}

fn sapi(name: &str) -> Option<String> {
    let terminated = CString::new(name).ok()?;
    // SAFETY: the engine returns a copy that we own, or null.
    unsafe {
        let value = zend::sapi_getenv(terminated.as_ptr(), name.len());
        if value.is_null() {
            return None;
        }
        let text = CStr::from_ptr(value).to_str().ok().map(ToOwned::to_owned);
        ext_php_rs::alloc::efree(value.cast());
        text
    }
}
