//! The `options` array of a method: a few named values, and an error for every other.

use ext_php_rs::types::Zval;

use crate::{
    error::{Error, Result as Outcome, printable},
    php::{
        arguments::{Arguments, date, text},
        array,
        call::{Fault, parameter_like},
    },
    types::{
        Changes, CopyOptions, CustomerKey, DeleteOptions, GetOptions, HeadOptions, PresignGetOptions,
        PresignPostOptions, PresignPutOptions, PutOptions, Retention, RetentionMode, ServerEncryption, TransferOptions,
        Visibility,
    },
};

/// The options of a write that have no parameter of their own.
const OF_WRITE: &[&str] = &[
    "contentEncoding",
    "contentLanguage",
    "tags",
    "encryption",
    "kmsKeyId",
    "customerKey",
    "retainUntil",
    "retentionMode",
    "legalHold",
];

/// What has a parameter of its own where one object is written.
const OF_MANY: &[&str] = &["cacheControl", "contentDisposition", "storageClass", "partSize"];

/// The options of a read that have no parameter of their own.
const OF_READ: &[&str] = &["versionId", "ifModifiedSince", "ifUnmodifiedSince", "customerKey"];

/// Those of them that a write has not.
const OF_READ_ALONE: &[&str] = &["versionId", "ifModifiedSince", "ifUnmodifiedSince"];

/// Exceptions in the place of warnings.
const THROWS: &str = "throwExceptions";

/// What has a parameter of its own wherever something is written.
const OF_ONE: &[&str] = &["visibility", "contentType", "metadata", "ifMatch", "ifNoneMatch", "concurrency"];

/// Fills in the options of a write that have no parameter of their own.
pub(super) fn of_write(options: &mut PutOptions, values: Option<&Zval>) -> Result<(), Fault> {
    fill(options, values, OF_WRITE)
}

/// The same for a write of many files.
pub(super) fn of_directory(options: &mut PutOptions, values: Option<&Zval>) -> Result<(), Fault> {
    fill(options, values, &[OF_WRITE, OF_MANY].concat())
}

fn fill(options: &mut PutOptions, values: Option<&Zval>, known: &[&str]) -> Result<(), Fault> {
    let (mut until, mut mode) = (None, None);
    each(values, known, |name, value| {
        match name {
            "visibility" => options.visibility = visibility(Some(&string(name, value)?))?,
            "contentType" => options.content_type = Some(string(name, value)?),
            "metadata" => options.metadata = strings(name, Some(value))?,
            "ifMatch" => options.if_match = Some(string(name, value)?),
            "ifNoneMatch" => options.if_none_match = Some(string(name, value)?),
            "concurrency" => {
                let parts = value.long().ok_or_else(|| Error::invalid_argument("concurrency must be an int"))?;
                options.transfer.concurrency = TransferOptions::new(None, Some(parts))?.concurrency;
            }
            "cacheControl" => options.cache_control = Some(string(name, value)?),
            "contentDisposition" => options.content_disposition = Some(string(name, value)?),
            "storageClass" => options.storage_class = Some(string(name, value)?),
            "partSize" => {
                let bytes = value.long().ok_or_else(|| Error::invalid_argument("partSize must be an int"))?;
                options.transfer.part_size = TransferOptions::new(Some(bytes), None)?.part_size;
            }
            "contentEncoding" => options.content_encoding = Some(string(name, value)?),
            "contentLanguage" => options.content_language = Some(string(name, value)?),
            "tags" => options.tags = strings(name, Some(value))?,
            "encryption" => options.encryption.by_server = Some(ServerEncryption::parse(&string(name, value)?)?),
            "kmsKeyId" => options.encryption.kms_key_id = Some(string(name, value)?),
            "customerKey" => options.encryption.customer_key = Some(customer_key(value)?),
            "retainUntil" => until = Some(moment(name, value)?),
            "retentionMode" => mode = Some(RetentionMode::parse(&string(name, value)?)?),
            "legalHold" => options.lock.legal_hold = Some(bool(name, value)?),
            _ => {}
        }
        Ok(())
    })?;
    options.lock.retention = match (until, mode) {
        (Some(until), Some(mode)) => Some(Retention { mode, until }),
        (None, None) => None,
        _ => return Err(Error::invalid_argument("retainUntil and retentionMode belong together: give both").into()),
    };
    Ok(())
}

/// Fills in the options of a read that have no parameter of their own.
pub(super) fn of_read(options: &mut GetOptions, values: Option<&Zval>) -> Result<(), Fault> {
    each(values, OF_READ, |name, value| read_option(options, name, value))
}

