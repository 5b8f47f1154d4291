//! Results: final classes with typed, read-only properties, whose constructors are public so that applications can make
//! them for their own tests.

mod constructors;
mod declarations;

use ext_php_rs::{
    boxed::ZBox,
    ffi::{zend_object, zval},
    types::{ZendHashTable, ZendStr, Zval},
};

pub(super) use declarations::register;
use declarations::{
    BATCH_FAILURE, BATCH_RESULT, LIST_PAGE, OBJECT_CONTENT, OBJECT_INFO, OBJECT_LOCK, OBJECT_RESPONSE, OBJECT_VERSION,
    OPERATION_EVENT, PRESIGNED_POST, PRESIGNED_URL, SYNC_RESULT, UPLOAD,
};

use super::{call::Fault, class::Class, exceptions};
use crate::{
    error::Error,
    storage::{BOUNDS, Batch, End, Event, OperationStats, Outcome, PendingUpload},
    types::{ListPage, ObjectInfo, ObjectLock, ObjectVersion, PresignedPost, PresignedUrl},
};

/// Makes an object of a result class with its properties in order.
fn make<const N: usize>(class: &Class, values: [Zval; N]) -> Result<Zval, Fault> {
    let mut object = Zval::new();
    // SAFETY: the class is registered and has no constructor requirements of the engine.
    let made = unsafe { super::zend::object_init_ex((&raw mut object).cast::<zval>(), class.entry()) };
    if made != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: a new object, whose slots nobody has filled.
    unsafe { fill(object.value.obj, values) };
    Ok(object)
}

/// Writes the properties of a new object.
///
/// # Safety
/// The object is of a class that declares exactly these properties in this order, and none of them is set.
unsafe fn fill<const N: usize>(object: *mut zend_object, values: [Zval; N]) {
    // SAFETY: declared properties lie behind the object in the order of their declaration.
    let slots = unsafe { (&raw mut (*object).properties_table).cast::<Zval>() };
    for (i, value) in values.into_iter().enumerate() {
        // SAFETY: within the declared properties; an undefined slot owns nothing that would have to be released.
        unsafe { slots.add(i).write(value) };
    }
}

pub(super) fn string(bytes: impl AsRef<[u8]>) -> Zval {
    let mut zval = Zval::new();
    zval.set_zend_string(ZendStr::new(bytes, false));
    zval
}

pub(super) fn optional_string(text: Option<impl AsRef<[u8]>>) -> Zval {
    text.map_or_else(Zval::null, string)
}

pub(super) fn long(value: i64) -> Zval {
    let mut zval = Zval::new();
    zval.set_long(value);
    zval
}

fn optional_long(value: Option<i64>) -> Zval {
    value.map_or_else(Zval::null, long)
}

pub(super) fn float(value: f64) -> Zval {
    let mut zval = Zval::new();
    zval.set_double(value);
    zval
}

pub(super) fn boolean(value: bool) -> Zval {
    let mut zval = Zval::new();
    zval.set_bool(value);
    zval
}

pub(super) fn array(table: ZBox<ZendHashTable>) -> Zval {
    let mut zval = Zval::new();
    zval.set_hashtable(table);
    zval
}

/// A list of values.
pub(super) fn list(values: impl IntoIterator<Item = Zval>) -> Result<Zval, Fault> {
    let mut table = ZendHashTable::new();
    for value in values {
        table.push(value).map_err(|_| Fault::Thrown)?;
    }
    Ok(array(table))
}

/// A map of strings; keys that look like numbers become ints, as in every PHP array.
pub(super) fn map(entries: &[(String, String)]) -> Result<Zval, Fault> {
    let mut table = ZendHashTable::new();
    for (name, value) in entries {
        table.insert(name.as_str(), string(value)).map_err(|_| Fault::Thrown)?;
    }
    Ok(array(table))
}

