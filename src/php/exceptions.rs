//! The exception classes, made from the one table of codes, and how an error of ours becomes one of them.

use ext_php_rs::{
    ffi::{
        ZEND_ACC_PRIVATE, ext_php_rs_executor_globals, zend_ce_exception, zend_ce_throwable, zend_class_entry,
        zend_object, zend_read_property, zend_throw_exception_object, zval,
    },
    types::{ZendStr, Zval},
};

use super::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    class::{BadDeclaration, Class, Declaration, Method},
    results::{self, Entry},
    zend,
};
use crate::{
    error::{Error, ErrorCode},
    storage::Batch,
};

static INTERFACE: Class = Class::new();
static CLASSES: [Class; ErrorCode::ALL.len()] = [const { Class::new() }; ErrorCode::ALL.len()];

/// What every exception answers, in the order of the interface.
const METHODS: &[(&str, super::class::Handler)] = &[
    ("getErrorCode(): string", get_error_code),
    ("getDetails(): string", get_details),
    ("getCategory(): string", get_category),
    ("getHttpStatus(): int", get_http_status),
    ("getAwsErrorCode(): ?string", get_aws_error_code),
    ("getRequestId(): ?string", get_request_id),
    ("isRetryable(): bool", is_retryable),
    ("getAttempts(): int", get_attempts),
];

/// Codes whose class stands under `OperationFailedException`.
const OPERATION_FAILURES: &[ErrorCode] = &[
    ErrorCode::Throttled,
    ErrorCode::PreconditionFailed,
    ErrorCode::NotModified,
    ErrorCode::Timeout,
    ErrorCode::ConnectionFailed,
    ErrorCode::ChecksumMismatch,
    ErrorCode::Unsupported,
    ErrorCode::Cancelled,
    ErrorCode::BatchFailed,
];

/// Registers the tree. Only while the module starts.
pub(super) fn register() -> Result<(), BadDeclaration> {
    // SAFETY: set by the engine before any module starts.
    let (throwable, runtime, invalid_argument) =
        unsafe { (zend_ce_throwable, zend::spl_ce_RuntimeException, zend::spl_ce_InvalidArgumentException) };
    INTERFACE.register(Declaration {
        name: "S3Storage\\Exception\\S3Exception",
        is_interface: true,
        interfaces: vec![throwable],
        methods: METHODS.iter().map(|(declaration, _)| Method::of_interface(*declaration)).collect(),
        ..Declaration::default()
    })?;
    for code in ErrorCode::ALL {
        match code {
            ErrorCode::InvalidArgument => register_root(*code, invalid_argument)?,
            code if OPERATION_FAILURES.contains(code) => {}
            code => register_root(*code, runtime)?,
        }
    }
    for code in OPERATION_FAILURES {
        class(*code).register(Declaration {
            name: &name(*code),
            parent: Some(class(ErrorCode::OperationFailed).entry()),
            methods: own_methods(*code),
            ..Declaration::default()
        })?;
    }
    let result = "?S3Storage\\BatchResult";
    class(ErrorCode::BatchFailed).property(result, "result", ZEND_ACC_PRIVATE, Some(Zval::null()))
}

/// What a class has beyond the methods of all.
fn own_methods(code: ErrorCode) -> Vec<Method> {
    match code {
        ErrorCode::BatchFailed => vec![Method::public("getResult(): S3Storage\\BatchResult", get_result)],
        _ => Vec::new(),
    }
}

/// The interface of all of them.
pub(super) fn interface() -> *mut zend_class_entry {
    INTERFACE.entry()
}

