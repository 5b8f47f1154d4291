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

const MOST_THREADS: u64 = 64;

/// The least level of what a logger is told. It may be set anywhere: a script chooses its logger, too.
const LOG_LEVEL: &CStr = c"s3storage.log_level";

/// Its values.
const LEVELS: &str = "debug, info, notice, warning, error, critical, alert or emergency";

/// Takes the name of a level of PSR-3, and nothing else.
unsafe extern "C" fn set_level(
    _: *mut zend_ini_entry,
    value: *mut zend_string,
    _: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
) -> c_int {
    let level = |text: &str| match Level::parse(text) {
        Some(_) => Ok(()),
        None => Err(format!("s3storage.log_level must be {LEVELS}, not \"{}\"; it stays as it was", printable(text))),
    };
    contained("set_level", || REFUSED, || take(value, level))
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
    setting(LOG_LEVEL, c"warning", IniEntryPermission::All, set_level),
    setting(GRACE_PERIOD, c"30", IniEntryPermission::System, set_grace_period),
    setting(THREADS, c"", IniEntryPermission::System, set_threads),
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

/// Takes whole seconds.
unsafe extern "C" fn set_grace_period(
    _: *mut zend_ini_entry,
    value: *mut zend_string,
    _: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
) -> c_int {
    let grace_period = |text: &str| match number(text, LONGEST_GRACE_PERIOD) {
        Some(seconds) => {
            lifecycle::set_grace_period(Duration::from_secs(seconds));
            Ok(())
        }
        None => Err(format!(
            "s3storage.grace_period must be a whole number of seconds from 0 to {LONGEST_GRACE_PERIOD}, not \"{}\"; it stays {}",
            printable(text),
            lifecycle::grace_period().as_secs()
        )),
    };
    contained("set_grace_period", || REFUSED, || take(value, grace_period))
}

/// Takes a number of threads, or nothing: as many as are of use.
unsafe extern "C" fn set_threads(
    _: *mut zend_ini_entry,
    value: *mut zend_string,
    _: *mut c_void,
    _: *mut c_void,
    _: *mut c_void,
    _: c_int,
) -> c_int {
    let threads = |text: &str| {
        let number = number(text, MOST_THREADS).and_then(|number| usize::try_from(number).ok());
        if number.is_none() && !text.is_empty() {
            let text = printable(text);
            return Err(format!(
                "s3storage.threads must be a whole number from 0 to {MOST_THREADS}, or empty, not \"{text}\"; it stays empty"
            ));
        }
        workers::allow(number);
        Ok(())
    };
    contained("set_threads", || REFUSED, || take(value, threads))
}

fn number(text: &str, most: u64) -> Option<u64> {
    text.trim().parse().ok().filter(|number| *number <= most)
}

/// Takes a new value, or refuses it with a warning that says why. What is refused leaves the value as it was, which is the default while PHP
/// starts.
fn take(value: *mut zend_string, accept: impl FnOnce(&str) -> Result<(), String>) -> c_int {
    // SAFETY: the engine lends its text, or null.
    let text = unsafe { value.cast::<ZendStr>().as_ref() }.map(|text| String::from_utf8_lossy(text.as_bytes()));
    match accept(&text.unwrap_or_default()) {
        Ok(()) => ACCEPTED,
        Err(message) => {
            php_error(&ErrorType::Warning, &message);
            REFUSED
        }
    }
}

/// Registers the settings. Only while the module starts.
pub(super) fn register(module_number: i32) {
    IniEntryDef::register(SETTINGS.as_slice(), module_number);
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
