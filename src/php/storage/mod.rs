//! The class `S3Storage` and the interface `S3Storage\Storage`: one file for each group of methods. A method parses, runs,
//! converts.

mod bulk;
mod directories;
mod fake;
mod files;
mod futures;
mod listen;
mod lock;
mod many;
mod objects;
mod options;
mod registry;
mod responses;
mod streams;
mod tags;
mod urls;
mod versions;

use std::{borrow::Cow, sync::Arc};

pub(super) use bulk::pathname_bytes;
pub(super) use options::{of_context, throws as context_throws};

use ext_php_rs::{
    ffi::{zend_class_entry, zend_object, zval},
    types::Zval,
};

use super::{
    call::{Call, Fault},
    class::{BadDeclaration, Class, Declaration, HANDLE, Handler, Method},
    contained::contained,
    drive,
    listening::{Ears, Family},
    native::{Holds, Native, bare},
    progress::Listener,
    status, stream,
    surface::{CLASS_METHODS, STORAGE_METHODS},
    wrapper, zend,
};
use crate::{
    error::{Error, ErrorCode, Result},
    storage::{Bucket, Reader, Registry, Storage},
};

static INTERFACE: Class = Class::new();
static CLASS: Class = Class::new();
static NATIVE: Native<Handle> = Native::new();

/// What a PHP object holds: configuration only, nothing that belongs to a runtime or a process.
struct Handle {
    registry: Arc<Registry>,
    /// Those who listen.
    family: Family,
    /// The selected bucket; `None` is the default of the configuration.
    bucket: Option<Arc<Bucket>>,
}

impl Handle {
    fn bucket(&self) -> Result<Arc<Bucket>> {
        self.bucket.clone().map_or_else(|| self.registry.default_bucket(), Ok)
    }

    /// Operations on the selected bucket, on the runtime of this thread.
    fn storage(&self) -> std::result::Result<Storage, Fault> {
        drive::storage(&self.registry, &self.bucket()?)
    }
}

impl Holds for Handle {
    fn held(&self) -> (*mut Zval, usize) {
        self.family.held()
    }
}

/// Who listens to the family of a first handle.
pub(super) fn ears_of(first: &Zval) -> Option<&Ears> {
    // SAFETY: what a family refers to is an object.
    match &NATIVE.get(unsafe { first.value.obj })?.family {
        Family::First(ears) => ears.get(),
        Family::Of(_) => None,
    }
}

impl Handle {
    /// The family of what comes of this handle, which is the one that the method is called on.
    fn share(&self, call: &Call<'_>) -> Family {
        self.family.of_another(call.this())
    }

    /// An open object of the selected bucket as a stream of PHP.
    fn stream(&self, call: &Call<'_>, reader: Reader, listener: Listener) -> std::result::Result<Zval, Fault> {
        stream::open(self.share(call), Arc::clone(&self.registry), self.bucket()?, reader, listener)
    }
}

/// The code of each method of the surface.
const HANDLERS: &[(&str, Handler)] = &[
    ("bucket", registry::bucket),
    ("registerBucket", registry::register_bucket),
    ("listBuckets", registry::list_buckets),
    ("isHealthy", registry::is_healthy),
    ("stats", registry::stats),
    ("write", objects::write),
    ("read", objects::read),
    ("readObject", objects::read_object),
    ("readStream", streams::read_stream),
    ("writeStream", streams::write_stream),
    ("openResponse", responses::open_response),
    ("sendFile", responses::send_file),
    ("exists", objects::exists),
    ("uploadFile", files::upload_file),
    ("downloadFile", files::download_file),
    ("uploadDirectory", directories::upload_directory),
    ("downloadDirectory", directories::download_directory),
    ("sync", directories::sync),
    ("listUploads", files::list_uploads),
    ("abortUploads", files::abort_uploads),
    ("delete", objects::delete),
    ("readMany", many::read_many),
    ("writeMany", many::write_many),
    ("existsMany", many::exists_many),
    ("getMetadataMany", many::get_metadata_many),
    ("copyMany", many::copy_many),
    ("deleteMany", bulk::delete_many),
    ("deletePrefix", bulk::delete_prefix),
    ("copy", objects::copy),
    ("move", objects::rename),
    ("getMetadata", objects::get_metadata),
    ("updateMetadata", objects::update_metadata),
    ("getVisibility", objects::get_visibility),
    ("setVisibility", objects::set_visibility),
    ("getTags", tags::get_tags),
    ("setTags", tags::set_tags),
    ("getObjectLock", lock::get_object_lock),
    ("setRetention", lock::set_retention),
    ("setLegalHold", lock::set_legal_hold),
    ("list", objects::list),
    ("listPage", objects::list_page),
    ("listVersions", versions::list_versions),
    ("getPublicUrl", urls::get_public_url),
    ("presignGet", urls::presign_get),
    ("presignPut", urls::presign_put),
    ("presignPost", urls::presign_post),
    ("readAsync", futures::read_async),
    ("writeAsync", futures::write_async),
    ("existsAsync", futures::exists_async),
    ("deleteAsync", futures::delete_async),
    ("getMetadataAsync", futures::get_metadata_async),
    ("copyAsync", futures::copy_async),
    ("listen", listen::listen),
    ("unlisten", listen::unlisten),
    ("setLogger", listen::set_logger),
    ("setEventDispatcher", listen::set_event_dispatcher),
    ("setTraceContext", listen::set_trace_context),
];