fn register_root(code: ErrorCode, parent: *mut zend_class_entry) -> Result<(), BadDeclaration> {
    let class = class(code);
    class.register(Declaration {
        name: &name(code),
        parent: Some(parent),
        interfaces: vec![INTERFACE.entry()],
        methods: METHODS.iter().map(|(declaration, handler)| Method::public(*declaration, *handler)).collect(),
        ..Declaration::default()
    })?;
    let mut empty = Zval::new();
    empty.set_interned_string("", true).map_err(|_| BadDeclaration(name(code)))?;
    class.property("string", "details", ZEND_ACC_PRIVATE, Some(empty))?;
    class.property("?string", "awsErrorCode", ZEND_ACC_PRIVATE, Some(Zval::null()))?;
    class.property("?string", "requestId", ZEND_ACC_PRIVATE, Some(Zval::null()))?;
    class.property("bool", "retryable", ZEND_ACC_PRIVATE, Some(bool_zval(false)))?;
    class.property("int", "attempts", ZEND_ACC_PRIVATE, Some(long_zval(0)))
}

fn name(code: ErrorCode) -> String {
    format!("S3Storage\\Exception\\{}", code.class())
}

fn class(code: ErrorCode) -> &'static Class {
    &CLASSES[code as usize]
}

fn bool_zval(value: bool) -> Zval {
    let mut zval = Zval::new();
    zval.set_bool(value);
    zval
}

fn long_zval(value: i64) -> Zval {
    let mut zval = Zval::new();
    zval.set_long(value);
    zval
}

/// The class that declares an exception's properties: its own, or the one it extends.
fn root(code: ErrorCode) -> &'static Class {
    if OPERATION_FAILURES.contains(&code) { class(ErrorCode::OperationFailed) } else { class(code) }
}

/// Throws the exception of an error; its file, line and trace are those of the call.
pub(super) fn throw(error: &Error) {
    if let Ok(exception) = object(error) {
        throw_object(exception);
    }
}

/// What a panic becomes. Its own words may quote anything, so they go nowhere; `contained` tells where it happened.
pub(super) fn internal() -> Error {
    Error::new(ErrorCode::OperationFailed, "internal error in the s3storage extension")
        .with_details("this is a bug of the extension; standard error tells its place")
}

fn throw_object(exception: Zval) {
    // The engine takes over our share of the object.
    let mut exception = std::mem::ManuallyDrop::new(exception);
    // SAFETY: an object of a class of exceptions.
    unsafe { zend_throw_exception_object((&raw mut *exception).cast::<zval>()) };
}

/// The exception of an error as an object that nobody has thrown.
pub(super) fn object(error: &Error) -> Result<Zval, Fault> {
    let mut exception = Zval::new();
    // SAFETY: the class is registered; the engine fills in file, line and trace.
    if unsafe { zend::object_init_ex((&raw mut exception).cast::<zval>(), class(error.code).entry()) } != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: just made, so it is an object.
    let object = unsafe { exception.value.obj };
    let string = |text: &str| {
        let mut zval = Zval::new();
        zval.set_zend_string(ZendStr::new(text, false));
        zval
    };
    let nullable = |text: &Option<String>| text.as_deref().map_or_else(Zval::null, string);
    // SAFETY: set by the engine before any module starts.
    set(unsafe { zend_ce_exception }, object, "message", string(&error.to_string().replace('\0', "\\0")));
    let scope = root(error.code).entry();
    set(scope, object, "details", string(&error.details));
    set(scope, object, "awsErrorCode", nullable(&error.server_code));
    set(scope, object, "requestId", nullable(&error.request_id));
    set(scope, object, "retryable", bool_zval(error.retryable));
    set(scope, object, "attempts", long_zval(i64::from(error.attempts)));
    Ok(exception)
}

/// The exception of a batch, with its result.
fn of_batch<S: Entry>(error: &Error, batch: &Batch<Vec<u8>, S>) -> Result<Zval, Fault> {
    let exception = object(error)?;
    // SAFETY: just made, so it is an object.
    let object = unsafe { exception.value.obj };
    set(class(ErrorCode::BatchFailed).entry(), object, "result", results::batch_result(batch)?);
    Ok(exception)
}

/// Throws the exception of a batch that failed.
pub(super) fn throw_batch<S: Entry>(error: &Error, batch: &Batch<Vec<u8>, S>) -> Fault {
    match of_batch(error, batch) {
        Ok(exception) => throw_object(exception),
        Err(fault) => return fault,
    }
    Fault::Thrown
}

