//! Streams: objects that are read and written bit by bit.

use std::sync::Arc;

use super::{handle, objects, run};
use crate::{
    error::{Error, ErrorCode},
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        drive, results,
        stream::{self, Source},
    },
    storage::Writer,
    types::{ObjectInfo, Pathname},
};

fn do_read_stream(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, get) = objects::get_options(call)?;
    let reader = run(call, async |storage| storage.open(&pathname, get).await)?;
    let handle = handle(call)?;
    *call.result = stream::open(Arc::clone(&handle.registry), handle.bucket()?, reader)?;
    Ok(())
}

fn do_write_stream(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 11)?;
    let (pathname, stream) = (arguments.string()?, arguments.value()?);
    let patience = handle(call)?.bucket()?.server.read_timeout;
    let source = Source::of(stream, "writeStream(): Argument #2 ($stream)", patience)?;
    let put = objects::put_options(&mut arguments)?;
    let pathname = Pathname::parse(pathname)?;
    let mut writer = run(call, async |storage| storage.create(&pathname, put).await)?;
    let info = transfer(&source, &mut writer)?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

/// Writes what a stream brings. Whatever goes wrong, nothing is left of it on the server.
fn transfer(source: &Source<'_>, writer: &mut Writer) -> Result<ObjectInfo, Fault> {
    let pid = std::process::id();
    let written = send_parts(source, writer, pid);
    // A child that the source forked leaves the parent's upload alone.
    if written.is_err() && std::process::id() == pid {
        drive::clean_up(writer.abort());
    }
    written.map_err(|fault| match fault {
        Fault::Error(error) => writer.named(error).into(),
        other => other,
    })
}

fn send_parts(source: &Source<'_>, writer: &mut Writer, pid: u32) -> Result<ObjectInfo, Fault> {
    loop {
        let part = source.next(writer.part_size())?;
        if std::process::id() != pid {
            let error = Error::new(ErrorCode::OperationFailed, "the process was forked during the operation");
            return Err(error.with_details("the parent goes on with it").into());
        }
        if part.len() < writer.part_size() {
            return drive::wait(writer.finish(part));
        }
        if writer.is_full() {
            drive::wait(writer.send())?;
        }
        writer.push(part)?;
    }
}

handler!(pub(super) read_stream, do_read_stream);
handler!(pub(super) write_stream, do_write_stream);
