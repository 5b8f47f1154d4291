//! Arguments the way PHP's own functions take them: the engine's conversions, its `strict_types`, its messages.
//!
//! This follows the engine's "fast" parameter parsing (`Z_PARAM_*` in `Zend/zend_API.h`): the common type is taken as it is,
//! everything else goes through the engine's own slow path, which converts in place or says no.

use std::ffi::{CStr, CString};

use ext_php_rs::{
    convert::IntoZvalDyn,
    ffi::{
        _zend_expected_type_Z_EXPECTED_ARRAY, _zend_expected_type_Z_EXPECTED_ARRAY_OR_STRING,
        _zend_expected_type_Z_EXPECTED_BOOL, _zend_expected_type_Z_EXPECTED_DOUBLE,
        _zend_expected_type_Z_EXPECTED_ITERABLE, _zend_expected_type_Z_EXPECTED_LONG,
        _zend_expected_type_Z_EXPECTED_STRING, zend_class_entry, zval,
    },
    types::Zval,
    zend::ExecuteData,
};

use super::{
    call::{Call, Fault},
    interrupts,
    progress::Listener,
    results, zend,
};
use crate::{
    error::{Error, Result},
    types::Expiry,
};

/// The arguments of a call, taken one after the other.
pub(super) struct Arguments<'a> {
    first: *mut zval,
    given: u32,
    taken: u32,
    frame: std::marker::PhantomData<&'a ExecuteData>,
}

