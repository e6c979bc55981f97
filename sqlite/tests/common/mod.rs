//! What the tests share: a file in a folder of its own, records and events to store.
#![allow(dead_code)] // each test binary uses its part

pub(crate) mod race;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use twinlock::{Event, StoredRecord, testing::example_event};
use twinlock_sqlite::{Options, SqliteStorage, Synchronous};

/// Quick: what these tests are about does not depend on the disk.
pub(crate) const NORMAL: Options =
    Options { create: true, synchronous: Synchronous::Normal, busy_timeout: Duration::from_secs(20) };

pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("2fa.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The files in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder()).unwrap();
        let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn open(&self) -> SqliteStorage {
        SqliteStorage::open(self.file(), NORMAL).unwrap()
    }

    /// The same file through a connection that knows nothing of the store.
    pub(crate) fn raw(&self) -> rusqlite::Connection {
        let raw = rusqlite::Connection::open(self.file()).unwrap();
        raw.busy_timeout(Duration::from_secs(5)).unwrap();
        raw
    }
}

pub(crate) fn record(version: u64) -> StoredRecord {
    StoredRecord { version, enabled: true, key_id: "2026a".to_owned(), data: version.to_be_bytes().to_vec() }
}

/// An event with an id that no other has, of this process or one forked from it; later ones have greater ids.
pub(crate) fn event(user_id: &str) -> Event {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    id[8..12].copy_from_slice(&std::process::id().to_be_bytes());
    Event { id, user_id: user_id.to_owned(), ..example_event() }
}
