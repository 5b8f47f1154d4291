//! Registering classes and interfaces when the module starts.

use std::{
    borrow::Cow,
    mem::MaybeUninit,
    sync::atomic::{AtomicPtr, Ordering},
};

use ext_php_rs::{
    ffi::{
        IS_UNDEF, ZEND_ACC_ABSTRACT, ZEND_ACC_FINAL, ZEND_ACC_NO_DYNAMIC_PROPERTIES, ZEND_ACC_NOT_SERIALIZABLE,
        ZEND_ACC_PUBLIC, ZEND_ACC_STATIC, zend_class_entry, zend_do_implement_interface, zend_function,
        zend_function_entry, zend_hash_str_find_ptr_lc, zend_object, zend_register_internal_class_ex,
        zend_register_internal_interface, zval,
    },
    types::{ZendStr, Zval},
    zend::ExecuteData,
};

use super::{signature, zend};

/// A method's code as the engine calls it.
pub(super) type Handler = extern "C" fn(&mut ExecuteData, &mut Zval);

/// A registered class. Set when the module starts; a second start of the module sets it anew.
pub(super) struct Class(AtomicPtr<zend_class_entry>);

impl Class {
    pub(super) const fn new() -> Self {
        Self(AtomicPtr::new(std::ptr::null_mut()))
    }

    pub(super) fn entry(&self) -> *mut zend_class_entry {
        self.0.load(Ordering::Relaxed)
    }
}

/// A method: its declaration, its code (none in an interface), its access flags.
pub(super) struct Method {
    pub(super) declaration: Cow<'static, str>,
    pub(super) handler: Option<Handler>,
    pub(super) flags: u32,
}

impl Method {
    pub(super) fn public(declaration: impl Into<Cow<'static, str>>, handler: Handler) -> Self {
        Self { declaration: declaration.into(), handler: Some(handler), flags: ZEND_ACC_PUBLIC }
    }

    pub(super) fn public_static(declaration: impl Into<Cow<'static, str>>, handler: Handler) -> Self {
        Self { flags: ZEND_ACC_PUBLIC | ZEND_ACC_STATIC, ..Self::public(declaration, handler) }
    }

    pub(super) fn of_interface(declaration: impl Into<Cow<'static, str>>) -> Self {
        Self { declaration: declaration.into(), handler: None, flags: ZEND_ACC_PUBLIC | ZEND_ACC_ABSTRACT }
    }
}

/// A declaration that the crate got wrong; the module does not start.
#[derive(Debug)]
pub(super) struct BadDeclaration(pub(super) String);

/// What a class is declared to be.
#[derive(Default)]
pub(super) struct Declaration<'a> {
    pub(super) name: &'a str,
    pub(super) parent: Option<*mut zend_class_entry>,
    pub(super) interfaces: Vec<*mut zend_class_entry>,
    pub(super) methods: Vec<Method>,
    pub(super) is_interface: bool,
    pub(super) flags: u32,
    pub(super) create_object: Option<unsafe extern "C" fn(*mut zend_class_entry) -> *mut zend_object>,
}

/// `ZEND_ATTRIBUTE_PERSISTENT` of `Zend/zend_attributes.h`.
const ATTRIBUTE_PERSISTENT: u32 = 1;

/// Flags of the classes that hold a Rust value.
pub(super) const HANDLE: u32 = ZEND_ACC_FINAL | ZEND_ACC_NO_DYNAMIC_PROPERTIES | ZEND_ACC_NOT_SERIALIZABLE;
/// Flags of the classes of results.
pub(super) const VALUE: u32 = ZEND_ACC_FINAL | ZEND_ACC_NO_DYNAMIC_PROPERTIES;

