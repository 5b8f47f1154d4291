//! The module: what runs when PHP loads and unloads the extension.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ext_php_rs::{
    builders::ModuleBuilder,
    info_table_end, info_table_row, info_table_start,
    zend::{ModuleEntry, StaticModuleEntry},
};

use super::{class::BadDeclaration, contents, exceptions, ini, iterator, results, storage};
use crate::{lifecycle, types::environment};

const SUCCESS: i32 = 0;
const FAILURE: i32 = -1;

/// The version of the extension, as `phpversion('s3storage')` answers it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

unsafe extern "C" {
    safe fn s3storage_environment_lock();
    safe fn s3storage_environment_unlock();
}

/// What PHP looks for in the library.
#[unsafe(no_mangle)]
extern "C" fn get_module() -> *mut ModuleEntry {
    static MODULE: StaticModuleEntry = StaticModuleEntry::new();
    MODULE.get_or_init(|| {
        let module = ModuleBuilder::new("s3storage", VERSION)
            .startup_function(start)
            .shutdown_function(shut_down)
            .info_function(info)
            .try_into();
        match module {
            Ok((entry, _, owned)) => (entry, owned),
            // Only a name with a NUL could fail, and there is no way to say so to PHP.
            Err(_) => std::process::abort(),
        }
    })
}

/// Module start (MINIT): settings and classes only. No thread, no socket, no file: the process may fork after this.
unsafe extern "C" fn start(_: i32, module_number: i32) -> i32 {
    let registered = catch_unwind(AssertUnwindSafe(|| {
        environment::guard_with(s3storage_environment_lock, s3storage_environment_unlock);
        ini::register(module_number);
        ini::apply();
        exceptions::register()?;
        results::register()?;
        iterator::register()?;
        contents::register()?;
        storage::register()
    }));
    match registered {
        Ok(Ok(())) => SUCCESS,
        Ok(Err(BadDeclaration(what))) => {
            eprintln!("s3storage: bad declaration: {what}");
            FAILURE
        }
        Err(_) => FAILURE,
    }
}

/// Module shutdown (MSHUTDOWN): ends the runtime of this thread; one that a parent process made is left alone.
unsafe extern "C" fn shut_down(_: i32, module_number: i32) -> i32 {
    ini::unregister(module_number);
    if catch_unwind(lifecycle::stop).is_ok() { SUCCESS } else { FAILURE }
}

/// The section of `phpinfo()`.
unsafe extern "C" fn info(module: *mut ModuleEntry) {
    // A panic must not cross into the engine; the section is then cut short.
    let _ = catch_unwind(|| {
        info_table_start!();
        info_table_row!("S3Storage support", "enabled");
        info_table_row!("Extension version", VERSION);
        info_table_row!("TLS library", "rustls with ring");
        info_table_end!();
        ini::display(module);
    });
}
