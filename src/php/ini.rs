//! The settings of `php.ini`.

use std::{
    ffi::{CStr, CString, c_int, c_void},
    time::Duration,
};

use ext_php_rs::{
    error::php_error,
    ffi::{zend_ini_entry, zend_string},
    flags::{ErrorType, IniEntryPermission},
    types::ZendStr,
    zend::{IniEntryDef, IniEntryDefs, ModuleEntry},
};

use super::{contained::contained, zend};
use crate::{error::printable, lifecycle, runtime::workers, storage::Level};

const ACCEPTED: c_int = 0;
const REFUSED: c_int = -1;

/// The path of the configuration that `new S3Storage()` takes. It may be set anywhere, as a script could name the path itself;
/// `open_basedir` holds for both.
pub(super) const CONFIG: &CStr = c"s3storage.config";

const MOST_THREADS: usize = 64;

/// The least level of what a logger is told. It may be set anywhere: a script chooses its logger, too.
const LOG_LEVEL: &CStr = c"s3storage.log_level";

/// Takes the name of a level of PSR-3, and nothing else.
unsafe extern "C" fn accept_level(
    _: *mut zend_ini_entry,
    value: *mut zend_string,
    _: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
) -> c_int {
    let is_level = || {
        // SAFETY: the engine hands a string of its own, or null.
        let value = unsafe { value.as_ref() }.and_then(|value| value.as_str().ok());
        if value.is_some_and(|value| Level::parse(value).is_some()) { ACCEPTED } else { REFUSED }
    };
    contained("ini", || REFUSED, is_level)
}

/// The least level of what a logger is told.
pub(super) fn log_level() -> Level {
    let level = text(LOG_LEVEL).and_then(|level| Level::parse(level.to_str().ok()?));
    level.unwrap_or(Level::Warning)
}

/// How many helper threads digest uploads at a time; empty is automatic. Of the whole process, so nothing changes it later.
pub(super) const THREADS: &CStr = c"s3storage.threads";

/// How long the end of a process may take for what is under way then, in seconds. Of the process, so no script may change it.
const GRACE_PERIOD: &CStr = c"s3storage.grace_period";

/// The longest grace period.
const LONGEST_GRACE_PERIOD: u64 = 3600;

static SETTINGS: IniEntryDefs<5> = IniEntryDefs::new([
    setting(CONFIG, c"", IniEntryPermission::All, accept),
    setting(LOG_LEVEL, c"warning", IniEntryPermission::All, accept_level),
    setting(GRACE_PERIOD, c"30", IniEntryPermission::System, set_grace_period),
    IniEntryDef::new(THREADS, c"", IniEntryPermission::System),
    IniEntryDef::end(),
]);

/// What the engine calls with a new value: `ZEND_INI_MH` of `Zend/zend_ini.h`.
type Modify =
    unsafe extern "C" fn(*mut zend_ini_entry, *mut zend_string, *mut c_void, *mut c_void, *mut c_void, c_int) -> c_int;

const fn setting(
    name: &'static CStr,
    default: &'static CStr,
    permission: IniEntryPermission,
    modify: Modify,
) -> IniEntryDef {
    let mut setting = IniEntryDef::new(name, default, permission);
    setting.on_modify = Some(modify);
    setting
}

/// Takes any value. Without a function here `ini_restore()` would do nothing (`zend_restore_ini_entry_cb` in `Zend/zend_ini.c`).
unsafe extern "C" fn accept(
    _: *mut zend_ini_entry,
    _: *mut zend_string,
    _: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
) -> c_int {
    contained("accept", || REFUSED, || ACCEPTED)
}

/// Takes whole seconds. What is refused leaves the value as it was, which is the default while PHP starts.
unsafe extern "C" fn set_grace_period(
    _: *mut zend_ini_entry,
    value: *mut zend_string,
    _: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
) -> c_int {
    contained(
        "set_grace_period",
        || REFUSED,
        || {
            // SAFETY: the engine lends its text, or null.
            let text = unsafe { value.cast::<ZendStr>().as_ref() }.map(|text| String::from_utf8_lossy(text.as_bytes()));
            let text = text.unwrap_or_default();
            let seconds = text.trim().parse().ok().filter(|seconds| *seconds <= LONGEST_GRACE_PERIOD);
            let Some(seconds) = seconds else {
                let message = format!(
                    "s3storage.grace_period must be a whole number of seconds from 0 to {LONGEST_GRACE_PERIOD}, not \"{}\"; it \
                     stays {}",
                    printable(&text),
                    lifecycle::grace_period().as_secs()
                );
                php_error(&ErrorType::Warning, &message);
                return REFUSED;
            };
            lifecycle::set_grace_period(Duration::from_secs(seconds));
            ACCEPTED
        },
    )
}

/// Registers the settings. Only while the module starts.
pub(super) fn register(module_number: i32) {
    IniEntryDef::register(SETTINGS.as_slice(), module_number);
}

/// Puts into force what holds for the whole process. What is not a number up to 64 is said, and counts as not set.
pub(super) fn apply() {
    let threads = text(THREADS).and_then(|threads| {
        let number =
            threads.to_str().ok().and_then(|text| text.trim().parse().ok()).filter(|number| *number <= MOST_THREADS);
        if number.is_none() {
            eprintln!("s3storage: s3storage.threads is no number from 0 to {MOST_THREADS}, so it is not set");
        }
        number
    });
    workers::allow(threads);
}

/// Takes them away. Only while the module ends.
pub(super) fn unregister(module_number: i32) {
    // SAFETY: the engine removes what it has under this module's number, which may be nothing.
    unsafe { zend::zend_unregister_ini_entries(module_number) };
}

/// The table of settings within the module's section of `phpinfo()`.
pub(super) fn display(module: *mut ModuleEntry) {
    // SAFETY: the engine hands its own entry of the module to the information function.
    unsafe { zend::display_ini_entries(module) };
}

/// What a setting is now; an empty one counts as absent.
pub(super) fn text(name: &CStr) -> Option<CString> {
    // SAFETY: the engine answers null, or a text of its own that lives until the setting is changed; it is copied at once.
    let value = unsafe {
        let value = zend::zend_ini_string(name.as_ptr(), name.to_bytes().len(), 0);
        if value.is_null() {
            return None;
        }
        CStr::from_ptr(value).to_owned()
    };
    (!value.is_empty()).then_some(value)
}
