//! The embedded store. A load takes microseconds and answers in place; what writes, and waits for the disk, does so on a thread of
//! libuv and answers by promise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{AsyncTask, Buffer, ToNapiValue, TypeName, Uint8ArraySlice};
use napi::{Env, Status, Task};
use napi_derive::napi;
use twinlock::{Error, Event, Reports, Storage, StorageError, StoredRecord};
use twinlock_sqlite::{Options, Synchronous};

use crate::errors::{Result, guarded};

/// What a store gives or throws: `Cancelled` stands for no answer in time.
fn failed(error: StorageError) -> napi::Error {
    match error {
        StorageError::Failed(source) => napi::Error::new(Status::GenericFailure, source.to_string()),
        StorageError::Timeout => napi::Error::new(Status::Cancelled, "the storage did not answer in time"),
    }
}

type Asked<T> = std::result::Result<T, StorageError>;

fn kept<T>(question: impl FnOnce() -> Asked<T>) -> napi::Result<T> {
    catch_unwind(AssertUnwindSafe(question))
        .unwrap_or_else(|_| Err(StorageError::failed("the store panicked")))
        .map_err(failed)
}

type Ask<T> = Box<dyn FnOnce(&twinlock_sqlite::SqliteStorage) -> Asked<T> + Send>;

/// A question to the store, asked on another thread.
pub struct Question<T> {
    store: Arc<twinlock_sqlite::SqliteStorage>,
    ask: Option<Ask<T>>,
}

impl<T: ToNapiValue + TypeName + Send + 'static> Task for Question<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<T> {
        let ask = self.ask.take();
        kept(|| ask.map_or_else(|| Err(StorageError::failed("asked twice")), |ask| ask(&self.store)))
    }

    fn resolve(&mut self, _: Env, answer: T) -> napi::Result<T> {
        Ok(answer)
    }
}

/// A record as it was loaded.
#[napi(object)]
pub struct LoadedRecord {
    /// Below 2^53.
    pub version: f64,
    /// Whether the user has a second factor.
    pub enabled: bool,
    /// The key that sealed it.
    pub key_id: String,
    /// The sealed bytes.
    pub data: Buffer,
}

/// Records and events in one SQLite file.
#[napi]
pub struct SqliteStorage(Arc<twinlock_sqlite::SqliteStorage>);

impl SqliteStorage {
    fn ask<T>(
        &self,
        ask: impl FnOnce(&twinlock_sqlite::SqliteStorage) -> Asked<T> + Send + 'static,
    ) -> AsyncTask<Question<T>>
    where
        T: ToNapiValue + TypeName + Send + 'static,
    {
        AsyncTask::new(Question { store: Arc::clone(&self.0), ask: Some(Box::new(ask)) })
    }
}

#[napi]
#[allow(missing_docs)] // as the core explains them
impl SqliteStorage {
    #[napi(constructor)]
    pub fn new(path: String, create: bool, full: bool, busy_timeout_ms: f64) -> Result<Self> {
        guarded(|| {
            let wrong = |error: &dyn std::fmt::Display| Error::Configuration(error.to_string());
            let busy_timeout = Duration::try_from_secs_f64(busy_timeout_ms / 1000.0).map_err(|error| wrong(&error))?;
            let synchronous = if full { Synchronous::Full } else { Synchronous::Normal };
            let options = Options { create, synchronous, busy_timeout };
            let store = twinlock_sqlite::SqliteStorage::open(path, options).map_err(|error| wrong(&error))?;
            Ok(Self(Arc::new(store)))
        })
    }

    #[napi]
    pub fn load(&self, user_id: String) -> napi::Result<Option<LoadedRecord>> {
        let record = kept(|| self.0.load(&user_id))?;
        Ok(record.map(|StoredRecord { version, enabled, key_id, data }| LoadedRecord {
            version: version as f64,
            enabled,
            key_id,
            data: data.into(),
        }))
    }

    #[napi]
    #[allow(clippy::too_many_arguments)]
    pub fn save(
        &self,
        user_id: String,
        expected: f64,
        version: f64,
        enabled: bool,
        key_id: String,
        data: Uint8ArraySlice<'_>,
        events: String,
    ) -> AsyncTask<Question<bool>> {
        let record = StoredRecord { version: version as u64, enabled, key_id, data: data.to_vec() };
        let expected = (expected >= 0.0).then_some(expected as u64);
        self.ask(move |store| {
            let events: Vec<Event> = serde_json::from_str(&events).map_err(StorageError::failed)?;
            store.save(&user_id, expected, &record, &events)
        })
    }

    #[napi]
    pub fn erase(&self, user_id: String) -> AsyncTask<Question<()>> {
        self.ask(move |store| store.erase(&user_id))
    }

    #[napi]
    pub fn events(&self, user_id: String, before: Option<String>, limit: u32) -> AsyncTask<Question<String>> {
        self.ask(move |store| {
            let before = before.as_deref().map(event_id).transpose()?;
            let events = store.events(&user_id, before, limit as usize)?;
            serde_json::to_string(&events).map_err(StorageError::failed)
        })
    }

    #[napi]
    pub fn stats(&self, now: f64) -> AsyncTask<Question<String>> {
        self.ask(move |store| serde_json::to_string(&store.stats(now as u64)?).map_err(StorageError::failed))
    }

    #[napi]
    pub fn stale(&self, key_id: String, after: Option<String>, limit: u32) -> AsyncTask<Question<Vec<String>>> {
        self.ask(move |store| store.stale(&key_id, after.as_deref(), limit as usize))
    }

    #[napi]
    pub fn purge(&self, before: f64) -> AsyncTask<Question<f64>> {
        self.ask(move |store| store.purge(before as u64).map(|purged| purged as f64))
    }
}

fn event_id(text: &str) -> Asked<[u8; 16]> {
    Event::parse_id(text).ok_or_else(|| StorageError::failed("an event id must be 32 hexadecimal digits"))
}