impl Class {
    /// Registers a class. Only while the module starts.
    pub(super) fn register(&self, declaration: Declaration<'_>) -> Result<(), BadDeclaration> {
        let table = function_table(&declaration.methods)?;
        // SAFETY: a zeroed entry is how C code starts one too (`INIT_CLASS_ENTRY`); its fields are plain data.
        let mut entry: zend_class_entry = unsafe { MaybeUninit::zeroed().assume_init() };
        entry.name = ZendStr::new_interned(declaration.name, true).into_raw();
        entry.info.internal.builtin_functions = table.as_ptr();
        // SAFETY: the module is starting, the entry is initialised, and both the table (during this call) and the
        // argument info (leaked) outlive what the engine does with them.
        let registered = unsafe {
            if declaration.is_interface {
                zend_register_internal_interface(&raw mut entry)
            } else {
                let parent = declaration.parent.unwrap_or(std::ptr::null_mut());
                zend_register_internal_class_ex(&raw mut entry, parent)
            }
        };
        // SAFETY: the engine returned a class of its table, which lives until the module ends.
        let Some(class) = (unsafe { registered.as_mut() }) else {
            return Err(BadDeclaration(declaration.name.to_owned()));
        };
        class.info.internal.builtin_functions = std::ptr::null();
        class.ce_flags |= declaration.flags;
        for interface in declaration.interfaces {
            // SAFETY: both are registered.
            unsafe { zend_do_implement_interface(class, interface) };
        }
        if declaration.create_object.is_some() {
            class.__bindgen_anon_2.create_object = declaration.create_object;
        }
        self.0.store(class, Ordering::Relaxed);
        Ok(())
    }

    /// Marks a parameter as sensitive, so that traces do not show its value.
    pub(super) fn mark_sensitive(&self, method: &str, parameter: u32) -> Result<(), BadDeclaration> {
        // SAFETY: the module is starting; the method is registered, and its name is in lower case.
        unsafe {
            let functions = &raw const (*self.entry()).function_table;
            let function = zend_hash_str_find_ptr_lc(functions, method.as_ptr().cast(), method.len());
            let function = function.cast::<zend_function>();
            if function.is_null() {
                return Err(BadDeclaration(method.to_owned()));
            }
            let name = ZendStr::new_interned("SensitiveParameter", true).into_raw();
            let attributes = &raw mut (*function).common.attributes;
            // Parameters are counted from 1 in attributes; 0 is the function itself (`zend_attributes.h`).
            zend::zend_add_attribute(attributes, name, 0, ATTRIBUTE_PERSISTENT, parameter + 1, 0);
        }
        Ok(())
    }

    /// Declares a typed property without a default, or with one.
    pub(super) fn property(
        &self,
        type_: &str,
        name: &str,
        flags: u32,
        default: Option<Zval>,
    ) -> Result<(), BadDeclaration> {
        let bad = || BadDeclaration(format!("{type_} ${name}"));
        let type_ = signature::property_type(type_).ok_or_else(bad)?;
        // An undefined value is "not initialised yet" for a typed property.
        let mut default = default.unwrap_or_else(|| {
            let mut undefined = Zval::new();
            undefined.u1.type_info = IS_UNDEF;
            undefined
        });
        let access = i32::try_from(flags).map_err(|_| bad())?;
        // SAFETY: the module is starting; the class is registered; the name is interned for good; a default is a scalar.
        unsafe {
            let name = ZendStr::new_interned(name, true).into_raw();
            let default = (&raw mut default).cast::<zval>();
            zend::zend_declare_typed_property(self.entry(), name, default, access, std::ptr::null_mut(), type_);
        }
        Ok(())
    }
}

fn function_table(methods: &[Method]) -> Result<Vec<zend_function_entry>, BadDeclaration> {
    let mut table = Vec::with_capacity(methods.len() + 1);
    for method in methods {
        let bad = || BadDeclaration(method.declaration.to_string());
        let signature = signature::parse(&method.declaration).ok_or_else(bad)?;
        let mut entry = zend_function_entry::end();
        entry.num_args = u32::try_from(signature.arg_info.len() - 1).map_err(|_| bad())?;
        // Borrowed by the engine for as long as it runs; leaked on purpose.
        entry.arg_info = Box::leak(signature.arg_info).as_ptr();
        entry.fname = signature.name;
        entry.flags = method.flags;
        if let Some(handler) = method.handler {
            // SAFETY: a reference and a pointer that the engine never makes null have the same representation.
            entry.handler =
                Some(unsafe { std::mem::transmute::<Handler, extern "C" fn(*mut ExecuteData, *mut Zval)>(handler) });
        }
        table.push(entry);
    }
    table.push(zend_function_entry::end());
    Ok(table)
}
