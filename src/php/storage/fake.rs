//! Handles for the tests of applications, and the failures that these script.

use std::{cell::OnceCell, sync::Arc};

use ext_php_rs::ffi::ZEND_ACC_STATIC;
use serde_json::{Map, Value};

use super::{HANDLERS, Handle, handle, make};
use crate::{
    error::{Error, ErrorCode, Result as Outcome, printable},
    php::{
        arguments::{Arguments, text},
        call::{Call, Fault, handler},
        class::Method,
        configuration,
        listening::Family,
    },
    storage::{Failure, Registry},
};

/// What stands for every operation.
const ANY: &str = "*";

/// Methods that ask nothing of a server.
const WITHOUT_SERVER: &[&str] = &["bucket", "registerBucket", "listBuckets", "stats"];

/// Methods where each object fails by itself, and those that ask for nothing before they are walked over.
const BY_THEMSELVES: &[&str] = &[
    "readMany",
    "writeMany",
    "existsMany",
    "getMetadataMany",
    "copyMany",
    "deleteMany",
    "list",
    "listVersions",
    "isHealthy",
];

/// The methods of the class that its interface does not have.
pub(super) fn methods() -> [Method; 2] {
    let mut made = Method::public("fake(array $buckets = ['default']): S3Storage", fake);
    made.flags |= ZEND_ACC_STATIC;
    let fails = "failNext(string $operation, string $code, ?string $pathname = null, int $times = 1): void";
    [made, Method::public(fails, fail_next)]
}

/// Fails as a test has scripted it for this call. A call is about its first argument where that is a text.
pub(super) fn rehearse(call: &Call<'_>, handle: &Handle) -> Outcome<()> {
    if !handle.registry.is_fake() || BY_THEMSELVES.contains(&call.method()) {
        return Ok(());
    }
    let subject = Arguments::first_text(call).map(String::from_utf8_lossy);
    handle.registry.rehearse(sister(call.method()), &subject.unwrap_or_default())
}

/// The operation that a method is: its twin that does not wait is the same.
fn sister(method: &str) -> &str {
    method.strip_suffix("Async").unwrap_or(method)
}

fn do_fake(call: &mut Call<'_>) -> Result<(), Fault> {
    let given = Arguments::of(call, 0, 1)?.array()?.map(configuration::tree).transpose()?;
    let buckets = given.map_or_else(|| Ok(vec![("default".to_owned(), Map::new())]), buckets)?;
    let registry = Arc::new(Registry::fake(buckets)?);
    *call.result = make(Handle { registry, family: Family::First(OnceCell::new()), bucket: None })?;
    Ok(())
}

/// The buckets that are wanted: names of aliases, and keys of a bucket by the name of an alias.
fn buckets(tree: Value) -> Outcome<Vec<(String, Map<String, Value>)>> {
    let entries: Vec<(String, Value)> = match tree {
        Value::Array(items) => items.into_iter().enumerate().map(|(i, item)| (i.to_string(), item)).collect(),
        Value::Object(entries) => entries.into_iter().collect(),
        _ => Vec::new(),
    };
    let bucket = |(key, value): (String, Value)| match value {
        Value::String(alias) if key.parse::<u64>().is_ok() => Ok((alias, Map::new())),
        Value::Object(keys) => Ok((key, keys)),
        _ => Err(Error::invalid_argument(format!(
            "buckets[{}] must be the name of an alias, or a table of a bucket's keys with the alias as its key",
            printable(&key)
        ))),
    };
    entries.into_iter().map(bucket).collect()
}

fn do_fail_next(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 4)?;
    let operation = operation(&text(arguments.string()?, "operation")?)?;
    let code = code(&text(arguments.string()?, "code")?)?;
    let pathname = arguments.optional_text("pathname")?;
    let times = times(arguments.int(1)?)?;
    Ok(handle(call)?.registry.fail_next(Failure { operation, code, pathname, times })?)
}

fn operation(name: &str) -> Outcome<Option<String>> {
    let name = sister(name);
    let mut known =
        HANDLERS.iter().map(|(name, _)| *name).filter(|name| !WITHOUT_SERVER.contains(name) && sister(name) == *name);
    if name == ANY || known.clone().any(|known| known == name) {
        return Ok((name != ANY).then(|| name.to_owned()));
    }
    let first = known.next().unwrap_or_default();
    let all = known.fold(format!("{ANY}, {first}"), |all, name| format!("{all}, {name}"));
    Err(Error::invalid_argument(format!("no operation \"{}\" can fail; known: {all}", printable(name))))
}

/// A batch fails by its objects: its own code is none to begin with.
fn code(name: &str) -> Outcome<ErrorCode> {
    let known = || ErrorCode::ALL.iter().copied().filter(|code| *code != ErrorCode::BatchFailed);
    known().find(|code| code.as_str() == name).ok_or_else(|| {
        let all: Vec<&str> = known().map(ErrorCode::as_str).collect();
        Error::invalid_argument(format!("unknown code \"{}\"; known: {}", printable(name), all.join(", ")))
    })
}

fn times(times: i64) -> Outcome<u64> {
    let positive = u64::try_from(times).ok().filter(|times| *times > 0);
    positive.ok_or_else(|| Error::invalid_argument(format!("times must be 1 or more, not {times}")))
}

handler!(fake, do_fake);
handler!(fail_next, do_fail_next);
