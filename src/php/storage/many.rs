//! Many objects at once: written, looked at, copied, read.

use std::sync::Arc;

use bytes::Bytes;
use ext_php_rs::types::Zval;

use super::{
    bulk::{finish, pathname_bytes, told},
    handle, options,
};
use crate::{
    error::{Error, Result as Outcome},
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        contents, drive,
        iterable::Pull,
        results::Entry,
    },
    storage::{Batch, Reads, Storage, at_once, for_each},
    types::{CopyOptions, HeadOptions, ObjectInfo, Pathname, PutOptions},
};

/// How many operations there are at once where nothing else is said.
const CONCURRENCY: i64 = 32;

/// The most bytes of contents in memory where nothing else is said.
const MOST_BUFFERED: i64 = 64 * 1024 * 1024;

/// Items that are pulled before they are worked on, for each that is worked on at once.
const PULLED: usize = 8;

/// One of many: what the application calls it, and what is done with it, or why nothing can be. `None` at the end.
type Pulled<T> = Result<Option<(Vec<u8>, Outcome<T>)>, Fault>;

/// Works on everything that `next` pulls (a refusal is a failure of that item), in chunks: pulling runs PHP code, and nothing is under way meanwhile.
fn work<T, S: Entry>(
    storage: &Storage,
    (operation, at_once): (&str, usize),
    mut next: impl FnMut(&mut usize) -> Pulled<T>,
    run: &impl AsyncFn(&Storage, T) -> Outcome<Option<S>>,
) -> Result<Batch<Vec<u8>, S>, Fault> {
    let mut batch = Batch::default();
    loop {
        let mut next =
            |bytes: &mut usize| Ok(next(bytes)?.map(|(name, item)| rehearsed(storage, operation, name, item)));
        let worked = chunk(&mut next, at_once * PULLED, &mut batch).and_then(|items| {
            let (names, items): (Vec<_>, Vec<_>) = items.into_iter().unzip();
            let outcomes = drive::wait(async { Ok(for_each(items, at_once, |item| run(storage, item)).await) })?;
            Ok(names.into_iter().zip(outcomes).collect::<Vec<_>>())
        });
        let outcomes = worked.map_err(|fault| told(fault, operation, &batch))?;
        if outcomes.is_empty() {
            return Ok(batch);
        }
        for (name, outcome) in outcomes {
            match outcome {
                Ok(done) => batch.succeeded.extend(done),
                Err(error) => batch.failed.push((name, error)),
            }
        }
    }
}

/// An item, or the failure that a test has scripted for it.
fn rehearsed<T>(storage: &Storage, operation: &str, name: Vec<u8>, item: Outcome<T>) -> (Vec<u8>, Outcome<T>) {
    let item = item.and_then(|item| storage.rehearse(operation, &String::from_utf8_lossy(&name)).map(|()| item));
    (name, item)
}

/// Pulls the items of a chunk; those that are refused are failures at once.
fn chunk<T, S>(
    next: &mut impl FnMut(&mut usize) -> Pulled<T>,
    most: usize,
    batch: &mut Batch<Vec<u8>, S>,
) -> Result<Vec<(Vec<u8>, T)>, Fault> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    let enough = usize::try_from(MOST_BUFFERED).unwrap_or(usize::MAX);
    while items.len() < most
        && bytes < enough
        && let Some((name, item)) = next(&mut bytes)?
    {
        match item {
            Ok(item) => items.push((name, item)),
            Err(error) => batch.failed.push((name, error)),
        }
    }
    Ok(items)
}

/// Pulls pathnames.
fn pathnames<'a>(method: &'a str, pull: &'a mut Pull) -> impl FnMut(&mut usize) -> Pulled<Pathname> + 'a {
    move |_| {
        let Some(value) = pull.next()? else { return Ok(None) };
        let name = pathname_bytes(method, &value)?;
        let pathname = Pathname::parse(&name);
        Ok(Some((name, pathname)))
    }
}

fn do_exists_many(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 3)?;
    let mut pull = Pull::of(arguments.iterable()?)?;
    let (at_once, throws) = (at_once(arguments.int(CONCURRENCY)?)?, arguments.bool(true)?);
    let storage = handle(call)?.storage()?;
    let batch =
        work(&storage, ("existsMany", at_once), pathnames("existsMany", &mut pull), &async |storage, pathname| {
            let exists = storage.exists(&pathname).await?;
            Ok(exists.then(|| pathname.as_str().as_bytes().to_vec()))
        })?;
    finish(call, "existsMany", &batch, throws)
}

