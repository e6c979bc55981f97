//! A blocking store for axum.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;
use twinlock::{AsyncReports, AsyncStorage, Event, Reports, Stats, Storage, StorageError, StoredRecord};

/// Asks a blocking store, such as `SqliteStorage`, on tokio's threads for blocking work. Whoever stops waiting loses the answer;
/// the write goes on.
///
/// ```
/// use twinlock::MemoryStorage;
/// use twinlock_axum::Blocking;
///
/// let storage = Blocking::new(MemoryStorage::new());
/// # let _ = storage;
/// ```
pub struct Blocking<S> {
    store: Arc<S>,
    timeout: Duration,
}

impl<S> Blocking<S> {
    /// The store behind a thread; a call that takes longer than 5 seconds is refused.
    pub fn new(store: S) -> Self {
        Self { store: Arc::new(store), timeout: Duration::from_secs(5) }
    }

    /// The same with another time-out.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<S: Send + Sync + 'static> Blocking<S> {
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&S) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let store = Arc::clone(&self.store);
        let asked: Result<Result<_, JoinError>, _> =
            timeout(self.timeout, spawn_blocking(move || question(&store))).await;
        match asked {
            Ok(Ok(answer)) => answer,
            Ok(Err(panicked)) => Err(StorageError::failed(panicked)),
            Err(_) => Err(StorageError::Timeout),
        }
    }
}

impl<S: Storage + 'static> AsyncStorage for Blocking<S> {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        let user_id = user_id.to_owned();
        self.ask(move |store| store.load(&user_id)).await
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let (user_id, record, events) = (user_id.to_owned(), record.clone(), events.to_vec());
        self.ask(move |store| store.save(&user_id, expected, &record, &events)).await
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        let user_id = user_id.to_owned();
        self.ask(move |store| store.erase(&user_id)).await
    }
}

impl<S: Reports + Send + Sync + 'static> AsyncReports for Blocking<S> {
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        let user_id = user_id.to_owned();
        self.ask(move |store| store.events(&user_id, before, limit)).await
    }

    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        self.ask(move |store| store.stats(now)).await
    }

    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        let (key_id, after) = (key_id.to_owned(), after.map(str::to_owned));
        self.ask(move |store| store.stale(&key_id, after.as_deref(), limit)).await
    }

    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        self.ask(move |store| store.purge(before)).await
    }
}
