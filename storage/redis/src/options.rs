//! What can be chosen when a storage is opened.

use std::time::Duration;

use crate::error::OpenError;

/// How a storage behaves.
///
/// ```
/// use twinlock_redis::Options;
///
/// let options = Options { prefix: "acme:twinlock".to_owned(), ..Options::default() };
/// assert_eq!(options.timeout.as_secs(), 4);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The first word of all keys: 1 to 32 of `a`–`z`, `0`–`9`, `_`, `-`, `.` and `:`. Services that share records set the same.
    pub prefix: String,
    /// How long one call may take, connecting included: 100 ms to 60 s. Behind it the call is refused with
    /// [`StorageError::Timeout`](twinlock::StorageError::Timeout).
    pub timeout: Duration,
    /// Whether `stats`, `stale` and `purge` answer, which Redis can only do by going through all keys with `SCAN`: a command or two
    /// for each user, beside all other keys of that database. Without it they are refused with
    /// [`Refusal::ScanIsOff`](crate::Refusal::ScanIsOff).
    pub scan: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { prefix: "twinlock".to_owned(), timeout: Duration::from_secs(4), scan: false }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.:".contains(&byte);
        if !(1..=32).contains(&self.prefix.len()) || !self.prefix.bytes().all(named) {
            return Err(OpenError::Setting("prefix must be 1 to 32 of a-z, 0-9, _, -, . and :"));
        }
        if !(Duration::from_millis(100)..=Duration::from_secs(60)).contains(&self.timeout) {
            return Err(OpenError::Setting("timeout must be 100 ms to 60 s"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_their_range_are_refused() {
        assert!(Options::default().check().is_ok());
        for prefix in ["", "Acme", "a b", "a{", "a%", "ä", &"x".repeat(33)] {
            assert!(Options { prefix: prefix.to_owned(), ..Options::default() }.check().is_err(), "{prefix}");
        }
        for milliseconds in [0, 99, 60_001] {
            let timeout = Duration::from_millis(milliseconds);
            assert!(Options { timeout, ..Options::default() }.check().is_err(), "{milliseconds}");
        }
    }
}
