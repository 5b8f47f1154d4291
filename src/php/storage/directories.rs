//! Directories: uploaded, downloaded, kept the same.

use std::{os::unix::ffi::OsStrExt, path::PathBuf};

use super::{begin, options};
use crate::{
    error::{Error, ErrorCode, Result as Outcomes},
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        drive, exceptions, paths,
        progress::{Listener, Reporting},
        results,
        tending::Tending,
    },
    storage::{Batch, Carrier, Direction, Links, Manner, Order, Outcome, Progress, Storage, Sync},
    types::{Prefix, PutOptions, TransferOptions},
};

/// How many files are under way at once, unless a call says.
const CONCURRENCY: i64 = 8;

const UPLOAD: Order = Order { direction: Direction::Up, sync: None };
const DOWNLOAD: Order = Order { direction: Direction::Down, sync: None };

/// What a call asks for.
struct Asked {
    method: &'static str,
    order: Order,
    directory: PathBuf,
    prefix: Prefix,
    links: Links,
    manner: Manner,
    filter: Listener,
    progress: Listener,
}

fn do_upload_directory(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 10)?;
    let (directory, prefix) = (arguments.string()?, arguments.string()?);
    let (filter, progress) = (arguments.optional_callable()?, arguments.optional_callable()?);
    let (files_at_once, links) = (concurrency(&mut arguments)?, links(arguments.bool(false)?));
    let throws = arguments.bool(true)?;
    let put = put_options(&mut arguments)?;
    let (directory, prefix) = (paths::of_file(directory)?, Prefix::of_directory(prefix)?);
    let (method, order, manner) = ("uploadDirectory", UPLOAD, Manner { put, files_at_once });
    let outcome = run(call, Asked { method, order, directory, prefix, links, manner, filter, progress })?;
    finish(method, &outcome, order, throws)?;
    *call.result = results::batch_result(&outcome.transferred)?;
    Ok(())
}

fn do_download_directory(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 6)?;
    let (prefix, directory) = (arguments.string()?, arguments.string()?);
    let (filter, progress) = (arguments.optional_callable()?, arguments.optional_callable()?);
    let manner = Manner { files_at_once: concurrency(&mut arguments)?, ..Manner::default() };
    let throws = arguments.bool(true)?;
    let (directory, prefix) = (paths::of_file(directory)?, Prefix::of_directory(prefix)?);
    let (method, order, links) = ("downloadDirectory", DOWNLOAD, Links::Skipped);
    let outcome = run(call, Asked { method, order, directory, prefix, links, manner, filter, progress })?;
    finish(method, &outcome, order, throws)?;
    *call.result = results::batch_result(&outcome.transferred)?;
    Ok(())
}

fn do_sync(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 10)?;
    let (directory, prefix) = (arguments.string()?, arguments.string()?);
    let order = sync_order(&mut arguments)?;
    let (filter, progress) = (arguments.optional_callable()?, arguments.optional_callable()?);
    let manner = Manner { files_at_once: concurrency(&mut arguments)?, ..Manner::default() };
    let throws = arguments.bool(true)?;
    let (directory, prefix) = (paths::of_file(directory)?, Prefix::of_directory(prefix)?);
    let (method, links) = ("sync", Links::Skipped);
    let outcome = run(call, Asked { method, order, directory, prefix, links, manner, filter, progress })?;
    finish(method, &outcome, order, throws)?;
    *call.result = results::sync_result(&outcome)?;
    Ok(())
}

fn put_options(arguments: &mut Arguments<'_>) -> Result<PutOptions, Fault> {
    let mut put = PutOptions {
        visibility: options::visibility(arguments.optional_text("visibility")?.as_deref())?,
        metadata: options::strings("metadata", arguments.array()?)?,
        ..PutOptions::default()
    };
    options::of_directory(&mut put, arguments.array()?)?;
    Ok(put)
}

