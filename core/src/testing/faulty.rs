//! A storage with faults to order, for holding drivers to their rules.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::event::Event;
use crate::storage::{AsyncStorage, Storage, StorageError, StoredRecord};

/// What goes wrong at the next call of that kind.
///
/// ```
/// use twinlock::testing::{Fault, FaultyStorage};
/// use twinlock::{MemoryStorage, Storage};
///
/// let storage = FaultyStorage::new(MemoryStorage::new());
/// storage.order([Fault::LoadFails]);
/// assert!(Storage::load(&storage, "42").is_err());
/// assert!(Storage::load(&storage, "42").is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `load` fails.
    LoadFails,
    /// `load` does not answer in time.
    LoadTimesOut,
    /// `save` fails and has written nothing.
    SaveFailsBefore,
    /// `save` fails although it has written.
    SaveFailsAfter,
    /// `save` does not answer in time although it has written.
    SaveTimesOutAfter,
    /// `save` says that somebody else was first.
    SaveLosesRace,
    /// `erase` fails.
    EraseFails,
}

/// Wraps a storage; each ordered [`Fault`] happens once, in order, at the call it is about.
///
/// ```
/// use twinlock::MemoryStorage;
/// use twinlock::testing::FaultyStorage;
///
/// let storage = FaultyStorage::new(MemoryStorage::new());
/// assert_eq!(storage.saves(), 0);
/// ```
#[derive(Debug)]
pub struct FaultyStorage<S> {
    inner: S,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Fault>,
    loads: usize,
    saves: usize,
}

impl<S> FaultyStorage<S> {
    /// No faults yet.
    ///
    /// ```
    /// # use twinlock::{MemoryStorage, testing::FaultyStorage};
    /// let storage = FaultyStorage::new(MemoryStorage::new());
    /// assert_eq!(storage.loads(), 0);
    /// ```
    pub fn new(inner: S) -> Self {
        Self { inner, state: Mutex::default() }
    }

    /// Orders faults behind those that wait.
    ///
    /// ```
    /// # use twinlock::{MemoryStorage, testing::{Fault, FaultyStorage}};
    /// FaultyStorage::new(MemoryStorage::new()).order([Fault::SaveLosesRace; 5]);
    /// ```
    pub fn order(&self, faults: impl IntoIterator<Item = Fault>) {
        self.with(|state| state.orders.extend(faults));
    }

    /// How often `load` was called.
    ///
    /// ```
    /// # use twinlock::{MemoryStorage, testing::FaultyStorage};
    /// assert_eq!(FaultyStorage::new(MemoryStorage::new()).loads(), 0);
    /// ```
    pub fn loads(&self) -> usize {
        self.with(|state| state.loads)
    }

    /// How often `save` was called.
    ///
    /// ```
    /// # use twinlock::{MemoryStorage, testing::FaultyStorage};
    /// assert_eq!(FaultyStorage::new(MemoryStorage::new()).saves(), 0);
    /// ```
    pub fn saves(&self) -> usize {
        self.with(|state| state.saves)
    }

    /// The storage below.
    ///
    /// ```
    /// # use twinlock::{MemoryStorage, Reports, testing::FaultyStorage};
    /// assert_eq!(FaultyStorage::new(MemoryStorage::new()).inner().stats(0).unwrap().enabled_users, 0);
    /// ```
    pub fn inner(&self) -> &S {
        &self.inner
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut State) -> T) -> T {
        use_it(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn next(&self, about: &[Fault]) -> Option<Fault> {
        self.with(|state| match state.orders.front() {
            Some(fault) if about.contains(fault) => state.orders.pop_front(),
            _ => None,
        })
    }

    fn before_load(&self) -> Result<(), StorageError> {
        self.with(|state| state.loads = state.loads.saturating_add(1));
        match self.next(&[Fault::LoadFails, Fault::LoadTimesOut]) {
            Some(Fault::LoadTimesOut) => Err(StorageError::Timeout),
            Some(_) => Err(StorageError::failed("ordered: load fails")),
            None => Ok(()),
        }
    }

    fn next_for_save(&self) -> Option<Fault> {
        self.with(|state| state.saves = state.saves.saturating_add(1));
        self.next(&[Fault::SaveFailsBefore, Fault::SaveFailsAfter, Fault::SaveTimesOutAfter, Fault::SaveLosesRace])
    }
}

/// What a save answers; `written` is the answer of the storage below.
fn answer(fault: Option<Fault>, written: bool) -> Result<bool, StorageError> {
    match fault {
        Some(Fault::SaveFailsAfter) => Err(StorageError::failed("ordered: save fails after writing")),
        Some(Fault::SaveTimesOutAfter) => Err(StorageError::Timeout),
        _ => Ok(written),
    }
}

impl<S: Storage> Storage for FaultyStorage<S> {
    fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        self.before_load()?;
        self.inner.load(user_id)
    }

    fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        match self.next_for_save() {
            Some(Fault::SaveFailsBefore) => Err(StorageError::failed("ordered: save fails")),
            Some(Fault::SaveLosesRace) => Ok(false),
            fault => answer(fault, self.inner.save(user_id, expected, record, events)?),
        }
    }

    fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        match self.next(&[Fault::EraseFails]) {
            Some(_) => Err(StorageError::failed("ordered: erase fails")),
            None => self.inner.erase(user_id),
        }
    }
}

impl<S: AsyncStorage> AsyncStorage for FaultyStorage<S> {
    async fn load(&self, user_id: &str) -> Result<Option<StoredRecord>, StorageError> {
        self.before_load()?;
        self.inner.load(user_id).await
    }

    async fn save(
        &self,
        user_id: &str,
        expected: Option<u64>,
        record: &StoredRecord,
        events: &[Event],
    ) -> Result<bool, StorageError> {
        match self.next_for_save() {
            Some(Fault::SaveFailsBefore) => Err(StorageError::failed("ordered: save fails")),
            Some(Fault::SaveLosesRace) => Ok(false),
            fault => answer(fault, self.inner.save(user_id, expected, record, events).await?),
        }
    }

    async fn erase(&self, user_id: &str) -> Result<(), StorageError> {
        match self.next(&[Fault::EraseFails]) {
            Some(_) => Err(StorageError::failed("ordered: erase fails")),
            None => self.inner.erase(user_id).await,
        }
    }
}