/// An argument of type `array|string`.
pub(super) enum ArrayOrString<'a> {
    Array(&'a Zval),
    String(&'a [u8]),
}

/// A slot in front of the arguments for the frame itself.
/// Source: `ZEND_CALL_FRAME_SLOT` in `Zend/zend_compile.h`.
const FRAME_SLOTS: usize = size_of::<ExecuteData>().div_ceil(size_of::<zval>());

impl<'a> Arguments<'a> {
    /// Checks the number of arguments.
    pub(super) fn of(call: &Call<'a>, min: u32, max: u32) -> Result<Self, Fault> {
        // SAFETY: in a call frame this union holds the number of arguments.
        let given = unsafe { call.frame.This.u2.num_args };
        if !(min..=max).contains(&given) {
            // SAFETY: throws an exception, which is what is wanted.
            unsafe { zend::zend_wrong_parameters_count_error(min, max) };
            return Err(Fault::Thrown);
        }
        // SAFETY: the engine lays the arguments out behind the frame.
        let first = unsafe { std::ptr::from_ref(call.frame).cast_mut().cast::<zval>().add(FRAME_SLOTS) };
        Ok(Self { first, given, taken: 0, frame: std::marker::PhantomData })
    }

    /// The first argument as it stands, if it is a text: for those who only look on.
    pub(super) fn first_text(call: &Call<'a>) -> Option<&'a [u8]> {
        let arguments = Self::of(call, 0, u32::MAX).ok().filter(|arguments| arguments.given > 0)?;
        // SAFETY: within the arguments that were given, which live as long as the frame. It is only read, and nobody writes to it meanwhile.
        let first = unsafe { arguments.first.cast::<Zval>().as_ref() };
        first.and_then(Zval::zend_str).map(ext_php_rs::types::ZendStr::as_bytes)
    }

    /// The next argument, if it was given.
    fn next(&mut self) -> Option<&'a mut Zval> {
        let index = self.taken;
        self.taken += 1;
        if index >= self.given {
            return None;
        }
        // SAFETY: within the arguments that were given; each is handed out once; they live as long as the frame.
        unsafe { self.first.add(index as usize).cast::<Zval>().as_mut() }
    }

    fn wrong(&self, expected: u32, nullable: bool, value: &mut Zval) -> Fault {
        // Each expectation is followed by its nullable form (`Z_EXPECTED_TYPES` in `Zend/zend_API.h`).
        let expected = expected + u32::from(nullable);
        // SAFETY: throws unless the conversion has thrown already.
        unsafe { zend::zend_wrong_parameter_type_error(self.taken, expected, value) };
        Fault::Thrown
    }

    /// A string, converted if need be; the bytes live as long as the call.
    fn bytes(&mut self, value: &'a mut Zval, nullable: bool) -> Result<&'a [u8], Fault> {
        self.bytes_or(value, _zend_expected_type_Z_EXPECTED_STRING, nullable)
    }

    /// The same, where what cannot be converted is told to be wrong in other words.
    fn bytes_or(&mut self, value: &'a mut Zval, expected: u32, nullable: bool) -> Result<&'a [u8], Fault> {
        if !value.is_string() {
            let mut converted = std::ptr::null_mut();
            // SAFETY: the engine converts the argument in place and keeps it in the frame.
            if !unsafe { zend::zend_parse_arg_str_slow(value, &raw mut converted, self.taken) } {
                return Err(self.wrong(expected, nullable, value));
            }
        }
        let text = value.zend_str().ok_or(Fault::Thrown)?;
        Ok(text.as_bytes())
    }

    /// A required value of any type.
    pub(super) fn value(&mut self) -> Result<&'a Zval, Fault> {
        self.next().map(|value| value.dereference()).ok_or(Fault::Thrown)
    }

    /// A required string.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Fault> {
        match self.next() {
            Some(value) => self.bytes(value, false),
            None => Ok(&[]),
        }
    }

    /// A required string as a value that shares the argument's memory.
    pub(super) fn string_value(&mut self) -> Result<Zval, Fault> {
        let Some(value) = self.next() else { return Err(Fault::Thrown) };
        self.bytes(value, false)?;
        Ok(self.taken_value())
    }

    /// The same with a default.
    pub(super) fn string_or(&mut self, default: &str) -> Result<Zval, Fault> {
        if self.taken < self.given {
            return self.string_value();
        }
        self.taken += 1;
        Ok(results::string(default))
    }

    /// The same, for a string that may be null or absent.
    pub(super) fn optional_string_value(&mut self) -> Result<Zval, Fault> {
        match self.next() {
            Some(value) if !value.is_null() => {
                self.bytes(value, true)?;
                Ok(self.taken_value())
            }
            _ => Ok(Zval::null()),
        }
    }

    /// A copy of the argument that was taken last, as it is after its conversion.
    fn taken_value(&self) -> Zval {
        // SAFETY: it was given; nobody borrows it any more.
        unsafe { (*self.first.add(self.taken as usize - 1).cast::<Zval>()).shallow_clone() }
    }

    /// A string that may be null or absent.
    pub(super) fn optional_string(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        match self.next() {
            Some(value) if !value.is_null() => self.bytes(value, true).map(Some),
            _ => Ok(None),
        }
    }

    /// A string that must be text, null or absent; for values that become headers and names.
    pub(super) fn optional_text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        let bytes = self.optional_string()?;
        Ok(bytes.map(|bytes| text(bytes, name)).transpose()?)
    }

    /// A string that must be text, with a default for when it is absent.
    pub(super) fn text(&mut self, name: &str, default: &str) -> Result<String, Fault> {
        match self.next() {
            Some(value) => Ok(text(self.bytes(value, false)?, name)?),
            None => Ok(default.to_owned()),
        }
    }

    fn integer(&mut self, value: &mut Zval, nullable: bool) -> Result<i64, Fault> {
        if let Some(number) = value.long() {
            return Ok(number);
        }
        let mut number = 0;
        // SAFETY: the engine reads the argument and writes the number.
        if unsafe { zend::zend_parse_arg_long_slow(value, &raw mut number, self.taken) } {
            Ok(number)
        } else {
            Err(self.wrong(_zend_expected_type_Z_EXPECTED_LONG, nullable, value))
        }
    }

    /// An integer with a default.
    pub(super) fn int(&mut self, default: i64) -> Result<i64, Fault> {
        match self.next() {
            Some(value) => self.integer(value, false),
            None => Ok(default),
        }
    }

    /// An integer that may be null or absent.
    pub(super) fn optional_int(&mut self) -> Result<Option<i64>, Fault> {
        match self.next() {
            Some(value) if !value.is_null() => self.integer(value, true).map(Some),
            _ => Ok(None),
        }
    }

    /// A bool with a default.
    pub(super) fn bool(&mut self, default: bool) -> Result<bool, Fault> {
        let Some(value) = self.next() else { return Ok(default) };
        if let Some(flag) = value.bool() {
            return Ok(flag);
        }
        let mut flag = default;
        // SAFETY: the engine reads the argument and writes the flag.
        if unsafe { zend::zend_parse_arg_bool_slow(value, &raw mut flag, self.taken) } {
            Ok(flag)
        } else {
            Err(self.wrong(_zend_expected_type_Z_EXPECTED_BOOL, false, value))
        }
    }

    /// An array; absent is `None`.
    pub(super) fn array(&mut self) -> Result<Option<&'a Zval>, Fault> {
        match self.next() {
            Some(value) if value.is_array() => Ok(Some(value)),
            Some(value) => Err(self.wrong(_zend_expected_type_Z_EXPECTED_ARRAY, false, value)),
            None => Ok(None),
        }
    }

    /// A required array or `Traversable`.
    pub(super) fn iterable(&mut self) -> Result<&'a Zval, Fault> {
        let value = self.next().ok_or(Fault::Thrown)?;
        if value.is_array() || value.is_traversable() {
            return Ok(value);
        }
        Err(self.wrong(_zend_expected_type_Z_EXPECTED_ITERABLE, false, value))
    }

    /// An array that may be null or absent.
    pub(super) fn optional_array(&mut self) -> Result<Option<&'a Zval>, Fault> {
        match self.next() {
            Some(value) if value.is_array() => Ok(Some(value)),
            Some(value) if !value.is_null() => Err(self.wrong(_zend_expected_type_Z_EXPECTED_ARRAY, true, value)),
            _ => Ok(None),
        }
    }

    /// An array, or else a string; neither where it is null or absent.
    pub(super) fn optional_array_or_string(&mut self) -> Result<Option<ArrayOrString<'a>>, Fault> {
        match self.next() {
            Some(value) if value.is_array() => Ok(Some(ArrayOrString::Array(value))),
            Some(value) if !value.is_null() => {
                let bytes = self.bytes_or(value, _zend_expected_type_Z_EXPECTED_ARRAY_OR_STRING, true)?;
                Ok(Some(ArrayOrString::String(bytes)))
            }
            _ => Ok(None),
        }
    }

    /// Something that can be called, null or absent.
    pub(super) fn optional_callable(&mut self) -> Result<Listener, Fault> {
        let Some(value) = self.next().filter(|value| !value.is_null()) else { return Ok(Listener::none()) };
        Listener::of(value).map_err(|reason| {
            // SAFETY: throws, and frees the reason, which the engine gave.
            unsafe { zend::zend_wrong_callback_or_null_error(self.taken, reason) };
            Fault::Thrown
        })
    }

    /// Something that can be called, or if it may be null that: what was given, and what is called.
    pub(super) fn callable(&mut self, nullable: bool) -> Result<Option<(Zval, Zval)>, Fault> {
        let Some(value) = self.next().filter(|value| !nullable || !value.is_null()) else { return Ok(None) };
        let listener = Listener::of(value).map_err(|reason| {
            let throw =
                if nullable { zend::zend_wrong_callback_or_null_error } else { zend::zend_wrong_callback_error };
            // SAFETY: throws, and frees the reason, which the engine gave.
            unsafe { throw(self.taken, reason) };
            Fault::Thrown
        })?;
        Ok(listener.into_callable().map(|callable| (value.shallow_clone(), callable)))
    }

    /// An object that has a method, or null: what was given, and what is called.
    pub(super) fn object_with(&mut self, what: &str, method: &str) -> Result<Option<(Zval, Zval)>, Fault> {
        let Some(value) = self.next().filter(|value| !value.is_null()) else { return Ok(None) };
        let expected = format!("{what} or another object with a public method {method}()");
        let Some(object) = value.object() else {
            // SAFETY: the engine's own name of a type, which lives as long as the engine.
            let given = unsafe { CStr::from_ptr(zend::zend_zval_type_name(value)) };
            return Err(self.not(&format!("{expected}, {} given", given.to_string_lossy())));
        };
        let pair = results::list([value.shallow_clone(), results::string(method)])?;
        match Listener::of(&pair) {
            Ok(listener) => Ok(listener.into_callable().map(|callable| (value.shallow_clone(), callable))),
            Err(reason) => {
                if !reason.is_null() {
                    // SAFETY: a text that the engine gave to us.
                    unsafe { ext_php_rs::alloc::efree(reason.cast()) };
                }
                let class = object.get_class_name().unwrap_or_default();
                Err(self.not(&format!("{expected}, {class} has none")))
            }
        }
    }

    /// The engine's `TypeError` about the argument that was taken last, in words of ours.
    fn not(&self, expected: &str) -> Fault {
        let message = CString::new(format!("must be {expected}")).unwrap_or_default();
        // SAFETY: throws; the format takes one text, which the engine copies.
        unsafe { zend::zend_argument_type_error(self.taken, c"%s".as_ptr(), message.as_ptr()) };
        Fault::Thrown
    }

    /// A number with a default.
    pub(super) fn float(&mut self, default: f64) -> Result<f64, Fault> {
        let Some(value) = self.next() else { return Ok(default) };
        if let Some(number) = value.double() {
            return Ok(number);
        }
        let mut number = 0.0;
        // SAFETY: the engine reads the argument and writes the number.
        if unsafe { zend::zend_parse_arg_double_slow(value, &raw mut number, self.taken) } {
            Ok(number)
        } else {
            Err(self.wrong(_zend_expected_type_Z_EXPECTED_DOUBLE, false, value))
        }
    }

    /// An object of a class.
    pub(super) fn object(&mut self, class: *mut zend_class_entry, name: &CStr) -> Result<&'a Zval, Fault> {
        let value = self.next().ok_or(Fault::Thrown)?;
        // SAFETY: a registered class lives until the module ends.
        let fits = value
            .object()
            .is_some_and(|object| unsafe { class.as_ref() }.is_some_and(|class| object.instance_of(class)));
        if fits {
            return Ok(value);
        }
        // SAFETY: throws.
        unsafe { zend::zend_wrong_parameter_class_error(self.taken, name.as_ptr(), value) };
        Err(Fault::Thrown)
    }

    /// A time to live: seconds from now, or the end as a `DateTimeInterface`. Answers seconds from now.
    pub(super) fn seconds_to_live(&mut self, default: i64) -> Result<i64, Fault> {
        let Some(value) = self.next() else { return Ok(default) };
        let Some(end) = date(value, "expiresIn")? else { return self.seconds(value) };
        // A date is never "permanent": one that is just now is over, not the 0 that means no end.
        Ok(match end.saturating_sub(now()) {
            0 => -1,
            seconds => seconds,
        })
    }

    /// What is older: an age in seconds, or a point in time as a `DateTimeInterface`. Answers the last moment of what is, in Unix
    /// seconds.
    pub(super) fn older_than(&mut self, name: &str) -> Result<i64, Fault> {
        let value = self.next().ok_or(Fault::Thrown)?;
        if let Some(moment) = date(value, name)? {
            return Ok(moment.saturating_sub(1));
        }
        match self.seconds(value)? {
            age if age >= 0 => Ok(now().saturating_sub(age)),
            age => Err(Error::invalid_argument(format!("{name} must be 0 or more seconds, not {age}")).into()),
        }
    }

    /// A required point in time: a `DateTimeInterface`, or Unix seconds.
    pub(super) fn moment(&mut self, name: &str) -> Result<i64, Fault> {
        let value = self.next().ok_or(Fault::Thrown)?;
        match date(value, name)? {
            Some(moment) => Ok(moment),
            None => self.seconds(value),
        }
    }

    /// What is no date must be an integer.
    fn seconds(&self, value: &mut Zval) -> Result<i64, Fault> {
        if let Some(number) = value.long() {
            return Ok(number);
        }
        let mut number = 0;
        // SAFETY: the engine reads the argument and writes the number.
        if !value.is_object() && unsafe { zend::zend_parse_arg_long_slow(value, &raw mut number, self.taken) } {
            return Ok(number);
        }
        // SAFETY: throws unless the conversion has thrown already.
        unsafe { zend::zend_wrong_parameter_class_or_long_error(self.taken, c"DateTimeInterface".as_ptr(), value) };
        Err(Fault::Thrown)
    }

    /// A required time to live for a presigned URL.
    pub(super) fn expiry(&mut self, default: i64) -> Result<Expiry, Fault> {
        Ok(Expiry::from_seconds(self.seconds_to_live(default)?)?)
    }
}

/// The Unix seconds of a `DateTimeInterface`; `None` for anything else.
pub(super) fn date(value: &Zval, name: &str) -> Result<Option<i64>, Fault> {
    // SAFETY: the date extension is always there and its classes live as long as the engine.
    let class = unsafe { zend::php_date_get_interface_ce().as_ref() };
    if !value.object().is_some_and(|object| class.is_some_and(|class| object.instance_of(class))) {
        return Ok(None);
    }
    // A share of our own: the method may be the script's, and take away the one that an array refers to.
    let held = value.shallow_clone();
    let moment = held.try_call_method("getTimestamp", Vec::<&dyn IntoZvalDyn>::new()).map_err(|_| Fault::Thrown)?;
    if interrupts::is_unwinding() {
        return Err(Fault::Thrown);
    }
    let moment = moment.long();
    Ok(Some(moment.ok_or_else(|| Error::invalid_argument(format!("getTimestamp() of {name} must answer an int")))?))
}

/// The present, in Unix seconds.
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
}

/// Bytes that must be text.
pub(super) fn text(bytes: &[u8], name: &str) -> Result<String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::invalid_argument(format!("{name} must be UTF-8 text")))
}
