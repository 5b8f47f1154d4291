//! Functions of the engine that the binding crate does not declare.
//! Source: `Zend/zend_API.h`, `Zend/zend_attributes.h`, `Zend/zend_exceptions.h`, `Zend/zend_iterators.h`, `Zend/zend_alloc.h`,
//! `Zend/zend_hash.h`, `Zend/zend_ini.h`, `main/SAPI.h`, `main/fopen_wrappers.h`, `ext/date/php_date.h`.

use std::ffi::{c_char, c_int, c_void};

use ext_php_rs::{
    ffi::{
        HashTable, zend_class_entry, zend_object, zend_object_iterator, zend_property_info, zend_string, zend_type,
        zval,
    },
    zend::ModuleEntry,
};

unsafe extern "C" {
    pub(super) fn zend_parse_arg_str_slow(arg: *mut zval, dest: *mut *mut zend_string, arg_num: u32) -> bool;
    pub(super) fn zend_parse_arg_long_slow(arg: *mut zval, dest: *mut i64, arg_num: u32) -> bool;
    pub(super) fn zend_parse_arg_double_slow(arg: *const zval, dest: *mut f64, arg_num: u32) -> bool;
    pub(super) fn zend_wrong_callback_error(num: u32, error: *mut c_char);
    pub(super) fn zend_is_unwind_exit(exception: *const zend_object) -> bool;
    pub(super) fn zend_is_graceful_exit(exception: *const zend_object) -> bool;
    pub(super) fn zend_parse_arg_bool_slow(arg: *mut zval, dest: *mut bool, arg_num: u32) -> bool;
    pub(super) fn zend_wrong_parameter_type_error(num: u32, expected: u32, arg: *mut zval);
    pub(super) fn zend_wrong_parameter_class_or_long_error(num: u32, name: *const c_char, arg: *mut zval);
    pub(super) fn zend_wrong_parameter_class_error(num: u32, name: *const c_char, arg: *mut zval);
    pub(super) fn zend_wrong_parameters_count_error(min: u32, max: u32);
    pub(super) fn zend_argument_type_error(num: u32, format: *const c_char, ...);
    pub(super) fn zend_zval_type_name(value: *const zval) -> *const c_char;
    pub(super) fn zend_wrong_callback_or_null_error(num: u32, error: *mut c_char);

    pub(super) fn zend_declare_typed_property(
        ce: *mut zend_class_entry,
        name: *mut zend_string,
        default: *mut zval,
        access: c_int,
        doc: *mut zend_string,
        type_: zend_type,
    ) -> *mut zend_property_info;
    pub(super) fn zend_update_property_ex(
        scope: *mut zend_class_entry,
        object: *mut zend_object,
        name: *mut zend_string,
        value: *mut zval,
    );
    pub(super) fn zend_add_attribute(
        attributes: *mut *mut HashTable,
        name: *mut zend_string,
        argc: u32,
        flags: u32,
        offset: u32,
        line: u32,
    ) -> *mut c_void;
    pub(super) fn zend_objects_not_comparable(left: *mut zval, right: *mut zval) -> c_int;
    pub(super) fn object_init_ex(arg: *mut zval, ce: *mut zend_class_entry) -> c_int;
    pub(super) fn zend_exception_set_previous(exception: *mut zend_object, previous: *mut zend_object);
    pub(super) fn zend_iterator_dtor(iterator: *mut zend_object_iterator);
    pub(super) static mut spl_ce_RuntimeException: *mut zend_class_entry;
    pub(super) static mut spl_ce_InvalidArgumentException: *mut zend_class_entry;

    pub(super) fn zend_hash_get_current_key_ex(
        table: *const HashTable,
        text: *mut *mut zend_string,
        number: *mut i64,
        position: *const u32,
    ) -> c_int;
    pub(super) fn array_set_zval_key(table: *mut HashTable, key: *mut zval, value: *mut zval) -> c_int;
    pub(super) fn zend_memory_usage(real: bool) -> usize;
    pub(super) fn zend_mm_get_heap() -> *mut c_void;
    pub(super) fn zend_mm_gc(heap: *mut c_void) -> usize;
    pub(super) fn zend_is_auto_global_str(name: *const c_char, len: usize) -> bool;
    pub(super) fn expand_filepath(path: *const c_char, real_path: *mut c_char) -> *mut c_char;
    pub(super) fn php_check_open_basedir_ex(path: *const c_char, warn: c_int) -> c_int;
    pub(super) fn sapi_getenv(name: *const c_char, len: usize) -> *mut c_char;
    pub(super) fn zend_ini_string(name: *const c_char, length: usize, original: c_int) -> *mut c_char;
    pub(super) fn zend_unregister_ini_entries(module_number: c_int);
    pub(super) fn display_ini_entries(module: *mut ModuleEntry);
    pub(super) fn php_date_get_interface_ce() -> *mut zend_class_entry;
}
