//! Streams: objects that are read and written bit by bit.

use super::{handle, objects, options, run};
use crate::{
    error::Error,
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        drive,
        progress::Reporting,
        results,
        stream::Source,
    },
    storage::{Progress, Writer},
    types::{ObjectInfo, Pathname},
};

fn do_read_stream(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 7)?;
    let pathname = arguments.string()?;
    let mut get = objects::get_options(&mut arguments)?;
    let listener = arguments.optional_callable()?;
    options::of_read(&mut get, arguments.array()?)?;
    let pathname = Pathname::parse(pathname)?;
    let reader = run(call, async |storage| storage.open(&pathname, get).await)?;
    *call.result = handle(call)?.stream(call, reader, listener)?;
    Ok(())
}

fn do_write_stream(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 14)?;
    let (pathname, stream) = (arguments.string()?, arguments.value()?);
    let patience = handle(call)?.bucket()?.server.read_timeout;
    let source = Source::of(stream, "writeStream(): Argument #2 ($stream)", patience)?;
    let mut put = objects::put_options(&mut arguments)?;
    let listener = arguments.optional_callable()?;
    options::of_write(&mut put, arguments.array()?)?;
    let (pathname, progress) = (Pathname::parse(pathname)?, Progress::default());
    let mut writer = run(call, async |storage| storage.create(&pathname, put, progress.clone()).await)?;
    let info = transfer(&source, &mut writer, &Reporting::new(&progress, &listener))?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

/// Writes what a stream brings. Whatever goes wrong, nothing is left of it on the server.
fn transfer(source: &Source<'_>, writer: &mut Writer, reporting: &Reporting<'_>) -> Result<ObjectInfo, Fault> {
    let pid = std::process::id();
    let written = send_parts(source, writer, reporting, pid);
    // A child that the source forked leaves the parent's upload alone.
    if written.is_err() && std::process::id() == pid {
        drive::clean_up(writer.abort());
    }
    let info = written.map_err(|fault| match fault {
        Fault::Error(error) => writer.named(error).into(),
        other => other,
    })?;
    reporting.finish()?;
    Ok(info)
}

fn send_parts(
    source: &Source<'_>,
    writer: &mut Writer,
    reporting: &Reporting<'_>,
    pid: u32,
) -> Result<ObjectInfo, Fault> {
    loop {
        let part = source.next(writer.part_size())?;
        if std::process::id() != pid {
            return Err(Error::forked().into());
        }
        if part.len() < writer.part_size() {
            return drive::wait_reporting(writer.finish(part), reporting);
        }
        if writer.is_full() {
            drive::wait_reporting(writer.send(), reporting)?;
        }
        writer.push(part)?;
    }
}

handler!(pub(super) read_stream, do_read_stream);
handler!(pub(super) write_stream, do_write_stream);
