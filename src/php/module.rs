//! The module: what runs when PHP loads and unloads the extension.

use std::io::Write;

use ext_php_rs::{
    builders::ModuleBuilder,
    zend::{ModuleEntry, StaticModuleEntry},
};

use super::{
    class::BadDeclaration,
    contained::{contained, hush},
    contents, exceptions, future, ini, iterator, results, status, storage, wrapper,
};
use crate::{
    lifecycle,
    storage::{Suspension, forget_running},
    types::environment,
};

const SUCCESS: i32 = 0;
const FAILURE: i32 = -1;

/// The version of the extension, as `phpversion('s3storage')` answers it.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

unsafe extern "C" {
    safe fn s3storage_environment_lock();
    safe fn s3storage_environment_unlock();
}

/// What PHP looks for in the library.
#[unsafe(no_mangle)]
extern "C" fn get_module() -> *mut ModuleEntry {
    static MODULE: StaticModuleEntry = StaticModuleEntry::new();
    hush();
    // There is no way to tell PHP that there is no module.
    contained(
        "get_module",
        || std::process::abort(),
        || {
            MODULE.get_or_init(|| {
                let module = ModuleBuilder::new("s3storage", VERSION)
                    .startup_function(start)
                    .shutdown_function(shut_down)
                    .post_deactivate_function(end_request)
                    .info_function(info)
                    .try_into();
                match module {
                    Ok((entry, _, owned)) => (entry, owned),
                    // Only a name with a NUL could fail.
                    Err(_) => std::process::abort(),
                }
            })
        },
    )
}

/// Module start (MINIT), which may come again after a module shutdown: settings and classes only. No thread, no socket, no file: the process may
/// fork after this.
unsafe extern "C" fn start(_: i32, module_number: i32) -> i32 {
    let registered = || {
        lifecycle::start();
        environment::guard_with(s3storage_environment_lock, s3storage_environment_unlock);
        ini::register(module_number);
        exceptions::register()?;
        results::register()?;
        iterator::register()?;
        contents::register()?;
        future::register()?;
        wrapper::start(module_number);
        storage::register()
    };
    contained(
        "start",
        || FAILURE,
        || match registered() {
            Ok(()) => SUCCESS,
            Err(BadDeclaration(what)) => {
                let _ = writeln!(std::io::stderr(), "s3storage: bad declaration: {what}");
                FAILURE
            }
        },
    )
}

/// The very end of a request, when the engine has closed and freed everything of it.
unsafe extern "C" fn end_request() -> i32 {
    contained(
        "end_request",
        || FAILURE,
        || {
            future::end_request();
            wrapper::end_request();
            if lifecycle::end_request() {
                forget_running();
            }
            Suspension::end_all();
            SUCCESS
        },
    )
}

/// Module shutdown (MSHUTDOWN), within the grace period. What a parent process made is left alone.
unsafe extern "C" fn shut_down(_: i32, module_number: i32) -> i32 {
    contained(
        "shut_down",
        || FAILURE,
        || {
            lifecycle::stop();
            future::end();
            environment::unguard();
            ini::unregister(module_number);
            SUCCESS
        },
    )
}

/// The section of `phpinfo()`; after a panic it is cut short.
unsafe extern "C" fn info(module: *mut ModuleEntry) {
    contained(
        "info",
        || (),
        || {
            status::display();
            ini::display(module);
        },
    );
}
