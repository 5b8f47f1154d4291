//! The `options` array of a method: a few named values, and an error for every other.

use ext_php_rs::types::Zval;

use crate::{
    error::{Error, Result, printable},
    php::{
        arguments::{Arguments, text, timestamp},
        array,
        call::Fault,
    },
    types::{GetOptions, PresignGetOptions, PresignPostOptions, PresignPutOptions, PutOptions, Visibility},
};

/// Fills in the options of a write that have no parameter of their own.
pub(super) fn of_write(options: &mut PutOptions, values: Option<&Zval>) -> Result<()> {
    each(values, &["contentEncoding", "contentLanguage", "tags"], |name, value| {
        match name {
            "contentEncoding" => options.content_encoding = Some(string(name, value)?),
            "contentLanguage" => options.content_language = Some(string(name, value)?),
            _ => options.tags = strings(name, Some(value))?,
        }
        Ok(())
    })
}

/// Fills in the options of a read that have no parameter of their own.
pub(super) fn of_read(options: &mut GetOptions, values: Option<&Zval>) -> Result<()> {
    each(values, &["versionId"], |name, value| {
        options.version_id = Some(string(name, value)?);
        Ok(())
    })
}

/// Fills in the options of a presigned download that have no parameter of their own.
pub(super) fn of_presigned_get(
    options: &mut PresignGetOptions,
    values: Option<&Zval>,
) -> std::result::Result<(), Fault> {
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
pub(super) fn of_presigned_put(options: &mut PresignPutOptions, values: Option<&Zval>) -> Result<()> {
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
pub(super) fn of_post(arguments: &mut Arguments<'_>) -> std::result::Result<PresignPostOptions, Fault> {
    let mut options = PresignPostOptions {
        min_size: size("minSize", arguments.optional_int()?)?,
        max_size: size("maxSize", arguments.optional_int()?)?,
        ..PresignPostOptions::default()
    };
    options.object.content_type = arguments.optional_text("contentType")?;
    options.content_type_prefix = arguments.optional_text("contentTypePrefix")?;
    options.object.visibility = visibility(arguments.optional_text("visibility")?.as_deref())?;
    options.object.metadata = strings("metadata", arguments.array()?)?;
    each::<Error>(arguments.array()?, POST, |name, value| {
        let object = &mut options.object;
        match name {
            "cacheControl" => object.cache_control = Some(string(name, value)?),
            "contentDisposition" => object.content_disposition = Some(string(name, value)?),
            "contentEncoding" => object.content_encoding = Some(string(name, value)?),
            "storageClass" => object.storage_class = Some(string(name, value)?),
            "tags" => object.tags = strings(name, Some(value))?,
            "keyStartsWith" => options.key_starts_with = flag(name, value)?,
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

fn size(name: &str, bytes: Option<i64>) -> Result<Option<u64>> {
    let negative = |_| Error::invalid_argument(format!("{name} must be 0 bytes or more"));
    bytes.map(|bytes| u64::try_from(bytes).map_err(negative)).transpose()
}

/// A point in time: Unix seconds, or a `DateTimeInterface`.
fn moment(name: &str, value: &Zval) -> std::result::Result<i64, Fault> {
    match (value.long(), timestamp(value, name)?) {
        (Some(seconds), _) | (None, Some(seconds)) => Ok(seconds),
        (None, None) => {
            let message = format!("{name} must be an int (Unix seconds) or a DateTimeInterface");
            Err(Error::invalid_argument(message).into())
        }
    }
}

fn flag(name: &str, value: &Zval) -> Result<bool> {
    value.bool().ok_or_else(|| Error::invalid_argument(format!("{name} must be a bool")))
}

fn status(name: &str, value: &Zval) -> Result<u16> {
    let status = value.long().and_then(|status| u16::try_from(status).ok());
    status.ok_or_else(|| Error::invalid_argument(format!("{name} must be an int: 200, 201 or 204")))
}

fn each<E: From<Error>>(
    values: Option<&Zval>,
    known: &[&str],
    mut take: impl FnMut(&str, &Zval) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let Some(table) = values.and_then(Zval::array) else { return Ok(()) };
    for (key, value) in array::entries(table, || not_text("options"))? {
        if !known.contains(&key.as_str()) {
            return Err(Error::invalid_argument(format!(
                "unknown option \"{}\"; known: {}",
                printable(&key),
                known.join(", ")
            ))
            .into());
        }
        if !value.is_null() {
            take(&key, value)?;
        }
    }
    Ok(())
}

fn not_text(name: &str) -> Error {
    Error::invalid_argument(format!("{name} has a key that is not UTF-8 text"))
}

fn string(name: &str, value: &Zval) -> Result<String> {
    match value.zend_str() {
        Some(bytes) => text(bytes.as_bytes(), name),
        None => Err(Error::invalid_argument(format!("{name} must be a string"))),
    }
}

/// A map of strings, such as `metadata`; ints are taken too. Floats are not: how PHP prints them is up to its ini.
pub(super) fn strings(name: &str, values: Option<&Zval>) -> Result<Vec<(String, String)>> {
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
pub(super) fn visibility(text: Option<&str>) -> Result<Option<Visibility>> {
    text.map(Visibility::parse).transpose()
}