fn read_option(options: &mut GetOptions, name: &str, value: &Zval) -> Result<(), Fault> {
    match name {
        "versionId" => options.version_id = Some(string(name, value)?),
        "ifModifiedSince" => options.if_modified_since = Some(moment(name, value)?),
        "ifUnmodifiedSince" => options.if_unmodified_since = Some(moment(name, value)?),
        "customerKey" => options.customer_key = Some(customer_key(value)?),
        "ifMatch" => options.if_match = Some(string(name, value)?),
        "ifNoneMatch" => options.if_none_match = Some(string(name, value)?),
        _ => {}
    }
    Ok(())
}

/// The options of a stream's context, which may be that of a read or of a write, or of one after the other: each takes its own.
pub(in crate::php) fn of_context(
    get: &mut GetOptions,
    put: &mut PutOptions,
    values: Option<&Zval>,
) -> Result<(), Fault> {
    let known = [OF_WRITE, OF_MANY, OF_ONE, OF_READ_ALONE, &[THROWS]].concat();
    fill(put, values, &known)?;
    each(values, &known, |name, value| read_option(get, name, value))
}

/// Whether a context asks for exceptions in the place of warnings.
pub(in crate::php) fn throws(values: Option<&Zval>) -> bool {
    let value = values.and_then(Zval::array).and_then(|table| table.get(THROWS));
    value.is_some_and(|value| value.dereference().is_true())
}

/// The options of a look at an object.
pub(super) fn of_look(values: Option<&Zval>) -> Result<HeadOptions, Fault> {
    let mut options = HeadOptions::default();
    each(values, &["versionId", "customerKey"], |name, value| {
        match name {
            "versionId" => options.version_id = Some(string(name, value)?),
            _ => options.customer_key = Some(customer_key(value)?),
        }
        Ok(())
    })?;
    Ok(options)
}

/// Fills in the options of a delete that have no parameter of their own.
pub(super) fn of_delete(options: &mut DeleteOptions, values: Option<&Zval>) -> Result<(), Fault> {
    each(values, &["versionId", "bypassGovernance"], |name, value| {
        match name {
            "versionId" => options.version_id = Some(string(name, value)?),
            _ => options.bypass_governance = bool(name, value)?,
        }
        Ok(())
    })
}

/// Fills in the options of a copy that have no parameter of their own.
pub(super) fn of_copy(options: &mut CopyOptions, values: Option<&Zval>) -> Result<(), Fault> {
    each(values, &["sourceVersionId"], |name, value| {
        options.source_version_id = Some(string(name, value)?);
        Ok(())
    })
}

/// Fills in the changes that have no parameter of their own.
pub(super) fn of_changes(changes: &mut Changes, values: Option<&Zval>) -> Result<(), Fault> {
    each(values, &["contentEncoding", "contentLanguage"], |name, value| {
        match name {
            "contentEncoding" => changes.content_encoding = Some(string(name, value)?),
            _ => changes.content_language = Some(string(name, value)?),
        }
        Ok(())
    })
}

/// Fills in the options of a presigned download that have no parameter of their own.
pub(super) fn of_presigned_get(options: &mut PresignGetOptions, values: Option<&Zval>) -> Result<(), Fault> {
    let known =
        &["versionId", "responseCacheControl", "responseContentEncoding", "responseContentLanguage", "responseExpires"];
    each(values, known, |name, value| {
        match name {
            "versionId" => options.version_id = Some(string(name, value)?),
            "responseCacheControl" => options.response_cache_control = Some(string(name, value)?),
            "responseContentEncoding" => options.response_content_encoding = Some(string(name, value)?),
            "responseContentLanguage" => options.response_content_language = Some(string(name, value)?),
            _ => options.response_expires = Some(moment(name, value)?),
        }
        Ok(())
    })
}

/// Fills in the options of a presigned upload that have no parameter of their own.
pub(super) fn of_presigned_put(options: &mut PresignPutOptions, values: Option<&Zval>) -> Result<(), Fault> {
    let known = &["cacheControl", "contentDisposition", "contentEncoding", "metadata", "contentLength"];
    each(values, known, |name, value| {
        match name {
            "cacheControl" => options.object.cache_control = Some(string(name, value)?),
            "contentDisposition" => options.object.content_disposition = Some(string(name, value)?),
            "contentEncoding" => options.object.content_encoding = Some(string(name, value)?),
            "metadata" => options.object.metadata = strings(name, Some(value))?,
            _ => {
                let bytes = value.long();
                let bytes = bytes.ok_or_else(|| Error::invalid_argument(format!("{name} must be an int")))?;
                options.content_length = size(name, Some(bytes))?;
            }
        }
        Ok(())
    })
}

