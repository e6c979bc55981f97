//! The embedded store. Every call lets other Python threads run while it waits for the disk.

use std::path::PathBuf;
use std::time::Duration;

use pyo3::prelude::*;
use twinlock::{Error, Reports, Storage, StorageError};
use twinlock_sqlite::{Options, Synchronous};

use crate::convert::{Arg, Event, Setting, StoredRecord, misconfigured};
use crate::errors::refuse;

/// Records and events in one SQLite file of its own, for many processes at once; opened before a fork it works in both.
#[pyclass(frozen, module = "twinlock")]
pub(crate) struct SqliteStorage {
    storage: twinlock_sqlite::SqliteStorage,
    path: PathBuf,
}

impl SqliteStorage {
    fn ask<T: Send>(
        &self,
        py: Python<'_>,
        question: impl FnOnce(&twinlock_sqlite::SqliteStorage) -> Result<T, StorageError> + Send,
    ) -> PyResult<T> {
        py.detach(|| question(&self.storage)).map_err(|error| refuse(py, &Error::from(error)))
    }
}

#[pymethods]
impl SqliteStorage {
    /// Opens the file. `create=False` refuses a missing one: for production, where a wrong path would look like a world
    /// without second factors. `synchronous`: with `FULL` a lockout survives power loss; `NORMAL` is faster. A call that
    /// waits longer than `busy_timeout` seconds for others is refused.
    #[new]
    #[pyo3(
        signature = (path, *, create = Setting(true), synchronous = Setting("FULL"), busy_timeout = Setting(5.0)),
        text_signature = "(path, *, create=True, synchronous='FULL', busy_timeout=5.0)"
    )]
    fn new(
        py: Python<'_>,
        path: Setting<PathBuf>,
        create: Setting<bool>,
        synchronous: Setting<&str>,
        busy_timeout: Setting<f64>,
    ) -> PyResult<Self> {
        let synchronous = match synchronous.0 {
            "FULL" => Synchronous::Full,
            "NORMAL" => Synchronous::Normal,
            _ => return Err(misconfigured(py, "synchronous must be FULL or NORMAL")),
        };
        let busy_timeout = Duration::try_from_secs_f64(busy_timeout.0)
            .map_err(|_| misconfigured(py, "busy_timeout must be a number of seconds, at least 0"))?;
        let options = Options { create: create.0, synchronous, busy_timeout };
        let storage = py.detach(|| twinlock_sqlite::SqliteStorage::open(&path.0, options));
        let storage = storage.map_err(|error| misconfigured(py, &error.to_string()))?;
        Ok(Self { storage, path: path.0 })
    }

    /// The record of that user.
    #[pyo3(signature = (user_id, /))]
    fn load(&self, py: Python<'_>, user_id: Arg<&str>) -> PyResult<Option<StoredRecord>> {
        Ok(self.ask(py, |storage| storage.load(user_id.0))?.map(StoredRecord))
    }

    /// Writes record and events in one commit if the stored version is still `expected`.
    #[pyo3(signature = (user_id, expected, record, events, /))]
    fn save(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        expected: Arg<Option<u64>>,
        record: Arg<PyRef<'_, StoredRecord>>,
        events: Arg<Vec<PyRef<'_, Event>>>,
    ) -> PyResult<bool> {
        let record = &record.0.0;
        let events: Vec<_> = events.0.iter().map(|event| event.0.clone()).collect();
        self.ask(py, |storage| storage.save(user_id.0, expected.0, record, &events))
    }

    /// Deletes record and events.
    #[pyo3(signature = (user_id, /))]
    fn erase(&self, py: Python<'_>, user_id: Arg<&str>) -> PyResult<()> {
        self.ask(py, |storage| storage.erase(user_id.0))
    }

    /// The newest events of a user first, with an `id_bytes` below `before` where given.
    #[pyo3(signature = (user_id, before, limit, /))]
    fn events(
        &self,
        py: Python<'_>,
        user_id: Arg<&str>,
        before: Arg<Option<[u8; 16]>>,
        limit: Arg<usize>,
    ) -> PyResult<Vec<Event>> {
        let events = self.ask(py, |storage| storage.events(user_id.0, before.0, limit.0))?;
        Ok(events.into_iter().map(Event).collect())
    }

    /// Figures for an operator's page; `now` in Unix seconds.
    #[pyo3(signature = (now, /))]
    fn stats<'py>(&self, py: Python<'py>, now: Arg<u64>) -> PyResult<Bound<'py, PyAny>> {
        let stats = self.ask(py, |storage| storage.stats(now.0))?;
        let figures = (stats.enabled_users, stats.enabled_30d, stats.disabled_30d, stats.failed_30d);
        py.import("twinlock.results")?.getattr("Stats")?.call1(figures)
    }

    /// Users whose records are sealed by another key, in the order of their ids, after `after`.
    #[pyo3(signature = (key_id, after, limit, /))]
    fn stale(
        &self,
        py: Python<'_>,
        key_id: Arg<&str>,
        after: Arg<Option<&str>>,
        limit: Arg<usize>,
    ) -> PyResult<Vec<String>> {
        self.ask(py, |storage| storage.stale(key_id.0, after.0, limit.0))
    }

    /// Deletes events older than `before` (Unix seconds); returns how many.
    #[pyo3(signature = (before, /))]
    fn purge(&self, py: Python<'_>, before: Arg<u64>) -> PyResult<u64> {
        self.ask(py, |storage| storage.purge(before.0))
    }

    fn __repr__(&self) -> String {
        format!("SqliteStorage({:?})", self.path)
    }
}
