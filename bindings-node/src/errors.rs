//! Errors of the core as JavaScript errors, whose `code` is the stable one; and the table of the HTTP contract.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi_derive::napi;
use twinlock::{Code, Error, Operation, Timestamp};

/// What a call from JavaScript gives or throws.
pub(crate) type Result<T> = napi::Result<T, &'static str>;

pub(crate) fn refuse(error: Error) -> napi::Error<&'static str> {
    napi::Error::new(error.code().as_str(), error.to_string())
}

/// Nothing that panics takes the process down: it refuses.
pub(crate) fn guarded<T>(work: impl FnOnce() -> twinlock::Result<T>) -> Result<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(Error::Internal("the engine panicked".to_owned()))).map_err(refuse)
}

/// Every stable code of the engine and of the HTTP contract.
#[napi]
pub fn codes() -> Vec<&'static str> {
    Code::ALL.iter().map(|code| code.as_str()).collect()
}

/// The RFC 9457 problem of a code at that place of the HTTP contract, as JSON text.
#[napi]
pub fn problem(code: String, operation: String) -> Result<String> {
    guarded(|| named(&code, &operation).map(|(code, operation)| code.problem(operation).to_json()))
}

/// The HTTP status of a code at that place of the contract.
#[napi]
pub fn http_status(code: String, operation: String) -> Result<u32> {
    guarded(|| named(&code, &operation).map(|(code, operation)| code.status(operation).into()))
}

/// Whole Unix seconds of what a clock gave.
#[napi]
pub fn seconds(now: f64) -> Result<f64> {
    guarded(|| Timestamp::from_secs_f64(now).map(|now| now.as_secs() as f64))
}

fn named(code: &str, operation: &str) -> twinlock::Result<(Code, Operation)> {
    match (Code::parse(code), Operation::parse(operation)) {
        (Some(code), Some(operation)) => Ok((code, operation)),
        _ => Err(Error::Configuration("there is no such code or operation in the HTTP contract".to_owned())),
    }
}
