//! What can be chosen when a storage is opened.

use std::time::Duration;

use crate::error::OpenError;

/// How a storage behaves.
///
/// ```
/// use twinlock_sqlx::Options;
///
/// let options = Options { prefix: "acme_".to_owned(), ..Options::default() };
/// assert_eq!(options.connections, 4);
/// assert_eq!(options.timeout.as_secs(), 4);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Stands before the names of both tables: empty, or 1 to 32 of `a`–`z`, `0`–`9` and `_`, no digit first.
    pub prefix: String,
    /// How many connections of its own the storage may hold: 1 to 64. Four carry some thousand sign-ins a second.
    pub connections: usize,
    /// How long one call may take, waiting for a connection and connecting included: 100 ms to 60 s. Behind it the call is refused
    /// with [`StorageError::Timeout`](twinlock::StorageError::Timeout); the server is told to give up at three quarters of it.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { prefix: String::new(), connections: 4, timeout: Duration::from_secs(4) }
    }
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        check_prefix(&self.prefix)?;
        if !(1..=64).contains(&self.connections) {
            return Err(OpenError::Setting("connections must be 1 to 64"));
        }
        if !(Duration::from_millis(100)..=Duration::from_secs(60)).contains(&self.timeout) {
            return Err(OpenError::Setting("timeout must be 100 ms to 60 s"));
        }
        Ok(())
    }

    /// How long the server itself works: less than anybody waits, so that what was refused is rarely done.
    pub(crate) fn server_timeout(&self) -> Duration {
        self.timeout.mul_f64(0.75)
    }
}

/// A name that needs no quotes in any dialect.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), OpenError> {
    let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let digit_first = prefix.starts_with(|first: char| first.is_ascii_digit());
    if prefix.len() <= 32 && prefix.bytes().all(named) && !digit_first {
        return Ok(());
    }
    Err(OpenError::Setting("prefix must be empty or 1 to 32 of a-z, 0-9 and _, no digit first"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: Options) -> bool {
        matches!(options.check(), Err(OpenError::Setting(_)))
    }

    #[test]
    fn settings_out_of_their_range_are_refused() {
        assert!(Options::default().check().is_ok());
        for connections in [0, 65] {
            assert!(refused(Options { connections, ..Options::default() }), "{connections}");
        }
        for milliseconds in [0, 99, 60_001] {
            let timeout = Duration::from_millis(milliseconds);
            assert!(refused(Options { timeout, ..Options::default() }), "{milliseconds}");
        }
    }

    #[test]
    fn a_prefix_that_would_need_quotes_is_refused() {
        for prefix in ["", "a", "acme_", "_2", &"x".repeat(32)] {
            assert!(check_prefix(prefix).is_ok(), "{prefix}");
        }
        for prefix in ["2fa", "Acme", "a b", "a\"", "a;", "ä", "a.", &"x".repeat(33)] {
            assert!(check_prefix(prefix).is_err(), "{prefix}");
        }
    }

    #[test]
    fn the_server_gives_up_before_the_caller_does() {
        assert_eq!(Options::default().server_timeout(), Duration::from_secs(3));
    }
}
