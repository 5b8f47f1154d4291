//! Files on disk, and what uploads leave behind.

use super::{begin, bulk, objects::put_options, options};
use crate::{
    error::Error,
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        drive, exceptions, paths,
        progress::Reporting,
        results,
    },
    storage::{Progress, Uploads},
    types::{GetOptions, Pathname, Prefix, TransferOptions},
};

fn do_upload_file(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 15)?;
    let (pathname, file) = (arguments.string()?, arguments.string()?);
    let mut put = put_options(&mut arguments)?;
    let (listener, resume) = (arguments.optional_callable()?, arguments.bool(false)?);
    options::of_write(&mut put, arguments.array()?)?;
    let (pathname, file) = (Pathname::parse(pathname)?, paths::of_file(file)?);
    let (storage, progress) = (begin(call)?, Progress::default());
    let upload = storage.upload_file(&pathname, &file, put, resume, &progress);
    let reporting = Reporting::new(&progress, &listener);
    let info = drive::wait_reporting(upload, &reporting).map_err(during("upload file", &pathname))?;
    reporting.finish()?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

fn do_download_file(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 9)?;
    let (pathname, file) = (arguments.string()?, arguments.string()?);
    let mut get = GetOptions {
        if_match: arguments.optional_text("ifMatch")?,
        if_none_match: arguments.optional_text("ifNoneMatch")?,
        ..GetOptions::default()
    };
    let transfer = TransferOptions::new(arguments.optional_int()?, arguments.optional_int()?)?;
    let (listener, resume) = (arguments.optional_callable()?, arguments.bool(false)?);
    options::of_read(&mut get, arguments.array()?)?;
    let (pathname, file) = (Pathname::parse(pathname)?, paths::of_destination(file)?);
    let (storage, progress) = (begin(call)?, Progress::default());
    let download = storage.download_file(&pathname, &file, &get, transfer, resume, &progress);
    let reporting = Reporting::new(&progress, &listener);
    let info = drive::wait_reporting(download, &reporting).map_err(during("download file", &pathname))?;
    reporting.finish()?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

/// Gives an error that the operation did not make itself, such as its end by the caller, the operation's name.
fn during<'a>(operation: &'a str, pathname: &'a Pathname) -> impl Fn(Fault) -> Fault + 'a {
    move |fault| match fault {
        Fault::Error(error) => Error::during(error, operation, pathname.as_str()).into(),
        other => other,
    }
}

fn do_list_uploads(call: &mut Call<'_>) -> Result<(), Fault> {
    let prefix = Prefix::parse(Arguments::of(call, 0, 1)?.string()?)?;
    let (storage, mut walk) = (begin(call)?, Uploads::new(prefix));
    let mut found = Vec::new();
    while !walk.is_complete() {
        let page = drive::wait(walk.step(&storage))?;
        found.extend(page.iter().map(results::upload).collect::<Result<Vec<_>, _>>()?);
    }
    *call.result = results::list(found)?;
    Ok(())
}

fn do_abort_uploads(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 2)?;
    let begun_by = arguments.older_than("olderThan")?;
    let prefix = Prefix::parse(arguments.string()?)?;
    let (storage, mut walk) = (begin(call)?, Uploads::new(prefix.clone()));
    let mut batch = bulk::Results::default();
    while !walk.is_complete() {
        batch.extend(drive::wait(walk.abort_step(&storage, begun_by))?);
    }
    if let Some(error) = batch.error("abort uploads", prefix.as_str(), 0) {
        return Err(exceptions::throw_batch(&error, &batch));
    }
    call.result.set_long(i64::try_from(batch.succeeded.len()).unwrap_or(i64::MAX));
    Ok(())
}

handler!(pub(super) upload_file, do_upload_file);
handler!(pub(super) download_file, do_download_file);
handler!(pub(super) list_uploads, do_list_uploads);
handler!(pub(super) abort_uploads, do_abort_uploads);
