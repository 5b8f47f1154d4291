//! From a declaration in PHP's own syntax to what the engine registers. It runs whenever PHP starts, so it is made to cost little.

use std::{
    cell::Cell,
    ffi::{c_char, c_void},
};

use ext_php_rs::{
    ffi::{
        _ZEND_TYPE_ITERABLE_BIT, _ZEND_TYPE_NAME_BIT, IS_ARRAY, IS_CALLABLE, IS_DOUBLE, IS_FALSE, IS_LONG, IS_NULL,
        IS_OBJECT, IS_STRING, IS_TRUE, IS_VOID, ZEND_MODULE_API_NO, zend_internal_arg_info, zend_type,
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
    pub(super) name: *const c_char,
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
    let texts = Texts::of(declaration);
    let (name, rest) = declaration.split_once('(')?;
    let (parameters, returned) = rest.rsplit_once(')')?;
    let mut arg_info = Vec::with_capacity(1 + parameters.split(',').count());
    // The first entry is a `zend_internal_function_info`, whose first field is the number of required arguments.
    let returned = texts.declared_type(returned.strip_prefix(": ").unwrap_or(returned))?;
    arg_info.push(zend_internal_arg_info { name: std::ptr::null(), type_: returned, default_value: std::ptr::null() });
    let mut required = 0;
    for parameter in parameters.split(',').map(str::trim_start).filter(|parameter| !parameter.is_empty()) {
        let (declared, default) = match parameter.split_once('=') {
            Some((declared, default)) => (declared.trim_end(), Some(default.trim_start())),
            None => (parameter, None),
        };
        let (type_, name) = declared.split_once('$')?;
        required += usize::from(default.is_none());
        arg_info.push(zend_internal_arg_info {
            name: texts.ended(name)?,
            type_: texts.declared_type(type_.trim_end())?,
            default_value: default.map_or(Some(std::ptr::null()), |default| texts.ended(default))?,
        });
    }
    arg_info[0].name = required as *const _;
    Some(Signature { name: texts.ended(name)?, arg_info: arg_info.into_boxed_slice() })
}

/// The texts of a declaration as C strings. The engine borrows them for as long as it runs, so one copy of the declaration is leaked on
/// purpose, in which a NUL takes the place of the sign that ends each text.
struct Texts<'a> {
    declaration: &'a str,
    copy: &'static [Cell<u8>],
}

impl<'a> Texts<'a> {
    fn of(declaration: &'a str) -> Self {
        let copy = declaration.bytes().chain([0]).collect::<Vec<_>>().leak();
        Self { declaration, copy: Cell::from_mut(copy).as_slice_of_cells() }
    }

    /// A text of the declaration, as a C string.
    fn ended(&self, text: &str) -> Option<*const c_char> {
        let at = (text.as_ptr() as usize).checked_sub(self.declaration.as_ptr() as usize)?;
        self.copy.get(at + text.len())?.set(0);
        Some(self.copy.get(at..)?.as_ptr().cast())
    }

    /// The type of a parameter or of a result. Nothing is declared where it is empty: a resource has no type that could be.
    fn declared_type(&self, text: &str) -> Option<zend_type> {
        let Type { mask, class } = if text.is_empty() { Type { mask: 0, class: None } } else { parse_type(text)? };
        Some(match class {
            Some(class) => {
                zend_type { ptr: self.ended(class)?.cast_mut().cast::<c_void>(), type_mask: mask | LITERAL_NAME_BIT }
            }
            None => zend_type { ptr: std::ptr::null_mut(), type_mask: mask },
        })
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
            "float" => type_.mask |= 1 << IS_DOUBLE,
            "object" => type_.mask |= 1 << IS_OBJECT,
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
