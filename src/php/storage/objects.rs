//! Objects: content, metadata, visibility, copies, listings.

use bytes::Bytes;

use super::{handle, options, run};
use crate::{
    error::{Error, Result as Outcome},
    php::{
        arguments::{Arguments, text},
        call::{Call, Fault, handler},
        iterator::{self, Query},
        results, string,
    },
    storage::{Listing, Object},
    types::{
        ByteRange, Changes, CopyOptions, DeleteOptions, GetOptions, HeadOptions, ListOptions, MAX_PAGE, Pathname,
        Prefix, PutOptions, TransferOptions, Visibility,
    },
};

/// What is written, where, and how.
pub(super) fn write_arguments(call: &Call<'_>) -> Result<(Pathname, Bytes, PutOptions), Fault> {
    let mut arguments = Arguments::of(call, 2, 13)?;
    let pathname = arguments.string()?;
    let content = arguments.string()?;
    let mut options = put_options(&mut arguments)?;
    options::of_write(&mut options, arguments.array()?)?;
    // A copy: the request outlives a call that is interrupted, the engine's string does not.
    Ok((Pathname::parse(pathname)?, Bytes::copy_from_slice(content), options))
}

fn do_write(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, content, options) = write_arguments(call)?;
    let info = run(call, async |storage| storage.write(&pathname, content, options).await)?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

/// The parameters of a write that have a name of their own.
pub(super) fn put_options(arguments: &mut Arguments<'_>) -> Result<PutOptions, Fault> {
    Ok(PutOptions {
        visibility: options::visibility(arguments.optional_text("visibility")?.as_deref())?,
        content_type: arguments.optional_text("contentType")?,
        cache_control: arguments.optional_text("cacheControl")?,
        content_disposition: arguments.optional_text("contentDisposition")?,
        metadata: options::strings("metadata", arguments.array()?)?,
        storage_class: arguments.optional_text("storageClass")?,
        if_match: arguments.optional_text("ifMatch")?,
        if_none_match: arguments.optional_text("ifNoneMatch")?,
        transfer: TransferOptions::new(arguments.optional_int()?, arguments.optional_int()?)?,
        ..PutOptions::default()
    })
}

/// The parameters of a read that have a name of their own.
pub(super) fn get_options(arguments: &mut Arguments<'_>) -> Result<GetOptions, Fault> {
    let (offset, length) = (arguments.int(0)?, arguments.optional_int()?);
    Ok(GetOptions {
        if_match: arguments.optional_text("ifMatch")?,
        if_none_match: arguments.optional_text("ifNoneMatch")?,
        range: ByteRange::new(offset, length)?,
        ..GetOptions::default()
    })
}

/// What is read, and how.
pub(super) fn read_arguments(call: &Call<'_>) -> Result<(Pathname, GetOptions), Fault> {
    let mut arguments = Arguments::of(call, 1, 6)?;
    let pathname = arguments.string()?;
    let mut get = get_options(&mut arguments)?;
    options::of_read(&mut get, arguments.array()?)?;
    Ok((Pathname::parse(pathname)?, get))
}

/// Opens an object for `read` and `readObject`.
fn open(call: &Call<'_>) -> Result<Object, Fault> {
    let (pathname, get) = read_arguments(call)?;
    run(call, async |storage| storage.read(&pathname, &get).await)
}

fn do_read(call: &mut Call<'_>) -> Result<(), Fault> {
    *call.result = string::receive(open(call)?, "read")?;
    Ok(())
}

fn do_read_object(call: &mut Call<'_>) -> Result<(), Fault> {
    let object = open(call)?;
    let info = object.info.clone();
    *call.result = results::object_content(string::receive(object, "read")?, &info)?;
    Ok(())
}

/// The one pathname of a method that takes nothing else.
pub(super) fn only_pathname(call: &Call<'_>) -> Result<Pathname, Fault> {
    Ok(Pathname::parse(Arguments::of(call, 1, 1)?.string()?)?)
}

fn do_exists(call: &mut Call<'_>) -> Result<(), Fault> {
    let pathname = only_pathname(call)?;
    let exists = run(call, async |storage| storage.exists(&pathname).await)?;
    call.result.set_bool(exists);
    Ok(())
}

/// What is deleted, and how.
pub(super) fn delete_arguments(call: &Call<'_>) -> Result<(Pathname, DeleteOptions), Fault> {
    let mut arguments = Arguments::of(call, 1, 3)?;
    let pathname = arguments.string()?;
    let mut delete = DeleteOptions { if_match: arguments.optional_text("ifMatch")?, ..DeleteOptions::default() };
    options::of_delete(&mut delete, arguments.array()?)?;
    Ok((Pathname::parse(pathname)?, delete))
}

fn do_delete(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, delete) = delete_arguments(call)?;
    run(call, async |storage| storage.delete(&pathname, &delete).await)
}

/// The parameters of `copy` and `move`.
pub(super) struct Copied {
    pub(super) source: Pathname,
    pub(super) destination: Pathname,
    pub(super) bucket: Option<String>,
    pub(super) options: CopyOptions,
}

