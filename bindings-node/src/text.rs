//! Text that comes from JavaScript.

use std::ops::Deref;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Status, ValueType, sys};
use zeroize::optimization_barrier;

/// A `String` that is read in one go where it is short. napi's own asks for the length first, which reads the text twice.
pub struct Text(String);

impl Text {
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        String::type_name()
    }

    fn value_type() -> ValueType {
        String::value_type()
    }
}

impl ValidateNapiValue for Text {}

/// V8 writes without counting where there is room for three bytes of each character: enough for any usual token.
const ROOM: usize = 1024;
/// The last character that does not fit may leave that many bytes unused, and a NUL stands behind the text.
const SPARE: usize = 4;

impl FromNapiValue for Text {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> napi::Result<Self> {
        let (mut room, mut length) = ([0_u8; ROOM], 0);
        // SAFETY: there is as much room as is said.
        let status =
            unsafe { sys::napi_get_value_string_utf8(env, value, room.as_mut_ptr().cast(), ROOM, &mut length) };
        let text = room.get(..length).filter(|_| status == sys::Status::napi_ok && length < ROOM - SPARE);
        let text = text.map(|text| String::from_utf8(text.to_vec()));
        room = [0; ROOM]; // it may have been a code
        optimization_barrier(&room);
        match text {
            Some(text) => text.map(Self).map_err(|_| napi::Error::new(Status::InvalidArg, "text must be UTF-8")),
            // Long, or no text at all.
            None => unsafe { String::from_napi_value(env, value) }.map(Self),
        }
    }
}
