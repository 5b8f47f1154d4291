//! Conditions, as a server of S3 decides them (RFC 9110 §13.2.2).

use super::record::Record;
use crate::{
    error::{Error, ErrorCode, Result},
    types::GetOptions,
};

/// Whether a read goes on.
///
/// # Errors
/// PRECONDITION_FAILED, NOT_MODIFIED.
pub(super) fn of_read(record: &Record, options: &GetOptions) -> Result<()> {
    // A match goes before the time.
    let holds = match (&options.if_match, options.if_unmodified_since) {
        (Some(tags), _) => names(tags, &record.etag),
        (None, Some(time)) => record.modified <= time,
        (None, None) => true,
    };
    if !holds {
        return Err(failed());
    }
    let is_same = match (&options.if_none_match, options.if_modified_since) {
        (Some(tags), _) => names(tags, &record.etag),
        (None, Some(time)) => record.modified <= time,
        (None, None) => false,
    };
    if is_same { Err(answer(ErrorCode::NotModified, 304, "", "not modified")) } else { Ok(()) }
}

/// Whether a write goes on, over what is there.
///
/// # Errors
/// PRECONDITION_FAILED; FILE_NOT_FOUND for a condition on an object that is not there.
pub(super) fn of_write(there: Option<&Record>, if_match: Option<&str>, if_none_match: Option<&str>) -> Result<()> {
    match (if_match, there) {
        (Some(_), None) => return Err(missing()),
        (Some(tags), Some(there)) if !names(tags, &there.etag) => return Err(failed()),
        _ => {}
    }
    if if_none_match.is_some() && there.is_some() { Err(failed()) } else { Ok(()) }
}

/// Whether a list of ETags has this one; they may come without their quotes.
fn names(tags: &str, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let etag = bare(etag);
    tags.split(',').any(|tag| tag.trim() == "*" || bare(tag) == etag)
}

/// There is no such object.
pub(in super::super) fn missing() -> Error {
    answer(ErrorCode::FileNotFound, 404, "NoSuchKey", "no such object")
}

/// A condition does not hold.
pub(super) fn failed() -> Error {
    answer(ErrorCode::PreconditionFailed, 412, "PreconditionFailed", "the condition does not hold")
}

/// An error as a server answers it: those above count on its status and its code.
pub(in super::super) fn answer(code: ErrorCode, status: u16, server_code: &str, message: &str) -> Error {
    let mut error = Error::new(code, message);
    error.status = Some(status);
    error.server_code = (!server_code.is_empty()).then(|| server_code.to_owned());
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &GetOptions) -> Option<ErrorCode> {
        let record = Record { etag: "\"e\"".into(), modified: 100, ..Record::default() };
        of_read(&record, options).err().map(|error| error.code)
    }

    #[test]
    fn a_match_goes_before_the_time() {
        let tags = |tags: &str| Some(tags.to_owned());
        assert_eq!(
            read(&GetOptions { if_match: tags("e"), if_unmodified_since: Some(1), ..GetOptions::default() }),
            None
        );
        for (options, code) in [
            (GetOptions { if_match: tags("\"f\", \"g\""), ..GetOptions::default() }, ErrorCode::PreconditionFailed),
            (GetOptions { if_unmodified_since: Some(99), ..GetOptions::default() }, ErrorCode::PreconditionFailed),
            (GetOptions { if_none_match: tags("W/\"e\""), ..GetOptions::default() }, ErrorCode::NotModified),
            (GetOptions { if_none_match: tags("*"), ..GetOptions::default() }, ErrorCode::NotModified),
            (GetOptions { if_modified_since: Some(100), ..GetOptions::default() }, ErrorCode::NotModified),
        ] {
            assert_eq!(read(&options), Some(code), "{options:?}");
        }
        for options in [
            GetOptions { if_none_match: tags("f"), if_modified_since: Some(100), ..GetOptions::default() },
            GetOptions { if_modified_since: Some(99), ..GetOptions::default() },
            GetOptions { if_unmodified_since: Some(100), ..GetOptions::default() },
        ] {
            assert_eq!(read(&options), None, "{options:?}");
        }
    }
}
