//! Twins of operations that do not wait: each answers a future.

use std::sync::Arc;

use ext_php_rs::{
    exception::PhpException,
    ffi::zval,
    types::{ZendHashTable, Zval},
    zend::ce,
};

use super::{fake, handle, objects, objects::Copied};
use crate::{
    error,
    php::{
        arguments::Arguments,
        call::{Call, Fault, handler},
        future::{self, Answer, Limit, Nature, content_of},
        iterable::Pull,
        listening, results, zend,
    },
    storage::{Clients, Storage},
    types::HeadOptions,
};

/// Begins an operation on the selected bucket.
fn begin<F>(call: &mut Call<'_>, nature: Nature, operation: impl FnOnce(Storage) -> F) -> Result<(), Fault>
where
    F: Future<Output = error::Result<Answer>> + Send + 'static,
{
    let handle = handle(call)?;
    let registry = Arc::clone(&handle.registry);
    if let Err(error) = fake::rehearse(call, handle) {
        *call.result = future::failed(registry, error)?;
        return Ok(());
    }
    let (bucket, trace) = (handle.bucket()?, listening::trace_of(&registry)?);
    let of = Arc::clone(&registry);
    let is_quiet = listening::is_deaf(&registry);
    let operation = |clients: Arc<Clients>| operation(Storage::new(of, clients, bucket).traced(trace).quiet(is_quiet));
    *call.result = future::begin(registry, nature, operation)?;
    Ok(())
}

fn do_read(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, get) = objects::read_arguments(call)?;
    let limit = Limit::now();
    begin(call, Nature::Reads, |storage| async move { content_of(storage.read(&pathname, &get).await?, limit).await })
}

fn do_write(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, content, put) = objects::write_arguments(call)?;
    begin(call, Nature::Changes, |storage| async move {
        Ok(Answer::Info(Box::new(storage.write(&pathname, content, put).await?)))
    })
}

fn do_exists(call: &mut Call<'_>) -> Result<(), Fault> {
    let pathname = objects::only_pathname(call)?;
    begin(call, Nature::Reads, |storage| async move { Ok(Answer::Bool(storage.exists(&pathname).await?)) })
}

fn do_delete(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, delete) = objects::delete_arguments(call)?;
    begin(call, Nature::Changes, |storage| async move {
        storage.delete(&pathname, &delete).await?;
        Ok(Answer::Nothing)
    })
}

fn do_get_metadata(call: &mut Call<'_>) -> Result<(), Fault> {
    let (pathname, with_visibility, look): (_, bool, HeadOptions) = objects::metadata_arguments(call)?;
    begin(call, Nature::Reads, |storage| async move {
        Ok(Answer::Info(Box::new(storage.metadata(&pathname, with_visibility, &look).await?)))
    })
}

fn do_copy(call: &mut Call<'_>) -> Result<(), Fault> {
    let Copied { source, destination, bucket, options } = objects::copied(call)?;
    begin(call, Nature::Changes, |storage| async move {
        let info = storage.copy(&source, &destination, bucket.as_deref(), &options).await?;
        Ok(Answer::Info(Box::new(info)))
    })
}

/// All futures of an iterable, which are gathered before the first is waited for.
fn do_await(call: &mut Call<'_>) -> Result<(), Fault> {
    let mut pull = Pull::of(Arguments::of(call, 1, 1)?.iterable()?)?;
    let mut futures = Vec::new();
    while let Some((key, value)) = pull.next_entry()? {
        if !future::is_one(&value) {
            let message =
                "S3Storage::await(): Argument #1 ($futures) must contain nothing but S3Storage\\Future objects";
            PhpException::new(message.to_owned(), 0, ce::type_error()).throw();
            return Err(Fault::Thrown);
        }
        futures.push((key, value));
    }
    let mut answers = ZendHashTable::new();
    for (key, value) in &futures {
        set(&mut answers, key, future::awaited(value)?)?;
    }
    *call.result = results::array(answers);
    Ok(())
}

/// Under the key that its future had, which may be any bytes.
fn set(answers: &mut ZendHashTable, key: &Zval, mut answer: Zval) -> Result<(), Fault> {
    let key = std::ptr::from_ref(key).cast_mut().cast::<zval>();
    // SAFETY: a table of ours, a key that is only read, and a value of which the engine takes a share of its own. A key that is none throws.
    let is_set =
        unsafe { zend::array_set_zval_key(std::ptr::from_mut(answers), key, (&raw mut answer).cast::<zval>()) };
    if is_set == 0 { Ok(()) } else { Err(Fault::Thrown) }
}

handler!(pub(super) read_async, do_read);
handler!(pub(super) write_async, do_write);
handler!(pub(super) exists_async, do_exists);
handler!(pub(super) delete_async, do_delete);
handler!(pub(super) get_metadata_async, do_get_metadata);
handler!(pub(super) copy_async, do_copy);
handler!(pub(super) await_all, do_await);
