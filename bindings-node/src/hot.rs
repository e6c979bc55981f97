//! The two calls of a sign-in, without napi's macros: those keep books of everything that JavaScript lends to Rust, which costs as
//! much as opening a token. Nothing is lent here beyond the call.

use std::ptr;

use napi::bindgen_prelude::{FromNapiValue, JsError, JsObjectValue, Object, ToNapiValue};
use napi::{Status, check_status, sys};
use napi_derive::napi;

use crate::errors::Result;
use crate::{operations, slot};

/// Puts them beside what the macros export.
#[napi(module_exports)]
pub fn register(mut exports: Object) -> napi::Result<()> {
    exports.create_named_method("decide", decide)?;
    exports.create_named_method("verify", verify)
}

/// `decide(slot, keyId, buffer)`: see [`slot::decide`].
unsafe extern "C" fn decide(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by JavaScript, which waits and has lent the slot's buffer to nobody else.
    let decided = unsafe { Arguments::<3>::of(env, info) }
        .and_then(|given| unsafe { slot::decide(given.get(0)?, given.get(1)?, &mut *given.bytes(2)?) });
    unsafe { told(env, decided) }
}

/// `verify(slot, challenge, code, nextCodes, trustDevice, userId, context)`: see [`operations::verify`].
unsafe extern "C" fn verify(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    // SAFETY: called by JavaScript, which waits.
    let opened = unsafe { Arguments::<7>::of(env, info) }.and_then(|given| unsafe {
        let (next_codes, trust_device) = (given.get(3)?, given.get(4)?);
        operations::verify(
            given.get(0)?,
            given.get(1)?,
            given.get(2)?,
            next_codes,
            trust_device,
            given.get(5)?,
            given.get(6)?,
        )
    });
    unsafe { told(env, opened) }
}

/// What JavaScript gave; `undefined` for what it did not.
struct Arguments<const N: usize> {
    env: sys::napi_env,
    values: [sys::napi_value; N],
}

impl<const N: usize> Arguments<N> {
    unsafe fn of(env: sys::napi_env, info: sys::napi_callback_info) -> Result<Self> {
        let (mut values, mut count) = ([ptr::null_mut(); N], N);
        // SAFETY: there is room for as many as is said.
        let status = unsafe {
            sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), ptr::null_mut(), ptr::null_mut())
        };
        check_status!(status).map_err(foreign)?;
        Ok(Self { env, values })
    }

    fn value(&self, place: usize) -> sys::napi_value {
        self.values.get(place).copied().unwrap_or(ptr::null_mut())
    }

    unsafe fn get<T: FromNapiValue>(&self, place: usize) -> Result<T> {
        // SAFETY: the value is of this call.
        unsafe { T::from_napi_value(self.env, self.value(place)) }.map_err(foreign)
    }

    unsafe fn bytes(&self, place: usize) -> Result<*mut [u8]> {
        let (mut kind, mut length, mut data) = (0, 0, ptr::null_mut());
        // SAFETY: the value is of this call; what is not asked for may be null.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                self.value(place),
                &mut kind,
                &mut length,
                &mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        check_status!(status).map_err(foreign)?;
        if kind != sys::TypedarrayType::uint8_array || data.is_null() {
            return Err(foreign(napi::Error::new(Status::InvalidArg, "a Uint8Array was expected")));
        }
        Ok(ptr::slice_from_raw_parts_mut(data.cast(), length))
    }
}

fn foreign(error: napi::Error) -> napi::Error<&'static str> {
    napi::Error::new("internal_error", error.reason.clone())
}

unsafe fn told<T: ToNapiValue>(env: sys::napi_env, done: Result<T>) -> sys::napi_value {
    // SAFETY: the value is made for this call.
    let value = done.and_then(|value| unsafe { T::to_napi_value(env, value) }.map_err(foreign));
    value.unwrap_or_else(|error| {
        // SAFETY: no other error is on its way.
        unsafe { JsError::from(error).throw_into(env) };
        ptr::null_mut()
    })
}
