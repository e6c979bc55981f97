//! A store in memory, for tests and for trying things out: everything is gone when the process ends.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{AsyncReports, AsyncStorage, Reports, Stats, Storage, StorageError, StoredRecord};
use crate::event::{Event, EventKind};

/// Records and events in memory.
///
/// ```
/// use twinlock::{MemoryStorage, Storage};
///
/// assert_eq!(MemoryStorage::new().load("42")?, None);
/// # Ok::<(), twinlock::StorageError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStorage {
    users: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Debug)]
struct Entry {
    record: StoredRecord,
    events: Vec<Event>,
}

/// Thirty days in seconds.
const MONTH: u64 = 30 * 86_400;

impl MemoryStorage {
    /// An empty store.
    ///
    /// ```
    /// let storage = twinlock::MemoryStorage::new();
    /// # let _ = storage;
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Each call leaves the map whole even when a caller's thread panicked in between, so a poisoned lock is no reason to stop.
    fn users(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemoryStorage {
    fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        Ok(self.users().get(user_id).map(|entry| entry.record.clone()))
    }

    fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        let mut users = self.users();
        match users.get_mut(user_id) {
            Some(entry) if Some(entry.record.version) == expected => {
                entry.record = record.clone();
                entry.events.extend_from_slice(events);
                Ok(true)
            }
            None if expected.is_none() => {
                users.insert(user_id.to_owned(), Entry { record: record.clone(), events: events.to_vec() });
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        self.users().remove(user_id);
        Ok(())
    }
}

impl AsyncStorage for MemoryStorage {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        Storage::load(self, user_id)
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        Storage::save(self, user_id, expected, record, events)
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        Storage::erase(self, user_id)
    }
}

impl AsyncReports for MemoryStorage {
    async fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        Reports::events(self, user_id, before, limit)
    }

    async fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        Reports::stats(self, now)
    }

    async fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        Reports::stale(self, key_id, after, limit)
    }

    async fn purge(&self, before: u64) -> Result<u64, StorageError> {
        Reports::purge(self, before)
    }
}

impl Reports for MemoryStorage {
    fn events(&self, user_id: &str, before: Option<[u8; 16]>, limit: usize) -> Result<Vec<Event>, StorageError> {
        let users = self.users();
        let mut events: Vec<Event> = users
            .get(user_id)
            .into_iter()
            .flat_map(|entry| &entry.events)
            .filter(|event| before.is_none_or(|before| event.id < before))
            .cloned()
            .collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.id));
        events.truncate(limit);
        Ok(events)
    }

    fn stats(&self, now: u64) -> Result<Stats, StorageError> {
        let users = self.users();
        let since = now.saturating_sub(MONTH);
        let recent = |kinds: &[EventKind]| {
            let events = users.values().flat_map(|entry| &entry.events).filter(|event| event.at >= since);
            events.filter(|event| kinds.iter().any(|kind| kind.as_str() == event.kind)).count() as u64
        };
        Ok(Stats {
            enabled_users: users.values().filter(|entry| entry.record.enabled).count() as u64,
            enabled_30d: recent(&[EventKind::Enrolled]),
            disabled_30d: recent(&[EventKind::Disabled, EventKind::Reset]),
            failed_30d: recent(&[EventKind::Failed]),
        })
    }

    fn stale(&self, key_id: &str, after: Option<&str>, limit: usize) -> Result<Vec<String>, StorageError> {
        let users = self.users();
        let stale = users
            .iter()
            .filter(|(user, entry)| entry.record.key_id != key_id && after.is_none_or(|after| user.as_str() > after));
        Ok(stale.map(|(user, _)| user.clone()).take(limit).collect())
    }

    fn purge(&self, before: u64) -> Result<u64, StorageError> {
        let mut purged = 0_u64;
        for entry in self.users().values_mut() {
            let kept = entry.events.len();
            entry.events.retain(|event| event.at >= before);
            purged = purged.saturating_add(kept.saturating_sub(entry.events.len()) as u64);
        }
        Ok(purged)
    }
}
