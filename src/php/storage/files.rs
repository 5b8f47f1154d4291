//! Files on disk.

use super::{handle, objects::put_options, options};
use crate::{
    error::Error,
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        drive, paths,
        progress::Reporting,
        results,
    },
    storage::Progress,
    types::Pathname,
};

fn do_upload_file(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 14)?;
    let (pathname, file) = (arguments.string()?, arguments.string()?);
    let mut put = put_options(&mut arguments)?;
    let listener = arguments.optional_callable()?;
    options::of_write(&mut put, arguments.array()?)?;
    let (pathname, file) = (Pathname::parse(pathname)?, paths::of_file(file)?);
    let (storage, progress) = (handle(call)?.storage()?, Progress::default());
    let upload = storage.upload_file(&pathname, &file, put, &progress);
    let reporting = Reporting::new(&progress, &listener);
    let info = drive::wait_reporting(upload, &reporting).map_err(during("upload file", &pathname))?;
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

handler!(pub(super) upload_file, do_upload_file);
