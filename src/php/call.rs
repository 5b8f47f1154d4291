//! One call of a method: from the engine into Rust and back, with nothing but a result or an exception crossing.

use std::ffi::CStr;

use ext_php_rs::{
    ffi::{ZEND_INTERNAL_FUNCTION, ext_php_rs_executor_globals, zend_object},
    types::Zval,
    zend::ExecuteData,
};

use super::{
    contained::{attempt, raise},
    listening,
};
use crate::error::Error;

/// Why a method returns nothing.
#[derive(Debug)]
pub(super) enum Fault {
    /// A PHP exception is pending already.
    Thrown,
    /// The engine is bailing out (a fatal error); it must be told to go on with that.
    Bailout,
    /// An exception of ours is to be thrown.
    Error(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// A call: its frame, and where its result goes.
pub(super) struct Call<'a> {
    pub(super) frame: &'a ExecuteData,
    pub(super) result: &'a mut Zval,
}

impl Call<'_> {
    /// The name of the method, as it is declared.
    pub(super) fn method(&self) -> &str {
        // SAFETY: the engine calls a function of its tables, whose name lives as long as it does.
        let name = unsafe { self.frame.func.as_ref().and_then(|function| function.common.function_name.as_ref()) };
        name.and_then(|name| name.as_str().ok()).unwrap_or_default()
    }

    /// The object that the method is called on.
    pub(super) fn this(&self) -> *mut zend_object {
        // SAFETY: the engine calls a method that is not static with an object in `This`.
        unsafe { self.frame.This.value.obj }
    }
}

/// The parameter of the running function that a name means, also in another spelling: `ContentType`, `content_type`.
pub(super) fn parameter_like(name: &str) -> Option<String> {
    let plain = |name: &str| name.replace(['_', '-'], "").to_ascii_lowercase();
    // SAFETY: the engine's own frame. An internal function has as many names of parameters as it says, which live as long as it does.
    let names = unsafe {
        let function = (*ext_php_rs_executor_globals()).current_execute_data.as_ref()?.func.as_ref()?;
        if u32::from(function.type_) != ZEND_INTERNAL_FUNCTION || function.internal_function.arg_info.is_null() {
            return None;
        }
        let (first, count) = (function.internal_function.arg_info, function.internal_function.num_args);
        std::slice::from_raw_parts(first, count as usize)
    };
    // SAFETY: as above.
    let mut names = names.iter().map(|parameter| unsafe { CStr::from_ptr(parameter.name) }.to_string_lossy());
    names.find(|known| plain(known) == plain(name)).map(std::borrow::Cow::into_owned)
}

/// Runs the body of a method. A panic becomes an exception, a bailout is handed on when Rust's values are gone.
pub(super) fn enter(frame: &mut ExecuteData, result: &mut Zval, body: fn(&mut Call<'_>) -> Result<(), Fault>) {
    let mut call = Call { frame, result };
    if let Err(fault) = attempt("method", || listening::told(body(&mut call))) {
        raise(fault);
    }
}

/// Declares the function that the engine calls for a method.
macro_rules! handler {
    ($visibility:vis $name:ident $(<$kind:ident: $bound:path>)?, $body:path) => {
        $visibility extern "C" fn $name$(<$kind: $bound>)?(frame: &mut ext_php_rs::zend::ExecuteData, result: &mut ext_php_rs::types::Zval) {
            $crate::php::call::enter(frame, result, $body);
        }
    };
}
pub(super) use handler;
