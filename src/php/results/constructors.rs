//! The constructors of results, for applications that make them for their own tests.

use ext_php_rs::types::{ZendHashTable, Zval};

use super::{OBJECT_INFO, array, boolean, fill, float, long, optional_long};
use crate::php::{
    arguments::Arguments,
    call::{Call, Fault, handler},
    exceptions,
};

/// Fills an object from its constructor; a second call of the constructor is PHP's own error.
fn construct<const N: usize>(call: &Call<'_>, values: [Zval; N]) -> Result<(), Fault> {
    let object = call.this();
    // SAFETY: the declared properties, which are undefined until the constructor ran.
    let slots = unsafe { std::slice::from_raw_parts((&raw const (*object).properties_table).cast::<Zval>(), N) };
    let fresh = slots.iter().all(|slot| slot.get_type() == ext_php_rs::flags::DataType::Undef);
    if !fresh {
        let error = ext_php_rs::exception::PhpException::new(
            "Cannot modify readonly property".into(),
            0,
            ext_php_rs::zend::ce::error(),
        );
        error.throw();
        return Err(Fault::Thrown);
    }
    // SAFETY: of the class whose constructor this is, and not set yet.
    unsafe { fill(object, values) };
    Ok(())
}

fn construct_object_info(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 10)?;
    let values = [
        arguments.string_value()?,
        optional_long(arguments.optional_int()?),
        optional_long(arguments.optional_int()?),
        arguments.optional_string_value()?,
        arguments.optional_string_value()?,
        arguments.optional_string_value()?,
        arguments.optional_string_value()?,
        arguments.optional_string_value()?,
        arguments.optional_array()?.map_or_else(Zval::null, Zval::shallow_clone),
        boolean(arguments.bool(false)?),
    ];
    construct(call, values)
}

fn construct_object_content(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 2)?;
    let content = arguments.string_value()?;
    let info = arguments.object(OBJECT_INFO.entry(), c"S3Storage\\ObjectInfo")?.shallow_clone();
    construct(call, [content, info])
}

fn construct_object_response(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 3)?;
    let status = long(arguments.int(0)?);
    let headers = arguments.array()?.map_or_else(|| array(ZendHashTable::new()), Zval::shallow_clone);
    let stream = arguments.value().map_or_else(|_| Zval::null(), Zval::shallow_clone);
    construct(call, [status, headers, stream])
}

fn construct_list_page(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 0, 3)?;
    let empty = || array(ZendHashTable::new());
    let objects = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    let prefixes = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    let next_token = arguments.optional_string_value()?;
    construct(call, [objects, prefixes, next_token])
}

fn construct_presigned_url(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 4, 4)?;
    let url = arguments.string_value()?;
    let method = arguments.string_value()?;
    let headers = arguments.array()?.map_or_else(Zval::null, Zval::shallow_clone);
    let expires_at = long(arguments.int(0)?);
    construct(call, [url, method, headers, expires_at])
}

fn construct_presigned_post(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 3, 3)?;
    let url = arguments.string_value()?;
    let fields = arguments.array()?.map_or_else(Zval::null, Zval::shallow_clone);
    let expires_at = long(arguments.int(0)?);
    construct(call, [url, fields, expires_at])
}

fn construct_upload(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 3)?;
    let (pathname, upload_id) = (arguments.string_value()?, arguments.string_value()?);
    let initiated = optional_long(arguments.optional_int()?);
    construct(call, [pathname, upload_id, initiated])
}

fn construct_batch_result(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 0, 2)?;
    let empty = || array(ZendHashTable::new());
    let succeeded = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    let failed = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    construct(call, [succeeded, failed])
}

fn construct_sync_result(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 0, 4)?;
    let empty = || array(ZendHashTable::new());
    let transferred = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    let deleted = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    let skipped = long(arguments.int(0)?);
    let failed = arguments.array()?.map_or_else(empty, Zval::shallow_clone);
    construct(call, [transferred, deleted, skipped, failed])
}

fn construct_batch_failure(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 2)?;
    let pathname = arguments.string_value()?;
    let exception = arguments.object(exceptions::interface(), c"S3Storage\\Exception\\S3Exception")?.shallow_clone();
    construct(call, [pathname, exception])
}

fn construct_object_version(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 8)?;
    let values = [
        arguments.string_value()?,
        arguments.string_value()?,
        boolean(arguments.bool(false)?),
        boolean(arguments.bool(false)?),
        optional_long(arguments.optional_int()?),
        optional_long(arguments.optional_int()?),
        arguments.optional_string_value()?,
        arguments.optional_string_value()?,
    ];
    construct(call, values)
}

fn construct_object_lock(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 0, 3)?;
    let mode = arguments.optional_string_value()?;
    let values = [mode, optional_long(arguments.optional_int()?), boolean(arguments.bool(false)?)];
    construct(call, values)
}

fn construct_operation_event(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 11)?;
    let (name, bucket) = (arguments.string_value()?, arguments.string_value()?);
    let pathname = arguments.optional_string_value()?;
    let outcome = arguments.string_or("done")?;
    let values = [
        name,
        bucket,
        pathname,
        outcome,
        float(arguments.float(0.0)?),
        long(arguments.int(0)?),
        long(arguments.int(0)?),
        long(arguments.int(0)?),
        long(arguments.int(0)?),
        arguments.optional_string_value()?,
        arguments.optional_string_value()?,
    ];
    construct(call, values)
}

handler!(pub(super) new_operation_event, construct_operation_event);
handler!(pub(super) new_object_info, construct_object_info);
handler!(pub(super) new_object_version, construct_object_version);
handler!(pub(super) new_object_lock, construct_object_lock);
handler!(pub(super) new_object_content, construct_object_content);
handler!(pub(super) new_object_response, construct_object_response);
handler!(pub(super) new_list_page, construct_list_page);
handler!(pub(super) new_presigned_url, construct_presigned_url);
handler!(pub(super) new_presigned_post, construct_presigned_post);
handler!(pub(super) new_upload, construct_upload);
handler!(pub(super) new_batch_result, construct_batch_result);
handler!(pub(super) new_sync_result, construct_sync_result);
handler!(pub(super) new_batch_failure, construct_batch_failure);