fn do_get_metadata_many(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 3)?;
    let mut pull = Pull::of(arguments.iterable()?)?;
    let (at_once, throws) = (at_once(arguments.int(CONCURRENCY)?)?, arguments.bool(true)?);
    let (storage, about) = (handle(call)?.storage()?, HeadOptions::default());
    let next = pathnames("getMetadataMany", &mut pull);
    let batch = work(&storage, ("getMetadataMany", at_once), next, &async |storage, pathname| {
        storage.metadata(&pathname, false, &about).await.map(Some)
    })?;
    finish(call, "getMetadataMany", &batch, throws)
}

fn do_copy_many(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 5)?;
    let mut pull = Pull::of(arguments.iterable()?)?;
    let bucket = arguments.optional_text("destinationBucket")?;
    let visibility = options::visibility(arguments.optional_text("visibility")?.as_deref())?;
    let (at_once, throws) = (at_once(arguments.int(CONCURRENCY)?)?, arguments.bool(true)?);
    let (storage, copy) = (handle(call)?.storage()?, CopyOptions { visibility, ..CopyOptions::default() });
    let next = |_: &mut usize| {
        let Some((source, destination)) = pull.next_entry()? else { return Ok(None) };
        let (source, destination) = (pathname_bytes("copyMany", &source)?, pathname_bytes("copyMany", &destination)?);
        let pair = Pathname::parse(&source).and_then(|from| Ok((from, Pathname::parse(&destination)?)));
        Ok(Some((source, pair)))
    };
    let batch = work(&storage, ("copyMany", at_once), next, &async |storage, (source, destination)| {
        storage.copy(&source, &destination, bucket.as_deref(), &copy).await.map(Some)
    })?;
    finish(call, "copyMany", &batch, throws)
}

fn do_write_many(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 11)?;
    let mut pull = Pull::of(arguments.iterable()?)?;
    let mut put = PutOptions {
        visibility: options::visibility(arguments.optional_text("visibility")?.as_deref())?,
        content_type: arguments.optional_text("contentType")?,
        cache_control: arguments.optional_text("cacheControl")?,
        content_disposition: arguments.optional_text("contentDisposition")?,
        metadata: options::strings("metadata", arguments.array()?)?,
        storage_class: arguments.optional_text("storageClass")?,
        if_none_match: arguments.optional_text("ifNoneMatch")?,
        ..PutOptions::default()
    };
    let (at_once, throws) = (at_once(arguments.int(CONCURRENCY)?)?, arguments.bool(true)?);
    options::of_write(&mut put, arguments.array()?)?;
    put.check()?;
    let storage = handle(call)?.storage()?;
    let batch: Batch<Vec<u8>, ObjectInfo> =
        work(&storage, ("writeMany", at_once), contents_of(&mut pull), &async |storage, (pathname, content)| {
            storage.write(&pathname, content, put.clone()).await.map(Some)
        })?;
    finish(call, "writeMany", &batch, throws)
}

/// Pulls pathnames and contents, which are copied: the requests outlive a call that is interrupted, the engine's strings do not.
fn contents_of(pull: &mut Pull) -> impl FnMut(&mut usize) -> Pulled<(Pathname, Bytes)> + '_ {
    |bytes| {
        let Some((name, content)) = pull.next_entry()? else { return Ok(None) };
        let name = pathname_bytes("writeMany", &name)?;
        let item = Pathname::parse(&name).and_then(|pathname| Ok((pathname, content_of(&content)?)));
        *bytes += item.as_ref().map_or(0, |(_, content)| content.len());
        Ok(Some((name, item)))
    }
}

fn content_of(value: &Zval) -> Outcome<Bytes> {
    let content = value.zend_str().map(|content| Bytes::copy_from_slice(content.as_bytes()));
    content.ok_or_else(|| {
        let kind = value.get_type();
        Error::invalid_argument(format!("a content must be a string, not {kind}; writeStream takes a stream"))
    })
}

fn do_read_many(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 3)?;
    let pull = Pull::of(arguments.iterable()?)?;
    let reads = Reads::new(at_once(arguments.int(CONCURRENCY)?)?, arguments.int(MOST_BUFFERED)?)?;
    let handle = handle(call)?;
    *call.result = contents::make(handle.share(call), Arc::clone(&handle.registry), handle.bucket()?, pull, reads)?;
    Ok(())
}

handler!(pub(super) exists_many, do_exists_many);
handler!(pub(super) get_metadata_many, do_get_metadata_many);
handler!(pub(super) copy_many, do_copy_many);
handler!(pub(super) write_many, do_write_many);
handler!(pub(super) read_many, do_read_many);
