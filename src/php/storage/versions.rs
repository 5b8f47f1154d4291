//! Versions.

use super::handle;
use crate::{
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        iterator::{self, VersionQuery},
    },
    storage::Versions,
    types::Prefix,
};

fn do_list_versions(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 0, 2)?;
    let (prefix, limit) = (arguments.string()?, arguments.optional_int()?);
    let query = VersionQuery { prefix: Prefix::parse(prefix)?, limit };
    let handle = handle(call)?;
    *call.result = iterator::make::<Versions>(handle.share(call), handle.registry.clone(), handle.bucket()?, query)?;
    Ok(())
}

handler!(pub(super) list_versions, do_list_versions);
