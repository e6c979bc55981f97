//! Why a storage could not be opened, and how failures of Redis become the contract's [`StorageError`].

use redis::RedisError;
use twinlock::StorageError;

/// Why a storage could not be opened. Nothing of the address is in it: it may hold a password.
///
/// ```
/// use twinlock_redis::{OpenError, Options, RedisStorage};
///
/// assert!(matches!(RedisStorage::open("http://redis.internal", Options::default()), Err(OpenError::Address(_))));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A setting is out of its range; the text says which.
    #[error("{0}")]
    Setting(&'static str),
    /// The URL is none of Redis, or needs a feature of this crate that is off.
    #[error("that is not the URL of a Redis server such as redis://user:password@host/0")]
    Address(#[source] RedisError),
}

/// Why a call failed: the source of [`StorageError::Failed`].
///
/// ```
/// use twinlock_redis::Refusal;
///
/// assert!(Refusal::Follower.to_string().contains("replica"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Redis, or the way to it, failed.
    #[error("Redis failed")]
    Redis(#[from] RedisError),
    /// The server drops records when memory is short.
    #[error(
        "Redis must have maxmemory-policy noeviction, not {policy}: an evicted record is a user without a second factor"
    )]
    Evicts {
        /// What is set.
        policy: String,
    },
    /// The server is a replica.
    #[error("that Redis is a replica, which may not know yet that a code is used: connect to the primary")]
    Follower,
    /// A value that no storage of ours can have written: nobody is let in on doubt.
    #[error("{0} in Redis is not as the layout says")]
    Unreadable(&'static str),
    /// [`Options::scan`](crate::Options::scan) is off.
    #[error("that needs a walk through all keys: set scan to allow it")]
    ScanIsOff,
}

impl From<Refusal> for StorageError {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::Redis(error) if error.is_timeout() => Self::Timeout,
            _ => Self::failed(refusal),
        }
    }
}
