//! Where records live: three calls, one of them a compare-and-swap.
//!
//! What each wrong answer costs:
//! * `load` from a replica that lags: a used code may be accepted again. Read from the primary.
//! * `save` that does not compare the version: two requests with one code both get in.
//! * `save` that says `true` before the commit is durable: a crash undoes a lockout or revives a used code.
//! * `save` inside the caller's transaction: its rollback undoes a lockout.

mod memory;

use std::future::Future;

use serde::Serialize;

use crate::event::Event;

pub use memory::MemoryStorage;

/// One user's record as it is stored: sealed by the core, opaque to the storage.
///
/// ```
/// use twinlock::StoredRecord;
///
/// let row = StoredRecord { version: 1, enabled: true, key_id: "2026a".into(), data: vec![1, 2, 3] };
/// assert_eq!(row.data.len(), 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// Chosen by the core, below 2^53; the storage compares it and never counts.
    pub version: u64,
    /// Whether the user has a second factor: in clear for counting, bound into the seal.
    pub enabled: bool,
    /// The key that sealed it: in clear for key sweeps, bound into the seal.
    pub key_id: String,
    /// The sealed bytes, at most some kilobytes.
    pub data: Vec<u8>,
}

/// Why a storage could not answer.
///
/// ```
/// use twinlock::StorageError;
///
/// let error = StorageError::failed(std::io::Error::other("disk full"));
/// assert_eq!(error.to_string(), "the storage failed");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The engine below failed; it is the source of this error.
    #[error("the storage failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No answer in time: whether a write happened is unknown.
    #[error("the storage did not answer in time")]
    Timeout,
}

impl StorageError {
    /// Wraps the error of the engine below.
    ///
    /// ```
    /// let error = twinlock::StorageError::failed("lost connection");
    /// assert!(matches!(error, twinlock::StorageError::Failed(_)));
    /// ```
    pub fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed(source.into())
    }
}

/// A blocking store. Run `twinlock::testing::storage_kit` (feature `testing`) on your own.
///
/// ```
/// use twinlock::{Event, Storage, StorageError, StoredRecord};
///
/// /// A store for an application that has no second factors.
/// struct Nobody;
///
/// impl Storage for Nobody {
///     fn load(&self, _: &str) -> Result<Option<StoredRecord>, StorageError> {
///         Ok(None)
///     }
///     fn save(&self, _: &str, _: Option<u64>, _: &StoredRecord, _: &[Event]) -> Result<bool, StorageError> {
///         Err(StorageError::failed("read only"))
///     }
///     fn erase(&self, _: &str) -> Result<(), StorageError> {
///         Ok(())
///     }
/// }
/// ```
pub trait Storage: Send + Sync {
    /// The record of that user; `None` = there never was one. Must see every committed `save`.
    ///
    /// # Errors
    /// [`StorageError`]; the operation is then refused.
    fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError>;

    /// Writes record and events in one commit of its own if the stored version is still `expected`
    /// (`None` = only if there is no record). `false` = somebody else was first, nothing was written.
    ///
    /// # Errors
    /// [`StorageError`]; whether the write happened is then unknown, and nobody is let in.
    fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError>;

    /// Deletes the record and the events of that user; nothing there is fine.
    ///
    /// # Errors
    /// [`StorageError`]
    fn erase(&self, user_id: &str) -> Result<(), StorageError>;
}

impl<S: Storage + ?Sized> Storage for std::sync::Arc<S> {
    fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        (**self).load(user_id)
    }

    fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        (**self).save(user_id, expected, record, events)
    }

    fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        (**self).erase(user_id)
    }
}

/// The same store for asynchronous hosts; each answer as in [`Storage`].
///
/// ```
/// use twinlock::{AsyncStorage, MemoryStorage};
///
/// async fn exists(storage: &impl AsyncStorage) -> bool {
///     matches!(storage.load("42").await, Ok(Some(_)))
/// }
/// # let _ = exists(&MemoryStorage::new());
/// ```
pub trait AsyncStorage: Send + Sync {
    /// As [`Storage::load`].
    fn load(&self, user_id: &str) -> impl Future<Output = Result<Option<StoredRecord>, StorageError>> + Send;

    /// As [`Storage::save`].
    fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> impl Future<Output = Result<bool, StorageError>> + Send;

    /// As [`Storage::erase`].
    fn erase(&self, user_id: &str) -> impl Future<Output = Result<(), StorageError>> + Send;
}

impl<S: AsyncStorage> AsyncStorage for std::sync::Arc<S> {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        (**self).load(user_id).await
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        (**self).save(user_id, expected, record, events).await
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        (**self).erase(user_id).await
    }
}

/// What a storage can tell beyond single records; optional for an adapter.
///
/// ```
/// use twinlock::{MemoryStorage, Reports};
///
/// assert_eq!(MemoryStorage::new().stats(1_700_000_000)?.enabled_users, 0);
/// # Ok::<(), twinlock::StorageError>(())
/// ```
pub trait Reports {
    /// The newest events of a user first, `limit` at most, older than `before` where given.
    ///
    /// # Errors
    /// [`StorageError`]
    fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError>;

    /// Figures for an operator's page; `now` in Unix seconds.
    ///
    /// # Errors
    /// [`StorageError`]
    fn stats(&self, now: u64) -> Result<Stats, StorageError>;

    /// Users whose records are sealed by another key than `key_id`, in the order of their ids, after `after`.
    ///
    /// # Errors
    /// [`StorageError`]
    fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError>;

    /// Deletes events older than `before` (Unix seconds); returns how many.
    ///
    /// # Errors
    /// [`StorageError`]
    fn purge(&self, before: u64) -> Result<u64, StorageError>;
}

/// The same for asynchronous hosts; each answer as in [`Reports`].
///
/// ```
/// use twinlock::{AsyncReports, MemoryStorage};
///
/// async fn nobody_yet(storage: &impl AsyncReports) -> bool {
///     storage.stats(1_700_000_000).await.is_ok_and(|stats| stats.enabled_users == 0)
/// }
/// # let _ = nobody_yet(&MemoryStorage::new());
/// ```
pub trait AsyncReports: Send + Sync {
    /// As [`Reports::events`].
    fn events(
        &self,
        user_id: &str,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Event>, StorageError>> + Send;

    /// As [`Reports::stats`].
    fn stats(&self, now: u64) -> impl Future<Output = Result<Stats, StorageError>> + Send;

    /// As [`Reports::stale`].
    fn stale(
        &self,
        key_id: &str,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<String>, StorageError>> + Send;

    /// As [`Reports::purge`].
    fn purge(&self, before: u64) -> impl Future<Output = Result<u64, StorageError>> + Send;
}

impl<S: AsyncReports> AsyncReports for std::sync::Arc<S> {
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        (**self).events(user_id, before, limit).await
    }

    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        (**self).stats(now).await
    }

    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        (**self).stale(key_id, after, limit).await
    }

    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        (**self).purge(before).await
    }
}

/// Figures for an operator's page.
///
/// ```
/// assert_eq!(twinlock::Stats::default().failed_30d, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Users with a second factor now.
    pub enabled_users: u64,
    /// Times it was switched on in the last 30 days.
    pub enabled_30d: u64,
    /// Times it was switched off or reset in the last 30 days.
    pub disabled_30d: u64,
    /// Counted wrong codes in the last 30 days.
    pub failed_30d: u64,
}