/// Whether what is pending is no exception that anybody catches: the script ends (`exit`), or the fiber that it stands in is destroyed.
///
/// # Safety
/// It is what the engine has as its exception.
pub(super) unsafe fn is_exit(exception: *const zend_object) -> bool {
    // SAFETY: by contract.
    unsafe { zend::zend_is_unwind_exit(exception) || zend::zend_is_graceful_exit(exception) }
}

/// Hangs the result of a batch that an exception ended early behind that exception, as its last previous one.
pub(super) fn append_batch<S: Entry>(error: &Error, batch: &Batch<Vec<u8>, S>) -> Result<(), Fault> {
    // SAFETY: a plain read of the globals of this thread's engine.
    let pending = unsafe { (*ext_php_rs_executor_globals()).exception };
    // SAFETY: as above.
    if !pending.is_null() && !unsafe { is_exit(pending) } {
        let exception = std::mem::ManuallyDrop::new(of_batch(error, batch)?);
        // SAFETY: both are exceptions; the engine takes over our share of the second.
        unsafe { zend::zend_exception_set_previous(pending, exception.value.obj) };
    }
    Ok(())
}

fn set(scope: *mut zend_class_entry, object: *mut zend_object, name: &str, mut value: Zval) {
    let mut name = ZendStr::new(name, false);
    // SAFETY: the property is declared by `scope`; the engine copies name and value.
    unsafe { zend::zend_update_property_ex(scope, object, name.as_mut_ptr(), &raw mut value) };
}

/// The code of an exception: that of its class, or of the nearest one above it that has one.
fn code_of(call: &Call<'_>) -> ErrorCode {
    // SAFETY: an object's class and its parents live as long as the engine.
    unsafe {
        let mut ce = (*call.this()).ce;
        while !ce.is_null() {
            if let Some(code) = ErrorCode::ALL.iter().find(|code| class(**code).entry() == ce) {
                return *code;
            }
            ce = (*ce).__bindgen_anon_1.parent;
        }
    }
    ErrorCode::OperationFailed
}

fn property(call: &mut Call<'_>, name: &str) {
    property_of(root(code_of(call)).entry(), call, name);
}

fn property_of(scope: *mut zend_class_entry, call: &mut Call<'_>, name: &str) {
    let mut buffer = Zval::new();
    // SAFETY: the property is declared by `scope`; the returned value is copied before the call ends.
    let value = unsafe {
        zend_read_property(scope, call.this(), name.as_ptr().cast(), name.len(), true, (&raw mut buffer).cast::<zval>())
    };
    // SAFETY: never null; points to the property or to the buffer.
    if let Some(value) = unsafe { value.as_ref() } {
        *call.result = value.shallow_clone();
    }
}

fn text_result(call: &mut Call<'_>, text: &str) {
    call.result.set_zend_string(ZendStr::new(text, false));
}

macro_rules! getter {
    ($handler:ident, $body:ident, |$call:ident| $answer:expr) => {
        fn $body($call: &mut Call<'_>) -> Result<(), Fault> {
            Arguments::of($call, 0, 0)?;
            $answer;
            Ok(())
        }
        handler!($handler, $body);
    };
}

getter!(get_error_code, error_code, |call| text_result(call, code_of(call).as_str()));
getter!(get_details, details, |call| property(call, "details"));
getter!(get_category, category, |call| text_result(call, code_of(call).category().as_str()));
getter!(get_http_status, http_status, |call| call.result.set_long(i64::from(code_of(call).http_status())));
getter!(get_aws_error_code, aws_error_code, |call| property(call, "awsErrorCode"));
getter!(get_request_id, request_id, |call| property(call, "requestId"));
getter!(is_retryable, retryable, |call| property(call, "retryable"));
getter!(get_attempts, attempts, |call| property(call, "attempts"));

fn result(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    property_of(class(ErrorCode::BatchFailed).entry(), call, "result");
    if call.result.is_null() {
        *call.result = results::batch_result(&Batch::<Vec<u8>>::default())?;
    }
    Ok(())
}

handler!(get_result, result);