pub(super) fn copied(call: &Call<'_>) -> Result<Copied, Fault> {
    let mut arguments = Arguments::of(call, 2, 5)?;
    let (source, destination) = (arguments.string()?, arguments.string()?);
    let bucket = arguments.optional_text("destinationBucket")?;
    let visibility = options::visibility(arguments.optional_text("visibility")?.as_deref())?;
    let mut options = CopyOptions { visibility, ..CopyOptions::default() };
    options::of_copy(&mut options, arguments.array()?)?;
    Ok(Copied { source: Pathname::parse(source)?, destination: Pathname::parse(destination)?, bucket, options })
}

fn do_copy(call: &mut Call<'_>) -> Result<(), Fault> {
    let Copied { source, destination, bucket, options } = copied(call)?;
    let info = run(call, async |storage| storage.copy(&source, &destination, bucket.as_deref(), &options).await)?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

fn do_rename(call: &mut Call<'_>) -> Result<(), Fault> {
    let Copied { source, destination, bucket, options } = copied(call)?;
    let info = run(call, async |storage| storage.rename(&source, &destination, bucket.as_deref(), &options).await)?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

/// What is looked at, whether its visibility is asked for too, and how.
pub(super) fn metadata_arguments(call: &Call<'_>) -> Result<(Pathname, bool, HeadOptions), Fault> {
    let mut arguments = Arguments::of(call, 1, 3)?;
    let (pathname, with_visibility) = (arguments.string()?, arguments.bool(false)?);
    let look = options::of_look(arguments.array()?)?;
    Ok((Pathname::parse(pathname)?, with_visibility, look))
}

fn do_get_metadata(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, with_visibility, look) = metadata_arguments(call)?;
    let info = run(call, async |storage| storage.metadata(&pathname, with_visibility, &look).await)?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

fn do_update_metadata(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 1, 7)?;
    let pathname = arguments.string()?;
    let changes = changes(&mut arguments)?;
    let pathname = Pathname::parse(pathname)?;
    let info = run(call, async |storage| storage.update_metadata(&pathname, &changes).await)?;
    *call.result = results::object_info(&info)?;
    Ok(())
}

fn changes(arguments: &mut Arguments<'_>) -> Result<Changes, Fault> {
    let mut changes = Changes {
        content_type: arguments.optional_text("contentType")?,
        cache_control: arguments.optional_text("cacheControl")?,
        content_disposition: arguments.optional_text("contentDisposition")?,
        metadata: arguments.optional_array()?.map(|values| options::strings("metadata", Some(values))).transpose()?,
        storage_class: arguments.optional_text("storageClass")?,
        ..Changes::default()
    };
    options::of_changes(&mut changes, arguments.array()?)?;
    Ok(changes)
}

fn do_get_visibility(call: &mut Call<'_>) -> Result<(), Fault> {
    let pathname = only_pathname(call)?;
    let visibility = run(call, async |storage| storage.visibility(&pathname).await)?;
    *call.result = results::string(visibility.as_str());
    Ok(())
}

fn do_set_visibility(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 2, 2)?;
    let (pathname, visibility) = (arguments.string()?, arguments.string()?);
    let visibility = Visibility::parse(&text(visibility, "visibility")?)?;
    let pathname = Pathname::parse(pathname)?;
    run(call, async |storage| storage.set_visibility(&pathname, visibility).await)
}

/// The parameters that `list` and `listPage` begin with.
fn query(arguments: &mut Arguments<'_>) -> Result<Query, Fault> {
    let (prefix, recursive, limit) = (arguments.string()?, arguments.bool(true)?, arguments.optional_int()?);
    let start_after = arguments.optional_string()?.map(Prefix::parse).transpose()?;
    Ok(Query { prefix: Prefix::parse(prefix)?, recursive, limit, start_after })
}

fn do_list(call: &mut Call<'_>) -> Result<(), Fault> {
    let query = query(&mut Arguments::of(call, 0, 4)?)?;
    let handle = handle(call)?;
    *call.result = iterator::make::<Listing>(handle.share(call), handle.registry.clone(), handle.bucket()?, query)?;
    Ok(())
}

fn do_list_page(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut arguments = Arguments::of(call, 0, 5)?;
    let Query { prefix, recursive, limit, start_after } = query(&mut arguments)?;
    let token = arguments.optional_text("continuationToken")?;
    let limit = limit.map(page_limit).transpose()?;
    let start_after = start_after.map(|name| name.as_str().to_owned());
    let options = ListOptions { recursive, limit, start_after, token };
    let page = run(call, async |storage| storage.list_page(&prefix, &options).await)?;
    *call.result = results::list_page(&page)?;
    Ok(())
}

fn page_limit(limit: i64) -> Outcome<u32> {
    u32::try_from(limit)
        .ok()
        .filter(|limit| (1..=MAX_PAGE).contains(limit))
        .ok_or_else(|| Error::invalid_argument(format!("limit of a page must be 1 to {MAX_PAGE}, not {limit}")))
}

handler!(pub(super) write, do_write);
handler!(pub(super) read, do_read);
handler!(pub(super) read_object, do_read_object);
handler!(pub(super) exists, do_exists);
handler!(pub(super) delete, do_delete);
handler!(pub(super) copy, do_copy);
handler!(pub(super) rename, do_rename);
handler!(pub(super) get_metadata, do_get_metadata);
handler!(pub(super) update_metadata, do_update_metadata);
handler!(pub(super) get_visibility, do_get_visibility);
handler!(pub(super) set_visibility, do_set_visibility);
handler!(pub(super) list, do_list);
handler!(pub(super) list_page, do_list_page);
