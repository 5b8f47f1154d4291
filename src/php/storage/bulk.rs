//! Many objects in one call.

use ext_php_rs::{exception::PhpException, types::Zval, zend::ce};

use super::{begin, handle};
use crate::{
    error::{Error, ErrorCode},
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        drive, exceptions,
        iterable::Pull,
        results::{self, Entry},
    },
    storage::{Batch, MAX_DELETES, Storage, Sweep},
    types::{Pathname, Prefix},
};

/// A batch as PHP sees it: a pathname that was refused may be any bytes.
pub(super) type Results = Batch<Vec<u8>>;

fn do_delete_many(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 2)?;
    let (pathnames, throws) = (arguments.iterable()?, arguments.bool(true)?);
    let storage = handle(call)?.storage()?;
    let mut batch = Results::default();
    delete_each(&storage, pathnames, &mut batch).map_err(|fault| told(fault, "deleteMany", &batch))?;
    finish(call, "deleteMany", &batch, throws)
}

/// Pulls pathnames and deletes them, as many at a time as fit into a request.
fn delete_each(storage: &Storage, pathnames: &Zval, batch: &mut Results) -> Result<(), Fault> {
    let mut pull = Pull::of(pathnames)?;
    loop {
        let mut valid = Vec::new();
        while valid.len() < MAX_DELETES
            && let Some(value) = pull.next()?
        {
            let bytes = pathname_bytes("deleteMany", &value)?;
            match Pathname::parse(&bytes).and_then(|name| storage.rehearse("deleteMany", name.as_str()).map(|()| name))
            {
                Ok(pathname) => valid.push(pathname),
                Err(error) => batch.failed.push((bytes, error)),
            }
        }
        if valid.is_empty() {
            return Ok(());
        }
        batch.extend(drive::wait(async { Ok(storage.delete_many(&valid).await) })?);
    }
}

/// A pathname as an array may hold it: PHP makes an int of a key such as `'2026'`. `method` is for the words of the `TypeError`.
pub(in crate::php) fn pathname_bytes(method: &str, value: &Zval) -> Result<Vec<u8>, Fault> {
    match (value.zend_str(), value.long()) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(number)) => Ok(number.to_string().into_bytes()),
        (None, None) => {
            let kind = value.get_type();
            let message =
                format!("S3Storage::{method}(): Argument #1 must contain strings only as pathnames, {kind} given");
            PhpException::new(message, 0, ce::type_error()).throw();
            Err(Fault::Thrown)
        }
    }
}

/// What an exception interrupted is not lost: the result so far hangs behind it, as its previous exception.
pub(super) fn told<S: Entry>(fault: Fault, operation: &str, batch: &Batch<Vec<u8>, S>) -> Fault {
    let done = batch.succeeded.len();
    if matches!(fault, Fault::Bailout) || done + batch.failed.len() == 0 {
        return fault;
    }
    if let Fault::Error(error) = &fault {
        exceptions::throw(error);
    }
    let message = format!("ended early by an exception, after {done} objects were done");
    let error = Error::new(ErrorCode::BatchFailed, message).during(operation, "");
    exceptions::append_batch(&error, batch).err().unwrap_or(Fault::Thrown)
}

/// The result of a batch, or its exception.
pub(super) fn finish<S: Entry>(
    call: &mut Call<'_>,
    operation: &str,
    batch: &Batch<Vec<u8>, S>,
    throws: bool,
) -> Result<(), Fault> {
    if let Some(error) = batch.error(operation, "", 0).filter(|_| throws) {
        return Err(exceptions::throw_batch(&error, batch));
    }
    *call.result = results::batch_result(batch)?;
    Ok(())
}

fn do_delete_prefix(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 2)?;
    let prefix = Prefix::parse(arguments.string()?)?;
    let sweep = Sweep::new(prefix.clone(), arguments.bool(false)?)?;
    let (deleted, failures) = sweep_all(&begin(call)?, sweep)?;
    if let Some(error) = failures.error("deletePrefix", prefix.as_str(), deleted) {
        return Err(exceptions::throw_batch(&error, &failures));
    }
    call.result.set_long(i64::try_from(deleted).unwrap_or(i64::MAX));
    Ok(())
}

/// Goes through all pages, and answers how many objects are gone and which are not. Names are kept of failures only, and a
/// request's worth of these is the end: memory does not grow with the bucket.
fn sweep_all(storage: &Storage, mut sweep: Sweep) -> Result<(usize, Results), Fault> {
    let (mut deleted, mut failures) = (0, Results::default());
    while !sweep.is_complete() && failures.failed.len() < MAX_DELETES {
        let page = drive::wait(sweep.step(storage)).map_err(|fault| so_far(fault, deleted, failures.failed.len()))?;
        deleted += page.succeeded.len();
        failures.extend(Batch { succeeded: Vec::new(), failed: page.failed });
    }
    Ok((deleted, failures))
}

/// What was done before a page could not be listed is not lost.
fn so_far(fault: Fault, deleted: usize, failed: usize) -> Fault {
    match fault {
        Fault::Error(error) if deleted + failed > 0 => {
            let details =
                format!("{deleted} objects were deleted before that, {failed} could not be; {}", error.details);
            error.with_details(details.trim_end_matches("; ")).into()
        }
        other => other,
    }
}

handler!(pub(super) delete_many, do_delete_many);
handler!(pub(super) delete_prefix, do_delete_prefix);
