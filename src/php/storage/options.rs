//! The `options` array of a method: a few named values, and an error for every other.

use ext_php_rs::types::Zval;

use crate::{
    error::{Error, Result, printable},
    php::{arguments::text, array},
    types::{GetOptions, PutOptions, Visibility},
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

/// The version of a presigned download.
pub(super) fn version(values: Option<&Zval>) -> Result<Option<String>> {
    let mut options = GetOptions::default();
    of_read(&mut options, values)?;
    Ok(options.version_id)
}

fn each(values: Option<&Zval>, known: &[&str], mut take: impl FnMut(&str, &Zval) -> Result<()>) -> Result<()> {
    let Some(table) = values.and_then(Zval::array) else { return Ok(()) };
    for (key, value) in array::entries(table, || not_text("options"))? {
        if !known.contains(&key.as_str()) {
            return Err(Error::invalid_argument(format!(
                "unknown option \"{}\"; known: {}",
                printable(&key),
                known.join(", ")
            )));
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
