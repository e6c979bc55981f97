//! Refusals, with their stable codes; and the table of the HTTP contract.

use std::panic::{AssertUnwindSafe, catch_unwind};

use twinlock::{Code, Error, Operation, Problem, Timestamp};

/// Why something was refused.
#[derive(Debug, uniffi::Record)]
pub struct Refusal {
    /// The stable code.
    pub code: String,
    /// What was wrong and what to do, for people who build.
    pub reason: String,
    /// Seconds to wait, for `throttled`.
    pub retry_after: Option<u64>,
    /// Consecutive codes to give, for `more_codes_required`.
    pub count: Option<u8>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let count = if let Error::MoreCodesRequired { count } = &error { Some(*count) } else { None };
        Self {
            code: error.code().as_str().to_owned(),
            reason: error.to_string(),
            retry_after: error.retry_after(),
            count,
        }
    }
}

/// A refusal, thrown.
#[derive(Debug, thiserror::Error, uniffi::Error)]
pub enum RefusalError {
    /// The call was refused.
    #[error("{}", refusal.reason)]
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

impl From<Error> for RefusalError {
    fn from(error: Error) -> Self {
        Self::Refused { refusal: error.into() }
    }
}

pub(crate) type Result<T> = std::result::Result<T, RefusalError>;

/// Nothing that panics takes the process down: it refuses.
pub(crate) fn caught<T>(work: impl FnOnce() -> twinlock::Result<T>) -> twinlock::Result<T> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|_| Err(Error::Internal("the engine panicked".to_owned())))
}

pub(crate) fn guarded<T>(work: impl FnOnce() -> twinlock::Result<T>) -> Result<T> {
    caught(work).map_err(RefusalError::from)
}

pub(crate) fn malformed(text: &str) -> Error {
    Error::MalformedRequest(text.to_owned())
}

pub(crate) fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(error.to_string())
}

/// Every stable code of the engine and of the HTTP contract.
#[uniffi::export]
pub fn codes() -> Vec<String> {
    Code::ALL.iter().map(|code| code.as_str().to_owned()).collect()
}

/// The RFC 9457 problem of a code at that place of the HTTP contract, as JSON text.
#[uniffi::export]
pub fn problem(code: String, operation: String) -> Result<String> {
    guarded(|| named(&code, &operation).map(|(code, operation)| code.problem(operation).to_json()))
}

/// The same for a refusal: with the seconds to wait and the number of codes to give, where it has them.
#[uniffi::export]
pub fn refusal_problem(refusal: Refusal, operation: String) -> Result<String> {
    guarded(|| {
        let Refusal { code, reason: _, retry_after, count } = refusal;
        let (code, operation) = named(&code, &operation)?;
        Ok(Problem { retry_after, count, ..code.problem(operation) }.to_json())
    })
}

/// The HTTP status of a code at that place of the contract.
#[uniffi::export]
pub fn http_status(code: String, operation: String) -> Result<u16> {
    guarded(|| named(&code, &operation).map(|(code, operation)| code.status(operation)))
}

/// Whole Unix seconds of what a clock gave.
#[uniffi::export]
pub fn clock_seconds(now: f64) -> Result<u64> {
    guarded(|| Timestamp::from_secs_f64(now).map(Timestamp::as_secs))
}

fn named(code: &str, operation: &str) -> twinlock::Result<(Code, Operation)> {
    match (Code::parse(code), Operation::parse(operation)) {
        (Some(code), Some(operation)) => Ok((code, operation)),
        _ => Err(Error::Configuration("there is no such code or operation in the HTTP contract".to_owned())),
    }
}

#[cfg(not(all(feature = "png", feature = "sqlite")))]
pub(crate) fn left_out(part: &str, instead: &str) -> Error {
    Error::Configuration(format!(
        "this library was built without {part}: {instead}, or build it with the default features"
    ))
}