fn sync_order(arguments: &mut Arguments<'_>) -> Result<Order, Fault> {
    let direction = direction(&arguments.text("direction", "up")?)?;
    let (delete, dry_run, checksum) = (arguments.bool(false)?, arguments.bool(false)?, arguments.bool(false)?);
    Ok(Order { direction, sync: Some(Sync { delete, dry_run, checksum }) })
}

fn direction(name: &str) -> Outcomes<Direction> {
    match name {
        "up" => Ok(Direction::Up),
        "down" => Ok(Direction::Down),
        _ => Err(Error::invalid_argument("direction must be \"up\" (to the bucket) or \"down\" (to the directory)")),
    }
}

fn concurrency(arguments: &mut Arguments<'_>) -> Result<usize, Fault> {
    let files = TransferOptions::new(None, Some(arguments.int(CONCURRENCY)?))?.concurrency;
    Ok(files.map_or(1, |files| files as usize))
}

/// Links are followed where `open_basedir` allows what they lead to.
fn links(follow: bool) -> Links {
    if !follow {
        return Links::Skipped;
    }
    Links::Followed(Box::new(|path| paths::of_file(path.as_os_str().as_bytes()).map(drop)))
}

/// Plans and carries out, in turns. What was done before an exception ends it hangs behind that.
fn run(call: &Call<'_>, asked: Asked) -> Result<Outcome, Fault> {
    let (storage, progress) = (begin(call)?, Progress::default());
    let Asked { method, order, directory, prefix, links, manner, filter, progress: listener } = asked;
    let (planner, mut carrier) = storage.directory(order, &directory, &prefix, links, manner)?;
    let reporting = Reporting::new(&progress, &listener);
    let tending = Tending::new(&reporting, planner, &filter);
    let ended = carry_out(&storage, &mut carrier, &tending, &progress).and_then(|()| reporting.finish());
    let outcome = carrier.outcome();
    ended.map_err(|fault| told(fault, method, prefix.as_str(), &outcome))?;
    Ok(outcome)
}

fn carry_out(
    storage: &Storage,
    carrier: &mut Carrier,
    tending: &Tending<'_>,
    progress: &Progress,
) -> Result<(), Fault> {
    loop {
        tending.plan()?;
        if drive::wait_tending(carrier.step(storage, progress), tending)? {
            return Ok(());
        }
    }
}

/// All that was done, as a batch.
fn all_of(outcome: &Outcome) -> Batch<Vec<u8>> {
    let mut batch = outcome.transferred.clone();
    batch.succeeded.extend(outcome.deleted.iter().cloned());
    batch
}

fn told(fault: Fault, method: &str, subject: &str, outcome: &Outcome) -> Fault {
    let batch = all_of(outcome);
    let fault = match fault {
        Fault::Error(error) => Fault::Error(error.during(method, subject)),
        other => other,
    };
    if matches!(fault, Fault::Bailout) || batch.succeeded.len() + batch.failed.len() == 0 {
        return fault;
    }
    if let Fault::Error(error) = &fault {
        exceptions::throw(error);
    }
    let (transferred, deleted) = (outcome.transferred.succeeded.len(), outcome.deleted.len());
    let message = format!("ended early, after {transferred} files were transferred and {deleted} deleted");
    let error = Error::new(ErrorCode::BatchFailed, message).during(method, subject);
    exceptions::append_batch(&error, &batch).err().unwrap_or(Fault::Thrown)
}

fn finish(method: &str, outcome: &Outcome, order: Order, throws: bool) -> Result<(), Fault> {
    let (batch, skipped) = (all_of(outcome), usize::try_from(outcome.skipped).unwrap_or(usize::MAX));
    match batch.error(method, "", skipped) {
        Some(mut error) if throws => {
            if order.sync.is_some_and(|sync| sync.delete) && outcome.deleted.is_empty() {
                error.details = format!("nothing was deleted; {}", error.details);
            }
            Err(exceptions::throw_batch(&error, &batch))
        }
        _ => Ok(()),
    }
}

handler!(pub(super) upload_directory, do_upload_directory);
handler!(pub(super) download_directory, do_download_directory);
handler!(pub(super) sync, do_sync);