/// An info as PHP's `ObjectInfo`.
pub(super) fn object_info(info: &ObjectInfo) -> Result<Zval, Fault> {
    make(
        &OBJECT_INFO,
        [
            string(&info.name),
            optional_long(info.size.and_then(|size| i64::try_from(size).ok())),
            optional_long(info.last_modified),
            optional_string(info.content_type.as_ref()),
            optional_string(info.etag.as_ref()),
            optional_string(info.visibility.map(crate::types::Visibility::as_str)),
            optional_string(info.storage_class.as_ref()),
            optional_string(info.version_id.as_ref()),
            info.metadata.as_deref().map(map).transpose()?.unwrap_or_else(Zval::null),
            boolean(info.is_directory),
        ],
    )
}

/// Content and info as PHP's `ObjectContent`.
pub(super) fn object_content(content: Zval, info: &ObjectInfo) -> Result<Zval, Fault> {
    make(&OBJECT_CONTENT, [content, object_info(info)?])
}

/// An answer as PHP's `ObjectResponse`; its stream, if it has one.
pub(super) fn object_response(status: u16, headers: &[(&str, String)], stream: Zval) -> Result<Zval, Fault> {
    let mut table = ZendHashTable::new();
    for (name, value) in headers {
        table.insert(*name, string(value)).map_err(|_| Fault::Thrown)?;
    }
    make(&OBJECT_RESPONSE, [long(i64::from(status)), array(table), stream])
}

/// A page as PHP's `ListPage`.
pub(super) fn list_page(page: &ListPage) -> Result<Zval, Fault> {
    let objects = page.objects.iter().map(object_info).collect::<Result<Vec<_>, _>>()?;
    make(
        &LIST_PAGE,
        [list(objects)?, list(page.prefixes.iter().map(string))?, optional_string(page.next_token.as_ref())],
    )
}

/// A version as PHP's `ObjectVersion`.
pub(super) fn object_version(version: &ObjectVersion) -> Result<Zval, Fault> {
    make(
        &OBJECT_VERSION,
        [
            string(&version.name),
            string(&version.version_id),
            boolean(version.is_latest),
            boolean(version.is_delete_marker),
            optional_long(version.size.and_then(|size| i64::try_from(size).ok())),
            optional_long(version.last_modified),
            optional_string(version.etag.as_ref()),
            optional_string(version.storage_class.as_ref()),
        ],
    )
}

/// A lock as PHP's `ObjectLock`.
pub(super) fn object_lock(lock: &ObjectLock) -> Result<Zval, Fault> {
    let retention = lock.retention;
    make(
        &OBJECT_LOCK,
        [
            optional_string(retention.map(|retention| retention.mode.as_str())),
            optional_long(retention.map(|retention| retention.until)),
            boolean(lock.legal_hold.unwrap_or(false)),
        ],
    )
}

/// A URL as PHP's `PresignedUrl`.
pub(super) fn presigned_url(url: &PresignedUrl) -> Result<Zval, Fault> {
    make(&PRESIGNED_URL, [string(&url.url), string(url.method), map(&url.headers)?, long(url.expires_at)])
}

/// A form as PHP's `PresignedPost`.
pub(super) fn presigned_post(form: &PresignedPost) -> Result<Zval, Fault> {
    make(&PRESIGNED_POST, [string(&form.url), map(&form.fields)?, long(form.expires_at)])
}

/// The event of an operation as PHP's `OperationEvent`.
pub(super) fn operation_event(event: &Event) -> Result<Zval, Fault> {
    make(
        &OPERATION_EVENT,
        [
            string(event.name.as_str()),
            string(&event.bucket),
            optional_string(Some(&event.subject).filter(|subject| !subject.is_empty())),
            string(event.end.as_str()),
            float(event.duration.as_secs_f64()),
            count(event.bytes_in),
            count(event.bytes_out),
            long(i64::from(event.requests)),
            long(i64::from(event.attempts)),
            optional_string(event.error.as_ref().map(|error| error.code.as_str())),
            optional_string(event.request_id.as_ref()),
        ],
    )
}

fn count(number: u64) -> Zval {
    long(i64::try_from(number).unwrap_or(i64::MAX))
}

