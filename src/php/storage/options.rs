//! The `options` array of a method: a few named values, and an error for every other.

use ext_php_rs::types::{ArrayKey, Zval};

use crate::{
    error::{Error, Result, printable},
    php::arguments::text,
    types::{GetOptions, PutOptions, Visibility},
};

/// Fills in the options of a write that have no parameter of their own.
pub(super) fn of_write(options: &mut PutOptions, array: Option<&Zval>) -> Result<()> {
    each(array, &["contentEncoding", "contentLanguage", "tags"], |name, value| {
        match name {
            "contentEncoding" => options.content_encoding = Some(string(name, value)?),
            "contentLanguage" => options.content_language = Some(string(name, value)?),
            _ => options.tags = strings(name, Some(value))?,
        }
        Ok(())
    })
}

/// Fills in the options of a read that have no parameter of their own.
pub(super) fn of_read(options: &mut GetOptions, array: Option<&Zval>) -> Result<()> {
    each(array, &["versionId"], |name, value| {
        options.version_id = Some(string(name, value)?);
        Ok(())
    })
}

/// The version of a presigned download.
pub(super) fn version(array: Option<&Zval>) -> Result<Option<String>> {
    let mut options = GetOptions::default();
    of_read(&mut options, array)?;
    Ok(options.version_id)
}

fn each(array: Option<&Zval>, known: &[&str], mut take: impl FnMut(&str, &Zval) -> Result<()>) -> Result<()> {
    let Some(table) = array.and_then(Zval::array) else { return Ok(()) };
    for (key, value) in table {
        let key = key.to_string();
        if !known.contains(&key.as_str()) {
            return Err(Error::invalid_argument(format!(
                "unknown option \"{}\"; known: {}",
                printable(&key),
                known.join(", ")
            )));
        }
        let value = value.dereference();
        if !value.is_null() {
            take(&key, value)?;
        }
    }
    Ok(())
}

fn string(name: &str, value: &Zval) -> Result<String> {
    match value.zend_str() {
        Some(bytes) => text(bytes.as_bytes(), name),
        None => Err(Error::invalid_argument(format!("{name} must be a string"))),
    }
}

/// A map of strings, such as `metadata`; ints and floats are taken as PHP would print them.
pub(super) fn strings(name: &str, array: Option<&Zval>) -> Result<Vec<(String, String)>> {
    let Some(array) = array else { return Ok(Vec::new()) };
    let table = array.array().ok_or_else(|| Error::invalid_argument(format!("{name} must be an array of strings")))?;
    let entry = |(key, value): (ArrayKey<'_>, &Zval)| {
        let key = key.to_string();
        let value = value.dereference();
        let value = match (value.zend_str(), value.long(), value.double()) {
            (Some(bytes), ..) => text(bytes.as_bytes(), &format!("{name} \"{}\"", printable(&key)))?,
            (_, Some(number), _) => number.to_string(),
            (_, _, Some(number)) => number.to_string(),
            _ => {
                let message = format!("{name} \"{}\" must be a string", printable(&key));
                return Err(Error::invalid_argument(message));
            }
        };
        Ok((key, value))
    };
    table.iter().map(entry).collect()
}

/// A visibility that may be absent.
pub(super) fn visibility(text: Option<&str>) -> Result<Option<Visibility>> {
    text.map(Visibility::parse).transpose()
}
