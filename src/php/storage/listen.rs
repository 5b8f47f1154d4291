//! Who hears of operations.

use super::{NATIVE, handle};
use crate::{
    error::{Error, ErrorCode, Result},
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        listening::{Ears, Family, Role},
    },
};

/// Those who listen to the family of the handle.
fn ears<'a>(call: &Call<'a>) -> Result<&'a Ears> {
    let first = handle(call)?.family.first(call.this());
    let known = NATIVE.get(first).and_then(|handle| match &handle.family {
        Family::First(ears) => Some(ears.get_or_init(|| Ears::new(&handle.registry, first))),
        Family::Of(_) => None,
    });
    known.ok_or_else(|| Error::new(ErrorCode::OperationFailed, "the first handle of the family is gone"))
}

fn do_listen(call: &mut Call<'_>) -> Result<(), Fault> {
    let listener = Arguments::of(call, 1, 1)?.callable(false)?;
    let (given, callable) = listener.ok_or(Fault::Thrown)?;
    Ok(ears(call)?.add(Role::Listener, given, callable)?)
}

fn do_unlisten(call: &mut Call<'_>) -> Result<(), Fault> {
    let listener = Arguments::of(call, 1, 1)?.callable(false)?;
    let (given, _) = listener.ok_or(Fault::Thrown)?;
    Ok(ears(call)?.forget(&given)?)
}

fn do_set_logger(call: &mut Call<'_>) -> Result<(), Fault> {
    let logger = Arguments::of(call, 1, 1)?.object_with("a PSR-3 logger", "log")?;
    Ok(ears(call)?.replace(Role::Logger, logger)?)
}

fn do_set_event_dispatcher(call: &mut Call<'_>) -> Result<(), Fault> {
    let dispatcher = Arguments::of(call, 1, 1)?.object_with("a PSR-14 event dispatcher", "dispatch")?;
    Ok(ears(call)?.replace(Role::Dispatcher, dispatcher)?)
}

fn do_set_trace_context(call: &mut Call<'_>) -> Result<(), Fault> {
    let context = Arguments::of(call, 1, 1)?.callable(true)?;
    Ok(ears(call)?.replace(Role::Trace, context)?)
}

handler!(pub(super) listen, do_listen);
handler!(pub(super) unlisten, do_unlisten);
handler!(pub(super) set_logger, do_set_logger);
handler!(pub(super) set_event_dispatcher, do_set_event_dispatcher);
handler!(pub(super) set_trace_context, do_set_trace_context);