/// The counts of the operations of one name.
fn operation_stats(stats: &OperationStats) -> Result<Zval, Fault> {
    let mut table = ZendHashTable::new();
    for (end, number) in End::ALL.iter().zip(stats.ends) {
        table.insert(end.as_str(), count(number)).map_err(|_| Fault::Thrown)?;
    }
    table.insert("seconds", float(stats.seconds)).map_err(|_| Fault::Thrown)?;
    let mut buckets = ZendHashTable::new();
    for (bound, number) in BOUNDS.iter().zip(stats.buckets) {
        buckets.insert(bound.to_string().as_str(), count(number)).map_err(|_| Fault::Thrown)?;
    }
    table.insert("buckets", array(buckets)).map_err(|_| Fault::Thrown)?;
    Ok(array(table))
}

/// The counts of an alias as an array.
pub(super) fn stats(stats: &crate::storage::Stats) -> Result<Zval, Fault> {
    let mut table = ZendHashTable::new();
    for (name, count) in [
        ("running", stats.running),
        ("waiting", stats.waiting),
        ("done", stats.done),
        ("failed", stats.failed),
        ("abandoned", stats.abandoned),
        ("bytes_in", stats.bytes_in),
        ("bytes_out", stats.bytes_out),
        ("retries", stats.retries),
    ] {
        table.insert(name, self::count(count)).map_err(|_| Fault::Thrown)?;
    }
    let (mut errors, mut operations) = (ZendHashTable::new(), ZendHashTable::new());
    for (code, number) in &stats.errors {
        errors.insert(code.as_str(), count(*number)).map_err(|_| Fault::Thrown)?;
    }
    for (name, stats) in &stats.operations {
        operations.insert(name.as_str(), operation_stats(stats)?).map_err(|_| Fault::Thrown)?;
    }
    table.insert("errors", array(errors)).map_err(|_| Fault::Thrown)?;
    table.insert("operations", array(operations)).map_err(|_| Fault::Thrown)?;
    Ok(array(table))
}

/// An upload under way as PHP's `Upload`.
pub(super) fn upload(upload: &PendingUpload) -> Result<Zval, Fault> {
    make(&UPLOAD, [string(&upload.key), string(&upload.id), optional_long(upload.initiated)])
}

/// What stands for an object in the result of a batch.
pub(super) trait Entry {
    fn entry(&self) -> Result<Zval, Fault>;
}

/// A pathname.
impl Entry for Vec<u8> {
    fn entry(&self) -> Result<Zval, Fault> {
        Ok(string(self))
    }
}

impl Entry for ObjectInfo {
    fn entry(&self) -> Result<Zval, Fault> {
        object_info(self)
    }
}

/// What came of a batch as PHP's `BatchResult`.
pub(super) fn batch_result<S: Entry>(batch: &Batch<Vec<u8>, S>) -> Result<Zval, Fault> {
    let succeeded = batch.succeeded.iter().map(Entry::entry).collect::<Result<Vec<_>, Fault>>()?;
    make(&BATCH_RESULT, [list(succeeded)?, failures(batch)?])
}

/// What came of two trees as PHP's `SyncResult`.
pub(super) fn sync_result(outcome: &Outcome) -> Result<Zval, Fault> {
    let (transferred, deleted) = (&outcome.transferred, &outcome.deleted);
    let skipped = long(i64::try_from(outcome.skipped).unwrap_or(i64::MAX));
    let succeeded = list(transferred.succeeded.iter().map(string))?;
    make(&SYNC_RESULT, [succeeded, list(deleted.iter().map(string))?, skipped, failures(transferred)?])
}

fn failures<S>(batch: &Batch<Vec<u8>, S>) -> Result<Zval, Fault> {
    let failure =
        |(pathname, error): &(Vec<u8>, Error)| make(&BATCH_FAILURE, [string(pathname), exceptions::object(error)?]);
    list(batch.failed.iter().map(failure).collect::<Result<Vec<_>, Fault>>()?)
}
