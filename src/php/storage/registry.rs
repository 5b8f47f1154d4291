//! Construction, buckets, health.

use std::{cell::OnceCell, sync::Arc};

use ext_php_rs::types::{ZendHashTable, Zval};
use serde_json::json;

use super::{Handle, NATIVE, handle, make};
use crate::{
    error::Error,
    lifecycle,
    php::{
        arguments::{Arguments, text},
        call::{Call, Fault, handler},
        configuration, drive,
        listening::Family,
        results,
    },
    storage::{self, Registry},
};

fn do_construct(call: &mut Call<'_>) -> Result<(), Fault> {
    let given = Arguments::of(call, 0, 1)?.optional_array_or_string()?;
    let config = configuration::load(given.as_ref())?;
    let family = Family::First(OnceCell::new());
    let handle = Handle { registry: Arc::new(Registry::new(config)), family, bucket: None };
    if NATIVE.set(call.this(), handle) {
        lifecycle::configured();
        return Ok(());
    }
    Err(Error::invalid_argument("the handle is constructed already; make a new one").into())
}

fn do_bucket(call: &mut Call<'_>) -> Result<(), Fault> {
    let alias = text(Arguments::of(call, 1, 1)?.string()?, "alias")?;
    let handle = handle(call)?;
    let bucket = Some(handle.registry.bucket(&alias)?);
    *call.result = make(Handle { registry: Arc::clone(&handle.registry), family: handle.share(call), bucket })?;
    Ok(())
}

fn do_register_bucket(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 3, 11)?;
    let name = text(arguments.string()?, "name")?;
    let values = json!({
        "server": text(arguments.string()?, "server")?,
        "bucket": text(arguments.string()?, "bucket")?,
        "prefix": arguments.text("prefix", "")?,
        "visibility": arguments.text("visibility", "private")?,
        "url": arguments.optional_text("url")?,
        "acl": arguments.text("acl", "auto")?,
        "max_concurrent_operations": arguments.optional_int()?,
        "part_size": arguments.optional_int()?,
        "concurrency": arguments.optional_int()?,
    });
    let persistent = arguments.bool(false)?;
    Ok(handle(call)?.registry.register(&name, &values, persistent)?)
}

fn do_list_buckets(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let registry = &handle(call)?.registry;
    let mut table = ZendHashTable::new();
    let buckets = results::list(registry.aliases().into_iter().map(results::string))?;
    let default = registry.default_alias().map_or_else(Zval::null, results::string);
    table.insert("buckets", buckets).map_err(|_| Fault::Thrown)?;
    table.insert("default", default).map_err(|_| Fault::Thrown)?;
    call.result.set_hashtable(table);
    Ok(())
}

fn do_is_healthy(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let storage = handle(call)?.storage()?;
    let healthy =
        drive::wait(async { Ok(storage.rehearse("isHealthy", "").is_ok() && storage.probe().await.is_ok()) })?;
    call.result.set_bool(healthy);
    Ok(())
}

fn do_stats(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    let registry = &handle(call)?.registry;
    let mut table = ZendHashTable::new();
    for alias in registry.aliases() {
        let counts = results::stats(&storage::stats(registry, &registry.bucket(&alias)?))?;
        table.insert(alias.as_str(), counts).map_err(|_| Fault::Thrown)?;
    }
    call.result.set_hashtable(table);
    Ok(())
}

fn do_metrics(call: &mut Call<'_>) -> Result<(), Fault> {
    Arguments::of(call, 0, 0)?;
    *call.result = results::string(storage::metrics());
    Ok(())
}

handler!(pub(super) metrics, do_metrics);
handler!(pub(super) construct, do_construct);
handler!(pub(super) bucket, do_bucket);
handler!(pub(super) register_bucket, do_register_bucket);
handler!(pub(super) list_buckets, do_list_buckets);
handler!(pub(super) is_healthy, do_is_healthy);
handler!(pub(super) stats, do_stats);