/// What a form is bound to: everything behind pathname and life.
pub(super) fn of_post(arguments: &mut Arguments<'_>) -> Result<PresignPostOptions, Fault> {
    let mut options = PresignPostOptions {
        min_size: size("minSize", arguments.optional_int()?)?,
        max_size: size("maxSize", arguments.optional_int()?)?,
        ..PresignPostOptions::default()
    };
    options.object.content_type = arguments.optional_text("contentType")?;
    options.content_type_prefix = arguments.optional_text("contentTypePrefix")?;
    options.object.visibility = visibility(arguments.optional_text("visibility")?.as_deref())?;
    options.object.metadata = strings("metadata", arguments.array()?)?;
    each(arguments.array()?, POST, |name, value| {
        let object = &mut options.object;
        match name {
            "cacheControl" => object.cache_control = Some(string(name, value)?),
            "contentDisposition" => object.content_disposition = Some(string(name, value)?),
            "contentEncoding" => object.content_encoding = Some(string(name, value)?),
            "storageClass" => object.storage_class = Some(string(name, value)?),
            "tags" => object.tags = strings(name, Some(value))?,
            "keyStartsWith" => options.key_starts_with = bool(name, value)?,
            "successActionStatus" => options.success_status = Some(status(name, value)?),
            _ => options.success_redirect = Some(string(name, value)?),
        }
        Ok(())
    })?;
    Ok(options)
}

const POST: &[&str] = &[
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "storageClass",
    "tags",
    "keyStartsWith",
    "successActionStatus",
    "successActionRedirect",
];

fn size(name: &str, bytes: Option<i64>) -> Outcome<Option<u64>> {
    let negative = |_| Error::invalid_argument(format!("{name} must be 0 bytes or more"));
    bytes.map(|bytes| u64::try_from(bytes).map_err(negative)).transpose()
}

fn status(name: &str, value: &Zval) -> Outcome<u16> {
    let status = value.long().and_then(|status| u16::try_from(status).ok());
    status.ok_or_else(|| Error::invalid_argument(format!("{name} must be an int: 200, 201 or 204")))
}

fn each(
    values: Option<&Zval>,
    known: &[&str],
    mut take: impl FnMut(&str, &Zval) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some(table) = values.and_then(Zval::array) else { return Ok(()) };
    for (key, value) in array::entries(table, || not_text("options"))? {
        if !known.contains(&key.as_str()) {
            let named =
                parameter_like(&key).map(|name| format!(": give the named argument {name}, outside of options"));
            let (key, named, known) = (printable(&key), named.unwrap_or_default(), known.join(", "));
            return Err(Error::invalid_argument(format!("unknown option \"{key}\"{named}; known: {known}")).into());
        }
        if !value.is_null() {
            take(&key, value)?;
        }
    }
    Ok(())
}

/// A point in time: Unix seconds or a `DateTimeInterface`.
fn moment(name: &str, value: &Zval) -> Result<i64, Fault> {
    match (value.long(), date(value, name)?) {
        (Some(moment), _) | (None, Some(moment)) => Ok(moment),
        (None, None) => {
            Err(Error::invalid_argument(format!("{name} must be Unix seconds (int) or a DateTimeInterface")).into())
        }
    }
}

fn bool(name: &str, value: &Zval) -> Outcome<bool> {
    value.bool().ok_or_else(|| Error::invalid_argument(format!("{name} must be a bool")))
}

/// A key of the caller's: bytes, not text.
fn customer_key(value: &Zval) -> Outcome<CustomerKey> {
    let bytes = value.zend_str().ok_or_else(|| Error::invalid_argument("customerKey must be a string of 32 bytes"))?;
    CustomerKey::new(bytes.as_bytes())
}

fn not_text(name: &str) -> Error {
    Error::invalid_argument(format!("{name} has a key that is not UTF-8 text"))
}

fn string(name: &str, value: &Zval) -> Outcome<String> {
    match value.zend_str() {
        Some(bytes) => text(bytes.as_bytes(), name),
        None => Err(Error::invalid_argument(format!("{name} must be a string"))),
    }
}

/// A map of strings, such as `metadata`; ints are taken too. Floats are not: how PHP prints them is up to its ini.
pub(super) fn strings(name: &str, values: Option<&Zval>) -> Outcome<Vec<(String, String)>> {
    let Some(values) = values else { return Ok(Vec::new()) };
    let table = values.array().ok_or_else(|| Error::invalid_argument(format!("{name} must be an array of strings")))?;
    let entry = |(key, value): (String, &Zval)| {
        let value = match (value.zend_str(), value.long()) {
            (Some(bytes), _) => text(bytes.as_bytes(), &format!("{name} \"{}\"", printable(&key)))?,
            (None, Some(number)) => number.to_string(),
            _ => {
                let message = format!("{name} \"{}\" must be a string or an int", printable(&key));
                return Err(Error::invalid_argument(message));
            }
        };
        Ok((key, value))
    };
    array::entries(table, || not_text(name))?.into_iter().map(entry).collect()
}

/// A visibility that may be absent.
pub(super) fn visibility(text: Option<&str>) -> Outcome<Option<Visibility>> {
    text.map(Visibility::parse).transpose()
}
