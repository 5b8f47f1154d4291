//! Tags.

use super::{objects::only_pathname, options, run};
use crate::{
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        results,
    },
    types::Pathname,
};

fn do_get_tags(call: &mut Call<'_>) -> Result<(), Fault> {
    let pathname = only_pathname(call)?;
    let tags = run(call, async |storage| storage.tags(&pathname).await)?;
    *call.result = results::map(&tags)?;
    Ok(())
}

fn do_set_tags(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 2)?;
    let (pathname, tags) = (arguments.string()?, arguments.array()?);
    let tags = options::strings("tags", tags)?;
    let pathname = Pathname::parse(pathname)?;
    run(call, async |storage| storage.set_tags(&pathname, &tags).await)
}

handler!(pub(super) get_tags, do_get_tags);
handler!(pub(super) set_tags, do_set_tags);
