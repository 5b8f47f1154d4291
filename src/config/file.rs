//! A configuration from a file.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind, Read},
    os::unix::fs::OpenOptionsExt,
    rc::Rc,
};

use super::{
    Config, Variables,
    cache::{Known, Version},
    format::Format,
    place::Place,
    validate::validate_place,
};
use crate::error::{Error, ErrorCode, Result};

/// The most that a file may have. Configurations have a few kilobytes; a mistaken path must not fill the memory.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads, parses and validates a file, or takes what came of that before. The end of its name tells its format.
///
/// # Errors
/// INVALID_CONFIG that names the file: it may not be read, its text is wrong (with line and column), or its values are.
pub fn load(path: &str, variables: &dyn Variables) -> Result<Config> {
    if path.is_empty() {
        return Err(invalid("the path of the configuration is empty"));
    }
    let absolute = variables.path(path).map_err(|why| invalid(why).during("read", path))?;
    let config = known(&absolute).map_err(invalid).and_then(|known| known.config(variables, validate_place));
    // Named as it was found, so that a relative path tells where it led.
    config.map_err(|error| error.during("read", &absolute))
}

fn invalid(why: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidConfig, why)
}

fn known(path: &str) -> Result<Rc<Known>, String> {
    let format = Format::of(path).ok_or("the name of a configuration must end in .yaml, .yml, .toml or .json")?;
    // It is opened in any case: who may not read it shall not get what somebody else has read.
    let (file, version) = open(path).map_err(|error| reason(&error))?;
    if let Some(known) = Known::find(path, version) {
        return Ok(known);
    }
    let bytes = read(file).map_err(|error| reason(&error))?;
    let known = Known::new(path, version, Place::of(format.parse(&bytes)?));
    known.keep();
    Ok(known)
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "the file may not be read (permission denied)".to_owned(),
        ErrorKind::FileTooLarge => format!("the file has more than {MAX_BYTES} bytes"),
        ErrorKind::InvalidInput => "is not a regular file".to_owned(),
        _ => format!("the file cannot be read: {error}"),
    }
}

/// Opens a regular file; opening a pipe that nobody writes to does not wait.
fn open(path: &str) -> std::io::Result<(File, Version)> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, Version::of(&metadata))) } else { Err(ErrorKind::InvalidInput.into()) }
}

fn read(file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &std::path::Path) -> String {
        load(path.to_str().unwrap(), &|_: &str| None).unwrap_err().to_string()
    }

    #[test]
    fn a_file_is_loaded_and_failures_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        assert_eq!(message(&path), format!("read {}: there is no such file", path.display()));
        std::fs::write(&path, "[storage]\nbucket = 'b'\nendpoint = 'http://x'\n").unwrap();
        let config = load(path.to_str().unwrap(), &|_: &str| None).unwrap();
        assert_eq!(config.buckets[0].1.bucket, "b");
        std::fs::write(&path, " ".repeat(1024 * 1024 + 1)).unwrap();
        assert_eq!(message(&path), format!("read {}: the file has more than 1048576 bytes", path.display()));
        assert!(message(folder.path()).contains("must end in .yaml, .yml, .toml or .json"));
    }
}
