//! From a declaration in PHP's own syntax to what the engine registers.

use std::ffi::{CString, c_void};

use ext_php_rs::{
    ffi::{
        _ZEND_TYPE_ITERABLE_BIT, _ZEND_TYPE_NAME_BIT, IS_ARRAY, IS_CALLABLE, IS_FALSE, IS_LONG, IS_NULL, IS_STRING,
        IS_TRUE, IS_VOID, ZEND_MODULE_API_NO, zend_internal_arg_info, zend_type,
    },
    types::ZendStr,
};

/// How a class name given as a C string is marked in argument info. PHP 8.3 gave literal names a bit of their own.
/// Source: `_ZEND_TYPE_LITERAL_NAME_BIT` in PHP 8.3's `Zend/zend_types.h`.
const LITERAL_NAME_BIT: u32 = if ZEND_MODULE_API_NO >= 20_230_831 { 1 << 23 } else { _ZEND_TYPE_NAME_BIT };

/// Every type that a value can have: `MAY_BE_ANY` of `Zend/zend_type_info.h`.
const MIXED: u32 = 0x3fe;

/// A declared function: its name and its argument info, the return type first.
pub(super) struct Signature {
    pub(super) name: CString,
    pub(super) arg_info: Box<[zend_internal_arg_info]>,
}

/// A type: what it may be among PHP's own types, and the class that it may be.
struct Type<'a> {
    mask: u32,
    class: Option<&'a str>,
}

/// Parses `name(type $parameter = default, …): type`.
///
/// Declarations are constants of this crate, so a mistake in one is a mistake in the crate, found when the module starts.
pub(super) fn parse(declaration: &str) -> Option<Signature> {
    let (name, rest) = declaration.split_once('(')?;
    let (parameters, returned) = match rest.rsplit_once("): ") {
        Some((parameters, returned)) => (parameters, Some(returned)),
        None => (rest.strip_suffix(')')?, None),
    };
    let mut arg_info = Vec::new();
    let mut required = 0;
    for parameter in parameters.split(", ").filter(|parameter| !parameter.is_empty()) {
        let (declared, default) = match parameter.split_once(" = ") {
            Some((declared, default)) => (declared, Some(default)),
            None => (parameter, None),
        };
        // A resource has no type that could be declared.
        let (type_, name) = match declared.strip_prefix('$') {
            Some(name) => (None, name),
            None => declared.split_once(" $").map(|(type_, name)| (Some(type_), name))?,
        };
        required += usize::from(default.is_none());
        arg_info.push(zend_internal_arg_info {
            name: leaked(name)?,
            type_: declared_type(type_)?,
            default_value: default.map_or(Some(std::ptr::null()), leaked)?,
        });
    }
    let returned = declared_type(returned)?;
    // The first entry is a `zend_internal_function_info`, whose first field is the number of required arguments.
    arg_info.insert(
        0,
        zend_internal_arg_info { name: required as *const _, type_: returned, default_value: std::ptr::null() },
    );
    Some(Signature { name: CString::new(name).ok()?, arg_info: arg_info.into_boxed_slice() })
}

fn declared_type(text: Option<&str>) -> Option<zend_type> {
    match text {
        Some(text) => parse_type(text)?.literal(),
        None => Some(zend_type { ptr: std::ptr::null_mut(), type_mask: 0 }),
    }
}

/// The type of a property, such as `?int`.
pub(super) fn property_type(text: &str) -> Option<zend_type> {
    let Type { mask, class } = parse_type(text)?;
    Some(match class {
        Some(class) => zend_type {
            ptr: ZendStr::new_interned(class, true).into_raw().cast::<c_void>(),
            type_mask: mask | _ZEND_TYPE_NAME_BIT,
        },
        None => zend_type { ptr: std::ptr::null_mut(), type_mask: mask },
    })
}

impl Type<'_> {
    fn literal(&self) -> Option<zend_type> {
        Some(match self.class {
            Some(class) => {
                zend_type { ptr: leaked(class)?.cast_mut().cast::<c_void>(), type_mask: self.mask | LITERAL_NAME_BIT }
            }
            None => zend_type { ptr: std::ptr::null_mut(), type_mask: self.mask },
        })
    }
}

fn parse_type(text: &str) -> Option<Type<'_>> {
    let (text, nullable) = match text.strip_prefix('?') {
        Some(text) => (text, 1 << IS_NULL),
        None => (text, 0),
    };
    let mut type_ = Type { mask: nullable, class: None };
    for part in text.split('|') {
        match part {
            "int" => type_.mask |= 1 << IS_LONG,
            "string" => type_.mask |= 1 << IS_STRING,
            "bool" => type_.mask |= 1 << IS_FALSE | 1 << IS_TRUE,
            "null" => type_.mask |= 1 << IS_NULL,
            "array" => type_.mask |= 1 << IS_ARRAY,
            "callable" => type_.mask |= 1 << IS_CALLABLE,
            "void" => type_.mask |= 1 << IS_VOID,
            "mixed" => type_.mask |= MIXED,
            "iterable" => type_.mask |= _ZEND_TYPE_ITERABLE_BIT,
            class if type_.class.is_none() && !class.is_empty() => type_.class = Some(class),
            _ => return None,
        }
    }
    Some(type_)
}

/// The engine borrows these texts for as long as it runs; they are leaked on purpose.
fn leaked(text: &str) -> Option<*const std::ffi::c_char> {
    CString::new(text).ok().map(|text| text.into_raw().cast_const())
}