/// The class.
pub(super) fn class() -> *mut zend_class_entry {
    CLASS.entry()
}

/// The family of a handle that is mounted.
pub(super) fn family_of(handle: &Zval) -> Result<Family> {
    // SAFETY: what is mounted is an object of the class.
    let object = unsafe { handle.value.obj };
    let known = NATIVE
        .get(object)
        .ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "S3Storage::__construct() was not called"))?;
    Ok(known.family.of_another(object))
}

/// The registry of a handle that a stream wrapper stands on.
pub(super) fn mounted(handle: &Zval) -> Result<Arc<Registry>> {
    // SAFETY: what a wrapper refers to is an object of the class.
    let handle = NATIVE.get(unsafe { handle.value.obj });
    handle
        .map(|handle| Arc::clone(&handle.registry))
        .ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "S3Storage::__construct() was not called"))
}

/// Registers interface and class. Only while the module starts.
pub(super) fn register() -> std::result::Result<(), BadDeclaration> {
    INTERFACE.register(Declaration {
        name: "S3Storage\\Storage",
        is_interface: true,
        methods: STORAGE_METHODS.iter().map(|declaration| Method::of_interface(*declaration)).collect(),
        ..Declaration::default()
    })?;
    let mut methods = vec![
        Method::public("__construct(array|string|null $config = null)", registry::construct),
        Method::public_static("status(): array", status::show),
        Method::public_static("metrics(): string", registry::metrics),
        Method::public_static("await(iterable $futures): array", futures::await_all),
        Method::public_static(
            "registerStreamWrapper(S3Storage $storage, string $protocol = 's3'): void",
            wrapper::register,
        ),
        Method::public_static("getStreamError(): ?S3Storage\\Exception\\S3Exception", wrapper::last_error),
    ];
    methods.extend(fake::methods());
    for declaration in STORAGE_METHODS.iter().chain(CLASS_METHODS) {
        let declared = declaration.split('(').next();
        let code = HANDLERS.iter().find(|(name, _)| declared == Some(name));
        let (name, handler) = code.ok_or_else(|| BadDeclaration((*declaration).to_owned()))?;
        // The class returns itself where the interface returns the interface.
        let declaration = match *name {
            "bucket" => Cow::Owned(declaration.replace("S3Storage\\Storage", "S3Storage")),
            _ => Cow::Borrowed(*declaration),
        };
        methods.push(Method::public(declaration, *handler));
    }
    CLASS.register(Declaration {
        name: "S3Storage",
        flags: HANDLE,
        interfaces: vec![INTERFACE.entry()],
        create_object: Some(create),
        methods,
        ..Declaration::default()
    })?;
    CLASS.mark_sensitive("__construct", 0)?;
    // Options may hold a customer key, and a trace would tell it.
    for declaration in STORAGE_METHODS {
        if let (Some((name, _)), Some((before, _))) = (declaration.split_once('('), declaration.split_once(" $options"))
        {
            let position = u32::try_from(before.matches(", ").count()).unwrap_or(u32::MAX);
            for class in [&INTERFACE, &CLASS] {
                class.mark_sensitive(&name.to_ascii_lowercase(), position)?;
            }
        }
    }
    Ok(())
}

unsafe extern "C" fn create(class: *mut zend_class_entry) -> *mut zend_object {
    contained("create", || bare(class), || NATIVE.create(class))
}

/// A new object for a handle.
fn make(handle: Handle) -> std::result::Result<Zval, Fault> {
    let mut object = Zval::new();
    // SAFETY: the class is registered.
    if unsafe { zend::object_init_ex((&raw mut object).cast::<zval>(), CLASS.entry()) } != 0 {
        return Err(Fault::Thrown);
    }
    // SAFETY: just made.
    NATIVE.set(unsafe { object.value.obj }, handle);
    Ok(object)
}

/// The handle of the object that a method is called on.
fn handle<'a>(call: &Call<'a>) -> Result<&'a Handle> {
    NATIVE
        .get(call.this())
        .ok_or_else(|| Error::new(ErrorCode::InvalidConfig, "S3Storage::__construct() was not called"))
}

/// Operations on the selected bucket, for a call; the failure that a test has scripted for it, if there is one.
fn begin(call: &Call<'_>) -> std::result::Result<Storage, Fault> {
    let handle = handle(call)?;
    fake::rehearse(call, handle)?;
    handle.storage()
}

/// Runs an operation on the selected bucket.
fn run<T>(call: &Call<'_>, operation: impl AsyncFnOnce(&Storage) -> Result<T>) -> std::result::Result<T, Fault> {
    let storage = begin(call)?;
    drive::wait(operation(&storage))
}
