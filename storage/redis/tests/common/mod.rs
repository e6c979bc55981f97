//! What the tests of both kinds of servers share.
#![allow(dead_code)] // each test binary uses its part

use std::time::Duration;

use twinlock::StorageError;
use twinlock_redis::{Options, Refusal};

/// Tells a process that races where the data is.
pub(crate) const PLACE: &str = "TWINLOCK_PLACE";

/// Short enough to wait for.
pub(crate) const IMPATIENT: Duration = Duration::from_millis(800);

/// Long enough for a busy machine; each test has keys of its own.
pub(crate) fn options(name: &str) -> Options {
    Options { prefix: name.to_owned(), timeout: Duration::from_secs(20), scan: true }
}

pub(crate) fn impatient() -> Options {
    Options { timeout: IMPATIENT, ..Options::default() }
}

pub(crate) fn refusal(error: StorageError) -> Refusal {
    let StorageError::Failed(source) = error else { panic!("{error:?}") };
    *source.downcast().unwrap()
}
