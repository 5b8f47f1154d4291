//! Object lock.

use super::{objects::only_pathname, run};
use crate::{
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        results,
    },
    types::{Pathname, Retention, RetentionMode},
};

fn do_get_object_lock(call: &mut Call<'_>) -> Result<(), Fault> {
    let pathname = only_pathname(call)?;
    let lock = run(call, async |storage| storage.object_lock(&pathname).await)?;
    *call.result = results::object_lock(&lock)?;
    Ok(())
}

fn do_set_retention(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 4)?;
    let (pathname, until) = (arguments.string()?, arguments.moment("retainUntil")?);
    let mode = arguments.text("mode", RetentionMode::Governance.as_str())?;
    let bypass = arguments.bool(false)?;
    let retention = Retention { mode: RetentionMode::parse(&mode)?, until };
    let pathname = Pathname::parse(pathname)?;
    run(call, async |storage| storage.set_retention(&pathname, retention, bypass).await)
}

fn do_set_legal_hold(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 2)?;
    let (pathname, on) = (arguments.string()?, arguments.bool(false)?);
    let pathname = Pathname::parse(pathname)?;
    run(call, async |storage| storage.set_legal_hold(&pathname, on).await)
}

handler!(pub(super) get_object_lock, do_get_object_lock);
handler!(pub(super) set_retention, do_set_retention);
handler!(pub(super) set_legal_hold, do_set_legal_hold);
