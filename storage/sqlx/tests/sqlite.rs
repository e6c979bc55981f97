//! SQLite in a file of the application's.

mod common;

use std::path::PathBuf;
use std::sync::OnceLock;

use common::{PLACE, options, refusal, sql_laws, with_tables};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::TempDir;
use twinlock::{AsyncReports, AsyncStorage, StorageError};
use twinlock_sqlx::{OpenError, Options, Refusal, SqliteStorage};
use twinlock_storage_testing::{event, record};

twinlock_storage_testing::laws!(open, place);
sql_laws!(open, impatient, hold, raw);

fn folder() -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    match std::env::var_os(PLACE) {
        Some(folder) => folder.into(),
        None => FOLDER.get_or_init(|| tempfile::tempdir().unwrap()).path().to_path_buf(),
    }
}

fn place() -> Vec<(&'static str, String)> {
    vec![(PLACE, folder().to_str().unwrap().to_owned())]
}

/// Tests that hold a lock have a file of their own.
fn file(name: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(folder().join(name)).create_if_missing(true)
}

async fn open(name: &str) -> SqliteStorage {
    with_tables(SqliteStorage::with(file(name), options(name)).unwrap(), name).await
}

fn impatient(name: &str) -> SqliteStorage {
    SqliteStorage::with(file(name), common::impatient(name)).unwrap()
}

async fn raw() -> SqliteConnection {
    file("nonsense").connect().await.unwrap()
}

/// The lock of the file's one writer.
async fn hold(name: &str) -> SqliteConnection {
    let mut held = file(name).connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut held).await.unwrap();
    held
}

#[tokio::test]
async fn a_file_of_twinlocks_own_and_one_in_memory_are_refused() {
    let mut own = file("own").connect().await.unwrap();
    sqlx::raw_sql("PRAGMA application_id = 1415007307").execute(&mut own).await.unwrap();
    let storage = SqliteStorage::with(file("own"), options("")).unwrap();
    assert!(matches!(refusal(storage.ready().await.unwrap_err()), Refusal::OwnFile));
    for url in ["sqlite::memory:", "sqlite://x?mode=memory"] {
        let storage = SqliteStorage::open(url, Options::default()).unwrap();
        assert!(matches!(refusal(storage.load("ada").await.unwrap_err()), Refusal::InMemory), "{url}");
    }
}

#[tokio::test]
async fn a_missing_file_does_not_come_back_empty() {
    let missing = SqliteStorage::with(file("missing").create_if_missing(false), options("")).unwrap();
    assert!(matches!(missing.ready().await, Err(StorageError::Failed(_))));
    assert!(!folder().join("missing").exists());
}

#[tokio::test]
async fn tables_with_a_prefix_stand_beside_others() {
    let (plain, acme) = (open("beside").await, SqliteStorage::with(file("beside"), options("acme_")).unwrap());
    acme.create_tables().await.unwrap();
    assert!(acme.save("ada", None, &record(1), &[event("ada")]).await.unwrap());
    assert_eq!(plain.load("ada").await.unwrap(), None);
    assert!(plain.events("ada", None, 9).await.unwrap().is_empty());
}

#[test]
fn an_address_is_not_shown_and_a_wrong_one_refused() {
    let storage = SqliteStorage::open("sqlite:///srv/hidden.db", Options::default()).unwrap();
    assert!(!format!("{storage:?}").contains("hidden"), "{storage:?}");
    assert!(matches!(SqliteStorage::open("sqlite://a?mode=odd", Options::default()), Err(OpenError::Address(_))));
    let none = Options { connections: 0, ..Options::default() };
    assert!(matches!(SqliteStorage::open("sqlite://a", none), Err(OpenError::Setting(_))));
}

#[test]
fn the_schema_is_the_contracts_without_the_marks_of_an_own_file() {
    let schema = SqliteStorage::schema("acme_").unwrap();
    assert!(schema.contains("CREATE TABLE acme_twinlock_record (") && schema.contains("acme_twinlock_event_at"));
    assert!(!schema.contains("PRAGMA") && !schema.contains("to itself"));
    assert!(SqliteStorage::schema("\"").is_err());
}
